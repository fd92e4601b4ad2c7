"""The sheet to print: what stands on it, for whom, and what does not."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles import publishing
from articles.models import SiteStatement
from tests.factories import make_article
from tests.html_reader import Reader

pytestmark = pytest.mark.django_db

SHEET = "/articles/sore-feet/sheet/"


def make_feet(**fields):
    """Return an article with a section of each kind that has a place on the sheet, and one that has none."""
    article = make_article(sections=[("Why", "Nobody knows.")], published=False, **fields)
    add = article.sections.create
    add(position=2, kind="act_now", heading="Now", body="1. Sit down.[^feet]")
    add(position=3, kind="urgent", heading="Get help if:", body="- it bleeds\n- it swells")
    add(position=4, kind="exercise", heading="Roll", steps="Take a ball.\nRoll it.", times_a_day=2, stop_if="it hurts")
    add(position=5, kind="exercise", heading="Rest", steps="Lie down.")
    article.sources.create(title="Of feet", publisher="Feet")
    publishing.publish(article, by=None)
    return article


def text_of(response):
    return " ".join(" ".join(Reader(response.content.decode()).words).split())


def test_the_sheet_says_what_one_needs_at_night_and_nothing_else(client):
    make_feet()
    SiteStatement.objects.create(emergency_number="999", safety="Hold on.")
    response = client.get(SHEET)
    text = text_of(response)
    wanted = ["Sore feet", "No doctor or other health professional has checked this text.", "Sit down.", "it bleeds"]
    wanted += ["Roll it.", "Each day: 2 times", "Stop if", "it hurts", "Lie down.", "999", "Hold on.", "Of feet"]
    wanted += [
        "Published",
        "Last changed",
        "Last reviewed",
        "Next review due",
        "http://127.0.0.1:8000/articles/sore-feet/",
    ]
    assert [words for words in wanted if words not in text] == []
    assert "Nobody knows." not in text
    assert "Rate the article" not in text
    assert "public" in response["Cache-Control"]


def test_there_are_as_many_boxes_as_times_a_day_in_a_week(client):
    make_feet()
    html = client.get(SHEET).content.decode()
    assert html.count('class="box"') == 2 * 7
    assert html.count('class="ticks"') == 1  # none where it isn't said how often


def test_every_link_on_the_sheet_leads_somewhere(client):
    call_command("load_first_article")
    page = Reader(client.get("/articles/muscle-leg-cramps/sheet/").content.decode())
    ids = page.all("id")
    assert [href for href in page.all("href") if href.startswith("#") and href[1:] not in ids] == []


def test_a_link_to_what_is_not_on_the_sheet_leads_to_the_article(client):
    article = make_article(sections=[("Why", "Nobody knows.")], published=False)
    body = "1. Sit, see [why](#why).\n2. See [when](#when-if)."
    article.sections.create(position=2, kind="act_now", heading="Now", body=body)
    article.sections.create(position=3, kind="urgent", heading="When if:", body="- a\n- b")
    publishing.publish(article, by=None)
    links = Reader(client.get(SHEET).content.decode()).all("href")
    assert "/articles/sore-feet/#why" in links
    assert "#when-if" in links
    assert "#why" not in links


def test_the_article_links_to_its_sheet(client):
    make_feet()
    make_article("Cold hands", sections=["Text alone."])
    assert f'href="{SHEET}"' in client.get("/articles/sore-feet/").content.decode()
    assert "sheet/" not in client.get("/articles/cold-hands/").content.decode()
    assert client.get("/articles/cold-hands/sheet/").status_code == 404


def test_the_sheet_of_an_old_address_leads_to_the_new_one(client):
    article = make_feet()
    article.slug = "aching-feet"
    article.save()
    response = client.get(SHEET)
    assert (response.status_code, response["Location"]) == (301, "/articles/aching-feet/sheet/")


def test_what_readers_may_not_see_has_no_sheet(client):
    article = make_feet(expires_at=timezone.now() + timedelta(days=1))
    publishing.withdraw(article, by=None)
    assert client.get(SHEET).status_code == 410
    make_article("Draft", sections=["A."], published=False).sections.create(position=2, kind="act_now", body="1. Go.")
    assert client.get("/articles/draft/sheet/").status_code == 404


def test_a_warning_stands_on_the_sheet(client):
    publishing.warn(make_feet(), by=None, text="Balls are dangerous.")
    text = text_of(client.get(SHEET))
    assert text.index("Balls are dangerous.") < text.index("Sit down.")
