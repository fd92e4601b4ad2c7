"""The page for links: an editor makes, copies and takes back addresses for people without an account."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles import publishing, reviewing
from articles.models import Contributor, Link, State
from tests.desk_forms import change_path
from tests.factories import make_article, make_contributor, make_role
from tests.html_reader import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    article = make_article(published=False)
    publishing.record(article, by=None)
    return article


@pytest.fixture
def rosa():
    return make_contributor("Rosa")


def links_path(article):
    return f"/admin/articles/article/{article.pk}/links/"


def make(client, article, **fields):
    """Fill in the form for a link and send it."""
    data = {"contributor": "", "version": publishing.newest(article).number, "days": "14"} | fields
    return client.post(links_path(article), data, follow=True)


def revoke(client, link):
    return client.post(f"{links_path(link.revision.article)}{link.pk}/revoke/", follow=True)


def addresses(response):
    return re.findall(r'class="address" type="text" readonly value="([^"]*)"', response.content.decode())


def test_an_editor_makes_a_link_for_a_reviewer(editor_client, editor, article, rosa):
    response = make(editor_client, article, contributor=rosa.pk)
    assert "The link is made. Copy it below, and send it." in response.content.decode()
    link = Link.objects.get()
    assert (link.contributor, link.revision.number, link.created_by) == (rosa, 1, editor)
    assert timezone.now() + timedelta(days=13) < link.expires_at < timezone.now() + timedelta(days=15)
    assert link.revision.state == State.IN_REVIEW
    assert "For Rosa to review version 1" in words(response.content.decode())


def test_its_address_is_whole_and_opens_the_review(editor_client, client, settings, article, rosa):
    settings.SITE_URL = "https://www.example.org"
    (address,) = addresses(make(editor_client, article, contributor=rosa.pk))
    assert address.startswith("https://www.example.org/review/")
    assert client.get(address.removeprefix("https://www.example.org")).status_code == 200


def test_an_editor_makes_a_link_to_read(editor_client, client, article):
    response = make(editor_client, article)
    (address,) = addresses(response)
    assert "/preview/" in address
    assert "To read version 1" in words(response.content.decode())
    assert "Rest your feet." in client.get(address.partition("8000")[2]).content.decode()
    assert publishing.newest(article).state == State.DRAFT


@pytest.mark.parametrize("days", ["0", "91", "-1", "", "two", "1.5", "9" * 400, "\0", "²"])
def test_days_that_can_not_be_are_told_so(editor_client, article, rosa, days):
    response = make(editor_client, article, contributor=rosa.pk, days=days)
    assert response.status_code == 400
    html = response.content.decode()
    assert 'href="#id_days"' in html
    assert f'<option value="{rosa.pk}" selected>' in html
    assert not Link.objects.exists()
    assert publishing.newest(article).state == State.DRAFT


@pytest.mark.parametrize(
    "fields",
    [{"version": "2"}, {"version": "x"}, {"contributor": "4711"}, {"contributor": "\0"}, {"contributor": "9" * 19}],
)
def test_choices_that_there_are_not_are_told_so(editor_client, article, fields):
    assert make(editor_client, article, **fields).status_code == 400
    assert not Link.objects.exists()


def test_an_author_can_not_be_sent_a_review(editor_client, article, rosa):
    article.authors.add(rosa)
    publishing.record(article, by=None)
    response = make(editor_client, article, contributor=rosa.pk)
    assert response.status_code == 400
    assert "Rosa is an author of this article, so can&#x27;t review it." in response.content.decode()
    assert not Link.objects.exists()


def test_a_link_is_of_the_version_that_was_chosen(editor_client, article, rosa):
    publishing.publish(article, by=None)
    article.sections.update(body="New.")
    publishing.record(article, by=None)
    article.sections.update(body="Newer.")
    publishing.record(article, by=None)
    page = editor_client.get(links_path(article)).content.decode()
    assert re.findall(r'<option value="(\d+)"[^>]*>\d+, ', page) == ["3", "1"]
    make(editor_client, article, contributor=rosa.pk, version="1")
    assert Link.objects.get().revision.number == 1
    assert make(editor_client, article, version="2").status_code == 400


@pytest.mark.parametrize("how", ["withdraw", "delete"])
def test_what_was_taken_back_gets_no_link(editor_client, article, how):
    publishing.publish(article, by=None)
    publishing.withdraw(article, by=None)
    if how == "delete":
        publishing.delete(article, by=None)
    response = make(editor_client, article)
    assert response.status_code == 400
    assert "The article is withdrawn, expired or deleted." in response.content.decode()
    assert not Link.objects.exists()


def test_a_link_is_taken_back_once(editor_client, client, article, rosa):
    (address,) = addresses(make(editor_client, article, contributor=rosa.pk))
    link = Link.objects.get()
    response = revoke(editor_client, link)
    assert "The link shows nothing any more." in response.content.decode()
    assert addresses(response) == []
    assert client.get(address.partition("8000")[2]).status_code == 410
    before = Link.objects.get().revoked_at
    assert "This link was taken back already." in revoke(editor_client, link).content.decode()
    assert Link.objects.get().revoked_at == before


def test_looking_at_the_address_that_takes_a_link_back_does_not(editor_client, article):
    make(editor_client, article)
    link = Link.objects.get()
    editor_client.get(f"{links_path(article)}{link.pk}/revoke/")
    assert Link.objects.get().revoked_at is None


def test_links_of_other_articles_are_not_found(editor_client, article):
    make(editor_client, article)
    other = make_article("Cold hands")
    for number in (Link.objects.get().pk, 4711, "9" * 30):
        assert editor_client.post(f"{links_path(other)}{number}/revoke/").status_code == 404
    assert "To read version" not in editor_client.get(links_path(other)).content.decode()
    assert Link.objects.get().revoked_at is None


def test_the_list_says_what_became_of_each(editor_client, article):
    people = [make_contributor(name) for name in ("Signs", "Asks", "Late", "Never")]
    signs, asks, late, never = (
        reviewing.make_link(publishing.newest(article), by=None, days=1, contributor=person) for person in people
    )
    until = timezone.localdate() + timedelta(days=100)
    reviewing.sign(signs, correct_until=until)
    reviewing.sign(asks, message="<b>Mend</b> it.")
    Link.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    Link.objects.filter(pk=never.pk).update(revoked_at=timezone.now())
    response = editor_client.get(links_path(article))
    text = " ".join(words(response.content.decode()).split())
    assert f"correct until {until:%-d %B %Y}" in text.partition("For Signs to review")[2].partition("For ")[0] + text
    assert "Changes asked for on" in text
    assert "This link has expired." in text
    assert "This link was taken back." in text
    assert addresses(response) == []


def test_a_link_to_a_text_that_was_changed_says_so(editor_client, article, rosa):
    make(editor_client, article, contributor=rosa.pk)
    article.sections.update(body="New.")
    publishing.record(article, by=None)
    response = editor_client.get(links_path(article))
    assert "The text has changed since this version" in response.content.decode()
    assert addresses(response) == []


def test_hostile_names_are_shown_as_words(editor_client, article):
    make(editor_client, article, contributor=make_contributor("<script>alert(1)</script>").pk)
    html = editor_client.get(links_path(article)).content.decode()
    assert "<script>alert" not in html
    assert "For &lt;script&gt;alert(1)&lt;/script&gt; to review" in html


@pytest.mark.parametrize("role", ["Author", "Reviewer"])
def test_links_are_for_editors_alone(editor_client, article, role):
    make(editor_client, article)
    link = Link.objects.get()
    client = Client()
    client.force_login(make_role(role))
    assert client.get(links_path(article)).status_code == 403
    assert make(client, article).status_code == 403
    assert links_path(article) not in client.get(change_path(article)).content.decode()
    assert revoke(client, link).status_code == 403
    assert Link.objects.get().revoked_at is None


def test_a_text_that_is_none_has_no_links(editor_client):
    assert editor_client.get(links_path(make_article(published=False))).status_code == 403


def test_a_contributor_with_links_is_not_lost(editor_client, article, rosa):
    make(editor_client, article, contributor=rosa.pk)
    editor_client.post(f"/admin/articles/contributor/{rosa.pk}/delete/", {"post": "yes"})
    assert Contributor.objects.filter(pk=rosa.pk).exists()
