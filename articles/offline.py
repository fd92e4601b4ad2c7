"""What a device may keep of the site, so that what was read can be read without a connection. No database."""

import hashlib
import json
import re
from functools import cache

from django.conf import settings
from django.templatetags.static import static

from articles import languages

TEMPLATES = settings.BASE_DIR / "templates"
NOT_FOR_READERS = ("account/", "admin/", "markdownx/", "mfa/", "articles/review", "articles/_review")
STATIC = re.compile(r"""\{% static ["']([^"']+)["']""")
MOST = 50  # pages
PRIVATE = ["/admin/", "/review/", "/preview/", "/accounts/", "/forget/"]


def files():
    """Return the addresses of all files that the readers' pages name in their templates."""
    names = set()
    for path in TEMPLATES.rglob("*.html"):
        if not path.relative_to(TEMPLATES).as_posix().startswith(NOT_FOR_READERS):
            names |= set(STATIC.findall(path.read_text(encoding="utf-8")))
    return [static(name) for name in sorted(names)]


def offline_pages():
    """Return the address of the page that stands in for others, by what a language's addresses begin with."""
    codes = [code for code, _name in settings.LANGUAGES]
    return {languages.address("home", language=code): languages.address("offline", language=code) for code in codes}


def page_pattern():
    """Return the regular expression of the paths of pages that may be kept: of published text alone."""
    starts = "|".join(re.escape(start) for start in offline_pages())
    return rf"^(?:{starts})(?:about/(?:privacy/)?|articles/(?:[-\w]+/(?:sheet/)?)?|topics/[-\w]+/)?$"


def version(*texts):
    """Return a name for all that the pages are made of; it changes with any of it."""
    paths = [path for folder in (TEMPLATES, settings.BASE_DIR / "locale") for path in folder.rglob("*")]
    digest = hashlib.sha256("\n".join(texts).encode())
    for path in sorted(paths):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def worker():
    """Return the service worker as JavaScript; without OFFLINE, one that deletes what others kept, and itself."""
    if not settings.OFFLINE:
        return (TEMPLATES / "service-worker-off.js").read_text(encoding="utf-8")
    source = (TEMPLATES / "service-worker.js").read_text(encoding="utf-8")
    build = {"files": [*files(), *offline_pages().values()], "offline": offline_pages(), "page": page_pattern()}
    build |= {"private": PRIVATE, "most": MOST}
    build["version"] = version(json.dumps(build), settings.SITE_NAME)
    return f"const BUILD = {json.dumps(build)};\n{source}"
