"""While the database can't be used, readers and editors are told so plainly, and nothing is thanked for."""

import logging
import socket
from functools import partial
from unittest.mock import patch

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper

from articles import publishing, reviewing
from articles.middleware import DatabaseMiddleware
from articles.models import Vote
from tests.desk_forms import FieldReader, change_path, form_of
from tests.factories import make_article, make_contributor
from tests.running import run

HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(params=[OperationalError, InterfaceError])
def away(request):
    """A context in which each query fails."""

    def fail(*arguments):
        raise request.param("the connection is closed")

    return partial(patch.object, CursorWrapper, "execute", fail)


@pytest.mark.parametrize("path", ["/", "/articles/sore-feet/", "/search/?q=feet", "/rate/1/", "/feed/"])
def test_a_page_says_that_it_can_not_be_looked_up(client, away, db, path):
    make_article()
    with away():
        response = client.get(path)
    assert response.status_code == 503
    assert (response["Cache-Control"], response["Retry-After"]) == ("no-store", "30")
    assert "We can&#x27;t look that up just now." in response.content.decode()


def test_a_vote_is_told_that_it_was_not_kept(client, away, db, caplog):
    path = f"/rate/{make_article().pk}/"
    with away(), caplog.at_level(logging.ERROR):
        response = client.post(path, {"value": 4}, headers=HERE)
    assert response.status_code == 503
    assert "We could not keep what you sent." in response.content.decode()
    assert not response.cookies
    [record] = caplog.records
    assert record.getMessage() == f"{path}: the database can't be used: the connection is closed"
    assert record.exc_info is None


def test_an_edit_is_told_that_it_was_not_saved(editor_client, away):
    article = make_article()
    with away():
        response = editor_client.post(f"/admin/articles/article/{article.pk}/change/", {"title": "Changed"})
    assert response.status_code == 503
    assert "We could not save what you sent." in response.content.decode()


@pytest.mark.parametrize("name", ["OperationalError", "InterfaceError"])
def test_an_error_that_django_leaves_as_the_driver_raised_it_is_known_too(rf, name):
    error = getattr(connection.Database, name)("server closed the connection unexpectedly")
    response = DatabaseMiddleware(None).process_exception(rf.get("/"), error)
    assert response.status_code == 503


def test_a_session_that_can_not_be_kept_behind_the_view_is_told_too(client, monkeypatch, db):
    def away(*arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(SessionMiddleware, "process_response", away)
    client.raise_request_exception = False
    response = client.post("/accounts/login/", {"login": "somebody", "password": "a long enough one"})
    assert response.status_code == 503
    assert "We could not save what you sent." in response.content.decode()


def test_all_works_again_when_the_database_is_back(client, db, away):
    article = make_article()
    with away():
        assert client.get("/articles/sore-feet/").status_code == 503
    assert client.get("/articles/sore-feet/").status_code == 200
    assert client.post(f"/rate/{article.pk}/", {"value": 4}, headers=HERE).status_code == 303
    assert Vote.objects.count() == 1


WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")
CAUSES = ["database or disk is full", "attempt to write a readonly database", "database is locked", "disk I/O error"]


@pytest.fixture(params=CAUSES)
def unwritable(request):
    """A context in which the database can be read, and each query that writes fails."""
    execute = CursorWrapper.execute

    def fail(cursor, statement, parameters=None):
        if statement.lstrip().startswith(WRITES):
            raise OperationalError(request.param)
        return execute(cursor, statement, parameters)

    return partial(patch.object, CursorWrapper, "execute", fail)


@pytest.mark.django_db(transaction=True)
def test_readers_go_on_reading_what_is_there(client, unwritable):
    make_article()
    with unwritable():
        for path in ("/", "/articles/sore-feet/", "/search/?q=feet", "/feed/"):
            assert client.get(path).status_code == 200


def test_a_vote_is_told_that_it_was_not_kept_where_nothing_can_be_written(client, unwritable, db):
    path = f"/rate/{make_article().pk}/"
    with unwritable():
        response = client.post(path, {"value": 4}, headers=HERE)
    assert response.status_code == 503
    assert "We could not keep what you sent." in response.content.decode()
    assert not response.cookies


def test_an_editors_form_comes_back_as_it_was_filled_and_can_be_saved_later(editor_client, unwritable):
    article = make_article()
    typed = form_of(article, {0: {"body": "Rest your feet, & raise them."}}, title="Sorer <feet>")
    with unwritable():
        response = editor_client.post(change_path(article), typed)
    text = response.content.decode()
    assert response.status_code == 503
    assert "Nothing could be saved at this moment. Your text is still here" in text
    fields = FieldReader(text).fields
    assert (fields["title"], fields["sections-0-body"]) == (["Sorer <feet>"], ["Rest your feet, & raise them."])
    assert "was changed successfully" not in text
    article.refresh_from_db()
    assert article.title == "Sore feet"
    assert editor_client.post(change_path(article), fields).status_code == 302
    article.refresh_from_db()
    assert article.title == "Sorer <feet>"


def test_the_page_to_publish_comes_back_too(editor_client, unwritable):
    article = make_article(published=False)
    publishing.record(article, by=None)
    path = f"{change_path(article)[:-7]}move/publish/"
    with unwritable():
        response = editor_client.post(path, {"version": 1, "note": "What is new & true"})
    assert response.status_code == 503
    assert 'value="What is new &amp; true"' in response.content.decode()
    assert not article.revisions.published().exists()


def test_a_reviewers_form_comes_back_by_a_link(client, unwritable, editor):
    article, contributor = make_article(published=False), make_contributor()
    publishing.submit(article, by=editor)
    revision = article.revisions.get()
    link = reviewing.make_link(revision, by=editor, days=7, contributor=contributor)
    said = {"decision": "changes", "message": "Say more & better.", "name": "Dr Rosa Test", "interests": "None"}
    with unwritable():
        response = client.post(reviewing.address_of(link), said | {"credentials": "Podiatrist"})
    assert response.status_code == 503
    assert "Say more &amp; better." in response.content.decode()
    assert not revision.reviews.exists()


def test_no_page_repeats_a_password(admin_client, unwritable):
    fields = {"username": "new", "password1": "a-long-enough-one", "password2": "a-long-enough-one"}
    with unwritable():
        response = admin_client.post("/admin/auth/user/add/", fields)
    assert response.status_code == 503
    assert "a-long-enough-one" not in response.content.decode()


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up(tmp_path):
    connect = (
        "import psycopg; from django.conf import settings; to = settings.DATABASES['default']; "
        "own = {name: value for name, value in to['OPTIONS'].items() if name != 'pool'}; "
        "psycopg.connect(host=to['HOST'], port=to['PORT'], user='x', **own)"
    )
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        done = run(
            "shell", "--no-imports", "-c", connect, DATA_DIR=tmp_path, DATABASE_URL=f"postgres://x@127.0.0.1:{port}/x"
        )
    assert "ConnectionTimeout" in done.stderr
