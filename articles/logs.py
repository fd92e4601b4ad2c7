"""Log lines without what tells of a reader: no secret end of a signed link, and nothing that was searched for.

No line has an address of the network, a browser's name, a cookie or where somebody came from, for nothing here asks
for them. For programs each line is one of JSON; people at a terminal read plain ones (LOG_FORMAT). No Django: the main
process of the server uses it, too.
"""

import json
import logging
import re
from datetime import UTC, datetime

ADDRESS = re.compile(r"\b(p?review/|reset/key/)[^\s/?#'\"<>]{8,}")  # shorter ones are numbers in the admin's addresses
# As django.core.signing makes them, wherever they stand, the colons perhaps encoded
TOKEN = re.compile(r"[\w-]+(?::|%3a)\w{6}(?::|%3a)[\w-]{43}", re.IGNORECASE)
QUERY = re.compile(r"(?<=[\w/%.-])\?[^\s'\"<>=]*=[^\s'\"<>]*")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}


def hide_tokens(text):
    """Return a text with what stands in the addresses of signed links, and after their question marks, left out."""
    return QUERY.sub("?[hidden]", TOKEN.sub("[hidden]", ADDRESS.sub(r"\1[hidden]", text)))


def route_of(request):
    """Return the name of the pattern that a request's address fits, which tells nothing of who asks; or None."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else None


def method_of(method):
    """Return a request's method, of which anybody may send any, as one of a few words."""
    return method if method in METHODS else "other"


def about(record):
    """Return what a log record may tell of the request that it belongs to, if it does to one."""
    request = getattr(record, "request", None)
    if not hasattr(request, "method"):
        return {}
    status = getattr(record, "status_code", None)
    return {"method": method_of(request.method), "route": route_of(request), "status": status}


class Formatter(logging.Formatter):
    """Every handler of ours has one of these. What it hides is gone from the traceback, too."""

    def format(self, record):
        return hide_tokens(super().format(record))


class JsonFormatter(logging.Formatter):
    """The same as one line of JSON: time, level, logger and message, and the request and the traceback if any."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide_tokens(record.getMessage()),
            **about(record),
        }
        if record.exc_info:
            line["exception"] = hide_tokens(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
