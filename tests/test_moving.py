"""The site moved to another database: all of it, checked row by row, or none; and back.

It moves to PostgreSQL where the tests run on that, else to another file of SQLite's.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count, takewhile
from threading import Event

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from articles import all_rows, moving, pausing
from articles.models import Term, Vote
from tests.running import ROOT, OwnDatabase, Site, run

FILL = """
from django.contrib.admin.models import LogEntry
from allauth.mfa.totp.internal.auth import TOTP
from articles.sessions import SessionStore
from django.test import Client
from tests.archived_site import make_site
from tests.factories import make_staff
make_site()
Client().get("/articles/muscle-leg-cramps/", headers={"host": "127.0.0.1"})  # keeps the page, in bytes
by = make_staff("Zoë", "change_topic")
TOTP.activate(by, "A" * 32)
LogEntry.objects.create(user=by, action_flag=1, object_repr="🦵")
for name in "zaB_é-9":
    SessionStore(session_key=name * 32).save(must_create=True)
"""


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory):
    """A file of SQLite with all tables."""
    folder = tmp_path_factory.mktemp("empty")
    assert run("migrate", "--verbosity", "0", DATA_DIR=folder, DATABASE_URL="").returncode == 0
    return folder / "db.sqlite3"


@pytest.fixture(scope="module")
def empty_database():
    """A PostgreSQL database with all tables, or None."""
    if not os.environ.get("DATABASE_URL"):
        yield None
        return
    database = OwnDatabase(os.environ["DATABASE_URL"])
    assert run("migrate", "--verbosity", "0", DATABASE_URL=database.url).returncode == 0
    yield database
    database.drop()


@pytest.fixture
def there(tmp_path, empty_file, empty_database):
    """The address of a database of its own with all tables and no rows."""
    if empty_database is None:
        (tmp_path / "other.sqlite3").write_bytes(empty_file.read_bytes())
        yield f"sqlite:///{tmp_path}/other.sqlite3"
        return
    database = OwnDatabase(os.environ["DATABASE_URL"], template=empty_database.name)
    yield database.url
    database.drop()


@pytest.fixture(scope="module")
def filled_file(empty_file, tmp_path_factory):
    """Such a file with one of everything."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "db.sqlite3").write_bytes(empty_file.read_bytes())
    shell(FILL, {"DATA_DIR": folder, "DATABASE_URL": ""})
    return folder / "db.sqlite3"


@pytest.fixture
def here(filled_file, tmp_path):
    """The environment of a site on SQLite that has one of everything."""
    (tmp_path / "db.sqlite3").write_bytes(filled_file.read_bytes())
    return {"DATA_DIR": tmp_path, "DATABASE_URL": "", "CHORES": "false"}


def shell(code, environment):
    result = run("shell", "--verbosity", "0", "--command", code, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def dumped(environment):
    """Return all rows of a database as Django itself writes them, by table and key."""
    result = run("dumpdata", **environment)
    assert result.returncode == 0, result.stderr
    return {(row["model"], str(row["pk"])): row["fields"] for row in json.loads(result.stdout)}


def move(there, here):
    result = run("move_database", there, **here)
    assert result.returncode == 0, result.stderr
    return result.stdout


def move_and_die(there):
    for line in moving.move(there):
        if line.startswith("Copied"):
            print(pausing.is_paused(), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


SEARCH = """
from articles import search
from articles.models import Topic
from django.utils import timezone
numbers = set(Topic.objects.values_list("pk", flat=True))
print(Topic.objects.create(name="New", slug="new").pk in numbers)
print(len(search.search("calf stretches", "en-gb", timezone.now()).hits))
"""


def test_all_rows_are_there_also_after_a_move_that_was_killed_and_back(here, there, empty_file, tmp_path):
    before = dumped(here)
    code = f"from tests import test_moving as t; t.move_and_die({there!r})"
    killed = run("shell", "--verbosity", "0", "--command", code, **here)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "True\n"), killed.stderr
    assert not pausing.is_paused()

    assert "articles_tally: 0 rows are the same in each column." in move(there, here)
    moved = here | {"DATABASE_URL": there}
    assert dumped(moved) == before
    tables = {model for model, _key in before}
    assert {
        "articles.session",
        "mfa.authenticator",
        "admin.logentry",
        "articles.vote",
        "auth.user",
        "articles.rendering",
    } <= tables

    (tmp_path / "back.sqlite3").write_bytes(empty_file.read_bytes())
    back = f"sqlite:///{tmp_path}/back.sqlite3"
    assert "All is there: " in move(back, moved)
    assert dumped(here | {"DATABASE_URL": back}) == before
    for url in (there, back):
        assert shell(SEARCH, here | {"DATABASE_URL": url}).split() == ["False", "1"]


def print_refusals(there):
    """Try to move to databases that can't be moved to, and print why not."""
    for address in ("nonsense", "postgres://nobody@127.0.0.1:1/none", there):
        print(refusal(address))
    moving.connect(there)
    with connections[moving.THERE].cursor() as cursor:
        cursor.execute("DELETE FROM articles_topic")
        cursor.execute("CREATE TABLE a_shop (id integer)")
    print(refusal(there))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'articles'")
    print(refusal(there))


def refusal(address):
    try:
        list(moving.move(address))
    except moving.NotMoved as error:
        return error
    return "It was moved."


def test_what_can_not_be_moved_to_is_refused_with_a_sentence(here, there):
    fill = "from articles.models import Topic; Topic.objects.create(name='Feet')"
    shell(fill, here | {"DATABASE_URL": there})
    told = shell(f"from tests import test_moving as t; t.print_refusals({there!r})", here).splitlines()
    assert told[0] == "That is no address of a database. Write postgres://user:password@host:5432/name"
    assert told[1].startswith("The other database can't be opened: connection failed")
    assert told[2:] == [
        "The other database is not empty: there are rows in “articles_topic”. Give an empty one.",
        "The other database has a table “a_shop” of something else. Give one of its own.",
        "The site's database is of an earlier version. Start the site once, then move it.",
    ]


def test_a_row_that_the_other_database_can_not_store_is_named(here, there):
    if not there.startswith("postgres"):
        pytest.skip("SQLite stores anything. On PostgreSQL: .ci/with-postgres")
    make = (
        "from articles.models import Topic; Topic.objects.create(name='Fine', slug='fine'); "
        "print(Topic.objects.create(name='Far too long' * 100, slug='long').pk)"
    )
    number = shell(make, here).strip()
    told = run("move_database", there, **here)
    assert told.returncode == 1
    assert f"articles_topic {number} can't be stored there: value too long" in told.stderr


def print_differences(there):
    """Print what is told of a copy in which a row is missing, and of one in which a vote differs."""
    write = all_rows.write

    def lose(model, rows, using):
        write(model, rows[1:] if model is Term else rows, using)

    def change(model, rows, using):
        if model is Vote:
            rows[0].value = 1
        write(model, rows, using)

    for all_rows.write in (lose, change):
        print(*(refusal(there)).args, pausing.is_paused(), sep="\n")
    moving.connect(there)
    print(Vote.objects.using(moving.THERE).count())


def test_a_copy_that_differs_is_told_and_taken_back(here, there):
    told = shell(f"from tests import test_moving as t; t.print_differences({there!r})", here).splitlines()
    assert told == [
        "The copy differs, so it was taken back.",
        "articles_term 1 is missing there.",
        "articles_term has 2 rows here and 1 there.",
        "False",
        "The copy differs, so it was taken back.",
        "articles_vote 1 differs there in: value.",
        "False",
        "0",
    ]


def test_ctrl_c_ends_it_with_a_sentence(here, there):
    command = [sys.executable, "-u", "manage.py", "move_database", there]
    environment = os.environ | {name: str(value) for name, value in here.items()}
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # else one in the background ignores it
    )
    assert running.stdout.readline().startswith("The other database is empty and ready.")
    running.send_signal(signal.SIGINT)
    _output, told = running.communicate(timeout=60)
    assert told == "CommandError: Interrupted. Nothing was moved, and writing goes on here.\n"
    assert running.returncode == 130
    assert not pausing.is_paused()


def rate(site, article, browser):
    """Return the status of the answer to a vote of a browser of its own."""
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": f"Browser {browser}"}
    request = urllib.request.Request(f"{site.url}/rate/{article}/", b"value=4", headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def new_database(tmp_path):
    """The address of a database without tables."""
    server = os.environ.get("DATABASE_URL")
    database = OwnDatabase(server) if server else None
    yield database.url if server else f"sqlite:///{tmp_path}/new.sqlite3"
    if database:
        database.drop()


def vote_until(site, article, is_over):
    """Vote with one new browser after another; return how many of them were thanked, and how many told to wait."""
    said = Counter()
    for number in takewhile(lambda number: not (is_over.is_set() and said[503]), count()):
        said[rate(site, article, number)] += 1
    return said


def test_the_running_site_moves_and_keeps_each_vote_that_it_thanked_for(tmp_path, new_database, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")  # the site is on SQLite
    with Site(tmp_path, VOTES_PER_HOUR=1_000_000) as site, ThreadPoolExecutor(1) as pool:
        article, is_over = site.ask("m.Article.objects.get().pk"), Event()
        votes = pool.submit(vote_until, site, article, is_over)
        moved = site.manage("move_database", new_database)
        is_over.set()
        said = votes.result(timeout=60)
        assert moved.returncode == 0, moved.stderr
        assert said.keys() == {200, 503}
        assert rate(site, article, "next") == 503
        site.stop()
        site.start()  # as it was, by mistake
        assert "start it with the DATABASE_URL that it moved to" in (tmp_path / "output.txt").read_text()
        assert rate(site, article, "next") == 503
        site.stop()
        site.environment["DATABASE_URL"] = new_database
        site.start()
        assert rate(site, article, "last") == 200
        assert site.ask("m.Vote.objects.count()") == str(said[200] + 1)
