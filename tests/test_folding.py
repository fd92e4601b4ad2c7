"""Old votes become counts: no figure changes by it, whoever votes, withdraws or folds at the same moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import folding, publishing, rating, reports, vote_views, windows
from articles.models import Reason, Tally, Vote, Window
from articles.vote_views import VOTE_COOKIE
from tests.factories import make_article

HERE = {"Sec-Fetch-Site": "same-origin"}
OLD = timedelta(days=92)
SAME = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def article(db):
    return make_article("Folded feet", sections=["Rest.", "Walk."])


def vote(article, *, age=OLD, value=4, voter=None, **fields):
    """Return a vote that was last changed so long ago."""
    fields = {"revision": publishing.last_public(article), "voter": voter or f"{Vote.objects.count():064d}"} | fields
    return Vote.objects.create(article=article, value=value, updated_at=timezone.now() - age, **fields)


def tallied(**fields):
    return Tally.objects.filter(**fields).aggregate(all=Sum("count"))["all"] or 0


def test_a_vote_that_its_cookie_can_still_change_is_never_folded(article):
    for age in (timedelta(0), timedelta(days=89), rating.COOKIE_AGE, timedelta(days=90, hours=23)):
        vote(article, age=age)
    assert folding.fold() == 0
    assert Vote.objects.count() == 4


def test_what_is_folded_keeps_what_was_said_and_nothing_of_who_said_it(article):
    for _ in range(3):
        vote(article, value=2, section="part-1", reason=Reason.HARD)
    vote(article, value=2, section="part-2", reason=Reason.HARD)
    day = Vote.objects.first().day
    assert folding.fold() == 4
    assert not Vote.objects.exists()
    kept = list(Tally.objects.order_by("section").values_list("day", "value", "section", "reason", "count"))
    assert kept == [(day, 2, "part-1", "hard", 3), (day, 2, "part-2", "hard", 1)]
    assert not {"voter", "created_at", "updated_at"} & {field.name for field in Tally._meta.get_fields()}


def test_folding_again_adds_to_what_was_folded(article):
    vote(article)
    folding.fold()
    vote(article)
    folding.fold()
    assert Tally.objects.values_list("count", flat=True).get() == 2


def test_a_limit_is_kept_over_articles_and_batches(article, monkeypatch):
    monkeypatch.setattr(folding, "BATCH", 2)
    other = make_article("Folded hands")
    for number in range(10):
        vote(article if number % 2 else other)
    assert folding.fold(limit=7) == 7
    assert (Vote.objects.count(), tallied()) == (3, 7)
    assert folding.fold(limit=0) == 0
    assert folding.fold() == 3


def test_a_vote_folds_a_few_old_ones(client, article):
    for _ in range(folding.A_FEW + 3):
        vote(article)
    assert client.post(f"/rate/{article.pk}/", {"value": "5"}, headers=HERE).status_code == 303
    assert (Vote.objects.count(), tallied()) == (4, folding.A_FEW)


def test_votes_let_go_of_what_has_ended_once_a_second(client, article, monkeypatch):
    def look():
        vote(article)
        windows.enter("old", length=timedelta(0), now=timezone.now(), step=1)
        client.post(f"/rate/{article.pk}/", {"value": "5"}, headers=HERE)
        return tallied(), Window.objects.filter(ends_at__lte=timezone.now()).exists()

    moment = time.monotonic()
    monkeypatch.setattr(vote_views.time, "monotonic", lambda: moment)
    assert [look(), look()] == [(1, False), (1, True)]
    moment += vote_views.TIDY_SECONDS
    assert look() == (3, False)


def test_a_reader_is_answered_though_folding_fails(client, article, monkeypatch, caplog):
    def fail(key, number):
        raise DatabaseError("The database is locked.")

    vote(article)
    monkeypatch.setattr(folding, "add", fail)
    response = client.post(f"/rate/{article.pk}/", {"value": 5}, headers=HERE)
    assert response.status_code == 303
    assert response.cookies[VOTE_COOKIE].value
    assert sorted(Vote.objects.values_list("value", flat=True)) == [4, 5]
    assert "could not be let go of" in caplog.text


def test_a_vote_asks_once_whether_there_is_anything_to_fold(article, django_assert_num_queries):
    vote(article, age=timedelta(days=3))
    with django_assert_num_queries(1):
        assert folding.fold(limit=folding.A_FEW) == 0


def test_the_day_is_that_of_the_last_change_in_the_time_zone_of_the_site(article, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    kept = Vote.objects.create(
        article=article, revision=publishing.last_public(article), voter="x", value=3, updated_at=late
    )
    assert kept.day.isoformat() == "2026-03-02"
    folding.fold()
    assert Tally.objects.get().day.isoformat() == "2026-03-02"


def test_changing_a_vote_moves_its_day(client, article):
    client.post(f"/rate/{article.pk}/", {"value": "2"}, headers=HERE)
    Vote.objects.update(day="2020-01-01")
    client.post(f"/rate/{article.pk}/", {"value": "3"}, headers=HERE)
    assert Vote.objects.get().day == timezone.localdate()


def test_a_reader_whose_vote_was_folded_votes_anew(client, article):
    client.post(f"/rate/{article.pk}/", {"value": "2"}, headers=HERE)
    Vote.objects.update(updated_at=timezone.now() - OLD)
    folding.fold()
    assert "Your rating is kept" not in client.get(f"/rate/{article.pk}/").content.decode()
    assert client.post(f"/rate/{article.pk}/", {"withdraw": "yes"}, headers=HERE).status_code == 303
    assert tallied() == 1
    said = client.post(f"/rate/{article.pk}/", {"tell": "yes", "reason": "hard"}, headers=HERE)
    assert said.status_code == 403
    client.post(f"/rate/{article.pk}/", {"value": "5"}, headers=HERE)
    assert Vote.objects.get().value == 5


def test_the_command_folds_all_and_says_so(article, capsys):
    for _ in range(4):
        vote(article)
    call_command("fold_votes")
    assert "Done: 4 votes folded." in capsys.readouterr().out
    assert not Vote.objects.exists()


# No figure changes

ONE = st.tuples(
    st.integers(0, 1),  # article
    st.integers(0, 1),  # version
    st.integers(0, 400),  # days ago
    st.integers(1, 5),
    st.sampled_from(["", "", "_article", "part-1", "part-2", "gone"]),
    st.sampled_from(["", *Reason.values]),
)


@pytest.fixture
def pair(db):
    """Two articles with two public versions each, in the second of which a section is gone and one changed."""
    articles = [make_article(f"Pair {n}", sections=["Rest.", "Walk.", ("Gone", "Sit.")]) for n in range(2)]
    for article in articles:
        article.sections.get(heading="Gone").delete()
        article.sections.filter(key="part-2").update(body="Walk slowly.")
        publishing.publish(article, by=None)
    return articles


def figures(articles):
    """Return all that any page or plot shows."""
    spans = [reports.span(name, article) for name in reports.SPANS for article in (None, *articles)]
    found = [reports.low_rating([article.pk for article in articles]), [rating.summary(a.pk) for a in articles]]
    found += [[reports.over_time(s), reports.ranking(s), list(reports.all_ranked(s))] for s in spans]
    found += [sorted(map(str, reports.site_reasons(s))) for s in spans]
    for article in articles:
        found += [reports.versions(article), reports.named_now(article), reports.first_day(article)]
        for span in spans:
            told = reports.told(article, span.where)
            found += [reports.over_time(span, article), reports.sections(article, told), reports.reasons(told)]
    return found


def test_no_figure_changes_when_votes_are_folded_at_random(pair):
    revisions = [list(article.revisions.order_by("number")) for article in pair]

    @SAME
    @given(st.lists(ONE, max_size=40), st.lists(st.integers(1, 9), max_size=4))
    def check(said, limits):
        Vote.objects.all().delete()
        Tally.objects.all().delete()
        for number, (place, version, days, value, section, reason) in enumerate(said):
            vote(
                pair[place],
                revision=revisions[place][version],
                age=timedelta(days=days),
                value=value,
                section=section,
                reason=reason,
                voter=str(number),
            )
        before = figures(pair)
        for limit in [*limits, None]:
            folding.fold(limit)
            assert figures(pair) == before
        assert not folding.ended().exists()
        assert tallied() + Vote.objects.count() == len(said)

    check()


# Races: in a process with a database of its own, as tests/test_publishing_races.py does


def together(*functions):
    """Call functions at the same moment, each on a connection of its own; return their answers."""
    barrier = Barrier(len(functions))

    def call(function):
        try:
            barrier.wait()
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(call, functions))


def race_folders():
    articles = [make_article(f"Raced {n}") for n in range(3)]
    for number in range(240):
        vote(articles[number % 3], value=number % 5 + 1, voter=str(number), age=OLD + timedelta(days=number % 7 % 3))
    folding.BATCH = 7
    folded = together(*[folding.fold] * 4)
    left = Vote.objects.filter(article__in=articles).count()
    return [sum(folded), left, tallied(article__in=articles)]


def test_four_who_fold_at_once_lose_and_double_nothing(raced):
    assert raced(race_folders) == [240, 0, 240]


def race_readers():
    """Old votes are folded while readers, whose browsers kept the cookies, change, withdraw and explain them."""
    article = make_article("Raced readers")
    revision, tokens = publishing.last_public(article), [f"{number:064x}" for number in range(60)]
    for token in tokens:
        vote(article, value=2, voter=rating.hashed(token))
    folding.BATCH = 5

    def change():
        for number, token in enumerate(tokens[:20]):
            rating.cast(article.pk, revision.pk, 5, token=token, address=f"192.0.2.{number}", browser="A")

    def withdraw():
        for token in tokens[20:40]:
            rating.withdraw(token, article.pk)

    def explain():
        return sum(rating.tell(token, article.pk, reason="hard") is not None for token in tokens[40:])

    *_others, told = together(folding.fold, folding.fold, change, withdraw, explain)
    folding.fold()
    explained = tallied(article=article, reason="hard")
    values = list(Vote.objects.filter(article=article).values_list("value", flat=True))
    return {"told": told, "explained": explained, "new": values, "old": tallied(article=article)}


def test_readers_who_change_withdraw_and_explain_meanwhile_are_counted_right(raced):
    """Each of the 20 who changed has one new vote; of their old ones and the withdrawn ones some were folded before."""
    found = raced(race_readers)
    assert found["new"] == [5] * 20
    assert found["told"] == found["explained"]
    assert 20 <= found["old"] <= 60


def test_the_figures_of_a_version_are_whole_while_it_is_folded(raced):
    assert raced(race_counting) == [200]


def race_counting():
    """Return the counts that a reader of the average saw while another process folded."""
    article = make_article("Raced counting")
    for number in range(200):
        vote(article, voter=str(number))
    folding.BATCH = 3
    seen = set()

    def look():
        for _ in range(60):
            seen.add(rating.summary(article.pk)["count"])

    together(folding.fold, look)
    return sorted(seen)


def test_the_migration_gave_old_votes_their_day(article):
    from django.apps import apps
    from django.utils.module_loading import import_string

    kept = vote(article, age=timedelta(days=10))
    Vote.objects.update(day="1970-01-01")
    import_string("articles.migrations.0018_votes_by_day.fill")(apps, connection.schema_editor(atomic=False))
    assert Vote.objects.get().day == kept.day
