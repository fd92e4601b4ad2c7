"""What a site's database has after a crash, and whether what belongs together agrees; run within the site's Django."""

import re
import zlib

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from articles import finding, pages, pictures, showing, work
from articles.models import Article, Entry, Name, PictureUse, Rendering, Revision, State, Task, Vote
from articles.rendering import smaller

NAMED = re.compile(r"/media/images/[\w.-]+")
NUMBER = re.compile(r"edit (\d+)\.")


def made(count):
    """Make articles for editors to work on, and return their numbers and addresses."""
    from tests.factories import make_article

    articles = [make_article(f"Soak {number}", sections=["Rest your feet."]) for number in range(1, count + 1)]
    return [(article.pk, article.slug) for article in articles]


def found(articles, is_thorough):
    """Return {votes, articles, faults} of a site; `articles` are those whose titles say which edit they are."""
    with transaction.atomic():
        faults, said = sound(), {}
        for article in Article.objects.select_for_update().filter(pk__in=articles):
            public = article.revisions.filter(state=State.PUBLISHED).order_by("number")
            said[article.pk] = {
                "working copy": number_in(article.title),
                "published": [number_in(revision.title) for revision in public],
                "newest": number_in(article.revisions.published().first().title),
            }
            faults += [f"{article}: {fault}" for fault in faults_of(article, is_thorough)]
        votes = dict(Vote.objects.values_list("voter", "value"))
        transaction.set_rollback(True)  # what was made anew to compare
    return {"votes": votes, "articles": said, "faults": faults}


def number_in(title):
    said = NUMBER.search(title)
    return int(said[1]) if said else 0


def sound():
    """Return what the database itself has against its file."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        whole = cursor.execute("PRAGMA integrity_check").fetchall()
        keys = cursor.execute("PRAGMA foreign_key_check").fetchall()
    return [f"integrity_check: {row[0]}" for row in whole if row[0] != "ok"] + [f"foreign_key_check: {r}" for r in keys]


def faults_of(article, is_thorough):
    """Yield what of an article does not agree with the rest of it."""
    revisions = list(article.revisions.order_by("number"))
    if [revision.number for revision in revisions] != list(range(1, len(revisions) + 1)):
        yield "its versions have gaps"
    for revision in revisions:
        yield from faults_of_revision(revision)
    if not revisions[-1].same_text(Revision.of(article)):
        yield "the working copy is not the newest version"
    if kept_uses(article) != sorted(showing.of_working_copy(article), key=repr):
        yield "the uses of pictures are not those of the working copy"
    texts = [section.body for section in article.sections.all()]
    texts += [section["body"] for revision in revisions for section in revision.sections]
    for address in {address for text in texts for address in NAMED.findall(text)}:
        yield from faults_of_picture(address, is_thorough)
    yield from faults_of_page(article)
    before = rows_of(article)
    finding.index(article, anew=True)
    work.update(article)
    after = rows_of(article)
    yield from (f"{name} are not what the text asks for" for name in before if before[name] != after[name])


def faults_of_revision(revision):
    events = set(revision.events.values_list("action", flat=True))
    if (revision.state == State.PUBLISHED) != bool(revision.published_at):
        yield f"version {revision.number} is half published"
    if revision.published_at and "publish" not in events:
        yield f"version {revision.number} is published, and nothing says by whom"
    if not revision.sections:
        yield f"version {revision.number} has no text"
    if kept_uses(revision.article, revision) != sorted(showing.of_revision(revision), key=repr):
        yield f"the uses of pictures are not those of version {revision.number}"


def kept_uses(article, revision=None):
    rows = PictureUse.objects.filter(article=article, revision=revision)
    return sorted(rows.values_list("number", "name", "is_missing"), key=repr)


def faults_of_picture(address, is_thorough):
    for name in (address, *smaller(address).values()):
        file = pictures.file_of(name)
        if not default_storage.exists(file):
            yield f"{name} is named and not there"
        elif is_thorough:
            try:
                with default_storage.open(file) as opened, Image.open(opened) as picture:
                    picture.load()
            except OSError as error:
                yield f"{name} is broken: {error}"


def faults_of_page(article):
    """Yield what a kept page that would be shown says other than the text."""
    kept = pages.of(article.slug, timezone.now())
    if kept and kept.read(timezone.now()) and Rendering.objects.filter(pk=article.pk).exists():
        html = zlib.decompress(kept.html).decode()
        if article.revisions.published().first().title not in html:
            yield "the kept page is not that of the text"


def rows_of(article):
    """Return what search and the work list have of an article, in any order."""
    entries = Entry.objects.filter(revision__article=article)
    stems = {entry.pk: stems_of(entry.pk) for entry in entries}
    return {
        "rows of search": sorted(
            (entry.revision_id, entry.key, entry.heading, entry.text, stems[entry.pk]) for entry in entries
        ),
        "names": sorted(
            Name.objects.filter(revision__article=article).values_list("revision", "name", "sort", "letter", "is_title")
        ),
        "tasks": sorted(Task.objects.filter(article=article).values_list("kind", "person", "rank"), key=repr),
    }


def stems_of(number):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT names, heading, text, language FROM articles_stems WHERE rowid = %s", [number])
            row = cursor.fetchone() or ("missing",)
            return [" ".join(sorted(column.split())) for column in row]
        cursor.execute("SELECT stems::text FROM articles_entry WHERE id = %s", [number])
        return [cursor.fetchone()[0] or "missing"]
