"""What an article's form says before anybody saves it."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from articles import unsaved
from articles.models import Article, Picture, Revision
from tests.factories import make_article, make_contributor, make_role

pytestmark = pytest.mark.django_db


def preview(article):
    return reverse("admin:articles_article_preview", args=[article.pk])


def posted(**fields):
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def test_an_empty_form_says_what_is_saved():
    article = make_article(sections=["One.", "Two."])
    assert unsaved.revision_of(article, posted()).same_text(Revision.of(article))


def test_a_form_says_more_than_is_saved():
    article = make_article(sections=["One."])
    section = article.sections.get()
    picture = Picture.objects.create(title="Foot", drawing="toes-to-shin", alt="A foot.")
    author = make_contributor()
    data = posted(
        title="New title",
        authors=[str(author.pk)],
        sections__0__row_key=section.key,
        sections__0__body="Other words.",
        sections__1__heading="Stretch",
        sections__1__kind="exercise",
        sections__1__steps="Lift.",
        sections__1__hold="5",
        sections__1__picture=str(picture.pk),
        sources__0__title="A book",
        sources__0__year="2020",
    )
    revision = unsaved.revision_of(article, data)
    assert revision.title == "New title"
    assert [author["name"] for author in revision.authors] == [author.name]
    assert revision.sections[0]["body"] == "Other words."
    assert revision.sections[1]["key"] == "stretch"
    assert (revision.sections[1]["hold"], revision.sections[1]["pictures"]) == (5, [picture.as_text()])
    assert [(row["key"], row["year"]) for row in revision.sources] == [("a-book", 2020)]
    assert Article.objects.get().title == "Sore feet"


@pytest.mark.parametrize("text", ["x", "-1", "9" * 400, "1.5", "\0", "٣"])
def test_what_can_not_be_read_is_as_if_it_were_not_there(text, editor_client):
    article = make_article()
    names = ("hold", "picture", "position", "kind")
    fields = {f"sections-0-{name}": text for name in names} | {"sections-0-heading": "New", "sources-0-year": text}
    fields |= {"sources-0-title": "A", "sources-0-read_on": text, "review_due": text, "based_on": text, "authors": text}
    assert editor_client.post(preview(article), fields).status_code == 200


def test_the_preview_of_a_form_shows_what_is_not_saved(editor_client):
    article = make_article()
    answer = editor_client.post(preview(article), {"title": "Not saved"})
    assert "<h1>Not saved</h1>" in answer.content.decode()
    assert "<h1>Sore feet</h1>" in editor_client.get(preview(article)).content.decode()
    assert article.revisions.count() == 1


def test_a_text_that_is_too_long_gets_a_sentence(editor_client):
    article = make_article()
    key = article.sections.get().key
    answer = editor_client.post(preview(article), {"sections-0-row_key": key, "sections-0-body": "a" * 50_001})
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "Divide it" in answer.content.decode()


def test_who_may_not_see_articles_sees_no_preview(client):
    article = make_article(published=False)
    assert client.post(preview(article)).status_code == 302
    client.force_login(make_role("Nobody"))
    assert client.post(preview(article)).status_code == 403
