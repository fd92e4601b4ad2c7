"""What an archive says of the site's rows, as plain data: what is empty is left out, and no row's number is told.

People are known by a key made of their name, pictures by their title, topics and articles by their address, accounts
by their name alone.
"""

from datetime import UTC, date, datetime

from django.contrib.auth import get_user_model
from django.utils.text import slugify

from articles import kinds
from articles.models import Article, Contributor, Event, Picture, SiteStatement, Term, Topic

TOPIC = ("slug", "name", "language", "description")
TERM = ("language", "term", "forms", "meaning")
PERSON = ("name", "credentials", "interests")
PICTURE = ("title", "drawing", "image", "alt", "is_decorative", "caption", "credit")
SOURCE = ("key", "title", "publisher", "year", "url", "read_on")
ARTICLE = ("title", "slug", "language", "also_called", "summary", "funding", "review_due", "based_on")
TIMES = ("created_at", "updated_at", "expires_at", "withdrawn_at", "withdrawal_reason", "warned_at", "warning")
VERSION = (
    *("number", "state", "published_at", "public_note", "change", "note", "created_at"),
    *("title", "also_called", "summary", "funding", "review_due", "based_on"),
)
REVIEW = ("name", "credentials", "interests", "at", "correct_until", "message")
GROUNDS = ("known", "not_known", "sources_differ")
SECTION = ("key", "kind", "heading", *kinds.FIELDS)


def plain(value):
    """Return a value as an archive says it: times as in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def told(row, names):
    """Return the fields of a row that say something."""
    values = {name: plain(getattr(row, name)) for name in names}
    return said(values)


def said(values):
    return {name: value for name, value in values.items() if value is not False and value not in (None, "", [], {})}


def in_order(row, first):
    """Return what a version keeps of something, its names in one order; a database may have changed theirs."""
    names = [*(name for name in first if name in row), *sorted({*row} - {*first})]
    return {name: row[name] for name in names}


class Names:
    """What people, pictures and accounts are called in an archive, by their rows' numbers."""

    def __init__(self):
        users = get_user_model().objects
        self.accounts = dict(users.values_list("pk", users.model.USERNAME_FIELD))
        self.pictures = dict(Picture.objects.values_list("pk", "title"))
        self.people, taken = {}, set()
        for person in self.in_order():
            stem = slugify(person.name, allow_unicode=True) or "person"
            numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
            self.people[person.pk] = next(key for key in (stem, *numbered) if key not in taken)
            taken.add(self.people[person.pk])

    def in_order(self):
        """Return all contributors, those of the same name as they came."""
        found = Contributor.objects.order_by("pk")
        return sorted(found, key=lambda row: (row.name, row.credentials, row.interests))


# The site


def people(names):
    rows = {row.pk: row for row in Contributor.objects.all()}
    found = {}
    for pk, key in names.people.items():
        found[key] = told(rows[pk], PERSON) | said({"account": names.accounts.get(rows[pk].user_id)})
    return found


def topics():
    return [told(row, TOPIC) for row in sorted(Topic.objects.all(), key=lambda row: row.slug)]


def terms():
    return [told(row, TERM) for row in sorted(Term.objects.all(), key=lambda row: (row.language, row.term))]


def pictures():
    return [told(row, PICTURE) for row in sorted(Picture.objects.all(), key=lambda row: row.title)]


def statements(names):
    """Return all that the site ever said of itself, as it was saved."""
    fields = ("language", *SiteStatement.TEXT, "note", "created_at")
    rows = SiteStatement.objects.order_by("pk")
    return [told(row, fields) | said({"created_by": names.accounts.get(row.created_by_id)}) for row in rows]


def events(found, names):
    """Return events as data, the first one first."""
    rows = (
        found.select_related("revision")
        .order_by("at", "pk")
        .only(*("at", "by", "who", "action", "article", "note", "revision__number"))
    )
    for row in rows.iterator(chunk_size=2000):
        version = row.revision and row.revision.number
        own = {"who": row.who, "account": names.accounts.get(row.by_id), "version": version, "note": row.note}
        yield {"at": plain(row.at), "action": row.action} | said(own)


def site_events(names):
    return events(Event.objects.filter(article=None), names)


# An article


def fetch(slug):
    """Return an article with all that `article` asks for, in a few queries."""
    return Article.objects.select_related("topic", "translation_of", "copy_of").get(slug=slug)


def article(row, names):
    """Return the working copy of an article, and where the article stands."""
    doc = told(row, ARTICLE)
    doc |= said(
        {
            "topic": row.topic and row.topic.slug,
            "authors": sorted(names.people[pk] for pk in row.authors.order_by().values_list("pk", flat=True)),
            "translation_of": row.translation_of and row.translation_of.slug,
            "copy_of": row.copy_of and row.copy_of.slug,
            "former_addresses": sorted(row.former_slugs.values_list("slug", flat=True)),
        }
    )
    doc |= told(row, (*TIMES, "deleted_at"))
    doc |= said({"sources": [placed(told(source, SOURCE), source, at) for at, source in numbered(row.sources.all())]})
    doc |= said({"sections": [section(part, at, names) for at, part in numbered(row.sections.all())]})
    return doc | told(row, GROUNDS)


def numbered(rows):
    return enumerate(rows, start=1)


def placed(doc, row, at):
    """Return a part of a working copy, with its position where that isn't told by its place."""
    return doc if row.position == at else doc | {"position": row.position}


def section(row, at, names):
    """Return a section of a working copy, with what it has in fields of other kinds."""
    doc = {"heading": ""} | told(row, SECTION)
    doc = placed(in_order(doc, SECTION), row, at)
    shown = {name: names.pictures.get(getattr(row, f"{name}_id")) for name in kinds.PICTURES}
    return doc | said(shown) | {"body": row.body}


def versions(row, names):
    """Return all versions of an article, the first one first, one after the other."""
    found = row.revisions.order_by("number").select_related("reviewed_as").prefetch_related("reviews")
    for revision in found.iterator(chunk_size=20):
        yield version(revision, names)


def version(row, names):
    """Return a version exactly as it was frozen, with its place in the workflow and what reviewers said of it."""
    doc = told(row, VERSION)
    doc |= said({"reviewed_as": row.reviewed_as and row.reviewed_as.number})
    doc |= said({"created_by": names.accounts.get(row.created_by_id)})
    doc |= said({"authors": [person(kept, names) for kept in row.authors]})
    doc |= said({"sources": [in_order(kept, SOURCE) for kept in row.sources]})
    doc |= said({"reviews": [review(signed, names) for signed in row.reviews.all()]})
    doc |= said({"sections": [frozen(kept, names) for kept in row.sections]})
    return doc | told(row, GROUNDS)


def person(kept, names):
    """Return what a version keeps of a person; nobody's number is told, and one who is gone has no key."""
    own = {"person": names.people.get(kept["id"])} if "id" in kept else {}
    return own | in_order({name: value for name, value in kept.items() if name != "id"}, PERSON)


def frozen(kept, names):
    """Return what a version keeps of a section."""
    doc = in_order({name: value for name, value in kept.items() if name not in ("body", "pictures")}, SECTION)
    if "pictures" in kept:
        doc["pictures"] = [picture(shown, names) for shown in kept["pictures"]]
    return doc | {"body": kept["body"]}


def picture(kept, names):
    own = {"picture": names.pictures.get(kept["id"])} if "id" in kept else {}
    return own | in_order({name: value for name, value in kept.items() if name != "id"}, PICTURE)


def review(row, names):
    """Return a review as it was signed; a correction that its signer sent waits for an editor."""
    doc = {"person": names.people[row.contributor_id]} | told(row, REVIEW)
    if row.correction is not None:
        doc["correction"] = in_order(row.correction, PERSON)
    return doc | said({"remarks": in_order(row.remarks, ())})


def answers(row, names):
    """Return why editors kept what checks found."""
    fields = ("finding", "place", "words", "because", "who", "at")
    found = row.answers.order_by("at", "finding", "place", "words")
    return [told(answer, fields) | said({"account": names.accounts.get(answer.by_id)}) for answer in found]
