"""The site statement in the admin: one form, rows that never change, two editors at once, and the history."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from articles.admin.statement import text_of
from articles.models import Event, SiteStatement
from tests.factories import make_role, make_staff

pytestmark = pytest.mark.django_db

STATEMENT = "/admin/articles/sitestatement/"


@pytest.fixture
def desk(client):
    """A client signed in as an Editor, as the migration makes them."""
    client.force_login(make_role("Editor", "Edith"))
    return client


def form_of(statement, **changes):
    """Return what a browser posts that shows a statement."""
    shown = {name: value.replace("\n", "\r\n") for name, value in text_of(statement).items()}
    return shown | {"version": statement.pk, "note": ""} | changes


def save(client, opened=None, **changes):
    """Save the form that showed a statement (default: the newest), changed; return the page that follows."""
    opened = opened or SiteStatement.current()
    return client.post(f"{STATEMENT}{opened.pk}/change/", form_of(opened, **changes), follow=True)


def form_on(response):
    """Return what the form on a page would post."""
    html = response.content.decode()
    areas = re.findall(r'<textarea name="(\w+)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)
    inputs = re.findall(r'<input type="(?:text|hidden)" name="(\w+)"(?: value="([^"]*)")?', html)
    return {name: value.replace("&#x27;", "'") for name, value in areas + inputs}


def say(response):
    return response.content.decode()


def test_the_address_leads_straight_to_the_form(desk):
    response = desk.get(STATEMENT, follow=True)
    assert response.redirect_chain[-1][0] == f"{STATEMENT}{SiteStatement.current().pk}/change/"
    assert form_on(response)["safety"] == escape(SiteStatement.current().safety)


def test_saving_makes_a_new_row_and_keeps_the_old(desk):
    old = SiteStatement.objects.get()
    before = SiteStatement.objects.filter(pk=old.pk).values().get()
    assert "Saved. The pages say it from now on." in say(save(desk, publisher="Example Trust", note="Who we are"))
    new = SiteStatement.current()
    assert (new.publisher, new.note, new.created_by.username) == ("Example Trust", "Who we are", "Edith")
    assert SiteStatement.objects.filter(pk=old.pk).values().get() == before
    assert (Event.objects.get().action, Event.objects.get().note) == ("statement", "Who we are")


def test_what_was_not_changed_stays_to_the_letter(desk):
    before = text_of(SiteStatement.current())
    save(desk, publisher="Example Trust")
    assert {name: getattr(SiteStatement.current(), name) for name in before} == before | {"publisher": "Example Trust"}


def test_nothing_is_saved_when_nothing_has_changed(desk):
    assert "Nothing has changed" in say(save(desk, note="For no reason"))
    assert (SiteStatement.objects.count(), Event.objects.count()) == (1, 0)


def test_the_note_is_empty_each_time(desk):
    save(desk, publisher="Example Trust", note="Who we are")
    assert form_on(desk.get(STATEMENT, follow=True))["note"] == ""


def test_the_about_text_has_the_editor_with_its_preview(desk):
    html = say(desk.get(STATEMENT, follow=True))
    assert html.count('class="markdown-editor"') == 1
    assert re.search(r'class="markdown-preview.*?No substitute for a doctor</h\d>', html, re.DOTALL)


@pytest.mark.parametrize("safety", ["", "  \n \t\n "])
def test_there_must_be_a_safety_line(desk, safety):
    html = say(save(desk, safety=safety, publisher="Typed meanwhile"))
    assert "This field is required." in html
    assert 'value="Typed meanwhile"' in html
    assert SiteStatement.objects.count() == 1


@pytest.mark.parametrize(
    "about",
    ["[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](//elsewhere.example)", "![x](https://e.example/x.png)"],
)
def test_a_hostile_address_in_the_about_text_is_refused_and_kept_to_be_mended(desk, about):
    html = say(save(desk, about=about))
    assert "can&#x27;t be used" in html or "not one of this site&#x27;s" in html
    assert escape(about) in html
    assert SiteStatement.objects.count() == 1


def test_html_in_the_about_text_stays_text(desk):
    html = say(save(desk, about="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in html


@pytest.mark.parametrize(("field", "size"), [("about", 50_001), ("contact", 501), ("publisher", 201), ("note", 201)])
def test_a_text_that_is_too_long_is_told_so_and_kept(desk, field, size):
    html = say(save(desk, **{field: "x" * size}))
    assert "at most" in html
    assert "x" * size in html
    assert SiteStatement.objects.count() == 1


def test_line_ends_do_not_count_twice(desk):
    save(desk, contact="\r\n".join(["x"] * 250))
    assert SiteStatement.current().contact == "\n".join(["x"] * 250)


def test_two_editors_who_change_different_fields_both_have_their_way(desk):
    opened = SiteStatement.current()
    save(desk, publisher="Example Trust")
    html = say(save(desk, opened, contact="Write to us."))
    now = SiteStatement.current()
    assert (now.publisher, now.contact) == ("Example Trust", "Write to us.")
    assert "Meanwhile Edith has changed: publisher." in html


def test_two_editors_who_say_the_same_are_not_told(desk):
    opened = SiteStatement.current()
    save(desk, publisher="Example Trust")
    assert "Nothing has changed" in say(save(desk, opened, publisher="Example Trust"))


def test_ones_own_second_tab_after_a_save_is_no_conflict(desk):
    save(desk, publisher="Example Trust")
    save(desk, publisher="Example Charity")
    assert SiteStatement.current().publisher == "Example Charity"


@pytest.fixture
def conflict(desk):
    """The page after two editors have changed the same field; the other one has changed another field too."""
    opened = SiteStatement.current()
    save(desk, opened, contact="Write to us or call us.", publisher="Example Trust")
    return save(desk, opened, contact="Write to us & <b>wait</b>.", note="Contact")


def test_the_same_field_changed_by_both_shows_both_texts(conflict):
    html = say(conflict)
    assert SiteStatement.objects.count() == 2
    assert "Somebody else changed this too." in html
    assert "<del>or call us</del>" in html
    assert "<ins>&amp; &lt;b&gt;wait&lt;/b&gt;</ins>" in html


def test_nothing_typed_is_lost_in_a_conflict(conflict):
    form = form_on(conflict)
    assert (form["contact"], form["note"]) == ("Write to us &amp; &lt;b&gt;wait&lt;/b&gt;.", "Contact")
    assert form["publisher"] == "Example Trust"  # what the other one did elsewhere is there already


@pytest.mark.parametrize(
    ("decision", "typed", "saved"),
    [
        ("keep", "Mine.", "Mine."),
        ("keep", "Mine and theirs.", "Mine and theirs."),
        ("theirs", "Mine.", "Write to us or call us."),
    ],
)
def test_a_conflict_is_decided(desk, conflict, decision, typed, saved):
    data = form_on(conflict) | {"contact": typed, "decide-contact": decision, "publisher": "Example Trust, Ltd"}
    desk.post(conflict.request["PATH_INFO"], data)
    now = SiteStatement.current()
    assert (now.contact, now.publisher) == (saved, "Example Trust, Ltd")


def test_a_third_editor_in_the_meantime_is_not_overwritten(desk, conflict):
    save(desk, contact="Call us.")
    response = desk.post(
        conflict.request["PATH_INFO"], form_on(conflict) | {"contact": "Mine.", "decide-contact": "keep"}
    )
    assert SiteStatement.current().contact == "Call us."
    assert "Somebody else changed this too." in say(response)


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "\0", "9" * 40])
def test_a_form_that_does_not_say_what_it_began_with_is_shown_again(desk, version):
    html = say(save(desk, version=version, contact="Typed."))
    assert "did not say what it began with" in html
    assert "Typed." in html
    assert SiteStatement.objects.count() == 1


def test_a_field_that_was_not_sent_stays_as_it_is(desk):
    current = SiteStatement.current()
    desk.post(f"{STATEMENT}{current.pk}/change/", {"version": current.pk, "publisher": "Example Trust"})
    assert text_of(SiteStatement.current()) == text_of(current) | {"publisher": "Example Trust"}


def test_the_history_says_who_when_and_why_and_what_differs(desk):
    save(desk, publisher="Example Trust", note="Who we are")
    save(desk, publisher="Example Charity", note="Renamed")
    html = say(desk.get(f"{STATEMENT}1/history/"))
    for words in ("As the site came", "Who we are", "Renamed", "Edith", "<del>Trust</del><ins>Charity</ins>"):
        assert words in html


def test_any_two_versions_can_be_compared(desk):
    first = SiteStatement.current()
    save(desk, publisher="Example Trust")
    save(desk, contact="Write to us.")
    html = say(desk.get(f"{STATEMENT}1/history/?old={first.pk}&new={SiteStatement.current().pk}"))
    assert "<ins>Example Trust</ins>" in html
    assert "<ins>Write to us.</ins>" in html


@pytest.mark.parametrize("query", ["old=x", "old=1", "new=%00&old=%00", f"old={9**40}&new=1", "old=0&new=0"])
def test_versions_that_are_none_are_told_so(desk, query):
    response = desk.get(f"{STATEMENT}1/history/?{query}")
    assert response.status_code == 200
    assert "Choose two versions" in say(response)


def test_an_old_version_is_restored_as_a_new_one(desk):
    first = SiteStatement.current()
    save(desk, publisher="Example Trust")
    assert "Restored." in say(desk.post(f"{STATEMENT}{first.pk}/restore/", follow=True))
    now = SiteStatement.current()
    assert text_of(now) == text_of(first)
    assert now.note.startswith("Restored from")
    assert SiteStatement.objects.count() == 3
    assert Event.objects.first().note == now.note


def test_restoring_what_is_there_already_changes_nothing(desk):
    assert "so nothing was saved" in say(desk.post(f"{STATEMENT}{SiteStatement.current().pk}/restore/", follow=True))
    assert SiteStatement.objects.count() == 1


def test_opening_the_address_of_a_restoration_changes_nothing(desk):
    first = SiteStatement.current()
    save(desk, publisher="Example Trust")
    assert desk.get(f"{STATEMENT}{first.pk}/restore/").status_code == 302
    assert SiteStatement.current().publisher == "Example Trust"


@pytest.mark.parametrize("pk", [4711, 10**30])
def test_an_unknown_version_is_not_found(desk, pk):
    assert desk.post(f"{STATEMENT}{pk}/restore/").status_code == 404


def test_someone_who_may_only_look_changes_nothing(client):
    client.force_login(make_staff("Vera", "view_sitestatement"))
    pk = SiteStatement.current().pk
    html = say(client.get(STATEMENT, follow=True))
    assert ("no substitute for a health professional" in html, 'name="_save"' in html) == (True, False)
    assert "Restore" not in say(client.get(f"{STATEMENT}{pk}/history/"))
    assert save(client, publisher="Mine").status_code == 403
    assert client.post(f"{STATEMENT}{pk}/restore/").status_code == 403
    assert SiteStatement.objects.count() == 1


def test_the_statement_is_for_those_who_may_see_it(client):
    client.force_login(make_role("Author"))
    paths = ("", "1/change/", "1/history/", "1/restore/")
    assert {client.get(f"{STATEMENT}{path}").status_code for path in paths} <= {403, 404}


def test_nobody_adds_or_deletes_a_statement(admin_client):
    pk = SiteStatement.current().pk
    paths = ("add/", f"{pk}/delete/")
    assert [admin_client.post(f"{STATEMENT}{path}", {"post": "yes"}).status_code for path in paths] == [403, 403]
    html = say(admin_client.get(STATEMENT, follow=True))
    assert not re.search(r'class="(?:addlink|deletelink)"[^>]*sitestatement|_addanother|/sitestatement/add/', html)


def test_a_site_without_a_statement_can_get_one(desk):
    SiteStatement.objects.all().delete()
    response = desk.get(STATEMENT, follow=True)
    data = form_on(response) | {"safety": "Take care.", "about": "About us."}
    html = say(desk.post(response.request["PATH_INFO"], data, follow=True))
    assert "did not say what it began with" not in html
    assert SiteStatement.current().safety == "Take care."


def test_someone_who_may_change_the_statement_alone_sees_its_preview(client):
    client.force_login(make_staff("Sam", "change_sitestatement"))
    response = client.post(reverse("markdownx_markdownify"), {"content": "Who *we* are"})
    assert response.content.decode().strip() == "<p>Who <em>we</em> are</p>"
    client.force_login(make_staff("Vera", "view_sitestatement"))
    assert client.post(reverse("markdownx_markdownify"), {"content": "x"}).status_code == 403
