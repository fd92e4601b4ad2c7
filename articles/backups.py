"""Backups: all rows of one moment with all files that they name, in one file, checked before older ones go.

Rows are read in one snapshot, then files are copied. A file of the storage never changes and is deleted only where no
row names it, and not while a backup is made (`alone`); so each file that these rows name is there to be copied.
"""

import base64
import contextlib
import json
import logging
import os
import re
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from articles import all_rows, backup_file, library, pausing, pictures
from articles.archive import snapshot
from articles.backup_file import HEAD, KEY, MEDIA, ROWS, Damaged
from articles.schema import Level

logger = logging.getLogger(__name__)
# Rows that leave the site with no backup: whoever has the key of a session is signed in, and those of windows, which
# the site forgets within hours, tie a vote to a network.
LEFT_OUT = {"articles_window", "articles_remembered", "articles_session", "django_session"}
FULL = 1 << 20  # bytes after which rows go on in another member
EVERY = 5  # seconds between two lines of progress
SETTLED = 1  # second without a change after which a file is taken to be whole
FORM = "%Y-%m-%dT%H%M%SZ"
MADE_HERE = re.compile(r"cramps-(?P<time>\d{4}-\d\d-\d\dT\d{6}Z)(?P<label>(-before-[a-z]+)?)\.backup")
KEEP = (7, 4, 3)  # days, weeks, months: older ones would keep whose vote was whose long after the site forgot it
KEEP_LABELLED = 5


class NotMade(Exception):
    """No backup was made: its argument is a sentence that says why."""


def folder():
    """Return where the site puts those backups that it makes by itself."""
    return settings.DATA_DIR / "backups"


def make(path, *, label="", keep=KEEP):
    """Write a backup to a path, check it, thin out older ones beside it, and yield lines of progress.

    A folder gets a file named by the time and `label`; of those with the same label older ones are thinned out, unless
    `keep` is None. A file that is there is replaced if it is a backup. Raises NotMade, which leaves all as it was.
    """
    now = timezone.now().astimezone(UTC).replace(microsecond=0)
    target = Path(path)
    try:
        target, is_named = place(path, f"cramps-{now.strftime(FORM)}{label}.backup", is_folder=bool(label))
        part = target.with_name(f".{target.name}.part")
        with alone(), writing_to(part) as file:
            remove_parts(target.parent)
            yield from write(file, now)
            file.flush()
            os.fsync(file.fileno())
            yield "Written. Reading it again…"
            head, files = yield from check(file)
            put_in_place(part, target)
    except OSError as error:
        raise NotMade(f"“{target}” could not be made: {error.strerror or error}.") from error
    except Damaged as error:
        raise NotMade(f"What was written to “{target}” can't be read again. {error}") from error
    except pausing.Busy as error:
        raise NotMade(*error.args) from error
    keep_last(now, target)
    rows = sum(said["rows"] for said in head["tables"].values())
    how = "encrypted, checked" if settings.BACKUP_KEY else "checked"
    yield f"{target}: {rows:,} rows, {len(files):,} files, {in_mb(target.stat().st_size)}, {how}."
    if is_named and keep:
        yield from thin_out(target.parent, label, keep)


def last():
    """Return when the newest backup was made that this machine knows to be good, or None."""
    try:
        return datetime.fromisoformat(json.loads(record().read_text())["made_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record():
    return settings.DATA_DIR / "last_backup.json"


def keep_last(made_at, target):
    new = record().with_suffix(".new")
    try:
        new.write_text(json.dumps({"made_at": made_at.isoformat(), "path": str(target)}))
        new.replace(record())
    except OSError as error:
        logger.error("The time of the backup could not be kept: %s", error)


def alone(patience=10):
    """Let nobody else make a backup, or delete files of pictures, until the end of a block; or raise pausing.Busy."""
    return pausing.alone("backup.lock", patience, "Another backup is being made, or unused pictures are deleted.")


def in_mb(size):
    return f"{size / 1e6:,.1f} MB"


# Where


def place(path, name, is_folder):
    """Return (the file to write for a path, whether it is named here); raise NotMade where it can't be."""
    path = Path(path).absolute()
    if path == folder() and not path.exists():
        path.mkdir(mode=0o700)
    is_folder = is_folder or path.is_dir()
    target = path / name if is_folder else path
    if Path(settings.MEDIA_ROOT).resolve() in target.resolve().parents:
        raise NotMade(f"“{path}” is where pictures are. Choose another folder.")
    if not target.parent.is_dir():
        raise NotMade(f"There is no folder “{target.parent}”. Make it first.")
    if target.exists() and not is_backup(target):
        raise NotMade(f"“{path}” is something else than a backup. Choose another name.")
    return target, is_folder


def is_backup(path):
    """Return whether a file begins as a backup does."""
    try:
        with path.open("rb") as file:
            start = file.read(len(backup_file.MAGIC))
    except OSError:
        return False
    return start == backup_file.MAGIC or start.startswith(backup_file.GZIP)


@contextlib.contextmanager
def writing_to(part):
    """Give a new file for its owner alone, which is gone at the end of the block unless it has another name by then."""
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as file:
            yield file
    finally:
        part.unlink(missing_ok=True)


def remove_parts(parent):
    """Remove what backups that were killed have left: parts that nobody has written to for a day."""
    for part in parent.glob(".cramps-*.backup.part"):
        if time.time() - part.stat().st_mtime > 86_400:
            part.unlink(missing_ok=True)


def put_in_place(part, target):
    """Give a file its name, so that it lasts through a power cut."""
    part.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Writing


class Pulse:
    """Says now and then that it is time for a line of progress."""

    def __init__(self):
        self.told = time.monotonic()

    def is_due(self):
        is_due = time.monotonic() - self.told >= EVERY
        if is_due:
            self.told = time.monotonic()
        return is_due


def write(file, now):
    """Write a whole backup into an open file, and yield lines of progress."""
    writer = backup_file.Writer(file, settings.BACKUP_KEY)
    with snapshot():
        level = Level(DEFAULT_DB_ALIAS)
        if level.is_none:
            raise NotMade("There is no site here yet.")
        if level.is_newer:
            raise NotMade("The database is of a newer version of the program. Back it up with that.")
        models = [model for model in level.models() if model._meta.db_table not in LEFT_OUT]
        writer.put(HEAD, head_of(models, level, now))
        yield from write_rows(writer, models)
        named = set() if level.is_older else files_named()
    if settings.BACKUP_KEY and (key := own_key()):
        writer.put(KEY, key)
    yield from write_files(writer, named)
    writer.finish()


def head_of(models, level, now):
    tables = {
        model._meta.db_table: {
            "columns": [field.column for field in model._meta.local_concrete_fields],
            "rows": all_rows.rows_of(model, DEFAULT_DB_ALIAS).count(),
        }
        for model in models
    }
    facts = {
        "format": backup_file.FORMAT,
        "version": backup_file.VERSION,
        "made_at": now.isoformat(),
        "site": settings.SITE_URL,
        "migrations": sorted(level.applied & level.all),
        "tables": tables,
    }
    return json.dumps(facts, indent=1).encode()


def write_rows(writer, models):
    """Write all rows, in members of about the same size."""
    pulse, number, total = Pulse(), 0, 0
    for model in models:
        lines = bytearray()
        for _so_far, rows in all_rows.batches(model, DEFAULT_DB_ALIAS):
            lines += b"".join(map(line_of, rows))
            total += len(rows)
            if len(lines) > FULL:
                number = put_rows(writer, model, lines, number)
                lines = bytearray()
            if pulse.is_due():
                yield f"{total:,} rows…"
        if lines:
            number = put_rows(writer, model, lines, number)


def put_rows(writer, model, lines, number):
    writer.put(f"{ROWS}{number + 1:06}-{model._meta.db_table}.jsonl", bytes(lines))
    return number + 1


def line_of(row):
    """Return a row as a line of JSON: a list in the order of its columns."""
    values = [getattr(row, field.attname) for field in row._meta.local_concrete_fields]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=as_json)
    return text.encode(errors="surrogatepass") + b"\n"


def as_json(value):
    """Return what JSON has no word for as text that the field of its column reads."""
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{value!r} can't be backed up")


def files_named():
    """Return the names of the files of pictures that rows name."""
    return {pictures.file_of(address) for address in library.known() if address.startswith(pictures.FOLDER)}


def own_key():
    """Return the secret key if the site made it by itself, else nothing: then its operator has it."""
    try:
        key = (settings.DATA_DIR / "secret_key").read_bytes()
    except FileNotFoundError:
        return b""
    return key if key.decode().strip() == settings.SECRET_KEY else b""


def write_files(writer, named):
    """Write all files of the storage, and yield lines of progress; `named` are those that rows name."""
    pulse, done, gone = Pulse(), 0, set(named)
    names = list(stored())
    for number, name in enumerate(names, start=1):
        if not backup_file.is_safe(name):
            yield f"Left out, for no backup can keep this name: {name!r}"
            continue
        wait_until_whole(name)
        try:
            file = default_storage.open(name)
        except FileNotFoundError:  # nothing named it, and somebody deleted it
            continue
        gone.discard(name)
        with file:
            for so_far in writer.put_pieces(MEDIA + name, file.size, file.chunks(backup_file.PIECE)):
                if pulse.is_due():
                    yield f"Files: {number:,} of {len(names):,}, {in_mb(done + so_far)}…"
            done += file.size
    if gone:
        some = ", ".join(sorted(gone)[:5])
        yield f"Pictures that the site names and whose files are missing: {len(gone):,} ({some})."


def stored(within=""):
    """Yield the names of all files in the storage, in order."""
    try:
        folders, names = default_storage.listdir(within)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{within}{name}"
    for name in sorted(folders):
        yield from stored(f"{within}{name}/")


def wait_until_whole(name):
    """Wait while a file of a folder may still be written; in a bucket all are whole."""
    with contextlib.suppress(NotImplementedError, FileNotFoundError):
        age = time.time() - os.stat(default_storage.path(name)).st_mtime
        if 0 <= age < SETTLED:
            time.sleep(SETTLED - age)


# Checking


def check(file):
    """Read a whole backup, yield lines of progress, and return (what it says that it is, {name of a file: its size}).

    Raises Damaged.
    """
    pulse, whole, head, numbers, files = Pulse(), os.fstat(file.fileno()).st_size, None, {}, {}
    for name, size, content in backup_file.members(file, settings.BACKUP_KEY):
        if name == HEAD:
            head = backup_file.read_head(content)
            numbers = dict.fromkeys(head["tables"], 0)
        elif name.startswith(ROWS):
            table = table_of(name)
            numbers[table] = numbers.get(table, 0) + sum(1 for _line in backup_file.lines_of(content))
        elif name.startswith(MEDIA):
            files[name.removeprefix(MEDIA)] = size
        if pulse.is_due():
            yield f"Checked: {100 * file.tell() // whole} %…"
    if numbers != {table: said["rows"] for table, said in head["tables"].items()}:
        raise backup_file.changed("rows are missing in it")
    return head, files


def table_of(name):
    return name.partition("-")[2].removesuffix(".jsonl")


# Thinning out


def kept(times, keep):
    """Return those of some times whose backups stay.

    These are all of the last day, and the newest of each of so many days, weeks and months, of those that have any.
    """
    stay = {moment for moment in times if max(times) - moment < timedelta(days=1)}
    spans = (datetime.date, lambda moment: moment.isocalendar()[:2], lambda moment: (moment.year, moment.month))
    for most, span in zip(keep, spans, strict=True):
        newest = {}
        for moment in sorted(times, reverse=True):
            newest.setdefault(span(moment), moment)
        stay.update(list(newest.values())[:most])
    return stay


def thin_out(parent, label, keep):
    """Remove those backups of a folder that the program named, with this label, and that newer ones stand in for."""
    found = {}
    for path in parent.iterdir():
        named = MADE_HERE.fullmatch(path.name)
        if named and named["label"] == label and path.is_file() and not path.is_symlink() and is_backup(path):
            found[datetime.strptime(named["time"], FORM).replace(tzinfo=UTC)] = path
    stay = sorted(found)[-KEEP_LABELLED:] if label else kept(found, keep)
    gone = found.keys() - stay
    try:
        for moment in gone:
            found[moment].unlink(missing_ok=True)
    except OSError as error:
        yield f"Older backups could not be removed: {error.strerror}."
        return
    if gone:
        yield f"Older backups removed: {len(gone)}."
