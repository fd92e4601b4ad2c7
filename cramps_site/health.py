"""/healthz and /readyz: whether the process is alive, and whether it can serve and keep what is sent.

They stand in front of all else that looks at a request: a load balancer asks by an address and without https. What
they say is one word, to whoever asks; what is wrong goes to the log.
"""

import logging
import threading
import time

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed

from articles import condition

logger = logging.getLogger(__name__)
FRESH = 1  # second for which an answer holds
FRESH_MEDIA = 30  # seconds; a bucket's owner pays for each request


class Check:
    """A question whose answer holds for so many seconds; or `for_ever`, where it never gets worse again."""

    def __init__(self, trouble, fresh, for_ever=False):
        self.trouble, self.fresh, self.for_ever = trouble, fresh, for_ever
        self.said, self.until = "", 0.0

    def ask(self):
        """Return what is wrong, or ""."""
        if time.monotonic() >= self.until:
            self.said = self.trouble()
            is_settled = self.for_ever and not self.said
            self.until = float("inf") if is_settled else time.monotonic() + self.fresh
        return self.said


class Readiness:
    """What a process knows of whether it is ready. Of all who ask at once, one looks, and only the first ever waits."""

    def __init__(self):
        self.checks = [
            Check(condition.database_trouble, 0),
            Check(condition.migration_trouble, 0, for_ever=True),
            Check(condition.disk_trouble, 0),
            Check(condition.pause_trouble, 0),
            Check(condition.media_trouble, FRESH_MEDIA),
        ]
        self.looking = threading.Lock()
        self.is_ready, self.until, self.told = None, 0.0, ""

    def ask(self):
        if time.monotonic() < self.until:
            return self.is_ready
        if not self.looking.acquire(blocking=self.is_ready is None):
            return self.is_ready  # as it was a moment ago; somebody looks just now
        try:
            if time.monotonic() >= self.until:
                self.look()
            return self.is_ready
        finally:
            self.looking.release()

    def look(self):
        try:
            trouble = next((said for check in self.checks if (said := check.ask())), "")
        except Exception as error:  # whatever it is, nobody who asks is told more than "not ready"
            trouble = f"{type(error).__name__}: {error}"
        self.is_ready, self.until = not trouble, time.monotonic() + FRESH
        if trouble != self.told:  # a log line for each change, however often somebody asks
            log = logger.error if trouble else logger.warning
            log("%s", f"Not ready: {trouble}." if trouble else "Ready again.")
            self.told = trouble


class HealthMiddleware:
    """The outermost: answers these two addresses, whatever the host and the scheme, without a session or a page."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.readiness = Readiness()

    def __call__(self, request):
        if request.path_info not in ("/healthz", "/readyz"):
            return self.get_response(request)
        request.route = request.path_info[1:]
        if request.method not in ("GET", "HEAD"):
            response = HttpResponseNotAllowed(["GET", "HEAD"])
        elif request.route == "healthz" or self.readiness.ask():
            response = plain("ok" if request.route == "healthz" else "ready")
        else:
            response = plain("not ready", status=503)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def plain(word, status=200):
    headers = {"Content-Length": str(len(word) + 1)}
    return HttpResponse(f"{word}\n", content_type="text/plain; charset=utf-8", status=status, headers=headers)


def known(request):
    """Return the name under which a request is told and counted: its pattern's, or what answered it before one."""
    match = getattr(request, "resolver_match", None)
    if match:
        return match.view_name
    if hasattr(request, "route"):
        return request.route
    return "static" if request.path_info.startswith(settings.STATIC_URL) else None
