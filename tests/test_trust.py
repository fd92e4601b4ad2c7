"""What a page says of where its text comes from: the four dates, the reviews that count, and what changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from articles import publishing, trust
from articles.models import Article, Change, Edition, Event, Review, Revision
from tests.factories import make_article, make_contributor

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def sign(revision, *, name="Dr Rosa Test", days=365, ago=0):
    """Let someone sign a revision, some days ago, as correct until a day so many days from now."""
    who = make_contributor(name, credentials="Neurologist")
    until = timezone.localdate() + timedelta(days=max(days, 0))
    signed = publishing.review(revision, contributor=who, correct_until=until)
    until = timezone.localdate() + timedelta(days=days)
    Review.objects.filter(pk=signed.pk).update(at=timezone.now() - ago * DAY, correct_until=until)
    signed.refresh_from_db()
    return signed


def write(article, text="Rest them well."):
    """Change the working copy."""
    article.refresh_from_db()
    article.sections.update(body=text)
    return article


def change(article, text="Rest them well.", *, ago=0, **choices):
    """Publish another text, as it was some days ago; return its revision."""
    if choices.get("change") == Change.SMALL:
        choices.setdefault("note", "A word put right")
    revision = publishing.publish(write(article, text), by=None, **choices)
    return back_date(revision, ago)


def back_date(revision, days):
    Revision.objects.filter(pk=revision.pk).update(published_at=timezone.now() - days * DAY)
    revision.refresh_from_db()
    return revision


@pytest.fixture
def article():
    """An article that came out a year ago."""
    article = make_article()
    back_date(article.revisions.get(), 365)
    return article


def live(article):
    return Revision.objects.published().get(article=article)


def of(article, at=None):
    return trust.of(live(article), at)


# The four dates


def test_a_text_that_just_came_out_has_one_date_of_the_four(article):
    facts = of(article)
    assert facts.published == live(article).published_at
    assert (facts.changed, facts.reviewed, facts.due, facts.is_overdue) == (None, None, None, False)


def test_a_change_has_a_date_of_its_own(article):
    published = of(article).published
    changed = change(article, ago=3)
    assert (of(article).published, of(article).changed) == (published, changed.published_at)


def test_a_review_moves_no_date_of_the_text(article):
    before = of(article)
    signed = sign(live(article), ago=10)
    after = of(article)
    assert (after.published, after.changed) == (before.published, before.changed)
    assert (after.reviewed, after.due) == (signed.at, signed.correct_until)


@pytest.mark.parametrize("choice", Change.values)
def test_an_edit_never_moves_the_dates_of_the_review(article, choice):
    signed = sign(live(article), ago=100)
    write(article, "Not published yet.")
    assert (of(article).reviewed, of(article).due) == (signed.at, signed.correct_until)
    change(article, change=choice)
    assert (of(article).reviewed, of(article).due) == (signed.at, signed.correct_until)


def test_a_first_review_can_be_due_before_there_is_any(article):
    article.review_due = timezone.localdate() + DAY
    article.save()
    change(article)
    assert of(article).due == article.review_due
    assert of(article).reviewed is None
    assert of(article, timezone.now() + 2 * DAY).is_overdue


def test_after_a_review_its_own_day_counts_not_that_of_the_first(article):
    article.review_due = timezone.localdate() + DAY
    article.save()
    signed = sign(change(article), days=400)
    assert (of(article).due, of(article).is_overdue) == (signed.correct_until, False)


@pytest.mark.parametrize(
    ("zone", "day", "last", "first_late"),
    [
        ("UTC", date(2027, 5, 1), datetime(2027, 5, 1, 23, 59), datetime(2027, 5, 2, 0, 0)),
        # Europe/London is an hour ahead of UTC from 28 March to 31 October 2027.
        ("Europe/London", date(2027, 3, 27), datetime(2027, 3, 27, 23, 59), datetime(2027, 3, 28, 0, 0)),
        ("Europe/London", date(2027, 3, 28), datetime(2027, 3, 28, 22, 59), datetime(2027, 3, 28, 23, 0)),
        ("Europe/London", date(2027, 10, 31), datetime(2027, 10, 31, 23, 59), datetime(2027, 11, 1, 0, 0)),
        ("Pacific/Auckland", date(2027, 5, 1), datetime(2027, 5, 1, 11, 59), datetime(2027, 5, 1, 12, 0)),
        # Clocks there went from 23:59 to 01:00: the day has no midnight.
        ("America/Sao_Paulo", date(2018, 11, 3), datetime(2018, 11, 4, 2, 59), datetime(2018, 11, 4, 3, 0)),
    ],
)
def test_a_review_is_overdue_from_the_day_after_where_the_site_is(article, zone, day, last, first_late):
    signed = sign(live(article))
    Review.objects.filter(pk=signed.pk).update(correct_until=day)
    with timezone.override(zone):
        assert not of(article, last.replace(tzinfo=UTC)).is_overdue
        assert of(article, first_late.replace(tzinfo=UTC)).is_overdue
        next_change = of(article, last.replace(tzinfo=UTC)).next_change
        assert next_change.timestamp() == first_late.replace(tzinfo=UTC).timestamp()


def test_a_day_at_the_end_of_time_is_no_error(article):
    Revision.objects.filter(article=article).update(review_due=date.max)
    assert of(article).due == date.max
    assert of(article).next_change is None


# Which reviews count


def test_a_review_after_the_publication_counts(article):
    signed = sign(live(article))
    assert of(article).reviews == [signed]


def test_what_a_reviewer_has_just_denied_is_not_said_until_it_is_decided(client, article):
    signed = sign(publishing.newest(article))
    said = {"name": "Dr Rosa Real", "credentials": signed.credentials, "interests": "Paid by Shoe Ltd"}
    Review.objects.update(interests="None declared", correction=said)
    html = client.get("/articles/sore-feet/").content.decode()
    assert "Interests: being confirmed." in html
    assert "None declared" not in html
    assert "Paid by" not in html
    assert "qualifications being confirmed" not in html
    assert "Dr Rosa Real" not in html
    Review.objects.update(correction=said | {"credentials": "Foot surgeon"})
    Edition.next()
    assert (
        "Checked by Dr Rosa Test, qualifications being confirmed, on"
        in client.get("/articles/sore-feet/").content.decode()
    )


def test_a_review_before_the_publication_counts():
    article = make_article(published=False)
    revision = publishing.submit(article, by=None)
    signed = sign(revision)
    publishing.publish(article, by=None)
    assert of(article).review == signed
    assert of(article).edited_since == []


def test_a_small_correction_keeps_the_review_and_is_listed_with_its_note(article):
    signed = sign(live(article), ago=100)
    first = change(article, "One.", change=Change.SMALL, note="Spelling", ago=50)
    second = change(article, "Two.", change=Change.SMALL, note="A link", ago=20)
    facts = of(article)
    assert facts.review == signed
    assert [(edit, edit.public_note) for edit in facts.edited_since] == [(second, "A link"), (first, "Spelling")]


def test_a_substantial_change_drops_the_review_and_says_when_there_was_one(article):
    signed = sign(live(article), ago=100)
    change(article, change=Change.SUBSTANTIAL)
    facts = of(article)
    assert (facts.reviews, facts.edited_since) == ([], [])
    assert facts.earlier == signed


def test_the_change_after_a_substantial_one_does_not_hide_that_the_review_is_gone(article):
    signed = sign(live(article), ago=100)
    change(article, "One.", change=Change.SUBSTANTIAL)
    change(article, "Two.")
    assert (of(article).review, of(article).earlier) == (None, signed)


def test_a_new_review_ends_the_list_of_edits(article):
    sign(live(article), ago=100)
    signed = sign(change(article, change=Change.SMALL), name="Dr Second")
    assert (of(article).reviews, of(article).edited_since) == ([signed], [])


def test_changes_asked_for_after_a_signature_cancel_it(article):
    revision = live(article)
    sign(revision)
    publishing.review(revision, contributor=make_contributor("Dr Doubt"), message="No longer so.")
    facts = of(article)
    assert (facts.reviews, facts.earlier, facts.reviewed, facts.due) == ([], None, None, None)
    assert not any("Checked" in line for _moment, line in facts.history)


def test_an_overdue_review_stays_overdue_after_a_substantial_change(article):
    sign(live(article), days=-5, ago=100)
    change(article, change=Change.SUBSTANTIAL)
    assert of(article).is_overdue


def test_a_review_of_a_draft_is_none_of_the_live_text(article):
    write(article)
    sign(publishing.submit(article, by=None))
    facts = of(article)
    assert (facts.reviews, facts.earlier, facts.reviewed, facts.due) == ([], None, None, None)
    assert len(facts.history) == 1


def test_a_correction_of_a_reviewed_draft_keeps_its_review(article):
    write(article)
    signed = sign(publishing.submit(article, by=None))
    revision = change(article, "Rest them very well.", change=Change.SMALL)
    assert of(article).reviews == [signed]
    assert of(article).edited_since == [revision]
    assert sum("Checked" in line for _moment, line in of(article).history) == 1


def test_of_each_reviewer_the_last_review_is_shown_newest_first(article):
    revision = live(article)
    first, other = sign(revision, ago=300), sign(revision, name="Dr Other", ago=200)
    again = publishing.review(revision, contributor=first.contributor, correct_until=timezone.localdate() + DAY)
    assert of(article).reviewers == [again, other]
    assert of(article).due == again.correct_until


@pytest.mark.parametrize(("choice", "kept"), [(Change.SMALL, True), (Change.SUBSTANTIAL, False)])
def test_carrying_a_change_over_to_a_reviewed_text_that_waits_keeps_its_review_if_it_is_small(article, choice, kept):
    article.sections.create(position=2, heading="More", body="Walk.")
    publishing.publish(article, by=None)
    article.sections.filter(position=2).update(body="Walk slowly.")
    sign(publishing.submit(article, by=None))
    publishing.publish(article, by=None, at=timezone.now() + DAY)
    publishing.restore(live(article), by=None)
    article.sections.filter(position=1).update(body="Rest well.")
    publishing.publish(article, by=None, change=choice, waiting="rebase", note="Rest put right")
    carried = article.revisions.scheduled().get()
    assert carried.sections[1]["body"] == "Walk slowly."
    assert bool(publishing.held_reviews(carried)) == kept


# What is not out yet


def test_what_waits_for_its_time_is_in_no_date_and_no_line(article):
    sign(live(article), ago=100)
    waiting = publishing.publish(
        write(article), by=None, at=timezone.now() + DAY, note="Hushed", change=Change.SUBSTANTIAL
    )
    facts = of(article)
    assert facts.changed is None
    assert facts.review
    assert "Hushed" not in str(facts.history)
    assert facts.next_change == waiting.published_at
    later = trust.of(waiting, waiting.published_at)
    assert (later.changed, later.review) == (waiting.published_at, None)


def test_a_waiting_text_itself_has_no_date_yet(article):
    waiting = publishing.publish(write(article), by=None, at=timezone.now() + DAY)
    facts = trust.of(waiting)
    assert (facts.is_public, facts.changed) == (False, None)


def test_a_preview_of_the_working_copy_shows_the_review_of_what_it_says(article):
    signed = sign(live(article))
    article.refresh_from_db()
    assert trust.of(Revision.of(article)).reviews == [signed]
    facts = trust.of(Revision.of(write(article)))
    assert (facts.reviews, facts.earlier) == ([], signed)
    assert (facts.is_public, facts.changed) == (False, None)


def test_a_preview_of_a_new_article_has_no_dates():
    facts = trust.of(Revision.of(make_article(published=False)))
    assert (facts.published, facts.changed, facts.reviewed, facts.due) == (None,) * 4
    assert (facts.history, facts.is_public, facts.next_change) == ([], False, None)


# History, and the next change


def test_the_history_is_the_last_ten_lines_newest_first(article):
    for number in range(12):
        change(article, f"Text {number}.", note=f"Note {number}", ago=100 - number)
    lines = of(article).history
    assert [line for _moment, line in lines] == [f"Note {number}" for number in range(11, 1, -1)]
    assert lines == sorted(lines, reverse=True)


def test_the_history_has_publications_reviews_and_notes(article):
    sign(live(article), ago=100)
    change(article, change=Change.SUBSTANTIAL, ago=50)
    publishing.add_note(article, by=None, text="We asked for a new review.")
    assert [line for _moment, line in of(article).history] == [
        "We asked for a new review.",
        "A new version was published.",
        "Checked by Dr Rosa Test.",
        "First published.",
    ]


def test_the_history_says_nothing_of_what_editors_did_among_themselves(article):
    for action in ("save", "warn", "link", "duplicate"):
        Event.objects.create(action=action, article=article, who="Edith", note="Between us")
    assert len(of(article).history) == 1


def test_the_next_change_is_the_nearest_to_come(article):
    now = timezone.now()
    assert of(article).next_change is None
    signed = sign(live(article), days=30)
    overdue = of(article).next_change
    assert timezone.localdate(overdue) == signed.correct_until + DAY
    Article.objects.update(expires_at=now + 10 * DAY)
    assert of(article).next_change == now + 10 * DAY
    waiting = publishing.publish(write(article), by=None, at=now + 5 * DAY, change=Change.SMALL, note="x")
    assert of(article).next_change == waiting.published_at
    assert of(article, waiting.published_at).next_change == now + 10 * DAY


def test_lists_change_with_the_next_article_that_comes_or_goes(article):
    now = timezone.now()
    assert trust.next_change_of_any() is None
    Article.objects.update(expires_at=now + 10 * DAY)
    assert trust.next_change_of_any() == now + 10 * DAY
    other = make_article("Cold hands", published=False)
    publishing.publish(other, by=None, at=now + 5 * DAY)
    assert trust.next_change_of_any() == now + 5 * DAY
    assert trust.next_change_of_any(now + 5 * DAY) == now + 10 * DAY


@pytest.mark.parametrize("field", ["withdrawn_at", "deleted_at"])
def test_what_is_withdrawn_or_deleted_changes_no_list(article, field):
    publishing.publish(write(article), by=None, at=timezone.now() + DAY)
    Article.objects.update(**{field: timezone.now(), "expires_at": timezone.now() + 2 * DAY})
    assert trust.next_change_of_any() is None


def test_the_facts_of_an_article_take_three_queries_however_long_its_past(article, django_assert_num_queries):
    sign(live(article), ago=90)
    for number in range(5):
        change(article, f"Text {number}.", change=Change.SMALL, ago=80 - number)
    revision = live(article)
    with django_assert_num_queries(3):
        facts = trust.of(revision)
        assert len(facts.edited_since) == 5


# Sources


@pytest.mark.parametrize(
    ("url", "shown", "is_external"),
    [
        ("https://example.org/a", "https://example.org/a", True),
        ("HTTP://example.org", "HTTP://example.org", True),
        ("http://site.example/about/", "http://site.example/about/", False),
        ("javascript:alert(1)", "", False),
        (" javascript:alert(1)", "", False),
        ("data:text/html,x", "", False),
        ("//example.org", "", False),
        ("https:///example.org", "", False),
        ("https:\\\\example.org", "", False),
        ("ftp://example.org", "", False),
        ("", "", False),
    ],
)
def test_only_an_address_of_the_web_is_a_link(article, settings, url, shown, is_external):
    settings.SITE_URL = "http://site.example"
    row = {"key": "a", "title": "A", "publisher": "", "year": None, "url": url, "read_on": "2026-11-22"}
    [source] = trust.sources(Revision(article=article, sources=[row]))
    assert (source["url"], source["is_external"]) == (shown, is_external)
    assert source["read_on"] == date(2026, 11, 22)
