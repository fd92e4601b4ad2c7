"""Links that show one revision to someone without an account: to review and sign it, or just to read it."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from articles import gate, publishing
from articles.models import Contributor, Link, Review, State
from articles.workflow import Refused, find, require, state_of

SALT = "articles.link"
MAX_DAYS = 90


def token_of(link):
    """Return what stands in a link's address. Whoever has it may open the link."""
    return signing.dumps([link.pk, link.secret], salt=SALT)


def address_of(link):
    """Return the full address of a link, to be sent to whoever shall open it."""
    name = "review" if link.contributor_id else "shared_preview"
    return settings.SITE_URL + reverse(name, args=[token_of(link)])


def link_of(token):
    """Return the Link of a token, usable or not; None for a forged one."""
    try:
        pk, secret = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    link = Link.objects.select_related("revision__article__topic", "contributor", "review").filter(pk=pk).first()
    return link if link and constant_time_compare(link.secret, secret) else None


def is_gone(revision):
    """Return whether a version was taken away from everybody without an account. A later draft of it was not."""
    return state_of(revision) in (State.DELETED, State.WITHDRAWN, State.EXPIRED)


def is_over(link):
    """Return whether the version of a link is gone, or the article was withdrawn or expired after it was made."""
    article = link.revision.article
    ends = [end for end in (article.withdrawn_at, article.expires_at) if end and end <= timezone.now()]
    return is_gone(link.revision) or any(link.created_at <= end for end in ends)


def reason_closed(link):
    """Return the sentence that says why nothing at all is to be had by a link any more, or an empty text."""
    if link.revoked_at:
        return _("This link was taken back. Ask whoever sent it for a new one.")
    if link.expires_at <= timezone.now():
        return _("This link has expired. Ask whoever sent it for a new one.")
    return _("The article was taken back, so there is nothing to see here.") if is_over(link) else ""


def reason_against(link):
    """Return the sentence that says why a link shows no article (any more), or an empty text."""
    if reason := reason_closed(link):
        return reason
    if link.review:
        day = date_format(timezone.localtime(link.review.at), "j F Y")
        return _("This link was used: an answer came on %(day)s. Nothing more can be sent with it.") % {"day": day}
    return reason_against_review(link.revision, link.contributor) if link.contributor else ""


def reason_against_review(revision, contributor):
    """Return the sentence that says why someone can't review a version now, or an empty text."""
    if reasons := gate.reasons_against_review(revision.article, revision, contributor):
        return reasons[0]
    state = state_of(revision)
    if find("sign", state) is None:
        return _("This version can't be reviewed now. It is: %(state)s.") % {"state": state.label}
    return ""


def last_review(revision):
    """Return the last review that counts of a version or of those before it, or None."""
    signed = Review.objects.filter(revision__article=revision.article_id, correct_until__isnull=False)
    earlier = revision.article.revisions.filter(pk__in=signed.values("revision"), number__lte=revision.number)
    counting = (publishing.held_reviews(other) for other in earlier.order_by("-number").prefetch_related("reviews"))
    return next((held[-1] for held in counting if held), None)


@transaction.atomic
def make_link(revision, *, by, days, contributor=None):
    """Return a new Link to a revision that works for some days: for a contributor to review it, else to read it.

    A draft is submitted for review by it.
    """
    article = publishing.lock(revision.article)
    revision = article.revisions.get(pk=revision.pk)
    require_editor(by)
    reasons = [] if 1 <= days <= MAX_DAYS else [_("A link can work for 1 to %(days)d days.") % {"days": MAX_DAYS}]
    if is_gone(revision):
        reasons.append(_("The article is withdrawn, expired or deleted. Put it back first."))
    if contributor:
        reasons += gate.reasons_against_review(article, revision, contributor)
    if contributor and by is not None and contributor.user_id == by.pk:
        reasons.append(_("You can't make a link for yourself. Ask another editor to make it."))
    if reasons:
        raise Refused(reasons)
    if contributor and state_of(revision) == State.DRAFT:
        revision = publishing.submit(article, by=by, version=revision.number)
    if contributor:
        require("sign", revision, None)
    link = Link.objects.create(
        revision=revision, contributor=contributor, created_by=by, expires_at=timezone.now() + timedelta(days=days)
    )
    publishing.log("link", article, revision, by=by, note=contributor.name if contributor else _("Preview"))
    return link


def require_editor(by):
    if by is not None and not by.has_perm("articles.publish_article"):
        raise Refused([_("You are not allowed to do this: “%(move)s”.") % {"move": _("Make a link")}])


@transaction.atomic
def revoke(link, *, by):
    """Let a link show nothing any more."""
    require_editor(by)
    if not Link.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise Refused([_("This link was taken back already.")])
    publishing.log("revoke", link.revision.article, link.revision, by=by, note=str(link.contributor or _("Preview")))


@transaction.atomic
def sign(link, **said):
    """Record what the reviewer of a link says (publishing.review), once, and return the Review."""
    publishing.lock(link.revision.article)
    link = (
        Link.objects.select_for_update(of=("self",))
        .select_related("revision__article", "contributor", "review")
        .get(pk=link.pk)
    )
    if reason := reason_against(link):
        raise Refused([reason])
    link.review = publishing.review(link.revision, contributor=link.contributor, **said)
    link.save(update_fields=["review"])
    return link.review


def corrections(contributor=None):
    """Return the reviews whose signer corrected their own name, credentials or interests, still to be decided."""
    waiting = Review.objects.filter(correction__isnull=False)
    return waiting.filter(contributor=contributor) if contributor else waiting


def corrected(review):
    """Return what the signer of a review corrected, as {name of the field: new value}; nothing once it is decided."""
    return {
        name: value
        for name, value in (review.correction or {}).items()
        if value != getattr(review, name).replace("\r\n", "\n").strip()
    }


@transaction.atomic
def decide_correction(review, *, by, accept):
    """Take over what a reviewer said of themselves, for this review and those to come, or leave it.

    What the contributor says has changed since the review is newer, and stays.
    """
    if by is not None and not by.has_perm("articles.change_contributor"):
        raise Refused([_("You are not allowed to do this.")])
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.correction is None:
        raise Refused([_("This was decided already.")])
    contributor = Contributor.objects.select_for_update().get(pk=review.contributor_id)
    lines = [review.name]
    for name, value in corrected(review).items():
        before = getattr(review, name)
        lines.append(f"{capfirst(Contributor._meta.get_field(name).verbose_name)}: {before} → {value}")
        if accept and getattr(contributor, name) == before:
            setattr(contributor, name, value)
        if accept:
            setattr(review, name, value)
    contributor.save()
    review.correction = None
    review.save()
    action = "accept_correction" if accept else "decline_correction"
    publishing.log(action, review.revision.article, review.revision, by=by, note="\n".join(lines))
