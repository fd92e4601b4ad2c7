"""What is killed, or loses its power, loses nothing that it acknowledged. `make soak` does more of this, and longer."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from bench import soak, storm
from bench.supervised import kill
from cramps_site.media import MediaStorage
from tests.desk_forms import FieldReader
from tests.running import ROOT, Data, Site, free_port, run
from tests.upgrading import copy_code, read, workers_of

WITHIN = 30  # seconds


def wait_until(is_so, what):
    deadline = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


# Killed processes


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_parts_of_a_busy_site_are_killed_and_nothing_is_lost(tmp_path, monkeypatch):
    """The crash program itself; then that it notices what is lost."""
    monkeypatch.setattr(soak, "CALM", (0.5, 1))
    random.seed(38)
    server = os.environ.get("DATABASE_URL", "")
    with soak.supervised(tmp_path, restart=0.1, DATABASE_URL=server).with_tables() as site:
        it = soak.soak(site, kills=3, minutes=1)
        assert it.faults == []
        assert it.kills.total() == 3
        assert all(editor.saves.acknowledged for editor in it.editors)
        assert any(editor.pictures for editor in it.editors)
        assert all(voter.book for voter in it.voters)
        site.shell(TAMPER.format(editor=it.editors[0].article, other=it.editors[1].article))
        it.check("after it was tampered with")
    lost = "\n".join(it.faults)
    assert "a vote of" in lost
    assert "the working copy is edit 0" in lost
    assert "rows of search are not what the text asks for" in lost
    assert "is published, and nothing says by whom" in lost


TAMPER = """
from articles.models import Article, Entry, Event, Vote
Vote.objects.order_by("-pk").first().delete()
Article.objects.filter(pk={editor}).update(title="Sore feet")
Entry.objects.filter(revision__article={other}).update(text="Another")
Event.objects.filter(article={other}, action="publish").delete()
"""


def test_workers_end_when_the_main_process_is_killed(tmp_path):
    """By hand, without systemd, nobody else ends them: they would keep the port and go on with old code."""
    with Site(tmp_path, CHORES="true").with_tables() as site:
        children = children_of(site)
        assert len(children) == 3  # with the clock
        kill([site.process.pid])
        site.process.wait(timeout=WITHIN)
        wait_until(lambda: not any(map(is_running, children)), "A worker goes on without its main process.")
        site.start()
        assert len(workers_of(site)) >= 2


def test_a_clock_that_was_killed_is_started_again(tmp_path):
    with Site(tmp_path, CHORES="true").with_tables() as site:
        first = clocks_of(site)
        assert len(first) == 1
        kill(first)
        wait_until(lambda: clocks_of(site) - first, "The clock was not started again.")


def children_of(site):
    """Return {pid: command line} of what the main process has started."""
    command = ["ps", "-wwo", "pid=,args=", "--ppid", str(site.process.pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {int(pid): line for pid, line in (row.split(None, 1) for row in shown.splitlines())}


def clocks_of(site):
    """Return the pids of the clocks that run. A worker has the clock's command in its own, too."""
    found = children_of(site).items()
    return {pid for pid, line in found if "clock.py" in line and "cramps_site.workers" not in line}


# Power cuts

HELPERS = "from tests.test_crashes import left, synced"


@pytest.fixture
def cut(tmp_path):
    """Return a site's data, and a function that runs code there and returns the data that a power cut left of it.

    Of each file there is what was synced last; the code calls `cut()`. Names of files are taken as kept.
    """
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits for the disk by its own default, synchronous_commit = on")
    compiler = shutil.which("cc") or pytest.skip("A power cut is tried with a C compiler: sudo apt-get install gcc")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", tmp_path / "power_cut.so", ROOT / "tests" / "power_cut.c", "-ldl"],
        check=True,
    )
    for name in ("data", "disk", "left"):
        (tmp_path / name).mkdir()
    preload = {"LD_PRELOAD": tmp_path / "power_cut.so", "DISK": tmp_path / "disk"}

    def run(code):
        with Data(tmp_path / "data", **preload, DATABASE_URL="").with_tables() as site:
            paths = ", ".join(repr(str(tmp_path / name)) for name in ("data", "disk", "left"))
            site.shell(
                f"from tests.test_crashes import synced, left\ncut = lambda: left({paths})\nsynced({paths})\n{code}"
            )
        return Data(tmp_path / "left", DATABASE_URL="")

    return run


def synced(data, disk, left):
    """Take all files that there are as synced."""
    for path in Path(data).rglob("*"):
        if path.is_file():
            shutil.copy(path, Path(disk, str(path.stat().st_ino)))


def left(data, disk, left):
    """Copy what was synced of the files that there are."""
    for path in Path(data).rglob("*"):
        copy = Path(left, path.relative_to(data))
        on_disk = Path(disk, str(path.stat().st_ino))
        if path.is_dir():
            copy.mkdir(exist_ok=True)
        elif on_disk.exists() and not path.name.endswith("-shm"):
            shutil.copy(on_disk, copy)


PUBLISH = """
from io import BytesIO
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from articles import pictures, publishing
from tests.factories import make_article
content = BytesIO()
Image.new("RGB", (900, 300), "teal").save(content, "PNG")
address = pictures.store(SimpleUploadedFile("leg.png", content.getvalue()))
article = make_article(sections=[f"![A leg.]({address})"])
"""
SAVE = """
article.title = "Sorer feet"
article.save()
publishing.record(article, by=None)
"""
VOTE = """
from articles import rating
for number in range(3):
    rating.cast(article.pk, article.revisions.get().pk, 4, token="", address="192.0.2.1", browser=str(number))
"""


def test_a_publication_and_its_pictures_outlive_a_power_cut(cut):
    with cut(f"{PUBLISH}\ncut()") as site:
        assert site.ask("m.Revision.objects.published().get().title") == "Sore feet"
        faults = "list(__import__('bench.verdict').verdict.faults_of(m.Article.objects.get(), True))"
        assert site.ask(faults) == "[]"
        assert len(list((site.data / "media" / "images").iterdir())) == 3  # in three widths


def test_a_save_outlives_a_power_cut(cut):
    with cut(f"{PUBLISH}{SAVE}\ncut()") as site:
        assert site.ask("m.Article.objects.get().title") == "Sorer feet"


def test_the_last_votes_do_not_outlive_a_power_cut_and_all_else_does(cut):
    """As the docs say. It shows too that these tests can fail: what is not synced is gone."""
    with cut(f"{PUBLISH}{VOTE}\ncut()") as site:
        assert site.ask("m.Vote.objects.count(), m.Revision.objects.published().count()") == "0 1"
        with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_votes_before_a_publication_outlive_a_power_cut_with_it(cut):
    with cut(f"{PUBLISH}{VOTE}{SAVE}\ncut()") as site:
        assert site.ask("m.Vote.objects.count()") == "3"


# Files of pictures


def test_a_picture_that_could_not_be_written_whole_leaves_no_file(tmp_path, monkeypatch):
    def fails(handle):
        raise OSError(28, "No space left on device")

    storage = MediaStorage(location=tmp_path)
    monkeypatch.setattr("cramps_site.media.os.fsync", fails)
    with pytest.raises(OSError, match="No space"):
        storage.save("images/a.webp", ContentFile(b"a"))
    assert list((tmp_path / "images").iterdir()) == []


def test_a_picture_takes_the_place_of_no_other(tmp_path, monkeypatch):
    storage = MediaStorage(location=tmp_path)
    (tmp_path / "images").mkdir()
    monkeypatch.setattr(storage, "get_available_name", lambda name, max_length=None: name + "x")
    assert storage.save("images/a.webp", ContentFile(b"a")) == "images/a.webpx"
    (tmp_path / "images" / "b.webpx").write_bytes(b"of somebody who was quicker")
    assert storage.save("images/b.webp", ContentFile(b"b")) == "images/b.webpxx"
    assert (tmp_path / "images" / "b.webpx").read_bytes() == b"of somebody who was quicker"


# Disks


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"A full disk is tried where a disk can be mounted, as root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_keeps_nobody_from_reading_and_it_recovers_by_itself(small_disk):
    with Site(small_disk, DATABASE_URL="").with_tables() as site:
        [[pk, slug]] = soak.within(site, "made", 1)
        cookies, filler = soak.sign_in(site), small_disk / "filler"
        editor = storm.Editor(site, "editor", pk, cookies)
        reader, voter = storm.Reader(site, "reader", editor, slug), storm.Voter(site, "voter")
        editor.step()
        reader.step()
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while file.write(b"0" * 4096):
                pass
        for _ in range(3):
            reader.step()
        status, _headers, text = voter.ask("POST", "/rate/1/", "value=4", User_Agent="full", **storm.FORM)
        assert (status, b"could not keep" in text) == (503, True)
        _status, form = editor.get(editor.change)
        editor.fields = FieldReader(form.decode()).fields
        editor.fields["sections-0-body"] = ["Written on a full disk. " * 1500]
        assert editor.post(editor.change, editor.fields, "save") == 503
        assert "Your text is still here" in editor.text
        again = FieldReader(editor.text).fields
        assert again["sections-0-body"] == editor.fields["sections-0-body"]
        with pytest.raises(storm.Wrong, match="a picture was answered 400"):
            editor.upload()
        filler.unlink()
        assert editor.post(editor.change, again, "save") == 302
        voter.step()
        assert voter.book
        assert not set(reader.count) - {("GET", 200)}


def test_a_disk_that_can_only_be_read_is_told_in_a_sentence(small_disk):
    with Data(small_disk, DATABASE_URL="").with_tables() as site:
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        result = site.manage("serve")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert f"DATA_DIR {small_disk} can't be written to." in line


# Migrations

BROKEN = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("articles", "{before}")]
    operations = [migrations.RunSQL("CREATE TABLE half (number integer)"), migrations.RunSQL("CREATE TABLE")]
"""


def test_a_migration_that_fails_leaves_nothing_and_is_told_and_the_old_code_goes_on(tmp_path):
    for name in ("code", "data"):
        (tmp_path / name).mkdir()
    with Site(tmp_path / "data", root=copy_code(tmp_path / "code")).with_tables() as site:
        migrations = site.root / "articles" / "migrations"
        before = max(path.stem for path in migrations.glob("[0-9]*.py"))
        (migrations / "9001_broken.py").write_text(BROKEN.format(before=before))
        assert site.manage("migrate", "--no-input").returncode != 0  # where the unit's reload ends
        assert "Muscle leg cramps" in read(f"{site.url}/articles/muscle-leg-cramps/")
        # `serve` asks for the port first.
        result = run("serve", root=site.root, **site.environment | {"PORT": free_port()})
        assert result.returncode == 78
        assert "The database could not be brought up to date:" in result.stderr
        assert "Go back to the version that ran before" in result.stderr
        tables = "__import__('django.db').db.connection.introspection.table_names()"
        assert "'half'" not in site.ask(tables)
        (migrations / "9001_broken.py").unlink()
        assert site.manage("migrate", "--no-input").returncode == 0
