"""Votes of a worker, one at a time, while its other threads go on to answer readers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cramps_site.one_thread import OneThread


def ask(site, method="POST", address="/rate/1/"):
    return site({"REQUEST_METHOD": method, "PATH_INFO": address}, None)


def test_votes_come_one_after_another_and_from_the_same_thread():
    seen, inside = [], threading.Lock()

    def application(environ, start_response):
        is_alone = inside.acquire(blocking=False)
        seen.append((threading.get_ident(), is_alone))
        threading.Event().wait(0.01)
        inside.release()
        return [b"kept"]

    site = OneThread(application, "/rate/")
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(lambda _: ask(site), range(8))] == [[b"kept"]] * 8
    assert len(seen) == 8
    assert {*seen} == {(seen[0][0], True)}


def test_a_vote_that_waits_holds_up_no_reader():
    waits, may_end = threading.Event(), threading.Event()

    def application(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/rate/"):
            waits.set()
            may_end.wait(20)
        return [environ["PATH_INFO"].encode()]

    site = OneThread(application, "/rate/")
    with ThreadPoolExecutor(1) as pool:
        vote = pool.submit(ask, site)
        waits.wait(20)
        assert ask(site, "GET") == [b"/rate/1/"]
        assert ask(site, "POST", "/review/x/") == [b"/review/x/"]
        assert not vote.done()
        may_end.set()
        assert vote.result(20) == [b"/rate/1/"]


def test_a_vote_that_fails_fails_for_its_own_reader():
    def application(environ, start_response):
        raise RuntimeError(environ["PATH_INFO"])

    site = OneThread(application, "/rate/")
    for number in (1, 2):
        with pytest.raises(RuntimeError, match=f"/rate/{number}/"):
            ask(site, address=f"/rate/{number}/")
