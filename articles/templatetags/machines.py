"""What a page says to programs."""

from django import template
from django.utils.safestring import mark_safe
from django.utils.translation import to_locale

from articles.exchange import moment
from articles.metadata import as_script

register = template.Library()
register.filter("locale", to_locale)
register.filter("moment", moment)


@register.simple_tag
def linked_data(data):
    """Return facts in the words of schema.org as an element of the page, which browsers never run."""
    said = as_script(data)  # with nothing in it that could end the element
    return mark_safe(f'<script type="application/ld+json">{said}</script>')  # noqa: S308
