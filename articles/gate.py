"""What keeps a text from going out, beyond what rendering.problems says of its links and pictures: the gate.

Few things refuse: all else warns (articles/checks.py), for an article without a review, or overdue, can always be
corrected. An outline is broken by a heading without words and by one that skips a level.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from articles import kinds, readability
from articles.models import Picture, validate_review_due
from articles.rendering import is_placeholder
from articles.standing import held_reviews

WEB = re.compile(r"https?://[^/\\]", re.IGNORECASE)


def outline_problems(text):
    """Yield what is wrong with the headings within a Markdown text, as (start, end, sentence)."""
    before = None
    for level, words, start, end in readability.read(text).headings:
        if not words:
            yield start, end, _("A subheading has no words. Write some, or delete its sign #.")
        elif before is not None and level > before + 1:
            signs = {"heading": words[:80], "signs": "#" * (before + 1)}
            yield start, end, _("The subheading “%(heading)s” skips a level. Begin it with “%(signs)s ”.") % signs
        before = level


def reasons_against_section(section):
    """Return why the outline or the pictures of a section, as a revision keeps it, must not go out."""
    reasons = [] if section["heading"].strip() else [_("It has no heading. Write one.")]
    texts = [
        section["body"],
        *(section.get(name) or "" for name in kinds.OWN.get(section["kind"], ()) if name in kinds.TEXTS),
    ]
    reasons += [sentence for text in texts for _start, _end, sentence in outline_problems(text)]
    return reasons + [picture_problem(picture) for picture in section.get("pictures", ()) if lacks_description(picture)]


def picture_problem(picture):
    name = picture["drawing"] or picture["image"].rpartition("/")[2]
    return _("The picture “%(name)s” has no description. Write one in the library of pictures.") % {"name": name}


def lacks_description(picture):
    """Return whether a picture, as a revision keeps it, shows something that nobody has described."""
    if picture["alt"]:
        return is_placeholder(picture["alt"])
    return Picture.objects.filter(pk=picture["id"], is_decorative=False, alt="").exists()


def reasons_against_sources(sources):
    unsafe = (source for source in sources if source["url"] and not WEB.match(source["url"]))
    sentence = _("The address of the source “%(title)s” can't be used. Write one that begins with https://.")
    return [sentence % {"title": source["title"]} for source in unsafe]


def reasons_against_review_due(draft):
    """Return why the next review can't be due when a text says; a day that was public before is not set now."""
    day = draft.review_due
    if not day or draft.article.revisions.public().filter(review_due=day).exists():
        return []
    try:
        validate_review_due(day)
    except ValidationError as error:
        return [_("“First review due”: %(problem)s") % {"problem": problem} for problem in error.messages]
    return []


def reasons_against_reviews(draft, is_author):
    """Return which reviews of a text can't be claimed, since their reviewers have become its authors."""
    sentence = _(
        "%(name)s signed this text and counts as its author, so that review can't be claimed. "
        "Change the text and publish it as a new version without that review."
    )
    held = held_reviews(draft) if draft.pk else []
    return [sentence % {"name": signed.name} for signed in held if is_author(signed.contributor, draft.article)]
