"""The whole site in a folder that people can read: written by `export_articles`, read back by `import_articles`.

It says the same bytes of the same rows, so nothing in it tells when it was written. Nothing of readers is in it.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import archive_rows as rows
from articles.archive_format import MANIFEST, NAME, SUMS, VERSION, write_facts, write_text
from articles.models import Article
from articles.rendering import PICTURE
from articles.unarchive import is_archive, restore
from articles.workflow import Refused

__all__ = ["export", "is_archive", "restore"]
EVERY = 100  # articles between two lines of progress
README = """\
# An archive of a Cramps site

This folder has all that editors wrote on the site, in files that people can read and programs can, too. It has drafts
and the names of editors and reviewers as well: keep it where only they can read it.

- `articles/` has a folder for each article, by the end of its address. `article.md` is the text as editors have it now,
  `history/` each version that was ever saved, with who saved it when, whether it was published, and what reviewers said
  of it. `events.yaml` says who did what, when; `answers.yaml` why a finding of the checks was let stand.
- `people.yaml` are those who wrote and reviewed, `topics.yaml` what articles are filed under, `glossary.yaml` the words
  that are explained, `pictures.yaml` the library of pictures, `statements.yaml` what the site said of itself, the
  newest last. `events.yaml` is what was done to these. `media/` has the files of the pictures.
- Each `.md` file begins with facts, between two lines of `---`. Below them stand sections. Each begins with a comment
  that says its kind and what else is known of it, then come its heading and its text, in Markdown. What else a section
  says, such as steps, stands below as parts, each with a comment that names it.
- A text has an empty line before it and one after it. A line of a text that looks like such a comment has a `\\` before
  it. Times are those of UTC.

To put it into a site: `manage.py import_articles` and the name of this folder. To see whether all files are as they
were written: `sha256sum --check SHA256SUMS` in this folder. After changing a file by hand, delete `SHA256SUMS`.

Readers' votes, accounts with their passwords, and links for reviewers are not in here.
"""


class Writer:
    """Writes files below a folder, each once, with its fingerprint in a list, and notes which pictures they show."""

    def __init__(self, root):
        self.root, self.images = Path(root), set()
        self.sums = (self.root / SUMS).open("x", encoding="utf-8", newline="")

    def put(self, path, text):
        self.images.update(found[0].removeprefix(settings.MEDIA_URL) for found in PICTURE.finditer(text))
        self.put_bytes(path, text.encode(errors="surrogatepass"))

    def put_bytes(self, path, content):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(content)
        self.sums.write(f"{hashlib.sha256(content).hexdigest()}  {path}\n")


def export(folder):
    """Write all of the site into a folder, and yield lines of progress. The folder is new, empty or an earlier export.

    An earlier one is replaced when all is written, and stays as it is should anything go wrong (Refused).
    """
    target = Path(folder).resolve()
    check_place(target)
    work = None
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        (work / "new").mkdir(0o700)
        with snapshot():
            yield from write_all(Writer(work / "new"))
        os.sync()  # on disk before what was there before goes
        put_in_place(work / "new", target, work / "old")
    except OSError as error:
        raise Refused([could_not_write(target, error)]) from error
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)


def could_not_write(target, error):
    words = _("“%(folder)s” could not be written: %(reason)s. What was there before is still there.")
    return words % {"folder": target, "reason": error.strerror or error}


def check_place(target):
    """Refuse a folder that can't be written as a whole, or that has anything which is no export."""
    media = Path(settings.MEDIA_ROOT).resolve()
    if media in (target, *target.parents):
        raise Refused([_("“%(folder)s” is shown to everybody on the web. Choose another folder.") % {"folder": target}])
    if not target.parent.is_dir():
        raise Refused([_("There is no folder “%(folder)s”. Make it first.") % {"folder": target.parent}])
    if not target.exists():
        return
    if not target.is_dir():
        raise Refused([_("“%(folder)s” is a file. Choose a folder.") % {"folder": target}])
    if other := next(strangers(target), None):
        words = _("“%(folder)s” has something that is no export: “%(name)s”. Choose a new folder, or move that away.")
        raise Refused([words % {"folder": target, "name": other}])


def strangers(target):
    """Yield what is in a folder and was not written there by an export."""
    written = set()
    if is_archive(target):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lines = (target / SUMS).read_text(encoding="utf-8").splitlines()
            written = {SUMS, *(line.partition("  ")[2] for line in lines)}
    for folder, folders, files in os.walk(target):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*files, *links]):
            path = Path(folder, name).relative_to(target).as_posix()
            if path not in written:
                yield path


def put_in_place(new, target, old):
    """Let a finished folder take a place, with what was there before moved aside, or back should that fail."""
    check_place(target)
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


@contextlib.contextmanager
def snapshot():
    """Read the database as it is at one moment; others go on writing meanwhile."""
    if connection.in_atomic_block:  # a test
        yield
        return
    is_sqlite = connection.vendor == "sqlite"
    connection.ensure_connection()
    mode = getattr(connection, "transaction_mode", None)
    try:
        if is_sqlite:
            connection.transaction_mode = "DEFERRED"  # a reader: the settings' own begins as a writer
        with transaction.atomic():
            if not is_sqlite:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if is_sqlite:
            connection.transaction_mode = mode


def write_all(writer):
    with writer.sums:
        names = rows.Names()
        writer.put("README.md", README)
        writer.put(MANIFEST, write_facts({"format": NAME, "version": VERSION}))
        writer.put("people.yaml", write_facts(rows.people(names)))
        writer.put("topics.yaml", write_facts(rows.topics()))
        writer.put("glossary.yaml", write_facts(rows.terms()))
        writer.put("pictures.yaml", write_facts(rows.pictures()))
        writer.put("statements.yaml", write_facts(rows.statements(names)))
        writer.put("events.yaml", as_list(rows.site_events(names)))
        slugs = sorted(Article.objects.values_list("slug", flat=True))
        for number, slug in enumerate(slugs, start=1):
            for path, text in files_of(rows.fetch(slug), names):
                writer.put(f"articles/{slug}/{path}", text)
            if number % EVERY == 0 or number == len(slugs):
                yield _("Articles: %(number)d of %(all)d") % {"number": number, "all": len(slugs)}
        yield from write_images(writer)


def files_of(article, names):
    """Yield the files of an article, as (path in its folder, text)."""
    yield "article.md", write_text(rows.article(article, names))
    for version in rows.versions(article, names):
        yield f"history/{version['number']:04}.md", write_text(version)
    yield "events.yaml", as_list(rows.events(article.events.all(), names))
    if answers := rows.answers(article, names):
        yield "answers.yaml", write_facts(answers)


def as_list(found):
    """Return rows that come one by one as one YAML list."""
    return "".join(write_facts([row]) for row in found) or "[]\n"


def write_images(writer):
    for name in sorted(writer.images):
        try:
            with default_storage.open(name) as file:
                content = file.read()
        except FileNotFoundError:
            yield _("The picture “%(name)s” is missing. Texts show it, but there is no such file.") % {"name": name}
            continue
        writer.put_bytes(f"media/{name}", content)
    number = len(writer.images)
    yield ngettext("%(number)d picture", "%(number)d pictures", number) % {"number": number}
