"""The real site as `make run` serves it: granian with two workers, on a port and with data of its own."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests import tables

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 60  # seconds
ANSWERS_WITHIN = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def whole(environment):
    """Return this process's environment with some variables more."""
    return os.environ | {name: str(value) for name, value in environment.items()}


def run(*arguments, root=ROOT, **environment):
    """Run manage.py to its end and return the completed process with its output as text."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=root,
        env=whole(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Data:
    """The data of a site: `folder` is its DATA_DIR, `root` its checkout; on PostgreSQL it has a database of its own."""

    def __init__(self, folder, root=ROOT, **environment):
        self.data, self.root = Path(folder), root
        server = environment.get("DATABASE_URL", os.environ.get("DATABASE_URL"))
        self.database = OwnDatabase(server) if server else None
        self.environment = {"DATA_DIR": self.data, **environment}
        if self.database:
            self.environment["DATABASE_URL"] = self.database.url
        self.helper = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end_helper()
        if self.database:
            self.database.drop()

    def with_tables(self):
        """Make the tables, where it is not their first start that is tested, and return the site."""
        if self.database:
            result = self.manage("migrate", "--verbosity", "0")
            assert result.returncode == 0, result.stderr
        else:
            tables.give(self.data / "db.sqlite3")
        return self

    def manage(self, *arguments):
        return run(*arguments, root=self.root, **self.environment)

    def shell(self, code):
        """Return what Python code prints that works on the site's own database."""
        if self.helper is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            command = [sys.executable, "-m", "tests.shell"]
            environment = whole(self.environment | {"PYTHONPATH": ROOT})  # a copied checkout has no tests
            self.helper = subprocess.Popen(command, cwd=self.root, env=environment, **pipes)
        print(json.dumps(code), file=self.helper.stdin, flush=True)
        ready, _, _ = select.select([self.helper.stdout], [], [], ANSWERS_WITHIN)
        assert ready, f"No answer to: {code}"
        answer = json.loads(self.helper.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["output"].strip()

    def ask(self, expression):
        """Return what a Python expression gives in the site's own database, as text; `m` is articles.models."""
        return self.shell(f"import articles.models as m; print({expression})")

    def race(self, function, *arguments):
        """Return what a function of a test module returns that works on the site's own database, as JSON gives it."""
        call = f"from {function.__module__} import {function.__name__} as race; print(json.dumps(race(*{arguments})))"
        return json.loads(self.shell(f"import json; {call}").splitlines()[-1])

    def end_helper(self):
        if self.helper:
            self.helper.kill()  # it waits for code, unless a test has given it up
            self.helper.communicate()
            self.helper = None


class Site(Data):
    """A running site; `url` is its address."""

    def __init__(self, data, root=ROOT, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # What a site does by itself would check links over the network, and change lists under a test's hands.
        super().__init__(data, root, **{"PORT": self.port, "CHORES": "false"} | environment)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
        super().__exit__(*error)

    def start(self):
        self.output = open(self.data / "output.txt", "ab")  # noqa: SIM115  closed by stop
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=self.root,
            env=whole(self.environment),
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
        self.end_helper()  # another start may have other settings
        os.killpg(self.process.pid, how)
        code = self.process.wait(timeout=30)
        self.output.close()
        return code

    def administrator(self):
        """Return the name and password of the administrator that the first start made."""
        lines = (self.data / "first_administrator.txt").read_text().splitlines()
        return tuple(line.split()[-1] for line in lines[1:])


class OwnDatabase:
    """A new PostgreSQL database beside the one of a given address, to be dropped after use; `template` is its model."""

    def __init__(self, url, template="template1"):
        self.server, self.name = url, f"site_{uuid.uuid4().hex}"
        self.url = urlunsplit(urlsplit(url)._replace(path=f"/{self.name}"))
        self.run(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')

    def run(self, statement):
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def drop(self):
        self.run(f'DROP DATABASE "{self.name}" WITH (FORCE)')
