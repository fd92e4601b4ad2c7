"""The pages on which an editor makes a move of the workflow: what they show, do, refuse and keep."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from articles import publishing
from articles.admin.moves import PAGES
from articles.models import Article, Event, Review, Revision, State
from articles.workflow import MOVES, state_of
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_contributor, make_role
from tests.html_reader import words

pytestmark = pytest.mark.django_db

NEXT_YEAR = timezone.now().year + 1
LATER = f"{NEXT_YEAR}-07-15T09:30"
# A state from which each page's move is possible; `make` makes an article in it.
FROM = {
    "submit": State.DRAFT,
    "take_back": State.IN_REVIEW,
    "publish": State.DRAFT,
    "cancel": State.SCHEDULED,
    "warn": State.PUBLISHED,
    "clear_warning": "warned",
    "add_note": State.PUBLISHED,
    "set_expiry": State.PUBLISHED,
    "withdraw": State.PUBLISHED,
    "put_back": State.WITHDRAWN,
    "delete": State.DRAFT,
    "undelete": State.DELETED,
}


def make(state):
    """Return an article in a state."""
    article = make_article("Cold hands", published=state in (State.PUBLISHED, State.WITHDRAWN, "warned"))
    publishing.record(article, by=None)
    if state == State.IN_REVIEW:
        publishing.submit(article, by=None)
    if state == State.SCHEDULED:
        publishing.publish(article, by=None, at=timezone.now() + timedelta(days=9))
    if state == State.WITHDRAWN:
        publishing.withdraw(article, by=None)
    if state == State.DELETED:
        publishing.delete(article, by=None)
    if state == "warned":
        publishing.warn(article, by=None)
    return article


def edit(article, body="New advice."):
    """Save another text as the newest version, and return that."""
    article.sections.update(body=body)
    return publishing.record(article, by=None)


def sign(revision, name="Dr Rosa Test"):
    """Let a contributor sign a version, which is submitted for it if need be."""
    if state_of(revision) == State.DRAFT:
        publishing.submit(revision.article, by=None)
    until = timezone.localdate() + timedelta(days=300)
    return publishing.review(revision, contributor=make_contributor(name), correct_until=until)


def move_path(article, name):
    return f"/admin/articles/article/{article.pk}/move/{name}/"


def post(client, article, name, **fields):
    """Post a move's form, with the newest version unless told otherwise."""
    newest = publishing.newest(article)
    return client.post(move_path(article, name), {"version": newest.number if newest else 1} | fields, follow=True)


def standing(article):
    """Return all that a move could change."""
    article = Article.objects.get(pk=article.pk)
    facts = Article.objects.filter(pk=article.pk).values().get()
    return facts, list(article.revisions.values()), list(article.events.values())


@pytest.fixture
def author_client():
    client = Client()
    client.force_login(make_role("Author"))
    return client


def test_every_move_that_people_make_on_their_own_has_a_page():
    by_review_or_clock = {"sign", "request_changes", "come_out", "expire"}
    assert {move.name for move in MOVES} - by_review_or_clock == set(PAGES) | {"schedule"}
    assert set(FROM) == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_explains_a_move_and_changes_nothing(editor_client, name):
    article = make(FROM[name])
    before = standing(article)
    response = editor_client.get(move_path(article, name))
    assert response.status_code == 200
    assert str(PAGES[name][2]) in words(response.content.decode())
    editor_client.head(move_path(article, name))
    assert standing(article) == before


@pytest.mark.parametrize("name", PAGES)
def test_a_page_makes_its_move(editor_client, editor, name):
    article = make(FROM[name])
    response = post(editor_client, article, name, text="A note", at=LATER if name == "set_expiry" else "")
    event = article.events.first()
    assert (event.action, event.by) == (name, editor)
    assert response.redirect_chain == [(change_path(article), 302)]
    assert 'class="success"' in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_somebody_who_may_not_make_a_move_has_no_page_for_it(client, author_client, name):
    client.force_login(make_role("Reviewer"))
    article = make(FROM[name])
    before = standing(article)
    for other in [client] if name in ("submit", "take_back") else [client, author_client]:
        assert other.get(move_path(article, name)).status_code == 403
        assert other.post(move_path(article, name), {"version": 1, "text": "x"}).status_code == 403
    assert standing(article) == before


@pytest.mark.parametrize("name", PAGES)
def test_a_move_that_is_not_possible_is_told_so(editor_client, name):
    other = {State.DELETED: State.PUBLISHED, State.DRAFT: State.PUBLISHED}.get(FROM[name], State.DELETED)
    article = make(other)
    before = standing(article)
    for response in (
        editor_client.get(move_path(article, name), follow=True),
        post(editor_client, article, name, text="x", at=LATER),
    ):
        assert "is not possible now. Version 1 is:" in words(response.content.decode())
    assert standing(article) == before


def test_a_move_of_an_article_without_a_text_is_told_so(editor_client):
    article = make_article(published=False)
    for name in PAGES:
        assert "is not possible now" in post(editor_client, article, name, text="x").content.decode()
    assert not article.events.exists()


@pytest.mark.parametrize("path", ["1/move/sign/", "1/move/come_out/", "1/move/__class__/", "4711/move/publish/"])
def test_unknown_moves_and_articles_are_not_found(editor_client, path):
    make_article(pk=1)
    assert editor_client.get(f"/admin/articles/article/{path}").status_code == 404
    assert editor_client.post(f"/admin/articles/article/{path}", {"version": 1}).status_code == 404


@pytest.mark.parametrize("number", ["9" * 30, "9223372036854775808", "-1", "x", "²", "1%00"])
@pytest.mark.parametrize("end", ["move/publish", "duplicate", "links", "compare", "history", "restore/1", "preview"])
def test_pages_of_articles_that_can_not_be_are_not_found(editor_client, number, end):
    path = f"/admin/articles/article/{number}/{end}/"
    for response in (editor_client.get(path, follow=True), editor_client.post(path, follow=True)):
        assert response.status_code == 404 or "doesn’t exist" in response.content.decode()


# The version that the editor looked at


@pytest.mark.parametrize("name", ["publish", "submit", "take_back"])
def test_a_move_is_of_the_text_that_its_page_showed(editor_client, name):
    article = make(FROM[name])
    edit(article)
    if name == "take_back":
        publishing.submit(article, by=None)
    before = standing(article)
    response = post(editor_client, article, name, version=1, note="Mine")
    assert response.status_code == 400
    html = response.content.decode()
    assert "The text has changed meanwhile." in html
    assert 'value="Mine"' in html or name != "publish"
    assert standing(article) == before
    assert '<input type="hidden" name="version" value="2"' in html  # so that looking again is enough
    assert post(editor_client, article, name).redirect_chain


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "9" * 40, "\0", None])
def test_a_version_that_is_none_moves_nothing(editor_client, version):
    article = make(State.DRAFT)
    before = standing(article)
    data = {} if version is None else {"version": version}
    response = editor_client.post(move_path(article, "publish"), data)
    assert response.status_code == 400
    assert standing(article) == before


def test_publishing_while_another_edits_takes_nothing_of_the_unsaved(editor_client):
    article = make_article()
    data = form_of(article, {0: {"body": "Still in another's form."}})
    edit(article, "Saved before.")
    assert post(editor_client, article, "publish").redirect_chain
    response = editor_client.post(change_path(article), data)
    assert 'name="decide-sections-part-1"' in response.content.decode()
    assert Revision.objects.published().get().sections[0]["body"] == "Saved before."


# Times


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"at": "2020-01-01T09:30"}, "The time of publication is past."),
        ({"at": LATER, "expires_at": f"{NEXT_YEAR}-07-15T09:29"}, "would expire before it is published"),
        ({"expires_at": "2020-01-01T09:30"}, "would expire before it is published"),
        ({"at": "tomorrow"}, "Write the day and the time"),
        ({"at": "2027-02-30T09:30"}, "Write the day and the time"),
        ({"at": "9999-12-31T23:59"}, "Write the day and the time"),
        ({"at": "0001-01-01T00:00"}, "Write the day and the time"),
        ({"at": f"\0{LATER}"}, "Write the day and the time"),
        ({"expires_at": "x" * 10_000}, "Write the day and the time"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_a_time_that_can_not_be_is_told_so(editor_client, settings, zone, fields, sentence):
    settings.TIME_ZONE = zone
    article = make(State.DRAFT)
    before = standing(article)
    response = post(editor_client, article, "publish", note="Kept", **fields)
    assert response.status_code == 400
    html = response.content.decode()
    assert sentence in html
    assert 'value="Kept"' in html
    assert standing(article) == before


@pytest.mark.parametrize("time", ["2027-03-28T01:30", "2026-10-25T01:30"])
@pytest.mark.parametrize(("name", "field"), [("publish", "at"), ("publish", "expires_at"), ("set_expiry", "at")])
def test_an_hour_that_comes_twice_or_never_is_told_so(editor_client, settings, time, name, field):
    settings.TIME_ZONE = "Europe/London"
    article = make(FROM[name])
    before = standing(article)
    response = post(editor_client, article, name, **{field: time})
    assert response.status_code == 400
    assert "The clocks change then: this time comes twice or not at all." in response.content.decode()
    assert standing(article) == before


@pytest.mark.parametrize(("local", "hour"), [(f"{NEXT_YEAR}-01-15T09:30", 9), (f"{NEXT_YEAR}-07-15T09:30", 8)])
def test_times_are_of_the_sites_zone_in_winter_and_summer(editor_client, settings, local, hour):
    settings.TIME_ZONE = "Europe/London"
    article = make(State.DRAFT)
    assert "time zone, Europe/London." in editor_client.get(move_path(article, "publish")).content.decode()
    html = post(editor_client, article, "publish", at=local).content.decode()
    at = article.revisions.get().published_at
    assert at == datetime(at.year, at.month, 15, hour, 30, tzinfo=UTC)
    assert f"Readers see it from 15 {at:%B} {NEXT_YEAR}, 09:30 on." in html
    assert f'value="{local}"' in editor_client.get(move_path(article, "publish")).content.decode()


def test_a_waiting_version_can_get_another_time_or_come_out_now(editor_client):
    article = make(State.SCHEDULED)
    post(editor_client, article, "publish", at=LATER)
    assert f"{publishing.scheduled(article).published_at:%Y-%m-%dT%H:%M}" == LATER
    post(editor_client, article, "publish", at="")
    assert Revision.objects.published().get().number == 1
    assert publishing.scheduled(article) is None


def test_an_article_expires_when_told_and_never_again_when_told_so(editor_client):
    article = make(State.PUBLISHED)
    post(editor_client, article, "set_expiry", at=LATER)
    article.refresh_from_db()
    assert f"{article.expires_at:%Y-%m-%dT%H:%M}" == LATER
    assert "It expires on 15 July" in editor_client.get(change_path(article)).content.decode()
    response = post(editor_client, article, "set_expiry", at="2020-01-01T09:30")
    assert "The time to expire is past." in response.content.decode()
    post(editor_client, article, "set_expiry", at="")
    article.refresh_from_db()
    assert article.expires_at is None


# What the editor must decide


def test_a_change_after_a_review_must_be_called_small_or_substantial(editor_client):
    article = make(State.DRAFT)
    sign(publishing.newest(article))
    post(editor_client, article, "publish")
    edit(article)
    assert 'name="change"' in editor_client.get(move_path(article, "publish")).content.decode()
    for fields in ({}, {"change": "tiny"}, {"change": "small"}):
        assert post(editor_client, article, "publish", **fields).status_code == 400
    assert Revision.objects.published().get().number == 1
    assert post(editor_client, article, "publish", change="small", note="Typo").redirect_chain
    live = Revision.objects.published().get()
    assert (live.change, live.reviewed_as.number, live.public_note) == ("small", 1, "Typo")


def test_without_a_review_nothing_is_to_be_called_small(editor_client):
    article = make(State.PUBLISHED)
    edit(article)
    page = editor_client.get(move_path(article, "publish")).content.decode()
    assert 'name="change"' not in page
    assert "No health professional has checked this text. The page will say so." in page
    assert "What changes for readers" in page
    assert post(editor_client, article, "publish", change="small").redirect_chain
    assert Revision.objects.published().get().change == ""


@pytest.fixture
def waiting():
    """An article of which version 1 is out, 2 waits, and 3, a correction, is a draft."""
    article = make_article(sections=[("Rest", "Rest."), ("Walk", "Walk.")])
    article.sections.filter(heading="Walk").update(body="Walk on.")
    publishing.publish(article, by=None, at=timezone.now() + timedelta(days=9))
    article.sections.filter(heading="Walk").update(body="Walk.")
    article.sections.filter(heading="Rest").update(body="Rest well.")
    publishing.record(article, by=None)
    return article


@pytest.mark.parametrize("choice", ["", "nonsense", None])
def test_a_version_that_waits_must_be_decided_about(editor_client, waiting, choice):
    page = editor_client.get(move_path(waiting, "publish")).content.decode()
    assert "Version 2 waits and is published on" in words(page)
    before = standing(waiting)
    fields = {} if choice is None else {"waiting": choice}
    assert post(editor_client, waiting, "publish", **fields).status_code == 400
    assert standing(waiting) == before


@pytest.mark.parametrize(
    ("choice", "walk", "waits"), [("keep", "Walk on.", 2), ("rebase", "Walk on.", 4), ("cancel", None, None)]
)
def test_what_is_decided_about_a_waiting_version_is_done(editor_client, waiting, choice, walk, waits):
    assert post(editor_client, waiting, "publish", waiting=choice).redirect_chain
    assert Revision.objects.published().get().sections[0]["body"] == "Rest well."
    later = publishing.scheduled(waiting)
    assert (later and later.number) == waits
    if later:
        rest = "Rest well." if choice == "rebase" else "Rest."
        assert [section["body"] for section in later.sections] == [rest, walk]


def test_a_second_time_is_refused_while_a_version_waits(editor_client, waiting):
    response = post(editor_client, waiting, "publish", waiting="keep", at=LATER)
    assert "Cancel that one first." in response.content.decode()
    assert publishing.scheduled(waiting).number == 2
    assert post(editor_client, waiting, "publish", waiting="cancel", at=LATER).redirect_chain
    assert publishing.scheduled(waiting).number == 3


def test_a_text_with_faults_says_so_before_and_after_the_attempt(editor_client):
    article = make(State.DRAFT)
    edit(article, "![](/media/images/0123456789abcdef0123456789abcdef-10x20.webp)")
    for response in (editor_client.get(move_path(article, "publish")), post(editor_client, article, "publish")):
        assert "has no description" in response.content.decode()
    assert not Revision.objects.published().exists()


# What readers are told


def test_a_warning_is_one_click_and_so_is_its_end(editor_client):
    article = make(State.PUBLISHED)
    page = editor_client.get(change_path(article)).content.decode()
    assert f'<button class="button" form="one-click" formaction="{move_path(article, "warn")}">' in page
    editor_client.post(move_path(article, "warn"))
    article.refresh_from_db()
    assert article.warned_at is not None
    page = editor_client.get(change_path(article)).content.decode()
    assert "Marked as no longer true on" in page
    assert move_path(article, "warn") not in page
    editor_client.post(move_path(article, "clear_warning"))
    article.refresh_from_db()
    assert article.warned_at is None


def test_a_warning_may_say_what_to_do_instead(editor_client):
    article = make(State.PUBLISHED)
    assert f'href="{move_path(article, "warn")}"' in editor_client.get(change_path(article)).content.decode()
    post(editor_client, article, "warn", text="Read <the new> one.")
    article.refresh_from_db()
    assert article.warning == "Read <the new> one."
    assert "Read &lt;the new&gt; one." in editor_client.get(change_path(article)).content.decode()


def test_a_note_is_in_the_public_history(editor_client):
    article = make(State.PUBLISHED)
    post(editor_client, article, "add_note", text="The clinic has moved.")
    assert article.events.get(action="add_note").note == "The clinic has moved."
    assert post(editor_client, article, "add_note", text="  ").status_code == 400
    assert article.events.filter(action="add_note").count() == 1


def test_an_article_is_withdrawn_with_a_reason_and_put_back(editor_client, client):
    article = make(State.PUBLISHED)
    post(editor_client, article, "withdraw", reason="It was <wrong>.")
    assert client.get(article.get_absolute_url()).status_code == 410
    page = editor_client.get(change_path(article)).content.decode()
    assert "It was &lt;wrong&gt;." in page
    post(editor_client, article, "put_back")
    assert client.get(article.get_absolute_url()).status_code == 200
    article.refresh_from_db()
    assert article.withdrawal_reason == ""


@pytest.mark.parametrize(
    ("name", "field"), [("submit", "note"), ("publish", "note"), ("warn", "text"), ("withdraw", "reason")]
)
@pytest.mark.parametrize("text", ["x" * 10_000, "a\0b"])
def test_words_that_can_not_be_kept_are_told_so(editor_client, name, field, text):
    article = make(FROM[name])
    before = standing(article)
    response = post(editor_client, article, name, **{field: text})
    assert response.status_code == 400
    assert "errornote" in response.content.decode()
    assert standing(article) == before


def test_a_line_end_of_a_browser_counts_once(editor_client):
    article = make(State.PUBLISHED)
    reason = "\r\n".join(["x" * 149, "y" * 150])
    assert post(editor_client, article, "withdraw", reason=reason).redirect_chain
    article.refresh_from_db()
    assert article.withdrawal_reason == f"{'x' * 149}\n{'y' * 150}"


# Deleting, and copies


def test_a_deleted_article_leaves_the_list_and_comes_back(editor_client):
    article = make(State.DRAFT)
    post(editor_client, article, "delete")
    assert "Cold hands" not in editor_client.get("/admin/articles/article/").content.decode()
    deleted = editor_client.get("/admin/articles/article/?state=deleted").content.decode()
    assert change_path(article) in deleted
    page = editor_client.get(change_path(article)).content.decode()
    assert 'name="_continue"' not in page
    assert move_path(article, "undelete") in page
    assert move_path(article, "publish") not in page
    post(editor_client, article, "undelete")
    assert "Cold hands" in editor_client.get("/admin/articles/article/").content.decode()


def test_what_readers_see_can_not_be_deleted(editor_client):
    article = make(State.PUBLISHED)
    assert move_path(article, "delete") not in editor_client.get(change_path(article)).content.decode()
    post(editor_client, article, "delete")
    article.refresh_from_db()
    assert article.deleted_at is None
    post(editor_client, article, "withdraw")
    post(editor_client, article, "delete")
    article.refresh_from_db()
    assert article.deleted_at is not None


def test_an_article_that_was_deleted_meanwhile_can_not_be_moved(editor_client):
    article = make(State.DRAFT)
    publishing.delete(article, by=None)
    before = standing(article)
    for name in ("publish", "submit"):
        assert "is: Deleted." in post(editor_client, article, name).content.decode()
    assert standing(article) == before


@pytest.mark.parametrize("state", [*State, "nonsense", "\0", ""])
def test_the_list_can_be_narrowed_to_a_state(editor_client, state):
    for each in (State.DRAFT, State.IN_REVIEW, State.SCHEDULED, State.PUBLISHED, State.WITHDRAWN, State.DELETED):
        article = make(each)
        Article.objects.filter(pk=article.pk).update(title=f"It is {each}", slug=each.replace("_", "-"))
    expired, asked, approved = (
        make_article(f"It is {each}", published=each == State.EXPIRED, slug=each)
        for each in (State.EXPIRED, State.CHANGES_REQUESTED, State.APPROVED)
    )
    Article.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    sign(publishing.record(approved, by=None))
    publishing.record(asked, by=None)
    publishing.review(publishing.submit(asked, by=None), contributor=make_contributor("Tom"), message="No.")
    page = editor_client.get(f"/admin/articles/article/?{urlencode({'state': state})}").content.decode()
    shown = {each for each in State if f">It is {each}<" in page}
    assert shown == ({state} if state in State else set(State) - {State.DELETED})


def test_a_copy_is_a_draft_of_its_own(editor_client, editor):
    article = make_article(sections=["x" * 100], title="T" * 120)
    copies = [editor_client.post(f"/admin/articles/article/{article.pk}/duplicate/") for _ in range(2)]
    made = list(Article.objects.exclude(pk=article.pk).order_by("pk"))
    assert [copy["Location"] for copy in copies] == [change_path(copy) for copy in made]
    assert [section.body for section in made[0].sections.all()] == ["x" * 100]
    assert state_of(publishing.newest(made[0])) == State.DRAFT
    assert Event.objects.filter(action="duplicate", by=editor).count() == 2


def test_looking_at_the_address_of_a_copy_makes_none(editor_client, client):
    article = make_article()
    editor_client.get(f"/admin/articles/article/{article.pk}/duplicate/")
    client.force_login(make_role("Reviewer"))
    assert client.post(f"/admin/articles/article/{article.pk}/duplicate/").status_code == 403
    assert Article.objects.count() == 1


# The panel


def test_the_panel_offers_what_can_be_done_and_no_more(author_client, editor_client):
    article = make(State.DRAFT)
    for client, names in ((author_client, {"submit"}), (editor_client, {"submit", "delete"})):
        page = client.get(change_path(article)).content.decode()
        assert {name for name in PAGES if move_path(article, name) in page} == names
    assert "Readers see nothing of it." in page


def test_the_panel_shows_what_a_reviewer_asked_for_until_it_is_answered(editor_client):
    article = make(State.IN_REVIEW)
    rosa = make_contributor("Dr <Rosa>")
    remarks = {"part-1": "<b>Too</b> vague", "gone": "About a section that went"}
    publishing.review(publishing.newest(article), contributor=rosa, message="Please <mend>.", remarks=remarks)
    edit(article)
    page = editor_client.get(change_path(article)).content.decode()
    for text in (
        "Dr &lt;Rosa&gt; asked for changes of version 1",
        "Please &lt;mend&gt;.",
        "&lt;b&gt;Too&lt;/b&gt; vague",
    ):
        assert text in page
    assert "About a section that went" in page
    sign(publishing.newest(article), "Tom")
    page = editor_client.get(change_path(article)).content.decode()
    assert "asked for changes" not in page
    assert "Checked by Tom on" in page


def test_what_was_asked_for_is_done_with_when_a_newer_version_is_out(editor_client):
    article = make(State.IN_REVIEW)
    publishing.review(publishing.newest(article), contributor=make_contributor(), message="Mend it.")
    edit(article)
    publishing.publish(article, by=None)
    assert Review.objects.exists()
    assert "Mend it." not in editor_client.get(change_path(article)).content.decode()


def test_a_reviewer_with_an_account_is_led_to_the_review_when_it_can_be(client):
    reviewer = make_role("Reviewer")
    make_contributor("Rosa", user=reviewer)
    client.force_login(reviewer)
    article = make(State.DRAFT)
    newest = publishing.newest(article)
    link = f"/admin/articles/article/{article.pk}/review/{newest.pk}/"
    assert link not in client.get(change_path(article)).content.decode()
    publishing.submit(article, by=None)
    assert link in client.get(change_path(article)).content.decode()
    article.authors.add(reviewer.contributor)
    assert link not in client.get(change_path(article)).content.decode()


def test_saying_that_it_is_saved_promises_nothing_untrue(editor_client):
    article = make_article()
    response = editor_client.post(change_path(article), form_of(article, slug="tired-feet"), follow=True)
    assert "Readers see it when it is published." not in response.content.decode()
    response = editor_client.post(change_path(article), form_of(article, title="Tired feet"), follow=True)
    assert "Saved. Readers see it when it is published." in response.content.decode()


def test_a_publish_page_opened_before_undoes_neither_a_withdrawal_nor_an_expiry(editor_client):
    article = make_article()
    article.sections.update(body="Other.")
    publishing.record(article, by=None)
    expires_at = timezone.now() + timedelta(days=2)
    publishing.set_expiry(article, by=None, at=expires_at)
    old = {"version": 2, "note": "", "at": "", "expires_at": "", "initial-expires_at": ""}
    publishing.withdraw(article, by=None, reason="Wrong")
    response = editor_client.post(f"/admin/articles/article/{article.pk}/move/publish/", old)
    assert "The article is withdrawn." in response.content.decode()
    assert not Revision.objects.published().exists()
    editor_client.post(f"/admin/articles/article/{article.pk}/move/publish/", old | {"puts_back": "on"})
    assert Revision.objects.published().get().number == 2
    assert Article.objects.get().expires_at == expires_at
