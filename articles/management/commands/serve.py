"""What `make run` runs: prepare the data, then become the production server."""

import contextlib
import errno
import fcntl
import os
import secrets
import socket
import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from articles import rating

FOR_DEVELOPERS = ["manage.py", "runserver", settings.ADDRESS]
PRODUCTION = [
    *("-m", "granian", "cramps_site.server:application", "--interface", "wsgi", "--no-ws"),
    *("--host", settings.HOST, "--port", str(settings.PORT)),
    *("--workers", "2", "--respawn-failed-workers"),
    *("--workers-kill-timeout", "5"),  # seconds; a client that hangs can't hold up the end
    # Many threads wait cheaply for slow senders; the default, and the warning that it is many, are meant.
    *("--log-level", "error"),
]
WAYS_OUT = {
    errno.EADDRINUSE: "another program does. Stop it, or choose another port: PORT=8001 make run",
    errno.EACCES: "ports below 1024 are for the superuser. Choose another: PORT=8001 make run",
}
OTHER_WAY = "this machine has no such address. Set HOST to 127.0.0.1, or to 0.0.0.0 for all it has."


class Command(BaseCommand):
    help = "Migrates, loads the first article, makes the first administrator, and serves the site."
    requires_system_checks = "__all__"

    def add_arguments(self, parser):
        parser.add_argument("--reload", action="store_true", help="Serve with Django's own server, for developers.")

    def handle(self, *, reload, **options):
        os.umask(0o077)  # the database and the pictures are for the site's own user alone
        sys.stdout.reconfigure(errors="replace")  # a terminal that can't show a name still starts the site
        check_port()
        with starting_alone():
            prepare()
            self.first_administrator()
        self.stdout.write(f"\n{settings.SITE_NAME} is at {settings.SITE_URL}/")
        if settings.SITE_URL.startswith("https://"):
            self.stdout.write(f"It waits for the proxy at http://{settings.ADDRESS}. Stop it with Ctrl-C.\n")
        else:
            self.stdout.write(
                f"On this machine it is also at http://localhost:{settings.PORT}/. Stop it with Ctrl-C.\n"
            )
        self.stdout.flush()
        os.chdir(settings.BASE_DIR)
        # The server takes this process's place, so that Ctrl-C and a supervisor's signals reach it directly.
        os.execv(sys.executable, [sys.executable, *(FOR_DEVELOPERS if reload else PRODUCTION)])  # noqa: S606  a fixed command

    def first_administrator(self):
        """Make an administrator if there is no user; show the password once, or keep it where only the owner reads."""
        users = get_user_model().objects
        if users.exists():
            return
        name, password = "admin", secrets.token_urlsafe(12)
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


def check_port():
    """Refuse with a sentence to start where another program listens."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"The site can't listen at {settings.ADDRESS}: {WAYS_OUT.get(error.errno, OTHER_WAY)}"
            ) from None


def prepare():
    """Bring the database up to date, with the first article in a new one."""
    try:
        connection.ensure_connection()
        connection.introspection.table_names()
    except DatabaseError as error:
        raise CommandError(f"The database can't be opened: {error}. Check DATABASE_URL and DATA_DIR.") from None
    call_command("migrate", verbosity=0)
    call_command("load_first_article")
    rating.forget_windows(timezone.now())
    connection.close()
