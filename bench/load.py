"""Measure what the site carries, and what others carry on the same machine in the same minutes.

`make bench PART=load`. The contenders are asked in turns, one at a time, round by round. A ratio is taken in
each round, and the median of these counts.
"""

import time
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from tempfile import TemporaryDirectory

from bench import asking, cost, django_sites, reading, votes
from bench.contenders import Contender, program
from bench.report import NotMeasured, goals, machine, table
from tests.running import Site

TITLE = "Load: against nginx, Wagtail, WordPress and Mezzanine"


class Sites:
    """Sites of ours and of others, with their versions, and why some are missing. They end with the block."""

    def __init__(self):
        self.versions = {"ours": ", ".join(f"{name} {version(name)}" for name in ("django", "granian"))}
        self.missing = {}

    def __enter__(self):
        self.stack = ExitStack()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def ours(self, **environment):
        site = Site(self.start(TemporaryDirectory()), **environment)
        self.stack.push(site)  # before it starts, so that it also ends when it is interrupted in that
        site.start()
        return site

    def start(self, context):
        return self.stack.enter_context(context)

    def other(self, name, serve):
        """Return a contender, or None when it can't be built or started here."""
        try:
            contender = self.start(serve())
        except NotMeasured as error:
            self.missing[name] = str(error)
            return None
        self.versions[name] = contender.version
        return replace(contender, headers=reading.BROWSER)


def measure():
    """Return the part's lines for RESULTS.md."""
    for name in ("wrk", "nginx"):
        program(name, name)
    measured_on, began, sites = machine(), time.monotonic(), Sites()
    with sites:
        read, held = measure_reading(sites)
    with sites:
        voted, held_of_votes = measure_voting(sites)
    minutes = (time.monotonic() - began) / 60
    return [
        measured_on,
        f"wrk with {asking.CONNECTIONS} connections over the loopback, {reading.ROUNDS} rounds of {reading.SECONDS} s "
        f"for reading, {votes.ROUNDS} of {votes.SECONDS} s for votes, medians; {minutes:.0f} minutes in all.",
        "",
        *goals([*held, *held_of_votes]),
        *table(reading.HEADER, read),
        *table(votes.HEADER, voted),
        *(f"- {name}: {said}" for name, said in sites.versions.items()),
        *(f"- {name} was not measured: {reason}" for name, reason in sites.missing.items()),
    ]


def measure_reading(sites):
    """Return the rows of the contenders whose page is read, and our goals."""
    warm = sites.ours()
    forms = list(reading.forms(warm.url))
    runs = reading.measure(reading.contenders(sites, warm))
    return map(reading.row, runs.items()), [*forms, *reading.goals(runs, sites.missing), *cost.goals(warm)]


def measure_voting(sites):
    """Return the rows of the contenders that take votes, and our goals."""
    site = sites.ours(TRUSTED_PROXIES="127.0.0.1")
    polls = [votes.of_ours(site, Contender("ours", site.url + reading.ARTICLE, headers=reading.BROWSER))]
    if other := sites.other("Mezzanine", django_sites.mezzanine):
        polls.append(votes.of_mezzanine(other))
    tallies = votes.measure(polls)
    return [tally.row for tally in tallies], list(votes.goals(*tallies, missing=sites.missing.get("Mezzanine")))
