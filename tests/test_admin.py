"""The editors' desk without a browser: forms, order of sections, preview, publishing, permissions."""

import re

import pytest
from django.db import IntegrityError
from django.test import Client

from articles.models import Article, Event, Revision, Topic
from articles.publishing import record, withdraw
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_contributor, make_role, make_staff

pytestmark = pytest.mark.django_db

PICTURE = "/media/images/0123456789abcdef0123456789abcdef-10x20.webp"


def headings(article):
    return [section.heading for section in article.sections.all()]


def test_an_editor_writes_an_article_with_sections(editor_client):
    section = {0: {"heading": "Rest", "body": "Sit down."}, 1: {"heading": "Walk", "body": "Get up."}}
    data = form_of(None, section, title="Sore feet", slug="sore-feet", summary="All of it.", _continue="1")
    response = editor_client.post("/admin/articles/article/add/", data, follow=True)
    article = Article.objects.get()
    assert headings(article) == ["Rest", "Walk"]
    assert "Saved. Readers see it when it is published." in response.content.decode()
    assert not Revision.objects.published().exists()


def test_save_and_publish_leads_to_the_page_that_publishes(editor_client, editor):
    article = make_article()
    data = form_of(article, {0: {"body": "New advice."}}, _publish="1", save_note="Shorter")
    response = editor_client.post(change_path(article), data)
    publish_page = f"/admin/articles/article/{article.pk}/move/publish/"
    assert response["Location"] == publish_page
    assert Revision.objects.published().get().sections[0]["body"] == "Rest your feet."
    response = editor_client.post(publish_page, {"version": 2, "note": "Better advice"}, follow=True)
    assert "Published. Readers see it now." in response.content.decode()
    live = Revision.objects.published().get()
    assert (live.number, live.note, live.public_note, live.created_by) == (2, "Shorter", "Better advice", editor)
    assert live.sections[0]["body"] == "New advice."


def test_each_save_that_changes_the_text_is_a_version_and_no_other(editor_client):
    article = make_article()
    editor_client.post(change_path(article), form_of(article))
    assert article.revisions.count() == 1
    editor_client.post(change_path(article), form_of(article, {0: {"body": "New."}}, save_note="Why"))
    assert [revision.note for revision in article.revisions.all()] == ["", "Why"]


def test_line_ends_of_a_browser_are_no_change(editor_client):
    article = make_article(sections=["One.\n\nTwo."])
    editor_client.post(change_path(article), form_of(article, {0: {"body": "One.\r\n\r\nTwo."}}))
    assert article.revisions.count() == 1


def test_a_section_that_two_editors_delete_is_gone(editor_client):
    article = make_article(sections=[(letter, letter) for letter in "ABC"])
    data = form_of(article, {1: {"DELETE": "on"}, 2: {"body": "New."}})
    article.sections.get(heading="B").delete()
    assert editor_client.post(change_path(article), data).status_code == 302
    assert [section.body for section in article.sections.all()] == ["A", "New."]


def test_a_form_that_fails_keeps_every_word(editor_client):
    article = make_article()
    changes = {0: {"body": "Words I typed."}, 1: {"heading": "", "body": "More words."}}
    response = editor_client.post(change_path(article), form_of(article, changes, title="", also_called="typed too"))
    text = response.content.decode()
    assert response.status_code == 200
    for words in ("Words I typed.", "More words.", "typed too"):
        assert words in text
    assert article.sections.get().body == "Rest your feet."


@pytest.mark.parametrize("size", [50_001, 200_000])
def test_a_section_that_is_too_long_is_told_so_and_kept(editor_client, size):
    article = make_article()
    body = "x" * size
    response = editor_client.post(change_path(article), form_of(article, {0: {"body": body}}))
    text = response.content.decode()
    assert "a section can have at most 50000" in text
    assert body in text


def test_a_hundred_full_sections_can_be_saved(editor_client):
    article = make_article(sections=["x"] * 100)
    full = {index: {"body": "wörd " * 8_300} for index in range(100)}
    response = editor_client.post(change_path(article), form_of(article, full, _continue="1"))
    assert response.status_code == 302
    assert {len(section.body) for section in article.sections.all()} == {41_499}


def test_more_than_a_hundred_sections_are_refused_in_words(editor_client):
    article = make_article()
    response = editor_client.post(change_path(article), form_of(article, {n: {"heading": f"H{n}"} for n in range(101)}))
    assert response.status_code == 200
    assert "at most 100 forms" in response.content.decode()


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({4: 2}, "AEBCD"),
        ({4: 1}, "EABCD"),
        ({0: 3}, "BCADE"),
        ({0: 5}, "BCDEA"),
        ({0: 99}, "BCDEA"),
        ({2: ""}, "ABDEC"),
        ({0: 5, 4: 1}, "EBCDA"),
        ({1: 0}, "BACDE"),
    ],
)
def test_sections_are_ordered_by_their_numbers(editor_client, moved, expected):
    article = make_article(sections=[(letter, letter) for letter in "ABCDE"])
    changes = {index: {"position": position} for index, position in moved.items()}
    editor_client.post(change_path(article), form_of(article, changes))
    assert "".join(headings(article)) == expected
    assert [section.position for section in article.sections.all()] == [1, 2, 3, 4, 5]


def test_a_section_is_added_at_its_place_and_another_deleted(editor_client):
    article = make_article(sections=[(letter, letter) for letter in "ABC"])
    changes = {0: {"DELETE": "on"}, 3: {"heading": "N", "body": "n", "position": 2}, 4: {"heading": "Z", "body": "z"}}
    editor_client.post(change_path(article), form_of(article, changes))
    assert headings(article) == ["N", "B", "C", "Z"]


@pytest.mark.parametrize("position", ["-1", "x", "99999999999"])
def test_a_number_that_is_none_is_told_so(editor_client, position):
    article = make_article()
    response = editor_client.post(change_path(article), form_of(article, {0: {"position": position}}))
    assert response.status_code == 200
    assert "errornote" in response.content.decode()


def test_a_section_of_another_article_can_not_be_changed(editor_client):
    article, other = make_article(), make_article("Cold hands")
    foreign = other.sections.get()
    editor_client.post(change_path(article), form_of(article, {0: {"id": foreign.pk, "body": "Stolen."}}))
    foreign.refresh_from_db()
    assert (foreign.article, foreign.body) == (other, "Rest your feet.")


def test_the_preview_is_the_readers_page_with_the_working_copy(editor_client):
    article = make_article()
    response = editor_client.post(change_path(article), form_of(article, {0: {"body": "New *advice*."}}, _preview="1"))
    preview = editor_client.get(response["Location"])
    html = preview.content.decode()
    assert "New <em>advice</em>." in html
    assert "This is the working copy" in html
    assert "no-store" in preview["Cache-Control"]
    assert "Rest your feet." in editor_client.get("/articles/sore-feet/").content.decode()


def test_preview_and_page_render_the_same_text_alike(editor_client):
    body = "# Head\n\n* a\n  * b\n\n| a |\n|--:|\n| 1 |\n\nText[^1] [x](https://example.org/)\n\n[^1]: Note"
    article = make_article(sections=[("Rest", body)])

    def section(path):
        return re.search(r'<section class="section.*?</section>', editor_client.get(path).content.decode(), re.DOTALL)[
            0
        ]

    assert section(f"/admin/articles/article/{article.pk}/preview/") == section("/articles/sore-feet/")


def test_a_preview_can_not_be_voted_from(editor_client):
    article = make_article()
    html = editor_client.get(f"/admin/articles/article/{article.pk}/preview/").content.decode()
    assert re.search(r"<fieldset disabled>.*<button class=\"button\" disabled>", html, re.DOTALL)


def test_an_unknown_preview_is_not_found(editor_client):
    assert editor_client.get("/admin/articles/article/4711/preview/").status_code == 404


def test_the_list_says_where_each_stands(editor_client):
    changed = make_article("Cold hands")
    changed.sections.update(body="Changed.")
    record(changed, by=None)
    record(make_article("Stiff neck", published=False), by=None)
    make_article()
    text = editor_client.get("/admin/articles/article/").content.decode()
    for state in ("Published", "Draft; readers see version 1", "Draft"):
        assert text.count(f'<td class="field-state">{state}<') == 1


def test_the_list_asks_no_more_for_more_articles(editor_client, django_assert_max_num_queries):
    for number in range(12):
        make_article(f"Article {number}")
    with django_assert_max_num_queries(12):
        editor_client.get("/admin/articles/article/")


def test_an_author_has_no_button_to_publish_and_no_way():
    client = Client()
    client.force_login(make_role("Author"))
    article = make_article()
    assert "_publish" not in client.get(change_path(article)).content.decode()
    article.sections.update(body="New.")
    record(article, by=None)
    response = client.post(f"/admin/articles/article/{article.pk}/move/publish/", {"version": 2})
    assert response.status_code == 403
    assert Revision.objects.published().get().number == 1


def test_someone_who_may_only_look_can_look_and_preview():
    client = Client()
    client.force_login(make_staff("Vera", "view_article", "view_section"))
    article = make_article()
    page = client.get(change_path(article)).content.decode()
    assert "Rest your feet." in page
    assert not re.search('name="_(continue|preview|publish)"', page)
    assert client.get(f"/admin/articles/article/{article.pk}/preview/").status_code == 200
    assert client.post(change_path(article), form_of(article)).status_code == 403


@pytest.mark.parametrize("user", [None, ("Stella",), ("Tom", "view_topic", "change_topic")])
def test_others_see_no_working_copy(user):
    client = Client()
    if user:
        client.force_login(make_staff(*user))
    article = make_article("Secret plan", published=False)
    for path in (change_path(article), f"/admin/articles/article/{article.pk}/preview/"):
        response = client.get(path)
        assert response.status_code in (302, 403)
        assert b"Secret plan" not in response.content


def test_django_deletes_no_article(editor_client):
    article = make_article()
    assert editor_client.post(f"/admin/articles/article/{article.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": article.pk, "post": "yes"}
    editor_client.post("/admin/articles/article/", action)
    assert Article.objects.exists()


def test_an_editor_without_javascript_can_add_a_section(editor_client):
    article = make_article()
    assert 'name="sections-1-heading"' not in editor_client.get(change_path(article)).content.decode()
    assert 'name="sections-1-heading"' in editor_client.get(change_path(article) + "?add_section=1").content.decode()


@pytest.mark.parametrize("name", ["authors", "topic", "sections-0-id", "sections-0-article", "sources-0-id"])
@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5000, "-" + "9" * 30])
def test_an_id_that_no_database_holds_is_told_so(editor_client, name, number):
    article = make_article()
    article.sources.create(title="Cramps", position=1)
    record(article, by=None)
    response = editor_client.post(change_path(article), form_of(article, title="Typed") | {name: number})
    assert response.status_code == 200
    assert "errornote" in response.content.decode()
    assert not Article.objects.filter(title="Typed").exists()


def test_a_form_that_does_not_show_the_authors_leaves_them(editor_client):
    article, author = make_article(), make_contributor()
    article.authors.add(author)
    record(article, by=None)
    data = form_of(article, title="Tired feet", authors=[])
    del data["authors_shown"]
    editor_client.post(change_path(article), data)
    article.refresh_from_db()
    assert (article.title, list(article.authors.all())) == ("Tired feet", [author])
    editor_client.post(change_path(article), form_of(article, authors=[]))
    assert not article.authors.exists()


def test_an_address_that_somebody_else_took_at_the_same_moment_is_told_so(editor_client, monkeypatch):
    data = form_of(None, {0: {"heading": "Rest", "body": "Sit."}}, title="Sore feet", slug="sore-feet", summary="All.")
    at_once = [lambda: make_article("Other", slug="sore-feet")]
    save = Article.save
    monkeypatch.setattr(Article, "save", lambda *args, **kwargs: (at_once and at_once.pop()(), save(*args, **kwargs)))
    monkeypatch.setattr(Article, "validate_unique", lambda *args, **kwargs: None)  # as if it came after the check
    response = editor_client.post("/admin/articles/article/add/", data | {"sections-0-body": "Words I typed."})
    html = response.content.decode()
    assert response.status_code == 200
    assert "Somebody else saved the same at the same moment. Nothing is saved yet" in html
    assert "Words I typed." in html
    assert "Saved." not in html


def test_a_save_that_fails_at_its_end_is_not_called_saved(editor_client, monkeypatch):
    article = make_article()
    fails = [IntegrityError]

    def record_once(*args, **kwargs):
        if fails:
            raise fails.pop()

    monkeypatch.setattr("articles.publishing.record", record_once)
    response = editor_client.post(change_path(article), form_of(article, {0: {"body": "Typed."}}, slug="tired-feet"))
    html = response.content.decode()
    assert ("at the same moment" in html, "Typed." in html, 'value="tired-feet"' in html) == (True, True, True)
    assert "Saved." not in html
    assert Article.objects.get().slug == "sore-feet"


def test_a_change_of_address_or_topic_is_in_the_audit(editor_client):
    article, topic = make_article(), Topic.objects.create(name="Feet", slug="feet")
    editor_client.post(change_path(article), form_of(article, slug="tired-feet", topic=topic.pk))
    event = Event.objects.get(action="address")
    assert (event.who, event.article) == ("Edith", article)
    assert event.note == "address: “sore-feet” → “tired-feet”, topic: “” → “Feet”"
    editor_client.post(change_path(article), form_of(article, {0: {"body": "New."}}, slug="tired-feet", topic=topic.pk))
    assert Event.objects.filter(action="address").count() == 1


@pytest.mark.parametrize("how", ["published", "withdrawn", "draft"])
def test_an_author_changes_address_and_topic_until_readers_know_them(client, how):
    client.force_login(make_role("Author"))
    article, topic = make_article(published=how != "draft"), Topic.objects.create(name="Feet", slug="feet")
    if how == "withdrawn":
        withdraw(article, by=None)
    record(article, by=None)
    assert ('name="slug"' in client.get(change_path(article)).content.decode()) == (how == "draft")
    data = form_of(article, title="Tired feet", slug="tired-feet", topic=topic.pk)
    assert client.post(change_path(article), data).status_code == 302
    article.refresh_from_db()
    kept = ("tired-feet", topic) if how == "draft" else ("sore-feet", None)
    assert (article.title, article.slug, article.topic) == ("Tired feet", *kept)


def test_every_field_tells_an_editor_what_to_do(editor_client):
    for path in (change_path(make_article()), "/admin/articles/topic/add/"):
        html = editor_client.get(path).content.decode()
        inputs = re.findall(r'<(?:input|textarea|select)[^>]* id="(id_[a-z_]+|id_sections-0-[a-z_]+)"', html)
        for name in {
            name for name in inputs if not name.endswith(("-id", "-article", "-DELETE", "_key", "version", "_shown"))
        }:
            assert f'id="{name}_helptext"' in html, name
