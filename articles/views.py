"""The reader's pages. They are the same bytes for everyone, but for the voting page (articles/vote_views.py)."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from articles import rating
from articles.models import Revision

# A browser asks each time (and mostly hears "not modified"); a shared cache may hold a page for a
# minute, within which every publication must show.
shared_page = cache_control(public=True, max_age=0, s_maxage=60)


@require_safe
@shared_page
def home(request):
    return render(request, "articles/home.html", {"revisions": Revision.objects.published().order_by("title")})


@require_safe
@shared_page
def article_list(request):
    return render(request, "articles/article_list.html", {"revisions": Revision.objects.published().order_by("title")})


@require_safe
@shared_page
def article(request, slug):
    revisions = Revision.objects.published()
    revision = revisions.filter(article__slug=slug).first()
    if revision is None:
        moved = get_object_or_404(revisions, article__former_slugs__slug=slug)
        return redirect(moved, permanent=True)
    return render(request, "articles/article.html", article_context(revision))


def article_context(revision):
    """Return what the article's template shows of a revision; the editor's preview uses it as well."""
    return {
        "revision": revision,
        "revision_read": revision.pk,
        "rating_choices": rating.CHOICES,
        "rating_summary": rating.summary(revision.article_id),
    }


@require_safe
@shared_page
def about(request):
    context = {"cookie_days": rating.COOKIE_AGE.days, "show_average_from": rating.SHOW_AVERAGE_FROM}
    return render(request, "articles/about.html", context)


@require_safe
@shared_page
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (reverse("admin:index"), "/rate/")), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
def media(request, name):
    """Serve a picture that an editor uploaded: never anything but a picture, and locked in a sandbox."""
    try:
        response = FileResponse(
            default_storage.open(f"{settings.MARKDOWNX_MEDIA_PATH}{name}"), content_type="image/webp"
        )
    except FileNotFoundError:
        raise Http404(name) from None
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def message_page(request, status, title, *paragraphs):
    """Return a page in the site's look that says one thing and leads on."""
    response = render(request, "message.html", {"title": title, "paragraphs": paragraphs}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request, exception=None):
    return message_page(
        request,
        400,
        _("We could not read that"),
        _("What your browser sent was not complete, or too long. Go back, and try again with less."),
    )


def forbidden(request, exception=None):
    return message_page(request, 403, _("You can't do that here"), _("This page is not for you, or not for now."))


def form_expired(request, reason=""):
    """Django calls this view when a form's token is missing or old."""
    return message_page(
        request,
        403,
        _("This form has expired"),
        _("Nothing was saved."),
        _(
            "Go back in your browser. If what you typed is still there, copy it. "
            "Then load the page again, signing in if it asks for that, and send the form once more."
        ),
    )


def not_found(request, exception=None):
    return message_page(
        request,
        404,
        _("We could not find that page"),
        _("It may have been moved or never have been here. Check the address, or look for it in the list of articles."),
    )


def server_error(request):
    return message_page(
        request,
        500,
        _("Something went wrong on our side"),
        _("It is not your fault. Please try again in a minute."),
    )
