"""What programs read: an article in other forms, the feed, the sitemap, llms.txt. Of published text only.

Addresses are full, and made of SITE_URL. Any site's script may read these, for they are the same for everyone.
"""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import ExpressionWrapper, F, IntegerField, OuterRef, Subquery
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles import exchange, finding, languages, link_picture, translating, trust
from articles.exchange import absolute, one_line
from articles.models import Name, Revision, SiteStatement, Topic
from articles.views import of_published, share

NEWEST = 20  # in the feed
MOST_LISTED = 500  # in llms.txt
PART = 100  # numbers of articles in one part of the sitemap, which so takes no longer for many; 50,000 parts may be


def share_widely(response, until, same_as=None):
    """Let caches hold an answer as they do pages, and other sites read it. It may be another form of a page."""
    if same_as:
        response["Link"] = f'<{absolute(same_as.get_absolute_url())}>; rel="canonical"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return share(response, until)


# An article in other forms


@of_published
def article_markdown(request, revision, now):
    data, until = data_of(revision, now)
    response = HttpResponse(exchange.as_markdown(data), content_type="text/markdown; charset=utf-8")
    return share_widely(response, until, same_as=revision)


@of_published
def article_json(request, revision, now):
    data, until = data_of(revision, now)
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    return share_widely(response, until, same_as=revision)


def data_of(revision, now):
    """Return an article as data, and when that changes by the clock alone, or None."""
    facts, standing = trust.of(revision, now), translating.of(revision, now)
    until = min(filter(None, (facts.next_change, standing.next_change)), default=None)
    return exchange.as_data(revision, facts, standing, SiteStatement.current()), until


@of_published
def article_picture(request, revision, now):
    topic = revision.article.topic
    file = link_picture.draw(revision.title, topic.name if topic else "", settings.SITE_NAME)
    return share_widely(HttpResponse(file, content_type="image/png"), trust.next_change_of_any(now))


@require_safe
def site_picture(request):
    file = link_picture.draw(_("Health information in plain words"), "", settings.SITE_NAME)
    return share_widely(HttpResponse(file, content_type="image/png"), None)


# All articles


def published(now):
    """Return the published revisions, each with when its article was first out."""
    earlier = Revision.objects.public(now).filter(article=OuterRef("article")).order_by("published_at", "number")
    first = Subquery(earlier.values("published_at")[:1])
    return Revision.objects.published(now).annotate(first_published_at=first)


def changed(revision):
    """Return when an article last came to say something else: a new version, or that it is no longer true."""
    return max(filter(None, (revision.published_at, revision.article.warned_at)))


@require_safe
def feed(request):
    """The articles of a language that were published or changed last."""
    now = timezone.now()
    names = finding.newest(Name.objects.filter(language=languages.active()), now)[:NEWEST]
    newest = published(now).filter(pk__in=list(names.values_list("revision", flat=True))).defer("sections")
    statement = SiteStatement.current()
    atom = Feed(
        title=one_line(settings.SITE_NAME),
        subtitle=_("Health information in plain words"),
        link=absolute(reverse("home")),
        feed_url=absolute(reverse("feed")),
        description="",
        language=exchange.language_tag(languages.active()),
        author_name=one_line(statement.publisher or settings.SITE_NAME),
    )
    for revision in newest.order_by("-published_at", "-pk"):
        atom.add_item(**entry(revision))
    response = HttpResponse(content_type=Atom1Feed.content_type)
    atom.write(response, "utf-8")
    return share_widely(response, trust.next_change_of_any(now))


class Feed(Atom1Feed):
    """Django's, which says of a feed without entries that it changed just now, and so never twice the same."""

    def latest_post_date(self):
        return super().latest_post_date() if self.items else datetime(2000, 1, 1, tzinfo=UTC)


def entry(revision):
    """Return what the feed says of an article. Its id stays when the address changes."""
    first, topic = revision.first_published_at, revision.article.topic
    host = urlsplit(settings.SITE_URL).hostname
    warned = f"{_('No longer true')}. " if revision.article.warned_at else ""
    return {
        "title": one_line(revision.title),
        "link": absolute(revision.get_absolute_url()),
        "unique_id": f"tag:{host},{first:%Y-%m-%d}:article-{revision.article_id}",
        "pubdate": first,
        "updateddate": changed(revision),
        "description": escape(warned + one_line(revision.summary)),
        "categories": [one_line(topic.name)] if topic else [],
    }


@require_safe
def sitemap(request, part=None):
    """All addresses of pages; of many articles those of the parts: first the site's own pages, then articles."""
    now = timezone.now()
    revisions = Revision.objects.published(now)
    if part is None and len(revisions.order_by("article_id").values("pk")[: PART + 1]) > PART:
        addresses = [absolute(reverse("sitemap_part", args=[number])) for number in (0, *parts(revisions))]
        return xml(request, "articles/sitemap_index.xml", {"addresses": addresses}, now)
    if part is not None:
        revisions = revisions.filter(article__gt=(part - 1) * PART, article__lte=part * PART)
    pages = [] if part else lists(now)
    pages += pages_of(revisions) if part != 0 else []
    if not pages:
        raise Http404(part)
    context = {"pages": [(absolute(path), exchange.moment(at)) for path, at in pages]}
    return xml(request, "articles/sitemap.xml", context, now)


def parts(revisions):
    """Return the numbers of the parts of the sitemap that have any of some revisions' articles."""
    number = ExpressionWrapper((F("article_id") - 1) / PART + 1, IntegerField())
    return revisions.annotate(part=number).order_by("part").values_list("part", flat=True).distinct()


def pages_of(revisions):
    """Return the pages of articles as (path, when it last came to say something else)."""
    rows = revisions.select_related(None).select_related("article").order_by("article_id")
    rows = rows.only("published_at", "article__slug", "article__language", "article__warned_at")
    return [(revision.get_absolute_url(), changed(revision)) for revision in rows]


def lists(now):
    """Return the pages of the site that are no articles, as (path, when they last changed, or None)."""
    pages = []
    for code, _name in settings.LANGUAGES:
        newest = finding.newest(Name.objects.filter(language=code), now).first()
        if newest:
            pages += [
                (languages.address(name, language=code), newest.published_at) for name in ("home", "article_list")
            ]
            pages += topics(code, now)
            pages.append((languages.address("about", language=code), SiteStatement.current(code).created_at))
            pages.append((languages.address("privacy", language=code), None))
    return pages or [(reverse("home"), None)]


def topics(language, now):
    newest = finding.newest(Name.objects.filter(topic=OuterRef("pk"), language=language), now)
    found = Topic.objects.filter(language=language).annotate(at=Subquery(newest.values("published_at")[:1]))
    return [(topic.get_absolute_url(), topic.at) for topic in found.order_by("slug") if topic.at]


def xml(request, template, context, now):
    response = render(request, template, context, content_type="application/xml; charset=utf-8")
    return share_widely(response, trust.next_change_of_any(now))


@require_safe
def llms(request):
    """The site in one Markdown text for language models, by the convention of llmstxt.org."""
    now = timezone.now()
    pages = [(name, finding.page_of(finding.titles(code, now), MOST_LISTED)) for code, name in settings.LANGUAGES]
    listed = [(name, [listing(title.revision) for title in titles]) for name, (titles, _more) in pages]
    context = {
        "safety": [exchange.escape(line) for line in SiteStatement.current().safety_lines],
        "lists": [(name, lines) for name, lines in listed if lines],
        "sitemap": absolute(reverse("sitemap")),
        "feed": absolute(reverse("feed")),
        "about": absolute(reverse("about")),
        "is_whole": all(more is None for _name, (_titles, more) in pages),
    }
    text = render_to_string("articles/llms.txt", context, request)
    return share_widely(HttpResponse(text, content_type="text/plain; charset=utf-8"), trust.next_change_of_any(now))


def listing(revision):
    """Return the line of an article: its title, the address of its Markdown, and what it says in short."""
    warned = f"{_('No longer true')}. " if revision.article.warned_at else ""
    address = absolute(revision.get_absolute_url("article_markdown"))
    return f"- [{exchange.escape(revision.title)}]({address}): {warned}{exchange.escape(revision.summary)}"
