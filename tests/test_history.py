"""The history of an article: what was done, what differs between any two versions, and the way back."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import publishing
from articles.admin.history import PER_PAGE
from articles.models import Article, Revision, State
from articles.workflow import state_of
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_contributor, make_role
from tests.html_reader import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    """An article with three versions: A and B; then C, too, and B's text changed; then C first, and no A."""
    article = make_article(sections=[("A", "Text of A."), ("B", "Text of B.")])
    article.sections.filter(heading="B").update(body="Other text of B.")
    article.sections.create(heading="C", body="Text of C.", position=3)
    article.sources.create(title="Old source", year=2020, position=1)
    publishing.record(article, by=None, note="C, too")
    article.sections.filter(heading="A").delete()
    article.sections.filter(heading="C").update(position=1)
    article.sources.update(title="New source")
    article.title = "Tired feet"
    article.save()
    publishing.record(article, by=make_role("Author", "Bob"))
    return article


def history_path(article, query=""):
    return f"/admin/articles/article/{article.pk}/history/{query}"


def compare_path(article, old, new):
    return f"/admin/articles/article/{article.pk}/compare/?old={old}&new={new}"


def restore_path(article, number):
    return f"/admin/articles/article/{article.pk}/restore/{number}/"


def page(client, path):
    return client.get(path).content.decode()


def rows(html):
    """Return the words of each row of the history."""
    table = html.partition('<table class="events">')[2]
    return [words(row) for row in re.findall(r"<tr>\n(.*?)</tr>", table, re.DOTALL)]


def chosen(html):
    """Return which versions are chosen: (old or new, number)."""
    return re.findall(
        r'<input type="(?:radio|hidden)" name="(old|new)" value="(\d+)"(?: checked|>$)', html, re.MULTILINE
    )


def test_the_history_says_who_did_what_when_and_why(editor_client, editor, article):
    data = form_of(article, {0: {"body": "New."}}, save_note="Why <I> did it")
    editor_client.post(change_path(article), data)
    publishing.publish(article, by=editor, note="Now better")
    html = page(editor_client, history_path(article))
    published, saved, *_ = rows(html)
    assert all(text in published for text in ("Publish", "Edith", "Now better"))
    assert all(text in saved for text in ("Save", "Edith", "Why <I> did it"))
    assert "Why &lt;I&gt; did it" in html
    assert len(rows(html)) == 6


def test_each_version_can_be_chosen_once(editor_client, article):
    publishing.publish(article, by=None)
    html = page(editor_client, history_path(article))
    assert re.findall(r'name="old" value="(\d+)"', html) == ["3", "2", "1"]
    assert re.findall(r'name="new" value="(\d+)"', html) == ["3", "2", "1"]
    assert chosen(html) == [("new", "3")]


def queries(client, path):
    """Return how many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_a_long_history_has_pages_and_asks_no_more(editor_client, article):
    before = queries(editor_client, history_path(article))
    for number in range(PER_PAGE):
        article.sections.update(body=f"Text {number}")
        publishing.record(article, by=make_role("Author", f"Author {number}"))
    assert queries(editor_client, history_path(article)) == before
    assert len(rows(page(editor_client, history_path(article)))) == PER_PAGE
    assert len(rows(page(editor_client, history_path(article, "?p=2")))) == 4
    for nonsense in ("?p=999", "?p=-1", "?p=x", "?p=%00"):
        assert editor_client.get(history_path(article, nonsense)).status_code == 200


def test_a_version_that_was_chosen_on_another_page_stays_chosen(editor_client, article):
    for number in range(PER_PAGE):
        article.sections.update(body=f"Text {number}")
        publishing.record(article, by=None)
    html = page(editor_client, history_path(article, "?new=50&old=3&p=2"))
    assert chosen(html) == [("new", "50"), ("old", "3")]
    assert "Chosen on another page: version 50 as the new one." in words(html)
    assert editor_client.get(compare_path(article, 3, 50)).status_code == 200


@pytest.mark.parametrize("query", ["?old=x&new=-1", "?old=%00", "?new=99999999999999999999", "?new=²", "?old="])
def test_nonsense_choices_choose_nothing(editor_client, article, query):
    assert chosen(page(editor_client, history_path(article, query))) == [("new", "3")]


def test_an_article_without_a_version_has_an_empty_history(editor_client):
    assert "Nothing yet." in page(editor_client, history_path(make_article(published=False)))


# Comparing


def test_what_differs_is_marked_section_by_section(editor_client, article):
    html = page(editor_client, compare_path(article, 1, 2))
    assert "<del>Text</del><ins>Other text</ins> of B." in html
    assert re.search(r'<section class="part added">\s*<h2><ins>C</ins>', html)
    assert re.search(r'<section class="part same">\s*<h2>A', html)
    assert "<ins>Old source</ins>" in html


def test_moved_and_removed_parts_and_changed_fields_are_shown(editor_client, article):
    html = page(editor_client, compare_path(article, 2, 3))
    assert re.search(r'<section class="part removed">\s*<h2><del>A</del>', html)
    assert re.search(r'<h2>[BC]\s*<span class="tag">moved</span>', html)
    assert "<del>Old</del><ins>New</ins> source" in html
    assert "<del>Sore</del><ins>Tired</ins> feet" in html


def test_any_two_can_be_compared_in_either_order(editor_client, article):
    text = [words(page(editor_client, compare_path(article, *pair))) for pair in ((1, 3), (3, 1))]
    assert text[0] == text[1]
    assert "Old: version 1, saved by the site itself" in text[0]
    assert "New: version 3, saved by Bob" in text[0]


def test_a_version_is_the_same_as_itself(editor_client, article):
    html = page(editor_client, compare_path(article, 2, 2))
    assert "Both say the same." in html
    assert "<ins>" not in html


def test_hostile_words_are_compared_as_words(editor_client, article):
    hostile = "<script>alert(1)</script>"
    article.title = hostile
    article.save()
    article.authors.add(make_contributor(hostile))
    article.sections.update(heading=hostile, body=hostile)
    article.sources.update(title=hostile, url="javascript:alert(1)")
    publishing.record(article, by=None, note=hostile)
    for path in (compare_path(article, 3, 4), compare_path(article, 4, 4), history_path(article)):
        html = page(editor_client, path)
        assert "<script>alert" not in html
        assert 'href="javascript' not in html
        assert "&lt;" in html


@pytest.mark.parametrize(
    "query", ["", "?old=1", "?old=x&new=1", "?old=1&new=%00", f"?old=1&new={'9' * 30}", "?new=²&old=1"]
)
def test_without_two_versions_it_asks_for_them(editor_client, article, query):
    response = editor_client.get(f"/admin/articles/article/{article.pk}/compare/{query}", follow=True)
    assert response.redirect_chain == [(history_path(article), 302)]
    assert "Choose two versions to compare." in response.content.decode()


@pytest.mark.parametrize("number", [0, 4, 999_999_999])
def test_a_version_that_is_none_is_not_found(editor_client, article, number):
    assert editor_client.get(compare_path(article, 1, number)).status_code == 404
    assert editor_client.post(restore_path(article, number)).status_code == 404


def test_versions_of_other_articles_are_not_found(editor_client, article):
    other = make_article("Cold hands")
    assert editor_client.get(compare_path(other, 1, 2)).status_code == 404
    assert editor_client.post(restore_path(other, 2)).status_code == 404
    assert "Text of A." not in page(editor_client, compare_path(other, 1, 1))


# Restoring


def test_restoring_makes_a_new_draft_and_loses_nothing(editor_client, article):
    publishing.publish(article, by=None)
    article.sections.update(body="Not recorded yet.")
    texts = [revision.text() for revision in article.revisions.all()]
    response = editor_client.post(restore_path(article, 1), follow=True)
    assert "The working copy now says what version 1 said. It is version 5, a draft." in response.content.decode()
    after = list(article.revisions.all())
    assert [revision.text() for revision in after[:3]] == texts
    assert after[3].sections[0]["body"] == "Not recorded yet."
    assert after[4].text() == texts[0]
    assert state_of(after[4]) == State.DRAFT
    assert Revision.objects.published().get().number == 3
    article.refresh_from_db()
    assert (article.title, [section.key for section in article.sections.all()]) == ("Sore feet", ["a", "b"])
    assert not article.sources.exists()


def test_restoring_what_the_working_copy_says_makes_no_version(editor_client, article):
    response = editor_client.post(restore_path(article, 3), follow=True)
    assert "The working copy said the same as version 3 already." in response.content.decode()
    assert article.revisions.count() == 3
    assert restore_path(article, 3) not in page(editor_client, history_path(article))
    assert restore_path(article, 3) not in page(editor_client, compare_path(article, 3, 3))


def test_looking_at_the_address_of_a_restoration_restores_nothing(editor_client, article):
    response = editor_client.get(restore_path(article, 1))
    assert response["Location"] == history_path(article)
    assert article.revisions.count() == 3


def test_who_may_not_write_sees_the_history_but_restores_nothing(article):
    client = Client()
    client.force_login(make_role("Reviewer"))
    for path in (history_path(article), compare_path(article, 1, 2)):
        assert restore_path(article, 1) not in page(client, path)
    assert client.post(restore_path(article, 1)).status_code == 403
    assert article.revisions.count() == 3


def test_a_deleted_article_is_looked_at_but_not_restored_in_parts(editor_client, article):
    Article.objects.update(deleted_at="2026-01-01T00:00Z")
    assert restore_path(article, 1) not in page(editor_client, history_path(article))
    assert editor_client.post(restore_path(article, 1)).status_code == 403


@pytest.mark.parametrize("user", [None, "Nobody"])
def test_others_see_no_history(article, user):
    client = Client()
    if user:
        client.force_login(make_role("None", user))
    for path in (history_path(article), compare_path(article, 1, 2)):
        response = client.get(path)
        assert response.status_code in (302, 403)
        assert b"Text of A." not in response.content
