"""How the site does: what /readyz asks, and what the metrics and the operator's page tell. It changes nothing."""

import contextlib
import json
import os
import platform
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import django
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone

from articles import chores, pausing
from articles.models import Chore, Edition, Event

LITTLE_ROOM = 200_000_000  # bytes: the page says so
NO_ROOM = 20_000_000  # bytes: /readyz says no, before a vote is lost
OLD_BACKUP = timedelta(days=2)
PATIENCE = 2_000  # milliseconds that /readyz waits for the database
LATE = 3  # times its pause, and an hour, and a chore is overdue
RUN = timedelta(hours=1)


def versions():
    """Return what runs, by name."""
    found = {"cramps": own_version(), "python": platform.python_version(), "django": django.get_version()}
    return found | {"database": database_version()}


def own_version():
    """Return the version in pyproject.toml, from which `make run` serves without installing it."""
    try:
        return version("cramps")
    except PackageNotFoundError:
        text = (settings.BASE_DIR / "pyproject.toml").read_text()
        return text.partition('\nversion = "')[2].partition('"')[0]


def database_version():
    """Return the database's name and version, or its name alone while it can't be asked."""
    try:
        return f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    except DatabaseError:
        return connection.display_name


def disk_free():
    return shutil.disk_usage(settings.DATA_DIR).free


def last_backup():
    """Return when a backup was made last (`manage.py backup` leaves a note of it), or None."""
    try:
        at = datetime.fromisoformat(json.loads((settings.DATA_DIR / "last_backup.json").read_text())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def edition():
    return Edition.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def publications():
    return Event.objects.filter(action__in=("publish", "come_out")).count()


@dataclass
class ChoreNow:
    name: str
    done_at: datetime | None
    is_on: bool
    is_overdue: bool


def chores_now(now=None):
    """Return each chore with when it was done last, if ever, and whether it should have been."""
    now, last = now or timezone.now(), dict(Chore.objects.values_list("name", "done_at"))
    began, found = MigrationRecorder.Migration.objects.aggregate(at=Min("applied"))["at"], []
    for job in chores.JOBS:
        at = last.get(job.name, chores.NEVER)
        done_at = at if at > chores.NEVER else None
        # What was never done was due when the site began; a failure is kept as if it were long ago.
        is_late = job.is_on() and (done_at or began or now) < now - min(job.every * LATE, job.every + RUN)
        found.append(ChoreNow(job.name, done_at, job.is_on(), is_late))
    return found


# What keeps the site from serving, or from keeping what is sent: each returns a sentence for the log, or ""


def database_trouble():
    """Ask the database whether it reads and would write, within a few seconds, and leave no trace in it."""
    try:
        with patient(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM articles_edition")
            # Of no row, so nothing is changed; but asked of a database that can only be read, it is refused.
            cursor.execute("UPDATE articles_edition SET number = number WHERE 1 = 0")
    except DatabaseError as error:
        return f"the database can't be used: {str(error).strip()}"
    return ""


@contextlib.contextmanager
def patient():
    """Let this thread's connection wait at most PATIENCE for others who write, until the end of the block."""
    if connection.vendor == "sqlite":
        wait(PATIENCE)
        try:
            yield
        finally:
            wait(settings.DATABASES["default"]["OPTIONS"]["timeout"] * 1000)
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE:d}")
            yield


def wait(milliseconds):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds:d}")


def migration_trouble():
    """Look whether the tables are those of this code."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"the database can't be used: {str(error).strip()}"
    return f"{len(missing)} migrations are not applied: run manage.py migrate" if missing else ""


def media_trouble():
    """Look whether pictures can be had and stored."""
    try:
        default_storage.open("images/none").close()
    except FileNotFoundError:
        pass  # as it should be
    except Exception as error:  # a bucket's library has many
        return f"pictures can't be had: {error}"
    if isinstance(default_storage, FileSystemStorage) and not may_write(Path(default_storage.location)):
        return f"nothing can be stored in {default_storage.location}"
    return ""


def may_write(path):
    """Return whether files can be made in a folder, or the folder itself where it is not there yet."""
    while not path.exists():
        path = path.parent
    return os.access(path, os.W_OK | os.X_OK)


def disk_trouble():
    return "there is no room left in DATA_DIR" if disk_free() < NO_ROOM else ""


def pause_trouble():
    return "writing is paused while the site moves to another database" if pausing.is_paused() else ""
