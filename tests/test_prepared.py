"""Queries that are built once say the same as those that are built each time, with values as the models have them."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from articles import pages, rating, vote_views
from articles.models import Revision, Vote
from articles.prepared import MOMENT, NUMBER, Prepared
from articles.publishing import last_public, publish, withdraw
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_it_is_built_once_and_asked_with_other_values(django_assert_num_queries):
    built = []

    def build(at):
        built.append(at)
        return Revision.objects.filter(published_at__lte=at).values_list("number", "published_at")

    ask, article, now = Prepared(build, at=MOMENT), make_article(), timezone.now()
    revision = article.revisions.get()
    with django_assert_num_queries(2):
        assert ask(at=now) == [(revision.number, revision.published_at)]
        assert ask(at=revision.published_at - timedelta(seconds=1)) == []
    assert built == [MOMENT]


def test_an_argument_that_the_query_does_not_use_is_a_mistake():
    ask = Prepared(lambda at: Revision.objects.values_list("pk"), at=MOMENT)
    with pytest.raises(AssertionError, match="at"):
        ask(at=timezone.now())


def test_a_value_that_is_no_sql_stays_a_value():
    assert pages.of("' OR 1=1 --", timezone.now()) is None
    assert pages.of("%s", timezone.now()) is None


def test_what_readers_see_is_what_the_queryset_says():
    article, now = make_article(), timezone.now()
    article.sections.update(body="Newer.")
    later = publish(article, by=None, at=now + timedelta(days=2))
    for when in (now - timedelta(days=1), timezone.now(), now + timedelta(days=3)):
        kept, seen = pages.of("sore-feet", when), Revision.objects.published(when).first()
        assert (kept and kept.revision) == (seen and seen.pk)
    assert kept.revision == later.pk
    withdraw(article, by=None)
    assert pages.of("sore-feet", timezone.now()) is None
    ((pk, language),) = vote_views.LAST(article=article.pk, now=timezone.now())
    assert (pk, language) == (last_public(article).pk, "en-gb")


def test_votes_of_one_article_are_counted_as_the_reports_count_them():
    article, other = make_article(), make_article("Cold hands")
    for one, value in ((article, 2), (article, 2), (article, 5), (other, 1)):
        revision = one.revisions.get()
        Vote.objects.create(article=one, revision=revision, voter=str(Vote.objects.count()), value=value)
    rows = {(row["value"], row["votes"]) for row in rating.counts("value", where=Q(article=article))}
    assert set(rating.VALUES(article=article.pk)) == rows == {(2, 2), (5, 1)}
    assert rating.VALUES(article=NUMBER) == []
