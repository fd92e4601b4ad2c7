"""Nothing is written while the site moves to another database or is restored; reading goes on.

Files in DATA_DIR, seen by all processes of the site there. Three are locks that the system takes from whoever ends,
however it ends: all who write share `writing.lock` while they do; a move (articles/moving.py) or a restore
(articles/restoring.py) has `moving.lock` to itself; a backup has `backup.lock`, and no picture's file goes meanwhile.
The last, `moved`, names the database that was left: in that one nothing is written any more until `stay` says so.
"""

import contextlib
import errno
import fcntl
import os
import sys
import time
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

PATIENCE = 60  # seconds that a move or a restore waits for what is being written when it begins
RETRY_AFTER = 120  # seconds, told to programs
# What manage.py may be asked for meanwhile. The chores, the move and a restore look for themselves; a shell is its
# user's matter.
READING = {
    *("backup", "check", "chores", "collectstatic", "compilemessages", "dbshell", "diffsettings", "dumpdata"),
    *("export_articles", "findstatic", "help", "makemessages", "makemigrations", "move_database", "restore"),
    *("runserver", "serve", "shell", "showmigrations", "sqlmigrate", "version"),
}
COMMAND = (
    "The site is restored, moves to another database, or has moved: nothing is written here. "
    "See: manage.py help move_database"
)


class Busy(Exception):
    """What needs others to wait can't begin: its argument says why."""


class BackingUp(OSError):
    """No file may be deleted at this moment."""


def writing_paused():
    """Return what somebody at the desk is told of a form that was not saved."""
    return _(
        "The site is being moved or restored, so nothing was saved. "
        "Your text is still here: save it again in a few minutes."
    )


@contextlib.contextmanager
def locked(name, how):
    """Give whether a lock could be had at once, and hold it till the end of the block."""
    handle = os.open(settings.DATA_DIR / name, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        yield took(handle, how)
    finally:
        os.close(handle)


def took(handle, how):
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def alone(name, patience, why):
    """Hold a lock that nobody else has till the end of the block, or raise Busy after so many seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with locked(name, fcntl.LOCK_EX) as is_mine:
            if is_mine:
                yield
                return
        time.sleep(0.02)
    raise Busy(why)


@contextlib.contextmanager
def writing():
    """Give whether something may be written now, and let a move wait until the end of the block."""
    with locked("writing.lock", fcntl.LOCK_SH) as shared:
        # Asked after that lock is had, so that a move either is seen here or waits.
        yield shared and not is_paused()


def is_paused():
    with locked("moving.lock", fcntl.LOCK_SH) as free:
        return not free or has_moved()


@contextlib.contextmanager
def paused(patience=PATIENCE):
    """Let nothing be written until the end of the block, which begins when all who write have done so."""
    others = "Something is being written all the time, an import say. Let it end, then try again."
    with alone("moving.lock", 2, "Another move or restore is under way."), alone("writing.lock", patience, others):
        yield


@contextlib.contextmanager
def no_backup():
    """Let no backup begin until the end of the block; while one is made, raise BackingUp."""
    with locked("backup.lock", fcntl.LOCK_EX) as is_mine:
        if not is_mine:
            raise BackingUp(errno.EBUSY, "a backup is being made")
        yield


def by_command(arguments):
    """Return a context in which manage.py may do what it is asked for, or end with a sentence."""
    name = arguments[1] if len(arguments) > 1 else "help"
    return contextlib.nullcontext() if name.startswith("-") or name in READING else command_writes()


@contextlib.contextmanager
def command_writes():
    with writing() as may_write:
        if not may_write:
            sys.exit(COMMAND)
        yield


# The database that was left


def here():
    """Return what tells the site's database from others, without a password."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return str(Path(database["NAME"]).absolute())
    return "{HOST}:{PORT}/{NAME}".format(**{"HOST": "", "PORT": ""} | database)


def mark():
    return settings.DATA_DIR / "moved"


def has_moved():
    """Return whether the site has moved away from the database that it uses here."""
    try:
        return mark().read_text().strip() == here()
    except FileNotFoundError:
        return False


def leave():
    """Keep writing paused in this database for good."""
    mark().write_text(f"{here()}\n")


def stay():
    """Let writing go on in this database."""
    mark().unlink(missing_ok=True)
