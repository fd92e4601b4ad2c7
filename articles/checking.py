"""What a check finds, and the fields of an article that are checked. No database."""

import dataclasses
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from articles import kinds, readability

WORDS = 300  # letters of the words that an answer keeps (articles/models/desk.py)
ARTICLE = "article"  # the place of what concerns the article as a whole


class Verdict(TextChoices):
    MISSING = "missing", _("Missing")
    DECIDE = "decide", _("You decide")
    MET = "met", _("Met")


class Spot(NamedTuple):
    """Where words stand in a field as it was written."""

    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """One result of a check. `place` is a field of the article or a section's or source's key; `field`, one of its."""

    check: str
    verdict: Verdict
    sentence: str = ""  # what to do, or what is well
    place: str = ARTICLE
    field: str = ""
    words: str = ""  # those concerned, as they were written; empty: the place as a whole
    spots: tuple = ()  # where they stand
    said: str = ""  # the words as readers read them, for marking them in a preview
    answer: object = dataclasses.field(default=None, compare=False)  # why an editor keeps it (models.Answer)

    @property
    def name(self):
        """What an answer calls the check. Without words, the field belongs to it."""
        return self.check if self.words or not self.field else f"{self.check}.{self.field}"

    @property
    def key(self):
        """What an answer must name: (finding, place, words)."""
        return self.name, self.place, self.words[:WORDS]

    @property
    def is_open(self):
        return self.verdict != Verdict.MET and self.answer is None


class Field(NamedTuple):
    """A field with text: of the article (place and name are the same) or of a section."""

    place: str
    name: str
    text: str
    how: str  # it is written (articles/readability.py)

    def prose(self):
        return readability.read(self.text, self.how)

    def finding(self, check, verdict, sentence, start=None, end=None, said=""):
        """Return a Finding about words of the field, or about all of it."""
        if start is None:
            return Finding(check, verdict, sentence, self.place, self.name)
        words = self.text[start:end]
        return Finding(check, verdict, sentence, self.place, self.name, words, (Spot(start, end),), said or words)


def fields_of(revision):
    """Return the Fields of a revision that say something, in reading order."""
    names = {"title": readability.HEADING, "summary": readability.PLAIN}
    found = [Field(name, name, getattr(revision, name), how) for name, how in names.items()]
    for section in revision.sections:
        found += fields_of_section(section)
    for name in ("known", "not_known", "sources_differ"):
        found.append(Field(name, name, getattr(revision, name), readability.MARKDOWN))
    return [part for part in found if part.text.strip()]


def fields_of_section(section):
    yield Field(section["key"], "heading", section["heading"], readability.HEADING)
    yield Field(section["key"], "body", section["body"], readability.MARKDOWN)
    for name in kinds.OWN.get(section["kind"], ()):
        if name in kinds.LINES:
            yield Field(section["key"], name, section.get(name) or "", readability.LINES)
        elif name in kinds.TEXTS:
            yield Field(section["key"], name, section.get(name) or "", readability.MARKDOWN)


def joined(findings):
    """Return findings in order, those with the same key as one: the same words twice in a place, or two sentences."""
    found = {}
    for finding in findings:
        before = found.get(finding.key)
        if before is None:
            found[finding.key] = finding
            continue
        spots = (*before.spots, *finding.spots) if before.field == finding.field else before.spots
        is_said = finding.sentence in before.sentence
        sentence = before.sentence if is_said else f"{before.sentence} {finding.sentence}"
        found[finding.key] = replace(before, spots=spots, sentence=sentence)
    return list(found.values())
