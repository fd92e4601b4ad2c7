"""The tables of a new site on SQLite, migrated once and kept until something of the application changes.

To migrate takes seconds, in each process that runs tests and for each site that a test makes.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import allauth
import django

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".pytest_cache" / "tables"
MADE_OF = ("articles", "cramps_site", "locale", "static/drawings")


def give(database):
    """Give the tables to a new database; it is a path or an address as SQLite opens them."""
    with locked():
        path = kept()
        if not path.exists():
            make(path)
        copy(path, database)


def kept():
    """Return the path of the file with the tables, under a name that changes with all that could change them."""
    digest = hashlib.sha256(f"{django.__version__} {allauth.__version__}".encode())
    for path in sorted(path for folder in MADE_OF for path in (ROOT / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:20]}.sqlite3"


@contextmanager
def locked():
    """Let one process at a time look whether the tables are there, and make them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(path):
    """Migrate a new database as an operator does, and keep it in place of earlier ones."""
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATA_DIR": folder}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        copy(Path(folder, "db.sqlite3"), new)
        new.rename(path)


def copy(source, target):
    with closing(sqlite3.connect(source, uri=True)) as one, closing(sqlite3.connect(target, uri=True)) as other:
        one.backup(other)
