"""What pages say of languages: which they have, and which a piece of text is in."""

from django import template
from django.utils.html import format_html

from articles import languages
from articles.models import Revision

register = template.Library()


@register.simple_tag(takes_context=True)
def page_languages(context):
    """Return the languages that the page leads to; `translations` of the context says where an article's are."""
    return languages.of_page(context.get("request"), context.get("translations", ()))


@register.simple_tag(takes_context=True)
def spoken_elsewhere(context):
    """Return the other languages that have published articles."""
    codes = set(Revision.objects.published().order_by().values_list("article__language", flat=True))
    found = languages.of_page(context.get("request"))
    return [language for language in found if language.code in codes - {languages.active()}]


@register.simple_tag
def alternates(found):
    """Return (code for hreflang, address) of all pages that say the same, where there are two or more."""
    same = {language.code: language.url for language in found if language.is_same_page}
    if len(same) < 2:
        return []
    return [*same.items(), ("x-default", same.get(languages.default()) or next(iter(same.values())))]


@register.simple_tag
def text_in(code):
    """Return the attributes that say the language of a piece of text, if it isn't the page's."""
    if not code or code == languages.active():
        return ""
    return format_html(' lang="{}" dir="{}"', code, languages.direction(code))
