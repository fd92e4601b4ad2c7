"""An article's file out of an export, imported by itself: a file like any other, but its sections have their kinds."""

from django.utils.translation import gettext as _

from articles import archive_checks as checks
from articles.archive_format import Broken, read_text
from articles.archive_rows import SECTION
from articles.kinds import PICTURES
from articles.models import Picture, Section
from articles.reading import Line, Reading

START, MARK = b"---\n", b"\n<!-- section\n"


def read(content):
    """Return the Reading of a file that export_articles wrote, or None for any other, or one that is broken."""
    if not (content.startswith(START) and MARK in content):
        return None
    try:
        doc, lines = read_text(content.decode())
        found = Reading(unit="line", title=checks.text("title", doc.get("title", "")))
        sections = doc.pop("sections", [])
        for number, section in zip(lines, sections, strict=True):
            found.sections.append(kept(section, number, found.report))
    except (Broken, UnicodeDecodeError):
        return None
    found.facts = doc
    return found


def kept(section, number, report):
    """Return a section as Section.as_text gives it, and tell what became of it."""
    values = checks.section({name: section[name] for name in (*SECTION, "body") if name in section}, {})
    shown = {}
    for name in PICTURES:
        title = section.get(name)
        picture = Picture.objects.filter(title=title).first() if isinstance(title, str) else None
        if title and not picture:
            report.append(Line(number, str(title), _("not taken: the library has no picture of this name")))
        shown[name] = picture
    row = Section(**values, **shown)
    report.append(Line(number, row.heading, _("a section: {kind}").format(kind=row.get_kind_display())))
    return row.as_text()
