"""The servers beside the site that the proof with several machines starts and stops: PostgreSQL, Redis and S3."""

import glob
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from socket import create_connection

from tests.running import free_port


def wait_for(port):
    for _ in range(300):
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"Nothing listens at port {port}.")


class Postgres:
    """A PostgreSQL server on loopback with data of its own, which stay when it stops."""

    @staticmethod
    def is_installed():
        return bool(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))

    def __init__(self):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))
        if not programs:
            sys.exit("This needs PostgreSQL: sudo apt-get install postgresql")
        self.bin, self.folder, self.port = Path(programs[-1]).parent, tempfile.mkdtemp(), free_port()
        self.url = f"postgres://cramps@127.0.0.1:{self.port}/postgres"
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "cramps", "-E", "UTF8", "--no-sync")

    def run(self, program, *arguments):
        command = [*self.user, self.bin / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=120)

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "-w", "stop")


class Redis:
    """A Redis server on loopback that keeps nothing on disk."""

    def __init__(self):
        self.program = shutil.which("redis-server") or sys.exit("This needs Redis: sudo apt-get install redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]
        self.process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL, cwd=tempfile.mkdtemp())
        wait_for(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


class Bucket:
    """A bucket of an S3 server on loopback that keeps everything in memory."""

    def __init__(self):
        from moto.server import ThreadedMotoServer  # takes seconds

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would tell of each request
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def start(self):
        import boto3

        self.server.start()
        host, port = self.server.get_host_and_port()
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket="pictures")
        self.url = f"s3://key:secret@{host}:{port}/pictures?tls=no"

    def stop(self):
        self.server.stop()
