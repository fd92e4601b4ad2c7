"""Two people at once, in threads of a process that has a database of its own, as a site has it.

The functions that begin with `race_` run there (`raced`), many rounds each, and return what came of it.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from articles import chores, publishing, replacing, reviewing
from articles.admin import statement
from articles.models import Article, Event, Revision, SiteStatement, State
from articles.workflow import Refused, state_of
from tests.factories import make_article, make_contributor

ROUNDS = 8


@pytest.fixture
def raced(raced):
    """A function that calls another one of this file many times, in a process that has a database of its own."""
    return lambda function: raced(in_rounds, function.__name__)


def in_rounds(name):
    return [globals()[name](number) for number in range(ROUNDS)]


def together(*functions):
    """Call functions at the same moment, each on a connection of its own; return "done" or the refusal of each."""
    barrier = Barrier(len(functions))

    def call(function):
        try:
            barrier.wait()
            function()
        except Refused as refusal:
            return str(refusal)
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(call, functions))


def edit(article, text):
    article.sections.update(body=text)
    publishing.record(article, by=None)


def standing(article):
    return state_of(Article.objects.get(pk=article.pk).revisions.select_related("article").order_by("number").last())


def race_to_publish(number):
    article = make_article(f"Publish {number}", published=False)
    answers = together(*[lambda: publishing.publish(article, by=None)] * 4)
    return sorted(answers), Event.objects.filter(article=article, action="publish").count()


def race_to_record(number):
    article = make_article(f"Record {number}", published=False)
    answers = together(*[lambda n=n: edit(article, f"Text {n}") for n in range(6)])
    numbers = list(article.revisions.order_by("number").values_list("number", flat=True))
    newest = publishing.newest(article)
    return answers, numbers, newest.same_text(Revision.of(Article.objects.get(pk=article.pk)))


def race_to_sign_and_save(number):
    article = make_article(f"Sign {number}", published=False)
    revision = publishing.submit(article, by=None)
    reviewer, day = make_contributor(), timezone.localdate() + timedelta(days=30)
    answers = together(
        lambda: publishing.review(revision, contributor=reviewer, correct_until=day),
        lambda: edit(article, "Other."),
    )
    signed = Revision.objects.get(pk=revision.pk)
    return answers, signed.state, signed.reviews.count(), standing(article)


def race_to_use_a_link(number):
    article = make_article(f"Link {number}", published=False)
    publishing.record(article, by=None)
    link = reviewing.make_link(publishing.newest(article), by=None, days=1, contributor=make_contributor())
    day = timezone.localdate() + timedelta(days=30)
    answers = together(*[lambda: reviewing.sign(link, correct_until=day)] * 3)
    return answers.count("done"), publishing.newest(article).reviews.count()


def race_to_withdraw_and_publish(number):
    article = make_article(f"Withdraw {number}")
    article.sections.update(body="Other.")
    answers = together(
        lambda: publishing.withdraw(article, by=None, reason="Wrong"),
        lambda: publishing.publish(article, by=None),
    )
    last = Event.objects.filter(article=article, action__in=["withdraw", "publish"]).first().action
    return answers, last, Revision.objects.published().filter(article=article).exists()


def race_to_schedule(number):
    article = make_article(f"Schedule {number}")
    article.sections.update(body="Other.")
    at = timezone.now() + timedelta(hours=1)
    together(*[lambda n=n: publishing.publish(article, by=None, at=at + timedelta(hours=n)) for n in range(3)])
    return article.revisions.scheduled().count()


def race_to_duplicate(number):
    article = make_article(f"Duplicate {number}", published=False)
    answers = together(*[lambda: publishing.duplicate(article, by=None)] * 4)
    return answers, Article.objects.filter(title=f"Copy of Duplicate {number}").count()


def race_to_state(number):
    text = statement.text_of(SiteStatement.current())
    before = SiteStatement.objects.count()
    together(*[lambda n=n: statement.keep(text | {"publisher": f"{number} {n}"}, by=None) for n in range(4)])
    together(*[lambda: statement.keep(text | {"publisher": f"{number} same"}, by=None)] * 4)
    return SiteStatement.objects.count() - before


def test_two_who_publish_at_once_publish_once(raced):
    for answers, count in raced(race_to_publish):
        assert (answers.count("done"), count) == (1, 1)
        assert all("Nothing has changed" in answer for answer in answers if answer != "done")


def test_versions_saved_at_once_have_numbers_of_their_own_and_the_last_is_what_is_there(raced):
    for answers, numbers, is_recorded in raced(race_to_record):
        assert set(answers) == {"done"}
        assert numbers == list(range(1, len(numbers) + 1))
        assert is_recorded


def test_a_signature_and_a_save_at_once_never_sign_the_other_text(raced):
    for (signing, saving), state, reviews, now in raced(race_to_sign_and_save):
        assert (saving, now) == ("done", State.DRAFT)
        if signing == "done":
            assert (state, reviews) == (State.APPROVED, 1)
        else:
            assert ("changed since this version" in signing, state, reviews) == (True, State.IN_REVIEW, 0)


def test_a_link_is_used_once(raced):
    assert raced(race_to_use_a_link) == [[1, 1]] * ROUNDS


def test_a_publication_never_undoes_a_withdrawal_of_the_same_moment(raced):
    for (withdrawn, published), _last, is_out in raced(race_to_withdraw_and_publish):
        assert (withdrawn, is_out) == ("done", False)
        assert published == "done" or "is withdrawn" in published


def test_of_versions_scheduled_at_once_one_waits(raced):
    assert raced(race_to_schedule) == [1] * ROUNDS


def test_copies_made_at_once_are_all_there(raced):
    assert raced(race_to_duplicate) == [[["done"] * 4, 4]] * ROUNDS


def test_statements_saved_at_once_are_all_kept_and_none_twice(raced):
    assert raced(race_to_state) == [5] * ROUNDS


def race_to_replace_and_save(number):
    article = make_article(f"Replace {number}", sections=["My foot."], published=False)
    publishing.record(article, by=None)
    search = replacing.Words("foot", "hand")
    names = [f"{article.pk}:1:section.part-1.body:3"]
    reports = []
    together(
        lambda: reports.append(replacing.apply(search, names, by=None)),
        lambda: reports.append(replacing.apply(search, names, by=None)),
        lambda: save_as_the_form_does(article, "A foot."),
    )
    return sum(report.count for report in reports), article.sections.get().body, article.revisions.count()


def save_as_the_form_does(article, text):
    with transaction.atomic():
        publishing.lock(article)
        edit(article, text)


def test_words_replaced_twice_while_somebody_saves_are_replaced_once_at_most(raced):
    for count, body, versions in raced(race_to_replace_and_save):
        assert (count, body, versions) in [(1, "A foot.", 3), (0, "A foot.", 2)]


def race_two_servers_at_their_chores(number):
    done = []
    chores.JOBS = [chores.Job(f"chore {number}", timedelta(days=1), chores.no_place(lambda: done.append(number)))]
    together(*[chores.run] * 3)
    return len(done)


def test_two_servers_at_once_do_a_chore_once(raced):
    assert raced(race_two_servers_at_their_chores) == [1] * ROUNDS
