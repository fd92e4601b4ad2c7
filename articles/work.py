"""What needs doing: the rules that make the tasks of an article, and how they are ranked.

Kinds come in the order of Task.Kind; within one, the worst first, then the longest. Most kinds say how bad by their
rank. An overdue review does it by the day alone, so that its row can stand there beforehand and appear by itself.
"""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from functools import partial
from time import monotonic, sleep

from django.db import transaction
from django.utils import timezone

from articles import checks, reports
from articles.models import Article, OutsideLink, Revision, State, Task, Vote
from articles.standing import FAR, counting, known_revisions, newest
from articles.workflow import state_of

Kind = Task.Kind
STEP = 1_000_000  # ranks of one kind
FIRST = {kind: STEP * number for number, kind in enumerate(Kind, start=1)}  # of each kind
WAITING = (State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED)  # in the order of their ranks
CAME_BY = {State.IN_REVIEW: "submit", State.CHANGES_REQUESTED: "request_changes", State.APPROVED: "sign"}
MOST = 1000  # links or findings; more are as bad
MANY = 1000  # votes or articles that one call looks at
PAUSE = 0.02  # seconds between articles, so that a vote that waits to write gets its turn
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic
def update(article, kinds=Kind):
    """Make the tasks of an article anew, or some kinds of them; to be called whenever something of it has changed."""
    article = lock(article.pk)
    if article:
        keep(article, tasks_of(article, kinds, timezone.now()), kinds)


def lock(pk):
    """Return an article afresh, or None. Others that write its tasks wait; votes don't."""
    return Article.objects.select_for_update(no_key=True).filter(pk=pk).first()


def tasks_of(article, kinds, now):
    """Return what an article needs as {kind: (rank, due, detail)}; without a `due`, it is when it was first noticed."""
    if article.deleted_at:
        return {}
    revisions = known_revisions(article)
    public = [revision for revision in revisions if revision.published_at and revision.published_at <= now]
    is_gone = article.withdrawn_at or (article.expires_at and article.expires_at <= now)
    rules = {Kind.WAITING_REVIEW: partial(waiting_review, article)}
    if not is_gone:  # of what was taken back, nobody needs mending anything
        rules |= {Kind.BROKEN_LINKS: partial(broken_links, article), Kind.FINDINGS: partial(findings, article)}
    if public and not is_gone:
        rules[Kind.OVERDUE] = partial(overdue, public[-1], public)
        rules[Kind.LOW_RATING] = partial(low_rating, article)
    found = {kind: rule() for kind, rule in rules.items() if kind in kinds}
    return {kind: task for kind, task in found.items() if task}


def overdue(shown, public):
    """Return the task to have reviewed again what readers see, from the day on when that is overdue."""
    held, earlier = counting(shown, public)
    last = held[-1] if held else earlier
    day = last.correct_until if last else shown.review_due
    if day is None or day >= FAR:
        return None
    begins = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    return FIRST[Kind.OVERDUE], begins, {"day": day.isoformat(), "is_first": last is None, "revision": shown.pk}


def low_rating(article):
    rating = reports.low_rating([article.pk]).get(article.pk)
    if rating is None:
        return None
    detail = {"average": round(rating.average, 1), "count": rating.count}
    return FIRST[Kind.LOW_RATING] + round(rating.average * 1000), None, detail


def broken_links(article):
    """Return the task to mend links; one that is dead is as bad as ten that only lead elsewhere or aren't encrypted."""
    found = Counter(article.outside_links.exclude(finding="").values_list("finding", flat=True))
    dead, number = found[OutsideLink.Finding.DEAD], found.total()
    rank = FIRST[Kind.BROKEN_LINKS] + MOST - min(9 * dead + number, MOST)
    return (rank, None, {"dead": dead, "others": number - dead}) if number else None


def findings(article):
    number = checks.unanswered(article)
    return (FIRST[Kind.FINDINGS] + MOST - min(number, MOST), None, {"count": number}) if number else None


def waiting_review(article):
    """Return the task to go on with a review: to make it, to change what it asks for, or to publish the text."""
    last = newest(article)
    state = last and state_of(last)
    if state not in WAITING:
        return None
    came = article.events.filter(action=CAME_BY[state]).order_by("-at").values_list("at", flat=True).first()
    rank = FIRST[Kind.WAITING_REVIEW] + WAITING.index(state)
    return rank, came or last.created_at, {"state": state.value, "revision": last.pk}


def people_of(article):
    """Return the ids of those whose article it is: who saved it last, and authors with an account."""
    authors = set(article.authors.exclude(user=None).values_list("user", flat=True))
    saved_by = Revision.objects.filter(article=article).order_by("-number").values_list("created_by", flat=True).first()
    return authors | ({saved_by} if saved_by else set())


def keep(article, wanted, kinds):
    """Make the rows of some kinds say what is wanted. One that stays was noticed when it was."""
    rows = {(task.kind, task.person_id): task for task in Task.objects.filter(article=article, kind__in=kinds)}
    people = [None, *people_of(article)] if wanted else []
    added, changed = [], []
    for kind, (rank, due, detail) in wanted.items():
        noticed = rows[kind, None].due if (kind, None) in rows else timezone.now()
        said = {"rank": rank, "due": due or noticed, "detail": detail, "topic_id": article.topic_id}
        for person in people:
            task = rows.pop((kind, person), None) or Task(article=article, kind=kind, person_id=person)
            if any(getattr(task, name) != value for name, value in said.items()) or not task.pk:
                (changed if task.pk else added).append(task)
                for name, value in said.items():
                    setattr(task, name, value)
    Task.objects.bulk_create(added)
    Task.objects.bulk_update(changed, ["rank", "due", "detail", "topic"])
    Task.objects.filter(pk__in=[task.pk for task in rows.values()]).delete()


# What changes without anybody's doing; `reached` is where the last call got to (articles/chores.py)


def update_rated(reached):
    """Look at the ratings of articles with votes since a moment, some at a time; return the moment reached.

    Moments are microseconds. Of the last minute a later call looks at all votes again, for some may be on their way.
    """
    now = (timezone.now() - EPOCH) // timedelta(microseconds=1)
    reached = min(reached, now)  # the clock may have been far ahead then
    since = EPOCH + timedelta(microseconds=reached)
    newer = Vote.objects.filter(updated_at__gt=since).order_by("updated_at")
    votes = list(newer.values_list("article", "updated_at")[:MANY])
    for pk in sorted({pk for pk, _at in votes}):
        update(Article(pk=pk), [Kind.LOW_RATING])
    until = votes[-1][1] if len(votes) == MANY else timezone.now() - timedelta(minutes=1)
    return max(reached, (until - EPOCH) // timedelta(microseconds=1))


def update_timed(reached):
    """Make the tasks anew of articles that came out or expired by the clock since a moment; return the present one."""
    since, now = EPOCH + timedelta(microseconds=reached), timezone.now()
    out = Revision.objects.filter(published_at__gt=since, published_at__lte=now)
    ended = Article.objects.filter(expires_at__gt=since, expires_at__lte=now)
    for pk in sorted({*out.values_list("article", flat=True), *ended.values_list("pk", flat=True)}):
        update(Article(pk=pk))
    return (now - EPOCH) // timedelta(microseconds=1)


def sweep(reached, seconds=30):
    """Make all tasks anew, for some seconds from the article after `reached` on; return the last one, 0 at the end.

    It finds what nothing else tells: a vote that was taken back, a source that grew old, rules of a newer version.
    """
    ends = monotonic() + seconds
    for pk in Article.objects.filter(pk__gt=reached).order_by("pk").values_list("pk", flat=True)[:MANY]:
        if monotonic() > ends:
            return reached
        update(Article(pk=pk))
        reached = pk
        sleep(PAUSE)
    return reached if Article.objects.filter(pk__gt=reached).exists() else 0
