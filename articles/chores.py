"""What the site does by itself now and then: one table, and a row for each that says when it was done last.

Whoever changes that row has the chore, so of several servers on one database one does it, without a lock that others
would wait for. What fails is told, tried again soon, and keeps nothing else from being done. Each chore goes in small
transactions of its own and takes a few things at a time, so it may end at any moment and go on later.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from articles import digest, folding, library, outside_links, pausing, remembering, windows, work
from articles.models import Chore

logger = logging.getLogger(__name__)
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
RETRY = timedelta(minutes=10)  # after a failure
SOON, DAILY = timedelta(minutes=4), timedelta(days=1)
FIRST_SECONDS = 2  # that a start may take for the tasks of articles from before there were tasks


class Job(NamedTuple):
    """A chore: `do` gets where the last run got to, a number, and returns where it got to itself, or None."""

    name: str
    every: timedelta
    do: object
    is_on: object = lambda: True


def forget(now):
    windows.forget(now)
    remembering.forget(now)


def no_place(function):
    """Return a `do` for what needs not know where the last run got to."""

    def do(reached):
        function()

    return do


JOBS = [
    Job("ratings", SOON, work.update_rated),
    Job("times", SOON, work.update_timed),
    Job("tasks", timedelta(minutes=14), work.sweep),
    Job("links", timedelta(minutes=9), no_place(outside_links.check_some), lambda: settings.CHECK_LINKS),
    Job("digest", SOON, no_place(digest.send_due), lambda: settings.DIGEST != "off"),
    Job("votes", DAILY, no_place(folding.fold)),
    Job("windows", timedelta(hours=1), no_place(lambda: forget(timezone.now()))),
    # A bucket takes a file whole or not at all.
    Job("uploads", DAILY, no_place(library.delete_unfinished), lambda: hasattr(default_storage, "delete_unfinished")),
    Job("sessions", DAILY, no_place(lambda: call_command("clearsessions"))),
]


def run(names=(), now=None):
    """Do the chores that are due, or those of some names whether due or not; return the names of (done, failed).

    None is while the site moves to another database or is restored.
    """
    done, failed = [], []
    with pausing.writing() as may_write:
        for job in JOBS if may_write else ():
            is_wanted = job.name in names if names else job.is_on()
            if is_wanted and (chore := claim(job, now or timezone.now(), is_due=not names)):
                (done if carry_out(job, chore) else failed).append(job.name)
    return done, failed


def claim(job, now, is_due=True):
    """Return the Chore of a job as it was, if it is this process that shall do it now, else None."""
    chore, _created = Chore.objects.get_or_create(name=job.name, defaults={"done_at": NEVER})
    same = Chore.objects.filter(pk=chore.pk, done_at=chore.done_at)
    if is_due:  # also where it was done while the clock was far ahead, which has been set right since
        same = same.filter(Q(done_at__lte=now - job.every) | Q(done_at__gt=now + RETRY))
    return chore if same.update(done_at=now) else None


def carry_out(job, chore):
    """Do a job that was claimed, and keep where it got to; return whether it went well."""
    own = Chore.objects.filter(pk=chore.pk)
    try:
        reached = job.do(chore.reached)
    except digest.NotSent as error:
        logger.error("%s: %s It is tried again in ten minutes.", job.name, error)
    except Exception:  # whatever it is, the others are done
        logger.exception("The chore “%s” failed. It is tried again in ten minutes.", job.name)
    else:
        if reached is not None:
            own.update(reached=reached)
        return True
    own.update(done_at=timezone.now() - job.every + RETRY)
    return False


def begin():
    """Make the tasks of articles from before there were any: at the first start, as many as quickly can be.

    The rest is made by the chore that looks at all articles in turn.
    """
    if not Chore.objects.filter(name="tasks").exists():
        reached = work.sweep(0, seconds=FIRST_SECONDS)
        Chore.objects.get_or_create(name="tasks", defaults={"done_at": NEVER, "reached": reached})
