"""The picture that goes with a shared link."""

import re
from io import BytesIO

import pytest
from PIL import Image

from articles import link_picture, publishing
from articles.models import Topic
from tests.factories import make_article
from tests.running import ROOT


def pixels(title, topic=""):
    picture = Image.open(BytesIO(link_picture.draw(title, topic, "Cramps")))
    assert (picture.size, picture.format) == ((1200, 630), "PNG")
    return picture.convert("RGB")


def ink(picture):
    """Return the box around the title, which alone is written in ink."""
    dark = picture.convert("L").point(lambda value: 255 if value < 55 else 0)
    return dark.getbbox()


@pytest.mark.parametrize(
    "title",
    [
        "Gout",
        "Muscle leg cramps",
        "Why legs cramp at night, what to do at once, how to have fewer cramps, and when to see a doctor about them",
        "W" * 120,
        "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente " * 2,
        "i " * 60,
    ],
)
def test_a_title_of_any_length_stays_within_its_place(title):
    left, top, right, bottom = ink(pixels(title, "Muscles"))
    assert left >= 80
    assert right <= 1200 - 80
    assert top >= 160
    assert bottom <= 560


def test_long_names_of_a_topic_and_of_the_site_end_at_the_margin():
    picture = Image.open(BytesIO(link_picture.draw("Gout", "Muscles " * 10, "Health information " * 4)))
    margin = picture.convert("L").crop((1200 - link_picture.MARGIN, 0, 1200, 400))
    assert margin.getextrema()[0] > 200  # nothing but paper


@pytest.mark.parametrize(
    "title", ["تقلصات عضلات الساق", "腿抽筋", "נקיפות", "Leg cramps: ساق", "", " ", "\u202e", "🦶"]
)
def test_letters_that_the_font_lacks_leave_no_empty_boxes(title):
    assert ink(pixels(title)) is None


def test_a_sign_that_the_font_lacks_is_left_out():
    assert link_picture.writable("Sore 🦶 feet\u202e\x0b & toes") == "Sore feet & toes"
    assert link_picture.writable("Ürümqi, Łódź, e\u0301") == "Ürümqi, Łódź, é"


def test_the_colours_are_the_site_s():
    css = (ROOT / "static" / "css" / "site.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w+),", css))
    for name in ("PAPER", "INK", "ACCENT", "ACCENT_SOFT"):
        assert getattr(link_picture, name) == light[name.lower().replace("_", "-")]


@pytest.mark.django_db
def test_the_picture_follows_the_published_title_and_topic(client):
    article = make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    first = client.get("/articles/sore-feet.png")
    assert first["Content-Type"] == "image/png"
    article.title = "Sore toes"
    article.save()
    assert client.get("/articles/sore-feet.png")["ETag"] == first["ETag"]
    publishing.publish(article, by=None)
    second = client.get("/articles/sore-feet.png")
    assert second["ETag"] != first["ETag"]
    Topic.objects.update(name="Toes")
    assert client.get("/articles/sore-feet.png")["ETag"] != second["ETag"]
    assert client.get("/articles/sore-feet.png", headers={"if-none-match": second["ETag"]}).status_code == 200
    assert client.get("/link-picture.png").content != second.content
