"""/healthz and /readyz: what they ask, and that a stranger learns nothing from them."""

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from articles import condition, pausing
from cramps_site.health import Check, HealthMiddleware, Readiness

PROBES = ["/healthz", "/readyz"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    if connection.vendor == "sqlite":
        monkeypatch.setattr(condition, "PATIENCE", 50)


def readiness(*troubles):
    ready = Readiness()
    ready.checks = [Check(trouble, 0) for trouble in troubles]
    return ready


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "word"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_it_says_one_word_to_whoever_asks(client, path, word):
    response = client.get(path)
    assert (response.status_code, response.content) == (200, word)
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert {*response.headers} == {"Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"}
    assert client.head(path).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_a_balancer_asks_by_an_address_and_without_https(client, path):
    with override_settings(SECURE_SSL_REDIRECT=True):
        response = client.get(path, headers={"Host": "10.1.2.3:8000"})
    assert response.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_nothing_can_be_sent_to_it(client, path):
    assert client.post(path, {"a": "b"}).status_code == 405
    assert client.get(f"{path}/").status_code == 404


def test_being_alive_needs_no_database(client):
    assert client.get("/healthz").content == b"ok\n"  # pytest-django lets no test ask it that does not say so


@pytest.mark.django_db
def test_who_can_not_serve_says_no_details_and_the_log_has_them(client, monkeypatch, caplog):
    def refused():
        raise OperationalError("could not connect to db.example.org as cramps")

    monkeypatch.setattr(connection, "cursor", refused)
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready\n")
    assert response["Cache-Control"] == "no-store"
    assert "Not ready: the database can't be used: could not connect to db.example.org" in caplog.text


def test_what_nobody_thought_of_is_not_ready_either(caplog):
    def broken():
        raise RuntimeError("new")

    assert readiness(broken).ask() is False
    assert "Not ready: RuntimeError: new" in caplog.text


def test_the_log_has_a_line_for_each_change(caplog, monkeypatch):
    said = ["away", "away", "", ""]
    ready = readiness(lambda: said.pop(0))
    for expected in (False, False, True, True):
        ready.until = 0
        assert ready.ask() is expected
    assert [record.getMessage() for record in caplog.records] == ["Not ready: away.", "Ready again."]


def test_a_hundred_at_once_cost_one_look():
    asked, answers, gate = [], [], threading.Barrier(100)

    def look():
        asked.append(1)
        return ""

    ready = readiness(look)

    def ask():
        gate.wait()
        answers.append(ready.ask())

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 100
    assert len(asked) == 1


def test_who_asks_while_somebody_looks_gets_the_last_answer_at_once():
    looking, go_on = threading.Event(), threading.Event()

    def look():
        looking.set()
        go_on.wait(30)
        return "away"

    ready = readiness(look)
    ready.is_ready = True
    thread = threading.Thread(target=ready.ask)
    thread.start()
    looking.wait(30)
    assert ready.ask() is True
    go_on.set()
    thread.join()
    assert ready.ask() is False


def test_what_never_gets_worse_is_asked_until_it_is_good():
    said = ["2 missing", "", "never asked"]
    check = Check(lambda: said.pop(0), 0, for_ever=True)
    assert [check.ask() for _ in range(4)] == ["2 missing", "", "", ""]


# What is asked


@pytest.fixture
def own_database(tmp_path, monkeypatch):
    """A function that lets this thread work on a file with the one table that is asked, in a given mode of SQLite."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's files")
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE articles_edition (id integer PRIMARY KEY, number integer)")
        made.execute("INSERT INTO articles_edition VALUES (1, 7)")
        made.commit()

    @contextmanager
    def opened(mode="rw"):
        from django.db.backends.sqlite3.base import DatabaseWrapper

        own = DatabaseWrapper(
            connection.settings_dict
            | {"NAME": f"file:{path}?mode={mode}", "OPTIONS": {"uri": True, "transaction_mode": "IMMEDIATE"}},
            "default",
        )
        monkeypatch.setattr(condition, "connection", own)
        monkeypatch.setattr(condition.transaction, "get_connection", lambda using=None: own)
        yield path
        own.close()

    return opened


@pytest.mark.django_db
def test_a_database_that_can_be_used(own_database):
    with own_database() as path:
        assert condition.database_trouble() == ""
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT * FROM articles_edition").fetchall() == [(1, 7)]


@pytest.mark.django_db
def test_one_that_can_only_be_read(own_database):
    with own_database("ro"):
        assert "readonly" in condition.database_trouble()


@pytest.mark.django_db
def test_one_that_somebody_locks_is_waited_for_a_moment_only(own_database):
    with own_database() as path, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked" in condition.database_trouble()
        other.execute("ROLLBACK")
        assert condition.database_trouble() == ""


@pytest.mark.django_db
def test_one_that_is_away(own_database, tmp_path):
    with own_database() as path:
        path.rename(tmp_path / "elsewhere")
        assert "unable to open" in condition.database_trouble()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own ways")
def test_on_postgresql_one_that_can_only_be_read_or_waits():
    assert condition.database_trouble() == ""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        try:
            assert "read-only" in condition.database_trouble()
        finally:
            cursor.execute("SET default_transaction_read_only = off")
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_tables_of_another_version(monkeypatch):
    assert condition.migration_trouble() == ""
    with connection.cursor() as cursor:
        newest = "SELECT MAX(name) FROM django_migrations WHERE app = 'articles'"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'articles' AND name = ({newest})")  # noqa: S608
    assert condition.migration_trouble() == "1 migrations are not applied: run manage.py migrate"


def test_a_folder_of_pictures(settings, tmp_path, monkeypatch):
    assert condition.media_trouble() == ""  # it is made with the first picture
    monkeypatch.setattr(os, "access", lambda path, how: False)
    assert condition.media_trouble() == f"nothing can be stored in {tmp_path}/media"


def test_a_store_of_pictures_that_is_away(monkeypatch):
    def away(name):
        raise OSError("The bucket gave no answer")

    monkeypatch.setattr(condition, "default_storage", SimpleNamespace(open=away))
    assert condition.media_trouble() == "pictures can't be had: The bucket gave no answer"


def test_a_full_disk(monkeypatch):
    assert condition.disk_trouble() == ""
    monkeypatch.setattr(condition.shutil, "disk_usage", lambda path: SimpleNamespace(free=5))
    assert condition.disk_trouble() == "there is no room left in DATA_DIR"


def test_a_pause():
    assert condition.pause_trouble() == ""
    with pausing.paused():
        assert "paused" in condition.pause_trouble()


def test_it_stands_in_front_of_everything(settings):
    assert settings.MIDDLEWARE[0] == f"cramps_site.health.{HealthMiddleware.__name__}"


@pytest.mark.parametrize("path", PROBES)
def test_the_running_site_answers(site, path):
    import urllib.request

    with urllib.request.urlopen(site.url + path, timeout=20) as answer:
        assert answer.read() in (b"ok\n", b"ready\n")
        assert answer.headers["Set-Cookie"] is None
