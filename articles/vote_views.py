"""The voting page of an article: vote, say more of it, see, change and withdraw it. It stays when the article goes.

Readers' pages carry no token, so that caches can hold them. A vote is taken from this site's own
pages only: the browser's own word for it (Sec-Fetch-Site, else Origin) decides, and a browser that
says neither is asked to confirm on a page with a token (docs/decisions/0002-cacheable-votes.md).
"""

import logging
import re
import secrets
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import counting, folding, languages, rating, windows
from articles.forms import FollowUpForm, RatingForm
from articles.kinds import CARE_CARDS, Kind
from articles.models import Reason, Revision, State
from articles.prepared import MOMENT, NUMBER, Prepared
from articles.workflow import state_of

logger = logging.getLogger(__name__)
SECURE = urlsplit(settings.SITE_URL).scheme == "https"
PREFIX = "__Secure-" if SECURE else ""
VOTE_COOKIE = f"{PREFIX}vote"
CONFIRM_COOKIE = f"{PREFIX}confirm"
TIDY_SECONDS = 1  # between two times that votes let go of what has ended, in each worker


def last_version(article, now):
    """Return the query for the last public version of an article, as `last_public` gives it, and its language."""
    public = Revision.objects.public(now).filter(article=article).latest_out_first()
    return public.values_list("pk", "article__language")[:1]


LAST = Prepared(last_version, article=NUMBER, now=MOMENT)


@csrf_exempt  # comes_from_here and is_confirmed stand in for it
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def rate(request, article_id):
    found = LAST(article=article_id, now=timezone.now())
    if not found:
        raise Http404(article_id)
    ((last, language),) = found
    languages.speak(language)
    # To take a vote, its id will do.
    latest = SimpleLazyObject(lambda: Revision.objects.select_related("article").get(pk=last))
    token = request.COOKIES.get(VOTE_COOKIE, "")
    if request.method != "POST":
        return rating_page(request, latest, withdrawn="withdrawn" in request.GET)
    if request.is_paused:
        error = _("The site is being moved or restored, so nothing was kept. Please send it again in a few minutes.")
        return rating_page(request, latest, status=503, error=error)

    own = comes_from_here(request)
    if own is False:
        return rating_page(
            request, latest, status=403, error=_("This rating was sent from another website. Nothing was kept.")
        )
    if "tell" in request.POST:
        return tell(request, latest, token, is_sure=own or is_confirmed(request, article_id))
    form = RatingForm(request.POST)
    if not form.is_valid():
        return rating_page(
            request,
            latest,
            status=400,
            error=form.errors["value"][0] if "value" in form.errors else _("We could not read that. Nothing was kept."),
        )
    if own is None and not is_confirmed(request, article_id):
        return confirmation_page(request, latest, "withdrawal" if form.wants_withdrawal else "vote")
    if form.wants_withdrawal:
        rating.withdraw(token, article_id)
        counting.count("votes", "withdrawn")
        return answer(article_id)
    try:
        token = rating.cast(
            article_id,
            revision_read(form.revision_id, article_id) or last,
            form.cleaned_data["value"],
            token=token,
            address=request.META.get("REMOTE_ADDR", ""),
            browser=request.headers.get("User-Agent", ""),
        )
    except rating.TooManyVotes as error:
        counting.count("votes", "refused")
        return too_many(request, latest, error.retry_after)
    counting.count("votes", "kept")
    tidy()
    return answer(article_id, token)


rate.goes_on_paused = True  # and says so


def tidy():
    """Let go of what has ended, after a vote is kept, by itself, and seldom. Readers are answered anyway."""
    if time.monotonic() < tidy.due:
        return
    tidy.due = time.monotonic() + TIDY_SECONDS
    try:
        windows.forget(timezone.now())
        folding.fold(limit=folding.A_FEW)
    except Exception:  # without an answer the reader has no cookie, and would vote a second time
        logger.exception("What has ended could not be let go of. The chores “windows” and “votes” try it again.")


tidy.due = 0  # by the monotonic clock of this process


def tell(request, latest, token, *, is_sure):
    """Keep what a reader says of their vote, or answer why not."""
    form = FollowUpForm(request.POST)
    vote = rating.vote_of(token, latest.article_id)
    if vote is None:
        error = _("We find no rating of this article from your browser, so nothing was kept. Please rate it first.")
        return rating_page(request, latest, status=403, error=error)
    if not is_sure:
        return confirmation_page(request, latest, "follow_up")
    try:
        if not form.is_valid():
            raise rating.NotOffered
        if not any(form.said.values()) and not (vote.section or vote.reason):
            return rating_page(request, latest, status=400, error=_("You chose nothing to add. Your rating is kept."))
        rating.tell(token, latest.article_id, **form.said)
    except rating.NotOffered:
        error = _("Please choose from the answers that are offered. Nothing was added to your rating.")
        return rating_page(request, latest, status=400, error=error)
    response = HttpResponseRedirect(request.path, status=303)
    response.delete_cookie(CONFIRM_COOKIE, path=request.path)
    return response


def comes_from_here(request):
    """Return True for a post from this site's own pages, False for any other, None if the browser doesn't say."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site != "none":  # "none" is the user's own doing, a reload for example; it proves nothing
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    return origin in (settings.SITE_URL, f"{request.scheme}://{request.get_host()}")


def confirmation_token(article_id, cookie):
    return salted_hmac("articles.confirm", f"{article_id}:{cookie}", algorithm="sha256").hexdigest()


def is_confirmed(request, article_id):
    """Return whether the post carries the token that belongs to its confirmation cookie."""
    cookie = request.COOKIES.get(CONFIRM_COOKIE, "")
    token = request.POST.get("token", "")
    return bool(cookie) and constant_time_compare(token, confirmation_token(article_id, cookie))


def revision_read(revision_id, article_id):
    """Return the id of the revision that a reader says they read, if it was ever public, else None."""
    if revision_id is None:
        return None
    read = Revision.objects.public().filter(article=article_id, pk=revision_id)
    return read.values_list("pk", flat=True).first()


def set_cookie(response, name, value, path, **attributes):
    """Set a cookie for the voting page of one article alone, so that no two votes can be linked."""
    response.set_cookie(name, value, path=path, httponly=True, secure=SECURE, **attributes)


def answer(article_id, token=None):
    """Lead to the page that shows what is stored now; keep the voter's cookie, or end it without a token."""
    path = reverse("rate", args=[article_id])
    response = HttpResponseRedirect(path if token else f"{path}?withdrawn=yes", status=303)
    if token:
        set_cookie(response, VOTE_COOKIE, token, path, samesite="Lax", max_age=rating.COOKIE_AGE)
    else:
        response.delete_cookie(VOTE_COOKIE, path=path, samesite="Lax")
    response.delete_cookie(CONFIRM_COOKIE, path=path)
    return response


def rating_page(request, latest, status=200, **context):
    """Return the voting page; the reader's page takes its answer in place from the same HTML.

    `context` may have an `error`, or what is to be confirmed. What the reader chose and read stays as it was.
    """
    vote = rating.vote_of(request.COOKIES.get(VOTE_COOKIE, ""), latest.article_id)
    chosen = request.POST.get("value") or (vote and str(vote.value))
    gone = state_of(latest) != State.PUBLISHED
    context |= {
        "revision": latest,
        "gone": gone,
        "is_change": "tell" not in request.POST,
        "revision_read": request.POST.get("revision", "")[:20] or latest.pk,
        "vote": vote,
        "vote_label": vote and dict(rating.CHOICES)[vote.value],
        "chosen": chosen,
        "rating_choices": rating.CHOICES,
        "rating_summary": rating.summary(latest.article_id),
        "follow_up": vote and follow_up(vote, request.POST, gone=gone),
        "more_help": [] if gone else more_help(latest),
    }
    return render(request, "articles/rate.html", context, status=status)


def follow_up(vote, posted, *, gone):
    """Return what the voting page asks a reader after a vote, what they chose, and what they have told.

    Of an article that is gone, nothing is shown, and so no section offered.
    """
    sections = rating.sections(vote)
    section = dict(sections).get(vote.section) if not gone else vote.section and _("One of its sections")
    return {
        "fell_short": rating.fell_short(vote),
        "sections": [] if gone else sections,
        "section": posted.get("section", vote.section),
        "reasons": [(reason.value, reason.label) for reason in rating.reasons(vote)],
        "reason": posted.get("reason", vote.reason),
        "told": [words for words in (section, vote.reason and Reason(vote.reason).label) if words],
    }


def more_help(revision):
    """Return the sections that say where to get help or more of it, as (key, heading)."""
    kinds = (*CARE_CARDS, Kind.MORE_HELP)
    return [(row["key"], re.sub(r"\s*:$", "…", row["heading"])) for row in revision.sections if row["kind"] in kinds]


def confirmation_page(request, latest, what):
    """Return the voting page with the form of `what` alone, whose token the browser has to send back."""
    cookie = secrets.token_urlsafe(32)
    token = confirmation_token(latest.article_id, cookie)
    response = rating_page(request, latest, confirm=what, confirm_token=token)
    set_cookie(response, CONFIRM_COOKIE, cookie, request.path, samesite="Strict")
    return response


def too_many(request, latest, retry_after):
    minutes = -(-retry_after // 60)
    error = ngettext(
        "Too many ratings have come from your network, so this one was not kept. Try again in %(minutes)d minute.",
        "Too many ratings have come from your network, so this one was not kept. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
    response = rating_page(request, latest, status=429, error=error)
    response["Retry-After"] = retry_after
    return response
