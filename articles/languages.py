"""The languages of the site: what an address speaks, and how each language calls itself. No database.

A language has addresses of its own: `/ar/articles/…`; those of the default (settings.LANGUAGE_CODE) have no prefix.
So a page is the same for everyone who asks for its address, whatever their browser likes to read.
"""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation


@dataclass(frozen=True)
class Language:
    """A language that pages may link to: its own name, its direction, and the address of what it leads to."""

    code: str
    name: str
    direction: str
    url: str
    is_same_page: bool = False  # says the same there; otherwise it is that language's first page


def default():
    return settings.LANGUAGE_CODE


def active():
    """Return the code of the language that is spoken now."""
    return translation.get_language() or default()


def speak(language):
    """Speak a language until the request is answered: for pages whose address names none (LanguageMiddleware)."""
    translation.activate(language)


def name_of(code):
    """Return what a language calls itself."""
    return dict(settings.LANGUAGES).get(code, code)


def direction(code):
    return "rtl" if translation.get_language_info(code)["bidi"] else "ltr"


def of_path(path):
    """Return the code of the language that a path on this site speaks."""
    first = path.split("/")[1:2]
    known = {code for code, _name in settings.LANGUAGES} - {default()}
    return first[0] if first and first[0] in known else default()


def language_of(request):
    """Return the code of the language that an address speaks; the desk speaks what the browser likes best."""
    if request.path_info.startswith(("/admin/", "/accounts/")):
        return translation.get_language_from_request(request)
    return of_path(request.path_info)


def address(name, *args, language):
    """Return the address of a page in a language, whichever is spoken now."""
    with translation.override(language):
        return reverse(name, args=args)


def of_page(request, translations=()):
    """Return the site's languages, each with where it leads to from a page.

    `translations` are (code, address) of the pages in which it says the same. A page whose address says nothing
    but its name, like a list, has one in every language; from any other a language leads to its first page.
    """
    match = getattr(request, "resolver_match", None)
    same = dict(translations)
    if match and match.url_name and not match.captured_kwargs and not match.args:
        same = {code: address(match.view_name, language=code) for code, _name in settings.LANGUAGES}
        same = same if len(set(same.values())) == len(same) else {}
    return [
        Language(code, name, direction(code), same.get(code) or address("home", language=code), code in same)
        for code, name in settings.LANGUAGES
    ]
