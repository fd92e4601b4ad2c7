"""Votes whose cookie has ended become counts per version, day, value, section and reason: Tally rows.

From then on nothing tells that two answers came from the same reader, or what anybody said. What is counted stays
what it was (rating.counts).
"""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from articles.models import Tally, Vote
from articles.prepared import MOMENT, Prepared
from articles.rating import COOKIE_AGE

GRACE = timedelta(days=1)  # a cookie ends 90 days after it arrived, which may be later than it was made
BATCH = 500  # votes in one transaction
A_FEW = 10  # what votes fold once a second
KEY = ("article_id", "revision_id", "day", "value", "section", "reason")


def fold(limit=None):
    """Fold the votes that no cookie can change any more, at most `limit` of them; return how many were folded."""
    return sum(batches(limit))


def batches(limit=None):
    """Fold votes, and give after each transaction how many there were."""
    left = limit
    # Asked first without a transaction, for nearly always there is nothing to fold, and no vote shall wait for that.
    while has_ended() and (folded := fold_some(BATCH if left is None else min(BATCH, left))):
        yield folded
        left = left if left is None else left - folded


def ended():
    """Return the votes whose cookie has ended, the oldest first."""
    return Vote.objects.filter(updated_at__lt=timezone.now() - COOKIE_AGE - GRACE).order_by("updated_at")


def has_ended():
    """Return whether there are any, quickly, for votes ask."""
    return bool(OLDEST(before=timezone.now() - COOKIE_AGE - GRACE))


OLDEST = Prepared(lambda before: Vote.objects.filter(updated_at__lt=before).values_list("pk")[:1], before=MOMENT)


@transaction.atomic
def fold_some(number):
    """Fold up to so many votes of the article that has the oldest, and return how many there were.

    Votes that somebody else holds at this moment, to change or to fold them, are left to a later call. With one
    article at a time and tallies in a fixed order, no two transactions wait for each other in a circle.
    """
    held = ended().select_for_update(skip_locked=True)
    oldest = held.only("article_id").first() if number > 0 else None
    if oldest is None:
        return 0
    votes = list(held.filter(article=oldest.article_id).only(*KEY)[:number])
    tallies = Counter(tuple(getattr(vote, name) for name in KEY) for vote in votes)
    for key in sorted(tallies):
        add(dict(zip(KEY, key, strict=True)), tallies[key])
    Vote.objects.filter(pk__in=[vote.pk for vote in votes]).delete()
    return len(votes)


def add(key, number):
    """Add so many votes to a tally, which is made when there is none."""
    Tally.objects.bulk_create([Tally(**key)], ignore_conflicts=True)
    Tally.objects.filter(**key).update(count=F("count") + number)
