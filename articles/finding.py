"""What readers find articles by: the rows of search and of A to Z, and the lists made of them.

Rows are written as soon as a revision has a time of publication. Readers find none before that time, nor any that
is past, since every list asks for what is published.
"""

from django.db import connection, connections, transaction
from django.db.models import Exists, OuterRef, Subquery, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import override

from articles import editions, kinds, rendering
from articles.models import Article, Entry, Name, Revision, Topic, Word
from articles.search_index import BACKEND, HEADING, LANGUAGE, NAMES, TEXT, backend_of
from articles.words import LONGEST, stems, tokens

OTHERS = "#"  # where names are filed that begin with no letter
ALPHABETS = {"en": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"}
MANY = 500  # words that the database is asked for at once
# What a list needs of a revision is little; its sections are much.
MUCH = ("sections", "sources", "authors", "known", "not_known", "sources_differ")


# Writing the rows


@transaction.atomic
def index(article, anew=False):
    """Give those revisions of an article that are public or will be their rows, and no others.

    Without `anew`, nothing is done where the rows are there already.
    """
    kept = [*article.revisions.public().latest_out_first()[:1], *article.revisions.scheduled()]
    titles = Name.objects.filter(revision__article=article, is_title=True)
    filed = set(titles.values_list("revision", "published_at", "language", "topic"))
    if anew or filed != {(revision.pk, revision.published_at, article.language, article.topic_id) for revision in kept}:
        remove(article)
        for revision in kept:
            revision.article = article
            add(revision)


def remove(*articles):
    """Take all rows of articles away."""
    entries = Entry.objects.filter(revision__article__in=articles)
    with connection.cursor() as cursor:
        BACKEND.remove(cursor, list(entries.values_list("pk", flat=True)))
    entries.delete()
    Name.objects.filter(revision__article__in=articles).delete()
    editions.changed()


def add(*revisions):
    """Write the rows of revisions."""
    said, rows, names = [], [], []
    for revision in revisions:
        with override(revision.article.language):
            found = parts(revision)
        names += [Name(revision=revision, **fields) for fields in called_by(revision)]
        rows += [Entry(revision=revision, key=key, heading=heading, text=text) for key, heading, text in found]
        said += [f"{revision.title} {revision.also_called}", *(f"{heading} {text}" for _key, heading, text in found)]
    made = Entry.objects.bulk_create(rows, batch_size=MANY)
    with connection.cursor() as cursor:
        BACKEND.add(cursor, [(entry.pk, stems_of(entry)) for entry in made])
    Name.objects.bulk_create(names, batch_size=MANY)
    learn(said)
    editions.changed()


def write_stems(entries, using):
    """Write what the search compares of entries that another database has, and that have none of it yet."""
    prefetch_related_objects(entries, "revision__article")
    with connections[using].cursor() as cursor:
        backend_of(connections[using]).add(cursor, [(entry.pk, stems_of(entry)) for entry in entries])


def stems_of(entry):
    """Return what the search compares of an entry, by the columns of the index."""
    revision, language = entry.revision, entry.revision.article.language
    called = f"{revision.title} {revision.also_called}"
    always = {NAMES: stems(called, language), LANGUAGE: [sign(language)]}
    heading = entry.heading if entry.key else ""
    return always | {HEADING: stems(heading, language), TEXT: stems(entry.text, language)}


def parts(revision):
    """Return the parts of a revision that can be found, as (key, heading, text); each key is an address on the page."""
    found = [("", revision.title, revision.summary)]
    found += [
        (section["key"], section["heading"], rendering.plain_text(kinds.as_markdown(section)))
        for section in revision.sections
    ]
    grounds = "\n\n".join([revision.known, revision.not_known, revision.sources_differ])
    if grounds.strip():
        found.append(("_about", _("About this article"), rendering.plain_text(grounds)))
    return found


def called_by(revision):
    """Return the names of a revision's article as fields of Name, each once."""
    names = {}
    for number, name in enumerate([revision.title, *revision.other_names]):
        sort = sort_key(name)
        if number == 0 or (sort and sort not in names):
            names[sort] = {"name": name.strip(), "sort": sort, "letter": letter_of(sort), "is_title": number == 0}
    kept = {"language": revision.article.language, "topic_id": revision.article.topic_id}
    kept["published_at"] = revision.published_at
    return [fields | kept for fields in names.values()]


def sort_key(name):
    """Return what a name is sorted by: its words, without accents and signs."""
    return " ".join(tokens(name))[:200].strip()


def letter_of(sort):
    """Return the letter that a name is filed under."""
    letter = sort[:1].upper()
    return letter if any(letter in alphabet for alphabet in ALPHABETS.values()) and letter else OTHERS


def learn(texts):
    """Keep the words of texts, to mend typing mistakes by."""
    found = {word for text in texts for word in tokens(text) if 2 < len(word) <= LONGEST and word.isalpha()}
    ordered = sorted(found)  # so that two publications at once can't wait for each other
    for part in (ordered[start : start + MANY] for start in range(0, len(ordered), MANY)):
        known = set(Word.objects.filter(word__in=part).values_list("word", flat=True))
        Word.objects.bulk_create(
            (
                Word(word=word, beginning=word[0], ending=word[-2:], length=len(word))
                for word in part
                if word not in known
            ),
            ignore_conflicts=True,
        )


def sign(language):
    """Return a language as a word of letters alone."""
    return language.replace("-", "")


# Reading them


def readable(rows, at):
    """Return those rows of Entry or Name whose revision readers may see at a time.

    It is asked row by row, so that a list stops at its last row. Of "exists" PostgreSQL would make a join, for which
    it looks up all that is published.
    """
    seen = Revision.objects.published(at).filter(pk=OuterRef("revision")).order_by().values("pk")[:1]
    return rows.alias(seen=Subquery(seen)).filter(seen__isnull=False)


def listed(names):
    """Return rows of Name with what a list shows of their articles."""
    return names.select_related("revision__article__topic").defer(*(f"revision__{field}" for field in MUCH))


def names(language, at):
    """Return all names in a language that readers may see, in order."""
    return listed(readable(Name.objects.filter(language=language), at))


def titles(language, at):
    return names(language, at).filter(is_title=True)


def titles_in(topic, at):
    """Return the titles of a topic's articles that readers may see, in order."""
    found = Name.objects.filter(topic=topic, is_title=True, language=topic.language)
    return listed(readable(found, at))


def newest(names, at):
    """Return those of some titles that readers may see, those that came out last first."""
    return readable(names.filter(is_title=True), at).order_by("-published_at", "-revision")


def page_of(names, size, start=""):
    """Return the first names from a sort key on, and the key at which the next page begins, or None."""
    found = list((names.filter(sort__gte=start) if start else names)[: size + 1])
    return found[:size], found[size].sort if len(found) > size else None


def used_letters(language, at):
    """Return the letters that names begin with: from one to the next by the index, however many names each has."""
    found = readable(Name.objects.filter(language=language), at).order_by("letter").values_list("letter", flat=True)
    used = []
    while letter := found.filter(letter__gt=used[-1] if used else "").first():
        used.append(letter)
    return used


def letters(language, used):
    """Return the letters of a language's alphabet, and any others that are used, as (letter, whether it is)."""
    alphabet = ALPHABETS.get(language.partition("-")[0], ALPHABETS["en"])
    others = sorted(set(used) - {OTHERS, *alphabet})
    return [(letter, letter in used) for letter in (*alphabet, *others, OTHERS)]


def topics(language, at):
    """Return the topics that have articles which readers may see."""
    inside = readable(Name.objects.filter(topic=OuterRef("pk"), is_title=True, language=language), at)
    return Topic.objects.filter(Exists(inside), language=language)


def related(revision, at, count=3):
    """Return names of other articles of the same topic, those that come next by name; never one that isn't true."""
    topic = revision.article.topic
    if topic is None:
        return []
    others = titles_in(topic, at).exclude(revision__article=revision.article_id)
    others = others.filter(revision__article__warned_at=None)
    found = list(others.filter(sort__gte=sort_key(revision.title))[:count])
    if len(found) < count:
        taken = [name.pk for name in found]
        found += others.exclude(pk__in=taken)[: count - len(found)]
    return found


def reindex(missing=False):
    """Make rows anew, of all articles or of those that have none, and yield each article when it is done."""
    if not missing:
        Word.objects.all().delete()
    timed = Article.objects.filter(Exists(Revision.objects.filter(article=OuterRef("pk"), published_at__isnull=False)))
    if missing:
        timed = timed.filter(~Exists(Name.objects.filter(revision__article=OuterRef("pk"))))
    for pk in timed.order_by("pk").values_list("pk", flat=True).iterator():
        yield index_anew(pk)


@transaction.atomic
def index_anew(pk):
    """Make the rows of an article anew and return it; a publication of it, or another start, waits meanwhile."""
    article = Article.objects.select_for_update().get(pk=pk)
    index(article, anew=True)
    return article
