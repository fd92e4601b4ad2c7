"""Votes while the page is being read: how many a second, and whether each that was thanked for is in the database."""

import re
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode, urlsplit

from bench import asking
from bench.report import Goal, at_least, require

ROUNDS, SECONDS, WARM_UP = 3, 5, 2
MORE = 7  # seconds for the answers: a vote that waits for SQLite gives up after five
READERS, PAUSE = 2, 100  # milliseconds between an answer and a reader's next request


@dataclass(frozen=True)
class Poll:
    """Where and how a contender takes votes; `count` says how many it has."""

    contender: object
    url: str
    headers: dict
    body: str
    thanks: tuple  # a header of the answer, and what it contains when the vote was kept
    count: object


def of_ours(site, contender):
    """Each post has an address of its own and no cookie: a reader who votes for the first time."""
    article = site.ask("m.Article.objects.get().pk")
    return Poll(
        contender,
        f"{site.url}/rate/{article}/",
        {"Sec-Fetch-Site": "same-origin"},
        urlencode({"value": 4}),
        ("location", f"/rate/{article}/"),
        lambda: int(site.ask("m.Vote.objects.count()")),
    )


def of_mezzanine(contender):
    """Each post has the page's token and no cookie of an earlier rating."""
    _status, headers, body = asking.ask(contender)
    form = body.decode().partition('action="/rating/"')[2].partition("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    cookie = headers["Set-Cookie"].partition(";")[0]
    return Poll(
        contender,
        f"http://{urlsplit(contender.url).netloc}/rating/",
        {"Cookie": cookie},
        urlencode(dict(hidden) | {"value": 4}),
        ("set-cookie", "mezzanine-rating"),
        contender.ratings,
    )


def cast(poll, number, seconds):
    """Vote at a contender while others read, and return both runs."""
    asking.body_of(poll.contender)
    with asking.reading(poll.contender, seconds + MORE, READERS, PAUSE) as readers:
        voted = asking.vote(poll.url, poll.headers, number, seconds, MORE, poll.body, *poll.thanks)
        read = readers()
    require(voted.kept, f"{poll.contender.name} kept no vote")
    require(read.requests, f"{poll.contender.name} was not read while it took votes")
    asking.body_of(poll.contender)
    return voted, read


def measure(polls):
    """Return the Tally of each poll, voted in rounds that take turns."""
    tallies = [Tally(poll.contender.name, poll.count(), [cast(poll, 0, WARM_UP)]) for poll in polls]
    for number in range(1, ROUNDS + 1):
        for poll, tally in zip(polls, tallies, strict=True):
            tally.runs.append(cast(poll, number, SECONDS))
    for poll, tally in zip(polls, tallies, strict=True):
        tally.stored = poll.count() - tally.stored
    return tallies


@dataclass
class Tally:
    """What came of a poll: the rows that were stored, and the runs, the first of them to warm up."""

    name: str
    stored: int
    runs: list

    @property
    def rates(self):
        return [voted.kept / voted.voting for voted, _read in self.runs[1:]]

    @property
    def kept(self):
        return sum(voted.kept for voted, _read in self.runs)

    @property
    def failed(self):
        """Return how many votes were not thanked for, and pages not shown."""
        return sum(voted.requests - voted.kept + read.failed for voted, read in self.runs)

    @property
    def row(self):
        read = median(read.rate for _voted, read in self.runs[1:])
        return self.name, f"{median(self.rates):,.0f}", f"{self.kept:,}", f"{self.stored:,}", self.failed, f"{read:.0f}"


HEADER = ["Votes", "A second", "Thanked for", "In the database", "Failed", "Pages read a second meanwhile"]


def goals(ours, other=None, missing=""):
    """Return the goals of our votes; `other` is Mezzanine's Tally, `missing` says why there is none."""
    what = "votes while the page is read: ours / Mezzanine's"
    if other:
        yield at_least(what, 20, [mine / its for mine, its in zip(ours.rates, other.rates, strict=True)])
    else:
        yield Goal(what, "at least 20 ×", missing, None)
    lost = ours.kept - ours.stored
    measured = f"{ours.kept:,} thanked for, {ours.stored:,} in the database, {ours.failed} failed"
    yield Goal("votes lost", "none, and none too many", measured, not lost and not ours.failed)
