"""Errors by mail and to a Sentry: what is sent, how often, and nothing of who met the error."""

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
from django.core import mail, signing
from django.test import RequestFactory
from django.urls import resolve

from articles import error_mail
from tests.running import ROOT
from tests.test_settings import read_settings, setting

TOKEN = signing.TimestampSigner().sign("MARKED-NUMBER")
MAIL = {"EMAIL_URL": "smtp://mail.example.org", "ERRORS_TO": "ops@example.org, two@example.org"}


def marked_request(path="/search/?q=marked-term"):
    request = RequestFactory().post(
        path,
        {"password": "marked-field"},
        headers={"User-Agent": "marked-browser", "Referer": "https://marked.example", "Cookie": "vote=marked"},
        REMOTE_ADDR="203.0.113.77",
    )
    request.resolver_match = resolve(path.partition("?")[0])
    return request


CODE_LINE = 'raise ValueError(f"{text} {len(secret)} in /search/?[hidden] and /review/{TOKEN}/")'


def failed(text="It broke"):
    """Return the exc_info of an error, raised where a local variable has something secret."""
    secret = "marked-variable"
    try:
        raise ValueError(f"{text} {len(secret)} in /search/?q=marked-term and /review/{TOKEN}/")
    except ValueError:
        return sys.exc_info()


@pytest.fixture
def handler(settings):
    settings.ERRORS_TO = ["ops@example.org"]
    return error_mail.Handler(level=logging.ERROR)


@pytest.fixture
def moment(monkeypatch):
    now = [1_000_000.0]
    monkeypatch.setattr(error_mail.time, "time", lambda: now[0])
    return now


def tell(handler, message="Internal Server Error: %s", *arguments, line=1, level=logging.ERROR, **about):
    """Give the handler a record as a logger does, and wait until it is mailed."""
    record = logging.LogRecord("django.request", level, "file.py", line, message, arguments, about.pop("error", None))
    vars(record).update(about)
    logger = logging.Logger("django.request")
    logger.addHandler(handler)
    logger.handle(record)
    for thread in threading.enumerate():
        if thread.name == "error mail":
            thread.join()


def test_a_mail_has_the_traceback_and_the_route_and_nothing_of_the_request(handler):
    about = {"request": marked_request(), "status_code": 500, "error": failed()}
    tell(handler, "Internal Server Error: %s", f"/review/{TOKEN}/", **about)
    [message] = mail.outbox
    assert message.subject == "[Cramps] Internal Server Error: /review/[hidden]/"
    assert message.to == ["ops@example.org"]
    assert "The request: method POST, route search, status 500" in message.body
    assert "ValueError: It broke 15 in /search/?[hidden] and /review/[hidden]/" in message.body
    assert "in failed" in message.body
    whole = str(message.message()).replace(CODE_LINE, "")  # the traceback has the line of the code
    for part in ("marked", "203.0.113", TOKEN):
        assert part not in whole


def test_the_same_error_is_mailed_once_an_hour_and_all_once_a_minute(handler, moment):
    for _ in range(3):
        tell(handler, "One", line=1)
    tell(handler, "Two", line=2)
    assert [message.subject for message in mail.outbox] == ["[Cramps] One"]
    moment[0] += 61
    tell(handler, "One", line=1)
    tell(handler, "Two", line=2)
    assert [message.subject for message in mail.outbox] == ["[Cramps] One", "[Cramps] Two"]
    assert "kept back since the last mail: 4" in mail.outbox[1].body
    moment[0] += 3600
    tell(handler, "One", line=1)
    assert [message.subject for message in mail.outbox][2:] == ["[Cramps] One"]
    assert "kept back" not in mail.outbox[2].body


def test_an_error_is_known_by_where_it_was_raised(handler, moment):
    tell(handler, "Internal Server Error: %s", "/a/", error=failed("One"))
    moment[0] += 61
    tell(handler, "Internal Server Error: %s", "/b/", error=failed("Two"))
    assert len(mail.outbox) == 1


def test_of_many_at_once_one_is_mailed(handler, moment):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: error_mail.may_send("kind", moment[0]), range(20)))
    assert answers.count(0) == 1
    assert answers.count(None) == 19


@pytest.mark.parametrize("known", ["", "{", "[]", '{"sent": 3}', '{"last": "x", "sent": {}}'])
def test_what_is_known_may_be_broken(handler, moment, settings, known):
    (settings.DATA_DIR / "errors_mailed.json").write_text(known)
    tell(handler, "One")
    assert len(mail.outbox) == 1


def test_a_clock_that_was_wrong_holds_nothing_back_for_ever(handler, moment):
    tell(handler, "One")
    moment[0] -= 100_000
    tell(handler, "One")
    assert len(mail.outbox) == 2


def test_what_is_remembered_has_an_end(settings, moment):
    for number in range(150):
        moment[0] += 20  # so that a third of them may be mailed
        error_mail.may_send(f"kind {number}", moment[0])
    known = json.loads((settings.DATA_DIR / "errors_mailed.json").read_text())
    assert 0 < len(known["sent"]) <= error_mail.MOST


def test_a_long_message_and_lines_in_it_fit_a_mail(handler):
    tell(handler, "a\nBcc: everybody@example.org\n" + "x" * 50_000)
    [message] = mail.outbox
    assert message.subject == "[Cramps] a"
    assert len(message.body) <= error_mail.LONGEST


def test_warnings_are_not_mailed(handler):
    tell(handler, "Only so", level=logging.WARNING)
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_a_line_in_the_log(handler, monkeypatch, caplog):
    def away(self):
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(mail.EmailMessage, "send", away)
    tell(handler, "One")
    assert "An error could not be mailed to ERRORS_TO: Connection refused" in caplog.text


def test_errors_reach_the_mail_where_it_is_asked_for(tmp_path):
    expression = "settings.LOGGING['root']['handlers'], settings.LOGGING['loggers']['django']['handlers']"
    both = "['stderr', 'mail']"
    assert setting(expression, DATA_DIR=tmp_path, **MAIL) == f"{both} {both}"
    assert setting("settings.ERRORS_TO", DATA_DIR=tmp_path, **MAIL) == "['ops@example.org', 'two@example.org']"
    assert setting(expression, DATA_DIR=tmp_path) == "['stderr'] ['stderr']"


def test_errors_by_mail_without_a_mail_server_end_with_a_sentence(tmp_path):
    said = read_settings(DATA_DIR=tmp_path, ERRORS_TO="ops@example.org").stderr.strip()
    assert said == "ERRORS_TO is set, but there is no mail server. Write EMAIL_URL too, or leave ERRORS_TO out."


# Sentry


@pytest.fixture
def sentry():
    """A Sentry on this machine; `sent` is the text of all that it got."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers.get("Content-Encoding")
            unpacked = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[kind](body)
            self.server.sent.append((self.path, unpacked.decode()))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.sent = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.dsn = f"http://key@127.0.0.1:{server.server_address[1]}/7"
        yield server
        server.shutdown()


CODE = """
import logging
from tests.test_errors_told import failed, marked_request
logger = logging.getLogger("django.request")
logger.warning("A warning is not sent")
about = {"request": marked_request(), "status_code": 500}
logger.error("Internal Server Error: %s", "/search/?q=marked-term", exc_info=failed(), extra=about)
"""


def run_with(dsn, code, tmp_path, **more):
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(tmp_path), "SENTRY_DSN": dsn, "PYTHONPATH": str(ROOT)} | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_sentry_gets_the_error_and_where_it_is_and_nothing_of_the_request(sentry, tmp_path):
    result = run_with(sentry.dsn, CODE, tmp_path)
    assert result.returncode == 0, result.stderr
    [(path, text)] = sentry.sent
    assert path == "/api/7/envelope/"
    event = json.loads(text.splitlines()[2])
    [error] = event["exception"]["values"]
    assert (error["type"], error["stacktrace"]["frames"][-1]["function"]) == ("ValueError", "failed")
    assert error["value"] == "It broke 15 in /search/?[hidden] and /review/[hidden]/"
    assert event["tags"] == {"method": "POST", "route": "search", "status": "500"}
    assert event["logentry"]["message"] == "Internal Server Error: /search/?[hidden]"
    assert event["release"].startswith("cramps@")
    assert not {"request", "user", "breadcrumbs", "extra", "server_name", "modules", "contexts"} & {*event}
    assert not any("vars" in frame for frame in error["stacktrace"]["frames"])
    sent = json.dumps({name: value for name, value in event.items() if name != "exception"})
    assert "marked" not in sent
    for part in ("203.0.113", "marked-browser", "marked-field", "marked.example", os.uname().nodename, TOKEN):
        # What stands in the code itself is sent, as the lines around each place: here, of this test.
        without_code = [{"value": error["value"], "type": error["type"]}]
        assert part not in sent + json.dumps(without_code)


def test_a_command_that_breaks_is_sent_too(sentry, tmp_path):
    result = run_with(sentry.dsn, "raise RuntimeError('It broke')", tmp_path)
    assert result.returncode == 1
    [(_path, text)] = sentry.sent
    assert '"RuntimeError"' in text


def test_a_sentry_that_is_away_holds_nothing_up(tmp_path):
    result = run_with("http://key@127.0.0.1:9/7", CODE + "print('went on')", tmp_path)
    assert (result.returncode, result.stdout) == (0, "went on\n")


def test_without_it_the_library_is_not_even_loaded(tmp_path):
    result = run_with("", "import sys; print('sentry_sdk' in sys.modules)", tmp_path)
    assert result.stdout == "False\n"
