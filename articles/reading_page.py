"""Which part of a saved page is its article; all else is left out, and said. No database."""

import re

from bs4 import NavigableString
from django.utils.translation import gettext as _

NAMED = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|cookies?|cookie-?(?:banner|consent|notice|bar)|gdpr|share|sharing|social|sharedaddy|"
    r"site-?(?:header|footer|nav)|page-?(?:footer|nav)|navbar|nav|menu|sidebar|sphinxsidebar\w*|toc|footer|masthead|"
    r"related|headerlink|skip-?link|pagination|pager|rating|print-?link)(?:$|[\s_-])",
    re.IGNORECASE,
)
HEADING = re.compile("h[1-6]")
LONG = 12  # words from which on a hidden text is rather one that opens with a click
ROLES = {"navigation", "banner", "contentinfo", "search", "complementary"}


def article_of(page):
    """Return the part of a page that has its article, with all else left out of it."""
    body = page.tree
    for name in ("main", "article"):
        found = [*body.find_all(name), *(body.find_all(role="main") if name == "main" else [])]
        if len(found) == 1 and found[0].get_text(strip=True):
            leave_out_around(page, found[0])
            body = found[0]
    for tag in body.find_all(True):
        if not tag.decomposed and (rule := rule_for(tag, body is not page.tree)):
            page.leave_out(tag, rule)
    return body


def leave_out_around(page, main):
    """Leave out all that stands around the article, piece by piece."""
    inner = main
    while inner.parent is not None:
        for other in [*inner.parent.children]:
            if other is inner or getattr(other, "name", None) in ("title", "meta", "link", "base"):
                continue
            said = other if isinstance(other, NavigableString) else other.get_text(" ")
            if said.strip() and (isinstance(other, NavigableString) or not other.find("title")):
                page.say(said, _("left out: {rule}").format(rule=_("stands outside the article")))
        inner = inner.parent


def rule_for(tag, is_within):
    """Return why a part of a page is none of its text, or None."""
    name, role = tag.name, tag.get("role")
    if is_hidden(tag) and len(tag.get_text(" ").split()) < LONG:
        return _("hidden on the page")
    if name in ("nav", "form") or role in ROLES - {"complementary", "banner"}:
        return _("navigation") if name != "form" else _("a form")
    if not is_within and (name in ("footer", "aside") or role in ROLES):
        return _("header, footer or margin of the page")
    if not is_within and name == "header" and not tag.find(["h1", "h2"]):
        return _("header, footer or margin of the page")
    named = " ".join([*(tag.get("class") or []), tag.get("id") or ""])
    is_header = tag.get("id") in ("header", "banner")
    if (is_header or NAMED.search(named)) and not HEADING.fullmatch(name) and is_aside(tag):
        return _("named “{name}” in the page").format(name=named[:40])
    return None


def is_aside(tag):
    """Return whether a part that is named like furniture is too small, or too full of links, to be the text itself."""
    words = len(tag.get_text(" ").split())
    linked = sum(len(link.get_text(" ").split()) for link in tag.find_all("x-a"))
    return not tag.find("h1") and (words <= LONG or linked * 2 >= words)


def is_hidden(tag):
    css = (tag.get("style") or "").replace(" ", "").lower()
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or "display:none" in css
        or "visibility:hidden" in css
        or "mso-hide:all" in css
    )
