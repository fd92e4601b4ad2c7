"""Where an article's versions stand: the newest, what is out or waits for its time, and which reviews count."""

from datetime import date

from django.db.models import Q

from articles.models import Review

FAR = date(9000, 1, 1)  # a day from which on nothing is reckoned


def newest(article):
    """Return the last revision of an article, which says what its working copy says, or None."""
    return article.revisions.order_by("number").last()


def last_public(article):
    """Return the revision that is out, or would be if the article were not withdrawn or expired; or None."""
    return article.revisions.public().latest_out_first().first()


def scheduled(article):
    """Return the revision that waits for its time, or None."""
    return article.revisions.scheduled().first()


def known_revisions(article):
    """Return the revisions with a time of publication, in its order, and those that were reviewed; two queries."""
    reviewed = Review.objects.filter(revision__article=article).values("revision")
    found = article.revisions.filter(Q(published_at__isnull=False) | Q(pk__in=reviewed)).prefetch_related("reviews")
    fields = ("article", "number", "published_at", "public_note", "reviewed_as", "review_due")
    by_id = {revision.pk: revision for revision in found.only(*fields).order_by("published_at", "number")}
    for revision in by_id.values():
        revision.reviewed_as = by_id.get(revision.reviewed_as_id)
    return list(by_id.values())


def held_reviews(revision):
    """Return the signed reviews that count for a revision: its own, or those of the one it is a small correction of.

    Where a reviewer has asked for changes, what was signed before that doesn't count any more.
    """
    held = []
    for signed in revision.reviews.all():
        held = [*held, signed] if signed.correct_until else []
    return held_reviews(revision.reviewed_as) if revision.reviewed_as and not revision.reviews.all() else held


def counting(shown, public):
    """Return the reviews that count for a revision, and where none does, the last one of those that are out, or None.

    `public` is what is out or was before, in the order of publication.
    """
    held = held_reviews(shown) if shown else []
    earlier = (before[-1] for before in map(held_reviews, reversed(public)) if before)
    return held, None if held else next(earlier, None)
