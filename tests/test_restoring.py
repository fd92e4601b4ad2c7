"""A site restored: each row equal, each file byte for byte, or nothing changed; from earlier versions too."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import count, takewhile
from pathlib import Path
from threading import Event

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command

from articles import all_rows, backup_file, backups, pausing, restoring
from articles.models import Article, Edition, Topic, Vote
from articles.restoring import NotRestored
from tests import releases
from tests.archived_site import empty_site, make_site, uploaded
from tests.running import ROOT, Data, Site, run, whole
from tests.test_archive import tree
from tests.test_backups import read

KEY = "a passphrase that is long"


@pytest.fixture(autouse=True)
def quick_files(monkeypatch):
    monkeypatch.setattr(backups, "SETTLED", 0)


@pytest.fixture
def backup(db, tmp_path):
    """A backup of a site that has an article, a vote and three pictures."""
    make_few()
    list(backups.make(tmp_path / "site.backup"))
    return tmp_path / "site.backup"


def make_few():
    call_command("load_first_article")
    article = Article.objects.get()
    Vote.objects.create(pk=1, article=article, revision=article.revisions.get(), voter="x", value=5)
    for colour in ("red", "green", "blue"):
        uploaded(colour)


def restore(path, **options):
    return list(restoring.restore(path, **options))


def all_of():
    """Return all rows of the site but sessions and the edition, and all files."""
    tables = {
        model._meta.db_table: [
            [all_rows.plain(getattr(row, field.attname)) for field in model._meta.local_concrete_fields]
            for row in model._base_manager.order_by("pk")
        ]
        for model in all_rows.tables()
        if model is not Edition and model._meta.db_table not in backups.LEFT_OUT
    }
    return tables, tree(default_storage.location)


def change():
    """Let the site be another one."""
    empty_site()
    Topic.objects.create(name="Later", slug="later")
    for path in Path(default_storage.location).rglob("*.webp"):
        path.unlink()


# In place of what is here


def test_each_row_and_each_file_is_as_it_was(db, tmp_path, client):
    make_site()
    list(backups.make(backup := tmp_path / "site.backup"))
    before = all_of()
    assert sum(map(len, before[0].values())) > 300
    change()
    later = uploaded()
    lines = restore(backup, replace=True)
    assert lines[-1].startswith("Restored: each row and each file is as in the backup.")
    assert "Files that are not here: 3, 0.0 MB." in lines
    rows, files = all_of()
    assert rows == before[0]
    assert files.pop(later.removeprefix("/media/"))
    assert files == before[1]
    assert "<mark>" in client.get("/search/?q=calf").content.decode()
    assert client.get("/search/?q=later").status_code == 200
    assert Topic.objects.create(name="New", slug="new").pk not in {row[0] for row in before[0]["articles_topic"]}


def test_what_was_here_is_backed_up_before_and_comes_back(backup):
    change()
    before = all_of()
    restore(backup, replace=True)
    [own] = backups.folder().iterdir()
    assert own.name.endswith("-before-restore.backup")
    restore(own, replace=True)
    assert all_of()[0] == before[0]


def test_a_site_is_replaced_only_where_that_is_said(backup):
    change()
    before = all_of()
    with pytest.raises(NotRestored, match=r"There is a site here\. .* add --replace"):
        restore(backup)
    assert all_of() == before
    assert not pausing.is_paused()


def test_a_dry_run_says_what_would_be_and_changes_nothing(backup):
    change()
    before, files = all_of(), set(tree(backup.parent))
    edition = Edition.current()
    lines = restore(backup, dry_run=True)
    assert lines[0].startswith("A backup of http://127.0.0.1:8000, made 20")
    assert lines[0].endswith(" rows, 3 files. It is whole.")
    assert "Files that are not here: 3, 0.0 MB." in lines
    assert "articles_vote: 0 rows here, 1 in the backup." in lines
    assert all_of() == before
    assert set(tree(backup.parent)) == files
    assert Edition.current() == edition


def test_pages_that_caches_keep_are_of_another_edition(backup):
    Edition.objects.filter(pk=1).update(number=5000, purged=5000)
    restore(backup, replace=True)
    edition = Edition.objects.get()
    assert edition.number > 5000
    assert edition.purged < edition.number


def test_who_is_signed_in_stays_so(backup, client, editor):
    client.force_login(editor)
    keys = list(client.session.keys())
    restore(backup, replace=True)
    assert list(client.session.keys()) == keys


def test_a_file_that_was_damaged_here_is_as_in_the_backup_again(backup):
    before = all_of()[1]
    name = min(before)
    Path(default_storage.path(name)).write_bytes(b"damaged")
    restore(backup, replace=True)
    assert all_of()[1] == before


@pytest.mark.parametrize("key", ["", KEY])
def test_the_secret_key_comes_along_where_it_is_encrypted(db, tmp_path, settings, key):
    own = settings.DATA_DIR / "secret_key"
    own.write_text(settings.SECRET_KEY)
    settings.BACKUP_KEY = key
    list(backups.make(tmp_path / "x.backup"))
    own.write_text("another")
    key_then, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    lines = restore(tmp_path / "x.backup", replace=True)
    assert own.read_text() == (key_then if key else "another")
    assert any(line.startswith("The secret key is that of the backup") for line in lines) == bool(key)


def test_a_secret_key_of_the_environment_stays(db, tmp_path, settings):
    settings.BACKUP_KEY = KEY
    (settings.DATA_DIR / "secret_key").write_text(settings.SECRET_KEY)
    list(backups.make(tmp_path / "x.backup"))
    (settings.DATA_DIR / "secret_key").unlink()
    restore(tmp_path / "x.backup", replace=True)
    assert not (settings.DATA_DIR / "secret_key").exists()


# What is refused


def remade(path, changes):
    """Write a backup anew with what `changes` made of its members, and return its path."""
    content = read(path)
    changes(content)
    writer = backup_file.Writer(file := path.with_name("remade.backup").open("wb"))
    for name, text in content.items():
        writer.put(name, text)
    writer.finish()
    file.close()
    return path.with_name("remade.backup")


def with_head(change):
    def changes(content):
        head = json.loads(content[backup_file.HEAD])
        change(head)
        content[backup_file.HEAD] = json.dumps(head).encode()

    return changes


def with_rows(table, change):
    """Return a function that changes the first row of a table, given as a list."""

    def changes(content):
        [name] = [name for name in content if name.endswith(f"-{table}.jsonl")]
        first, _newline, others = content[name].partition(b"\n")
        row = change(json.loads(first))
        content[name] = (b"" if row is None else json.dumps(row).encode() + b"\n") + others

    return changes


def set_to(column, value):
    """Return a function that gives the first vote another value."""

    def change(row):
        row[[field.column for field in Vote._meta.local_concrete_fields].index(column)] = value
        return row

    return with_rows("articles_vote", change)


REFUSED = {
    "a newer version": (
        with_head(lambda head: head["migrations"].append(["articles", "9999_flying"])),
        "made by a newer version of the program",
    ),
    "nothing of ours": (with_head(lambda head: head.update(migrations=[])), "no backup of a site like this one"),
    "one table more": (
        with_head(lambda head: head["tables"].update(a_shop={"columns": ["id"], "rows": 0})),
        "a table “a_shop” that is not as this version",
    ),
    "no longer all rows": (
        with_head(lambda head: head["tables"]["articles_vote"].update(rows=2)),
        "rows are missing in it",
    ),
    "one table less": (
        lambda content: (
            with_head(lambda head: head["tables"].pop("articles_vote"))(content),
            [content.pop(name) for name in list(content) if "_vote" in name],
        ),
        "It lacks the table “articles_vote”",
    ),
    "another column": (
        with_head(lambda head: head["tables"]["articles_vote"]["columns"].append("more")),
        "“articles_vote” that is not as this version",
    ),
    "a row less": (with_rows("articles_vote", lambda row: None), "rows are missing in it"),
    "a value less": (with_rows("articles_vote", lambda row: row[1:]), "a row of “articles_vote” can't be read"),
    "no list": (with_rows("articles_vote", lambda row: 5), "a row of “articles_vote” can't be read"),
    "a word for a number": (set_to("value", "many"), "a row of “articles_vote” can't be read"),
    "no time": (set_to("created_at", "soon"), "a row of “articles_vote” can't be read"),
    "a list for a number": (set_to("value", [1]), "a row of “articles_vote” can't be read"),
    "nothing where something must be": (set_to("value", None), "articles_vote 1 can't be stored there"),
    "an article that there is not": (set_to("article_id", 999_999), "FOREIGN KEY|foreign key"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_backup_that_can_not_be_all_of_a_site_changes_nothing(db, tmp_path, name):
    changes, words = REFUSED[name]
    make_few()
    list(backups.make(tmp_path / "site.backup"))
    path = remade(tmp_path / "site.backup", changes)
    before = all_of()
    with pytest.raises(NotRestored, match=words):
        restore(path, replace=True)
    assert all_of() == before
    assert not pausing.is_paused()


@pytest.mark.parametrize("name", ["a letter", "half of it", "none", "a folder"])
def test_what_is_no_whole_backup_changes_nothing(backup, name):
    path = backup.with_name("other.backup")
    if name == "a folder":
        path.mkdir()
    elif name != "none":
        path.write_bytes(b"Dear all" if name == "a letter" else backup.read_bytes()[:-500])
    before = all_of()
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(path), "--replace")
    assert all_of() == before
    assert not backups.folder().exists()


def test_a_wrong_passphrase_changes_nothing(db, tmp_path, settings):
    settings.BACKUP_KEY = KEY
    list(backups.make(tmp_path / "x.backup"))
    for key, words in (("", "It is encrypted. Set BACKUP_KEY"), (f"{KEY}!", "It can't be decrypted")):
        settings.BACKUP_KEY = key
        with pytest.raises(NotRestored, match=words):
            restore(tmp_path / "x.backup", replace=True)


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("when", ["the backup before", "the second file", "no room"])
def test_a_full_disk_changes_nothing(backup, monkeypatch, when):
    change()
    before = all_of()
    if when == "the backup before":
        monkeypatch.setattr(backup_file.Sum, "write", full)
    elif when == "no room":
        monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    else:
        save, saved = FileSystemStorage.save, []

        def save_one(*args):
            saved.append(save(*args))
            return saved[-1] if len(saved) == 1 else full()

        monkeypatch.setattr(FileSystemStorage, "save", save_one)
    with pytest.raises(NotRestored, match=r"No space left on device|The disk has room for 0\.0 MB"):
        restore(backup, replace=True)
    assert all_of() == before


def test_what_differs_after_all_is_told_and_taken_back(backup, monkeypatch):
    write = all_rows.write

    def lie(model, rows, using):
        if model is Vote:
            rows[0].value = 1
        write(model, rows, using)

    monkeypatch.setattr(all_rows, "write", lie)
    change()
    before = all_of()
    with pytest.raises(NotRestored) as refused:
        restore(backup, replace=True)
    assert refused.value.args[0] == "What was restored differs, so it was taken back."
    assert refused.value.args[1].endswith(" differs there in: value.")
    assert all_of() == before


def test_what_goes_wrong_after_all_is_restored_is_told_as_such(backup, monkeypatch):
    before = all_of()
    change()
    monkeypatch.setattr(restoring.editions, "begin", full)
    with pytest.raises(
        CommandError, match=r"All rows and files are restored, but then it ended: .*No space left"
    ) as told:
        call_command("restore", str(backup), "--replace")
    assert "Nothing was changed" not in str(told.value)
    assert all_of() == before


def test_nothing_is_restored_while_something_is_written_all_the_time(backup, monkeypatch):
    monkeypatch.setattr(pausing.paused.__wrapped__, "__defaults__", (0.1,))
    with pausing.writing(), pytest.raises(NotRestored, match="Something is being written all the time"):
        restore(backup, replace=True)


# Sites of their own


def dumped(site):
    """Return all rows of a site as Django itself writes them, but sessions and the edition."""
    result = site.manage("dumpdata", "--exclude", "sessions", "--exclude", "articles.edition")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def full_site(tmp_path_factory):
    """A site with one of everything, and its backup."""
    with Data(tmp_path_factory.mktemp("full")).with_tables() as site:
        site.shell("from tests.archived_site import make_site; make_site()")
        done = site.manage("backup", str(site.data / "site.backup"))
        assert done.returncode == 0, done.stderr
        yield site, site.data / "site.backup"


def restored(site, path, *options):
    done = site.manage("restore", str(path), *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_empty_folder_becomes_the_site_on_either_database(full_site, tmp_path):
    site, path = full_site
    before = dumped(site)
    for number, database in enumerate([{}, {"DATABASE_URL": ""}]):
        (folder := tmp_path / str(number)).mkdir()
        with Data(folder, **database) as other:
            assert "There is no site here yet." in restored(other, path)
            assert dumped(other) == before
            assert tree(folder / "media") == tree(site.data / "media")
            again = other.manage("restore", str(path))
            assert (again.returncode, "add --replace" in again.stderr) == (1, True)


def restore_and_die(path):
    """Restore, and be killed when all rows are there and are compared."""
    for line in restoring.restore(path, replace=True):
        if line.startswith("All rows are here"):
            print(pausing.is_paused(), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def test_one_that_is_killed_changes_nothing(full_site, tmp_path):
    _site, path = full_site
    with Data(tmp_path).with_tables() as other:
        other.ask("m.Topic.objects.create(name='Here', slug='here')")
        before = dumped(other)
        code = f"from tests import test_restoring as t; t.restore_and_die({str(path)!r})"
        killed = other.manage("shell", "--verbosity", "0", "--command", code)
        assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "True\n"), killed.stderr
        assert dumped(other) == before
        restored(other, path, "--replace")
        assert other.ask("m.Topic.objects.filter(name='Here').exists()") == "False"


def read_until(site, is_over):
    """Read a page made anew and one that is kept, over and over; return each status and title seen."""
    seen = set()
    for number in takewhile(lambda number: not is_over.is_set() or number < 5, count()):
        for path in (f"/about/?{number}", "/articles/muscle-leg-cramps/"):
            with urllib.request.urlopen(site.url + path, timeout=10) as response:
                html = response.read().decode()
                seen.add((response.status, "Other cramps" in html))
    return seen


def test_readers_read_while_the_running_site_is_restored_and_see_it_at_once(tmp_path):
    with Site(tmp_path) as site:
        site.ask("m.Revision.objects.update(title='Muscle leg cramps')")
        done = site.manage("backup", str(tmp_path / "x.backup"))
        assert done.returncode == 0, done.stderr
        site.shell(
            "import articles.models as m; from articles import editions, finding\n"
            "m.Revision.objects.update(title='Other cramps'); editions.begin()"
        )
        page = f"{site.url}/articles/muscle-leg-cramps/"
        assert "Other cramps" in urllib.request.urlopen(page).read().decode()
        with ThreadPoolExecutor(1) as pool:
            is_over = Event()
            seen = pool.submit(read_until, site, is_over)
            restored(site, tmp_path / "x.backup", "--replace")
            assert "Other cramps" not in urllib.request.urlopen(page).read().decode()
            is_over.set()
            assert {status for status, _title in seen.result(timeout=60)} == {200}


# From earlier versions

CHECK = """
from django.test import Client
from articles.models import Article, Revision, Vote
client = Client(headers={"host": "127.0.0.1"})
for revision in Revision.objects.published():
    assert client.get(revision.article.get_absolute_url()).status_code == 200, revision
assert Revision.objects.published().exists() and Vote.objects.exists()
assert client.get("/search/?q=sit").status_code == 200
"""


@pytest.mark.parametrize("path", releases.released(), ids=lambda path: path.stem)
def test_each_released_version_is_brought_up_to_date(path, tmp_path):
    """By an upgrade, which makes a backup of the old rows first, and by a restore; both come to the same."""
    content = read(path)
    (tmp_path / "old").mkdir()
    with Data(tmp_path / "old") as site:
        site.shell(f"from articles import restoring; restoring.fill({str(path)!r})")
        done = site.manage("migrate", "--no-input")
        assert done.returncode == 0, done.stderr
        made = list((tmp_path / "old" / "backups").glob("*-before-upgrade.backup"))
        if "A backup before the upgrade:" in done.stdout:
            [own] = made
            assert rows_of(read(own)) == rows_of(content)
        else:
            assert not made
            assert "No migrations to apply" in done.stdout
        site.manage("reindex", "--missing")
        upgraded = dumped(site)
    (tmp_path / "new").mkdir()
    with Data(tmp_path / "new").with_tables() as site:
        site.ask("m.Topic.objects.create(name='Here', slug='here')")
        said = restored(site, path, "--replace")
        assert ("It is of an earlier version of the program" in said) == bool(made)
        site.shell(CHECK)
        assert site.ask("m.Topic.objects.filter(slug='here').exists()") == "False"
        assert written_in(dumped(site)) == written_in(upgraded)
        assert not list(site.data.glob(".upgrade-*"))
    assert_kept(content, upgraded)


def rows_of(content):
    """Return the rows of a backup by their tables and columns, whatever the order of these."""
    tables = json.loads(content[backup_file.HEAD])["tables"]
    found = {}
    for name, text in content.items():
        if name.startswith("rows/"):
            table = name.partition("-")[2].removesuffix(".jsonl")
            columns = tables[table]["columns"]
            rows = [dict(zip(columns, json.loads(line), strict=True)) for line in text.splitlines()]
            found.setdefault(table, []).extend(rows)
    return found


def written_in(rows):
    """Return what people wrote, without the times at which a migration made rows of it."""
    return [row | {"fields": row["fields"] | {"created_at": None}} for row in rows if row["model"] in WRITTEN]


WRITTEN = {f"articles.{name}" for name in ("article", "section", "revision", "vote", "topic", "source", "picture")}


def assert_kept(content, now):
    """Assert that each row of what people wrote is still there."""
    keys = {(row["model"].replace(".", "_"), row["pk"]) for row in now}
    for name, rows in rows_of(content).items():
        table = backups.table_of(name)
        if table.replace("_", ".", 1) in WRITTEN:
            assert {(table, row[0]) for row in rows} <= keys


def test_nothing_is_migrated_without_a_backup(tmp_path):
    (tmp_path / "backups").write_text("no folder")
    with Data(tmp_path) as site:
        site.shell(f"from articles import restoring; restoring.fill({str(releases.released()[0])!r})")
        for command in ("migrate", "serve"):
            done = site.manage(command)
            assert done.returncode == 1
            assert "The site was not brought up to date, for no backup of it could be made" in done.stderr
            assert "--no-backup" in done.stderr
        assert "[ ] 0002_publishing" in site.manage("showmigrations", "articles").stdout
        assert site.manage("migrate", "--no-backup").returncode == 0


def test_a_site_that_is_up_to_date_is_not_backed_up(tmp_path):
    with Data(tmp_path).with_tables() as site:
        site.ask("m.Topic.objects.create(name='Here', slug='here')")
        assert site.manage("migrate").returncode == 0
        assert not (tmp_path / "backups").exists()


def test_ctrl_c_ends_it_with_a_sentence(full_site, tmp_path):
    site, path = full_site
    running = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "restore", str(path), "--replace"],
        cwd=ROOT,
        env=whole(site.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in running.stdout:
        if line.startswith("Nothing is written from now on"):
            running.send_signal(signal.SIGINT)
            break
    _output, told = running.communicate(timeout=60)
    assert told == "CommandError: Interrupted. The site is as it was.\n"
    assert running.returncode == 130
    assert not list((site.data / "backups").glob(".*"))


def test_reading_commands_go_on_and_a_restore_may_begin_during_a_pause():
    assert {"backup", "restore"} <= pausing.READING
    assert run("help", "restore").returncode == 0
