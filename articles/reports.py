"""What readers say, in numbers: of one article, and of the site. Nothing here tells one reader from another.

All of it counts votes and what they were folded into alike (rating.counts), by aggregate queries.

**The share** is that of "helpful" and "very helpful", the 4 and 5 of the five answers. Its interval is Wilson's, the
one of a difference between two shares Newcombe's tenth, each at 95 %.
"""

import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article, Reason, Revision, Tally, Vote
from articles.rating import SHOW_AVERAGE_FROM, WHOLE, counts

VALUES = (1, 2, 3, 4, 5)
HELPFUL = 4  # from this value on
ENOUGH = SHOW_AVERAGE_FROM  # votes of a version, below which it is not compared
MIDDLE = 3  # of the scale: "fairly helpful"
VERSIONS = 30  # that a page shows; the CSV file has all
RANKED = 20  # articles that the site's page shows
LARGEST = 1_000_000  # articles in a file
Z = 1.959963984540054  # of the normal distribution, for 95 %
SPANS = {"30": 30, "90": 90, "365": 365, "all": None}  # days
USUAL_SPAN = "90"
MAX_BARS = 62


class Rating(NamedTuple):
    average: float
    count: int


class Votes(NamedTuple):
    """How many votes gave each value from 1 to 5."""

    by_value: tuple

    @property
    def count(self):
        return sum(self.by_value)

    @property
    def helpful(self):
        return sum(self.by_value[HELPFUL - 1 :])

    @property
    def average(self):
        return sum(value * n for value, n in zip(VALUES, self.by_value, strict=True)) / self.count

    @property
    def average_at_most(self):
        """The upper end of the average's interval at 95 %, by its standard error; of two votes or more."""
        squares = sum((value - self.average) ** 2 * n for value, n in zip(VALUES, self.by_value, strict=True))
        return self.average + Z * math.sqrt(squares / (self.count - 1) / self.count)

    @property
    def share(self):
        return self.helpful / self.count

    @property
    def interval(self):
        return wilson(self.helpful, self.count)

    @property
    def is_enough(self):
        return self.count >= ENOUGH


class Span(NamedTuple):
    """Days to look at: from `first` to `last`, in bars of a "day", "week", "month" or "year"."""

    name: str
    first: date
    last: date
    step: str

    @property
    def where(self):
        return Q(day__gte=self.first, day__lte=self.last)


class Bar(NamedTuple):
    """The votes from one day on to the next bar's, or to the end of the span."""

    first: date
    votes: Votes


class Version(NamedTuple):
    """What readers said of one version, and how that differs from what they said of the one before."""

    number: int
    day: date | None  # on which it came out
    note: str
    votes: Votes
    change: tuple | None  # (difference of the shares, its lowest, its highest); None for too few votes
    verdict: str


class Named(NamedTuple):
    """A section that readers named: its heading when it was read last, and why they named it, most often first."""

    key: str
    heading: str
    is_gone: bool
    count: int
    reasons: list  # of (label, count); those who gave none are not in it


# Statistics


def wilson(successes, count):
    """Return the interval of a share as (lowest, highest), at 95 %.

    E. B. Wilson, J. Am. Stat. Assoc. 22, 1927; method 3 in R. G. Newcombe, Statistics in Medicine 17, 857–872, 1998.
    """
    middle = successes + Z * Z / 2
    spread = Z * math.sqrt(successes * (count - successes) / count + Z * Z / 4)
    return max(0.0, (middle - spread) / (count + Z * Z)), min(1.0, (middle + spread) / (count + Z * Z))


def newcombe(old, old_count, new, new_count):
    """Return by how much a share differs from an older one, and the interval of that: (difference, lowest, highest).

    Method 10 in R. G. Newcombe, Statistics in Medicine 17, 873–890, 1998, at 95 %.
    """
    before, after = old / old_count, new / new_count
    before_low, before_high = wilson(old, old_count)
    after_low, after_high = wilson(new, new_count)
    down = math.hypot(after - after_low, before_high - before)
    up = math.hypot(after_high - after, before - before_low)
    return after - before, after - before - down, after - before + up


def verdict(change):
    """Return in words whether an edit helped, from newcombe's answer, or None for too few votes."""
    if change is None:
        return _("Too few votes to tell")
    if change[1] > 0:
        return _("Probably better")
    return _("Probably worse") if change[2] < 0 else _("No clear difference")


# Votes over time


def span(name, article=None):
    """Return the days that a page looks at, by the name of a choice; an unknown one is the usual."""
    name = name if name in SPANS else USUAL_SPAN
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    first = today - timedelta(days=SPANS[name] - 1) if SPANS[name] else min(today, first_day(article) or today)
    for step, days in (("day", 1), ("week", 7), ("month", 28), ("year", 365)):
        if (today - first).days / days < MAX_BARS or step == "year":
            return Span(name, first, today, step)
    raise AssertionError("The last step always fits.")


def first_day(article):
    """Return the day of the first vote on an article, or on all, or None."""
    where = Q(article=article) if article else Q()
    days = [model.objects.filter(where).aggregate(day=Min("day"))["day"] for model in (Vote, Tally)]
    return min(filter(None, days), default=None)


def bar_start(day, step):
    """Return the first day of the bar that a day belongs to; weeks begin on Monday."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[step]


def next_start(start, step):
    """Return the first day of the bar after the one that begins with a day."""
    if step in ("day", "week"):
        return start + timedelta(days=7 if step == "week" else 1)
    return bar_start(start + timedelta(days=31 if step == "month" else 366), step)


def over_time(span, article=None):
    """Return the votes of a span as a list of Bar without gaps."""
    where = span.where & Q(article=article) if article else span.where
    found = defaultdict(Counter)
    for row in counts("day", "value", where=where):
        found[bar_start(row["day"], span.step)][row["value"]] += row["votes"]
    bars, start = [], bar_start(span.first, span.step)
    while start <= span.last:
        bars.append(Bar(max(start, span.first), votes_of(found[start])))
        start = next_start(start, span.step)
    return bars


def votes_of(counter):
    return Votes(tuple(counter[value] for value in VALUES))


def together(votes):
    """Return several Votes as one: what the bars of a span add up to."""
    return Votes(tuple(map(sum, zip((0,) * 5, *(part.by_value for part in votes), strict=True))))


# Versions


def versions(article, limit=None):
    """Return a Version for each that was public or has votes, the oldest first; with a limit, the latest ones."""
    found = defaultdict(Counter)
    for row in counts("revision", "value", where=Q(article=article)):
        found[row["revision"]][row["value"]] += row["votes"]
    was_out = Q(published_at__lte=timezone.now())
    revisions = Revision.objects.filter(was_out | Q(pk__in=list(found)), article=article).order_by("number")
    rows, before = [], None
    for revision in revisions.only("number", "published_at", "public_note"):
        votes = votes_of(found[revision.pk])
        out = revision.published_at and revision.published_at <= timezone.now()
        day = timezone.localdate(revision.published_at, timezone.get_default_timezone()) if out else None
        change = difference(before, votes) if out and before else None
        said = verdict(change) if out and before else ""
        rows.append(Version(revision.number, day, revision.public_note, votes, change, said))
        before = votes if out else before
    return rows[-limit:] if limit else rows


def difference(before, after):
    """Return newcombe's answer for the votes before and after an edit, or None where either are too few."""
    if not (before.is_enough and after.is_enough):
        return None
    return newcombe(before.helpful, before.count, after.helpful, after.count)


# Sections and reasons


def told(article, where):
    """Return what readers added to their votes, as rows of revision, section, reason and votes."""
    return list(counts("revision", "section", "reason", where=where & Q(article=article) & ~Q(section="", reason="")))


def sections(article, rows):
    """Return what `told` gave as a list of Named, the section named most often first."""
    by_key, last = defaultdict(Counter), {}
    for row in rows:
        if row["section"]:
            by_key[row["section"]][row["reason"]] += row["votes"]
            last[row["section"]] = max(last.get(row["section"], 0), row["revision"])
    read = Revision.objects.filter(pk__in=set(last.values())).only("sections")
    headings = {(r.pk, section["key"]): section["heading"] for r in read for section in r.sections}
    present = {WHOLE, *article.sections.values_list("key", flat=True)} if by_key else ()
    found = [
        Named(
            key,
            _("The whole article") if key == WHOLE else headings.get((last[key], key), ""),
            key not in present,
            sum(reasons.values()),
            labelled(reasons),
        )
        for key, reasons in by_key.items()
    ]
    return sorted(found, key=lambda named: (-named.count, named.key))


def labelled(reasons):
    """Return counts by reason as a list of (label, count), the one given most often first."""
    given = [(reason.label, reasons[reason.value]) for reason in Reason if reasons[reason.value]]
    return sorted(given, key=lambda pair: -pair[1])


def reasons(rows):
    """Return from rows of reason and votes a list of (label, count), the one given most often first."""
    found = Counter()
    for row in rows:
        found[row["reason"]] += row["votes"]
    return labelled(found)


def named_now(article):
    """Return by key what readers said of the sections as they read them now.

    It counts the votes of those versions in which a section says what it says in the version that is out, so that
    a section that was changed begins anew once readers have the new text. Two queries, or three.
    """
    rows = [row for row in told(article, Q()) if row["section"] not in ("", WHOLE)]
    if not rows:
        return {}
    known = Revision.objects.filter(pk__in={row["revision"] for row in rows}).only("sections")
    live = Revision.objects.public().filter(article=article).latest_out_first().only("sections").first()
    texts = {(r.pk, section["key"]): section for r in known for section in r.sections}
    now = {section["key"]: section for section in live.sections} if live else {}
    said = defaultdict(Counter)
    for row in rows:
        key = row["section"]
        if key in now and texts.get((row["revision"], key)) == now[key]:
            said[key][row["reason"]] += row["votes"]
    return {
        key: Named(key, now[key]["heading"], False, sum(found.values()), labelled(found)) for key, found in said.items()
    }


# The site


def low_rating(article_ids):
    """Return {article id: Rating} of those whose readers all but surely find the text less than "fairly helpful".

    Those are at least ten votes for the version that is out, so that an article that was mended leaves the work list,
    and the upper end of the average's interval below 3, the middle of the scale. A fixed bar, as 2.5, would call in
    editors by chance where there are ten votes, and leave out a 2.7 of a thousand.
    """
    live = Revision.objects.published().filter(article__in=list(article_ids)).order_by()
    found = defaultdict(Counter)
    for row in counts("article", "value", where=Q(revision__in=list(live.values_list("pk", flat=True)))):
        found[row["article"]][row["value"]] += row["votes"]
    rated = {pk: votes_of(counter) for pk, counter in found.items()}
    low = {pk: votes for pk, votes in rated.items() if votes.is_enough and votes.average_at_most < MIDDLE}
    return {pk: Rating(votes.average, votes.count) for pk, votes in low.items()}


# Each table is added up by itself first, in the order of its index by article: a million votes need no sorting.
# COALESCE keeps SQLite from choosing the index by day, with which it would sort them (3.3 seconds instead of 0.3).
BY_ARTICLE = """
SELECT article_id, SUM(votes) AS votes, SUM(points) * 1.0 / SUM(votes) AS average, SUM(helpful) AS helpful
FROM (
    SELECT article_id, COUNT(*) AS votes, SUM(value) AS points, SUM(CASE WHEN value >= %s THEN 1 ELSE 0 END) AS helpful
    FROM articles_vote WHERE COALESCE(day, day) BETWEEN %s AND %s GROUP BY article_id
    UNION ALL
    SELECT article_id, SUM(count), SUM(count * value), SUM(CASE WHEN value >= %s THEN count ELSE 0 END)
    FROM articles_tally WHERE COALESCE(day, day) BETWEEN %s AND %s GROUP BY article_id
) AS said
GROUP BY article_id HAVING SUM(votes) >= %s
ORDER BY average, votes DESC, article_id LIMIT %s
"""


class Ranked(NamedTuple):
    article: Article
    count: int
    average: float
    helpful: int

    @property
    def share(self):
        return self.helpful / self.count


def ranking(span):
    """Return the articles that readers found least helpful in a span, as a short list of Ranked.

    The database ranks them (Django's own queries can't group a union), so that no list of all articles is made.
    """
    return with_articles(ranked_rows(span, least=ENOUGH, limit=RANKED))


def all_ranked(span):
    """Give a Ranked for each article with votes in a span, the least helpful first."""
    rows = ranked_rows(span, least=1, limit=LARGEST)
    for start in range(0, len(rows), 500):
        yield from with_articles(rows[start : start + 500])


def ranked_rows(span, *, least, limit):
    with connection.cursor() as cursor:
        cursor.execute(BY_ARTICLE, [*(HELPFUL, span.first, span.last) * 2, least, limit])
        return cursor.fetchall()


def with_articles(rows):
    found = Article.objects.only("title", "slug", "language").in_bulk([row[0] for row in rows])
    return [Ranked(found[pk], int(votes), float(average), int(helpful)) for pk, votes, average, helpful in rows]


def site_reasons(span):
    """Return the reasons that readers gave anywhere in a span, as `reasons` does."""
    return reasons(counts("reason", where=span.where & ~Q(reason="")))
