"""Reports of browsers on the security policy: what is kept of them, and of hostile ones."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.core import signing
from django.test import Client

from articles import policy_reports
from articles.middleware import CONTENT_SECURITY_POLICY

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
ORIGIN = "http://testserver"
TOKEN = signing.TimestampSigner().sign("12")
REPORT = {
    "document-uri": f"{ORIGIN}/articles/sore-feet/?from=marked",
    "referrer": "https://marked.example/",
    "violated-directive": "script-src-elem",
    "effective-directive": "script-src-elem",
    "original-policy": "marked",
    "blocked-uri": "https://evil.example:8443/marked.js?marked",
    "line-number": 12,
    "source-file": "https://evil.example/marked.js",
    "script-sample": "marked",
    "status-code": 200,
}


@pytest.fixture(autouse=True)
def new_minute(monkeypatch):
    monkeypatch.setattr(policy_reports, "minute", policy_reports.Minute())


def send(body, kind="application/csp-report", **more):
    body = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post("/csp-report/", body, content_type=kind, **more)


def report(**changes):
    """Send a report with some fields changed, and return what is kept of it."""
    changed = REPORT | {name.replace("_", "-"): value for name, value in changes.items()}
    assert send({"csp-report": changed}).status_code == 204
    return [(row["directive"], row["blocked"], row["page"], row["line"]) for row in policy_reports.kept()]


def test_the_policy_names_the_address():
    assert CONTENT_SECURITY_POLICY.endswith("; report-uri /csp-report/")


def test_what_is_kept_tells_nothing_of_the_sender(settings):
    headers = {"User-Agent": "marked", "Referer": "https://marked.example", "Cookie": "a=marked"}
    response = send({"csp-report": REPORT}, headers=headers, REMOTE_ADDR="203.0.113.7")
    assert (response.status_code, response.content, dict(response.cookies)) == (204, b"", {})
    assert response["Cache-Control"] == "no-store"
    [row] = policy_reports.kept()
    assert {*row} == {"directive", "blocked", "page", "line", "count", "first", "last"}
    assert (row["directive"], row["blocked"]) == ("script-src-elem", "https://evil.example")
    assert (row["page"], row["line"], row["count"]) == ("/articles/sore-feet/", 12, 1)
    files = "".join(path.read_text() for path in settings.DATA_DIR.glob("csp*"))
    assert "marked" not in files
    assert "203.0.113" not in files


def test_the_reporting_api_says_the_same_in_other_words():
    body = {"documentURL": f"{ORIGIN}/about/", "blockedURL": "inline", "effectiveDirective": "style-src-attr"}
    sent = [{"type": "csp-violation", "age": 2, "body": body | {"lineNumber": 3}, "user_agent": "marked"}]
    assert send([*sent, {"type": "deprecation", "body": body}], "application/reports+json").status_code == 204
    [row] = policy_reports.kept()
    assert (row["directive"], row["blocked"], row["page"], row["line"]) == ("style-src-attr", "inline", "/about/", 3)


def test_alike_reports_are_one_with_a_count():
    for line in (1, 1, 2, 1):
        report(line_number=line)
    assert sorted((row["line"], row["count"]) for row in policy_reports.kept()) == [(1, 3), (2, 1)]


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (f"{ORIGIN}/", "/"),
        (f"{ORIGIN}/ar/about/#part", "/ar/about/"),
        (f"{ORIGIN}/search/?q=marked", "/search/"),
        (f"{ORIGIN}/review/{{token}}/", "review"),
        (f"{ORIGIN}/preview/{{token}}/", "shared_preview"),
        (f"{ORIGIN}/rate/17/", "rate"),
        (f"{ORIGIN}/admin/articles/article/3/change/", "admin:articles_article_change"),
        (f"{ORIGIN}/what-somebody-typed/", None),
        ("https://elsewhere.example/about/", None),
        ("about:blank", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_page_is_one_of_ours_without_what_could_tell_of_somebody(page, kept):
    assert [row[2] for row in report(document_uri=page.replace("{token}", TOKEN))] == ([kept] if kept else [])


@pytest.mark.parametrize(
    ("blocked", "kept"),
    [
        ("inline", "inline"),
        ("eval", "eval"),
        ("data", "data"),
        ("data:image/png;base64,marked", "data"),
        ("blob:https://x.example/marked", "blob"),
        ("https://user:marked@x.example:444/path", "https://x.example"),
        ("HTTPS://X.EXAMPLE/", "https://x.example"),
        ("http://[2001:db8::1]:80/", "http://2001:db8::1"),
        ("wss://x.example/", "wss://x.example"),
        ("chrome-extension://abcdef/marked.js", None),
        ("moz-extension", None),
        ("https://<script>alert(1)</script>/", None),
        ("https://", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("", None),
        (7, None),
    ],
)
def test_of_what_was_kept_out_the_host_is_told(blocked, kept):
    assert [row[1] for row in report(blocked_uri=blocked)] == ([kept] if kept else [])


@pytest.mark.parametrize("directive", ["img-src", "script-src-elem", "require-trusted-types-for", "trusted-types"])
def test_a_rule_that_is_one_is_kept(directive):
    assert [row[0] for row in report(effective_directive=directive, violated_directive=directive)] == [directive]


@pytest.mark.parametrize("directive", ["<b>", "img-src" * 20, "made up", "", None, ["img-src"], "sandbox\nimg-src"])
def test_a_rule_that_is_none_is_not_kept(directive):
    assert report(effective_directive=directive, violated_directive=directive) == []


@pytest.mark.parametrize("line", [-1, 0, 10**7, "3", True, 2.5, {"a": 1}, None])
def test_a_line_that_is_none_is_left_out(line):
    assert [row[3] for row in report(line_number=line)] == [None]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b"null", b"3", b'"text"', b"[]", b"[1, null, {}]", b"{}", b'{"csp-report": 3}'),
        *(b'{"csp-report": null}', b'{"csp-report": []}', b'[{"type": "csp-violation", "body": "x"}]', b"[" * 5_000),
        *(b'{"csp-report": {"line-number": NaN}}', b'{"csp-report": {"line-number": ' + b"9" * 5_000 + b"}}"),
    ],
)
@pytest.mark.parametrize("kind", sorted(policy_reports.TYPES))
def test_what_can_not_be_read_is_answered_the_same_and_not_kept(body, kind):
    assert send(body, kind).status_code == 204
    assert policy_reports.kept() == []


def test_other_types_and_long_ones_are_not_looked_at():
    for kind in ("text/plain", "application/json", "multipart/form-data", "application/x-www-form-urlencoded"):
        assert send({"csp-report": REPORT}, kind).status_code == 204
    assert send({"csp-report": REPORT | {"script-sample": "x" * 8_000}}).status_code == 204
    assert send({"csp-report": REPORT}, CONTENT_LENGTH="").status_code == 204
    assert send({"csp-report": REPORT}, CONTENT_LENGTH="many").status_code == 204
    assert policy_reports.kept() == []


def test_only_posts_are_taken(client):
    assert client.get("/csp-report/").status_code == 405


def test_there_are_never_more_than_a_few_and_the_last_stay(monkeypatch):
    monkeypatch.setattr(policy_reports, "MOST", 5)
    for number in range(1, 9):
        at = NOW.replace(second=number)
        policy_reports.add([("img-src", "https://x.example", "/", number)], at)
    assert [row["line"] for row in policy_reports.kept()] == [8, 7, 6, 5, 4]


def test_one_post_holds_a_few_at_most():
    body = {"documentURL": f"{ORIGIN}/", "blockedURL": "inline", "effectiveDirective": "img-src"}
    many = [{"type": "csp-violation", "body": body | {"lineNumber": number}} for number in range(1, 40)]
    send(many, "application/reports+json")
    assert len(policy_reports.kept()) == policy_reports.AT_ONCE


def test_one_network_has_its_share_of_a_minute_and_all_have_theirs(monkeypatch):
    monkeypatch.setattr(policy_reports, "EACH_MINUTE", 15)
    for network in (1, 2, 3):
        for number in range(12):
            changed = REPORT | {"line-number": 100 * network + number}
            send({"csp-report": changed}, REMOTE_ADDR=f"203.0.113.{network}")
    found = sorted(row["line"] // 100 for row in policy_reports.kept())
    assert found == [1] * 10 + [2] * 5


def test_a_new_minute_forgets_the_last(monkeypatch):
    minute, moment = policy_reports.Minute(), [1000.0]
    monkeypatch.setattr(policy_reports.time, "monotonic", lambda: moment[0])
    assert [minute.has_room("203.0.113.1") for _ in range(12)] == [True] * 10 + [False] * 2
    moment[0] += 61
    assert minute.has_room("203.0.113.1")
    assert minute.taken.total() == 1


def test_of_many_at_once_none_is_lost():
    def add(number):
        policy_reports.add([("img-src", "https://x.example", "/", number % 3)], NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(60)))
    assert sorted(row["count"] for row in policy_reports.kept()) == [20, 20, 20]


def test_a_file_that_is_broken_begins_anew(settings):
    (settings.DATA_DIR / policy_reports.NAME).write_text("[{")
    assert policy_reports.kept() == []
    assert len(report()) == 1


def test_a_full_disk_fails_nobody(monkeypatch):
    def full(rows):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(policy_reports, "write", full)
    assert send({"csp-report": REPORT}).status_code == 204
