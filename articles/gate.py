"""What keeps a text from going out, and what else keeps editors and reviewers from a move: the gate.

`reasons_against…` give a sentence for each reason; an empty list lets it pass.

Few things refuse: all else warns (articles/checks.py), for an article without a review, or overdue, can always be
corrected. An outline is broken by a heading without words and by one that skips a level.
"""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles import kinds, readability, rendering
from articles.models import Article, Change, Picture, Revision, validate_review_due
from articles.rendering import is_placeholder
from articles.standing import held_reviews, last_public, newest

WEB = re.compile(r"https?://[^/\\]", re.IGNORECASE)


# A text


def reasons_against(draft, live=None):
    """Return why a snapshot of the working copy must not go out, all reasons at once."""
    if live and draft.same_text(live):
        return [_("Nothing has changed since the article was last published.")]
    if not draft.sections:
        return [_("The article has no text yet. Add a section and write in it.")]
    if is_untranslated(draft):
        return [_("It still says what its original says, word by word. Translate it first.")]
    # An imported text may have none; the form asks for it, too.
    summary = [] if draft.summary.strip() else [_("It has no summary. Write its main message in a sentence or two.")]
    return (
        summary
        + [
            _("Section “%(heading)s”: %(problem)s") % {"heading": section["heading"], "problem": problem}
            for section in draft.sections
            for problem in reasons_against_section(section)
        ]
        + [
            _("“%(heading)s”: %(problem)s")
            % {"heading": Article._meta.get_field(name).verbose_name, "problem": problem}
            for name in ("known", "not_known", "sources_differ")
            for problem in problems_of_field(getattr(draft, name))
        ]
        + [
            *reasons_against_sources(draft.sources),
            *reasons_against_review_due(draft),
            *reasons_against_reviews(draft),
        ]
    )


def reasons_against_section(section):
    """Return why a section, as a revision keeps it, must not go out."""
    texts = [
        section["body"],
        *(section.get(name) or "" for name in kinds.OWN.get(section["kind"], ()) if name in kinds.TEXTS),
    ]
    text = kinds.as_markdown(section)
    reasons = [*rendering.problems(text)]
    reasons += [] if section["heading"].strip() else [_("It has no heading. Write one.")]
    reasons += [sentence for part in texts for _start, _end, sentence in outline_problems(part)]
    reasons += [picture_problem(picture) for picture in section.get("pictures", ()) if lacks_description(picture)]
    return reasons or ([] if text.strip() else [_("It has no text. Write some, or delete the section.")])


def problems_of_field(text):
    return [*rendering.problems(text), *(sentence for *_place, sentence in outline_problems(text))]


def is_untranslated(draft):
    """Return whether nothing of a translation has been translated."""
    original = (
        draft.based_on
        and Revision.objects.filter(article=draft.article.translation_of_id, number=draft.based_on).first()
    )
    names = ("title", "summary", "sections")
    return bool(original) and all(getattr(draft, name) == getattr(original, name) for name in names)


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


def reasons_against_reviews(draft):
    """Return which reviews of a text can't be claimed, since their reviewers have become its authors."""
    sentence = _(
        "%(name)s signed this text and counts as its author, so that review can't be claimed. "
        "Change the text and publish it as a new version without that review."
    )
    held = held_reviews(draft) if draft.pk else []
    return [sentence % {"name": signed.name} for signed in held if is_author(signed.contributor, draft.article)]


# Its reviews


def is_author(contributor, article):
    """Return whether someone wrote an article: is named as author, now or in any revision, or saved its text.

    Who wrote the article that it is a copy or a translation of wrote it, too.
    """
    return any(wrote(contributor, before) for before in lineage(article))


def lineage(article):
    """Return an article, what it is a copy or a translation of, and so on; one can be a copy of its own translation."""
    found = [article]
    for later in found:
        found += [before for before in (later.copy_of, later.translation_of) if before and before not in found]
    return found


def wrote(contributor, article):
    if article.authors.filter(pk=contributor.pk).exists():
        return True
    if contributor.user_id and article.revisions.filter(created_by=contributor.user_id).exists():
        return True
    authors = article.revisions.values_list("authors", flat=True)
    return any(author["id"] == contributor.pk for people in authors for author in people)


def reasons_against_review(article, revision, contributor):
    """Return why a contributor can't review a revision now, a sentence each."""
    reasons = []
    if is_author(contributor, article):
        reasons.append(_("%(name)s is an author of this article, so can't review it.") % {"name": contributor.name})
    if revision not in (newest(article), last_public(article)):
        reasons.append(_("The text has changed since this version, so it can't be reviewed any more."))
    return reasons


def reviewed_before(revision):
    """Return the revision whose review an editor may keep for this one, or None: the last one that is signed or out."""
    out = last_public(revision.article)
    earlier = revision.article.revisions.filter(number__lt=revision.number).order_by("-number")
    candidates = list(earlier.filter(number__gt=out.number)) if out else list(earlier)
    if out and out != revision:
        candidates.append(out)
    held = next((held for held in map(held_reviews, candidates) if held), None)
    return held[-1].revision if held else None


# Its translation


def reasons_against_translating(article, original, language):
    """Return why a translation of an article can't be begun; `original` is what readers see of it, if anything."""
    if original is None:
        return [_("Readers see nothing of this article. Publish it, then it can be translated.")]
    if article.translation_of_id:
        return [_("This article is a translation itself. Translate its original.")]
    if language == article.language or language not in dict(settings.LANGUAGES):
        return [_("Choose another language of the site.")]
    other = article.translations.filter(language=language).first()
    words = _("There is a translation into this language already: “%(title)s”.")
    return [words % {"title": other.title}] if other else []


# Its publication


def reasons_against_time(article, at, expires_at, now):
    """Return why an article can't come out at a time (None: now) and expire at another."""
    reasons = []
    if at and at <= now:
        reasons.append(_("The time of publication is past. Choose a later one, or publish now."))
    if expires_at and expires_at <= (at or now):
        reasons.append(_("The article would expire before it is published. Choose a later time to expire, or none."))
    hidden = article.withdrawn_at or (article.expires_at and article.expires_at <= now)
    if at and hidden:
        reasons.append(
            _("The article is withdrawn or has expired, so it can't wait for a time. Publish it when that comes.")
        )
    return reasons


def reasons_against_change(revision, kept, change, note):
    """Return why an editor's choice between a small and a substantial change can't stand."""
    if kept is None or held_reviews(revision):
        return []
    if not change:
        return [_("The text differs from the one that was reviewed. Say whether the review still holds.")]
    if change == Change.SUBSTANTIAL:
        return []
    reasons = [] if note else [_("Say in a line what the small correction is: readers see it beside the review.")]
    if revision.reviews.exists():
        reasons.append(_("A reviewer asked for changes to this version, so an earlier review can't be kept."))
    return reasons + reasons_against_keeping(held_reviews(kept), revision.article)


def reasons_against_keeping(reviews, article):
    """Return which reviews can't count for a later text, because their reviewers have become its authors."""
    return [
        _("%(name)s reviewed the text and is now an author, so that review can't be kept.") % {"name": signed.name}
        for signed in reviews
        if is_author(signed.contributor, article)
    ]


def reasons_against_scheduled(other, at, choice, expires_at):
    """Return why the choice for a revision that waits for its time can't stand."""
    if other is None:
        return []
    words = {"number": other.number, "time": date_format(timezone.localtime(other.published_at), "j F Y, H:i")}
    if at:
        if choice == "cancel":
            return []
        return [_("Version %(number)d waits for %(time)s already, and only one can. Cancel that one first.") % words]
    if choice in ("keep", "rebase") and expires_at and expires_at <= other.published_at:
        return [_("The article would expire before its waiting version is published. Choose a later time.")]
    if choice in ("keep", "rebase", "cancel"):
        return []
    return [_("Version %(number)d will be published at %(time)s. Say what shall become of it.") % words]


def reasons_against_reappearing(article, at, puts_back, clears_warning):
    """Return why a withdrawn article can't come out with a text, or why its banner can't go with it."""
    reasons = []
    if article.withdrawn_at and not puts_back:
        reasons.append(_("The article is withdrawn. Say that it shall be put back with this text, or leave it."))
    if at and clears_warning:
        reasons.append(_("The banner can be taken away when you publish now, not for a time to come."))
    return reasons
