"""Requests that nobody sends by mistake: strategies for them, the published scripts, and files that are two things."""

import ast
import importlib.util
from functools import cache
from pathlib import Path
from urllib.parse import quote_from_bytes, urlencode

from hypothesis import strategies as st

# Null bytes, controls, line ends, overrides of the direction, what no encoding has, digits that are none, long words
ODD = [
    "",
    "\0",
    "a\0b",
    "\r\nSet-Cookie: a=b",
    "\x1b[31m",
    "\u202egnp.exe",
    "\u2066\u2069",
    "\ufeff",
    "\ud800",
    "\udfff\ud800",
    "\U0010ffff",
    "²",
    "١",
    "-1",
    "0",
    "1e9",
    "9" * 40,
    "9" * 5000,
    "NaN",
    "1.5",
    "true",
    "null",
    "[]",
    "{}",
    "../../etc/passwd",
    "..\\..\\x",
    "%00",
    "%",
    "%zz",
    "%c3%28",
    "%ff",
    "'",
    '"',
    "' OR 1=1--",
    "\\",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "//evil.example/",
    "/\\evil.example",
    "http://[",
    "http://[::1",
    "http://a:99999/",
    "x" * 5000,
    "é" * 3000,
    "a " * 5000,
    "(" * 2000,
    "*" * 3000,
    "a:b:c",
    "ا",
    "Ⅷ",
    "ß" * 500,
    "İ" * 200,
    "\u0301" * 500,
    "🦵" * 500,
    "\t",
    " ",
    "+",
    ";",
    ",",
    "=",
    "&",
    "#",
    "?",
    "2026-13-45",
    "9999-12-31T23:59",
    "0001-01-01",
]
ANY = st.one_of(st.sampled_from(ODD), st.text(max_size=60), st.text(st.characters(codec=None), max_size=20))
NAMES = [
    "q",
    "page",
    "p",
    "letter",
    "topic",
    "language",
    "span",
    "old",
    "new",
    "o",
    "e",
    "all",
    "token",
    "value",
    "reason",
    "section",
    "step",
    "csrfmiddlewaretoken",
    "follow",
    "undo",
    "confirm",
    "decision",
    "name",
    "message",
    "correct_until",
    "has_read",
    "find",
    "by",
    "with",
    "after",
    "kind",
    "person",
    "action",
    "_selected_action",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "add_section",
    "title",
    "slug",
    "version",
    "content",
    "prefix",
    "html",
    "old-title",
    "sections-TOTAL_FORMS",
    "sections-INITIAL_FORMS",
    "next",
    "sections-0-id",
    "sections-0-row_key",
    "sources-TOTAL_FORMS",
    "authors",
    "signed",
    "_again",
    "_again-username",
    "username",
    "password",
]
FIELDS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), ANY), ANY), max_size=8)


def in_bytes(text):
    """Return text as bytes, whatever it has in it."""
    return text.encode("utf-8", "surrogatepass")


def form(fields):
    return urlencode([(in_bytes(name), in_bytes(value)) for name, value in fields]).encode()


def multipart(fields, boundary="x", *, ends=True):
    """Return fields as the parts of a body; a name that begins with “file” is a file's."""
    parts = []
    for name, value in fields:
        file = b'; filename="' + in_bytes(value)[:200] + b'"' if name.startswith(("file", "image", "upload")) else b""
        start = b"--%s\r\nContent-Disposition: form-data; name=" % boundary.encode()
        parts.append(start + b'"%s"%s\r\n\r\n%s\r\n' % (in_bytes(name), file, in_bytes(value)))
    return b"".join(parts) + (b"--" + boundary.encode() + b"--\r\n" if ends else b"")


BODIES = st.one_of(
    st.tuples(
        FIELDS.map(form),
        st.sampled_from(
            [
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=utf-16",
                "application/x-www-form-urlencoded; charset=nonsense",
            ]
        ),
    ),
    st.tuples(
        st.builds(multipart, FIELDS, ends=st.booleans()),
        st.sampled_from(
            [
                "multipart/form-data; boundary=x",
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=" + "y" * 300,
                "multipart/form-data; boundary=x; charset=nonsense",
                "multipart/mixed; boundary=x",
            ]
        ),
    ),
    st.tuples(
        st.binary(max_size=300),
        st.sampled_from(
            [
                "",
                "application/json",
                "text/plain",
                "multipart/form-data; boundary=x",
                "application/x-www-form-urlencoded",
                "x" * 500,
                'a/b; c="',
                "\x00",
            ]
        ),
    ),
    st.just((form([(f"f{number}", "") for number in range(10_100)]), "application/x-www-form-urlencoded")),
    st.just((multipart([("image", "x")] * 150), "multipart/form-data; boundary=x")),
)
HEADERS = [
    "Host",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Real-IP",
    "Origin",
    "Referer",
    "Range",
    "If-Range",
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cookie",
    "User-Agent",
    "X-HTTP-Method-Override",
    "X-Requested-With",
    "X-CSRFToken",
    "Sec-Fetch-Site",
    "Sec-Fetch-Dest",
    "Content-Encoding",
    "Transfer-Encoding",
    "Expect",
    "Upgrade",
    "Connection",
    "Authorization",
    "Date",
    "DNT",
    "Save-Data",
    "X-Original-URL",
    "Content-Length",
]
LIKELY = st.sampled_from(
    [
        "bytes=0-0",
        "bytes=-1",
        "bytes=5-2",
        "bytes=" + "0-1," * 300,
        '"x"',
        'W/"x"',
        "*",
        "gzip;q=nan",
        "br;q=2",
        "sessionid=x",
        'csrftoken="',
        "vote=a.b.c",
        "vote=" + "x" * 4000,
        "a=b; a=c; =; ;;",
        'for="[::1";host=x',
        "evil.example",
        "localhost:99999",
        "[::1",
        "1.2.3.4, unknown, x",
        "null",
        "Mon, 99 Foo 0000 00:00:00 GMT",
        "application/json;q=x",
        "en;q=0.5,*;q=999",
        "chunked",
        "-5",
        "1e3",
        "99999999999999999999",
    ]
)
EXTRA = st.dictionaries(st.sampled_from(HEADERS), st.one_of(LIKELY, ANY), max_size=4)
METHODS = st.sampled_from(
    ["GET", "GET", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "X" * 20]
)


def addresses(known):
    """Return paths near those of a site: these themselves, with a part changed, or more behind."""
    odd = ANY.map(lambda text: quote_from_bytes(in_bytes(text)[:2000]))
    known = st.sampled_from(known)
    return st.one_of(
        known,
        known,
        st.builds(lambda path, part: path + part, known, odd),
        st.builds(changed, known, odd, st.integers(0, 9)),
    )


def changed(path, part, index):
    """Put something else in the place of one part of a path."""
    parts = path.split("/")
    parts[1 + index % max(len(parts) - 1, 1)] = part
    return "/".join(parts)


# Published scripts


@cache
def scripts():
    """Return the published scripts of brs-kb, read from its source: none of that is run."""
    folder = Path(importlib.util.find_spec("brs_kb").origin).parent / "payloads"
    found = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for keyword in getattr(node, "keywords", ()) if isinstance(node, ast.Call) else ():
                if keyword.arg == "payload" and isinstance(keyword.value, ast.Constant):
                    found[str(keyword.value.value)] = None
    return list(found)
