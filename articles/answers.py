"""What editors answer to findings: "kept because …", and taking that back."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import publishing, work
from articles.checks import TITLES
from articles.models import Answer, Task
from articles.workflow import Refused

LONGEST = 300


@transaction.atomic
def keep(article, finding, place, words, because, *, by):
    """Say why what a check found is kept, and return the Answer; one for the same is replaced."""
    article = publishing.lock(article)
    because = " ".join(because.split())
    if reasons := reasons_against(article, finding, place, words, because):
        raise Refused(reasons)
    said = {"because": because, "by": by, "who": by.get_username(), "at": timezone.now()}
    about = {"article": article, "finding": finding, "place": place, "words": words}
    answer, _is_new = Answer.objects.update_or_create(**about, defaults=said)
    publishing.log("keep", article, publishing.newest(article), by=by, note=noted(answer))
    work.update(article, [Task.Kind.FINDINGS])
    return answer


def reasons_against(article, finding, place, words, because):
    if article.deleted_at:
        return [_("The article is deleted. Undo that first.")]
    limits = {name: Answer._meta.get_field(name).max_length for name in ("finding", "place", "words")}
    is_known = finding.partition(".")[0] in TITLES and place
    if not is_known or len(finding) > limits["finding"] or len(place) > limits["place"] or len(words) > limits["words"]:
        return [_("There is no such finding. Load the page again.")]
    if "\0" in f"{finding}{place}{words}{because}":
        return [_("There is a sign in it that can't be kept. Write it in plain letters.")]
    if not because:
        return [_("Say in a line why it is kept.")]
    if len(because) > LONGEST:
        return [_("Say it in at most %(limit)d characters.") % {"limit": LONGEST}]
    return []


@transaction.atomic
def take_back(answer, *, by):
    """Forget why a finding is kept; it is open again."""
    article = publishing.lock(answer.article)
    if article.deleted_at:
        raise Refused([_("The article is deleted. Undo that first.")])
    publishing.log("stop_keeping", article, publishing.newest(article), by=by, note=noted(answer))
    answer.delete()
    work.update(article, [Task.Kind.FINDINGS])


def noted(answer):
    """Return what the record of events says of an answer."""
    name = answer.finding.partition(".")[0]
    title = TITLES.get(name, name)  # an archive may have answers to checks that this site doesn't make
    return f"{title}: {answer.words[:100] or answer.place}: {answer.because}"
