"""The reader's pages. They are the same bytes for everyone, but for the voting page (articles/vote_views.py)."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import rating, trust
from articles.models import Article, Revision, SiteStatement, State
from articles.publishing import last_public
from articles.rendering import render_markdown
from articles.workflow import state_of

LONGEST = 60  # seconds that a shared cache may hold a page, within which every publication must show


def share(response, until=None):
    """Let any cache hold a page, a shared one until the page's next known change at the latest; return the page.

    A browser asks each time, and mostly hears "not modified".
    """
    left = int((until - timezone.now()).total_seconds()) if until else LONGEST
    patch_cache_control(response, public=True, max_age=0, s_maxage=max(0, min(LONGEST, left)))
    return response


@require_safe
def home(request):
    return list_page(request, "articles/home.html")


@require_safe
def article_list(request):
    return list_page(request, "articles/article_list.html")


def list_page(request, template):
    """Return a page that lists all published articles."""
    now = timezone.now()
    context = {"revisions": Revision.objects.published(now).order_by("title")}
    return share(render(request, template, context), trust.next_change_of_any(now))


@require_safe
def article(request, slug):
    now = timezone.now()
    published = Revision.objects.published(now)
    if revision := published.filter(article__slug=slug).first():
        context = article_context(revision, now)
        return share(render(request, "articles/article.html", context), context["trust"].next_change)
    if moved := published.filter(article__former_slugs__slug=slug).first():
        return share(redirect(moved, permanent=True), moved.article.expires_at)
    once_public = Article.objects.filter(pk__in=Revision.objects.public(now).values("article"))
    if past := once_public.filter(Q(slug=slug) | Q(former_slugs__slug=slug)).first():
        return gone(request, past)
    raise Http404(slug)


def gone(request, article):
    """Answer for an article that was public: it was taken back, or its time is over."""
    if state_of(last_public(article)) == State.EXPIRED:
        title, sentence = _("This article has expired"), _("It was meant to be read for a time only, and that is over.")
    else:
        title = _("This article was taken back")
        sentence = article.withdrawal_reason or _("We no longer stand behind what it said.")
    context = {"title": title, "paragraphs": [sentence], "article": article}
    return uncached(render(request, "articles/gone.html", context, status=410))


def article_context(revision, at=None):
    """Return what the article's template shows of a revision; the editor's preview uses it as well."""
    return {
        "revision": revision,
        "revision_read": revision.pk,
        "rating_choices": rating.CHOICES,
        "rating_summary": rating.summary(revision.article_id),
        "trust": trust.of(revision, at),
        "sources": trust.sources(revision),
        "grounds": grounds(revision),
    }


def grounds(revision):
    """Return what an article says of how sure it is, as (heading, safe HTML)."""
    said = [
        ("known", _("What is known")),
        ("not_known", _("What is not known")),
        ("sources_differ", _("Where sources differ")),
    ]
    return [
        (heading, revision.render(getattr(revision, name), f"_{name}", first_heading=4))
        for name, heading in said
        if getattr(revision, name).strip()
    ]


@require_safe
def about(request):
    statement = SiteStatement.current()
    context = {
        "statement": statement,
        "text": render_markdown(statement.about, prefix="about", first_heading=2),
        "cookie_days": rating.COOKIE_AGE.days,
        "show_average_from": rating.SHOW_AVERAGE_FROM,
    }
    return share(render(request, "articles/about.html", context))


@require_safe
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (reverse("admin:index"), "/rate/")), ""]
    return share(HttpResponse("\n".join(lines), content_type="text/plain"))


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
    return uncached(render(request, "message.html", {"title": title, "paragraphs": paragraphs}, status=status))


def uncached(response):
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
