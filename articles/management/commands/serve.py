"""What `make run` runs: prepare the data, then become the production server."""

import os
import secrets
import socket
import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.urls import reverse

ADDRESS = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
FOR_DEVELOPERS = ["manage.py", "runserver", f"{ADDRESS}:{settings.PORT}"]
PRODUCTION = [
    *("-m", "granian", "cramps_site.server:application", "--interface", "wsgi", "--no-ws"),
    *("--host", settings.HOST, "--port", str(settings.PORT)),
    *("--workers", "2", "--respawn-failed-workers"),
    *("--workers-kill-timeout", "5"),  # seconds; a client that hangs can't hold up the end
    # Many threads wait cheaply for slow senders; the default, and the warning that it is many, are meant.
    *("--log-level", "error"),
]


class Command(BaseCommand):
    help = "Migrates, loads the first article, makes the first administrator, and serves the site."
    requires_system_checks = "__all__"

    def add_arguments(self, parser):
        parser.add_argument("--reload", action="store_true", help="Serve with Django's own server, for developers.")

    def handle(self, *, reload, **options):
        check_port()
        prepare()
        self.stdout.write(f"\n{settings.SITE_NAME} is at {settings.SITE_URL}/")
        self.stdout.write(f"On this machine it is also at http://localhost:{settings.PORT}/ – stop it with Ctrl-C.\n")
        self.first_administrator()
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


def check_port():
    """Refuse with a sentence to start where another program listens."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} can't be used ({error.strerror}). "
                f"Stop the program that has it, or choose another: PORT={settings.PORT + 1} make run"
            ) from None


def prepare():
    """Bring the database up to date, with the first article in a new one."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CommandError(f"The database can't be opened: {error}. Check DATABASE_URL and DATA_DIR.") from None
    call_command("migrate", verbosity=0)
    call_command("load_first_article")
    connection.close()
