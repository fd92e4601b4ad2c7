"""All rows of a database as they are: read in batches, written with their numbers, and compared column by column."""

import json

from django.apps import apps as current
from django.core.management.color import no_style
from django.db import DatabaseError, connections, transaction
from django.db.models.sql import InsertQuery

from articles import finding
from articles.models import Entry

AT_ONCE = 200  # rows; a version of an article can have a megabyte
# What the migrations of an empty site write by themselves, and tables of no model
FIRST_ROWS = {
    *("auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "articles_sitestatement"),
}
OWN_TABLES = ("django_migrations", "articles_stems")


class NotStored(Exception):
    """A row can't be stored: its argument is a sentence that names it and says why."""


def one_line(error):
    return " ".join(str(error).split())


def tables(apps=current):
    """Return the models of all tables, also of those that stand between two others."""
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def rows_of(model, using):
    return model._base_manager.using(using).order_by("pk")


def batches(model, using):
    """Yield the rows of a table in the order of their keys, as (how many so far, some rows)."""
    number, rows = 0, list(rows_of(model, using)[:AT_ONCE])
    while rows:
        number += len(rows)
        yield number, rows
        rows = list(rows_of(model, using).filter(pk__gt=rows[-1].pk)[:AT_ONCE])


def has_rows(name, using):
    """Return whether there is anything in the table of this name."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608  a name of ours
        return cursor.fetchone() is not None


# Writing


def clear(models, using):
    """Delete all rows of some tables, in a transaction."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608  a name of ours


def insert(model, rows, using):
    """Write rows as they are; where the database refuses one, say which (NotStored)."""
    try:
        with transaction.atomic(using=using):
            write(model, rows, using)
    except (DatabaseError, ValueError) as error:
        if len(rows) == 1:
            words = f"{model._meta.db_table} {rows[0].pk} can't be stored there: {one_line(error)}"
            raise NotStored(words) from error
        for row in rows:
            insert(model, [row], using)


def write(model, rows, using):
    fields = model._meta.local_concrete_fields
    most = connections[using].ops.bulk_batch_size(fields, rows)
    for start in range(0, len(rows), most):
        query = InsertQuery(model)
        query.insert_values(fields, rows[start : start + most], raw=True)  # raw: no time of saving becomes now
        query.get_compiler(using=using).execute_sql()


def count_on(models, using):
    """Let the database number new rows after those that it has."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def write_stems(using):
    """Write anew what the search compares, which no model has."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM articles_stems")
    for _number, entries in batches(Entry, using):
        finding.write_stems(entries, using)


# Comparing


def differences(model, rows, using):
    """Return what differs between some rows and those of the same keys in a database, as sentences."""
    there = rows_of(model, using).in_bulk([row.pk for row in rows])
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
