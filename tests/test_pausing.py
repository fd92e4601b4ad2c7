"""While the site moves, nothing is written, everybody is told so, and nothing typed is lost; reading goes on."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from articles import chores, pausing, reviewing
from articles.models import Article, Chore, Rendering, Review, Topic, Vote
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_contributor
from tests.running import run

HERE = {"Sec-Fetch-Site": "same-origin"}
SAVED_NOTHING = "The site is being moved or restored, so nothing was saved. Your text is still here"


@pytest.fixture
def article(db):
    return make_article()


@pytest.fixture
def paused():
    with pausing.paused():
        yield


def test_no_page_is_kept_meanwhile_for_that_would_wait(client, article):
    with pausing.paused():
        assert client.get(article.get_absolute_url()).status_code == 200
    assert not Rendering.objects.exists()
    client.get(article.get_absolute_url())
    assert Rendering.objects.exists()


def rate(client, article, value="4", headers=HERE):
    return client.post(f"/rate/{article.pk}/", {"value": value}, headers=headers)


def test_readers_go_on_reading(client, article, paused):
    assert client.get(article.get_absolute_url()).status_code == 200
    assert client.get(f"/rate/{article.pk}/").status_code == 200


@pytest.mark.parametrize("headers", [HERE, {}], ids=["with JavaScript", "an old browser"])
def test_a_vote_is_not_kept_and_its_sender_told(client, article, paused, headers):
    response = rate(client, article, headers=headers)
    assert response.status_code == 503
    html = response.content.decode()
    assert 'role="alert"' in html
    assert "The site is being moved or restored, so nothing was kept. Please send it again in a few minutes." in html
    assert 'name="value" value="4" checked' in html
    assert not response.cookies
    assert not Vote.objects.exists()


def test_a_vote_during_the_pause_is_answered_in_the_articles_language(client, paused, db):
    response = rate(client, make_article(language="ar"))
    assert response.status_code == 503
    assert '<html lang="ar" dir="rtl">' in response.content.decode()


def test_after_the_pause_a_vote_is_kept(client, article):
    with pausing.paused():
        rate(client, article)
    assert rate(client, article).status_code == 303
    assert Vote.objects.get().value == 4


def test_an_editors_form_comes_back_filled_and_is_saved_by_nobody(editor_client, article, paused):
    fields = form_of(article, {0: {"body": "Precious words."}}, title="Tired feet")
    response = editor_client.post(change_path(article), fields)
    html = response.content.decode()
    assert response.status_code == 503
    assert SAVED_NOTHING in html
    assert "Precious words.</textarea>" in html
    assert 'value="Tired feet"' in html
    assert Article.objects.get().title == "Sore feet"
    assert Article.objects.get().sections.get().body == "Rest your feet."


def test_a_form_that_came_back_can_be_saved_after_the_pause(editor_client, db):
    typed = {"name": "Feet", "slug": "feet", "description": "All", "language": "en-gb"}
    with pausing.paused():
        assert editor_client.post("/admin/articles/topic/add/", typed).status_code == 503
        assert not Topic.objects.exists()
    assert editor_client.post("/admin/articles/topic/add/", typed).status_code == 302
    assert Topic.objects.get().description == "All"


def test_what_can_not_come_back_is_answered_by_a_page(editor_client, article, paused):
    for path in ("logout/", f"articles/article/{article.pk}/delete/", "articles/outsidelink/check/"):
        response = editor_client.post(f"/admin/{path}")
        assert (response.status_code, response["Retry-After"]) == (503, "120")
        assert "Go back in your browser: what you typed is still in the form." in response.content.decode()


def test_nobody_signs_in_meanwhile(client, editor, paused):
    response = client.post("/admin/login/", {"username": editor.username, "password": "a-long-enough-one"})
    assert response.status_code == 503
    assert "sessionid" not in response.cookies
    signed_out = client.post("/admin/articles/topic/add/", {"name": "Feet"})
    assert signed_out.status_code == 503
    assert "Nothing was saved" in signed_out.content.decode()


def test_writing_goes_on_in_the_form_with_its_preview(editor_client, article, paused):
    preview = editor_client.post(reverse("markdownx_markdownify"), {"content": "*so*"})
    assert preview.content.decode() == "<p><em>so</em></p>\n"
    checks = editor_client.post(f"/admin/articles/article/{article.pk}/checks/", form_of(article))
    assert checks.status_code == 200
    page = editor_client.post(f"/admin/articles/article/{article.pk}/preview/", form_of(article, title="Tired"))
    assert "Tired" in page.content.decode()


def test_a_reviewers_answer_comes_back_filled(client, article):
    link = reviewing.make_link(article.revisions.get(), by=None, days=1, contributor=make_contributor())
    path = reviewing.address_of(link).partition("/review/")[2]
    with pausing.paused():
        response = client.post(f"/review/{path}", {"decision": "correct", "message": "Mind the heel."})
    assert response.status_code == 503
    html = response.content.decode()
    assert SAVED_NOTHING in html
    assert "Mind the heel." in html
    assert not Review.objects.exists()


def test_chores_wait(db):
    with pausing.paused():
        assert chores.run() == ([], [])
        assert not Chore.objects.exists()
    assert chores.run(["windows"]) == (["windows"], [])


def test_commands_that_write_refuse_and_those_that_read_do_not(tmp_path):
    with pausing.paused():
        for command in (["import_articles", "x"], ["changepassword", "x"]):
            result = run(*command, DATA_DIR=tmp_path)
            assert (result.returncode, result.stderr) == (1, f"{pausing.COMMAND}\n")
        assert run("check", DATA_DIR=tmp_path).returncode == 0


def test_a_move_waits_for_what_is_being_written():
    with pausing.writing() as may_write:
        assert may_write
        with pytest.raises(pausing.Busy, match="Something is being written"), pausing.paused(patience=0.1):
            pass
    with pausing.paused(patience=0.1), pausing.writing() as may_write:
        assert not may_write


def test_two_moves_at_once_are_one_too_many(paused):
    with pytest.raises(pausing.Busy, match="Another move"), pausing.paused():
        pass


def test_an_error_ends_the_pause():
    with pytest.raises(BlockingIOError), pausing.paused():  # the very one that a lock in use gives
        raise BlockingIOError
    assert not pausing.is_paused()


def test_the_database_that_was_left_stays_paused_until_the_site_uses_another(client, article, settings, monkeypatch):
    pausing.leave()
    assert rate(client, article).status_code == 503
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "another")
    assert rate(client, article).status_code == 303


def test_who_stays_after_all_writes_on(client, article):
    pausing.leave()
    call_command("move_database", stay=True)
    assert rate(client, article).status_code == 303
