"""Which addresses the texts link to, and what is found there: dead, leading elsewhere, not secure.

The addresses are read by the page's own parser and kept for each article whenever it is saved; visits to other
sites are made by articles/visiting.py, and pages of this site are looked for without any.
"""

import re
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import unquote, urldefrag

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from articles import languages, work
from articles.addresses import LONGEST, addresses
from articles.models import Article, FormerSlug, OutsideLink, Revision, Task, Topic
from articles.visiting import CLOSED, GONE, WAIT, Outcome, Visitor, visits

EVERY, BROKEN_EVERY = timedelta(days=7), timedelta(hours=20)
FAILURES = 3  # days on which a site did not answer, after which its link counts as dead
PAGES = {"article", "sheet", "article_markdown", "article_json", "article_picture"}  # those of one article
ID = re.compile(r'\bid="([^"]+)"')
DEAD, REDIRECTING, INSECURE = OutsideLink.Finding.DEAD, OutsideLink.Finding.REDIRECTING, OutsideLink.Finding.INSECURE

SAID = {  # what was found, where it is no status
    "": _("Not checked yet."),
    "no_host": _("There is no site of this name."),
    "no_lookup": _("The name of the site could not be looked up."),
    "malformed": _("This is no complete web address."),
    "private": _("It leads to a private address, which readers can't open."),
    "private_name": _("From here, its name leads to a private address, so it was not visited."),
    "port": _("It names an unusual port, so it was not visited."),
    "credentials": _("It holds a user name or a password. Take that out."),
    WAIT: _("The site asks programs to wait, so it was not visited."),
    "not_web": _("It leads on to something that is no web page."),
    "certificate": _("Its certificate is not valid, so browsers warn of it."),
    "loop": _("It leads on from one address to the next without an end."),
    "timeout": _("It did not answer in time."),
    "refused": _("It refused the connection."),
    "unreachable": _("It can't be reached."),
    "broken": _("It did not answer as a website does."),
    "no_page": _("This site has no such page."),
    "not_public": _("Readers see no article there."),
    "no_anchor": _("The page has no part of this name."),
    "moved": _("The page has another address now."),
}


# Which addresses


@transaction.atomic
def note_links(article, working=None):
    """Keep which addresses an article links to: in its working copy, in what readers see, and in what waits.

    `working` is the snapshot of its working copy, where that was made before.
    """
    now = timezone.now()
    heads = [working or Revision.of(article), *article.revisions.published(), *article.revisions.scheduled()]
    wanted = set().union(*(addresses(revision) for revision in heads))
    present = dict(article.outside_links.values_list("url", "pk"))
    new = sorted(wanted - {*present})  # in one order, so that two who save at once don't wait for each other
    OutsideLink.objects.bulk_create([OutsideLink(url=url) for url in new], ignore_conflicts=True)
    article.outside_links.add(*OutsideLink.objects.filter(url__in=new))
    article.outside_links.remove(*(pk for url, pk in present.items() if url not in wanted))
    Article.objects.filter(pk=article.pk).update(links_noted_at=now)


def note_some(limit, seconds=10):
    """Note the links of some of those articles whose turn it is, within a time, and return how many."""
    articles, number = list(unnoted()[:limit]), 0
    ends = time.monotonic() + seconds
    while number < len(articles) and (number == 0 or time.monotonic() < ends):
        note_links(articles[number])
        number += 1
    return number


def unnoted():
    """Return the articles whose links are to be noted: older ones, and those whose waiting text has come out."""
    out = Revision.objects.public().filter(article=OuterRef("pk"), published_at__gt=OuterRef("links_noted_at"))
    return Article.objects.filter(Q(links_noted_at=None) | Exists(out), deleted_at=None).order_by("pk")


def in_use():
    """Return the addresses that articles link to; those of deleted ones don't count."""
    return OutsideLink.objects.filter(Exists(Article.objects.filter(outside_links=OuterRef("pk"), deleted_at=None)))


def due(now=None):
    """Return the addresses whose turn it is to be checked, those first that never were."""
    now = now or timezone.now()
    is_broken = Q(finding=DEAD) | Q(failures__gt=0)
    is_due = Q(checked_at=None) | Q(checked_at__lt=now - EVERY) | (is_broken & Q(checked_at__lt=now - BROKEN_EVERY))
    return in_turn(in_use().filter(is_due))


def in_turn(links):
    """Return addresses in the order in which they are checked."""
    return links.order_by(F("checked_at").asc(nulls_first=True), "pk")


def broken(article):
    """Return how many of an article's links need an editor."""
    return article.outside_links.exclude(finding="").count()


# On this site


def inside(link):
    """Return the Outcome for an address on this site."""
    bare, fragment = urldefrag(link.url)
    path = unquote(bare.partition("?")[0])
    try:
        with translation.override(languages.of_path(path)):
            match = resolve(path)
    except Resolver404:
        if path.endswith("/"):
            return Outcome("no_page", is_dead=True)
        whole = inside(OutsideLink(pk=link.pk, url=f"{path}/"))
        return whole if whole.is_dead or whole.leads_to else Outcome("moved", leads_to=f"{path}/")
    if match.url_name in PAGES:
        return of_article(link, match, path, unquote(fragment))
    is_gone = (match.url_name == "topic" and not Topic.objects.filter(**match.kwargs).exists()) or (
        match.url_name == "media" and is_missing(f"images/{match.kwargs['name']}")
    )
    return Outcome("no_page" if is_gone else "200", is_dead=is_gone)


def is_missing(name):
    """Return whether the storage says that there is no such file; no answer says nothing."""
    try:
        return not default_storage.exists(name)
    except OSError:
        return False


def of_article(link, match, path, fragment):
    """Return the Outcome for the address of an article's page, or of a part of it.

    What an article says of itself is looked for in its working copy, for it is published with it.
    """
    slug, form = match.kwargs["slug"], match.url_name
    own = Article.objects.filter(slug=slug, deleted_at=None, outside_links=link.pk).first()
    if own and not link.articles.filter(deleted_at=None).exclude(pk=own.pk).exists():
        revision = Revision.of(own)
    else:
        published = Revision.objects.published()
        former = FormerSlug.objects.filter(slug=slug).values("article")
        revision = published.filter(article__slug=slug).first() or published.filter(article__in=former).first()
    if revision is None:
        return Outcome("not_public", is_dead=True)
    if fragment and form == "article" and not has_part(revision, fragment):
        return Outcome("no_anchor", is_dead=True)
    address = revision.get_absolute_url(form)
    return Outcome("200") if address == path else Outcome("moved", leads_to=address)


def has_part(revision, name):
    """Return whether an article's page has a part of a name. What begins with a line or a colon is not of its text."""
    if name.startswith("_source-"):
        return name.removeprefix("_source-") in {source["key"] for source in revision.sources}
    if name.startswith(("_", ":~:")):
        return True
    return any(
        name == section["key"] or name in ID.findall(" ".join([section["html"], *section.get("parts", {}).values()]))
        for section in revision.rendered_sections
    )


# Checking


@dataclass
class Summary:
    """What a check came to. Without a network nothing is kept, and `is_offline` says so."""

    checked: int = 0
    left: int = 0
    is_offline: bool = False
    findings: dict = field(default_factory=dict)


def check(links, *, seconds=None, visitor=None, tell=lambda link: None):
    """Check links, keep what is found, and return a Summary. After so many seconds the rest is left."""
    links, visitor, summary = list(links), visitor or Visitor(), Summary()

    def done(found, outcome):
        for link in found:
            keep(link, outcome)
            summary.findings[link.finding] = summary.findings.get(link.finding, 0) + 1
            tell(link)
        summary.checked += len(found)

    pages = {}
    for link in links:
        if link.url.startswith("/"):
            done([link], inside(link))
        else:
            pages.setdefault(urldefrag(link.url)[0], []).append(link)
    held, is_online = [], False
    for url, outcome in visits(list(pages), visitor, seconds):
        held.append((url, outcome))
        is_online = is_online or outcome.answered
        while held and is_online:
            url, outcome = held.pop(0)
            done(pages[url], outcome)
    summary.is_offline = bool(held) and not has_network(links, held, visitor)
    for url, outcome in [] if summary.is_offline else held:
        done(pages[url], outcome)
    summary.left = len(links) - summary.checked
    return summary


def has_network(links, held, visitor):
    """Return whether it is the sites that don't answer, and not this one that has no connection.

    Two are asked that were in order when they were last checked.
    """
    if all(outcome.code not in NEEDS_NETWORK for _url, outcome in held):
        return True
    others = in_use().filter(finding="", failures=0, url__startswith="http").exclude(checked_at=None)
    known = others.exclude(pk__in=[link.pk for link in links]).order_by("-checked_at")[:2]
    asked = visits([link.url for link in known], replace(visitor), seconds=15)
    return any(outcome.answered for _url, outcome in asked)


NEEDS_NETWORK = {"no_host", "no_lookup", "timeout", "refused", "unreachable"}


def keep(link, outcome):
    """Keep what was found at an address, and bring the work list up to date where that is something else."""
    now, before = timezone.now(), (link.finding, link.leads_to)
    is_again = link.checked_at is not None and timezone.localdate(link.checked_at) == timezone.localdate(now)
    link.detail, link.checked_at = outcome.code, now
    if outcome.is_failure:
        link.failures += not (link.failures and is_again)
        if link.failures >= FAILURES:
            link.finding, link.leads_to = (INSECURE if outcome.code == "certificate" else DEAD), ""
    elif outcome.code != WAIT:
        link.failures, link.finding = 0, finding_of(outcome)
        link.leads_to = with_fragment(outcome.leads_to, urldefrag(link.url)[1])
    link.save()
    if before != (link.finding, link.leads_to):
        for article in link.articles.filter(deleted_at=None):
            work.update(article, [Task.Kind.BROKEN_LINKS, Task.Kind.FINDINGS])


def with_fragment(address, fragment):
    """Return an address with the part of the page that a link named, as a browser keeps it; "" if that is too long."""
    whole = f"{address}#{fragment}" if address and fragment and "#" not in address else address
    return whole if len(whole) <= LONGEST else ""


def finding_of(outcome):
    if outcome.is_dead:
        return DEAD
    if outcome.is_insecure:
        return INSECURE
    return REDIRECTING if outcome.leads_to else ""


def said(link):
    """Return in words what was found at an address when it was last checked."""
    if link.finding == REDIRECTING:
        return _("The page is at another address for good: %(url)s") % {"url": link.leads_to}
    if link.finding == INSECURE and link.leads_to:
        return _("The same page is there encrypted: %(url)s") % {"url": link.leads_to}
    code = link.detail
    if not code.isdigit():
        return str(SAID.get(code, code))
    status = int(code)
    if status in GONE:
        words = _("The page is not there (the site answers %(status)d).")
    elif status in CLOSED:
        words = _("The site lets no program in (it answers %(status)d). Open it yourself to see what is there.")
    elif status >= 400:
        words = _("The site has a fault (it answers %(status)d).")
    else:
        words = _("The page is there.")
    return words % {"status": status} if status >= 400 else str(words)


def check_some(limit=100, seconds=20):
    """Check some of the links whose turn it is, within a time; note those of some older articles before."""
    note_some(limit)
    return check(due()[:limit], seconds=seconds).checked
