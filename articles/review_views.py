"""The pages of signed links: a reviewer reads one version and signs it, or anyone reads it.

The same page serves reviewers with an account (account_review). Opening changes nothing; the headers of
all these answers are SecretPagesMiddleware's.
"""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from articles import accounts, languages, pausing, publishing, reviewing
from articles.models import Contributor, Revision
from articles.review_changes import Changes
from articles.review_forms import ReviewForm
from articles.views import article_context
from articles.workflow import REVIEW, Refused

NO_LINK = gettext_lazy("This link shows nothing any more")
NO_REVIEW = gettext_lazy("This can't be reviewed now")


@require_http_methods(["GET", "HEAD", "POST"])
def review(request, token):
    """Show the version that a link asks someone to review; take their answer, once."""
    link = link_or_404(token, is_review=True)
    # Where nothing could be written, the form is asked for again (articles/middleware.py).
    request.unsaved = pausing.writing_paused() if request.is_paused else getattr(request, "given_back", "")
    thanks_url = reverse("review_thanks", args=[token])
    try:
        if reason := reviewing.reason_against(link):
            raise Refused([reason])
        record = partial(reviewing.sign, link)
        return review_page(request, link.revision, link.contributor, record, lambda signed: thanks_url, link=link)
    except Refused as error:
        link.refresh_from_db()
        recorded = thanks_url if link.review_id and not reviewing.reason_closed(link) else ""
        return closed_page(request, 410, NO_LINK, *error.reasons, thanks_url=recorded)


def form_expired(request):
    """Answer a review whose token is missing or old: what was written is given back, to be sent anew."""
    sentences = _("Nothing was saved."), _("Open the form again, put your text back into it, and send it once more.")
    return closed_page(request, 403, _("This form has expired"), *sentences, form_url=request.path)


review.form_expired = form_expired  # instead of the site's own answer (articles/signing_in.py)
review.shows_unsaved = True


@require_safe
def thanks(request, token):
    """Say what was recorded by a link, as long as the link would work."""
    link = link_or_404(token, is_review=True)
    if reason := reviewing.reason_closed(link):
        return closed_page(request, 410, NO_LINK, reason)
    if link.review is None:
        return redirect("review", token)
    return thanks_page(request, link.review)


@require_safe
def preview(request, token):
    """Show a version to someone who only reads it."""
    link = link_or_404(token, is_review=False)
    if reason := reviewing.reason_against(link):
        return closed_page(request, 410, NO_LINK, reason)
    context = article_context(link.revision.explain()) | {"preview": True, "link": link}
    return render(request, "articles/shared_preview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_review(request, article_id, revision_id):
    """Let someone with an account review a version, on the same page as by a link; for the admin's addresses."""
    if not (accounts.may_enter(request) and request.user.has_perm(REVIEW)):
        raise PermissionDenied
    revision = get_object_or_404(
        Revision.objects.select_related("article__topic"), pk=revision_id, article__pk=article_id
    )
    languages.speak(revision.article.language)
    contributor = Contributor.objects.filter(user=request.user).first()
    if contributor is None:
        sentence = _("Your account belongs to no contributor yet. Ask an editor to name it with yours.")
        return closed_page(request, 403, NO_REVIEW, sentence)
    mine = revision.reviews.filter(contributor=contributor)
    if signed := next((one for one in mine if str(one.pk) == request.GET.get("signed")), None):
        return thanks_page(request, signed)
    before = mine.count()

    def record(**said):
        with transaction.atomic():
            publishing.lock(revision.article)
            if request.POST.get("reviews_before") != str(mine.count()):
                raise Refused(
                    [_("A review of yours was recorded meanwhile, so this one was not. Open the page again.")]
                )
            return publishing.review(revision, contributor=contributor, by=request.user, **said)

    try:
        if reason := reviewing.reason_against_review(revision, contributor):
            raise Refused([reason])
        return review_page(
            request, revision, contributor, record, lambda signed: f"?signed={signed.pk}", reviews_before=before
        )
    except Refused as error:
        return closed_page(request, 409, NO_REVIEW, *error.reasons)


# A form that was kept while its sender had to sign in again comes back here (articles/signing_in.py).
account_review.shows_unsaved = True


def link_or_404(token, *, is_review):
    link = reviewing.link_of(token)
    if link is None or bool(link.contributor_id) != is_review:
        raise Http404
    languages.speak(link.revision.article.language)
    return link


def review_page(request, revision, contributor, record, leads_to, **context):
    """Return the page to review a version on, or `record` the answer and go where the Review `leads_to`.

    Raises Refused where the answer can't be recorded.
    """
    form = ReviewForm(request.POST if request.method == "POST" else None, revision=revision, contributor=contributor)
    unsaved = getattr(request, "unsaved", "")
    if not unsaved and form.is_valid():
        return HttpResponseRedirect(leads_to(record(**form.said())), status=303)
    changes = Changes(revision)
    revision.rendered_sections = [with_remark(section, form) for section in changes.sections]
    context |= article_context(revision) | {
        "preview": True,
        "form": form,
        "changes": changes,
        "contributor": contributor,
        "unsaved": unsaved,
        "errors": [] if unsaved else errors_of(form),
    }
    return render(request, "articles/review.html", context, status=400 if context["errors"] else 200)


def with_remark(section, form):
    """Return a section as the page shows it, with what is said of its changes and the field for a remark."""
    return section | {
        "look": "articles/_review_section.html",
        "own_look": section["look"],
        "remark": form.remark(section["key"]),
    }


def errors_of(form):
    """Return what is wrong in a form, as (id of the field or nothing, its label, sentence)."""
    found = []
    for name, sentences in form.errors.items():
        field = form[name] if name in form.fields and name != "decision" else None
        found += [(field and field.id_for_label, field and field.label, sentence) for sentence in sentences]
    return found


def closed_page(request, status, title, *reasons, **addresses):
    """Return a page that says why nothing is to be had here; what someone has just sent is on it, to be copied."""
    typed = [
        value
        for name, values in request.POST.lists()
        if name == "message" or name.startswith("remark-")
        for value in values
        if value.strip()
    ]
    context = {"title": title, "reasons": reasons, "typed": "\n\n".join(typed)} | addresses
    return render(request, "articles/review_closed.html", context, status=status)


def thanks_page(request, signed):
    """Return the page that says what a Review recorded."""
    sections = {section["key"]: section["heading"] for section in signed.revision.sections}
    remarks = [(sections.get(key, key), remark) for key, remark in signed.remarks.items()]
    return render(request, "articles/review_thanks.html", {"signed": signed, "remarks": remarks})
