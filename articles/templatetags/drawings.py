"""Pictures of the library in a page."""

from django import template
from django.utils.html import format_html

from articles import drawings
from articles.rendering import PICTURE, image_html

register = template.Library()
SIZES = "(max-width: 26rem) 92vw, 24rem"  # as wide as a figure (static/css/site.css)


@register.simple_tag
def picture_html(picture):
    """Return a picture, as Picture.as_text gives it, as HTML: a drawing in the page's colours, or an image.

    Of one that there is no more, only what it showed: a revision may name a drawing that has gone.
    """
    if picture["drawing"] in drawings.names():
        return drawings.svg(picture["drawing"], picture["alt"])
    if not PICTURE.fullmatch(picture["image"]):
        return format_html('<p class="gone">{}</p>', picture["alt"])
    return image_html(picture["image"], picture["alt"], SIZES)


@register.filter
def has_drawings(pictures):
    """Return whether one of a section's pictures is a drawing of the project's own."""
    return any(picture["drawing"] for picture in pictures)


@register.filter
def show_drawings(sections):
    """Return whether any of a revision's sections shows a drawing of the project's own."""
    return any(has_drawings(section.get("pictures", ())) for section in sections)
