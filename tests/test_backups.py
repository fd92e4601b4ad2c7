"""Backups: of one moment, whole or not there at all, and thinned out only when there is a newer one."""

import errno
import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction

from articles import backup_file, backups, library, pausing
from articles.backups import NotMade
from articles.models import Picture, Term, Topic
from tests.archived_site import make_site, uploaded
from tests.running import Data, run

KEY = "a passphrase that is long"
NAME = r"cramps-\d{4}-\d\d-\d\dT\d{6}Z\.backup"


@pytest.fixture(autouse=True)
def quick_files(monkeypatch):
    monkeypatch.setattr(backups, "SETTLED", 0)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "to"
    made.mkdir()
    return made


def make(path, **options):
    return list(backups.make(path, **options))


def read(path, key=""):
    with open(path, "rb") as file:
        return {name: content.read() for name, _size, content in backup_file.members(file, key)}


def rows(content, table):
    """Return the rows of a table of a backup as dicts."""
    columns = json.loads(content[backup_file.HEAD])["tables"][table]["columns"]
    parts = [text for name, text in content.items() if name.endswith(f"-{table}.jsonl")]
    return [dict(zip(columns, json.loads(line), strict=True)) for text in parts for line in text.decode().splitlines()]


# What is in it


def test_it_has_all_rows_but_what_must_not_leave_the_site_and_all_files(db, folder, client, admin_user):
    make_site()
    client.force_login(admin_user)
    lines = make(folder)
    [path] = folder.iterdir()
    content = read(path)
    head = json.loads(content[backup_file.HEAD])
    assert lines[-1].startswith(f"{path}: ")
    assert lines[-1].endswith("3 files, 0.0 MB, checked.")
    assert not {"django_session", "articles_window"} & head["tables"].keys()
    assert {"articles_vote", "auth_user", "articles_article_authors", "django_admin_log"} <= head["tables"].keys()
    assert len(rows(content, "articles_vote")) == 1
    assert sum(name.startswith("media/") for name in content) == 3
    assert backup_file.KEY not in content


@pytest.mark.parametrize("key", ["", KEY])
def test_the_secret_key_is_in_it_if_it_is_encrypted(db, folder, settings, key):
    (settings.DATA_DIR / "secret_key").write_text(f"{settings.SECRET_KEY}\n")
    settings.BACKUP_KEY = key
    make(folder / "x")
    content = read(folder / "x", key)
    assert content.get(backup_file.KEY) == (f"{settings.SECRET_KEY}\n".encode() if key else None)
    assert settings.SECRET_KEY.encode() not in (folder / "x").read_bytes()


def test_a_secret_key_of_the_environment_is_its_operators(db, folder, settings):
    (settings.DATA_DIR / "secret_key").write_text("an earlier one")
    settings.BACKUP_KEY = KEY
    make(folder / "x")
    assert backup_file.KEY not in read(folder / "x", KEY)


def test_files_that_are_missing_are_told_and_all_else_is_kept(db, folder):
    address = uploaded()
    Picture.objects.create(title="Gone", image=address)
    default_storage.delete(address.removeprefix("/media/"))
    lines = make(folder)
    assert f"Pictures that the site names and whose files are missing: 1 ({address[7:]})." in lines


def test_a_file_with_a_name_that_no_backup_can_keep_is_told(db, folder):
    (Path(default_storage.location) / "images").mkdir(parents=True)
    (Path(default_storage.location) / "images" / "a\\b").write_text("x")
    lines = make(folder / "x")
    assert lines[0].startswith("Left out, for no backup can keep this name: ")
    assert not any(name.startswith("media/") for name in read(folder / "x"))


def test_a_file_that_may_still_be_written_is_waited_for(db, folder, monkeypatch):
    monkeypatch.setattr(backups, "SETTLED", 1)
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    default_storage.save("images/young", ContentFile(b"x"))
    default_storage.save("images/old", ContentFile(b"x"))
    os.utime(default_storage.path("images/old"), (1, 1))
    make(folder)
    [wait] = waits
    assert 0 < wait <= 1


def test_progress_is_told_of_many_rows_and_large_files(db, folder, monkeypatch):
    monkeypatch.setattr(backups, "EVERY", 0)
    monkeypatch.setattr(backups, "FULL", 1000)
    monkeypatch.setattr(backup_file, "PIECE", 100_000)
    make_site()
    default_storage.save("images/large", ContentFile(os.urandom(450_000)))
    lines = make(folder)
    assert any(line.endswith(" rows…") for line in lines)
    large = [line for line in lines if line.startswith("Files: 4 of 4")]
    assert len(large) == 5
    assert large[-1] == "Files: 4 of 4, 0.5 MB…"
    assert any(line.startswith("Checked: ") for line in lines)


# Where it stands


def test_a_folder_gets_a_file_named_by_the_time_for_its_owner_alone(db, folder):
    make(folder)
    [path] = folder.iterdir()
    assert backups.MADE_HERE.fullmatch(path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_replaced_if_it_is_a_backup(db, folder):
    path = folder / "site.backup"
    make(path)
    Topic.objects.create(name="New", slug="new")
    make(path)
    assert "New" in {row["name"] for row in rows(read(path), "articles_topic")}
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("none/x", "There is no folder"),
        ("thesis.odt", "is something else than a backup. Choose another name."),
        ("media", "is where pictures are. Choose another folder."),
        ("media/images/x", "is where pictures are. Choose another folder."),
        ("link/x", "is where pictures are. Choose another folder."),
    ],
)
def test_places_where_it_can_not_stand_are_refused(db, tmp_path, where, words):
    (tmp_path / "media" / "images").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "media")
    (tmp_path / "thesis.odt").write_text("Years of work")
    with pytest.raises(NotMade, match=words):
        make(tmp_path / where)
    assert (tmp_path / "thesis.odt").read_text() == "Years of work"
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]


def test_the_command_says_what_went_wrong(db, tmp_path):
    with pytest.raises(CommandError, match=r"There is no folder .*\nNo backup was made, and none was removed\."):
        call_command("backup", str(tmp_path / "none" / "x"))


@pytest.mark.parametrize("keep", ["7", "7,4", "a,b,c", "-1,4,4", "7,4,12,1", ""])
def test_a_wrong_number_to_keep_is_told(db, folder, keep):
    with pytest.raises(CommandError, match="write three numbers"):
        call_command("backup", str(folder), f"--keep={keep}")


def test_a_folder_without_a_site_is_told(tmp_path):
    result = run("backup", tmp_path / "x", DATA_DIR=tmp_path, DATABASE_URL="")
    assert (result.returncode, result.stderr.splitlines()[0]) == (1, "CommandError: There is no site here yet.")
    assert not (tmp_path / "x").exists()


# What goes wrong


def full_disk(monkeypatch, after):
    """Let the disk be full when so many bytes of the backup are written."""
    write, written = backup_file.Sum.write, 0

    def limited(self, data):
        nonlocal written
        written += len(data)
        if written > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, data)

    monkeypatch.setattr(backup_file.Sum, "write", limited)


@pytest.mark.parametrize("after", [0, 2000])
def test_a_full_disk_leaves_nothing_behind_and_everything_that_was_there(db, folder, monkeypatch, after):
    make_site()
    make(folder / "site.backup")
    old = folder / "cramps-2020-01-01T000000Z.backup"
    old.write_bytes((folder / "site.backup").read_bytes())
    (folder / "cramps-2020-01-01T000001Z.backup").write_bytes(old.read_bytes())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    known = backups.last()
    full_disk(monkeypatch, after)
    for path in (folder, folder / "site.backup"):
        with pytest.raises(NotMade, match="could not be made: No space left on device"):
            make(path, keep=(1, 1, 1))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert backups.last() == known


def test_what_can_not_be_read_again_is_no_backup(db, folder, monkeypatch):
    finish = backup_file.Writer.finish

    def lie(writer):
        finish(writer)
        writer.outer.flush()
        writer.outer.seek(-200, os.SEEK_END)
        writer.outer.write(b"\1\2\3")

    monkeypatch.setattr(backup_file.Writer, "finish", lie)
    with pytest.raises(NotMade, match="can't be read again"):
        make(folder)
    assert not list(folder.iterdir())
    assert backups.last() is None


def test_parts_of_one_that_was_killed_go_a_day_later(db, folder):
    old, young = folder / ".cramps-1.backup.part", folder / ".cramps-2.backup.part"
    for path in (old, young):
        path.write_text("x")
    os.utime(old, (1, 1))
    make(folder)
    assert not old.exists()
    assert young.exists()


def test_two_at_once_are_one_too_many_and_no_picture_goes_meanwhile(db, folder, monkeypatch):
    monkeypatch.setattr(library, "WRITING", timedelta(0))
    image = uploaded().removeprefix("/media/")
    lines = backups.make(folder)
    next(lines)  # it is under way
    with pytest.raises(pausing.Busy, match="Another backup"), backups.alone(patience=0.1):
        pass
    with pytest.raises(OSError, match="a backup is being made"):
        library.delete_unused(by=None)
    assert default_storage.exists(image)
    list(lines)
    assert library.delete_unused(by=None) == 1


# Thinning out


def days(*numbers, start=datetime(2026, 11, 30, 3, tzinfo=UTC)):
    return [start - timedelta(days=number) for number in numbers]


@pytest.mark.parametrize(
    ("ages", "keep", "stay"),
    [
        ([], (7, 4, 3), []),
        ([0], (7, 4, 3), [0]),
        ([900], (7, 4, 3), [900]),
        ([0, 1, 2, 3], (2, 1, 1), [0, 1]),
        ([0, 0.1, 0.2, 0.9], (1, 0, 0), [0, 0.1, 0.2, 0.9]),  # nothing of the last day goes
        ([0, 1, 1.05, 1.1], (7, 4, 3), [0, 1]),
        ([0, 1], (0, 0, 0), [0]),
        (range(400), (7, 0, 0), range(7)),
        (range(400), (0, 4, 0), [0, 1, 8, 15]),  # 30 November 2026 is a Monday
        (range(400), (0, 0, 3), [0, 30, 61]),
        (range(400), (7, 4, 3), [*range(7), 8, 15, 30, 61]),
        ([0, 50, 51, 400], (2, 2, 9), [0, 50, 400]),
    ],
)
def test_what_stays(ages, keep, stay):
    assert backups.kept(days(*ages), keep) == set(days(*stay))


def test_only_backups_that_it_named_go_and_the_new_one_never(db, folder):
    make(folder / "own-name.backup")
    for name in ("2020-01-01T000000Z", "2020-01-01T000001Z", "2020-01-01T000000Z-before-upgrade"):
        (folder / f"cramps-{name}.backup").write_bytes((folder / "own-name.backup").read_bytes())
    (folder / "cramps-2020-01-01T000002Z.backup").write_text("a letter")
    (folder / "cramps-2020-01-01T000003Z.backup").symlink_to(folder / "own-name.backup")
    (folder / "notes.txt").write_text("x")
    before = {path.name for path in folder.iterdir()}
    make(folder, keep=None)
    assert before < {path.name for path in folder.iterdir()}
    lines = make(folder, keep=(9, 9, 9))
    assert lines[-1] == "Older backups removed: 1."
    assert before - {path.name for path in folder.iterdir()} == {"cramps-2020-01-01T000000Z.backup"}


def test_an_older_one_that_can_not_be_removed_is_told(db, folder, monkeypatch):
    make(folder / "cramps-2020-01-01T000000Z.backup")
    make(folder / "cramps-2020-01-01T000001Z.backup")
    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if path.name.startswith("cramps-2020"):
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert make(folder, keep=(1, 0, 0))[-1] == "Older backups could not be removed: Permission denied."


def test_of_those_before_an_upgrade_the_last_ones_stay(db, folder):
    for number in range(7):
        make(folder / f"cramps-2020-01-0{number + 1}T000000Z-before-upgrade.backup")
    make(folder, label="-before-upgrade")
    assert len(list(folder.iterdir())) == backups.KEEP_LABELLED


def test_the_last_good_one_is_known(db, folder):
    assert backups.last() is None
    make(folder)
    assert timedelta(0) <= datetime.now(UTC) - backups.last() < timedelta(minutes=5)
    for text in ("", "[]", "{}", '{"made_at": 5}', '{"made_at": "soon"}', "\xff"):
        backups.record().write_text(text, encoding="latin-1")
        assert backups.last() is None


# While the site is used


def write_until(stop):
    """Make a topic and a word at a time, and one picture after another, whose files go with it."""
    library.WRITING = timedelta(0)
    number = 0
    while not Path(stop).exists():
        number += 1
        with transaction.atomic():
            Topic.objects.create(name=f"{number}", slug=f"topic-{number}")
            Term.objects.create(term=f"word {number}", meaning="x")
        picture = Picture.objects.create(title=f"{number}", image=uploaded())
        Picture.objects.filter(pk__lt=picture.pk).delete()
        with suppress(OSError):
            library.delete_unused(by=None)
    return number


def test_it_is_of_one_moment_while_others_write(tmp_path):
    with Data(tmp_path).with_tables() as site, ThreadPoolExecutor(1) as pool:
        written = pool.submit(site.race, write_until, str(tmp_path / "stop"))
        try:
            for number in range(3):
                done = site.manage("backup", str(tmp_path / f"{number}.backup"))
                assert done.returncode == 0, done.stderr
                assert "missing" not in done.stdout
        finally:
            (tmp_path / "stop").touch()
        assert written.result(timeout=60) > 3
    for number in range(3):
        content = read(tmp_path / f"{number}.backup")
        topics = {row["slug"].removeprefix("topic-") for row in rows(content, "articles_topic")}
        terms = {row["term"].removeprefix("word ") for row in rows(content, "articles_term")}
        assert topics >= terms
        assert len(topics) - len(terms) <= 1  # that which every site has
        assert {f"media/{row['image'][7:]}" for row in rows(content, "articles_picture")} <= content.keys()
