"""What readers see of the site statement: the About page, and the safety lines under every article."""

import re

import pytest

from articles.models import SiteStatement
from tests.factories import make_article
from tests.test_views import held_for, text_of

pytestmark = pytest.mark.django_db

EVIL = '"><script>alert(1)</script>'


def state(**fields):
    """Save a new statement that says these things and nothing else."""
    return SiteStatement.objects.create(**{"safety": "Take care.", "about": "All about us."} | fields)


def test_the_about_page_says_plainly_what_is_missing(client):
    text = text_of(client.get("/about/"))
    for sentence in (
        "The publisher has not been named yet.",
        "How to reach the publisher has not been said yet.",
        "How to report a mistake has not been said yet.",
        "Who pays for this site, and whether it carries adverts, has not been said yet.",
    ):
        assert sentence in text
    assert "In an emergency" not in text


def test_the_about_page_follows_the_newest_statement(client):
    state(publisher="Old Trust")
    state(publisher="Test Trust", contact="1 Test Street\nhello@trust.example", funding="Paid by the Test Fund.")
    response = client.get("/about/")
    html, text = response.content.decode(), text_of(response)
    assert "Test Trust" in text
    assert "Old Trust" not in text
    assert '1 Test Street<br><a href="mailto:hello@trust.example">' in html
    assert "Paid by the Test Fund." in text
    assert "What we store" in text
    assert held_for(response) == 40


def test_the_headings_of_the_about_text_stand_right_under_the_pages_title(client):
    state(about="Us.\n\n### Who\n\n#### More\n\n# Why")
    html = client.get("/about/").content.decode()
    levels = re.findall(r"<(h\d)[^>]*>(.*?)</h", html.partition("<main")[2])
    assert levels[:4] == [("h1", "About Cramps"), ("h2", "Who"), ("h3", "More"), ("h2", "Why")]


@pytest.mark.parametrize("path", ["/about/", "/articles/sore-feet/"])
def test_a_hostile_statement_is_shown_as_text(client, path):
    make_article()
    evil = EVIL + ' javascript:alert(1) https://x.example/"onclick=alert(1)'
    fields = ("publisher", "contact", "mistakes", "funding", "safety", "about")
    state(emergency_number=EVIL, **dict.fromkeys(fields, evil))
    html = client.get(path).content.decode()
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert not re.search(r"<a [^>]*\sonclick", html)
    assert html.count("&lt;script&gt;alert(1)") >= 3


def test_each_safety_line_stands_under_every_article(client):
    state(safety="Hold on to something.\r\n\r\n  Stop if it hurts.  \n")
    make_article()
    html = client.get("/articles/sore-feet/").content.decode()
    safety = html.partition('class="safety"')[2].partition("</section>")[0]
    assert re.findall(r"<li>(.*?)</li>", safety) == ["Hold on to something.", "Stop if it hurts."]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("999", '<a href="tel:999">999</a>'), ("999 or 112", "999 or 112"), ("", None)],
)
def test_the_emergency_number_can_be_called_from_the_page(client, number, shown):
    state(emergency_number=number)
    make_article()
    for path in ("/about/", "/articles/sore-feet/"):
        html = client.get(path).content.decode()
        assert ("In an emergency, call:" in html) == bool(number)
        assert shown is None or shown in html


def test_an_article_shows_its_own_funding_or_else_the_sites(client):
    state(funding="Paid by the Test Fund.", mistakes="Write to us.")
    make_article()
    make_article("Cold hands", funding="Paid by <a> maker of gloves.")
    text = text_of(client.get("/articles/sore-feet/"))
    assert "Funding and adverts Paid by the Test Fund. Found a mistake? Write to us." in text
    other = text_of(client.get("/articles/cold-hands/"))
    assert "Funding and adverts Paid by &lt;a&gt; maker of gloves." in other
    assert "Test Fund" not in other


def test_pages_stand_without_any_statement(client):
    SiteStatement.objects.all().delete()
    make_article()
    assert "Stay safe" not in text_of(client.get("/articles/sore-feet/"))
    assert "The publisher has not been named yet." in text_of(client.get("/about/"))


def test_pages_that_show_nothing_of_it_do_not_fetch_it(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/no-such-page/")
