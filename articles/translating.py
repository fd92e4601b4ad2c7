"""Translations: which articles say the same in other languages, and whether one is behind its original.

A translation is an article of its own, with reviews of its own: nothing that was signed for the original counts for
it. Its `based_on` names the version of the original that it says.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.languages import name_of
from articles.models import Article, Revision
from articles.publishing import last_public
from articles.workflow import state_of

OWN = {"authors", "funding", "review_due", "based_on"}  # what a translation does not take from its original


@dataclass
class Standing:
    """How an article stands to those that say the same in other languages."""

    addresses: list = field(default_factory=list)  # (language, address) of all of them that readers see
    original: Revision | None = None  # what readers see, or last saw, of the article that this one translates
    is_behind: bool = False
    is_gone: bool = False  # readers no longer see the original
    next_change: datetime | None = None  # when the others change by the clock alone


def of(revision, at=None):
    """Return the Standing of a revision, public or not, at a time (default: now)."""
    at = at or timezone.now()
    article = revision.article
    others = {other.pk: other for other in family(article).exclude(pk=article.pk)}
    if not others:
        return Standing()
    shown = {other.article_id: other for other in Revision.objects.published(at).filter(article__in=others)}
    standing = Standing(next_change=next_change(others.values(), at))
    if shown:
        pages = sorted([revision, *shown.values()], key=lambda page: page.article.translation_of_id or 0)
        standing.addresses = [(page.article.language, page.get_absolute_url()) for page in pages]
    if article.translation_of_id:
        standing.original = shown.get(article.translation_of_id) or last_public(article.translation_of)
        standing.is_gone = bool(standing.original) and article.translation_of_id not in shown
        standing.is_behind = not standing.is_gone and is_behind(revision, standing.original)
    return standing


def family(article):
    """Return an article, its original and all translations of that."""
    root = article.translation_of_id or article.pk
    return Article.objects.filter(Q(pk=root) | Q(translation_of=root))


def next_change(articles, at):
    """Return when the first of some articles comes out, changes or expires by the clock alone, or None."""
    times = [article.expires_at for article in articles if article.expires_at and article.expires_at > at]
    waiting = Revision.objects.scheduled(at).filter(article__in=articles)
    times.append(waiting.aggregate(first=Min("published_at"))["first"])
    return min(filter(None, times), default=None)


def is_behind(revision, original):
    """Return whether the original says something else in its present revision than in the one that was translated."""
    if original is None or revision.based_on in (None, original.number):
        return False
    translated = Revision.objects.filter(article=original.article_id, number=revision.based_on).first()
    return translated is None or to_translate(translated) != to_translate(original)


def to_translate(revision):
    """Return what a translation of a revision must say."""
    return {name: value for name, value in revision.text().items() if name not in OWN}


def originals():
    """Return the articles that can be translated: those that readers know, and that aren't translations."""
    known = Exists(Revision.objects.public().filter(article=OuterRef("pk")))
    return Article.objects.filter(known, translation_of=None, deleted_at=None)


def versions(original):
    """Return the revisions of an original that a translation can say, the newest first; none of None."""
    return Revision.objects.public().filter(article=original).order_by("-number") if original else []


def problems(article):
    """Return what is wrong with an article's language, topic and original, as (field, sentence)."""
    found = []
    before = Article.objects.filter(pk=article.pk).first()
    if before and before.language != article.language and before.revisions.public().exists():
        found.append(("language", _("Readers know the article in its language. For another one, translate it.")))
    if article.topic and article.topic.language != article.language:
        words = _("This topic is for articles in %(language)s. Choose another one, or none.")
        found.append(("topic", words % {"language": name_of(article.topic.language)}))
    if article.pk and article.translations.filter(language=article.language).exists():
        found.append(("language", _("There is a translation of this article into that language.")))
    if article.translation_of:
        found += [("translation_of", sentence) for sentence in reasons_against(article, article.translation_of)]
    return found


def reasons_against(article, original):
    """Return why an article can't be a translation of another, a sentence each."""
    reasons = []
    if original.language == article.language:
        reasons.append(_("A translation must be in another language than its original."))
    if original.translation_of_id:
        reasons.append(_("That article is a translation itself. Choose its original."))
    if article.pk and article.translations.exists():
        reasons.append(_("This article has translations itself, so it can't be one."))
    other = original.translations.filter(language=article.language).exclude(pk=article.pk).first()
    if other:
        words = _("There is a translation into this language already: “%(title)s”.")
        reasons.append(words % {"title": other.title})
    return reasons


def missing(article):
    """Return the languages, as (code, name), that an article can be translated into."""
    if article.translation_of_id:
        return []
    taken = {article.language, *article.translations.values_list("language", flat=True)}
    return [(code, name) for code, name in settings.LANGUAGES if code not in taken]


def states(article):
    """Return what editors are told of an original's translations: (article, state or None, whether it is behind)."""
    original = last_public(article)
    found = []
    for translation in article.translations.filter(deleted_at=None).order_by("language"):
        shown = last_public(translation)
        behind = bool(shown and original) and is_behind(shown, original)
        found.append((translation, state_of(shown).label if shown else None, behind))
    return found
