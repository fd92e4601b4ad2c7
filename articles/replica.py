"""Which database a reader's page is read from: the replica, where it has all that the page must show, else the primary.

What is asked outside of `reading`, so the desk, votes, signed links, chores and commands, is asked of the primary, and
all that is written goes there. Pages are kept under the edition that was known when a request came; a replica that has
not got as far would put old text under the new name, so each request asks it first, on the connection that it uses.
"""

import logging
import math
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections

from articles.models import Edition

logger = logging.getLogger(__name__)
PRIMARY, REPLICA = DEFAULT_DB_ALIAS, "replica"
WAITS = {REPLICA: 1, PRIMARY: 1.5}  # seconds that a reader's request waits for a connection
AGAIN = 5  # seconds for which one that gave none counts as lost; a worker's looks are nearer together
LATE = 5  # seconds that the replica may be behind with what no edition tells of: votes
USED = "The replica is used again."
NOT_USED = "The replica can't be reached, is late, or is no standby: readers' pages come from the database itself."
current = ContextVar("current", default=None)  # the Reading that is going on


def is_there():
    return REPLICA in connections.databases


# While a request is answered


class Reading:
    """The answering of a reader's request with what was there in an edition, or later; without one, by the primary."""

    def __init__(self, edition):
        self.edition = edition

    @cached_property
    def alias(self):
        """The database that is asked. Raises OperationalError where there is none to ask."""
        if self.edition is not None and has_all(self.edition):
            return REPLICA
        need(PRIMARY)
        return PRIMARY

    def was_at_replica(self):
        return vars(self).get("alias") == REPLICA


@contextmanager
def reading(edition):
    """Let what is asked in this block be asked of the replica, if that has all of an edition; give the Reading."""
    token = current.set(Reading(edition))
    try:
        yield current.get()
    finally:
        current.reset(token)


def connection():
    """Return the connection for SQL that is no model's."""
    return connections[current.get().alias if current.get() else PRIMARY]


class Router:
    """Tells Django which database a model is asked of. Accounts and sessions are no reader's, and so the primary's."""

    def db_for_read(self, model, instance=None, **hints):
        if current.get() and model._meta.app_label == "articles":
            return current.get().alias
        return self.back(instance)

    def db_for_write(self, model, instance=None, **hints):
        if current.get():
            need(PRIMARY)
            return PRIMARY
        return self.back(instance)

    def back(self, instance):
        """Return the primary for a row that was read from the replica, and otherwise leave it to Django."""
        return PRIMARY if instance is not None and instance._state.db == REPLICA else None

    def allow_relation(self, *rows, **hints):
        return True if {row._state.db for row in rows} <= {PRIMARY, REPLICA} else None

    def allow_migrate(self, db, app_label, **hints):
        return False if db == REPLICA else None


def has_all(edition):
    """Return whether the replica can be asked, and has what was there in an edition."""
    if not is_there() or not standby.is_usable() or not reach(REPLICA):
        return False
    try:
        return Edition.order(Edition.current(REPLICA)) >= Edition.order(edition)
    except DatabaseError:
        lose(REPLICA)
        return False


# Whether a database can be asked

lost = {}  # until when each counts as lost, on the monotonic clock
reached = {}  # when each last gave a connection


def reach(alias, anew=False):
    """Return whether a database gives a connection soon; one that counts as lost is asked `anew` alone."""
    start = time.monotonic()
    if is_lost(alias) and not anew:
        return False
    connection = connections[alias]
    pool = getattr(connection, "pool", None)
    if pool is not None and connection.connection is None:
        try:
            with connection.wrap_database_errors:
                pool.open()
                pool.putconn(pool.getconn(timeout=WAITS[alias]))
        except DatabaseError:
            if reached.get(alias, 0) < start:  # else it is busy, not away
                lose(alias)
            return False
    reached[alias] = time.monotonic()
    lost.pop(alias, None)
    return True


def is_lost(alias):
    return time.monotonic() < lost.get(alias, 0)


def lose(alias):
    lost[alias] = time.monotonic() + AGAIN


def need(alias):
    if not reach(alias):
        raise OperationalError("it gave no connection just now")


# How far the replica is


class Standby:
    """How far the replica is behind the primary's log, seen by looks that a worker takes once a second."""

    def __init__(self):
        self.is_one = False  # that can be asked; a database that is nobody's standby is none
        self.as_of = -math.inf  # a time, on the monotonic clock, all of whose rows it has
        self.aim, self.aimed_at = 0, -math.inf  # a place in the primary's log that it has yet to reach, and of when
        self.was_usable = True

    def is_usable(self):
        """Return whether it is late by little. Without the primary, nobody has anything newer."""
        return self.is_one and (time.monotonic() - self.as_of < LATE or is_lost(PRIMARY))

    def look(self):
        """See how far the replica is, and say so in the log when it comes and goes."""
        start, there, here = time.monotonic(), place(PRIMARY, "pg_current_wal_lsn()"), None
        if reach(REPLICA, anew=True):
            here = place(REPLICA, "pg_last_wal_replay_lsn()")
        self.is_one = here is not None
        if here is not None and there is not None:
            if here >= self.aim:
                self.as_of, self.aim, self.aimed_at = self.aimed_at, there, start
            if here >= there:
                self.as_of = start
        if self.is_usable() != self.was_usable:
            self.was_usable = not self.was_usable
            logger.warning(USED if self.was_usable else NOT_USED)


def place(alias, function):
    """Return a place in a database's log as a number, or None: it can't be asked, or is no standby."""
    if reach(alias):
        with suppress(DatabaseError), connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {function} - '0/0'::pg_lsn")
            return cursor.fetchone()[0]
    return None


standby = Standby()
