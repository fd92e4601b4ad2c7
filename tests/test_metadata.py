"""What search engines read: true, of the page, and in the words of schema.org."""

import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from articles import metadata, publishing, translating, trust
from articles.models import Revision, SiteStatement, Topic
from tests.factories import make_article, make_contributor
from tests.html_reader import Reader, tags
from tests.schema_org import mistakes

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8000"
HOSTILE = '</script><script>alert(1)</script><!-- "]]> \x0b\x1f\u2028 \u202e\U0001f9b6 & \\'


def linked_data(client, path="/articles/sore-feet/"):
    """Return the JSON-LD of a page, as a browser and a parser of JSON find it."""
    html = client.get(path).content.decode()
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(found)


def page_data(client):
    return linked_data(client)["@graph"][0]


def say_everything(article):
    """Let an article have all that can be said in the words of schema.org."""
    article.topic = Topic.objects.create(name="Feet", slug="feet")
    article.also_called = "aching feet, tired feet"
    article.save()
    article.authors.add(make_contributor("Ann Author", credentials="Nurse"))
    article.sources.create(title="Of feet", publisher="Feet", url="https://feet.example/")
    kinds = ["act_now", "urgent", "do_dont", "option", "questions", "more_help"]
    for kind in kinds:
        article.sections.create(kind=kind, heading=f"A {kind}", body="Text.", benefit="Good", questions="Why?", do="a")
    exercise = {"kind": "exercise", "steps": "Stand.\nLean.", "hold": 5, "rest": 10}
    article.sections.create(heading="Lean", when="prevent", minutes=5, times_a_day=3, **exercise)
    article.sections.create(heading="Stretch", when="during", repeats=4, **exercise)
    article.sections.create(heading="Any time", **exercise)
    SiteStatement.objects.create(publisher="The Foot Society", safety="Care.", about="Us.")
    revision = publishing.publish(article, by=None)
    publishing.review(revision, contributor=make_contributor(), correct_until=timezone.localdate())
    return revision


def test_the_first_article_speaks_schema_org(client):
    call_command("load_first_article")
    data = linked_data(client, "/articles/muscle-leg-cramps/")
    assert mistakes(data) == []
    page = data["@graph"][0]
    assert (page["@type"], page["headline"]) == ("MedicalWebPage", "Muscle leg cramps")
    assert page["about"]["alternateName"] == ["leg cramps", "charley horse"]
    assert not {"author", "publisher", "lastReviewed", "reviewedBy"} & set(page)
    assert "ating" not in json.dumps(data)  # neither rating nor aggregateRating


def test_all_that_can_be_said_speaks_schema_org(client):
    say_everything(make_article(published=False))
    data = linked_data(client)
    assert mistakes(data) == []
    page, breadcrumb = data["@graph"]
    assert page["author"] == [{"@type": "Person", "name": "Ann Author", "description": "Nurse"}]
    assert page["reviewedBy"] == [{"@type": "Person", "name": "Dr Rosa Test"}]
    assert page["lastReviewed"] == timezone.localdate().isoformat()
    assert page["publisher"] == {"@type": "Organization", "name": "The Foot Society"}
    assert page["about"]["possibleTreatment"] == [{"@type": "MedicalTherapy", "name": "A option"}]
    parts = {part["name"]: part for part in page["hasPart"]}
    assert parts["A urgent"]["hasHealthAspect"] == "https://schema.org/SeeDoctorHealthAspect"
    assert not {"Part 1", "A do_dont", "A more_help"} & set(parts)  # their kinds do not say what they are about
    assert parts["Any time"]["@type"] == "ExercisePlan"
    assert parts["Lean"]["activityDuration"] == "PT5M"
    assert parts["Stretch"]["repetitions"] == 4
    assert [item["name"] for item in breadcrumb["itemListElement"]] == ["Home", "Articles", "Sore feet"]
    assert page["isPartOf"] == {"@type": "WebSite", "name": "Cramps", "url": f"{URL}/"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"@type": "MedicalWebsitePage"}, "no type"),
        ({"headlines": "x"}, "no such property"),
        ({"aspect": "Symptoms"}, "out of date"),
        ({"possibleTreatment": "x"}, "not of"),
        ({"lastReviewed": "yesterday"}, "none of"),
        ({"author": {"@type": "MedicalCondition", "name": "x"}}, "none of"),
        ({"hasPart": [{"@type": "HealthTopicContent", "hasHealthAspect": "https://schema.org/NoAspect"}]}, "none of"),
        ({"citation": []}, "empty"),
        ({"isPartOf": {"@id": "https://elsewhere.example/"}}, "not described"),
    ],
)
def test_the_check_of_schema_org_can_fail(client, change, said):
    make_article()
    data = linked_data(client)
    assert mistakes(data) == []
    data["@graph"][0] |= change
    assert any(said in mistake for mistake in mistakes(data))


def test_an_unreviewed_change_has_no_review_to_claim(client):
    article = make_article(published=False)
    say_everything(article)
    article.sections.filter(position=1).update(body="All new.")
    publishing.publish(article, by=None, change="substantial", note="New")
    assert not {"lastReviewed", "reviewedBy"} & set(page_data(client))


def test_a_translation_names_its_original(client):
    original = make_article()
    make_article("أقدام", slug="feet-ar", language="ar", translation_of=original, based_on=1)
    data = linked_data(client, "/ar/articles/feet-ar/")
    assert mistakes(data) == []
    assert data["@graph"][0]["translationOfWork"]["@id"] == f"{URL}/articles/sore-feet/"
    assert data["@graph"][0]["inLanguage"] == "ar"
    publishing.withdraw(original, by=None)
    assert "translationOfWork" not in linked_data(client, "/ar/articles/feet-ar/")["@graph"][0]


def test_dates_are_those_of_the_page(client):
    article = make_article()
    first = page_data(client)
    assert first["datePublished"] == first["dateModified"]
    article.sections.update(body="More.")
    revision = publishing.publish(article, by=None)
    Revision.objects.filter(pk=revision.pk).update(published_at=F("published_at") + timedelta(days=2))
    later = timezone.now() + timedelta(days=3)
    said = metadata.of_article(revision, trust.of(revision, later), translating.Standing(), SiteStatement())["@graph"][
        0
    ]
    assert said["datePublished"] == first["datePublished"]
    assert said["dateModified"][:10] == (timezone.localdate() + timedelta(days=2)).isoformat()


def test_no_title_can_break_out_of_the_page(client):
    article = make_article("Sore feet", published=False, also_called=HOSTILE, sections=[(HOSTILE[:100], "x")])
    article.title = article.summary = HOSTILE
    article.save()
    publishing.publish(article, by=None)
    data = linked_data(client)
    assert mistakes(data) == []
    assert data["@graph"][0]["headline"].startswith("</script><script>alert(1)")
    html = client.get("/articles/sore-feet/").content.decode()
    assert "<script>alert" not in html
    assert len(tags(html, "script")) == 3  # the early one, this data and site.js


def test_the_home_page_describes_the_site(client):
    data = linked_data(client, "/")
    assert mistakes(data) == []
    assert (data["@type"], data["url"]) == ("WebSite", f"{URL}/")
    address = data["potentialAction"]["target"]["urlTemplate"]
    assert address == f"{URL}/search/?q={{search_term_string}}"
    make_article()
    found = client.get(address.removeprefix(URL).format(search_term_string="sore"))
    assert "/articles/sore-feet/" in found.content.decode()


def meta(html):
    """Return what a page says to those who share its link, by name."""
    return {
        attrs.get("property") or attrs["name"]: attrs["content"] for attrs in tags(html, "meta") if "content" in attrs
    }


def test_a_shared_link_says_what_the_article_is(client):
    make_article(summary="All “about” feet & <toes>.")
    html = client.get("/articles/sore-feet/", headers={"host": "localhost"}).content.decode()
    said = meta(html)
    assert said["og:title"] == "Sore feet"
    assert said["og:description"] == said["description"] == "All “about” feet & <toes>."
    assert said["og:url"] == f"{URL}/articles/sore-feet/"
    assert (said["og:type"], said["og:locale"], said["og:site_name"]) == ("article", "en_GB", "Cramps")
    assert said["og:image"] == f"{URL}/articles/sore-feet.png"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"]
    assert said["twitter:card"] == "summary_large_image"
    assert said["article:published_time"] <= said["article:modified_time"]


@pytest.mark.parametrize(
    "path", ["/", "/articles/", "/about/", "/articles/sore-feet/", "/topics/feet/", "/ar/", "/ar/articles/"]
)
def test_every_page_names_its_own_address_and_the_feed(client, path):
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    html = client.get(f"{path}?utm_source=x", headers={"host": "localhost"}).content.decode()
    links = {(attrs.get("rel"), attrs.get("type")): attrs["href"] for attrs in tags(html, "link")}
    assert links["canonical", None] == meta(html)["og:url"] == URL + path
    assert links["alternate", "application/atom+xml"] == URL + ("/ar/feed/" if path.startswith("/ar/") else "/feed/")
    assert "localhost" not in str(Reader(html).tags)


def test_an_article_names_its_other_forms(client):
    make_article()
    html = client.get("/articles/sore-feet/").content.decode()
    links = {attrs.get("type"): attrs["href"] for attrs in tags(html, "link") if attrs.get("rel") == "alternate"}
    assert links["text/markdown"] == f"{URL}/articles/sore-feet.md"
    assert links["application/json"] == f"{URL}/articles/sore-feet.json"


def test_a_preview_says_nothing_to_programs(editor_client):
    article = make_article(published=False)
    html = editor_client.get(f"/admin/articles/article/{article.pk}/preview/").content.decode()
    assert "ld+json" not in html
    assert "og:" not in html
