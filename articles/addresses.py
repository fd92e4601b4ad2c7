"""The addresses that texts link to, as the page's own parser reads them. No database."""

import re

from django.conf import settings
from django.urls import NoReverseMatch

from articles import kinds, rendering

LONGEST = 2_000  # characters of an address that is kept
GROUNDS = ("known", "not_known", "sources_differ")
LIKELY = re.compile(r"\]\(|\]:|<https?:", re.IGNORECASE)  # without any of these, a text has no link to a page


def linked(markdown):
    """Return the addresses that a Markdown text links to as its page does, in reading order."""
    blocks = rendering.AS_WRITTEN.parse(markdown, {"prefix": ""})
    tokens = (token for block in blocks for token in block.children or [])
    found = (str(token.attrs["href"]) for token in tokens if token.type == "link_open")
    return [address for address in found if rendering.LINK.match(address)]


def full(address, article):
    """Return an address as it is kept, for a text of an article; None for no web address.

    One on this site begins with a slash.
    """
    if address.startswith("#"):
        return own_page(article) + address
    address = rendering.AS_WRITTEN.normalizeLink(address)
    if not address.startswith("/") and not address.lower().startswith(("http://", "https://")):
        return None
    if not rendering.is_external(address) and not address.startswith("/"):
        address = "/" + address[len(settings.SITE_URL) :].removeprefix("/")
    return address if len(address) <= LONGEST else None


def own_page(article):
    """Return the address of an article's page; "" while somebody writes one that none can have."""
    try:
        return article.get_absolute_url()
    except NoReverseMatch:
        return ""


def addresses(revision):
    """Return all addresses that a text links to."""
    texts = [getattr(revision, name) for name in GROUNDS]
    texts += [text for section in revision.sections for text in kinds.markdown_parts(section).values()]
    found = [address for text in texts if LIKELY.search(text) for address in linked(text)]
    found += [source["url"] for source in revision.sources if source["url"]]
    return {kept for address in found if (kept := full(address, revision.article))}
