"""What a reviewer is shown of a version: its page, with the changes since the last review marked in it."""

from django.utils.translation import gettext as _

from articles import comparing, reviewing
from articles.models import Article, Section


class Changes:
    """What has changed in a revision since the last review of its article that counts, if there is one.

    `since` is that Review or None; `fields` are (name for people, runs), `sources` are (runs, what happened), both
    of those that changed; `sections` is what the page shows in place of the revision's own: dicts as in
    Revision.rendered_sections, with `marks` where something happened.
    """

    def __init__(self, revision):
        self.since = reviewing.last_review(revision)
        self.fields, self.sources, self.sections = [], [], revision.rendered_sections
        if self.since is None:
            return
        before = self.since.revision
        found = comparing.texts(before.text(), revision.text())
        self.fields = [(Article._meta.get_field(name).verbose_name, runs) for name, runs in found.fields]
        self.sources = [
            ([*part.heading, ("same", ". "), *part.body], happened(part)) for part in found.sources if happened(part)
        ]
        old, new = ({row["key"]: row for row in one.rendered_sections} for one in (before, revision))
        steps = comparing.share(sum(part.status == "changed" for part in found.sections))
        self.sections = [marked_section(part, old.get(part.key), new.get(part.key), steps) for part in found.sections]

    @property
    def changed_sections(self):
        return [section for section in self.sections if section.get("marks")]

    def __bool__(self):
        return bool(self.fields or self.sources or self.changed_sections)


def happened(part):
    """Return in a word or two what happened to a section or source, or an empty text."""
    if part.status == "added":
        return _("new")
    if part.status == "removed":
        return _("removed")
    if part.status == "changed":
        return _("changed and moved") if part.moved else _("changed")
    return _("moved, with the same text") if part.moved else ""


def marked_section(part, old, new, steps):
    """Return a section as the page shows it, with its words marked; a removed one too, said to be so."""
    row = new or old
    if not happened(part):
        return row
    marks = {"part": part, "happened": happened(part), "title": row["heading"]}
    if part.status == "removed":
        row = row | {"heading": _("Removed: %(heading)s") % {"heading": row["heading"]}}
    if part.status == "changed":
        row = row | {"html": comparing.marked(old["html"], new["html"], steps)}
        marks["heading"] = part.heading if old["heading"] != new["heading"] else None
        marks["kinds"] = [Section.Kind(one["kind"]).label for one in (old, new) if old["kind"] != new["kind"]]
        marks["restyled"] = comparing.restyled(old["html"], new["html"], steps)
        said = (
            marks["heading"] or marks["kinds"] or marks["restyled"] or "<ins>" in row["html"] or "<del>" in row["html"]
        )
        marks["unseen"] = not said
    return row | {"marks": marks}
