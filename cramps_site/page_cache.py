"""A worker's memory of pages, in front of Django: an HTTP cache that knows at once when the text has changed.

It keeps what says by its own Cache-Control that shared caches may hold it, at addresses without a query. Such a page is
the same bytes for everyone, so nothing of a request counts but its address and how it may be compressed.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone
from django.utils.http import parse_etags

from articles import caching, replica
from articles.middleware import BROTLI
from cramps_site.health import known

OWN_RULES = (
    *("/admin/", "/accounts/", "/rate/", "/review/", "/preview/", "/static/", "/media/", "/service-worker.js"),
    *("/healthz", "/readyz", "/csp-report/"),
)
READING = ("GET", "HEAD")
LOCKS = 256
CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}  # else Django answers without the page
AGAIN = 1  # second, after which a site that failed is asked anew
OF_UNCHANGED = {"cache-control", "content-location", "date", "etag", "expires", "vary"}  # RFC 9110, 15.4.5


class Handler(WSGIHandler):
    """Django, which reads readers' pages from the replica, and leaves its response where the cache finds it.

    Beside the response stands what may be told of the request.
    """

    def __init__(self, watch):
        super().__init__()
        self.watch = watch

    def get_response(self, request):
        is_reading = request.method in READING and not request.path_info.startswith(OWN_RULES)
        response = (self.read if is_reading else super().get_response)(request)
        request.environ["cramps.response"] = response
        size = None if response.streaming else len(response.content)
        request.environ["cramps.seen"] = known(request), response.status_code, size, ""
        return response

    def read(self, request):
        """Answer by the replica where that is possible; what fails by it is answered by the primary."""
        with replica.reading(self.watch.edition()) as reading:
            response = super().get_response(request)
        if response.status_code >= 500 and reading.was_at_replica():
            with replica.reading(None):
                return super().get_response(self.request_class(request.environ))
        return response


@dataclass
class Page:
    edition: str
    status: str
    headers: list
    body: bytes
    until: datetime | None
    again: float  # on the monotonic clock: from when one request looks whether it is still so
    route: str | None = None
    etag: str = field(init=False)

    def __post_init__(self):
        self.etag = dict(self.headers).get("ETag", "")
        # What is told of an answer (cramps_site/watching.py), made once
        self.seen = {cache: (self.route, int(self.status[:3]), len(self.body), cache) for cache in ("hit", "miss")}
        self.seen_unchanged = {cache: (self.route, 304, 0, cache) for cache in ("hit", "miss")}

    def is_true(self, edition):
        """Return whether its text is what readers should see now."""
        return self.edition == edition and not (self.until and self.until <= timezone.now())

    def size(self):
        return len(self.body) + 2000  # about as much for headers and address

    def answer(self, environ, start_response, cache="hit"):
        headers = self.headers
        if self.until:  # the nearer that is, the shorter others may hold it
            headers = [(name, caching.header(self.until) if name == "Cache-Control" else it) for name, it in headers]
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and self.etag and (known == self.etag or is_among(self.etag, known)):
            environ["cramps.seen"] = self.seen_unchanged[cache]
            start_response("304 Not Modified", [pair for pair in headers if pair[0].lower() in OF_UNCHANGED])
            return [b""]
        environ["cramps.seen"] = self.seen[cache]
        start_response(self.status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else self.body]


def is_among(etag, known):
    """Return whether an If-None-Match names an ETag, compared weakly, as for reading it must be."""
    tags = [tag.removeprefix("W/") for tag in parse_etags(known)]
    return "*" in tags or etag.removeprefix("W/") in tags


class PageCache:
    """A WSGI application in front of Django, with so many bytes of pages; `watch` knows the edition."""

    def __init__(self, application, watch, size):
        self.application, self.watch, self.room = application, watch, size
        self.pages, self.changing = {}, threading.Lock()
        self.locks = [threading.Lock() for _ in range(LOCKS)]

    def __call__(self, environ, start_response):
        if (
            environ["REQUEST_METHOD"] not in READING
            or environ.get("QUERY_STRING")
            or environ["PATH_INFO"].startswith(OWN_RULES)
        ):
            return self.application(environ, start_response)
        key, edition = key_of(environ), self.watch.edition()
        page = self.pages.get(key)
        if page and page.is_true(edition) and time.monotonic() < page.again:
            return page.answer(environ, start_response)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self.application(environ, start_response)
        with self.asking(key, wait=not (page and page.is_true(edition))) as is_mine:
            # Somebody else may have asked meanwhile. What they ask for just now is as good as it was a moment ago.
            now = self.pages.get(key)
            if now and now.is_true(edition) and (not is_mine or time.monotonic() < now.again):
                return now.answer(environ, start_response)
            return self.ask(environ, start_response, key, edition, now)

    @contextmanager
    def asking(self, key, wait):
        """Hold what only one thread may for an address; tell whether that is this one."""
        lock = self.locks[hash(key) % LOCKS]
        is_mine = lock.acquire(blocking=wait)
        try:
            yield is_mine
        finally:
            if is_mine:
                lock.release()

    def ask(self, asked, start_response, key, edition, before):
        """Answer by Django, and keep what may be kept; where Django fails, answer what is still true."""
        environ = {name: value for name, value in asked.items() if name not in CONDITIONS}
        said = []
        body = self.application(environ, lambda *status_and_headers, **_: said.extend(status_and_headers))
        response, status = environ.get("cramps.response"), said[0]
        if status >= "5" and before and before.is_true(edition):
            close(body)
            before.again = time.monotonic() + AGAIN
            return before.answer(asked, start_response)
        if response is None or not may_be_kept(response):
            asked["cramps.seen"] = environ.get("cramps.seen")
            start_response(*said)
            return body
        whole = b"".join(body)
        close(body)
        # Votes that the replica does not have yet count as time that a page was kept already.
        again = time.monotonic() + caching.FRESH - (replica.LATE if replica.is_there() else 0)
        page = Page(edition, status, said[1], whole, response.until, again, (environ.get("cramps.seen") or [None])[0])
        self.keep(key, page)
        return page.answer(asked, start_response, "miss")

    def keep(self, key, page):
        """Keep a page, the newest last, and forget the oldest where there is no more room."""
        with self.changing:
            if key in self.pages:
                self.room += self.pages.pop(key).size()
            self.pages[key] = page
            self.room -= page.size()
            while self.room < 0:
                self.room += self.pages.pop(next(iter(self.pages))).size()


def key_of(environ):
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    encoding = "br" if BROTLI.search(accepted) else "gzip" if "gzip" in accepted else ""
    return environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""), environ["PATH_INFO"], encoding


def may_be_kept(response):
    """Return whether a response is a page for everyone that says until when it is true."""
    is_page = response.status_code in (200, 301) and hasattr(response, "until") and not response.streaming
    return is_page and not response.cookies


def close(body):
    """Tell a WSGI answer that it is not read any further."""
    if hasattr(body, "close"):
        body.close()
