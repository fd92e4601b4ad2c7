"""An article's page, made once for each state of all that it shows, and kept beside the article.

What readers say of it is left out, for votes change no page: it is put in each time.
"""

import contextlib
import hashlib
import zlib
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from articles import offline, pausing, rating
from articles.models import Edition, Rendering, Revision
from articles.prepared import MOMENT, SLUG, Prepared
from articles.turns import turn

AVERAGE = SafeString("<!-- average -->")  # where the page says what readers say; no text of an editor can hold it
RENDERERS = ("django", "markdown-it-py", "mdit-py-plugins", "nh3")
LOCKS = 64


class Kept(NamedTuple):
    """What is kept of an article's page, with all that says whether it can be shown: read in one query."""

    revision: int
    article: int
    language: str
    slug: str  # which changes without a version, and stands in the page
    key: str | None
    html: bytes | None
    until: datetime | None
    number: int | None
    last: int | None

    @property
    def wanted(self):
        """The key of a page that can be shown."""
        return key(self.revision, self.slug, Edition.name_of(self.number, self.last))

    def read(self, now):
        """Return (HTML, until when) if it says what readers should see, else None."""
        if self.key != self.wanted or (self.until and self.until <= now):
            return None
        return zlib.decompress(self.html).decode(), self.until


def kept_at(slug, now):
    """Return the query for what is Kept at an address: of the article that readers see there."""
    names = (
        "pk",
        "article",
        "article__language",
        "article__slug",
        *(f"article__rendering__{name}" for name in ("key", "html", "until")),
    )
    return Revision.objects.published(now).filter(article__slug=slug).order_by().values_list(*names, *Edition.parts())


ASK = Prepared(kept_at, slug=SLUG, now=MOMENT)


def of(slug, now):
    """Return what is Kept of the article that readers see at an address, or None where there is none."""
    return next((Kept(*row) for row in ASK(slug=slug, now=now)), None)


def key(*made_of):
    """Return a name for all that a page is made of, by this program and with these settings."""
    of_site = (settings.SITE_NAME, settings.SITE_URL, settings.OFFLINE, settings.TIME_ZONE)
    return hashlib.sha256(repr((release(), *of_site, *made_of)).encode()).hexdigest()


@cache
def release():
    """Return a name for the program that makes pages: it changes with its code, templates, words and style sheets."""
    code = sorted((settings.BASE_DIR / "articles").rglob("*.py"))
    files = [*code, *sorted(settings.BASE_DIR.glob("articles/*.toml")), settings.STATIC_ROOT / "staticfiles.json"]
    texts = [path.read_text(encoding="utf-8") for path in files if path.exists()]
    return offline.version(*texts, *(f"{name} {version(name)}" for name in RENDERERS))


def keep(article, key, html, until):
    """Keep a page beside its article for the next visits.

    Not during a pause: a restore holds the tables, and readers would wait for it.
    """
    row = Rendering(article_id=article, key=key, html=zlib.compress(html.encode()), until=until)
    with contextlib.suppress(DatabaseError, OSError):  # readers can do without
        if pausing.is_paused():
            return
        Rendering.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["article"], update_fields=["key", "html", "until"]
        )


def alone(article_id):
    """Let others of this machine who want the same page wait until it is made."""
    return turn(str(article_id % LOCKS))


def with_average(html, article_id):
    """Return a page with what readers say of the article, which may be a minute old in what caches hold."""
    said = render_to_string("articles/_average.html", {"rating_summary": rating.summary(article_id)})
    return html.replace(AVERAGE, said, 1)
