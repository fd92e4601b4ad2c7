"""Reading from a replica: which pages do, and that none shows an old text for it."""

import math
import os
import time
import urllib.error
import urllib.request
from contextlib import nullcontext
from itertools import count
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from articles import editions, replica
from articles.models import Article, Edition
from bench.machines import Postgres
from cramps_site.page_cache import Handler, PageCache
from tests.factories import make_article
from tests.running import Site
from tests.test_page_cache import ask as ask_cache

ROUTER = replica.Router()


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """Let no test know what another one has seen of the databases."""
    monkeypatch.setattr(replica, "standby", replica.Standby())
    monkeypatch.setattr(replica, "lost", {})
    monkeypatch.setattr(replica, "reached", {})


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test sets its `time`."""
    hands = SimpleNamespace(time=1000.0)
    monkeypatch.setattr(replica.time, "monotonic", lambda: hands.time)
    return hands


# Which database is asked


def test_django_decides_where_no_reader_is_answered():
    assert ROUTER.db_for_read(Article) is ROUTER.db_for_write(Article) is None
    assert replica.connection() is not None
    assert ROUTER.allow_migrate("default", "articles") is ROUTER.allow_migrate("there", "articles") is None
    assert ROUTER.allow_migrate("replica", "articles") is False


def test_a_reader_is_answered_by_the_replica_where_it_has_all(monkeypatch):
    monkeypatch.setattr(replica, "has_all", lambda edition: edition == "5.1")
    for edition, alias in (("5.1", "replica"), ("6.1", "default"), (None, "default")):
        with replica.reading(edition) as reading:
            assert ROUTER.db_for_read(Article) == alias
            assert ROUTER.db_for_write(Article) == "default"
            assert ROUTER.db_for_read(User) is None  # accounts are the primary's
            assert reading.was_at_replica() is (alias == "replica")
    assert ROUTER.db_for_read(Article) is None


def test_a_row_of_the_replica_is_written_to_the_primary_and_may_refer_to_its_rows():
    read, own, other = Article(), Article(), Article()
    read._state.db, own._state.db, other._state.db = "replica", "default", "there"
    assert ROUTER.db_for_write(Article, instance=read) == ROUTER.db_for_read(Article, instance=read) == "default"
    assert ROUTER.db_for_write(Article, instance=other) is None
    assert ROUTER.allow_relation(read, own) is True
    assert ROUTER.allow_relation(read, other) is None


def test_without_any_database_a_reader_is_told_so_and_nothing_is_chosen(monkeypatch):
    monkeypatch.setattr(replica, "reach", lambda alias, anew=False: False)
    with replica.reading("1.1") as reading:
        for ask in (ROUTER.db_for_read, ROUTER.db_for_write):
            with pytest.raises(OperationalError):
                ask(Article)
        assert not reading.was_at_replica()


@pytest.mark.parametrize(
    ("has", "wanted", "enough"),
    [
        ("5.12", "5.12", True),
        ("6.12", "5.12", True),
        ("5.13", "5.12", True),
        ("5.9", "5.12", False),  # as numbers
        ("10.9", "9.12", True),
        ("", "1.None", False),
        ("1.None", "", True),
        ("5.12", "unknown since 1790", False),
    ],
)
def test_a_replica_has_all_of_an_edition_that_it_knows_or_knows_a_later_one(monkeypatch, has, wanted, enough):
    monkeypatch.setattr(replica, "is_there", lambda: True)
    monkeypatch.setattr(replica, "reach", lambda alias: True)
    monkeypatch.setattr(Edition, "current", lambda using: has)
    assert replica.has_all(wanted) is False  # not seen yet, whether it is late
    replica.standby.is_one, replica.standby.as_of = True, math.inf
    assert replica.has_all(wanted) is enough


@pytest.mark.django_db(transaction=True)
def test_what_fails_at_the_replica_is_asked_of_the_primary(monkeypatch):
    make_article()
    watch = SimpleNamespace(edition=Edition.current)
    monkeypatch.setattr(replica, "has_all", lambda edition: True)  # there is none, so each query of it fails
    cache = PageCache(Handler(watch), watch, 1_000_000)
    for path in ("/articles/sore-feet/", "/search/?q=feet"):
        status, _headers, body = ask_cache(cache, path)
        assert (status, b"sore-feet" in body) == (200, True), path
    assert ask_cache(cache, "/nowhere/")[0] == 404
    assert ask_cache(cache, "/rate/1/")[0] in (200, 404)  # asks the primary alone


@pytest.mark.django_db(transaction=True)
def test_without_a_replica_a_page_asks_for_no_edition_more(client):
    make_article()
    client.get("/")
    with CaptureQueriesContext(connection) as plain:
        client.get("/")
    cache = PageCache(Handler(SimpleNamespace(edition=lambda: "1.1")), SimpleNamespace(edition=lambda: "1.1"), 1)
    with CaptureQueriesContext(connection) as behind:
        ask_cache(cache, "/")
    assert len(behind) == len(plain)


# Whether a database can be asked


class Pool:
    """A pool that gives a connection, or after its time a failure."""

    def __init__(self, clock):
        self.clock, self.is_away, self.asked, self.meanwhile = clock, False, 0, lambda: None

    def open(self):
        pass

    def getconn(self, timeout):
        self.asked += 1
        if self.is_away:
            self.clock.time += timeout
            self.meanwhile()
            raise OperationalError("none came")

    def putconn(self, connection):
        pass


@pytest.fixture
def pool(monkeypatch, clock):
    made = Pool(clock)
    wrapper = SimpleNamespace(pool=made, connection=None, wrap_database_errors=nullcontext())
    monkeypatch.setattr(replica, "connections", {"default": wrapper})
    return made


def test_of_a_database_that_is_away_one_reader_waits_and_others_hear_it_at_once(pool, clock):
    assert replica.reach("default")
    clock.time += 100
    pool.is_away = True
    assert not replica.reach("default")
    assert clock.time == 1100 + replica.WAITS["default"]
    assert not replica.reach("default")
    assert pool.asked == 2
    pool.is_away = False
    assert not replica.reach("default")
    assert replica.reach("default", anew=True)  # as the watch asks, each second
    assert replica.reach("default")


def test_a_database_that_was_lost_is_asked_again_after_some_seconds(pool, clock):
    pool.is_away = True
    assert not replica.reach("default")
    pool.is_away = False
    clock.time += replica.AGAIN + 1
    assert replica.reach("default")


def test_a_database_that_is_only_busy_does_not_count_as_lost(pool, clock):
    pool.is_away = True
    pool.meanwhile = lambda: replica.reached.update(default=clock.time)  # somebody else got one
    assert not replica.reach("default")
    assert not replica.is_lost("default")


# How late the replica is


@pytest.fixture
def places(monkeypatch):
    """Where the primary's log ends, and how far the replica has come; None where it can't be asked."""
    at = SimpleNamespace(default=100, replica=100)
    monkeypatch.setattr(replica, "reach", lambda alias, anew=False: getattr(at, alias) is not None)
    monkeypatch.setattr(replica, "place", lambda alias, _function: getattr(at, alias))
    return at


def look(clock, seconds=1):
    clock.time += seconds
    replica.standby.look()
    return replica.standby.is_usable()


def test_a_replica_is_used_while_it_follows(places, clock):
    assert look(clock)
    for _ in range(20):  # always a little behind
        places.replica, places.default = places.default, places.default + 50
        assert look(clock)


def test_a_replica_that_stands_still_is_left_after_some_seconds_and_told_of_once(places, clock, caplog):
    assert look(clock)
    places.default = 150
    assert look(clock)
    usable = [look(clock) for _ in range(20)]
    assert usable == sorted(usable, reverse=True)
    assert not usable[-1]
    assert caplog.text.count(replica.NOT_USED) == 1
    places.replica = 150
    assert look(clock)
    assert caplog.text.count(replica.USED) == 1


def test_a_replica_that_is_away_or_no_standby_is_not_used_and_back_at_once(places, clock):
    assert look(clock)
    places.replica = None
    assert not look(clock)
    replica.lose("default")
    assert not look(clock, 0)
    places.replica = 100
    assert look(clock)


def test_without_the_primary_a_replica_is_used_however_late_it_may_be(places, clock):
    places.default = 150
    assert not look(clock)
    places.default = None
    replica.lose("default")
    assert look(clock)


def test_a_worker_that_looks_no_more_does_not_take_the_replica_for_new(places, clock):
    assert look(clock)
    clock.time += replica.LATE + 1
    assert not replica.standby.is_usable()


# The edition, while the primary is away


@pytest.fixture
def known(monkeypatch):
    """The editions that both databases have; None where it can't be asked."""
    names = SimpleNamespace(default="5.10", replica="5.10")
    monkeypatch.setattr(replica, "is_there", lambda: True)
    monkeypatch.setattr(replica, "reach", lambda alias, anew=False: getattr(names, alias) is not None)
    monkeypatch.setattr(Edition, "current", lambda using="default": getattr(names, using))
    return names


def test_a_watch_takes_the_edition_of_the_replica_while_the_primary_is_away(known):
    watch = editions.Watch()
    assert watch.edition() == "5.10"
    known.default = None
    assert watch.read() == "5.10"
    known.replica = "6.11"
    assert watch.read() == "6.11"
    known.default = "6.12"
    assert watch.read() == "6.12"
    known.default = known.replica = None
    assert watch.read() is None


def test_a_watch_never_goes_back_to_what_a_late_replica_has(known):
    watch = editions.Watch()
    watch.edition()
    known.default, known.replica = None, "5.9"
    assert watch.read() is None
    known.default = "4.3"  # after the database was put back, say, it has the last word
    assert watch.read() == "4.3"


def test_what_changed_here_just_before_the_primary_went_must_be_in_the_replica(known, tmp_path):
    watch = editions.Watch()
    watch.edition()
    known.default = None
    editions.stamp().touch()  # as `begin` does once the number is written
    assert watch.edition().startswith("unknown")
    assert watch.read() is None
    known.replica = "6.11"
    assert watch.read() == "6.11"


def test_a_watch_that_begins_without_the_primary_takes_what_the_replica_has(known):
    known.default = None
    assert editions.Watch().edition() == "5.10"


# With a primary and its standby

ARTICLE = "/articles/muscle-leg-cramps/"
PAGES = [ARTICLE, f"{ARTICLE[:-1]}.json", f"{ARTICLE}sheet/", "/", "/articles/", "/topics/muscles/", "/about/"]
PAGES += ["/feed/", "/search/", "/search/suggest/", "/sitemap.xml", "/ar/"]
NUMBERS = count()
PUBLISH = """
from articles import publishing
from articles.models import Article
from django.db import close_old_connections
article = Article.objects.get(pk=1)
article.title = "Version {}."
article.save()
publishing.publish(article, by=None)
close_old_connections()
"""


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """A running site with its primary and its standby."""
    if not os.environ.get("DATABASE_URL") or not Postgres.programs():
        pytest.skip("It needs PostgreSQL, and runs where the other tests do so with it: .ci/with-postgres")
    primary = Postgres()
    primary.start()
    site = Site(tmp_path_factory.mktemp("site"), DATABASE_URL="", SECRET_KEY="k" * 50)
    site.environment["DATABASE_URL"] = primary.url
    standby = Postgres(primary)
    standby.start()
    site.environment["REPLICA_URL"] = standby.url
    with site:
        yield site, primary, standby
    for server in (standby, primary):
        server.stop()


def ask(site, path, body=None):
    """Return the status and text of an answer."""
    request = urllib.request.Request(site.url + path, body, {"Sec-Fetch-Site": "same-origin"})
    try:
        with urllib.request.build_opener(NotFollowed).open(request, timeout=30) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class NotFollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask_anew(site, path):
    """Return the answer for a page that no worker has in its memory."""
    return ask(site, f"{path}?q=cramp&x={next(NUMBERS)}")


def publish(site):
    """Publish a version of the article, and return its title."""
    number = next(NUMBERS)
    site.shell(PUBLISH.format(number))
    return f"Version {number}."


def wait_until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "It never came."
        time.sleep(0.1)


def scans(server):
    """Return how often a database has looked for the site statement, which stands on each page."""
    return server.ask("seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'articles_sitestatement'")


def newest(server):
    """Return the title of the newest version that a database has."""
    return server.ask("title FROM articles_revision ORDER BY id DESC LIMIT 1")


def is_all_there(site, pages=(ARTICLE,)):
    """Return whether each page can be made anew, by either worker: which of them answers is chance."""
    return all(ask_anew(site, path)[0] == 200 for path in pages for _ in range(4))


def test_readers_are_answered_by_the_standby(machines):
    site, _primary, standby = machines
    before = scans(standby)
    wait_until(lambda: is_all_there(site, ["/about/"]) and scans(standby) > before + 20)


def test_a_standby_that_is_late_shows_nobody_an_old_text(machines):
    site, _primary, standby = machines
    old = publish(site)
    wait_until(lambda: newest(standby) == old)
    assert old in ask(site, ARTICLE)[1]
    standby.ask("pg_wal_replay_pause()")
    try:
        new = publish(site)
        for _ in range(10):
            assert new in ask(site, ARTICLE)[1]
            assert new in ask_anew(site, ARTICLE)[1]
        assert newest(standby) == old
    finally:
        standby.ask("pg_wal_replay_resume()")
    for _ in range(10):
        assert new in ask(site, ARTICLE)[1]
        assert new in ask_anew(site, ARTICLE)[1]


def test_a_standby_that_is_away_is_missed_by_nobody(machines):
    site, _primary, standby = machines
    standby.stop()
    try:
        assert is_all_there(site, PAGES)
        new = publish(site)
        assert new in ask_anew(site, ARTICLE)[1]
        wait_until(lambda: "The replica can't be reached" in (site.data / "output.txt").read_text())
    finally:
        standby.start()
    wait_until(lambda: "The replica is used again." in (site.data / "output.txt").read_text())


def test_without_the_primary_pages_are_made_from_the_standby_once_that_is_not_late(machines):
    site, primary, standby = machines
    standby.ask("pg_wal_replay_pause()")
    new = publish(site)
    assert all(new in ask(site, ARTICLE)[1] for _ in range(10))  # so that both workers have it in their memory
    primary.stop()
    try:
        for _ in range(10):
            assert new in ask(site, ARTICLE)[1]
            assert ask_anew(site, ARTICLE)[0] == 503
        standby.ask("pg_wal_replay_resume()")
        wait_until(lambda: is_all_there(site))
        assert is_all_there(site, PAGES)
        assert new in ask_anew(site, ARTICLE)[1]
        assert ask_anew(site, "/nowhere/")[0] == 404
    finally:
        primary.start()
    wait_until(lambda: ask(site, "/rate/1/", b"value=4")[0] == 303)
    newer = publish(site)
    assert all(newer in ask(site, ARTICLE)[1] for _ in range(10))
