"""The page for importing files, without JavaScript and as its script uses it, and the paste of foreign text."""

import base64
import re
import zipfile
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from articles import publishing
from articles.admin import importing as page_of
from articles.models import Article, Event
from tests.factories import make_role, make_staff

PAGE, PASTE = reverse("admin:articles_article_import"), reverse("editor_paste")
FIRST = b"# Sore feet\n\n## Causes\n\nTight shoes.\n"
SECOND = b"# Sore feet\n\n## Causes\n\nNarrow shoes.\n"

pytestmark = pytest.mark.django_db


def sent(client, content=FIRST, name="feet.md", **fields):
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content), **fields})


def hidden(response):
    """Return the hidden fields of the page of a look, by name."""
    found = re.findall(r'<input type="hidden" name="(kept|name|seen)" value="([^"]*)">', response.content.decode())
    return {name: unescape(value) for name, value in found}


def agree(client, response, **fields):
    return client.post(PAGE, hidden(response) | {"import": "1"} | fields)


def imported(client, content=FIRST, name="feet.md"):
    agree(client, sent(client, content, name))
    return Article.objects.get()


def edit(article):
    article.sections.update(body="Wider shoes.")
    publishing.record(article, by=None)


# Without JavaScript


def test_the_list_of_articles_leads_to_it(editor_client):
    assert PAGE in editor_client.get(reverse("admin:articles_article_changelist")).content.decode()


def test_a_look_shows_what_would_become_of_each_line_and_changes_nothing(editor_client):
    response = sent(editor_client)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Tight shoes." in html
    assert "New draft" in html
    assert not Article.objects.exists()


def test_the_import_makes_a_draft_and_leads_to_it(editor_client, editor):
    response = agree(editor_client, sent(editor_client))
    article = Article.objects.get()
    assert response.url == reverse("admin:articles_article_change", args=[article.pk])
    assert article.revisions.get().created_by == editor
    assert not article.revisions.public().exists()
    assert Event.objects.get(action="import").who == editor.username
    assert "Imported as a draft." in editor_client.get(response.url).content.decode()


def test_the_draft_opens_in_its_form_and_asks_for_a_summary(editor_client):
    article = imported(editor_client)
    response = editor_client.get(reverse("admin:articles_article_change", args=[article.pk]))
    assert response.status_code == 200
    assert "Tight shoes." in response.content.decode()
    move = reverse("admin:articles_article_move", args=[article.pk, "publish"])
    assert "It has no summary." in editor_client.get(move).content.decode()


def test_sent_twice_it_is_imported_once(editor_client):
    look = sent(editor_client)
    first, second = agree(editor_client, look), agree(editor_client, look)
    assert first.url == second.url
    assert Article.objects.count() == 1
    assert Article.objects.get().revisions.count() == 1


def test_a_changed_file_shows_what_would_change(editor_client):
    article = imported(editor_client)
    response = sent(editor_client, SECOND)
    html = response.content.decode()
    assert "Changes its draft" in html
    assert "<del>Tight</del>" in html
    assert "<ins>Narrow</ins>" in html
    agree(editor_client, response)
    assert article.sections.get().body == "Narrow shoes."


@pytest.mark.parametrize(
    ("choice", "body", "count"), [("take", "Narrow shoes.", 1), ("keep", "Wider shoes.", 1), ("new", "Wider shoes.", 2)]
)
def test_both_texts_are_shown_where_it_was_edited_and_the_editor_chooses(editor_client, choice, body, count):
    article = imported(editor_client)
    edit(article)
    response = sent(editor_client, SECOND)
    html = response.content.decode()
    assert "<del>Wider</del>" in html
    assert "<ins>Narrow</ins>" in html
    assert [value in html for value in ('value="take"', 'value="keep"', 'value="new"')] == [True] * 3
    agree(editor_client, response, choice=choice)
    assert article.sections.get().body == body
    assert Article.objects.count() == count


def test_without_a_choice_it_asks_again(editor_client):
    edit(article := imported(editor_client))
    response = agree(editor_client, sent(editor_client, SECOND))
    assert 'value="take"' in response.content.decode()
    assert article.sections.get().body == "Wider shoes."


def test_an_edit_after_the_look_is_not_overwritten(editor_client):
    article = imported(editor_client)
    look = sent(editor_client, SECOND)
    edit(article)
    response = agree(editor_client, look)
    assert "has changed since you looked" in response.content.decode()
    assert article.sections.get().body == "Wider shoes."


def test_a_deleted_article_is_told_and_a_new_one_offered(editor_client):
    article = imported(editor_client)
    publishing.delete(article, by=None)
    response = sent(editor_client)
    assert "was deleted" in response.content.decode()
    assert 'value="new"' in response.content.decode()
    agree(editor_client, response, choice="new")
    assert Article.objects.filter(deleted_at=None).count() == 1


def test_a_path_in_a_folder_is_the_files_name(editor_client):
    response = editor_client.post(PAGE, {"file": SimpleUploadedFile("feet.md", FIRST), "name": "old/site/feet.md"})
    assert "old/site/feet.md" in response.content.decode()


# As the script asks


def test_the_script_gets_a_row(editor_client):
    html = sent(editor_client, row="1").content.decode()
    assert "<html" not in html
    assert "import-tick" in html
    assert "Tight shoes." in html


def test_the_script_imports_what_was_looked_at(editor_client):
    seen = re.search(r'data-seen="([^"]+)"', sent(editor_client, row="1").content.decode())[1]
    html = sent(editor_client, row="1", seen=seen, **{"import": "1"}).content.decode()
    article = Article.objects.get()
    assert 'data-done="yes"' in html
    assert reverse("admin:articles_article_change", args=[article.pk]) in html
    again = sent(editor_client, row="1", seen=seen, **{"import": "1"}).content.decode()
    assert 'data-done="no"' in again
    assert Article.objects.count() == 1


def test_what_was_not_looked_at_is_not_imported(editor_client):
    html = sent(editor_client, row="1", seen="new-0-0-other", **{"import": "1"}).content.decode()
    assert "Look again" in html
    assert not Article.objects.exists()


def test_a_refusal_reaches_the_script_as_a_sentence(editor_client):
    response = editor_client.post(PAGE, {"row": "1"})
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode() == "Choose a file first."


# Who may


@pytest.mark.parametrize(("role", "status"), [("Author", 200), ("Editor", 200), ("Reviewer", 403)])
def test_who_may_add_articles_may_import(client, role, status):
    client.force_login(make_role(role))
    assert client.get(PAGE).status_code == status
    assert sent(client).status_code == status
    agree(client, sent(client))
    assert Article.objects.exists() is False or status == 200


def test_who_is_signed_out_is_asked_to_sign_in(client):
    assert client.get(PAGE).status_code == 302
    assert sent(client).status_code == 302
    assert not Article.objects.exists()


def test_who_may_add_but_not_change_imports_no_update(client, editor_client):
    article = imported(editor_client)
    client.force_login(make_staff("Adam", "add_article", "view_article"))
    response = sent(client, SECOND)
    assert response.status_code == 400
    assert "not allowed to change" in response.content.decode()
    assert "Tight shoes." not in response.content.decode()
    client.post(PAGE, {"file": SimpleUploadedFile("feet.md", SECOND), "import": "1", "seen": "update"})
    assert article.sections.get().body == "Tight shoes."


def test_a_post_without_the_token_is_refused(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert sent(client).status_code == 403
    assert client.post(PASTE, {"html": "<p>a</p>"}).status_code == 403


# Hostile files


def bomb():
    """A small Word document that would become two gigabytes."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _chunk in range(60):
                part.write(b" " * 1_000_000)
    return file.getvalue()


HOSTILE = {
    "empty": ("a.md", b""),
    "program": ("a.exe", b"MZ\x90\0"),
    "picture": ("a.png", b"\x89PNG\r\n"),
    "svg": ("a.svg", b"<svg onload=alert(1)>"),
    "no-zip": ("a.docx", b"<html>"),
    "bomb": ("a.docx", bomb),
    "utf-16-cut": ("a.txt", b"\xff\xfea"),
    "zeros": ("a.html", b"\0" * 10_000),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("row", [{}, {"row": "1"}], ids=["page", "row"])
def test_a_hostile_file_gets_a_sentence_and_changes_nothing(editor_client, case, row):
    name, content = HOSTILE[case]
    response = sent(editor_client, content() if callable(content) else content, name, **row)
    html = unescape(response.content.decode())
    assert response.status_code in (200, 400)
    assert "Can't be imported" in html
    assert 'class="import-tick"' not in html
    assert hidden(response) == {}
    assert not Article.objects.exists()


def test_a_file_that_is_too_large_gets_a_sentence(editor_client, monkeypatch):
    monkeypatch.setattr(page_of, "MAX_SIZE", 1_000_000)
    response = sent(editor_client, b"a" * 1_000_001)
    assert response.status_code == 400
    assert "2 MB; it may have 1" in response.content.decode()


def test_the_largest_file_comes_back_whole_from_the_page_of_the_look(editor_client, settings):
    assert page_of.MAX_SIZE * 4 / 3 + 100_000 < settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_more_than_django_takes_gets_a_page(editor_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = editor_client.post(PAGE, {"kept": "a" * 2_000})
    assert response.status_code == 400
    assert "too long" in response.content.decode()


def test_ten_thousand_lines_are_read_and_shown_in_part(editor_client):
    content = "# Feet\n\n" + "\n\n".join(f"Line {number} of the text." for number in range(5_000))
    html = sent(editor_client, content.encode()).content.decode()
    assert "more lines are not shown here" in html
    assert "New draft" in html


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd.md", "a\u202edm.md", "x" * 500 + ".md", "<script>alert(1)</script>.md", "a\x00.md", " .md"],
    ids=["up", "override", "long", "script", "nul", "blank"],
)
def test_an_odd_name_does_no_harm(editor_client, name):
    response = editor_client.post(PAGE, {"file": SimpleUploadedFile("a.md", FIRST), "name": name})
    html = response.content.decode()
    assert response.status_code in (200, 400)
    assert "<script>a" not in html
    assert "\u202e" not in html
    assert "../" not in html
    assert "\x00" not in html
    agree(editor_client, response)


@pytest.mark.parametrize("kept", ["a", "é", "====", "\x00", "AAA*"], ids=ascii)
def test_what_comes_back_broken_gets_a_sentence(editor_client, kept):
    response = editor_client.post(PAGE, {"kept": kept, "name": "a.md", "import": "1"})
    assert response.status_code == 400
    assert "Choose it again" in response.content.decode()


def test_html_in_a_file_stays_text_on_the_page(editor_client):
    content = b"---\ntitle: <img src=x onerror=alert(1)>\nfoo: <b>bar</b>\n---\n\n## <i>A</i>\n\n<script>a()</script>\n"
    html = sent(editor_client, content).content.decode()
    assert "<img src=x" not in html
    assert "<script>a" not in html
    assert "<b>bar" not in html


# Pasting


def test_what_is_pasted_becomes_markdown(editor_client):
    answer = editor_client.post(PASTE, {"html": "<h2>Causes</h2><ul><li>Salt</li></ul>"}).json()
    assert "Causes" in answer["markdown"]
    assert "Salt" in answer["markdown"]
    assert "<" not in answer["markdown"]


@pytest.mark.parametrize(
    "fields", [{}, {"html": ""}, {"html": "a" * 500_001}, {"html": "\x00"}], ids=["none", "empty", "long", "nul"]
)
def test_what_can_not_be_pasted_gets_a_sentence(editor_client, fields):
    response = editor_client.post(PASTE, fields)
    assert response.status_code == 400
    assert response.content.decode().endswith(".")


def test_only_editors_paste(client):
    assert client.post(PASTE, {"html": "<p>a</p>"}).status_code == 403
    client.force_login(make_role("Reviewer"))
    assert client.post(PASTE, {"html": "<p>a</p>"}).status_code == 403
    client.force_login(make_role("Author"))
    assert client.post(PASTE, {"html": "<p>a</p>"}).status_code == 200
    assert client.get(PASTE).status_code == 405


def test_a_kept_file_is_the_one_that_was_sent(editor_client):
    assert base64.urlsafe_b64decode(hidden(sent(editor_client))["kept"]) == FIRST
