"""Many votes at once, over the network, on the real server with its two processes."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

ARTICLE = "/rate/1/"


def post(site, *, value=4, cookie=None, address="192.0.2.1", browser="A", **said):
    """Vote, or say more of a vote, as one reader behind the trusted proxy; return the status and the cookie's value."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": browser,
        "X-Forwarded-For": address,
    }
    if cookie:
        headers["Cookie"] = f"vote={cookie}"
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("POST", ARTICLE, urlencode(said or {"value": value}), headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    given = response.headers.get("Set-Cookie", "")
    return response.status, given.partition("vote=")[2].partition(";")[0]


def together(function, arguments):
    """Call a function for each argument, all at once."""
    with ThreadPoolExecutor(max_workers=20) as pool:
        return list(pool.map(function, arguments))


@pytest.fixture
def votes(site):
    """A function that counts the site's votes, from none at the test's start."""
    site.ask("m.Vote.objects.all().delete(), m.Window.objects.all().delete()")
    return lambda: int(site.ask("m.Vote.objects.count()"))


def test_twenty_posts_with_one_cookie_are_one_vote(site, votes):
    _, cookie = post(site)
    answers = together(lambda value: post(site, value=value % 5 + 1, cookie=cookie), range(20))
    assert {status for status, _ in answers} == {303}
    assert votes() == 1


def test_fifty_voters_are_fifty_votes(site, votes):
    answers = together(lambda n: post(site, browser=f"Browser {n}"), range(50))
    assert {status for status, _ in answers} == {303}
    assert len({cookie for _, cookie in answers}) == 50
    assert votes() == 50


def test_twenty_double_clicks_are_twenty_votes(site, votes):
    for n in range(20):  # one after the other, so that no two clicks lie two seconds apart on a busy machine
        answers = together(lambda n: post(site, browser=f"Browser {n}", address=f"192.0.2.{n}"), [n, n])
        assert {status for status, _ in answers} == {303}
        assert len({cookie for _, cookie in answers}) == 1
    assert votes() == 20


def test_the_limit_is_exact_across_processes(site, votes):
    answers = together(lambda n: post(site, browser=f"Browser {n}", address="198.51.100.9"), range(80))
    statuses = [status for status, _ in answers]
    assert (statuses.count(303), statuses.count(429)) == (60, 20)
    assert votes() == 60


def test_the_limit_counts_an_ipv6_64_as_one_network(site, votes):
    answers = together(lambda n: post(site, browser=f"Browser {n}", address=f"2001:db8::{n:x}"), range(70))
    assert [status for status, _ in answers].count(429) == 10


def test_a_reader_can_not_choose_their_network_behind_a_trusted_proxy(site, votes):
    """What a reader writes into the header stands before what the proxy adds, and is not believed."""
    answers = together(lambda n: post(site, browser=f"B{n}", address=f"10.9.8.{n}, 203.0.113.5"), range(70))
    assert [status for status, _ in answers].count(429) == 10


def test_what_is_told_while_the_vote_changes_always_fits_the_vote(site, votes):
    """Votes of 1 and 5 and what each offers, all at once: whichever comes last, no reason stays that it lacks."""
    _, cookie = post(site, value=1)
    posts = [{"value": 1}, {"tell": "yes", "reason": "hard", "section": "causes"}, {"value": 5}]
    posts.append({"tell": "yes", "reason": "clear"})
    for _ in range(3):
        answers = together(lambda n: post(site, cookie=cookie, **posts[n % 4]), range(16))
        assert {status for status, _ in answers} <= {303, 400}
        kept = site.ask("m.Vote.objects.values_list('value', 'reason', 'section').get()")
        assert kept in ("(1, '', '')", "(1, 'hard', 'causes')", "(5, '', '')", "(5, 'clear', '')")
    assert votes() == 1


def test_twenty_answers_at_once_are_one_of_them(site, votes):
    _, cookie = post(site, value=2)
    said = [("hard", "causes"), ("wrong", "treatment")]
    answers = together(
        lambda n: post(site, cookie=cookie, tell="yes", reason=said[n % 2][0], section=said[n % 2][1]), range(20)
    )
    assert {status for status, _ in answers} == {303}
    assert site.ask("m.Vote.objects.values_list('reason', 'section').get()") in [repr(pair) for pair in said]
