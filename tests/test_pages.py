"""The article's page as it is kept: few queries, and never an old text."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from articles import pages, publishing, rating, views
from articles.admin import statement
from articles.models import Rendering, Term, Topic
from tests.factories import make_article, make_contributor
from tests.test_trust import sign

pytestmark = pytest.mark.django_db
ADDRESS = "/articles/sore-feet/"


@pytest.fixture
def made(monkeypatch):
    """The titles of the pages that were made anew."""
    titles, new_page = [], views.new_page

    def counting(request, revision, now):
        titles.append(revision.title)
        return new_page(request, revision, now)

    monkeypatch.setattr(views, "new_page", counting)
    return titles


def page(client):
    response = client.get(ADDRESS)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_page_that_was_made_takes_two_queries(client, made, django_assert_num_queries):
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    first = client.get(ADDRESS)
    with django_assert_num_queries(2):
        assert client.get(ADDRESS).content == first.content
    assert made == ["Sore feet"]


def test_each_change_shows_at_the_next_request(client, made, editor_client):
    article = make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    assert "The last of it" not in page(client)

    article.sections.update(body="The last of it: rest.")
    publishing.publish(article, by=None)
    assert "The last of it" in page(client)

    editor_client.post("/admin/articles/term/add/", {"language": "en-gb", "term": "rest", "meaning": "Lying down."})
    assert Term.objects.exists()
    assert "Lying down." in page(client)

    topic = {"name": "Toes", "slug": "feet", "description": "", "language": "en-gb"}
    editor_client.post(f"/admin/articles/topic/{article.topic_id}/change/", topic)
    make_article("Cold hands", topic=article.topic)
    assert "Cold hands" in page(client)

    publishing.warn(article, text="This is wrong.", by=None)
    assert "This is wrong." in page(client)
    sign(article.revisions.last())
    assert "Dr Rosa Test" in page(client)
    assert made == ["Sore feet"] * 6


def test_a_new_statement_shows_at_the_next_request(client):
    make_article()
    page(client)
    statement.keep({"safety": "Call a friend.", "about": "Us."}, by=None)
    assert "Call a friend." in page(client)


def test_what_the_clock_changes_shows_in_time(client, monkeypatch, made):
    publishing.review(
        make_article().revisions.get(), contributor=make_contributor(), correct_until=timezone.localdate()
    )
    assert "is overdue" not in page(client)
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert "is overdue" in page(client)
    assert len(made) == 2


def test_what_is_gone_is_not_shown_from_what_is_kept(client):
    article = make_article()
    page(client)
    publishing.withdraw(article, by=None)
    assert client.get(ADDRESS).status_code == 410
    assert Rendering.objects.exists()


def test_votes_make_no_page_anew_and_are_shown(client, made):
    article = make_article()
    assert "Rated" not in page(client)
    for number in range(rating.SHOW_AVERAGE_FROM):
        rating.cast(article.pk, article.revisions.get().pk, 4, token="", address=f"192.0.2.{number}", browser="x")
    assert "Rated 4.0 out of 5 by 10 readers." in page(client)
    assert made == ["Sore feet"]


def test_words_like_the_place_for_votes_stay_words(client):
    make_article(sections=[f"Before {pages.AVERAGE} after.", "Last."])
    shown = page(client)
    assert "Before &lt;!-- average --&gt; after." in shown
    assert pages.AVERAGE not in shown


@pytest.mark.parametrize("name", ["SITE_NAME", "SITE_URL"])
def test_other_settings_make_another_page(client, settings, made, name):
    make_article()
    page(client)
    setattr(settings, name, "https://other.example")
    assert "https://other.example" in page(client)


def test_another_release_makes_another_page(client, monkeypatch, made):
    make_article()
    page(client)
    monkeypatch.setattr(pages, "release", lambda: "the next one")
    page(client)
    assert len(made) == 2


def test_a_page_that_can_not_be_kept_is_shown(client, monkeypatch, settings, tmp_path):
    def refuse(*_, **__):
        raise DatabaseError("attempt to write a readonly database")

    make_article()
    monkeypatch.setattr(Rendering.objects, "bulk_create", refuse)
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"  # no folder for locks can be made in it
    assert "Sore feet" in page(client)
    assert not Rendering.objects.exists()


def test_another_address_makes_another_page(client):
    article = make_article()
    page(client)
    article.slug = "aching-feet"
    article.save()
    assert "/articles/sore-feet" not in client.get("/articles/aching-feet/").content.decode()
