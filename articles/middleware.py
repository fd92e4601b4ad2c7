"""What is done to every request and answer: policy headers, cookies that make sense, compression."""

import base64
import contextlib
import hashlib
import re
from functools import lru_cache

import brotli
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response

from articles import counting, languages, pausing, signing_in, views

# The only script inside pages, so short that it needs no request: it puts the reader's own size and colours on
# before anything is drawn. The policy knows it by its hash.
EARLY = (settings.BASE_DIR / "templates" / "_early.js").read_bytes()
EARLY_HASH = base64.b64encode(hashlib.sha256(EARLY).digest()).decode()

# One constant text, the same in every process, so that a cached page keeps its headers too.
# No nonce: in a page that caches hold, it would be the same for everybody and protect nobody.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{EARLY_HASH}'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; report-uri /csp-report/"
)
# No script of such a page can make elements, code or the address of a script out of text, but by what is named: the
# offline worker's registration (static/js/site.js), and the page of what is saved (static/js/saved.js). Not at the
# desk: the scripts of Django's admin do nothing else.
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types worker saved"
# Of a script that runs as a worker, and asks the site for what it keeps; of a picture that is opened by itself
POLICY_OF_PARTS = "default-src 'none'; connect-src 'self'"
PERMISSIONS_POLICY = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


class PolicyMiddleware:
    """Add the policies that Django has no setting for; a view may have set a stricter one.

    Parts of pages go without those that only a page obeys: they would weigh as much as a part of the style sheet.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        kind = response.get("Content-Type", "").partition(";")[0]
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if kind.startswith(("text/javascript", "image/")):
            response.headers.setdefault("Content-Security-Policy", POLICY_OF_PARTS)
        elif kind != "text/css":
            response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
            # Django's own error pages for developers have their styles inline.
            if not (settings.DEBUG and response.status_code in (404, 500)):
                is_desk = request.path_info.startswith("/admin/")
                more = TRUSTED_TYPES if kind == "text/html" and not is_desk else ""
                response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY + more)
        return response


class PlainCookiesMiddleware:
    """Drop cookies with control characters, which no browser of ours was given and PostgreSQL can't look up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if value.isprintable()}
        return self.get_response(request)


class LanguageMiddleware:
    """Speak the language of the address while a request is answered.

    Django's own would add "Vary: Accept-Language" and choose by cookie or header, so that caches kept a copy of each
    page for each browser's list of languages.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with translation.override(languages.language_of(request)):
            return self.get_response(request)


class DatabaseMiddleware:
    """Say plainly that the database can't be used just now: nothing could be kept, or shown.

    Where it can still be read, a form that somebody filled in comes back as it was sent.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, views.AWAY):
            return None
        counting.count("database_errors")
        response, cause = self.form_of(request) or views.unavailable(request), str(exception).strip()
        log_response("%s: the database can't be used: %s", request.path, cause, response=response, request=request)
        return response

    @staticmethod
    def form_of(request):
        with contextlib.suppress(DatabaseError, InterfaceError):
            return signing_in.give_back(request)
        return None


class PauseMiddleware:
    """Let nothing be written while the site moves to another database or is restored.

    Either waits for what is being written.

    Meanwhile only those views are asked to answer a post that write nothing, or look at `request.is_paused` and say
    that nothing was saved (`goes_on_paused`), or give the form back (`shows_unsaved`, articles/signing_in.py).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.is_paused = False
        reads = request.method in ("GET", "HEAD", "OPTIONS", "TRACE")
        if reads and not request.path_info.startswith("/accounts/"):  # those pages keep something in the session
            return self.get_response(request)
        with pausing.writing() as may_write:
            request.is_paused = not may_write
            response = self.get_response(request)
        if request.is_paused and getattr(request, "unsaved", "") and response.status_code == 200:
            response.status_code = 503
        return response

    def process_view(self, request, view, args, kwargs):
        goes_on = getattr(view, "goes_on_paused", False) or getattr(view, "shows_unsaved", False)
        return views.paused(request) if request.is_paused and not goes_on else None


BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")  # a browser that takes it says so


class UnpaddedGZipMiddleware(GZipMiddleware):
    max_random_bytes = 0


class CompressionMiddleware(GZipMiddleware):
    """Compress pages; those for everyone to the same bytes each time, others padded as Django does.

    The padding hides the length of secrets, and a page for everyone has none.
    """

    def __init__(self, get_response):
        super().__init__(get_response)
        self.unpadded = UnpaddedGZipMiddleware(get_response)

    def process_response(self, request, response):
        if response.get("Content-Type", "").startswith("image/"):
            return response  # compressed already
        if "public" not in response.get("Cache-Control", ""):
            return super().process_response(request, response)
        if BROTLI.search(request.headers.get("Accept-Encoding", "")):
            return in_brotli(response)
        return self.unpadded.process_response(request, response)


@lru_cache(maxsize=32)
def squeezed(content):
    """Return bytes in Brotli's form. Those of a page that is asked for often are the same again, and this is slow."""
    return brotli.compress(content, mode=brotli.MODE_TEXT, quality=5)


def in_brotli(response):
    """Return a page for everyone in a form that is smaller than gzip's, and about as quick to make at level 5."""
    patch_vary_headers(response, ("Accept-Encoding",))
    if response.streaming or response.has_header("Content-Encoding") or len(response.content) < 200:
        return response
    response.content = squeezed(response.content)
    response["Content-Encoding"], response["Content-Length"] = "br", str(len(response.content))
    if response.get("ETag", "").startswith('"'):
        response["ETag"] = f"W/{response['ETag']}"  # of the same page, not of the same bytes
    return response


class SecretPagesMiddleware:
    """Keep what stands at a signed link's address out of caches and search results, and the address to itself.

    The same goes for the pages to sign in by.

    It is the outermost, so that errors and redirects of all others are covered too. "strict-origin" names
    this site alone wherever a link leads, to our own pages as well, whose proxy may log where readers come
    from. "no-referrer" would do no more, and browsers then send "Origin: null" with the form, which Django
    refuses.
    """

    HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "strict-origin"}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(("/review/", "/preview/", "/accounts/")):
            for name, value in self.HEADERS.items():
                response[name] = value
        return response
