"""Limits and double clicks, in the database and in a Redis server of this machine: exact, and soon forgotten."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from articles import rating, windows
from articles.models import Vote, Window
from tests.conftest import need
from tests.factories import make_article
from tests.running import free_port

pytestmark = pytest.mark.django_db
LENGTH = timedelta(seconds=1)


class Server:
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder):
        self.program, self.port, self.folder = (
            need("redis-server", "sudo apt-get install redis-server"),
            free_port(),
            folder,
        )

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen([self.program, *options], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        assert any("Ready to accept connections" in line for line in self.process.stdout)

    def stop(self):
        self.process.terminate()
        self.process.communicate()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(running, settings):
    settings.IS_CACHE_SHARED = True
    settings.CACHES = settings.CACHES | {
        "shared": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{running.port}/0",
        }
    }
    caches["shared"].clear()
    return running


@pytest.fixture(params=["database", "redis"])
def place(request):
    """Where windows are kept."""
    if request.param == "redis":
        request.getfixturevalue("redis")
    return request.param


def enter(*parts, length=timedelta(hours=1), step=1, now=None):
    return windows.enter(*(parts or ("a",)), length=length, step=step, now=now or timezone.now())


def test_a_window_counts_what_its_parts_name(place):
    assert [enter().count, enter().count, enter("b").count, enter().count] == [1, 2, 1, 3]


def test_one_that_began_while_the_clock_was_a_year_ahead_has_ended():
    now = timezone.now()
    enter(now=now + timedelta(days=365))
    assert [enter(now=now).count, enter(now=now).count] == [1, 2]
    assert enter(now=now - timedelta(seconds=30)).count == 3  # on a machine whose clock is a little behind


def test_it_keeps_its_seed_and_its_end(place):
    first, second = enter(), enter()
    assert (first.seed, first.ends_at, first.key) == (second.seed, second.ends_at, second.key)
    assert len(first.seed) == 32
    assert timedelta(minutes=59) < first.ends_at - timezone.now() <= timedelta(hours=1)
    assert enter("b").seed != first.seed


def test_it_begins_anew_when_its_time_is_over(place):
    first = enter(length=LENGTH)
    time.sleep(1.1)
    second = enter(length=LENGTH)
    assert second.count == 1
    assert second.seed != first.seed
    assert second.ends_at > first.ends_at


def test_a_step_of_none_counts_nothing(place):
    assert [enter(step=0).count, enter(step=0).count] == [0, 0]


def test_many_at_once_are_counted_one_by_one(redis):
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: enter().count, range(200)))
    assert sorted(found) == list(range(1, 201))


def test_votes_and_their_limit_need_no_row(redis, settings):
    settings.VOTES_PER_HOUR = 2
    article = make_article()
    revision = article.revisions.get()

    def cast(browser, address="192.0.2.1"):
        return rating.cast(article.pk, revision.pk, 4, token="", address=address, browser=browser)

    assert cast("A") == cast("A")
    with pytest.raises(rating.TooManyVotes) as refused:
        cast("B")
    assert 3500 < refused.value.retry_after <= 3600
    cast("B", address="192.0.2.2")
    assert Vote.objects.count() == 2
    assert not Window.objects.exists()


def test_the_server_is_told_no_address(redis):
    enter("192.0.2.1")
    names = caches["shared"]._cache.get_client().keys("*")
    assert len(names) == 2
    assert not any(b"192.0.2" in name for name in names)


def test_without_the_server_rows_stand_in_until_it_is_back(redis, caplog):
    assert enter().count == 1
    redis.stop()
    assert [enter().count, enter().count] == [1, 2]
    assert "The shared cache can't be used, so the database stands in for it" in caplog.text
    assert Window.objects.count() == 1
    redis.start()
    assert enter().count == 1


def test_forgetting_leaves_what_goes_on():
    now = timezone.now()
    for name, seconds, step in (("new click", 2, 0), ("old click", -1, 0), ("new", 1800, 1), ("old", 0, 1)):
        enter(name, length=timedelta(seconds=seconds), now=now, step=step)
    windows.forget(now)
    assert sorted(Window.objects.values_list("count", flat=True)) == [0, 1]
    assert not Window.objects.filter(ends_at__lte=now).exists()


def test_the_database_is_asked_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        enter()
