"""The line drawings that come with the project: which there are, and one as HTML in the page's own colours."""

from functools import cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import mark_safe

FOLDER = settings.BASE_DIR / "static" / "drawings"


@cache
def names():
    """Return the names of all drawings, from A to Z."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


@cache
def source(name):
    """Return the file of a drawing as text. An unknown name is a ValueError, never a path."""
    if name not in names():
        raise ValueError(f"There is no drawing “{name}”.")
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8").strip()


def svg(name, alt):
    """Return a drawing as an element of the page, with a description for those who can't see it, or hidden from them.

    It comes with the project, never from an editor, so it passes no sanitiser.
    """
    said = format_html('role="img" aria-label="{}"', alt) if alt else 'aria-hidden="true"'
    return mark_safe(source(name).replace("<svg ", f'<svg class="drawing" {said} ', 1))  # noqa: S308  our own file
