"""The whole of the site's database moved to another one, empty before, and compared there row by row.

Writing is paused from the first row until the site is started with the other database (articles/pausing.py). All rows
go in one transaction there, so that a move that ends early, however it ends, leaves nothing behind but empty tables.
"""

import os
import subprocess
import sys

import dj_database_url
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from articles import all_rows, pausing
from articles.all_rows import one_line, tables
from articles.archive import snapshot

HERE, THERE = DEFAULT_DB_ALIAS, "there"  # the two databases, as Django calls them
EVERY = 10_000  # rows between two lines of progress
SHOWN = 20  # differences


class NotMoved(Exception):
    """The database was not moved: its arguments are sentences that say why."""


def move(address):
    """Move the site to the database at an address, and yield lines of progress. Raises NotMoved or pausing.Busy."""
    try:
        connect(address)
        check_here()
        check_there()
        migrate(address)
        yield "The other database is empty and ready. Waiting for what is being written…"
        with pausing.paused():
            yield "Nothing is written from now on; readers go on reading."
            with snapshot(), transaction.atomic(using=THERE):
                yield from copy()
                yield from compare()
            pausing.leave()
    except all_rows.NotStored as error:
        raise NotMoved(*error.args) from error
    except DatabaseError as error:
        raise NotMoved(one_line(error)) from error
    finally:
        disconnect()


# Before


def connect(address):
    """Open the other database."""
    try:
        found = dj_database_url.parse(address)
        connections.databases[THERE] = connections.configure_settings({"default": {}, THERE: found})[THERE]
        connections[THERE].ensure_connection()
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        words = "That is no address of a database. Write postgres://user:password@host:5432/name"
        raise NotMoved(words) from error
    except DatabaseError as error:
        raise NotMoved(f"The other database can't be opened: {one_line(error)}") from error


def disconnect():
    if THERE in connections.databases:
        connections[THERE].close()
        del connections[THERE], connections.databases[THERE]


def check_here():
    """Refuse to move what is older than this program."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMoved("The site's database is of an earlier version. Start the site once, then move it.")


def check_there():
    """Refuse a database that is not empty."""
    there = connections[THERE]
    known = {model._meta.db_table: model for model in tables()}
    for name in sorted(there.introspection.table_names()):
        if name not in known and not name.startswith(all_rows.OWN_TABLES):
            raise NotMoved(f"The other database has a table “{name}” of something else. Give one of its own.")
        if name in known and name not in all_rows.FIRST_ROWS and all_rows.has_rows(name, THERE):
            raise NotMoved(f"The other database is not empty: there are rows in “{name}”. Give an empty one.")


def migrate(address):
    """Make the tables there, by a program whose site's database it is: what migrations fill goes to that one alone."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMoved(f"The tables could not be made in the other database: {done.stderr.strip()[-1000:]}")


# The rows


def copy():
    """Copy all rows as they are, with their numbers, and yield lines of progress."""
    models = tables()
    all_rows.clear(models, THERE)
    for model in models:
        for number, rows in all_rows.batches(model, HERE):
            all_rows.insert(model, rows, THERE)
            if number % EVERY == 0:
                yield f"{model._meta.db_table}: {number} rows…"
    connections[THERE].check_constraints()
    all_rows.count_on(models, THERE)
    all_rows.write_stems(THERE)
    yield "Copied. Comparing each row…"


# Comparing


def compare():
    """Read all rows of both databases, and yield what was compared. Raises NotMoved with what differs."""
    total = 0
    for model in tables():
        number, found = compare_table(model)
        if found:
            raise NotMoved("The copy differs, so it was taken back.", *found[:SHOWN])
        total += number
        yield f"{model._meta.db_table}: {number} rows are the same in each column."
    yield f"All is there: {total} rows of {len(tables())} tables, each compared."


def compare_table(model):
    """Return how many rows a table has here, and what differs there as sentences."""
    reached, found = 0, []
    for number, rows in all_rows.batches(model, HERE):
        found += all_rows.differences(model, rows, THERE)
        reached = number
    if (there := all_rows.rows_of(model, THERE).count()) != reached:
        found.append(f"{model._meta.db_table} has {reached} rows here and {there} there.")
    return reached, found
