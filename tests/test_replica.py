"""Reading from a replica: which pages do, and that none shows an old text for it."""

import os
import time
import urllib.error
import urllib.request
from itertools import count

import pytest

from bench.machines import Postgres
from tests.running import Site

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
