"""How all that keeps pages learns that readers may see something else."""

import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import DatabaseError, transaction

from articles import editions
from articles.models import Edition, Event
from tests.factories import make_article

pytestmark = pytest.mark.django_db
changed = editions.changed  # as it is outside of tests


def away():
    raise DatabaseError("gone")


def test_an_edition_is_told_by_its_number_and_the_last_event():
    names = [Edition.current()]
    for change in (make_article, Edition.next, lambda: Event.objects.create(action="add_note")):
        change()
        names.append(Edition.current())
    assert len(set(names)) == 4
    assert Edition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_watch_sees_a_change_of_its_machine_at_once_and_else_asks_nothing(django_assert_num_queries):
    watch = editions.Watch()
    first = watch.edition()
    with django_assert_num_queries(0):
        assert watch.edition() == first
    editions.begin()
    second = watch.edition()
    editions.begin()  # right after: the times differ all the same
    assert len({first, second, watch.edition()}) == 3


@pytest.mark.django_db(transaction=True)
def test_a_watch_that_can_not_ask_takes_nothing_for_known(monkeypatch):
    watch = editions.Watch()
    first = watch.edition()

    editions.begin()
    monkeypatch.setattr(Edition, "current", away)
    assert watch.edition() != first


@pytest.mark.django_db(transaction=True)
def test_a_change_that_the_database_took_right_before_it_went_is_not_hidden(monkeypatch):
    watch = editions.Watch()
    first = watch.edition()

    monkeypatch.setattr(Edition, "next", away)
    monkeypatch.setattr(Edition, "current", away)
    with transaction.atomic():
        changed()
    assert watch.edition() != first


@pytest.mark.django_db(transaction=True)
def test_an_edition_begins_when_the_change_is_there_to_be_read():
    with transaction.atomic():
        changed()
        changed()
        assert Edition.current() == ""
    assert Edition.objects.get().number == 2
    with suppress(ZeroDivisionError), transaction.atomic():
        changed()
        1 / 0  # noqa: B018
    assert Edition.objects.get().number == 2


@contextmanager
def front(*answers):
    """A cache in front of the site that answers with these status codes in turn; gives its address and what it got."""
    got, codes = [], list(answers)

    class Front(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(codes.pop(0))
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/purge", got
        server.shutdown()
        thread.join()


def test_a_cache_in_front_is_told_once_for_each_edition_and_again_after_a_failure(settings, caplog):
    settings.PURGE_HEADER, settings.PURGE_BODY = "Authorization: Bearer 0123", '{"purge_everything": true}'
    with front(200, 500, 200) as (settings.PURGE_URL, got):
        editions.purge_once()  # nothing has changed yet
        assert got == []
        Edition.next()
        Edition.next()
        editions.purge_once()
        editions.purge_once()
        assert got == [("/purge", "Bearer 0123", {"purge_everything": True})]
        Edition.next()
        editions.purge_once()
        assert "could not be told to forget its pages: HTTP Error 500" in caplog.text
        editions.purge_once()
        editions.purge_once()
    assert len(got) == 3


def test_a_cache_in_front_that_is_away_keeps_nothing_else_from_going_on(settings, caplog):
    with front() as (settings.PURGE_URL, _got):
        pass
    Edition.next()
    editions.purge_once()
    assert "Connection refused" in caplog.text
    assert "0123" not in caplog.text
