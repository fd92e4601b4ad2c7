"""The pages that readers find articles by: the first page, A to Z, topics, search and its suggestions."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles import finding, languages, metadata, search, trust
from articles.models import Revision, SiteStatement, Topic
from articles.views import share

SMALL_SITE = 12  # articles that the first page shows itself
PAGE = 100  # names on a page from A to Z
CARDS = 20  # articles on a page of a topic, or of what was found
LONGEST_QUERY = 200  # letters of it that count
SHORTEST = 2  # letters that a suggestion needs


def listed(request, template, context, at):
    """Return a page that lists articles; it may be held until any of them comes out, changes or goes."""
    return share(render(request, template, context), trust.next_change_of_any(at))


@require_safe
def home(request):
    now, language = timezone.now(), languages.active()
    names, more = finding.page_of(finding.titles(language, now), SMALL_SITE)
    statement = SiteStatement.current()
    context = {"topics": finding.topics(language, now), "is_small": more is None, "revisions": revisions_of(names)}
    context |= {"statement": statement, "linked_data": metadata.of_home(statement)}
    return listed(request, "articles/home.html", context, now)


def revisions_of(names):
    return [name.revision for name in names]


@require_safe
def article_list(request):
    """Return all names from A to Z: on one page while they are few, else those of a letter, page by page."""
    now, language = timezone.now(), languages.active()
    names, letter = finding.names(language, now), request.GET.get("letter", "").upper()
    if len(letter) > 1 or not letter.isprintable():
        raise Http404(letter)
    if letter:
        rows, following = finding.page_of(names.filter(letter=letter), PAGE, start(request))
    else:
        rows, following = finding.page_of(names.order_by("letter", "sort", "pk"), PAGE)
    is_whole = not letter and following is None
    used = {name.letter for name in rows} if is_whole else finding.used_letters(language, now)
    letters = finding.letters(language, used)
    if letter and letter not in dict(letters):
        raise Http404(letter)
    context = {
        "path": request.path + (f"?{urlencode({'letter': letter})}" if letter else ""),
        "letters": letters,
        "letter": letter,
        "is_whole": is_whole,
        "is_first": not start(request),
        "following": following,
        "groups": by_letter(rows, letters) if letter or is_whole else [],
    }
    return listed(request, "articles/article_list.html", context, now)


def by_letter(names, letters):
    """Return names as (letter, its names), in the order of the alphabet."""
    groups = {letter: [] for letter, _is_used in letters}
    for name in names:
        groups[name.letter].append(name)
    return [group for group in groups.items() if group[1]]


def start(request):
    """Return the sort key at which a page begins."""
    return finding.sort_key(request.GET.get("from", "")[:LONGEST_QUERY])


@require_safe
def topic(request, slug):
    now, found = timezone.now(), get_object_or_404(Topic, slug=slug)
    names, following = finding.page_of(finding.titles_in(found, now), CARDS, start(request))
    if not names:  # nothing of it is public
        raise Http404(slug)
    if found.language != languages.active():
        return share(redirect(found), trust.next_change_of_any(now))
    context = {
        "topic": found,
        "revisions": revisions_of(names),
        "following": following,
        "is_first": not start(request),
    }
    return listed(request, "articles/topic.html", context, now)


def query_of(request):
    """Return what a reader looks for: what of it can be printed, in one line."""
    typed = " ".join(request.GET.get("q", "")[: 2 * LONGEST_QUERY].split())
    return "".join(filter(str.isprintable, typed))[:LONGEST_QUERY].strip()


@require_safe
def search_page(request):
    now, language, query = timezone.now(), languages.active(), query_of(request)
    answer = search.search(query, language, now)
    shown = Paginator(list(answer.hits), CARDS).get_page(request.GET.get("page"))
    revisions = Revision.objects.filter(pk__in=shown.object_list).select_related("article__topic")
    by_number = {revision.pk: revision for revision in revisions.defer(*finding.MUCH)}
    found = search.show(answer, [by_number[pk] for pk in shown.object_list], language)
    context = {"query": query, "answer": answer, "shown": shown, "found": found}
    if not found:
        context["topics"] = finding.topics(language, now)
    return listed(request, "articles/search.html", context, now)


@require_safe
def suggest(request):
    """Answer with what may be meant by what is typed so far, for the script that offers it."""
    now, query = timezone.now(), query_of(request)
    offered = search.suggestions(query, languages.active(), now) if len(query) >= SHORTEST else []
    rows = [{"label": label, "of": of, "url": url} for label, of, url in offered]
    response = share(JsonResponse({"suggestions": rows}), trust.next_change_of_any(now))
    response["X-Robots-Tag"] = "noindex"
    return response
