"""The real site as `make run` serves it: granian with two workers, on a port and with data of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 60  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*arguments, **environment):
    """Run manage.py to its end and return the completed process with its output as text."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Site:
    """A running site; `url` is its address, `data` its DATA_DIR."""

    def __init__(self, data, **environment):
        self.data, self.port = Path(data), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        server = environment.get("DATABASE_URL", os.environ.get("DATABASE_URL"))
        self.database = OwnDatabase(server) if server else None
        self.environment = {"DATA_DIR": self.data, "PORT": self.port, **environment}
        if self.database:
            self.environment["DATABASE_URL"] = self.database.url
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
        if self.database:
            self.database.drop()

    def start(self):
        self.output = open(self.data / "output.txt", "ab")  # noqa: SIM115  closed by stop
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in self.environment.items()},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, as in a terminal
        )
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/about/", timeout=5).close()
                return
            except OSError:
                ended = self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise AssertionError((self.data / "output.txt").read_text()) from None
                time.sleep(0.1)

    def stop(self, how=signal.SIGINT):
        """Stop the site as Ctrl-C does, which reaches all of its processes, and return its exit code."""
        os.killpg(self.process.pid, how)
        code = self.process.wait(timeout=30)
        self.output.close()
        return code

    def manage(self, *arguments):
        return run(*arguments, **self.environment)

    def shell(self, code):
        """Return what Python code prints that works on the site's own database."""
        result = self.manage("shell", "--verbosity", "0", "--command", code)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def ask(self, expression):
        """Return what a Python expression gives in the site's own database, as text; `m` is articles.models."""
        return self.shell(f"import articles.models as m; print({expression})")

    def administrator(self):
        """Return the name and password of the administrator that the first start made."""
        lines = (self.data / "first_administrator.txt").read_text().splitlines()
        return tuple(line.split()[-1] for line in lines[1:])


class OwnDatabase:
    """A new PostgreSQL database beside the one of a given address, to be dropped after use."""

    def __init__(self, url):
        self.server, self.name = url, f"site_{uuid.uuid4().hex}"
        self.url = urlunsplit(urlsplit(url)._replace(path=f"/{self.name}"))
        self.run(f'CREATE DATABASE "{self.name}"')

    def run(self, statement):
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def drop(self):
        self.run(f'DROP DATABASE "{self.name}" WITH (FORCE)')
