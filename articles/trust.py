"""What a page says of where its text comes from: the four dates, who checked it, and what changed."""

import re
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Event, Review, Revision
from articles.rendering import is_external
from articles.reviewing import corrected
from articles.standing import FAR, counting, held_reviews, known_revisions, newest

SHORT = 10  # lines of the history that readers see


@dataclass
class Trust:
    """The facts of one revision at a time. Each date is its own; none stands in for another that is missing."""

    published: datetime | None = None  # the article, for the first time
    changed: datetime | None = None  # the text, after that
    is_public: bool = False  # the text, now or before
    due: date | None = None
    is_overdue: bool = False
    reviews: list = field(default_factory=list)  # those that count for the text, the newest last
    earlier: Review | None = None  # where none counts, the last one of an earlier public version
    edited_since: list = field(default_factory=list)  # public revisions since the review, the newest first
    history: list = field(default_factory=list)  # (time, sentence), the newest first
    next_change: datetime | None = None  # when the page will say something else by itself

    @property
    def review(self):
        """The review that counts now, or None."""
        return self.reviews[-1] if self.reviews else None

    @property
    def reviewed(self):
        """When the text, or else an earlier version of it, was last reviewed, or None."""
        last = self.review or self.earlier
        return last and last.at

    @property
    def reviewers(self):
        """The last review of each person, the newest first."""
        last = {}
        for signed in reversed(self.reviews):
            last.setdefault(signed.contributor_id, signed)
        return list(last.values())


def of(revision, at=None):
    """Return the Trust of a revision, public or not, as it is at a time (default: now)."""
    at = at or timezone.now()
    revisions = known_revisions(revision.article)
    public = [other for other in revisions if other.published_at and other.published_at <= at]
    own_id = saved_as(revision)
    shown = next((other for other in revisions if other.pk == own_id), None)
    held, earlier = counting(shown, public)
    trust = Trust(reviews=[as_shown(signed) for signed in held], is_public=shown in public)
    trust.earlier = earlier and as_shown(earlier)
    if public:
        trust.published = public[0].published_at
    if shown in public[1:]:
        trust.changed = shown.published_at
    last = trust.review or trust.earlier
    trust.due = last.correct_until if last else revision.review_due
    trust.is_overdue = bool(trust.due) and trust.due < timezone.localdate(at)
    if trust.review and trust.review.revision_id != shown.pk:
        since = trust.review.revision.number
        trust.edited_since = [other for other in reversed(public) if since < other.number <= shown.number]
    trust.history = history(revision.article, public, at)
    trust.next_change = next_change(revision.article, revisions, trust.due, at)
    return trust


def as_shown(review):
    """Return a copy of a review for readers: what its signer has corrected is said to be being confirmed."""
    shown, waiting = copy(review), corrected(review)
    if "credentials" in waiting:
        shown.credentials = _("qualifications being confirmed")
    if "interests" in waiting:
        shown.interests = _("being confirmed")
    return shown


def saved_as(revision):
    """Return the id of a revision; of an unsaved one, the id of the last one saved if that says the same."""
    if revision.pk:
        return revision.pk
    saved = newest(revision.article)
    return saved.pk if saved and saved.same_text(revision) else None


def history(article, public, at):
    """Return the last lines of what readers are told of an article's past."""
    again, first = _("A new version was published."), _("First published.")
    lines = [
        (other.published_at, other.public_note or (again if index else first)) for index, other in enumerate(public)
    ]
    lines += Event.objects.filter(article=article, action="add_note", at__lte=at).values_list("at", "note")
    signed = {review.pk: review for other in public for review in held_reviews(other)}
    lines += [(review.at, _("Checked by %(name)s.") % {"name": review.name}) for review in signed.values()]
    return sorted(lines, key=lambda line: line[0], reverse=True)[:SHORT]


def next_change(article, revisions, due, at):
    """Return when the page changes next by the clock alone, or None: a publication, the expiry, a review overdue."""
    times = [other.published_at for other in revisions if other.published_at]
    if article.expires_at:
        times.append(article.expires_at)
    if due and due < FAR:
        times.append(timezone.make_aware(datetime.combine(due + timedelta(days=1), time())))
    return min((moment for moment in times if moment > at), default=None)


def next_change_of_any(at=None):
    """Return when the next article comes out, changes or expires by the clock alone, or None."""
    at = at or timezone.now()
    shown = Article.objects.filter(withdrawn_at=None, deleted_at=None)
    expires = shown.filter(expires_at__gt=at).aggregate(first=Min("expires_at"))["first"]
    waiting = Revision.objects.scheduled(at).filter(article__withdrawn_at=None, article__deleted_at=None)
    comes_out = waiting.aggregate(first=Min("published_at"))["first"]
    return min(filter(None, (expires, comes_out)), default=None)


def sources(revision):
    """Return a revision's sources as the page shows them: the date as such, and only an address of the web."""
    return [source | {"read_on": day(source["read_on"]), **address(source["url"])} for source in revision.sources]


def day(text):
    return date.fromisoformat(text) if text else None


def address(url):
    is_web = bool(re.match(r"https?://[^/\\]", url or "", re.IGNORECASE))
    return {"url": url if is_web else "", "is_external": is_web and is_external(url)}
