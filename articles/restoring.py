"""A site made again from a backup (articles/backups.py), in place of an empty one or of one that runs.

The file is checked as a whole before anything is changed. Files come first, then all rows in one transaction, compared
with those of the backup before it ends; so whatever ends a restore leaves the site as it was, but perhaps for files
that nothing shows. Rows of an earlier version are brought up to date before, in a database of their own.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from articles import all_rows, backup_file, backups, editions, moving, pausing
from articles.backup_file import KEY, MEDIA, ROWS, Damaged
from articles.backups import LEFT_OUT, Pulse
from articles.models import Edition
from articles.schema import Level

HERE = DEFAULT_DB_ALIAS
SHOWN = 20  # differences
UPGRADE = ".upgrade-"  # begins the name of a folder
IN_MEMORY = 2_000_000  # bytes of a file; longer ones wait on disk until they are whole


class NotRestored(Exception):
    """Nothing was restored: its arguments are sentences that say why."""


class NotFinished(Exception):
    """All was restored, but what follows was not done: its argument is a sentence that says what to do."""


def restore(path, *, replace=False, dry_run=False):
    """Put what a backup has in place of what is here, and yield lines of progress.

    A site that has rows is replaced with `replace` alone, after a backup of it. A dry run changes nothing and says what
    would be done. Raises NotRestored or NotFinished.
    """
    try:
        with open(path, "rb") as file:
            head, files = yield from backups.check(file)
            level = Level(HERE, head["migrations"])
            check_level(head, level)
            yield from describe(head, files, level)
            if not dry_run:
                yield from put(file, head, files, level, replace)
    except OSError as error:
        raise NotRestored(f"“{error.filename or path}”: {error.strerror or error}.") from error
    except DatabaseError as error:
        raise NotRestored(all_rows.one_line(error)) from error
    except (Damaged, all_rows.NotStored, backups.NotMade, pausing.Busy, moving.NotMoved) as error:
        raise NotRestored(*error.args) from error


# What it is, and what is here


def check_level(head, level):
    """Refuse a backup of tables that this program does not know."""
    if level.is_newer:
        raise NotRestored("It was made by a newer version of the program. Install that, then restore.")
    if level.is_none:
        raise NotRestored("It is no backup of a site like this one.")
    known = {model._meta.db_table: model for model in level.models() if model._meta.db_table not in LEFT_OUT}
    for table, said in head["tables"].items():
        if table in LEFT_OUT:  # of a version that did not leave it out
            continue
        columns = sorted(field.column for field in known[table]._meta.local_concrete_fields) if table in known else []
        if sorted(said["columns"]) != columns:
            raise NotRestored(f"It has a table “{table}” that is not as this version of the program knows it.")
    if missing := known.keys() - head["tables"].keys():
        raise NotRestored(f"It lacks the table “{min(missing)}”.")


def describe(head, files, level):
    """Yield what a backup is and what it would change here; refuse files for which the disk has no room."""
    rows = sum(said["rows"] for said in head["tables"].values())
    yield f"A backup of {head['site']}, made {head['made_at']}: {rows:,} rows, {len(files):,} files. It is whole."
    missing = {name: size for name, size in files.items() if not default_storage.exists(name)}
    size, free = sum(missing.values()), shutil.disk_usage(settings.DATA_DIR).free
    if missing:
        yield f"Files that are not here: {len(missing):,}, {backups.in_mb(size)}."
    if size > free and "OPTIONS" not in settings.MEDIA:  # no bucket
        raise NotRestored(f"The disk has room for {backups.in_mb(free)}. Make room first.")
    if level.is_older:
        yield "It is of an earlier version of the program, and will be brought up to date."
    here = Level(HERE)
    if here.is_empty():
        yield "There is no site here yet."
        return
    names = set(connection.introspection.table_names())
    for table, said in sorted(head["tables"].items()):
        number = count(table) if table in names else 0
        if number != said["rows"]:
            yield f"{table}: {number:,} rows here, {said['rows']:,} in the backup."


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  a name of ours
        return cursor.fetchone()[0]


# Restoring


def put(file, head, files, level, replace):
    """Put a checked backup in place of what is here."""
    here = Level(HERE)
    was_empty = here.is_empty()
    if not was_empty and not replace:
        raise NotRestored(
            "There is a site here. To put the backup in its place, add --replace; a backup of it is made."
        )
    if here.is_newer:
        raise NotRestored("The database here is of a newer version of the program.")
    if here.is_older and not was_empty:
        raise NotRestored("The site's database is of an earlier version. Start the site once, then restore.")
    with ExitStack() as stack:
        if level.is_older:
            yield "Bringing its rows up to date…"
            stack.enter_context(upgraded(file))
        yield "Waiting for what is being written…"
        stack.enter_context(pausing.paused())
        yield "Nothing is written from now on; readers go on reading."
        if was_empty:
            call_command("migrate", verbosity=0, no_backup=True)
        else:
            yield from backups.make(backups.folder(), label="-before-restore")
        stack.enter_context(backups.alone())  # so that no file goes that rows will name
        new = []
        try:
            yield from put_files(file, files, new)
            yield from put_rows(file, head, level, new)
        except BaseException:
            take_back(new)
            raise
        try:
            yield from finish(file, level)
        except (OSError, DatabaseError, KeyboardInterrupt) as error:
            words = f"All rows and files are restored, but then it ended: {str(error) or 'interrupted'}."
            raise NotFinished(f"{words} Run `manage.py reindex` and restart the site.") from error
    yield "Restored: each row and each file is as in the backup. Start the site anew, or restart it."


def finish(file, level):
    """Let readers see what was restored, put the key in place, and make what an earlier version had not."""
    editions.begin()
    yield from put_key(file)
    if level.is_older:
        call_command("migrate", verbosity=0)  # permissions for what is new
        call_command("reindex", missing=True, verbosity=0)


def read(file):
    return backup_file.members(file, settings.BACKUP_KEY)


# Its files


def put_files(file, files, new):
    """Put each file into the storage that is not there as it was, note which are new, and read all again."""
    pulse, done, whole = Pulse(), 0, backups.in_mb(sum(files.values()))
    for name, size, content in read(file):
        if name.startswith(MEDIA):
            put_file(name.removeprefix(MEDIA), content, new)
            done += size
            if pulse.is_due():
                yield f"Files: {backups.in_mb(done)} of {whole}…"


def put_file(name, content, new):
    """Put a file into the storage unless it is there already, and compare what is there then."""
    with SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR) as whole:
        shutil.copyfileobj(content, whole)
        wanted = digest_of(whole)
        try:
            with default_storage.open(name) as there:
                if digest_of(there) == wanted:
                    return
            default_storage.delete(name)  # its name is of that content alone, so it was damaged
        except FileNotFoundError:
            new.append(name)
        whole.seek(0)
        stored = default_storage.save(name, File(whole, name))
        with default_storage.open(stored) as there:
            if stored != name or digest_of(there) != wanted:
                raise NotRestored(f"The storage does not keep “{name}” as it was.")


def digest_of(file):
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(backup_file.PIECE):
        digest.update(piece)
    return digest.digest()


def take_back(names):
    for name in names:
        default_storage.delete(name)


def put_key(file):
    """Put the secret key of the backup, where it has one, in place of the one that the site made."""
    own = backups.own_key()
    for name, _size, content in read(file):
        if name.startswith(MEDIA):
            return  # it stands before files
        if name == KEY and own and (key := content.read()) != own:
            path = settings.DATA_DIR / "secret_key"
            new = path.with_suffix(".new")
            new.touch(0o600)
            new.write_bytes(key)
            new.replace(path)
            yield "The secret key is that of the backup, so links of its time are valid again."


# Its rows


def put_rows(file, head, level, new):
    """Put all rows of a backup in place of those here, in one transaction, and compare them before it ends."""
    models = [model for model in all_rows.tables() if model._meta.db_table not in LEFT_OUT]

    def source():
        return upgraded_rows(models) if level.is_older else rows_in(file, head, models)

    with transaction.atomic():
        transaction.on_commit(new.clear)  # from then on rows name them
        edition = Edition.objects.filter(pk=1).first()
        all_rows.clear(models, HERE)
        yield from load(source())
        connection.check_constraints()
        all_rows.write_stems(HERE)
        yield "All rows are here. Comparing each…"
        yield from compare(source(), models)
        begin_edition(edition)
        # Last, for numbers don't go back when the transaction does.
        all_rows.count_on(models, HERE)


def load(source):
    pulse, total = Pulse(), 0
    for model, rows in source:
        all_rows.insert(model, rows, HERE)
        total += len(rows)
        if pulse.is_due():
            yield f"{total:,} rows…"


def compare(source, models):
    """Compare the rows here with those of a source; raise NotRestored with what differs."""
    numbers, found = dict.fromkeys(models, 0), []
    for model, rows in source:
        numbers[model] += len(rows)
        found += all_rows.differences(model, rows, HERE)
    for model, number in numbers.items():
        if (here := all_rows.rows_of(model, HERE).count()) != number:
            found.append(f"{model._meta.db_table} has {number} rows in the backup and {here} here.")
    if found:
        raise NotRestored("What was restored differs, so it was taken back.", *found[:SHOWN])
    yield f"{sum(numbers.values()):,} rows of {len(models)} tables are the same in each column."


def begin_edition(before):
    """Let the edition be one that no cache has seen, neither of the site that was here nor of the backup's."""
    row, _created = Edition.objects.get_or_create(pk=1)
    row.number, row.purged = max(row.number, before.number if before else 0) + 1, 0
    row.save()


def rows_in(file, head, models):
    """Yield the rows of a backup as (model, some rows), in the order in which it has them; raise Damaged."""
    known = {model._meta.db_table: model for model in models}
    for name, _size, content in read(file):
        if name.startswith(ROWS):
            table = backups.table_of(name)
            if table not in known:
                continue
            yield from rows_of(known[table], head["tables"][table]["columns"], content)
        elif name.startswith(MEDIA):
            return  # rows stand before files


def rows_of(model, columns, content):
    fields = {field.column: field for field in model._meta.local_concrete_fields}
    fields = [fields[column] for column in columns]
    rows = []
    for line in backup_file.lines_of(content):
        rows.append(row_of(model, fields, line))
        if len(rows) == all_rows.AT_ONCE:
            yield model, rows
            rows = []
    if rows:
        yield model, rows


def row_of(model, fields, line):
    """Return a line of a backup as a row of a model."""
    try:
        pairs = zip(fields, json.loads(line), strict=True)
        values = {field.attname: value_of(field, value) for field, value in pairs}
        # Given all fields, Django takes them in the order of the model, which another version may have otherwise.
        names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
        return model.from_db(HERE, names, [values[name] for name in names])
    except (ValueError, TypeError, ValidationError, RecursionError) as error:
        words = f"a row of “{model._meta.db_table}” can't be read: {all_rows.one_line(error)[:200]}"
        raise backup_file.changed(words) from error


def value_of(field, value):
    """Return a value of JSON as a field has it."""
    value = None if value is None else field.to_python(value)
    return bytes(value) if isinstance(value, memoryview) else value


# Rows of an earlier version


@contextmanager
def upgraded(file):
    """Open a database with the rows of a backup brought up to date, and remove it afterwards.

    A program of its own makes it: migrations that fill tables ask for *the* database, and that is this one there.
    """
    for old in settings.DATA_DIR.glob(f"{UPGRADE}*"):
        if time.time() - old.stat().st_mtime > 86_400:  # one that was killed has left it
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=UPGRADE, dir=settings.DATA_DIR) as folder:
        address = f"sqlite:///{folder}/db.sqlite3"
        own = {"DATABASE_URL": address, "DATA_DIR": folder}
        own |= {"SECRET_KEY": settings.SECRET_KEY, "BACKUP_KEY": settings.BACKUP_KEY}
        done = subprocess.run(  # noqa: S603  this program
            [sys.executable, "manage.py", "restore", f"/proc/self/fd/{file.fileno()}", "--stage"],
            cwd=settings.BASE_DIR,
            env=os.environ | own,
            pass_fds=[file.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotRestored(f"Its rows could not be brought up to date: {done.stderr.strip()[-1000:]}")
        moving.connect(address)
        try:
            yield
        finally:
            moving.disconnect()


def upgraded_rows(models):
    for model in models:
        for _number, rows in all_rows.batches(model, moving.THERE):
            yield model, rows


def stage(path):
    """Fill an empty database with the rows of a backup, then bring it up to date."""
    fill(path)
    call_command("migrate", verbosity=0, no_backup=True)


def fill(path):
    """Give an empty database the tables that a backup is of, with all of its rows."""
    with Path(path).open("rb") as file:
        head = backup_file.read_head(next(read(file))[2])
        level = Level(HERE, head["migrations"])
        check_level(head, level)
        MigrationExecutor(connection).migrate(level.targets)
        everything = level.models()
        models = [model for model in everything if model._meta.db_table not in LEFT_OUT]
        with transaction.atomic():
            all_rows.clear(everything, HERE)
            for _line in load(rows_in(file, head, models)):
                pass
            connection.check_constraints()
            all_rows.count_on(models, HERE)
