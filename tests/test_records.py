"""Contributors and the audit in the admin: what editors see, decide, and can't change."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles import publishing
from articles.models import Contributor, Event, Review, Topic
from articles.workflow import LABELS
from tests.factories import make_article, make_contributor, make_role, make_staff

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/articles/contributor/"
AUDIT = "/admin/articles/event/"
SAID = {"name": "Dr Rosa Test-Case", "credentials": "GP", "interests": "None declared"}


@pytest.fixture
def desk(client):
    """A client signed in as an Editor, as the migration makes them."""
    client.force_login(make_role("Editor", "Edith"))
    return client


@pytest.fixture
def correction(db):
    """A review whose signer corrected what the site says of them."""
    revision = publishing.submit(make_article(published=False), by=None)
    day = timezone.localdate() + timedelta(days=30)
    return publishing.review(revision, contributor=make_contributor(), correct_until=day, correction=SAID)


def page_of(contributor):
    return f"{PEOPLE}{contributor.pk}/change/"


def form_of(person, **changes):
    """Return what a browser posts: what the form showed, what it showed at first, and the changes."""
    shown = {"name": person.name, "credentials": person.credentials, "interests": person.interests, "user": ""}
    return shown | {f"initial-{name}": value for name, value in shown.items()} | changes


def decide(client, review, decision):
    return client.post(f"{PEOPLE}correction/{review.pk}/", {"decision": decision}, follow=True).content.decode()


def text_of(response):
    return response.content.decode()


# Contributors


def test_the_list_counts_what_people_wrote_and_reviewed(desk, correction):
    author = make_contributor("Ann Author")
    for title in ("Cold hands", "Stiff neck"):
        make_article(title).authors.add(author)
    deleted = make_article("Old", published=False, deleted_at=timezone.now())
    deleted.authors.add(author)
    html = text_of(desk.get(PEOPLE))
    assert html.count('<td class="field-written">2</td>') == 1
    assert html.count('<td class="field-reviewed">1</td>') == 1


def test_the_list_asks_no_more_for_more_people(desk, django_assert_max_num_queries):
    for number in range(12):
        make_article(f"Article {number}").authors.add(make_contributor(f"P{number}", user=make_staff(f"u{number}")))
    with django_assert_max_num_queries(9):
        desk.get(PEOPLE)


def test_a_waiting_correction_shows_in_the_list_and_can_be_filtered_for(desk, correction):
    make_contributor("Ann Author")
    assert text_of(desk.get(PEOPLE)).count('field-correction">A correction waits') == 1
    assert "Ann Author" not in text_of(desk.get(f"{PEOPLE}?correction=waits"))
    assert "Ann Author" in text_of(desk.get(f"{PEOPLE}?correction=%00"))


def test_a_waiting_correction_shows_old_and_new_above_the_form(desk, correction):
    html = text_of(desk.get(page_of(correction.contributor)))
    assert "<td>Dr Rosa Test</td><td>Dr Rosa Test-Case</td>" in html
    assert html.index("A correction waits") < html.index('name="credentials"')


def test_a_hostile_correction_is_text_on_the_page(desk, correction):
    Review.objects.update(correction=SAID | {"interests": "<script>alert(1)</script>"})
    html = text_of(desk.get(page_of(correction.contributor)))
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_correction_is_taken_over(desk, correction):
    assert "Taken over." in decide(desk, correction, "accept")
    assert Contributor.objects.get().as_text() == SAID | {"id": correction.contributor_id}
    assert Event.objects.first().action == "accept_correction"
    assert "A correction waits" not in text_of(desk.get(page_of(correction.contributor)))


def test_a_correction_is_declined(desk, correction):
    assert "Declined." in decide(desk, correction, "decline")
    assert Contributor.objects.get().name == "Dr Rosa Test"
    assert Event.objects.first().action == "decline_correction"


def test_a_correction_is_decided_once(desk, correction):
    decide(desk, correction, "decline")
    assert "This was decided already." in decide(desk, correction, "accept")
    assert Contributor.objects.get().name == "Dr Rosa Test"


@pytest.mark.parametrize("decision", ["", "maybe", "\0"])
def test_a_decision_that_is_none_changes_nothing(desk, correction, decision):
    assert "Nothing was decided." in decide(desk, correction, decision)
    assert Review.objects.get().correction == SAID


def test_opening_the_address_of_a_decision_changes_nothing(desk, correction):
    desk.get(f"{PEOPLE}correction/{correction.pk}/?decision=accept")
    assert Review.objects.get().correction == SAID


@pytest.mark.parametrize("number", [4711, 10**30])
def test_an_unknown_correction_is_not_found(desk, number):
    assert desk.post(f"{PEOPLE}correction/{number}/", {"decision": "accept"}).status_code == 404


def test_someone_without_permission_decides_nothing(client, correction):
    client.force_login(make_role("Author"))
    assert client.post(f"{PEOPLE}correction/{correction.pk}/", {"decision": "accept"}).status_code == 403
    html = text_of(client.get(page_of(correction.contributor)))
    assert ("A correction waits" in html, 'value="accept"' in html) == (True, False)
    assert Review.objects.get().correction == SAID


def test_a_decision_needs_the_forms_token(correction):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(make_role("Editor"))
    assert client.post(f"{PEOPLE}correction/{correction.pk}/", {"decision": "accept"}).status_code == 403
    assert Review.objects.get().correction == SAID


def test_a_change_of_a_contributor_is_recorded_with_old_and_new(desk):
    person = make_contributor(credentials="GP")
    desk.post(page_of(person), form_of(person, credentials="Retired GP"))
    event = Event.objects.get()
    assert (event.action, event.who) == ("contributor", "Edith")
    assert event.note == "Dr Rosa Test. credentials: “GP” → “Retired GP”"


def test_saving_a_contributor_unchanged_records_nothing(desk):
    person = make_contributor()
    desk.post(page_of(person), form_of(person))
    assert not Event.objects.exists()


def test_a_form_that_was_open_before_does_not_undo_what_another_editor_saved(desk):
    person = make_contributor(credentials="GP")
    data = form_of(person, interests="None declared")
    Contributor.objects.update(credentials="Retired GP")
    desk.post(page_of(person), data)
    person.refresh_from_db()
    assert (person.credentials, person.interests) == ("Retired GP", "None declared")


def test_the_form_keeps_what_it_showed_at_first(desk):
    assert 'name="initial-credentials" value="GP"' in text_of(desk.get(page_of(make_contributor(credentials="GP"))))


def test_someone_who_wrote_nothing_is_deleted_and_that_is_recorded(desk):
    person = make_contributor()
    desk.post(f"{PEOPLE}{person.pk}/delete/", {"post": "yes"})
    assert not Contributor.objects.exists()
    assert Event.objects.get().note == "Dr Rosa Test was deleted."


def wrote(article, person):
    article.authors.add(person)


def wrote_once(article, person):
    article.authors.add(person)
    publishing.record(article, by=None)
    article.authors.clear()


def reviewed(article, person):
    day = timezone.localdate() + timedelta(days=30)
    publishing.review(publishing.submit(article, by=None), contributor=person, correct_until=day)


@pytest.mark.parametrize("took_part", [wrote, wrote_once, reviewed])
def test_someone_on_record_is_not_deleted_and_that_is_said_in_words(desk, took_part):
    person = make_contributor()
    took_part(make_article(published=False), person)
    for ask in (desk.get, lambda path, **options: desk.post(path, {"post": "yes"}, **options)):
        assert "stays in the record" in text_of(ask(f"{PEOPLE}{person.pk}/delete/", follow=True))
    assert Contributor.objects.exists()


@pytest.mark.parametrize("pk", ["4711", "x", "%00"])
def test_an_unknown_contributor_is_told_so(desk, pk):
    for action in ("change", "delete"):
        assert desk.get(f"{PEOPLE}{pk}/{action}/", follow=True).status_code == 200


def test_every_field_of_a_contributor_tells_an_editor_what_to_do(desk):
    html = text_of(desk.get(f"{PEOPLE}add/"))
    for name in ("name", "credentials", "interests", "user"):
        assert f'id="id_{name}_helptext"' in html


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5000])
def test_an_account_that_there_is_not_is_told_so(desk, number):
    person = make_contributor()
    html = text_of(desk.post(page_of(person), form_of(person, user=number)))
    assert "Select a valid choice" in html
    assert Contributor.objects.get().user is None


def test_an_account_that_somebody_else_was_given_at_the_same_moment_is_told_so(desk, monkeypatch):
    person, account = make_contributor(), make_staff("Rosa")
    monkeypatch.setattr(Contributor, "validate_unique", lambda *args, **kwargs: None)  # as if it came after the check
    make_contributor("Other", user=account)
    response = desk.post(page_of(person), form_of(person, name="Typed", user=account.pk))
    assert response.status_code == 200
    assert "Somebody else saved the same at the same moment." in text_of(response)
    assert 'value="Typed"' in text_of(response)
    assert Contributor.objects.get(pk=person.pk).name == person.name
    assert not Event.objects.exists()


# Topics

TOPICS = "/admin/articles/topic/"
FEET = {"name": "Feet", "slug": "feet", "description": "", "language": "en-gb"}


def test_what_is_done_to_topics_is_in_the_audit(desk):
    desk.post(f"{TOPICS}add/", FEET)
    topic = Topic.objects.get()
    desk.post(f"{TOPICS}{topic.pk}/change/", FEET | {"name": "Legs & <b>feet</b>"})
    desk.post(f"{TOPICS}{topic.pk}/change/", FEET | {"name": "Legs & <b>feet</b>"})
    desk.post(f"{TOPICS}{topic.pk}/delete/", {"post": "yes"})
    assert [(row["Who"], row["What"], row["Note"]) for row in reversed(exported(desk))] == [
        ("Edith", "Change a topic", "Feet. name: “” → “Feet”, address: “” → “feet”"),
        ("Edith", "Change a topic", "Feet. name: “Feet” → “Legs & <b>feet</b>”"),
        ("Edith", "Change a topic", "Legs & <b>feet</b> was deleted."),
    ]


def test_a_topic_that_somebody_else_made_at_the_same_moment_is_told_so(desk, monkeypatch):
    monkeypatch.setattr(Topic, "validate_unique", lambda *args, **kwargs: None)  # as if it came after the check
    Topic.objects.create(**FEET)
    response = desk.post(f"{TOPICS}add/", FEET | {"description": "Typed."})
    assert response.status_code == 200
    assert "Somebody else saved the same at the same moment." in text_of(response)
    assert 'value="Typed."' in text_of(response)
    assert (Topic.objects.get().description, Event.objects.count()) == ("", 0)


# The audit


def test_the_audit_says_who_did_what_to_which_version(desk):
    article = make_article()
    publishing.withdraw(article, by=make_staff("Wanda", "withdraw_article"), reason="Out of date")
    html = text_of(desk.get(AUDIT))
    for words in ("Wanda", "Withdraw", "Out of date", f'href="/admin/articles/article/{article.pk}/change/">Sore feet'):
        assert words in html


def test_the_audit_can_be_filtered_and_searched(desk):
    make_article()
    publishing.log("statement", by=None, note="New address")
    for query, shown in (("action=statement", 1), ("action=publish", 1), ("q=address", 1), ("q=sore", 2), ("q=x", 0)):
        assert len(exported(desk, query)) == shown, query
        assert f"{shown} event" in text_of(desk.get(f"{AUDIT}?{query}")), query


def test_the_audit_of_one_article_can_be_asked_for(desk):
    make_article()
    other = make_article("Cold hands")
    assert {row["Article"] for row in exported(desk, f"article__id__exact={other.pk}")} == {"Cold hands"}


@pytest.mark.parametrize(
    "query",
    [
        *("action=%00", "action=x", "q=%00", "nonsense=1", "p=99", "o=zz", "e=1"),
        *("at__year=x", "at__year=0", "at__year=1", "at__year=9999", "at__year=2147483648", f"at__year={'9' * 5000}"),
        *("at__year=2026&at__month=2147483648", "at__year=2026&at__month=1&at__day=9223372036854775808"),
        *("at__month=9223372036854775808", "at__day=9223372036854775808", "article__id__exact=9223372036854775808"),
    ],
)
def test_a_filter_that_is_none_is_no_error(desk, query):
    make_article()
    for path in (AUDIT, f"{AUDIT}export/"):
        assert desk.get(f"{path}?{query}", follow=True).status_code == 200


def test_the_audit_can_not_be_changed_by_anybody(admin_client):
    make_article()
    event = Event.objects.first()
    before = list(Event.objects.values())
    paths = [f"{AUDIT}add/", f"{AUDIT}{event.pk}/change/", f"{AUDIT}{event.pk}/delete/"]
    assert [admin_client.post(path, {"who": "Nobody", "post": "yes"}).status_code for path in paths] == [403] * 3
    admin_client.post(AUDIT, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert list(Event.objects.values()) == before
    html = text_of(admin_client.get(f"{AUDIT}{event.pk}/change/"))
    assert ("Sore feet" in html, 'name="_save"' in html) == (True, False)


def test_the_audit_is_for_those_who_may_see_it(client, desk):
    for role in ("Author", "Reviewer"):
        client.force_login(make_role(role))
        assert [client.get(path).status_code for path in (AUDIT, f"{AUDIT}export/")] == [403, 403]


def test_the_audit_offers_the_years_months_and_days_that_have_events(desk):
    days = [
        datetime(2024, 2, 29, 23, 59, tzinfo=UTC),
        datetime(2024, 12, 31, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    ]
    Event.objects.all().delete()
    for day in days * 3:
        Event.objects.create(at=day, who="Wanda", action="save")
    for query, offered in (
        ("", ["at__year=2024", "at__year=2026"]),
        ("at__year=2024", ["at__month=2&amp;at__year=2024", "at__month=12&amp;at__year=2024"]),
        ("at__year=2024&at__month=12", ["at__day=31&amp;at__month=12&amp;at__year=2024"]),
        ("at__year=2026&action=save", ["action=save&amp;at__month=1&amp;at__year=2026"]),
    ):
        html = desk.get(f"{AUDIT}?{query}").content.decode()
        choices = html[html.index('<nav class="toplinks"') :].partition("</nav>")[0]
        found = re.findall(r'href="\?([^"]+)"', choices)
        assert [address for address in found if address in offered] == offered, query


def test_the_audit_asks_no_more_for_more_events(desk, django_assert_max_num_queries):
    for number in range(20):
        make_article(f"Article {number}")
    with django_assert_max_num_queries(11):
        desk.get(AUDIT)


def exported(client, query=""):
    """Return the rows of the export as dicts."""
    response = client.get(f"{AUDIT}export/?{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_the_export_has_what_the_list_shows(desk, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    article = make_article()
    Event.objects.exclude(action="publish").delete()
    summer = timezone.datetime(2026, 7, 1, 22, 30, tzinfo=timezone.get_fixed_timezone(0))
    Event.objects.update(at=summer, note='Say "hello",\nthen go. Wörter')
    assert exported(desk) == [
        {
            "When": "2026-07-02T00:30:00+02:00",
            "Who": "The site itself",
            "What": "Publish",
            "Article": article.title,
            "Address": "sore-feet",
            "Version": "1",
            "Note": 'Say "hello",\nthen go. Wörter',
        }
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_the_export_is_a_formula(desk, start):
    publishing.log("save", by=None, who=f"{start}cmd", note=f"{start}HYPERLINK(1)")
    row = exported(desk)[0]
    assert (row["Who"], row["Note"]) == (f"'{start}cmd", f"'{start}HYPERLINK(1)")


def test_the_export_is_sent_as_it_is_read(desk, django_assert_max_num_queries):
    revision = make_article().revisions.get()
    events = [Event(article=revision.article, revision=revision, who="Wanda", action="save") for _ in range(10_000)]
    Event.objects.bulk_create(events)
    with django_assert_max_num_queries(8):
        response = desk.get(f"{AUDIT}export/?action=save")
        rows = sum(1 for _line in response.streaming_content)
    assert (response.streaming, rows) == (True, 10_002)


def test_the_link_to_the_export_keeps_the_filters(desk):
    make_article()
    html = text_of(desk.get(f"{AUDIT}?action=save&p=1"))
    assert f'href="{AUDIT}export/?action=save"' in html


def test_every_action_that_the_code_records_has_a_label(settings):
    sources = [path.read_text() for path in (settings.BASE_DIR / "articles").rglob("*.py")]
    recorded = {name for text in sources for name in re.findall(r'\blog\(\s*"(\w+)"', text)}
    assert {"withdraw", "statement", "contributor", "link"} <= recorded <= set(LABELS)
