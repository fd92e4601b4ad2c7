"""What a reviewer is shown of a version: its page, with the changes since the last review marked in it."""

from django.utils.html import escape
from django.utils.translation import gettext as _

from articles import comparing, kinds, reviewing
from articles.models import Article

FACT = 1_000  # steps to compare what an exercise's field says: a few words


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
        heading = _("Removed: %(heading)s") % {"heading": row["heading"]}
        row = row | {"heading": heading, "look": "articles/kinds/text.html"}
    if part.status == "changed":
        row = row | marked_look(old, new, steps)
        marks["heading"] = part.heading if old["heading"] != new["heading"] else None
        marks["pictures"] = picture_runs(old, new)
        marks["restyled"] = comparing.restyled(old["html"], new["html"], steps)
        said = marks["heading"] or part.kinds or marks["pictures"] or marks["restyled"]
        marks["unseen"] = not said and not has_marks(comparing.marked(old["html"], new["html"], steps))
    return row | {"marks": marks}


def marked_look(old, new, steps):
    """Return what a changed section shows instead of its own: in its own look where its kind is the same."""
    if old["kind"] != new["kind"] or "parts" not in new:
        html = comparing.marked(old["html"], new["html"], steps)
        return {"html": html, "look": "articles/kinds/text.html"}
    names = list(dict.fromkeys([*new["parts"], *old["parts"]]))
    each = steps // len(names)
    pairs = [(name, old["parts"].get(name, ""), new["parts"].get(name, "")) for name in names]
    parts = {
        name: before if before == after else comparing.marked(before, after, each) for name, before, after in pairs
    }
    return {"parts": parts, "facts": marked_facts(old["facts"], new["facts"])}


def marked_facts(old, new):
    """Return the facts of an exercise, with what was said of each before."""
    labels = {name: label for name, label, _words in [*new, *old]}
    before, after = ({name: escape(str(words)) for name, _label, words in facts} for facts in (old, new))
    order = [name for name in kinds.FIELDS if name in labels]
    return [(name, labels[name], comparing.marked(before.get(name, ""), after.get(name, ""), FACT)) for name in order]


def picture_runs(old, new):
    """Return what changed in the pictures of a section, as runs of words; nothing if they are the same."""
    before, after = ([kinds.picture_words(one) for one in row.get("pictures", ())] for row in (old, new))
    return [] if before == after else comparing.words("\n".join(before), "\n".join(after))


def has_marks(html):
    return "<ins>" in html or "<del>" in html
