"""The kinds of section: which fields each has, and how they read as text. No database."""

import re

from django.db.models import TextChoices
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    TEXT = "text", _("Text")
    ACT_NOW = "act_now", _("Act now")
    NON_URGENT = "non_urgent", _("Care card: see a doctor")
    URGENT = "urgent", _("Care card: get help urgently")
    EMERGENCY = "emergency", _("Care card: emergency")
    DO_DONT = "do_dont", _("Do and don't")
    EXERCISE = "exercise", _("Exercise")
    OPTION = "option", _("Treatment option")
    QUESTIONS = "questions", _("Questions to ask")
    MORE_HELP = "more_help", _("More help")


HELP = {  # what an editor should know of each (its rules: articles/rules.py)
    Kind.ACT_NOW: _(
        "It stands right under the title. Write a numbered list of at most 4 steps, each starting with a verb: "
        "“1. Straighten the leg.” An article has one of these."
    ),
    Kind.NON_URGENT: _(
        "When to see a doctor, without hurry. End the heading in “if:”. Write a list of 2 to 7 signs and, if need be, "
        "one short paragraph. The page says “Not urgent” in the heading."
    ),
    Kind.URGENT: _(
        "When to get help soon. End the heading in “if:”. Write a list of 2 to 7 signs and, if need be, "
        "one short paragraph. The page says “Urgent” in the heading."
    ),
    Kind.EMERGENCY: _(
        "When to call for help at once. End the heading in “if:”. Write a list of 2 to 7 signs and, if need be, "
        "one short paragraph, without links. The page says “Emergency” in the heading."
    ),
    Kind.DO_DONT: _("What to do, and below it what not to do. The page shows both as lists."),
    Kind.EXERCISE: _(
        "One movement, step by step. It needs its steps and when it is for. Leave empty what you can't say: "
        "the page makes up no number."
    ),
    Kind.OPTION: _("One treatment. It needs both what good it can do and what harm."),
    Kind.QUESTIONS: _("What readers can ask a doctor or pharmacist."),
    Kind.MORE_HELP: _("Where readers find more help: organisations, telephone numbers, websites."),
}
CARE_CARDS = (Kind.NON_URGENT, Kind.URGENT, Kind.EMERGENCY)
ON_SHEET = (Kind.ACT_NOW, Kind.EXERCISE, *CARE_CARDS)  # what is printed on one sheet


class When(TextChoices):
    DURING = "during", _("During a cramp")
    PREVENT = "prevent", _("To prevent cramps")


class Posture(TextChoices):
    IN_BED = "in_bed", _("In bed")
    SITTING = "sitting", _("Sitting")
    STANDING = "standing", _("Standing")
    WITH_HELP = "with_help", _("With someone's help")


class Sides(TextChoices):
    TOGETHER = "together", _("Both sides together")
    EACH = "each", _("One side, then the other")


# The fields that a kind has besides its heading and its body, in reading order.
LINES = ("steps", "do", "do_not", "questions", "stop_if")  # one on each line
TEXTS = ("how_it_works", "benefit", "risk", "certainty", "without")  # Markdown
CHOICES = {"when": When, "sides": Sides}
POSTURES = "postures"  # several of Posture, with blanks between
NUMBERS = {  # with how they read
    "hold": ngettext_lazy("%(count)d second", "%(count)d seconds", "count"),
    "rest": ngettext_lazy("%(count)d second", "%(count)d seconds", "count"),
    "repeats": ngettext_lazy("%(count)d time", "%(count)d times", "count"),
    "minutes": ngettext_lazy("%(count)d minute", "%(count)d minutes", "count"),
    "times_a_day": ngettext_lazy("%(count)d time", "%(count)d times", "count"),
}
LABELS = {  # what a reader is told each part is
    "when": _("When"),
    "postures": _("Position"),
    "steps": _("Steps"),
    "hold": _("Hold"),
    "rest": _("Rest"),
    "repeats": _("Repeat"),
    "minutes": _("For"),
    "times_a_day": _("Each day"),
    "sides": _("Sides"),
    "stop_if": _("Stop if"),
    "do": _("Do"),
    "do_not": _("Do not"),
    "how_it_works": _("How it works"),
    "benefit": _("Benefit"),
    "risk": _("Risk"),
    "certainty": _("How sure we are"),
    "without": _("What if you do nothing"),
    "questions": _("Questions"),
}
PICTURES = ("picture", "picture_2", "picture_3")
LEVELS = {  # how urgent a care card is, said in words beside its heading
    Kind.NON_URGENT: _("Not urgent"),
    Kind.URGENT: _("Urgent"),
    Kind.EMERGENCY: _("Emergency"),
}
OWN = {
    Kind.DO_DONT: ("do", "do_not"),
    Kind.EXERCISE: ("when", POSTURES, "steps", *NUMBERS, "sides", "stop_if"),
    Kind.OPTION: TEXTS,
    Kind.QUESTIONS: ("questions",),
}
FIELDS = ("when", POSTURES, "steps", *NUMBERS, "sides", "stop_if", "do", "do_not", *TEXTS, "questions")


MARK = re.compile(r"(?:[-*+•]|\d{1,2}[.)])\s+")


def lines(text):
    """Return the lines of a field that has one thing on each, without blank ones, and without marks of a list."""
    found = (
        MARK.sub("", line.strip(), count=1) if MARK.match(line.strip()) else line.strip() for line in text.splitlines()
    )
    return [line for line in found if line]


def postures(section):
    """Return the labels of the positions in which an exercise can be done."""
    return [Posture(value).label for value in section.get(POSTURES, "").split() if value in Posture.values]


def facts(section):
    """Return what an exercise's fields without Markdown say, as (name, label, words), in reading order."""
    names = [name for name in OWN.get(section["kind"], ()) if name not in (*LINES, *TEXTS) and section.get(name)]
    return [(name, LABELS[name], fact(section, name)) for name in names]


def fact(section, name):
    """Return in words what a field without Markdown says; a value that it can't have, as it stands."""
    value = section[name]
    if name == POSTURES:
        return ", ".join(map(str, postures(section)))
    if name in CHOICES:
        return dict(CHOICES[name].choices).get(value, value)
    is_number = isinstance(value, int) or (value.isascii() and value.isdigit() and len(value) < 6)
    return NUMBERS[name] % {"count": int(value)} if is_number else value


def markdown_parts(section):
    """Return the Markdown of a section's body and of its own fields that have any, by name, in reading order."""
    parts = {"body": section["body"]}
    for name in OWN.get(section["kind"], ()):
        text = section.get(name)
        if text and name in TEXTS:
            parts[name] = text
        elif text and name in LINES:
            parts[name] = "\n".join(f"{'1.' if name == 'steps' else '-'} {line}" for line in lines(text))
    return {name: text for name, text in parts.items() if text.strip()}


def as_markdown(section):
    """Return all that a section says below its heading as one Markdown text, its pictures aside."""
    said = [f"- {label}: {words}" for _name, label, words in facts(section)]
    parts = markdown_parts(section)
    body = parts.pop("body", "")
    named = [f"**{LABELS[name]}**\n\n{text}" for name, text in parts.items()]
    return "\n\n".join(filter(None, [body, "\n".join(said), *named]))


def picture_words(picture):
    """Return in words which picture a section shows, as Picture.as_text gives it, and what is said of it."""
    name = picture["drawing"] or picture["image"].rpartition("/")[2]
    credit = gettext("Credit: %(credit)s") % {"credit": picture["credit"]} if picture.get("credit") else ""
    said = (gettext("Picture: %(name)s") % {"name": name}, picture["alt"], picture["caption"], credit)
    return ". ".join(part.strip().rstrip(".") for part in said if part.strip()) + "."


def in_words(section):
    """Return all that a section says and shows below its heading, for people who compare texts."""
    return "\n\n".join(filter(None, [as_markdown(section), *map(picture_words, section.get("pictures", ()))]))


def only_own(section):
    """Return a section without what it may have in the fields of other kinds."""
    others = {*FIELDS} - {*OWN.get(section["kind"], ())}
    return section | dict.fromkeys(others & {*section}, "")
