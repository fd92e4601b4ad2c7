"""The reader's pages. They are the same bytes for everyone, but for the voting page (articles/vote_views.py)."""

import logging
import sys
from functools import wraps

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import (
    caching,
    exercises,
    finding,
    languages,
    metadata,
    pages,
    pausing,
    rating,
    sheets,
    translating,
    trust,
)
from articles.models import Article, Revision, SiteStatement, State
from articles.publishing import last_public
from articles.rendering import render_markdown
from articles.workflow import state_of

logger = logging.getLogger(__name__)
# Errors while the database can't be used. Those of a cursor that it closes Django leaves as the driver raised them.
AWAY = OperationalError, InterfaceError, connection.Database.OperationalError, connection.Database.InterfaceError


def share(response, until=None):
    """Let any cache hold a page until its next known change, if there is one, at the latest; return the page."""
    response["Cache-Control"] = caching.header(until)
    response.until = until  # for the cache in front of Django, which writes the header anew (cramps_site/page_cache.py)
    return response


def of_published(view):
    """Return a view of an address that names an article, from one that gets its published revision and the time.

    An article that moved is redirected to, in the same form; one that is gone says so.
    """

    @require_safe
    @wraps(view)
    def answer(request, slug, **known):
        now, form = timezone.now(), request.resolver_match.url_name
        published = Revision.objects.published(now)
        revision = published.filter(article__slug=slug).first()
        if revision and revision.article.language == languages.active():
            return view(request, revision, now, **known)
        if moved := revision or published.filter(article__former_slugs__slug=slug).first():
            return share(redirect(moved.get_absolute_url(form), permanent=True), moved.article.expires_at)
        once_public = Article.objects.filter(Exists(Revision.objects.public(now).filter(article=OuterRef("pk"))))
        # One after the other: of both together databases look through all articles, for each address that is none
        past = once_public.filter(slug=slug).first() or once_public.filter(former_slugs__slug=slug).first()
        if past:
            is_here = past.language == languages.active()
            return gone(request, past) if is_here else redirect(past.get_absolute_url(form), permanent=True)
        raise Http404(slug)

    return answer


@require_safe
def article(request, slug):
    now = timezone.now()
    kept = pages.of(slug, now)
    if kept is None or kept.language != languages.active():
        return article_page(request, slug)
    page = kept.read(now)
    if page is None:
        with pages.alone(kept.article):
            kept = pages.of(slug, now) or kept  # somebody may have made it meanwhile
            page = kept.read(now)
            if page is None:
                # The key is known before anything that the page shows: if that changes now, the next visit sees it.
                return article_page(request, slug, key=kept.wanted)
    return shared_page(kept.article, *page)


@of_published
def article_page(request, revision, now, key=None):
    """Return an article's page as it is made anew, and keep it if there is a key."""
    page = new_page(request, revision, now)
    if key:
        pages.keep(revision.article_id, key, *page)
    return shared_page(revision.article_id, *page)


def shared_page(article_id, html, until):
    return share(HttpResponse(pages.with_average(html, article_id)), until)


def new_page(request, revision, now):
    """Return an article's page as HTML without what readers say of it, and the time until which it says the same."""
    context, statement = article_context(revision.explain(), now), SiteStatement.current()
    said = metadata.of_article(revision, context["trust"], context["translation"], statement)
    context |= {"statement": statement, "linked_data": said, "related": finding.related(revision, now)}
    # What else its topic has can change, also where that is nothing yet.
    changes = [context["next_change"], trust.next_change_of_any(now) if revision.article.topic_id else None]
    html = render_to_string("articles/article.html", context | {"average_later": pages.AVERAGE}, request)
    return html, min(filter(None, changes), default=None)


@of_published
def sheet(request, revision, now):
    """Return what one needs of an article beside the bed, to print on one sheet."""
    if not revision.has_sheet:
        raise Http404(revision.title)
    context = article_context(revision, now) | {"translations": ()} | sheets.parts(revision)
    return share(render(request, "articles/sheet.html", context), context["next_change"])


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
    standing, translation = trust.of(revision, at), translating.of(revision, at)
    changes = filter(None, (standing.next_change, translation.next_change))
    return {
        "revision": revision,
        "translation": translation,
        "translations": translation.addresses,
        "next_change": min(changes, default=None),
        "revision_read": revision.pk,
        "rating_choices": rating.CHOICES,
        "trust": standing,
        "sources": trust.sources(revision),
        "grounds": grounds(revision),
        "exercises": exercises.on_page(revision.body_sections),
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
    }
    return share(render(request, "articles/about.html", context))


@require_safe
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (reverse("admin:index"), "/rate/"))]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
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
    except OSError as error:
        logger.error("A picture could not be read: %s", error)
        return unreachable(request)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def unreachable(request):
    """Answer for a picture that can't be had now."""
    response = message_page(
        request, 503, _("We could not get that picture"), _("It is not your fault. Please try again in a minute.")
    )
    response["Retry-After"] = 60
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


def paused(request):
    """Answer what can't be saved while the site moves to another database or is restored."""
    response = message_page(
        request,
        503,
        _("Nothing can be saved at this moment"),
        _("The site is being moved or restored. Nothing was saved; reading goes on."),
        _("Go back in your browser: what you typed is still in the form. Send it again in a few minutes."),
    )
    response["Retry-After"] = pausing.RETRY_AFTER
    return response


def not_found(request, exception=None):
    return message_page(
        request,
        404,
        _("We could not find that page"),
        _("It may have been moved or never have been here. Check the address, or look for it in the list of articles."),
    )


def server_error(request):
    """Answer for an error that nothing else has. A middleware's, such as of a session that it saves, come here only."""
    if isinstance(sys.exception(), AWAY):
        return unavailable(request)
    return message_page(
        request,
        500,
        _("Something went wrong on our side"),
        _("It is not your fault. Please try again in a minute."),
    )


def unavailable(request):
    """Answer while the database can't be used, and say whether something was meant to be kept."""
    again = _("It is not your fault. Please try again in a minute.")
    if request.method in ("GET", "HEAD"):
        sentence = _("We can't look that up just now.")
    elif request.path_info.startswith("/rate/"):
        sentence = _("We could not keep what you sent.")
    else:
        sentence = _("We could not save what you sent. Go back in your browser: what you typed may still be there.")
    response = message_page(request, 503, _("Our database can't be reached"), f"{sentence} {again}")
    response["Retry-After"] = "30"  # seconds
    return response
