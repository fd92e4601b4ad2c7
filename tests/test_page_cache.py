"""The memory of pages in front of Django."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from articles import editions, publishing, replica, views
from articles.models import Article
from cramps_site import page_cache
from cramps_site.page_cache import Handler, PageCache
from tests.factories import make_article

pytestmark = pytest.mark.django_db
FACTORY = RequestFactory()


class Origin:
    """A site of one page that counts how often it is asked."""

    def __init__(self):
        self.asked, self.text, self.until, self.status, self.public, self.edition = 0, "One", None, 200, True, "1"

    def __call__(self, environ, start_response):
        self.asked += 1
        self.environ = environ
        response = HttpResponse(self.text, status=self.status)
        response["ETag"] = f'"{self.text}"'
        if self.public:
            views.share(response, self.until)
        environ["cramps.response"] = response
        start_response(f"{response.status_code} OK", list(response.items()))
        return response


@pytest.fixture
def origin():
    return Origin()


@pytest.fixture
def cache(origin):
    return PageCache(origin, SimpleNamespace(edition=lambda: origin.edition), 1_000_000)


def ask(cache, path="/", method="GET", **headers):
    """Return (status, headers, body) as a server would send them."""
    said = []
    environ = FACTORY.generic(method, path, headers=headers).environ
    body = b"".join(cache(environ, lambda status, pairs, *_: said.extend((int(status[:3]), dict(pairs)))))
    return *said, body


def test_a_page_is_asked_for_once(origin, cache):
    assert {ask(cache)[2] for _ in range(3)} == {b"One"}
    assert origin.asked == 1


def test_a_new_edition_is_asked_for_at_once(origin, cache):
    ask(cache)
    origin.text, origin.edition = "Two", "2"
    assert ask(cache)[2] == b"Two"


def test_what_readers_say_grows_old(origin, cache, monkeypatch):
    ask(cache)
    later = page_cache.time.monotonic() + 21
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: later)
    ask(cache)
    assert origin.asked == 2


def test_votes_that_a_replica_lacks_count_as_time_that_a_page_was_kept(origin, cache, monkeypatch):
    monkeypatch.setattr(replica, "is_there", lambda: True)
    ask(cache)
    later = page_cache.time.monotonic() + 21 - replica.LATE
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: later)
    ask(cache)
    assert origin.asked == 2


def test_no_page_outlives_its_known_change_and_the_header_says_what_is_left(origin, cache, monkeypatch):
    now = timezone.now()
    origin.until = now + timedelta(seconds=15)
    ask(cache)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=5))
    assert "s-maxage=10, stale-while-revalidate=0, stale-if-error=0" in ask(cache)[1]["Cache-Control"]
    assert origin.asked == 1
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=15))
    ask(cache)
    assert origin.asked == 2


@pytest.mark.parametrize(
    "request_",
    [
        {"path": "/?q=cramp"},
        {"path": "/admin/"},
        {"path": "/rate/1/"},
        {"path": "/preview/x/"},
        {"path": "/", "method": "POST"},
    ],
)
def test_what_has_its_own_rules_passes(origin, cache, request_):
    ask(cache, **request_)
    ask(cache, **request_)
    assert origin.asked == 2


@pytest.mark.parametrize("change", [{"public": False}, {"status": 404}, {"status": 500}])
def test_what_is_not_for_everyone_is_not_kept(origin, cache, change):
    vars(origin).update(change)
    ask(cache)
    ask(cache)
    assert origin.asked == 2


def test_each_form_and_address_is_a_page_of_its_own(origin, cache):
    for headers in ({}, {"accept-encoding": "br"}, {"accept-encoding": "gzip, deflate"}, {"host": "localhost"}):
        ask(cache, **headers)
    ask(cache, "/about/")
    assert origin.asked == 5


def test_an_unchanged_page_is_not_sent_again_also_the_first_time(origin, cache):
    for known in ('"One"', 'W/"One"', '"x", "One"', "*"):
        status, headers, body = ask(cache, **{"if-none-match": known})
        assert (status, headers["ETag"], body) == (304, '"One"', b"")
        assert "Cache-Control" in headers
        assert "Content-Type" not in headers
    assert "HTTP_IF_NONE_MATCH" not in origin.environ
    assert ask(cache, **{"if-none-match": '"Two"'})[0] == 200
    assert origin.asked == 1


def test_a_head_has_no_body(origin, cache):
    ask(cache)
    status, headers, body = ask(cache, method="HEAD")
    assert (status, headers["ETag"], body) == (200, '"One"', b"")
    assert origin.asked == 1


def test_a_site_that_fails_is_bridged_while_the_text_is_true(origin, cache, monkeypatch):
    ask(cache)
    origin.status = 500
    clock = page_cache.time.monotonic() + 30
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: clock)
    assert [ask(cache)[::2] for _ in range(3)] == [(200, b"One")] * 3
    assert origin.asked == 2  # and not again for a second
    origin.edition = "2"
    assert ask(cache)[0] == 500


def test_the_oldest_goes_where_there_is_no_more_room(origin, cache):
    origin.text = "x" * 298_000
    for path in ("/1/", "/2/", "/3/", "/4/"):
        ask(cache, path)
    ask(cache, "/4/")
    assert origin.asked == 4
    ask(cache, "/1/")
    assert origin.asked == 5
    assert cache.room >= 0


@pytest.mark.django_db(transaction=True)
def test_a_hundred_first_requests_in_two_workers_make_the_page_once(monkeypatch):
    make_article()
    made, new_page = [], views.new_page
    monkeypatch.setattr(views, "new_page", lambda *args: made.append(1) or new_page(*args))
    watches, answers = [editions.Watch(), editions.Watch()], []
    workers = [PageCache(Handler(watch), watch, 1_000_000) for watch in watches]

    def visit(worker):
        answers.append(ask(worker, "/articles/sore-feet/"))
        connection.close()

    threads = [threading.Thread(target=visit, args=[workers[number % 2]]) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(status, body.count(b"Sore feet") > 0) for status, _headers, body in answers} == {(200, True)}
    assert (len(answers), len(made)) == (100, 1)


@pytest.mark.django_db(transaction=True)
def test_the_next_request_shows_a_publication_a_withdrawal_and_an_expiry(monkeypatch):
    monkeypatch.setattr(editions, "changed", changed_for_real)
    article = make_article()
    workers = [PageCache(Handler(watch), watch, 1_000_000) for watch in (editions.Watch(), editions.Watch())]

    def shown():
        found = {
            (status, b"Rest more." in body) for status, _, body in (ask(w, "/articles/sore-feet/") for w in workers)
        }
        assert len(found) == 1
        return found.pop()

    assert shown() == (200, False)
    article.sections.update(body="Rest more.")
    publishing.publish(article, by=None)
    assert shown() == (200, True)
    publishing.withdraw(article, by=None)
    assert shown() == (410, False)
    publishing.put_back(article, by=None)
    assert shown() == (200, True)
    Article.objects.update(expires_at=timezone.now())
    editions.begin()
    assert shown()[0] == 410


changed_for_real = editions.changed  # before tests begin editions at once
