"""From working copy to revision: what freezes, what readers see when, and what must not go out."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, FormerSlug, Revision, Section, Vote
from articles.publishing import publish
from articles.workflow import Refused
from tests.factories import make_article

PICTURE = "/media/images/0123456789abcdef0123456789abcdef-10x20.webp"

pytestmark = pytest.mark.django_db


def published(at=None):
    return [(revision.title, revision.number) for revision in Revision.objects.published(at).order_by("title")]


def test_a_draft_is_not_published():
    make_article(published=False)
    assert published() == []


def test_publishing_freezes_the_whole_text(editor):
    article = make_article(sections=[("Rest", "Sit *down*."), ("Walk", "Get up.")], published=False)
    revision = publish(article, by=editor, note="First")
    assert (revision.number, revision.title, revision.created_by, revision.public_note) == (
        1,
        "Sore feet",
        editor,
        "First",
    )
    assert [(section["key"], section["body"]) for section in revision.sections] == [
        ("rest", "Sit *down*."),
        ("walk", "Get up."),
    ]


def test_an_edit_is_not_seen_before_it_is_published():
    article = make_article()
    article.title = "Sorer feet"
    article.save()
    article.sections.update(body="Other advice.")
    live = Revision.objects.published().get()
    assert (live.title, live.sections[0]["body"]) == ("Sore feet", "Rest your feet.")


def test_readers_see_the_newest_revision_whose_time_has_come():
    article = make_article()
    article.sections.update(body="Newer advice.")
    newer = publish(article, by=None)
    later = timezone.now() + timedelta(hours=1)
    newer.published_at = later
    newer.save(update_fields=["published_at"])
    assert published() == [("Sore feet", 1)]
    assert published(later) == [("Sore feet", 2)]
    assert published(timezone.now() - timedelta(days=1)) == []


def test_each_article_has_one_published_revision():
    for title in ("Sore feet", "Cold hands"):
        article = make_article(title)
        article.sections.update(body="More.")
        publish(article, by=None)
    assert published() == [("Cold hands", 2), ("Sore feet", 2)]


def test_a_revision_never_changes():
    revision = make_article().revisions.get()
    revision.title = "Other"
    with pytest.raises(ValueError, match="never changes"):
        revision.save()
    with pytest.raises(ValueError, match="never changes"):
        revision.save(update_fields=["title", "published_at"])
    assert Revision.objects.get().title == "Sore feet"


def test_an_unchanged_article_is_not_published_again():
    with pytest.raises(Refused, match="Nothing has changed"):
        publish(make_article(), by=None)


@pytest.mark.parametrize("sections", [(), ("",), ("  \n",), ("Text.", "")])
def test_an_article_or_a_section_without_text_is_not_published(sections):
    with pytest.raises(Refused, match="no text"):
        make_article(sections=sections)


@pytest.mark.parametrize("alt", ["", " ", "describe this picture", "Describe this picture "])
def test_a_picture_without_a_description_is_not_published(alt):
    with pytest.raises(Refused, match=r"Section “Part 1”: The picture .* has no description"):
        make_article(sections=[f"![{alt}]({PICTURE})"])
    assert published() == []


@pytest.mark.parametrize("alt", ["A foot on a stool", "decorative", "Decorative"])
def test_a_picture_with_a_description_or_marked_decorative_is_published(alt):
    make_article(sections=[f"![{alt}]({PICTURE})"])
    assert published() == [("Sore feet", 1)]


def test_all_reasons_are_told_at_once():
    texts = [f"![]({PICTURE})", "[a](javascript:alert(1)) and ![b](https://elsewhere.example/b.png)"]
    with pytest.raises(Refused) as error:
        make_article(sections=texts)
    assert len(error.value.reasons) == 3


def test_a_sections_key_stays_when_its_heading_changes():
    section = make_article().sections.get()
    section.heading = "Another heading"
    section.save()
    assert section.key == "part-1"


@pytest.mark.parametrize("heading", ["Rest", "Rest!", "  rest  "])
def test_keys_are_unique_within_an_article(heading):
    article = make_article(sections=[("Rest", "a"), (heading, "b"), (heading, "c")])
    assert [section.key for section in article.sections.all()] == ["rest", "rest-2", "rest-3"]


def test_a_heading_without_latin_letters_has_a_key_too():
    article = make_article(sections=[("تشنج", "a"), ("???", "b")])
    assert [section.key for section in article.sections.all()] == ["section", "section-2"]


def test_a_long_heading_has_a_key_that_fits():
    article = make_article(sections=[("h" * 120, "a"), ("h" * 120, "b")])
    assert [len(section.key) for section in article.sections.all()] == [70, 72]


def test_a_key_never_has_two_dashes_in_a_row():
    heading = "h" * 69 + " and more"
    article = make_article(sections=[(heading, "a"), (heading, "b"), ("a -- b", "c")])
    assert not any("--" in section.key for section in article.sections.all())


def test_a_published_article_can_not_be_deleted_with_its_record():
    article = make_article()
    with pytest.raises(Exception, match="protected"):
        article.delete()


def test_the_database_refuses_a_second_vote_and_a_value_out_of_range():
    revision = make_article().revisions.get()
    fields = {"article": revision.article, "revision": revision, "voter": "v"}
    Vote.objects.create(**fields, value=1)
    for wrong in (fields | {"value": 2}, fields | {"voter": "w", "value": 6}, fields | {"voter": "w", "value": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vote.objects.create(**wrong)


def test_a_changed_address_leads_on_for_ever(client):
    article = make_article()
    for slug in ("tired-feet", "feet"):
        article.slug = slug
        article.save()
    for slug in ("sore-feet", "tired-feet"):
        response = client.get(f"/articles/{slug}/")
        assert (response.status_code, response["Location"]) == (301, "/articles/feet/")
        assert "max-age=0" in response["Cache-Control"]  # else a browser that kept it could go in circles


def test_an_address_taken_back_does_not_lead_in_circles(client):
    article = make_article()
    for slug in ("feet", "sore-feet"):
        article.slug = slug
        article.save()
    assert client.get("/articles/sore-feet/").status_code == 200
    assert client.get("/articles/feet/")["Location"] == "/articles/sore-feet/"


def test_a_drafts_old_address_is_not_kept_and_leaks_nothing(client):
    article = make_article(published=False)
    article.slug = "other"
    article.save()
    assert not FormerSlug.objects.exists()
    assert client.get("/articles/sore-feet/").status_code == 404


def test_an_address_that_leads_elsewhere_can_not_be_taken():
    article = make_article()
    article.slug = "feet"
    article.save()
    with pytest.raises(Exception, match="used to have it"):
        Article(title="New", slug="sore-feet", summary="x").full_clean()


def test_the_first_article_is_loaded_once_and_complete(client):
    from django.core.management import call_command

    call_command("load_first_article")
    call_command("load_first_article")
    revision = Revision.objects.get()
    assert revision.title == "Muscle leg cramps"
    assert revision.sections[0]["kind"] == Section.Kind.ACT_NOW
    assert client.get("/articles/muscle-leg-cramps/").status_code == 200


def test_the_first_article_is_not_loaded_where_an_editor_has_begun():
    from django.core.management import call_command

    make_article(published=False)
    call_command("load_first_article")
    assert Article.objects.count() == 1
