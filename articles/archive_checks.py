"""What an archive must say so that the site can keep and show it: each value's type, length and range.

Each function returns values for the site's tables, or raises Broken with a sentence that names the field.
"""

import re
from datetime import UTC, date, datetime

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import connection

from articles import archive_rows as rows
from articles import drawings, kinds
from articles.archive_format import Broken
from articles.kinds import Kind
from articles.models import Answer, Article, Contributor, Event, Picture, Review, Revision, Section, Source, State
from articles.rendering import PICTURE, validate_length

STATES = {State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED, State.PUBLISHED}
PLACES = ("topic", "authors", "translation_of", "copy_of", "former_addresses", "sources", "sections")
MOST = 5_000  # sections, sources or people of one article


class BrokenField(Broken):
    """A value that can't be kept, by its name."""

    def __init__(self, name, sentence):
        super().__init__(f"“{name}”: {sentence}")
        self.name = name


def fields(model, doc, names, required=()):
    """Return of a dict the values of a table's columns; those that `names` doesn't have are left to others."""
    if missing := [name for name in required if name not in doc]:
        raise Broken(f"“{missing[0]}”: This is missing.")
    return {name: value_of(model, name, doc[name]) for name in names if name in doc}


def only(doc, *names):
    """Refuse what has no meaning here, so that nothing is lost without a word."""
    if odd := sorted({*doc} - {*names}):
        raise BrokenField(odd[0], "This has no meaning here. Take it out, or correct its name.")


def value_of(model, name, value):
    """Return a value as a column of a table takes it."""
    field = model._meta.get_field(name)
    kind = field.get_internal_type()
    if value is None and field.null:
        return None
    if kind in ("DateField", "DateTimeField"):
        return moment(name, value) if kind == "DateTimeField" else day(name, value)
    wanted = {"BooleanField": bool, "PositiveSmallIntegerField": int, "PositiveIntegerField": int}.get(kind, str)
    if type(value) is not wanted:
        raise BrokenField(name, {str: "Write a text.", int: "Write a number.", bool: "Write true or false."}[wanted])
    if wanted is str:
        text(name, value)
    if field.choices and value not in dict(field.flatchoices) and value != "":
        raise BrokenField(name, f"There is no “{value[:40]}” on this site.")
    try:
        for validator in field.validators:
            if value != "" and not isinstance(validator, URLValidator):  # pages link to addresses of the web alone
                validator(value)
    except ValidationError as error:
        raise BrokenField(name, " ".join(error.messages)) from error
    return value


def text(name, value):
    """Return a text that the database can keep."""
    if not isinstance(value, str):
        raise BrokenField(name, "Write a text.")
    if re.search("[\ud800-\udfff]", value):
        raise BrokenField(name, "This has half a character, which nothing can show.")
    if "\0" in value and connection.vendor == "postgresql":
        raise BrokenField(name, "This has a character with the number 0, which PostgreSQL can't keep.")
    return value


def day(name, value):
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BrokenField(name, "Write a day like 2026-11-22.") from error


def moment(name, value):
    try:
        at = datetime.fromisoformat(value)
        if at.utcoffset() is None:
            raise ValueError
        at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BrokenField(name, "Write a time like 2026-11-22T09:30:00+00:00.") from error
    return at


def listed(name, value, kind=dict):
    """Return a list of dicts, or of texts."""
    if not isinstance(value, list) or len(value) > MOST or not all(isinstance(row, kind) for row in value):
        raise BrokenField(name, "Here belongs a list, each line beginning with “- ”.")
    return value


def account(doc, name="account"):
    """Return the name of an account, or None."""
    if name not in doc:
        return None
    user = get_user_model()
    try:
        return value_of(user, user.USERNAME_FIELD, doc[name])
    except BrokenField as error:
        raise BrokenField(name, "This is no name that an account can have.") from error


def one_of(name, key, known):
    """Return a key that people, pictures or topics have, or refuse it."""
    if not isinstance(key, str) or key not in known:
        raise BrokenField(name, f"There is no “{str(key)[:80]}” in the archive's own list of these.")
    return key


# The library


def picture(doc):
    """Return the values of a picture of the library."""
    only(doc, *rows.PICTURE)
    values = fields(Picture, doc, rows.PICTURE, required=["title"])
    file_of(values)
    return values


def file_of(doc):
    """Refuse a picture that is not one drawing of the project's or one image under a name of ours."""
    drawing, image = (text(name, doc.get(name, "")) for name in ("drawing", "image"))
    if bool(drawing) == bool(image):
        raise BrokenField("image", "A picture has either an image or a drawing.")
    if drawing and drawing not in drawings.names():
        raise BrokenField("drawing", f"This site has no drawing “{drawing[:80]}”.")
    if image and not PICTURE.fullmatch(image):
        raise BrokenField("image", f"“{image[:120]}” is no address that this site gave to a picture.")


def person(doc):
    only(doc, *rows.PERSON, "account")
    account(doc)
    return fields(Contributor, doc, rows.PERSON, required=["name"])


# A working copy


def article(doc):
    """Return the values of an article's own columns."""
    only(doc, *rows.ARTICLE, *PLACES, *rows.TIMES, "deleted_at", *rows.GROUNDS)
    own = (*rows.ARTICLE, *rows.TIMES, "deleted_at", *rows.GROUNDS)
    values = fields(Article, doc, own, required=["slug", "language", "created_at", "updated_at"])
    for name in ("topic", "translation_of", "copy_of"):
        value_of(Article, "slug", doc.get(name, ""))
    for name in ("authors", "former_addresses"):
        listed(name, doc.get(name, []), str)
    for slug in doc.get("former_addresses", ()):
        value_of(Article, "slug", slug)
    return values


def section(doc, pictures):
    """Return the values of a section of a working copy, its pictures by their titles."""
    only(doc, *rows.SECTION, *kinds.PICTURES, "body", "position")
    values = fields(Section, doc, (*rows.SECTION, "body", "position"), required=["key", "kind", "heading"])
    shown = {name: one_of(name, doc[name], pictures) for name in kinds.PICTURES if name in doc}
    return values | shown


def source(doc):
    only(doc, *rows.SOURCE, "position")
    return fields(Source, doc, (*rows.SOURCE, "position"), required=["key", "title"])


# A version


def version(doc):
    """Return the values of a version's own columns; what it keeps as data is checked by `kept`."""
    data = ("reviewed_as", "created_by", "authors", "sources", "reviews", "sections")
    only(doc, *rows.VERSION, *data, *rows.GROUNDS)
    own = (*rows.VERSION, *rows.GROUNDS)
    values = fields(Revision, doc, own, required=["number", "state", "created_at"])
    if values["state"] not in STATES:
        raise BrokenField("state", "A version is draft, in_review, changes_requested, approved or published.")
    if (values["state"] == State.PUBLISHED) != bool(values.get("published_at")):
        raise BrokenField("published_at", "A published version has a time, and no other version has one.")
    account(doc, "created_by")
    if "reviewed_as" in doc:
        value_of(Revision, "number", doc["reviewed_as"])
    return values


def kept_section(doc, pictures):
    """Check a section as a version keeps it. Older ones lack what came later, or have numbers as text."""
    fields(Section, doc, ("key", "heading", "body"), required=["key", "kind", "heading", "body"])
    if doc["kind"] not in Kind.values:
        raise BrokenField("kind", f"There is no “{str(doc['kind'])[:40]}” on this site.")
    for name in ("when", "sides", "postures", *kinds.LINES, *kinds.TEXTS):
        bounded(name, doc.get(name, ""))
    for name in {*doc} - {"pictures"}:
        scalar(name, doc[name])
    for shown in listed("pictures", doc.get("pictures", [])):
        for name in ("drawing", "image", "alt", "caption"):
            text(name, shown.get(name))
        file_of(shown)
        known("picture", shown, pictures)


def bounded(name, value):
    try:
        validate_length(text(name, value))
    except ValidationError as error:
        raise BrokenField(name, " ".join(error.messages)) from error


def scalar(name, value):
    text(name, name)
    if isinstance(value, str):
        text(name, value)
    elif isinstance(value, dict | list):
        raise BrokenField(name, "Write a text or a number.")


def known(name, doc, keys):
    """Check of something kept who or what it was; one that is gone has an empty key."""
    if name not in doc:
        raise BrokenField(name, "This is missing.")
    if doc[name] is not None:
        one_of(name, doc[name], keys)
    for inner in {*doc} - {name}:
        scalar(inner, doc[inner])


def kept_source(doc):
    required = rows.SOURCE
    fields(Source, doc, ("key", "title", "publisher", "year", "url"), required=required)
    if doc["read_on"]:
        day("read_on", doc["read_on"])
    for name, value in doc.items():
        scalar(name, value)


def kept_person(doc, people):
    for name in rows.PERSON:
        text(name, doc.get(name))
    known("person", doc, people)


def review(doc, people):
    """Return the values of a review, its person by their key."""
    only(doc, *rows.REVIEW, "person", "correction", "remarks")
    values = fields(Review, doc, rows.REVIEW, required=["person", "name", "at"])
    for name in ("correction", "remarks"):
        said = doc.get(name, {})
        if not isinstance(said, dict):
            raise BrokenField(name, "Here belong names and texts.")
        for inner in (*said, *said.values()):
            text(name, inner)
    only(doc.get("correction", {}), *rows.PERSON)
    own = {name: doc[name] for name in ("correction", "remarks") if name in doc}
    return values | own | {"person": one_of("person", doc["person"], people)}


# What was done


def event(doc, numbers=()):
    """Return the values of an event; `numbers` are those of the article's versions."""
    only(doc, "at", "action", "who", "account", "version", "note")
    values = fields(Event, doc, ("at", "action", "who", "note"), required=["at", "action"])
    if "version" in doc and (type(doc["version"]) is not int or doc["version"] not in numbers):
        raise BrokenField("version", "The article has no such version.")
    account(doc)
    return values


def answer(doc):
    names = ("finding", "place", "words", "because", "who", "at")
    only(doc, *names, "account")
    account(doc)
    return fields(Answer, doc, names, required=["finding", "place", "at"])
