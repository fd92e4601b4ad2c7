"""Log lines and metrics: what they tell of a request, and that they tell nothing of who sent it."""

import io
import json
import logging
import sys
import urllib.error
import urllib.request

import pytest
from django.core import signing
from django.core.signals import request_finished, request_started
from django.db import DatabaseError
from django.test import RequestFactory
from prometheus_client.parser import text_string_to_metric_families

from articles import condition, counting, logs
from cramps_site import metrics
from cramps_site.health import known
from cramps_site.page_cache import Handler, PageCache
from cramps_site.watching import LIMITS, Watched, Watcher, numbers
from tests.factories import make_article
from tests.running import Site, free_port

TOKEN = signing.TimestampSigner().sign("MARKED-NUMBER")


def answered(route="article", status=200, took=0.004, method="GET", size=120, cache=""):
    return 1.0, 1.0 + took, method, (route, status, size, cache)


def lines(log, *noted):
    """Return what a Watcher writes of requests, as dictionaries."""
    output = io.StringIO()
    watcher = Watcher(log, output=output)
    for answer in noted:
        watcher.note(*answer)
    assert not output.getvalue()
    watcher.take()
    return [json.loads(line) for line in output.getvalue().splitlines()]


def formatted(formatter, **about):
    record = logging.LogRecord("articles", logging.ERROR, "file.py", 1, "Said of %s", ("it",), None)
    vars(record).update(about)
    return formatter.format(record)


# Lines


def test_a_line_for_each_request():
    [line] = lines("all", answered(cache="hit"))
    assert line.pop("time")[10:] > "T"
    assert line == {
        "level": "info",
        "logger": "request",
        "message": "answered",
        "method": "GET",
        "route": "article",
        "status": 200,
        "ms": 4.0,
        "bytes": 120,
        "cache": "hit",
    }


def test_a_stream_and_an_address_that_is_none_have_their_lines_too():
    [line] = lines("all", answered(route=None, size=None, status=404))
    assert (line["route"], line["bytes"], line["cache"], line["status"]) == (None, None, None, 404)


@pytest.mark.parametrize(("log", "statuses"), [("all", [200, 404, 503]), ("errors", [404, 503]), ("off", [])])
def test_the_operator_chooses_which(log, statuses):
    noted = [answered(status=status) for status in (200, 404, 503)]
    assert [line["status"] for line in lines(log, *noted)] == statuses


def test_of_probes_those_that_fail_have_lines():
    noted = [answered(route=route, status=status) for route in ("healthz", "readyz") for status in (200, 503)]
    assert [(line["route"], line["status"], line["level"]) for line in lines("all", *noted)] == [
        ("healthz", 503, "error"),
        ("readyz", 503, "error"),
    ]


def test_a_method_that_somebody_made_up_breaks_no_line():
    [line] = lines("all", answered(method='GET"}\n{"status": 1'))
    assert line["method"] == "other"


def test_an_event_is_a_line_of_json_with_its_traceback_and_its_request():
    request = RequestFactory().get("/search/", {"q": "marked"}, headers={"User-Agent": "marked"})
    try:
        raise ValueError(f"bad /review/{TOKEN}/ in /search/?q=marked\nand more")
    except ValueError:
        error = sys.exc_info()
    text = formatted(logs.JsonFormatter(), exc_info=error, request=request, status_code=500)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("error", "articles", "Said of it")
    assert (line["method"], line["route"], line["status"]) == ("GET", None, 500)
    assert line["exception"].startswith("Traceback")
    assert "/review/[hidden]/ in /search/?[hidden]\nand more" in line["exception"]
    assert "marked" not in text
    assert TOKEN not in text


def test_what_has_no_request_says_nothing_of_one():
    assert {*json.loads(formatted(logs.JsonFormatter(), request="a socket"))} == {"time", "level", "logger", "message"}


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("GET /search/?q=sore+feet HTTP/1.1", "GET /search/?[hidden] HTTP/1.1"),
        ("https://example.org/a.html?x=1&y=2, twice", "https://example.org/a.html?[hidden] twice"),
        ("Is it so? a=b", "Is it so? a=b"),
        ("What is this/?", "What is this/?"),
    ],
)
def test_what_was_searched_for_is_hidden(text, hidden):
    assert logs.hide_tokens(text) == hidden


# What is noted of the site's own answers


@pytest.fixture
def ask(monkeypatch):
    """A function that asks the site as a worker serves it, and returns its line in the log."""
    for signal in (request_started, request_finished):  # else the connection that the test is in would be closed
        monkeypatch.setattr(signal, "send", lambda **about: [])
    output, said = io.StringIO(), []
    watcher = Watcher("all", output=output)
    watch = type("Watch", (), {"edition": lambda self: "1"})()
    site = Watched(PageCache(Handler(watch), watch, 1_000_000), watcher)

    def asked(path, method="GET", **more):
        environ = RequestFactory().generic(method, path, **more).environ
        body = site(environ, lambda status, headers, *_: said.append(status))
        getattr(body, "close", int)()
        watcher.take()
        return json.loads(output.getvalue().splitlines()[-1])

    return asked


@pytest.mark.django_db
def test_pages_from_memory_are_told_by_their_route_as_well(ask):
    make_article()
    first, again = ask("/articles/sore-feet/"), ask("/articles/sore-feet/")
    assert (first["route"], first["cache"], again["route"], again["cache"]) == ("article", "miss", "article", "hit")
    assert first["bytes"] == again["bytes"] > 1000
    assert ask("/ar/about/")["route"] == "about"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/no-such-page/", None, 404),
        ("/search/?q=marked", "search", 200),
        ("/review/{token}/", "review", 404),
        ("/accounts/login/?next=/marked/", "account_login", 200),
        ("/static/nothing.css", "static", 404),
        ("/robots.txt", "articles.views.robots", 200),
    ],
)
def test_a_route_is_told_and_no_address(ask, path, route, status):
    line = ask(path.format(token=TOKEN))
    assert line["route"] == route
    assert line["status"] == status or route == "review"
    assert "marked" not in json.dumps(line)
    assert TOKEN not in json.dumps(line)


def test_known_by_what_answered(rf):
    assert known(rf.get("/static/x.css")) == "static"
    assert known(rf.get("/elsewhere")) is None


# Numbers


def test_numbers_of_requests():
    found = numbers([answered(cache="hit"), answered(took=3, cache="miss"), answered(route=None, status=404)])
    article = (("method", "GET"), ("route", "article"), ("status", "200"))
    assert found["cramps_requests_total", article] == 2
    assert found["cramps_requests_total", (("method", "GET"), ("route", "none"), ("status", "404"))] == 1
    assert found["cramps_response_bytes_total", ()] == 360
    assert found["cramps_page_cache_total", (("answer", "hit"),)] == 1
    of = {limit: found["cramps_request_seconds_bucket", (("le", str(limit)), ("route", "article"))] for limit in LIMITS}
    assert (of[0.0025], of[0.005], of[2.5], of[10.0]) == (0, 1, 1, 2)
    assert found["cramps_request_seconds_bucket", (("le", "+Inf"), ("route", "article"))] == 2


@pytest.mark.django_db
def test_what_prometheus_reads_is_what_was_counted():
    counting.taken()
    counting.count("votes", "kept")
    counting.count("database_errors")
    make_article()
    metrics.clear()
    metrics.Kept().add(numbers([answered(took=0.004), answered(took=0.2, route='odd"\\\n')]))
    families = {family.name: family for family in text_string_to_metric_families(metrics.text())}
    assert {family.name.removesuffix("_total") for family in families.values()} <= {
        name.removesuffix("_total") for name in metrics.KINDS
    }
    samples = {(sample.name, *sample.labels.values()): sample.value for f in families.values() for sample in f.samples}
    assert samples["cramps_votes_total", "kept"] == 1
    assert samples["cramps_database_errors_total",] == 1
    assert samples["cramps_database_up",] == 1
    assert samples["cramps_publications_total",] == 1
    assert samples["cramps_chore_overdue", "votes"] == 0
    assert samples["cramps_disk_free_bytes",] > 0
    assert samples["cramps_requests_total", "GET", 'odd"\\\n', "200"] == 1
    buckets = [s for s in families["cramps_request_seconds"].samples if s.labels.get("route") == "article"]
    limits = [float(s.labels["le"]) for s in buckets if "le" in s.labels]
    assert limits == [*LIMITS, float("inf")]


@pytest.mark.django_db
def test_without_the_database_it_says_so_and_gives_the_rest(monkeypatch):
    def away():
        raise DatabaseError("away")

    metrics.clear()
    monkeypatch.setattr(condition, "edition", away)
    text = metrics.text()
    assert "cramps_database_up 0" in text
    assert "cramps_disk_free_bytes" in text
    assert "away" not in text


def test_what_workers_counted_stays_when_they_end(monkeypatch):
    metrics.clear()
    hits = ("cramps_page_cache_total", (("answer", "hit"),))
    for process in (1, 999_999_999):  # the one runs, the other has ended
        metrics.keep(metrics.folder() / f"{process}.json", {hits: process})
    metrics.Kept().add({hits: 5})
    assert metrics.counted()[hits] == 1 + 999_999_999 + 5
    assert {path.name for path in metrics.folder().glob("*.json")} >= {"1.json", "ended.json"}
    assert not (metrics.folder() / "999999999.json").exists()
    metrics.fold()
    assert metrics.counted()[hits] == 1 + 999_999_999 + 5


def test_a_worker_that_gets_the_number_of_one_that_ended_adds_to_it():
    metrics.clear()
    hits = ("cramps_page_cache_total", ())
    metrics.Kept().add({hits: 3})
    metrics.Kept().add({hits: 4})
    assert metrics.counted()[hits] == 7


# The running site


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    port = free_port()
    with Site(tmp_path_factory.mktemp("site"), METRICS=f"127.0.0.1:{port}", TRUSTED_PROXIES="127.0.0.1") as site:
        site.metrics = f"http://127.0.0.1:{port}"
        yield site


def get(address, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_no_line_tells_who_asked_or_what_for(watched):
    """A mark in each place of a request that could tell of somebody."""
    marks = {
        "User_Agent": "marked-browser",
        "Referer": f"{watched.url}/?from=marked-referrer",
        "Cookie": "vote=marked-cookie; sessionid=marked-session",
        "X_Forwarded_For": "203.0.113.77",
        "Accept_Language": "marked-language",
        "Authorization": "Basic marked-password",
    }
    paths = ["/articles/muscle-leg-cramps/", "/search/?q=marked-term", f"/preview/{TOKEN}/", "/rate/1/?a=marked-query"]
    for path in [*paths, "/search/suggest/?q=marked-term", "/nowhere/?q=marked-term", *paths]:
        get(watched.url + path, **marks)
    _status, numbers_ = get(f"{watched.metrics}/metrics")
    assert watched.stop() == 0  # with the last lines
    output = (watched.data / "output.txt").read_text()
    watched.start()
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert {"article", "search", "shared_preview", "rate", "suggest", None} <= {row["route"] for row in rows}
    for text in (output, numbers_):
        assert "marked" not in text.replace("marked as", "")
        assert "203.0.113" not in text
        assert TOKEN not in text
        assert TOKEN.split(":")[-1] not in text


def test_the_metrics_are_at_their_own_address_alone(watched):
    for _ in range(4):  # one of them for each worker at least
        get(f"{watched.url}/about/")
    status, text = get(f"{watched.metrics}/metrics")
    assert status == 200
    assert "cramps_edition" in text
    assert get(f"{watched.metrics}/about/")[0] == 404
    for path in ("/metrics", "/metrics/", "//metrics", f"/{watched.metrics}/metrics"):
        status, text = get(watched.url + path)
        assert status in (301, 404)
        assert "cramps_" not in text


def test_a_taken_address_of_the_metrics_is_told_in_a_sentence(watched, tmp_path):
    from tests.running import run

    taken = watched.metrics.removeprefix("http://")
    result = run("serve", DATA_DIR=tmp_path, PORT=free_port(), METRICS=taken, DATABASE_URL="")
    [line] = result.stderr.strip().splitlines()
    assert "The site can't listen at METRICS: another program does." in line
