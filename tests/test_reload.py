"""SIGHUP brings a new version to a running site and loses no request. bench/restart.py shows it at length."""

import time
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from threading import Event, Thread

import pytest

from tests.running import Site
from tests.upgrading import copy_code, is_all_of, read, reload, style_sheet, upgrade


@pytest.fixture
def own_site(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "code").mkdir()
    with Site(tmp_path / "data", root=copy_code(tmp_path / "code")) as site:
        yield site


def ask_without_end(port, over, answers):
    while not over.is_set():
        try:
            answers.append(status_of(port) or status_of(port))  # so a proxy asks again, for a page at least
        except (OSError, HTTPException) as error:
            answers.append(repr(error))


def status_of(port):
    """Return a page's status, or None: a worker that ends closes what it has taken and not heard anything on yet."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/about/")
        return connection.getresponse().status
    except RemoteDisconnected:
        return None
    finally:
        connection.close()


def test_a_new_version_comes_without_a_request_lost_and_the_old_style_sheet_stays(own_site):
    old_sheet, over, answers = style_sheet(own_site), Event(), []
    readers = [Thread(target=ask_without_end, args=(own_site.port, over, answers)) for _ in range(4)]
    for reader in readers:
        reader.start()
    upgrade(own_site, 1)
    reload(own_site)
    over.set()
    for reader in readers:
        reader.join()
    assert set(answers) == {200}
    assert is_all_of(own_site, 1)
    assert style_sheet(own_site) != old_sheet
    assert ".version-1{" not in read(old_sheet)
    assert ".version-1{" in read(style_sheet(own_site))
    assert own_site.ask("m.Article.objects.count()") == "1"


def test_whoever_waits_at_a_workers_socket_is_answered_by_the_next_one(own_site):
    """The sockets belong to the main process; a worker that ends leaves its own open."""
    ends = time.monotonic() + 30  # it answers before its second worker is there
    while len(before := sockets_of(own_site)) < 2:
        assert time.monotonic() < ends
        time.sleep(0.1)
    reload(own_site)
    assert sockets_of(own_site) == before
    assert read(own_site.url + "/about/")


def sockets_of(site):
    """Return the inodes of the sockets that listen at the site's port."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    return {row[9] for row in rows if row[1].endswith(f":{site.port:04X}") and row[3] == "0A"}
