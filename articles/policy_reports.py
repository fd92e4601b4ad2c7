"""What browsers report of the security policy: what it kept from running or loading, and on which page.

Anybody may send such a report, of anything. So little is taken of it, each part only in a form that is known, nothing
of who sent it, and it never reaches the database: a file in DATA_DIR has the last, alike ones as one with a count.
"""

import contextlib
import fcntl
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import counting, languages, rating

MOST = 200  # kept
LONGEST = 8_000  # bytes of one post
AT_ONCE = 10  # of one post, of Reporting API's lists
EACH_MINUTE, OF_ONE = 60, 10  # taken by a worker, and of these from one network
TYPES = {"application/csp-report", "application/reports+json"}
NAMES = "base-uri|form-action|frame-ancestors|require-trusted-types-for|trusted-types"
DIRECTIVE = re.compile(rf"({NAMES}|[a-z]+-src(-attr|-elem)?)")
WORDS = {"inline", "eval", "wasm-eval", "self", "data", "blob", "trusted-types-policy", "trusted-types-sink"}
SCHEMES = {"http", "https", "ws", "wss", "data", "blob", "file", "filesystem", "about"}
HOST = re.compile(r"[a-z0-9.-]{1,100}|\[[0-9a-f:.]{2,45}\]")
NAME = "csp_reports.json"


class Minute:
    """How many reports a worker took in this minute, of all and of each network, known by a hash for as long."""

    def __init__(self):
        self.began, self.taken = 0.0, Counter()

    def has_room(self, address):
        now = time.monotonic()
        if now - self.began >= 60 or not self.began:
            self.began, self.taken = now, Counter()
        one = salted_hmac("articles.policy_reports", f"{self.began}{rating.network(address)}").hexdigest()
        if self.taken.total() >= EACH_MINUTE or self.taken[one] >= OF_ONE:
            return False
        self.taken[one] += 1
        return True


minute = Minute()


@csrf_exempt  # no form sends it, and nothing is done for whoever does
@require_POST
@cache_control(no_store=True)
def take(request):
    """Keep what can be read of a post, and answer the same whatever it was."""
    known_type = request.content_type in TYPES
    if known_type and length(request) <= LONGEST and minute.has_room(request.META.get("REMOTE_ADDR", "")):
        if found := read(request.body, f"{request.scheme}://{request.get_host()}"):
            add(found, datetime.now(UTC))
            counting.count("policy_reports", "kept")
        else:
            counting.count("policy_reports", "not_read")
    else:
        counting.count("policy_reports", "refused")
    return HttpResponse(status=204)


take.goes_on_paused = True  # it writes nothing that moves


def length(request):
    """Return how long a post says it is; one that does not say is too long."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or LONGEST + 1)
    except ValueError:
        return LONGEST + 1


def read(body, origin):
    """Return the reports in a post, as tuples of (directive, blocked, page, line), without what is not understood."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(sent, dict):
        bodies = [sent.get("csp-report")]
    else:
        listed = sent[:AT_ONCE] if isinstance(sent, list) else []
        bodies = [one.get("body") for one in listed if isinstance(one, dict) and one.get("type") == "csp-violation"]
    found = [one_read(body, origin) for body in bodies if isinstance(body, dict)]
    return [report for report in found if report]


def one_read(body, origin):
    """Return (directive, blocked, page, line) of one report, or None for one that is not of this site's pages."""

    def text(*names):
        return next((value for name in names if isinstance(value := body.get(name), str)), "")[:2000]

    directive = text("effective-directive", "effectiveDirective", "violated-directive").partition(" ")[0]
    page = page_of(text("document-uri", "documentURL"), origin)
    blocked = blocked_of(text("blocked-uri", "blockedURL"))
    if not DIRECTIVE.fullmatch(directive) or not page or not blocked:
        return None
    line = body.get("line-number", body.get("lineNumber"))
    is_line = isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1_000_000
    return directive, blocked, page, line if is_line else None


def page_of(address, origin):
    """Return the path of one of this site's pages, or the name of its pattern where the path could tell of anybody.

    A preview's path has its token, and one that fits no pattern whatever somebody wrote: for that it is "".
    """
    try:
        parts = urlsplit(address)
        with translation.override(languages.of_path(parts.path)):
            match = resolve(parts.path)
    except (ValueError, Resolver404):
        return ""
    if f"{parts.scheme}://{parts.netloc}" not in (origin, settings.SITE_URL):
        return ""
    is_open = not match.namespaces and {*match.captured_kwargs} <= {"slug"}
    return parts.path[:200] if is_open else match.view_name


def blocked_of(address):
    """Return what was kept from loading: a word, or a scheme and a host; "" for what is none, or of an extension."""
    if address.lower() in WORDS:
        return address.lower()
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2].rpartition(":")[0] or parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    if parts.scheme not in SCHEMES:
        return ""
    if parts.scheme not in ("http", "https", "ws", "wss"):
        return parts.scheme
    return f"{parts.scheme}://{parts.hostname}" if HOST.fullmatch(host.lower()) and parts.hostname else ""


def kept():
    """Return the reports that are kept, as dictionaries, the last seen first."""
    try:
        rows = json.loads((settings.DATA_DIR / NAME).read_text())
    except (OSError, ValueError):
        return []
    return sorted(rows, key=lambda row: row["last"], reverse=True)


@contextlib.contextmanager
def alone():
    with open(settings.DATA_DIR / f"{NAME}.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def add(found, now):
    """Keep reports; of too many, those that were seen last."""
    with contextlib.suppress(OSError), alone():  # a full disk keeps no reader from anything
        rows = {(row["directive"], row["blocked"], row["page"], row["line"]): row for row in kept()}
        at = now.isoformat(timespec="seconds")
        for directive, blocked, page, line in found:
            new = {"directive": directive, "blocked": blocked, "page": page, "line": line, "count": 0, "first": at}
            row = rows.setdefault((directive, blocked, page, line), new)
            row["count"], row["last"] = row["count"] + 1, at
        last = sorted(rows.values(), key=lambda row: row["last"])[-MOST:]
        write(last)


def write(rows):
    path = settings.DATA_DIR / NAME
    new = path.with_suffix(".new")
    new.write_text(json.dumps(rows))
    new.replace(path)


def clear():
    """Forget all of them; those that still hold will come again."""
    with alone():
        write([])
