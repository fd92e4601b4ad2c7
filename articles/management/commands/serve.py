"""What `make run` runs: prepare the data, then become the production server."""

import contextlib
import errno
import fcntl
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import traceback

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection
from django.urls import reverse

from articles import chores, pausing
from cramps_site import metrics

FOR_DEVELOPERS = ["manage.py", "runserver", settings.ADDRESS]
PRODUCTION = ["-m", "cramps_site.workers", settings.HOST, str(settings.PORT), settings.LOG_FORMAT]
CLOCK_SECONDS = 300  # between two looks at what is due
CLOCK = [sys.executable, "-I", "-S", str(settings.BASE_DIR / "cramps_site" / "clock.py"), str(CLOCK_SECONDS)]
CLOCK += [sys.executable, "manage.py", "chores", "--verbosity", "0", "--skip-checks"]
WAYS_OUT = {
    errno.EADDRINUSE: "another program does. Stop it, or choose another port: {}",
    errno.EACCES: "ports below 1024 are for the superuser. Choose another: {}",
}
BROKEN = 78  # EX_CONFIG: deploy/cramps.service doesn't start the site again then
PAUSED = (
    "The site is restored, moves to another database, or has moved: readers can read here, and nothing can be saved. "
    "If it has moved, start it with the DATABASE_URL that it moved to; to stay here instead: "
    "manage.py move_database --stay"
)
OTHER_WAY = "this machine has no such address. Set HOST to 127.0.0.1, or to 0.0.0.0 for all it has."


class Command(BaseCommand):
    help = "Migrates, loads the first article, makes the first administrator, and serves the site."
    requires_system_checks = "__all__"

    def add_arguments(self, parser):
        parser.add_argument("--reload", action="store_true", help="Serve with Django's own server, for developers.")

    def handle(self, *, reload, **options):
        os.umask(0o077)  # the database and the pictures are for the site's own user alone
        sys.stdout.reconfigure(errors="replace")  # a terminal that can't show a name still starts the site
        check_port(settings.HOST, settings.PORT, settings.ADDRESS, "PORT=8001 make run")
        if settings.METRICS and not reload:  # Django's own server counts nothing
            check_port(*settings.METRICS, "METRICS", "METRICS=127.0.0.1:9101 make run")
            metrics.clear()
        with starting_alone(), pausing.writing() as may_write:
            if may_write:
                prepare()
                self.first_administrator()
            else:
                self.stdout.write(PAUSED)
        self.check_media()
        self.stdout.write(f"\n{settings.SITE_NAME} is at {settings.SITE_URL}/")
        if settings.SITE_URL.startswith("https://"):
            self.stdout.write(f"It waits for the proxy at http://{settings.ADDRESS}. Stop it with Ctrl-C.\n")
        else:
            self.stdout.write(
                f"On this machine it is also at http://localhost:{settings.PORT}/. Stop it with Ctrl-C.\n"
            )
        self.stdout.flush()
        os.chdir(settings.BASE_DIR)
        server = FOR_DEVELOPERS if reload else PRODUCTION
        if settings.CHORES and reload:
            start_clock()
        elif settings.CHORES:
            server = [*server, *CLOCK]
        # The server takes this process's place, so that Ctrl-C and a supervisor's signals reach it directly.
        os.execv(sys.executable, [sys.executable, *server])  # noqa: S606  a fixed command

    def check_media(self):
        """Say where pictures can't be had; all else is served."""
        try:
            default_storage.open("images/none").close()
        except FileNotFoundError:
            return  # as it should be
        except OSError as error:
            self.stdout.write(f"Pictures can't be shown or stored until this is mended: {error.strerror}.")

    def first_administrator(self):
        """Make an administrator if nobody can sign in; show the password once, or keep it where only the owner reads.

        Accounts that came with an archive have no password, and one of them may be called "admin".
        """
        users = get_user_model().objects
        if users.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists():
            return
        names = ("admin", *(f"admin-{number}" for number in range(2, users.count() + 3)))
        name = next(name for name in names if not users.filter(username=name).exists())
        password = secrets.token_urlsafe(12)
        users.create_superuser(name, password=password)
        lines = f"Admin:    {settings.SITE_URL}{reverse('admin:index')}\nName:     {name}\nPassword: {password}\n"
        if sys.stdout.isatty():
            self.stdout.write(f"\n{lines}The password is shown only this once: write it down.\n")
            return
        path = settings.DATA_DIR / "first_administrator.txt"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(lines)
        self.stdout.write(f"The first administrator's name and password are in {path}. Read it, then delete it.")


@contextlib.contextmanager
def starting_alone():
    """Let a second start on the same data wait until the first has made what it needs."""
    with open(settings.DATA_DIR / "starting.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_port(host, port, called, other):
    """Refuse with a sentence to start where another program listens; `other` is how to choose another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            way_out = WAYS_OUT.get(error.errno, OTHER_WAY).format(other)
            raise CommandError(f"The site can't listen at {called}: {way_out}") from None


def start_clock():
    """Let a developer's server have the clock beside it that the real one keeps (cramps_site/workers.py)."""
    reading, writing = os.pipe()
    subprocess.Popen(CLOCK, stdin=reading, start_new_session=True)  # noqa: S603  a fixed command
    os.close(reading)
    os.set_inheritable(writing, True)  # the server keeps it open, as long as it lives


def prepare():
    """Bring the database up to date, with the first article in a new one."""
    try:
        connection.ensure_connection()
        connection.introspection.table_names()
    except DatabaseError as error:
        raise CommandError(f"The database can't be opened: {error}. Check DATABASE_URL and DATA_DIR.") from None
    migrate()
    call_command("load_first_article")
    call_command("reindex", missing=True, verbosity=0)
    chores.begin()
    connection.close()


def migrate():
    """Bring the tables up to date. Where a migration fails, nothing of it stays, and to start again would not help."""
    try:
        call_command("migrate", verbosity=0)
    except CommandError:
        raise  # it says what to do
    except Exception as error:
        if is_passing(error):
            raise CommandError(f"The database can't be brought up to date at this moment: {error}.") from None
        traceback.print_exc()
        raise CommandError(
            f"The database could not be brought up to date: {error}. Nothing of the migration that failed was kept. "
            "Go back to the version that ran before, or mend the migration, then start the site.",
            returncode=BROKEN,
        ) from None


def is_passing(error):
    """Return whether what stands in a migration's way may be gone the next time: a lock or a full disk, say.

    SQLite has the same error for these and for a statement that makes no sense.
    """
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return isinstance(error, OperationalError) and code != sqlite3.SQLITE_ERROR
