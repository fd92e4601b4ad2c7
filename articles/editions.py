"""How everything that keeps pages learns at once that readers may see something else.

A change begins a new edition: a number in the database, and the time of a file in DATA_DIR, which each process of this
machine looks at before it answers from memory. Other machines ask the database for the number once a second, or its
replica while it is away.
"""

import contextlib
import logging
import os
import threading
import time
import urllib.request
from http.client import HTTPException

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F

from articles import replica
from articles.models import Edition

logger = logging.getLogger(__name__)
EVERY = 1  # second, between two looks at the database
PURGE_WAITS = 5  # seconds for a cache in front


def changed():
    """Begin a new edition as soon as the transaction, if there is one, is committed."""
    transaction.on_commit(begin, robust=True)


def begin():
    try:
        with surviving_power_cuts():
            Edition.next()
    finally:  # the database may be gone since it committed the change: then no page of before is known to be true
        path, now = stamp(), time.time_ns()  # the file system's own clock is too coarse for two changes in a row
        path.touch()
        os.utime(path, ns=(now, now))


@contextlib.contextmanager
def surviving_power_cuts():
    """Have what is committed in the block on the disk at its end, and with it all that was committed before.

    Else SQLite leaves it to the system when it writes its log to the disk, which a killed process does not change and a
    power cut does (docs/decisions/0038-durability.md). PostgreSQL waits for the disk each time.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:  # within a transaction it can't be changed
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")


def stamp():
    """Return the path of the file whose time says when this machine last changed something."""
    return settings.DATA_DIR / "edition"


class Watch:
    """Knows the edition in a process that serves pages."""

    def __init__(self):
        self.path = os.fspath(stamp())
        self.seen, self.name = None, ""
        self.least = (0, 0)  # the order of the last one that is known to have begun
        self.lock = threading.Lock()

    def edition(self):
        """Return the name of the edition, without the database unless something has changed on this machine."""
        try:
            seen = os.stat(self.path).st_mtime_ns
        except OSError:
            seen = 0
        if seen != self.seen:
            with self.lock:
                if seen != self.seen:  # nobody has asked meanwhile
                    if self.seen is not None:  # the database has what began here, its replica perhaps not yet
                        self.least = (self.least[0] + 1, 0)
                    self.name, self.seen = self.read() or f"unknown since {seen}", seen
        return self.name

    def read(self):
        """Return the edition's name from the database, or None when that can't be asked.

        Its replica's will do then, unless that is known to be late: pages never go back to an older text.
        """
        if replica.reach(replica.PRIMARY, anew=True):
            with contextlib.suppress(DatabaseError):
                name = Edition.current()
                self.least = Edition.order(name)
                return name
        if replica.is_there() and replica.reach(replica.REPLICA):
            with contextlib.suppress(DatabaseError):
                name = Edition.current(replica.REPLICA)
                return name if Edition.order(name) >= self.least else None
        return None

    def start(self):
        """Look at the database once a second, for what changes on other machines, and tell a cache in front."""
        threading.Thread(target=self.go_on, daemon=True, name="editions").start()

    def go_on(self):
        while True:
            with self.lock:
                self.name = self.read() or self.name
            if replica.is_there():
                replica.standby.look()
            if settings.PURGE_URL and replica.reach(replica.PRIMARY):
                with contextlib.suppress(DatabaseError):
                    purge_once()
            close_old_connections()
            time.sleep(EVERY)


def purge_once():
    """Have a cache in front forget its pages when there is a new edition; of all processes, one does it."""
    due = Edition.objects.filter(pk=1, purged__lt=F("number"))
    edition = due.first()
    if edition and due.filter(number=edition.number).update(purged=edition.number) and not purge():
        # It is tried again in a second; until it works, pages end by their own time.
        Edition.objects.filter(pk=1, purged=edition.number).update(purged=edition.purged)


def purge():
    """Send PURGE_URL what PURGE_HEADER and PURGE_BODY say; return whether it was taken."""
    name, _colon, value = settings.PURGE_HEADER.partition(":")
    headers = {"Content-Type": "application/json"} | ({name.strip(): value.strip()} if name else {})
    request = urllib.request.Request(  # noqa: S310  an operator's address, checked at the start
        settings.PURGE_URL, data=settings.PURGE_BODY.encode(), headers=headers, method="POST"
    )
    try:
        urllib.request.urlopen(request, timeout=PURGE_WAITS).close()  # noqa: S310
    except (OSError, HTTPException) as error:
        logger.error("The cache in front could not be told to forget its pages: %s", error)
        return False
    return True
