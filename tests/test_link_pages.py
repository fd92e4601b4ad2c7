"""The links of the articles at the desk: the list with its filters, the panel of an article, and the buttons."""

import re

import pytest

from articles import outside_links, publishing
from articles.models import OutsideLink
from tests.desk_forms import change_path
from tests.factories import make_article, make_role
from tests.html_reader import words
from tests.small_web import Web

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/outsidelink/"


@pytest.fixture
def web(monkeypatch):
    made = Web()
    monkeypatch.setattr(outside_links, "Visitor", made.visitor)
    yield made
    made.close()


@pytest.fixture
def article(web):
    """An article with a link of each finding, none of them checked yet."""
    web.answers |= {
        "https://good.example/": 200,
        "https://good.example/gone": 404,
        "https://good.example/closed": 403,
        "https://good.example/moved": (301, {"Location": "/"}),
        "http://good.example/": 200,
    }
    return make_article("Sore legs", sections=[" ".join(f"[x]({address})" for address in web.answers)])


def read(client, address, **data):
    return " ".join(words(client.get(address, data).content.decode()).split())


def listed(client, **data):
    """Return the addresses of the list, as they are shown."""
    html = client.get(LIST, data).content.decode()
    return re.findall('<th class="field-[^>]*><a [^>]*>([^<]*)', html)


def post(client, address):
    return " ".join(words(client.post(address, follow=True).content.decode()).split())


@pytest.mark.parametrize(
    ("found", "end"),
    [("dead", "/gone"), ("redirecting", "/moved"), ("insecure", "http://good.example/"), ("unclear", "/closed")],
)
def test_the_list_is_filtered_by_what_was_found(editor_client, article, found, end):
    outside_links.check(OutsideLink.objects.all())
    assert [address.endswith(end) for address in listed(editor_client, found=found)] == [True]
    assert len(listed(editor_client, found="good")) == 1
    assert listed(editor_client, found="new") == []
    assert len(listed(editor_client, q="legs")) == 5


def test_the_button_of_the_list_checks_what_is_due(editor_client, article):
    assert "5 links were checked. 3 need you." in post(editor_client, f"{LIST}check/")
    assert "There is no link to check now." in post(editor_client, f"{LIST}check/")


def test_one_link_is_checked_again_and_says_what_was_found(editor_client, article, web):
    link = OutsideLink.objects.get(url__endswith="gone")
    page = f"{LIST}{link.pk}/change/"
    assert "Not checked yet." in read(editor_client, page)
    said = post(editor_client, f"{LIST}{link.pk}/check/")
    assert "1 link was checked. 1 needs you." in said
    assert "Dead The page is not there (the site answers 404)." in said
    assert "Sore legs" in said
    web.answers[link.url] = 200
    assert "None needs you." in post(editor_client, f"{LIST}{link.pk}/check/")


def test_an_article_shows_its_links_and_checks_them(editor_client, article):
    assert "5 links. None that was checked needs you." in read(editor_client, change_path(article))
    said = post(editor_client, f"/admin/articles/article/{article.pk}/check-links/")
    assert "5 links were checked. 3 need you." in said
    assert "Leads elsewhere https://good.example/moved The page is at another address for good:" in said
    assert article.tasks.filter(kind="broken_links").exists()


def test_without_a_network_the_button_says_so(editor_client, article, web):
    web.answers.clear()
    said = post(editor_client, f"/admin/articles/article/{article.pk}/check-links/")
    assert "No other site could be reached." in said
    assert not OutsideLink.objects.exclude(checked_at=None).exists()


def test_a_check_that_takes_long_leaves_the_rest_for_later(editor_client, web, monkeypatch):
    web.answers |= dict.fromkeys([f"https://good.example/{number}" for number in range(3)], 200)
    article = make_article(sections=["".join(f"[x]({address})" for address in web.answers)])
    monkeypatch.setattr("articles.admin.outside_links.SECONDS", 2)
    monkeypatch.setattr(outside_links, "Visitor", lambda: web.visitor(gap=1000))
    assert "1 link was checked. None needs you. 2 are left for later." in post(
        editor_client, f"/admin/articles/article/{article.pk}/check-links/"
    )


def test_looking_at_a_page_contacts_nobody(editor_client, article, web):
    link = OutsideLink.objects.first()
    for address in (f"{LIST}check/", f"{LIST}{link.pk}/check/", f"/admin/articles/article/{article.pk}/check-links/"):
        assert editor_client.get(address).status_code == 302
    assert web.asked == []


def test_links_of_deleted_articles_are_not_listed(editor_client):
    article = make_article(sections=["[a](https://a.example)"], published=False)
    publishing.record(article, by=None)
    publishing.delete(article, by=None)
    assert listed(editor_client) == []


@pytest.mark.parametrize("role", ["Reviewer", ""])
def test_nobody_else_starts_a_check(client, article, web, role):
    if role:
        client.force_login(make_role(role))
    link = OutsideLink.objects.first()
    addresses = [f"{LIST}check/", f"{LIST}{link.pk}/check/", f"/admin/articles/article/{article.pk}/check-links/"]
    assert {client.post(address).status_code for address in addresses} == ({403} if role else {302})
    assert web.asked == []
