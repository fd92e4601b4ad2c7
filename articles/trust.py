"""What a page says of where its text comes from: the four dates, who checked it, and what changed."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Change, Event, Review
from articles.publishing import held_reviews

SHORT = 10  # lines of the history that readers see


@dataclass
class Trust:
    """The facts of one revision at a time. Each date is its own; none stands in for another that is missing."""

    published: datetime | None = None
    changed: datetime | None = None
    reviewed: datetime | None = None
    due: date | None = None
    is_overdue: bool = False
    needs_review: bool = False  # an editor said that the last change was substantial
    reviews: list = field(default_factory=list)
    edited_since: list = field(default_factory=list)  # public revisions since the one that was reviewed
    history: list = field(default_factory=list)  # (time, sentence), the newest first
    next_change: datetime | None = None  # when the page will say something else by itself


def of(revision, at=None):
    """Return the Trust of a revision as readers see it at a time (default: now)."""
    at = at or timezone.now()
    revisions = list(
        revision.article.revisions.exclude(published_at=None)
        .select_related("reviewed_as")
        .prefetch_related("reviews", "reviewed_as__reviews")
        .order_by("published_at", "number")
        .defer("sections", "sources", "authors")
    )
    public = [other for other in revisions if other.published_at <= at]
    shown = next((other for other in public if other.pk == revision.pk), revision)
    reviews = held_reviews(shown)
    trust = Trust(reviews=reviews, needs_review=shown.change == Change.SUBSTANTIAL and not reviews)
    trust.published = public[0].published_at if public else None
    trust.changed = shown.published_at
    reviewed = reviews[-1] if reviews else last_signed(revision, at)
    trust.reviewed = reviewed and reviewed.at
    trust.due = reviews[-1].correct_until if reviews else revision.review_due
    trust.is_overdue = bool(trust.due) and trust.due < timezone.localdate(at)
    if reviews and reviews[-1].revision_id != shown.pk:
        since = reviews[-1].revision.number
        trust.edited_since = [other for other in public if since < other.number <= shown.number]
    trust.history = history(revision, public, at)
    trust.next_change = next_change(revision, revisions, trust.due, at)
    return trust


def last_signed(revision, at):
    """Return the last review of any public version, whether it still counts or not."""
    signed = Review.objects.filter(revision__article=revision.article_id, correct_until__isnull=False, at__lte=at)
    return signed.last()


def history(revision, public, at):
    """Return the last lines of what readers are told of an article's past."""
    lines = [
        (other.published_at, other.public_note or _("Published") if index else _("First published"))
        for index, other in enumerate(public)
    ]
    notes = Event.objects.filter(article=revision.article_id, action="add_note", at__lte=at)
    lines += notes.values_list("at", "note")
    for other in public:
        lines += [
            (signed.at, _("Checked by %(name)s") % {"name": signed.name})
            for signed in other.reviews.all()
            if signed.correct_until
        ]
    return sorted(lines, key=lambda line: line[0], reverse=True)[:SHORT]


def next_change(revision, revisions, due, at):
    """Return when the page changes next by the clock alone, or None: a publication, the expiry, a review overdue."""
    times = [other.published_at for other in revisions if other.published_at > at]
    if revision.article.expires_at:
        times.append(revision.article.expires_at)
    if due:
        times.append(timezone.make_aware(datetime.combine(due + timedelta(days=1), time())))
    return min((moment for moment in times if moment > at), default=None)
