"""Replacing words, or an address, in the working copies of all articles.

A search (Words, Address) finds places; each says what it becomes; those that somebody ticked are found again and
changed, each article whole and as a new version. What changed meanwhile, or would break a rule, stays as it is.
"""

import re
import time
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from markdown_it.common.utils import unescapeAll

from articles import addresses, kinds, publishing, rendering, rules
from articles.models import Article, Revision, Section, Source

MOST = 200  # places that are shown at once
SCAN = 1_000  # articles that are looked through at once; the database has chosen them before
SECONDS = 25  # that one change of many articles may take
ONE_BY_ONE = 50  # links of one text that are tried each by itself
AROUND = 60  # characters shown before and after a place

PLAIN = ("title", "also_called", "summary", "funding")
ONE_LINE = {"title", "also_called", "heading"}
OF_ARTICLE = ("title", "also_called", "summary", *addresses.GROUNDS, "funding")
OF_SECTION = ("heading", "body", *kinds.LINES, *kinds.TEXTS)
# Where words mean something to the site: the address of a link, the key of a source
SIGNS = re.compile(r"\]\([^)\s]*|https?://[^\s<>)\]]+|\[\^[^\]\s]+\]|^ {0,3}\[[^\]\n]+\]:\s*\S+", re.MULTILINE)
TARGET = r"(?:\\.|[^\s\\<>()]|\((?:\\.|[^\s\\<>()])*\))+"
TARGETS = re.compile(  # where an address of a link may stand in Markdown
    rf"\]\(\s*<(?P<pointed>[^<>\n]+)>|\]\(\s*(?P<inline>{TARGET})|<(?P<auto>https?://[^\s<>]+)>"
    rf"|^[ >]*\[[^\]\n]+\]:\s*<?(?P<named>{TARGET})",
    re.MULTILINE | re.IGNORECASE,
)
BLANK_LINES = re.compile(r"\n\s*\n")
PLACE = re.compile(r"([1-9]\d{0,17}):(\d{1,9}):([a-z_]+(?:\.[\w-]{1,80})?\.[a-z_]+):(\d{1,6})", re.ASCII)


@dataclass
class Text:
    """A field of a working copy: of the article's own row, or of a section's or source's."""

    article: Article
    row: object
    name: str

    @property
    def value(self):
        return getattr(self.row, self.name)

    @property
    def where(self):
        """The name of its place, which stays the same while the article's version does."""
        part = {Article: "article", Section: "section.{}", Source: "source.{}"}[type(self.row)]
        return f"{part.format(getattr(self.row, 'key', ''))}.{self.name}"

    @property
    def unit(self):
        """What is changed whole or not at all: a section for its rules, a field of the article itself."""
        return self.where if self.row == self.article else self.where.rpartition(".")[0]

    @property
    def label(self):
        name = self.row._meta.get_field(self.name).verbose_name
        return str(name) if self.row == self.article else f"“{self.row}”, {name}"

    @property
    def is_markdown(self):
        return self.name not in PLAIN and self.name != "heading" and not isinstance(self.row, Source)

    def links(self, value):
        """Return the addresses that it would link to with a value."""
        if isinstance(self.row, Section):
            value = kinds.markdown_parts(self.row.as_text() | {self.name: value}).get(self.name, "")
        return [addresses.full(address, self.article) for address in addresses.linked(value)]


def texts(article):
    """Return the texts of a working copy in reading order; what its sections' kinds don't show is left out."""
    found = [Text(article, article, name) for name in OF_ARTICLE]
    for section in article.sections.all():
        shown = {"heading", "body", *kinds.OWN.get(section.kind, ())}
        found += [Text(article, section, name) for name in OF_SECTION if name in shown]
    found += [Text(article, source, "url") for source in article.sources.all()]
    return [text for text in found if text.value]


@dataclass
class Place:
    """Where a text is to be changed: from `start` to `end` it becomes `new`."""

    text: Text
    start: int
    end: int
    new: str
    is_doubtful: bool = False  # so not ticked unless somebody does

    @property
    def name(self):
        return f"{self.text.where}:{self.start}"

    @property
    def old(self):
        return self.text.value[self.start : self.end]

    @property
    def before(self):
        """What stands before it, from the beginning of a word on."""
        start = max(0, self.start - AROUND)
        shown = BLANK_LINES.sub("\n", self.text.value[start : self.start])
        return f"…{shown[shown.find(' ') + 1 :]}" if start else shown

    @property
    def after(self):
        end = self.end + AROUND
        shown = BLANK_LINES.sub("\n", self.text.value[self.end : end])
        return f"{shown.rpartition(' ')[0] or shown}…" if end < len(self.text.value) else shown


# What is looked for


@dataclass
class Words:
    """Words to replace by others, as they stand: no sign in them means anything."""

    find: str
    new: str
    match_case: bool = False
    whole_words: bool = False

    @cached_property
    def pattern(self):
        inner = re.escape(self.find)
        flags = re.NOFLAG if self.match_case else re.IGNORECASE
        return re.compile(rf"(?<!\w){inner}(?!\w)" if self.whole_words else inner, flags)

    @property
    def note(self):
        return _("Replaced “%(old)s” by “%(new)s”.") % {"old": shortened(self.find), "new": shortened(self.new)}

    def articles(self):
        """Return the articles in which the database finds the words, however they are written."""
        # Not every database knows the capitals of letters beyond those of English, so each way to write them is asked.
        ways = {self.find}
        if not self.find.isascii():
            ways |= {self.find.lower(), self.find.upper(), self.find.capitalize()}
        conditions = [
            Q.create([(f"{name}__icontains", way) for name in names for way in sorted(ways)], connector=Q.OR)
            for names in (OF_ARTICLE, OF_SECTION)
        ]
        sections = Section.objects.filter(conditions[1], article=OuterRef("pk"))
        return Article.objects.filter(conditions[0] | Exists(sections), deleted_at=None)

    def places(self, text):
        if isinstance(text.row, Source):
            return []  # what others called their page stays, and so does its address
        signs = [match.span() for match in SIGNS.finditer(text.value)] if text.is_markdown else []
        return [
            Place(text, *match.span(), self.new, any(a < match.end() and match.start() < b for a, b in signs))
            for match in self.pattern.finditer(text.value)
            if match[0] != self.new
        ]


@dataclass
class Address:
    """An address to replace by another, wherever a link leads there."""

    link: object
    new: str

    @property
    def note(self):
        words = {"old": shortened(self.link.url, 80), "new": shortened(self.new, 80)}
        return _("Link replaced: %(old)s → %(new)s") % words

    def articles(self):
        return Article.objects.filter(outside_links=self.link, deleted_at=None)

    def places(self, text):
        if isinstance(text.row, Source):
            is_meant = addresses.full(text.value, text.article) == self.link.url
            return [Place(text, 0, len(text.value), self.new)] if is_meant else []
        if not text.is_markdown:
            return []
        found = [place for match in TARGETS.finditer(text.value) if (place := self.place(text, match))]
        if not found or self.leads_there(text, found, of_each=True):
            return found
        return [place for place in found[:ONE_BY_ONE] if self.leads_there(text, [place])]

    def place(self, text, match):
        """Return the Place of an address in Markdown, if it is the one that is meant."""
        form = match.lastgroup
        if addresses.full(unescapeAll(match[form]), text.article) != self.link.url:
            return None
        new = rendering.AS_WRITTEN.normalizeLink(self.new)
        if form in ("inline", "named"):
            new = re.sub(r"[()]", r"\\\g<0>", new)
        return Place(text, *match.span(form), new)

    def leads_there(self, text, found, of_each=False):
        """Return whether the page's own parser finds the new address in place of the old one, and all else as it was.

        What stands in code, say, looks like a link and is none. `of_each`: whether each place is a link of its own.
        """
        goal = addresses.full(self.new, text.article)
        before, after = text.links(text.value), text.links(replaced(text.value, found))
        pairs = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
        is_so = len(before) == len(after) and bool(pairs) and set(pairs) == {(self.link.url, goal)}
        return is_so and (not of_each or len(found) == len(pairs) == before.count(self.link.url))


def shortened(text, most=60):
    return Truncator(text).chars(most)


def places(search, article):
    """Return the Places of a search in an article's working copy."""
    return [place for text in texts(article) for place in search.places(text)]


def replaced(value, found):
    """Return a text with each of its places changed."""
    for place in sorted(found, key=lambda place: -place.start):
        value = value[: place.start] + place.new + value[place.end :]
    return value


# The preview


@dataclass
class Group:
    """The places in one article, of which so many are not shown. `version` is what they were found in."""

    article: Article
    version: int
    places: list
    left: int = 0

    def name(self, place):
        return f"{self.article.pk}:{self.version}:{place.name}"


@dataclass
class Preview:
    groups: list = field(default_factory=list)
    after: int = 0  # the last article that was looked at: the next preview begins behind it
    left: int = 0  # articles behind it that may have more

    @property
    def count(self):
        return sum(len(group.places) for group in self.groups)


def preview(search, after=0):
    """Return what a search finds in the articles behind one, up to a number that somebody can look at."""
    candidates = search.articles().order_by("pk")
    shown = Preview(after=after)
    newest = Revision.objects.filter(article=OuterRef("pk")).order_by("-number").values("number")[:1]
    rows = candidates.filter(pk__gt=after).annotate(version=Subquery(newest))
    for article in rows.prefetch_related("sections", "sources")[:SCAN].iterator(chunk_size=50):
        found = places(search, article)
        if shown.groups and shown.count + len(found) > MOST:
            break
        shown.after = article.pk
        if found:
            shown.groups.append(Group(article, article.version or 0, found[:MOST], max(0, len(found) - MOST)))
    shown.left = candidates.filter(pk__gt=shown.after).count()
    shown.groups.sort(key=lambda group: (group.article.title.casefold(), group.article.pk))
    return shown


# The change


@dataclass
class Report:
    """What was changed, as (article, number of places), and what was not, as (article, label, reason)."""

    changed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    @property
    def count(self):
        return sum(number for _article, number in self.changed)


def chosen(names):
    """Return posted names of places as {(article id, version): {names within it}}; what is no such name is left out."""
    found = {}
    for match in filter(None, map(PLACE.fullmatch, names)):
        found.setdefault((int(match[1]), int(match[2])), set()).add(f"{match[3]}:{int(match[4])}")
    return found


def apply(search, names, *, by, may_change=lambda article: True):
    """Change the places of a search that were ticked, by their names in the preview, and return a Report."""
    report, ends = Report(), time.monotonic() + SECONDS
    for (pk, version), wanted in chosen(names).items():
        article = Article.objects.filter(pk=pk).first()
        if article is None or not may_change(article):
            continue
        if time.monotonic() > ends:
            report.skipped.append((article, "", _("There was no time left for it. Look for the same again.")))
            continue
        change(search, article, version, wanted, report, by)
    return report


@transaction.atomic
def change(search, article, version, wanted, report, by):
    """Change the wanted places of one article, if it still is the version that they were found in."""
    article = publishing.lock(article)
    newest = publishing.newest(article)
    if article.deleted_at or (newest.number if newest else 0) != version:
        report.skipped.append(
            (article, "", _("Somebody changed the article meanwhile, so nothing in it was replaced."))
        )
        return
    found = [place for place in places(search, article) if place.name in wanted]
    if len(found) < len(wanted):
        report.skipped.append((article, "", _("Some of what was ticked is not there any more.")))
    rows, count = {}, 0
    for place in found:
        rows.setdefault(place.text.unit, []).append(place)
    for own in rows.values():
        reasons = change_row(own)
        report.skipped += [(article, own[0].text.label, reason) for reason in reasons]
        count += 0 if reasons else len(own)
    if count:
        publishing.record(article, by=by, note=search.note[:200], action="replace")
        report.changed.append((article, count))


def change_row(found):
    """Change the places of one row, or return why it must stay as it is."""
    row, values = found[0].text.row, {}
    for name in dict.fromkeys(place.text.name for place in found):
        value = replaced(getattr(row, name), [place for place in found if place.text.name == name])
        values[name] = value.strip() if name in ONE_LINE else value
    after = copy(row)
    for name, value in values.items():
        setattr(after, name, value)
    if reasons := reasons_against(row, after, values, found[0].text.article.language):
        return reasons
    # The row itself, for the article's goes on to be saved; it has a time of its own to keep.
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, "updated_at"] if isinstance(row, Article) else [*values])
    return []


def reasons_against(before, after, names, language):
    """Return why a row can't say something else, a sentence each. What was wrong before is no reason."""
    reasons = []
    for name in names:
        column, value = after._meta.get_field(name), getattr(after, name)
        if column.max_length and len(value) > column.max_length:
            words = _("It would have %(size)d characters, and at most %(limit)d fit.")
            reasons.append(words % {"size": len(value), "limit": column.max_length})
            continue
        try:
            column.clean(value, after)
        except ValidationError as error:
            reasons += error.messages
    return reasons or [reason for reason in wrong(after, language) if reason not in wrong(before, language)]


def wrong(row, language):
    """Return what the rules and the page say against a row's text."""
    if isinstance(row, Section):
        section = row.as_text()
        told = [str(sentence) for _name, sentence in rules.problems(section, language)]
        return told + rendering.problems(kinds.as_markdown(section))
    if isinstance(row, Article):
        return [problem for name in addresses.GROUNDS for problem in rendering.problems(getattr(row, name))]
    return []
