"""How pages write a day."""

from django import template
from django.utils.dateformat import format as format_day
from django.utils.html import format_html

register = template.Library()


@register.filter(expects_localtime=True)
def day(moment):
    """Return a date, or the day of a time where the site is, as HTML; nothing for None."""
    if not moment:
        return ""
    return format_html('<time datetime="{}">{}</time>', format_day(moment, "Y-m-d"), format_day(moment, "j F Y"))
