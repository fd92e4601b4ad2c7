"""A site under a small supervisor that does what deploy/cramps.service asks of systemd, and whose parts can be killed.

When the main process ends, all that it had started is killed (there by the control group, here by a mark that processes
inherit in their environment), and after two seconds it is started again.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.machines import Postgres
from tests.running import Site, whole

RESTART = 2  # seconds: RestartSec of the unit
MARK = "CRAMPS_SUPERVISED"
BACK_WITHIN = 90  # seconds until a site must answer again


class Supervised(Site):
    def __init__(self, *arguments, restart=RESTART, **environment):
        super().__init__(*arguments, **environment)
        self.restart, self.mark, self.over, self.starts = restart, uuid.uuid4().hex, threading.Event(), 0

    def start(self):
        self.thread = threading.Thread(target=self.supervise)
        self.thread.start()
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def supervise(self):
        environment = whole(self.environment | {MARK: self.mark})
        with open(self.data / "output.txt", "ab") as output:
            while not self.over.is_set():
                self.process = subprocess.Popen(
                    [sys.executable, "manage.py", "serve"],
                    cwd=self.root,
                    env=environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self.starts += 1
                self.process.wait()
                kill(self.processes())
                self.over.wait(self.restart)

    def wait(self):
        """Wait until the site answers, be it that its database can't be asked."""
        deadline = time.monotonic() + BACK_WITHIN
        while True:
            try:
                urlopen(f"{self.url}/about/", timeout=30).close()
                return
            except HTTPError:
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise AssertionError((self.data / "output.txt").read_text()) from None
                time.sleep(0.1)

    def stop(self, how=signal.SIGTERM):
        self.end_helper()
        self.over.set()
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        self.thread.join(timeout=60)
        return self.process.returncode

    def processes(self):
        """Return all processes of the site as {pid: command line}, whatever groups and sessions they are in."""
        found, mark = {}, f"{MARK}={self.mark}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def parts(self):
        """Return what can be killed, as {name: pids}."""
        found, main = self.processes(), self.process.pid
        servers = {pid for pid, command in found.items() if "cramps_site.workers" in command}
        clocks = {pid for pid, command in found.items() if "cramps_site/clock.py" in command} - servers
        workers = servers - {main}
        parts = {"a worker": sorted(workers)[:1] if random.random() < 0.5 else sorted(workers)[-1:]}
        parts |= {"both workers": workers, "the clock": clocks, "the main process": [main], "all at once": found}
        return {name: list(pids) for name, pids in parts.items() if pids}


def kill(pids):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Database(Postgres):
    """A PostgreSQL server whose processes can be killed; it is started again as a supervisor would."""

    def pid(self):
        return int(Path(self.folder, "data", "postmaster.pid").read_text().split()[0])

    def kill_server(self):
        kill([self.pid()])
        time.sleep(RESTART)
        for _ in range(60):  # until its own processes have noticed, it refuses to start
            with suppress(subprocess.CalledProcessError):
                self.start()
                return
            time.sleep(0.5)
        raise AssertionError("PostgreSQL does not start again.")

    def kill_backend(self):
        """Kill one that serves a connection, after which PostgreSQL ends all others and recovers by itself."""
        pid = self.pid()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        serving = [child for child in children if b"127.0.0.1" in Path(f"/proc/{child}/cmdline").read_bytes()]
        kill(map(int, random.sample(serving, min(1, len(serving)))))
