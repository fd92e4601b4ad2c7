"""The same move for several articles of the list."""

import pytest
from django.urls import reverse

from articles import publishing, workflow
from articles.models import Article, Topic
from tests.factories import make_article, make_role

pytestmark = pytest.mark.django_db

LIST = reverse("admin:articles_article_changelist")


def choose(client, name, *articles, **more):
    return client.post(LIST, {"action": name, "index": 0, "_selected_action": [a.pk for a in articles]} | more)


def confirm(client, name, *articles, **more):
    versions = {f"version-{article.pk}": publishing.newest(article).number for article in articles}
    return choose(client, name, *articles, confirmed="1", **versions | more)


def draft(title):
    article = make_article(title, published=False)
    publishing.record(article, by=None)
    return article


def states(*articles):
    return [str(workflow.state_of(publishing.newest(article))) for article in articles]


def test_what_would_become_of_each_is_shown_first(editor_client):
    out, waiting = make_article("Out"), draft("Waiting")
    html = choose(editor_client, "publish", out, waiting).content.decode()
    assert "Stays as it is." in html
    assert "“Publish” is not possible now. Version 1 is: Published." in html
    assert f'name="_selected_action" value="{waiting.pk}"' in html
    assert f'name="_selected_action" value="{out.pk}"' not in html
    assert states(waiting) == ["draft"]


def test_drafts_are_published_together_with_one_note(editor_client):
    first, second = draft("First"), draft("Second")
    answer = confirm(editor_client, "publish", first, second, note="New")
    assert answer.status_code == 302
    assert states(first, second) == ["published", "published"]
    assert {publishing.newest(article).public_note for article in (first, second)} == {"New"}


def test_one_that_can_not_leaves_the_others_alone(editor_client):
    good, empty = draft("Good"), draft("Empty")
    empty.sections.update(body="")
    publishing.record(empty, by=None)
    answer = editor_client.get(confirm(editor_client, "publish", good, empty).url)
    assert states(good, empty) == ["published", "draft"]
    assert "“Empty” stays as it was." in answer.content.decode()


def test_a_text_that_changed_since_it_was_looked_at_stays(editor_client):
    article = draft("Changing")
    versions = {f"version-{article.pk}": publishing.newest(article).number}
    article.sections.update(body="Other words.")
    publishing.record(article, by=None)
    choose(editor_client, "publish", article, confirmed="1", **versions)
    assert states(article) == ["draft"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "1\0"])
def test_a_version_that_there_is_none_of_changes_nothing(editor_client, version):
    article = draft("Odd")
    answer = choose(editor_client, "publish", article, confirmed="1", **{f"version-{article.pk}": version})
    assert answer.status_code == 302
    assert states(article) == ["draft"]


def test_what_needs_a_decision_is_left_for_its_own_page(editor_client):
    article = make_article("Gone")
    publishing.withdraw(article, by=None)
    article.sections.update(body="Other words.")
    publishing.record(article, by=None)
    html = choose(editor_client, "publish", article).content.decode()
    assert "It needs a decision of yours." in html


def test_withdrawing_says_why_and_putting_back_undoes_it(editor_client):
    article = make_article("Here")
    confirm(editor_client, "withdraw", article, reason="It was wrong.")
    article.refresh_from_db()
    assert article.withdrawal_reason == "It was wrong."
    confirm(editor_client, "put_back", article)
    article.refresh_from_db()
    assert article.withdrawn_at is None


def test_articles_go_under_a_topic_of_their_language_only(editor_client):
    topic, other = (
        Topic.objects.create(name="Feet", slug="feet"),
        Topic.objects.create(name="x", slug="x", language="ar"),
    )
    article = make_article("Moved")
    confirm(editor_client, "topic", article, topic=other.pk)
    assert Article.objects.get(pk=article.pk).topic is None
    confirm(editor_client, "topic", article, topic=topic.pk)
    assert Article.objects.get(pk=article.pk).topic == topic
    assert article.events.filter(action="address").count() == 1


def test_a_missing_topic_is_asked_for(editor_client):
    answer = confirm(editor_client, "topic", make_article("Asked"), topic="")
    assert answer.status_code == 400
    assert "This field is required." in answer.content.decode()


def test_more_than_a_hundred_are_too_many(editor_client):
    articles = Article.objects.bulk_create(Article(title=str(n), slug=str(n), summary="x") for n in range(101))
    answer = choose(editor_client, "delete", *articles)
    assert "at most 100" in editor_client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("Author", {"submit", "take_back", "topic"}),
        (
            "Editor",
            {*workflow.ROLES["Editor"]}
            and {"submit", "take_back", "publish", "withdraw", "put_back", "delete", "undelete", "topic"},
        ),
        ("Reviewer", set()),
    ],
)
def test_each_role_is_offered_what_it_may(client, role, offered):
    client.force_login(make_role(role))
    make_article("Offered")
    html = client.get(LIST).content.decode()
    names = {"submit", "take_back", "publish", "withdraw", "put_back", "delete", "undelete", "topic"}
    assert {name for name in names if f'<option value="{name}"' in html} == offered


def test_an_author_can_not_publish_by_a_made_up_action(client):
    client.force_login(make_role("Author"))
    article = draft("Sly")
    assert confirm(client, "publish", article).status_code in (302, 200)
    assert states(article) == ["draft"]


def test_an_author_can_not_move_what_readers_know_to_another_topic(client):
    client.force_login(make_role("Author"))
    topic = Topic.objects.create(name="Feet", slug="feet")
    article = make_article("Known")
    confirm(client, "topic", article, topic=topic.pk)
    assert Article.objects.get(pk=article.pk).topic is None
