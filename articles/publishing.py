"""From the working copy to what readers see."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import rendering
from articles.models import Article, Revision


class NotPublishable(Exception):
    """The working copy must not go out; `reasons` says why, a sentence each."""

    def __init__(self, reasons):
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def reasons_against(draft, live):
    """Return why a snapshot of the working copy must not go out, all reasons at once."""
    if live and draft.same_text(live):
        return [_("Nothing has changed since the article was last published.")]
    if not draft.sections:
        return [_("The article has no text yet. Add a section and write in it.")]
    return [
        _("Section “%(heading)s”: %(problem)s") % {"heading": section["heading"], "problem": problem}
        for section in draft.sections
        for problem in rendering.problems(section["body"]) or empty(section["body"])
    ]


def empty(body):
    return [] if body.strip() else [_("It has no text. Write some, or delete the section.")]


@transaction.atomic
def publish(article, *, by, note=""):
    """Freeze the working copy into a new revision that readers see from now on, and return it.

    `by` is the user who publishes, or None for a command. A text that must not go out is NotPublishable.
    """
    article = Article.objects.select_for_update().get(pk=article.pk)
    live = article.revisions.published().first()
    newest = article.revisions.aggregate(Max("number"))["number__max"] or 0
    revision = Revision.of(article, number=newest + 1, created_by=by, note=note, published_at=timezone.now())
    if reasons := reasons_against(revision, live):
        raise NotPublishable(reasons)
    revision.save()
    return revision
