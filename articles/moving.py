"""The whole of the site's database moved to another one, empty before, and compared there row by row.

Writing is paused from the first row until the site is started with the other database (articles/pausing.py). All rows
go in one transaction there, so that a move that ends early, however it ends, leaves nothing behind but empty tables.
"""

import json
import os
import subprocess
import sys

import dj_database_url
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models.sql import InsertQuery

from articles import finding, pausing
from articles.archive import snapshot
from articles.models import Entry

HERE, THERE = DEFAULT_DB_ALIAS, "there"  # the two databases, as Django calls them
AT_ONCE = 200  # rows; a version of an article can have a megabyte
EVERY = 10_000  # rows between two lines of progress
SHOWN = 20  # differences
# What the migrations of an empty site write by themselves, and tables of no model
FIRST_ROWS = {
    *("auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "articles_sitestatement"),
}
OWN_TABLES = ("django_migrations", "articles_stems")


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
    except DatabaseError as error:
        raise NotMoved(one_line(error)) from error
    finally:
        disconnect()


def tables():
    """Return the models of all tables, also of those that stand between two others."""
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def rows_of(model, using):
    return model._base_manager.using(using).order_by("pk")


def one_line(error):
    return " ".join(str(error).split())


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
        if name not in known and not name.startswith(OWN_TABLES):
            raise NotMoved(f"The other database has a table “{name}” of something else. Give one of its own.")
        if name in known and name not in FIRST_ROWS and has_rows(there, name):
            raise NotMoved(f"The other database is not empty: there are rows in “{name}”. Give an empty one.")


def has_rows(there, name):
    with there.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {there.ops.quote_name(name)} LIMIT 1")  # noqa: S608  a name of ours
        return cursor.fetchone() is not None


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
    there, models = connections[THERE], tables()
    with there.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {there.ops.quote_name(model._meta.db_table)}")  # noqa: S608  a name of ours
    for model in models:
        for number, rows in batches(model, HERE):
            insert(model, rows)
            if number % EVERY == 0:
                yield f"{model._meta.db_table}: {number} rows…"
    there.check_constraints()
    with there.cursor() as cursor:
        for statement in there.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
    for _number, entries in batches(Entry, THERE):
        finding.write_stems(entries, THERE)
    yield "Copied. Comparing each row…"


def batches(model, using):
    """Yield the rows of a table in the order of their keys, as (how many so far, some rows)."""
    number, rows = 0, list(rows_of(model, using)[:AT_ONCE])
    while rows:
        number += len(rows)
        yield number, rows
        rows = list(rows_of(model, using).filter(pk__gt=rows[-1].pk)[:AT_ONCE])


def insert(model, rows):
    """Write rows there as they are; where the database refuses one, say which."""
    try:
        with transaction.atomic(using=THERE):
            write(model, rows)
    except (DatabaseError, ValueError) as error:
        if len(rows) == 1:
            raise NotMoved(f"{model._meta.db_table} {rows[0].pk} can't be stored there: {one_line(error)}") from error
        for row in rows:
            insert(model, [row])


def write(model, rows):
    fields = model._meta.local_concrete_fields
    most = connections[THERE].ops.bulk_batch_size(fields, rows)
    for start in range(0, len(rows), most):
        query = InsertQuery(model)
        query.insert_values(fields, rows[start : start + most], raw=True)  # raw: no time of saving becomes now
        query.get_compiler(using=THERE).execute_sql()


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
    for number, rows in batches(model, HERE):
        found += differences(model, rows)
        reached = number
    if (there := rows_of(model, THERE).count()) != reached:
        found.append(f"{model._meta.db_table} has {reached} rows here and {there} there.")
    return reached, found


def differences(model, rows):
    """Return what differs between some rows here and those of the same keys there, as sentences."""
    there = rows_of(model, THERE).in_bulk([row.pk for row in rows])
    found = []
    for row in rows:
        other = there.get(row.pk)
        if other is None:
            found.append(f"{model._meta.db_table} {row.pk} is missing there.")
            continue
        names = [
            field.column
            for field in model._meta.local_concrete_fields
            if plain(getattr(row, field.attname)) != plain(getattr(other, field.attname))
        ]
        if names:
            found.append(f"{model._meta.db_table} {row.pk} differs there in: {', '.join(names)}.")
    return found


def plain(value):
    """Return a value so that equal means the same: in JSON, 1 is neither 1.0 nor true."""
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return bytes(value) if isinstance(value, memoryview) else value
