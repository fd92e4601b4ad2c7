"""What stands at the top of an imported file, its YAML, taken over into an article's fields.

Nothing is made up: people and topics are those that the site has, and what can't be taken is told.
"""

import datetime
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.utils.text import slugify
from django.utils.translation import gettext as _

from articles import exchange
from articles.models import Article, Contributor, Source, Topic, validate_review_due
from articles.models.writing import next_key
from articles.rendering import validate_length

TEXTS = ("summary", "known", "not_known", "sources_differ", "funding")
MAX_SOURCES = 100  # as many as the article's form takes
SHOWN = 200  # letters of a value that the report repeats


@dataclass
class Taken:
    """The fields of an article that a file's facts fill, and a (name, value, what became of it) for each of them."""

    fields: dict = field(default_factory=dict)  # of Revision.text
    topic: Topic | None = None
    slug: str = ""
    language: str = ""
    report: list = field(default_factory=list)

    def tell(self, name, value, became):
        shown = exchange.one_line(value)
        self.report.append((name, shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…", became))


def take(facts, article=None):
    """Return the Taken of a file's facts, for an article that there is, or for a new one."""
    taken = Taken()
    taken.language = article.language if article else settings.LANGUAGE_CODE
    facts = {str(name).strip().lower(): exchange.plain(value) for name, value in facts.items()}
    order = sorted(facts, key=lambda name: name != "language")  # a topic is one of a language
    for name in order:
        if facts[name] not in (None, "", [], {}):
            take_one(taken, name, facts[name], article)
    return taken


def take_one(taken, name, value, article):
    """Take one fact over, or say why not."""
    if name in OWN_WAY:
        OWN_WAY[name](taken, value, article)
    elif name in TEXTS and isinstance(value, str | int | float):
        take_text(taken, name, str(value).strip())
    elif name == "title":
        taken.tell(name, value, _("The title."))
    else:
        taken.tell(name, value, _("Not taken: an import has no place for it."))


def take_text(taken, name, text):
    column = Article._meta.get_field(name)
    try:
        for check in column.validators:
            check(text)
        if name in ("known", "not_known", "sources_differ"):
            validate_length(text)
    except ValidationError as error:
        return taken.tell(name, text, _("Not taken: %(why)s") % {"why": error.messages[0]})
    if column.max_length and len(text) > column.max_length:
        words = {"count": len(text), "limit": column.max_length}
        return taken.tell(name, text, _("Not taken: it has %(count)d letters, and %(limit)d fit.") % words)
    taken.fields[name] = " ".join(text.split()) if name == "summary" else text
    return taken.tell(name, text, _("Taken over."))


def take_names(taken, value, article):
    """Take other names over, as many as there is room for."""
    names = listed(value.replace("،", ",").split(",") if isinstance(value, str) else value)
    names = list(dict.fromkeys(filter(None, (exchange.one_line(name).replace(",", " ") for name in names))))
    limit = Article._meta.get_field("also_called").max_length
    fitting = [name for at, name in enumerate(names, start=1) if len(", ".join(names[:at])) <= limit]
    if fitting:
        taken.fields["also_called"] = ", ".join(fitting)
        taken.tell("also_called", taken.fields["also_called"], _("Taken over."))
    for name in names[len(fitting) :]:
        taken.tell("also_called", name, _("Not taken: there is no more room for other names."))


def take_slug(taken, value, article):
    text = str(value).strip()
    if article:
        is_same = text == article.slug
        became = _("The article has it.") if is_same else _("Not taken: the article keeps the address it has.")
    elif slug_re.fullmatch(text) and len(text) <= 120:
        taken.slug, became = text, _("Its address, if no other article has or had it.")
    else:
        became = _("Not taken: an address has small letters, digits and dashes only.")
    taken.tell("slug", value, became)


def take_language(taken, value, article):
    code = code_of(str(value))
    if code is None:
        became = _("Not taken: the site doesn't speak this language.")
    elif article and code != article.language:
        became = _("Not taken: the article keeps its language.")
    else:
        taken.language, became = code, _("Taken over.")
    taken.tell("language", value, became)


def code_of(text):
    """Return the site's own code for a language, as programs write it (en-GB, en_GB, en), or None."""
    wanted = text.strip().lower().replace("_", "-")
    codes = [code for code, _name in settings.LANGUAGES]
    same = (code for code in codes if code == wanted)
    alike = (code for code in codes if wanted and code.partition("-")[0] == wanted.partition("-")[0])
    return next(same, None) or next(alike, None)


def take_topic(taken, value, article):
    said = value.get("name") or value.get("slug") or "" if isinstance(value, dict) else value
    said = exchange.one_line(said)
    own = Topic.objects.filter(language=taken.language)
    found = own.filter(name__iexact=said).first() or own.filter(slug=said).first()
    if found is None:
        became = _("Not taken: there is no topic of this name. Make it, or choose one in the article.")
    elif article and article.topic_id not in (None, found.pk):
        became = _("Not taken: the article keeps the topic it has.")
    else:
        taken.topic, became = found, _("Taken over.")
    taken.tell("topic", said, became)


def take_authors(taken, value, article):
    """Name as authors those whom the site knows. Nobody is added to its people."""
    found = []
    for said in listed(value):
        name = exchange.one_line(said.get("name", "") if isinstance(said, dict) else said)
        people = named(name) or named(name.partition(",")[0])
        if len(people) == 1:
            found.append(people[0])
            taken.tell("authors", name, _("Taken over."))
        elif people:
            taken.tell("authors", name, _("Not taken: several people have this name. Choose one in the article."))
        else:
            taken.tell("authors", name, _("Not taken: nobody of this name is among the contributors."))
    if found:
        unique = {person.pk: person for person in sorted(found, key=lambda person: person.name)}
        taken.fields["authors"] = [person.as_text() for person in unique.values()]


def named(name):
    """Return the contributors of a name, or of a name as an export writes it: “rosa-test”."""
    found = list(Contributor.objects.filter(name=name.strip())) if name.strip() else []
    return found or [one for one in Contributor.objects.all() if slugify(one.name, allow_unicode=True) == name.strip()]


def take_sources(taken, value, article):
    """Take sources over as rows of Revision.text; one that the article has already keeps its key."""
    known = {row.url or row.title: row.key for row in article.sources.all()} if article else {}
    rows, keys = [], set()
    for said in listed(value):
        row = source_row(said)
        problem = problem_of(row) if row else _("it has no title.")
        if not problem and len(rows) == MAX_SOURCES:
            problem = _("an article has at most %(limit)d sources.") % {"limit": MAX_SOURCES}
        if problem:
            taken.tell("sources", as_words(said), _("Not taken: %(why)s") % {"why": problem})
            continue
        wanted = row.pop("key") or known.get(row["url"] or row["title"])
        key = wanted if wanted and wanted not in keys else next_key(stem_of(row), keys)
        keys.add(key)
        rows.append({"key": key} | row)
        taken.tell("sources", row["title"], _("A source. To cite it: [^%(key)s]") % {"key": key})
    if rows:
        taken.fields["sources"] = rows


def stem_of(row):
    """Return what the key of a source is made of; of one that is only an address, that of its site."""
    own = urlsplit(row["url"]).hostname if row["title"] == row["url"] and not problem_of(dict(row)) else ""
    return row["publisher"] or own or row["title"]


def source_row(said):
    """Return a source, as text or as a dict, with all fields of a row, or None where it has no title."""
    if not isinstance(said, dict):
        text = exchange.one_line(said)
        said = {"title": text, "url": text if text.startswith(("https://", "http://")) else ""}
    texts = {name: exchange.one_line(said.get(name) or "") for name in ("key", "title", "publisher", "url")}
    texts["title"] = texts["title"] or texts["url"]
    if not slug_re.fullmatch(texts["key"]) or len(texts["key"]) > 80:
        texts["key"] = ""
    year, day = str(said.get("year") or ""), said.get("read_on")
    day = day.isoformat()[:10] if isinstance(day, datetime.date) else str(day or "") or None
    return texts | {"year": year or None, "read_on": day} if texts["title"] else None


def problem_of(row):
    """Return why a row can't be a source, or an empty text; numbers and days in it become what they are."""
    shown = Source(**row)
    try:
        shown.clean_fields(exclude=["article", "key"])
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        return f"{Source._meta.get_field(name).verbose_name}: {sentences[0]}"
    row |= {"year": shown.year, "read_on": shown.read_on and shown.read_on.isoformat()}
    return ""


def take_review_due(taken, value, article):
    try:
        day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value))
        validate_review_due(day)
    except ValueError:
        return taken.tell("review_due", value, _("Not taken: it is no day, such as 2027-03-28."))
    except ValidationError as error:
        return taken.tell("review_due", value, _("Not taken: %(why)s") % {"why": error.messages[0]})
    taken.fields["review_due"] = day
    return taken.tell("review_due", value, _("Taken over."))


def listed(value):
    return [one for one in value if one is not None] if isinstance(value, list | tuple | set) else [value]


def as_words(said):
    return ", ".join(str(value) for value in said.values()) if isinstance(said, dict) else str(said)


OWN_WAY = {
    "also_called": take_names,
    "slug": take_slug,
    "language": take_language,
    "topic": take_topic,
    "authors": take_authors,
    "sources": take_sources,
    "review_due": take_review_due,
}
