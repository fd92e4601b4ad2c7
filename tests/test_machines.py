"""What programs read of the whole site: feed, sitemap and llms.txt; and what holds for every form of an article."""

import re
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import xmlschema
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from markdown_it import MarkdownIt

from articles import caching, machine_views, publishing
from articles.models import Article, Revision, SiteStatement, Topic
from tests.conftest import VNU, need_java, need_package
from tests.factories import make_article
from tests.html_reader import Reader, words
from tests.running import ROOT
from tests.test_metadata import HOSTILE
from tests.test_views import held_for

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8000"
FORMS = [f"/articles/sore-feet{form}" for form in (".md", ".json", ".png")]
LISTS = ["/feed/", "/sitemap.xml", "/llms.txt"]
PUBLIC = ["/", "/articles/", "/robots.txt", "/link-picture.png", "/ar/feed/", *LISTS]
ATOM = "{http://www.w3.org/2005/Atom}"
RELAX_NG = "nu.validator.vendor.thaiopensource.relaxng.util.Driver"


def relax_ng(schema, tmp_path, xml):
    """Return what a RELAX NG validator says against a document; nothing for a valid one."""
    file = tmp_path / "document.xml"
    file.write_bytes(xml)
    command = [need_java(), "-cp", str(need_package(VNU)), RELAX_NG, "-c", str(ROOT / "tests" / "schemas" / schema)]
    result = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == (result.stdout == "")
    return result.stdout


def entries(client, path="/feed/"):
    """Return the entries of a feed, each as its texts by element."""
    feed = ElementTree.fromstring(client.get(path).content)  # noqa: S314  our own
    return [{part.tag.removeprefix(ATOM): part.text for part in entry} for entry in feed.iter(f"{ATOM}entry")]


def addresses(client, path="/sitemap.xml"):
    return re.findall(r"<loc>(.*?)</loc>", client.get(path).content.decode())


def make_every_state():
    """Make an article for each state in which readers see none of it, each with “Secret” in all its text."""
    now = timezone.now()
    for slug in ("draft", "scheduled", "expired", "withdrawn", "deleted"):
        topic = Topic.objects.create(name=f"Secret {slug}", slug=f"secret-{slug}")
        fields = {"slug": f"secret-{slug}", "also_called": "Secret", "topic": topic, "sections": [("Secret", "Secret")]}
        make_article(f"Secret {slug}", published=slug not in ("draft", "scheduled"), **fields)
    made = {article.slug.removeprefix("secret-"): article for article in Article.objects.all()}
    publishing.publish(made["scheduled"], by=None, at=now + timedelta(days=1))
    Article.objects.filter(slug="secret-expired").update(expires_at=now - timedelta(minutes=1))
    publishing.withdraw(made["withdrawn"], by=None)
    publishing.withdraw(made["deleted"], by=None)
    publishing.delete(made["deleted"], by=None)
    return made


def test_nothing_shows_what_is_not_published(client):
    make_every_state()
    article = make_article()
    article.title = article.summary = "Secret"
    article.save()
    article.sections.update(heading="Secret", body="Secret")
    publishing.record(article, by=None)
    for path in (*PUBLIC, *FORMS, "/articles/sore-feet/"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert b"ecret" not in response.content, path


def test_every_form_of_an_article_answers_as_its_page_does(client):
    make_every_state()
    article = make_article()
    article.slug = "tired-feet"
    article.save()
    make_article("أقدام", slug="feet-ar", language="ar")
    for form in ("/", ".md", ".json", ".png"):
        for slug in ("draft", "scheduled", "no"):
            assert client.get(f"/articles/secret-{slug}{form}").status_code == 404
        for slug in ("expired", "withdrawn", "deleted"):
            gone = client.get(f"/articles/secret-{slug}{form}")
            assert gone.status_code == 410
            assert b"Secret" not in gone.content
        moved = client.get(f"/articles/sore-feet{form}", headers={"host": "localhost"})
        assert (moved.status_code, moved["Location"]) == (301, f"/articles/tired-feet{form}")
        assert client.get(f"/articles/feet-ar{form}")["Location"] == f"/ar/articles/feet-ar{form}"
        assert client.get(f"/ar/articles/feet-ar{form}").status_code == 200
        assert client.post(f"/articles/tired-feet{form}").status_code == 405


def test_programs_get_the_same_bytes_as_everyone(editor_client):
    make_article()
    headers = {"host": "localhost", "accept-language": "ar", "cookie": "django_language=ar", "user-agent": "x"}
    for path in (*PUBLIC, *FORMS):
        plain, other = Client().get(path), editor_client.get(path, headers=headers)
        assert plain.content == other.content, path
        assert plain["Cache-Control"] == other["Cache-Control"] == caching.header()
        assert not plain.cookies
        assert not other.cookies
        assert plain.get("Vary", "") in ("", "Accept-Encoding")
        assert b"localhost" not in plain.content
        assert Client().get(path, headers={"if-none-match": plain["ETag"]}).status_code == 304


def test_no_cache_holds_an_answer_beyond_the_next_known_change(client, now):
    article = make_article()
    Article.objects.filter(pk=article.pk).update(expires_at=now + timedelta(seconds=30))
    for path in (*LISTS, *FORMS):
        assert held_for(client.get(path)) == 30, path


def test_scripts_of_other_sites_may_read_what_programs_read(client):
    make_article()
    for path in (*LISTS, *FORMS):
        response = client.get(path)
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        canonical = f'<{URL}/articles/sore-feet/>; rel="canonical"' if path.endswith(("md", "json")) else None
        assert response.get("Link") == canonical, path


# The feed


def test_the_feed_says_what_is_new(client, tmp_path):
    make_article(topic=Topic.objects.create(name="Feet & toes", slug="feet"), summary="All <about> & feet.")
    publishing.warn(make_article("Cold hands"), by=None, text="Wrong.")
    xml = client.get("/feed/").content
    assert relax_ng("atom.rnc", tmp_path, xml) == ""
    hands, feet = entries(client)
    assert feet["title"] == "Sore feet"
    assert words(feet["summary"]) == "All <about> & feet."
    assert words(hands["summary"]) == "No longer true. All about cold hands."
    assert hands["updated"] > hands["published"]
    assert re.fullmatch(r"tag:127\.0\.0\.1,20\d\d-\d\d-\d\d:article-\d+", feet["id"])
    assert client.get("/feed/")["Content-Type"] == "application/atom+xml; charset=utf-8"


def test_the_feed_speaks_the_language_of_its_address(client, tmp_path):
    make_article()
    make_article("أقدام", slug="feet-ar", language="ar")
    assert [entry["title"] for entry in entries(client)] == ["Sore feet"]
    assert [entry["title"] for entry in entries(client, "/ar/feed/")] == ["أقدام"]
    xml = client.get("/ar/feed/").content
    assert b'xml:lang="ar"' in xml
    assert f"{URL}/ar/articles/feet-ar/".encode() in xml
    assert relax_ng("atom.rnc", tmp_path, xml) == ""


def test_an_entry_keeps_its_id_when_text_and_address_change(client):
    article = make_article()
    (before,) = entries(client)
    article.slug = "tired-feet"
    article.title = "Tired feet"
    article.save()
    publishing.publish(article, by=None)
    (after,) = entries(client)
    assert (before["title"], after["title"]) == ("Sore feet", "Tired feet")
    assert (after["id"], after["published"]) == (before["id"], before["published"])
    assert after["updated"] > before["updated"]


def test_the_feed_has_the_twenty_newest(client):
    for number in range(22):
        make_article(f"Article {number}")
    assert [entry["title"] for entry in entries(client)] == [f"Article {number}" for number in range(21, 1, -1)]


def test_an_empty_feed_is_a_feed_and_stays_the_same(client, tmp_path):
    xml = client.get("/feed/").content
    assert relax_ng("atom.rnc", tmp_path, xml) == ""
    assert client.get("/feed/").content == xml


def test_the_check_of_the_feed_can_fail(client, tmp_path):
    make_article()
    xml = client.get("/feed/").content
    for broken in (xml.replace(b"<updated>20", b"<updated>x", 1), re.sub(rb"<id>.*?</id>", b"", xml, count=1)):
        assert "error" in relax_ng("atom.rnc", tmp_path, broken)


# The sitemap


@pytest.fixture(scope="session")
def sitemap_schema():
    return xmlschema.XMLSchema(str(need_package("sitemap/schema/sitemap.xsd")))


def test_the_sitemap_has_every_page_with_its_date(client, sitemap_schema):
    SiteStatement.objects.create(safety="Care.", about="Us.")
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    publishing.warn(make_article("Cold hands"), by=None, text="Wrong.")
    make_article("أقدام", slug="feet-ar", language="ar")
    Topic.objects.create(name="Hands", slug="hands")  # without an article
    xml = client.get("/sitemap.xml").content.decode()
    sitemap_schema.validate(xml)
    dates = dict(re.findall(r"<loc>(.*?)</loc><lastmod>(.*?)</lastmod>", xml))
    articles = [f"{URL}{path}" for path in ("/articles/sore-feet/", "/articles/cold-hands/", "/ar/articles/feet-ar/")]
    lists = [f"{URL}{language}{path}" for language in ("", "/ar") for path in ("/", "/articles/", "/about/")]
    assert set(dates) == {*articles, *lists, f"{URL}/topics/feet/"}
    # What is said of privacy changes with the program, so nobody knows since when it stands.
    assert set(addresses(client)) == {*dates, f"{URL}/about/privacy/", f"{URL}/ar/about/privacy/"}
    hands = Article.objects.get(slug="cold-hands")
    assert dates[articles[1]] == timezone.localtime(hands.warned_at).isoformat(timespec="seconds")
    newest = Revision.objects.get(article__slug="cold-hands").published_at
    assert dates[f"{URL}/"] == timezone.localtime(newest).isoformat(timespec="seconds")


def test_every_address_of_the_sitemap_leads_to_a_page_that_calls_itself_so(client):
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    make_article("أقدام", slug="feet-ar", language="ar")
    for address in addresses(client):
        response = client.get(urlsplit(address).path)
        assert response.status_code == 200
        assert f'<link rel="canonical" href="{address}">' in response.content.decode()


def test_a_large_sitemap_comes_in_parts(client, monkeypatch, tmp_path, sitemap_schema):
    monkeypatch.setattr(machine_views, "PART", 2)
    for number in range(5):
        make_article(f"Article {number}")
    xml = client.get("/sitemap.xml").content
    assert relax_ng("sitemap_index.rnc", tmp_path, xml) == ""
    assert "error" in relax_ng("sitemap_index.rnc", tmp_path, xml.replace(b"http:", b""))
    parts = [urlsplit(address).path for address in addresses(client)]
    numbers = sorted({(pk + 1) // 2 for pk in Article.objects.values_list("pk", flat=True)})
    assert parts == [f"/sitemap-{number}.xml" for number in (0, *numbers)]
    found = []
    for part in parts:
        sitemap_schema.validate(client.get(part).content.decode())
        found += addresses(client, part)
    assert len(found) == len(set(found)) == 4 + 5  # home, A to Z, About and privacy stand in the first
    assert client.get(f"/sitemap-{numbers[-1] + 1}.xml").status_code == 404


def test_no_part_of_the_sitemap_is_named_in_which_nothing_is_published(client, monkeypatch):
    monkeypatch.setattr(machine_views, "PART", 1)
    made = [make_article(f"Article {number}") for number in range(3)]
    publishing.withdraw(made[1], by=None, reason="Wrong.")
    parts = [urlsplit(address).path for address in addresses(client)]
    assert parts == [f"/sitemap-{number}.xml" for number in (0, made[0].pk, made[2].pk)]
    assert client.get(f"/sitemap-{made[1].pk}.xml").status_code == 404


def test_a_feed_of_few_articles_does_not_look_through_those_of_another_language(client):
    make_article("أقدام", slug="feet-ar", language="ar")
    for number in range(30):
        make_article(f"Article {number}")
    assert [entry["title"] for entry in entries(client, "/ar/feed/")] == ["أقدام"]
    assert len(entries(client)) == machine_views.NEWEST
    assert entries(client)[0]["title"] == "Article 29"


def test_the_check_of_the_sitemap_can_fail(client, sitemap_schema):
    make_article()
    xml = client.get("/sitemap.xml").content.decode()
    for broken in (xml.replace("<lastmod>20", "<lastmod>x"), xml.replace("loc>", "location>")):
        assert not sitemap_schema.is_valid(broken)


def test_the_lists_ask_the_database_no_more_for_more_articles(client):
    make_article()
    for path in LISTS:
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        for number in range(3):
            make_article(f"Article {path} {number}", slug=f"a-{len(path)}-{number}")
        with CaptureQueriesContext(connection) as many:
            client.get(path)
        assert len(many) == len(few), path


def test_robots_are_told_of_the_sitemap(client):
    lines = client.get("/robots.txt", headers={"host": "localhost"}).content.decode().splitlines()
    assert f"Sitemap: {URL}/sitemap.xml" in lines


# llms.txt


def test_llms_txt_has_the_form_of_its_convention(client):
    SiteStatement.objects.create(safety="Take <care> & *heed*.", about="Us.")
    make_article(summary="All _about_ [feet].")
    make_article("أقدام", slug="feet-ar", language="ar")
    text = client.get("/llms.txt").content.decode()
    tokens = MarkdownIt("commonmark").parse(text)
    outline = [
        (token.tag, tokens[index + 1].content) for index, token in enumerate(tokens) if token.type == "heading_open"
    ]
    assert outline == [("h1", "Cramps"), ("h2", "Articles: English"), ("h2", "Articles: العربية"), ("h2", "More")]
    assert text.splitlines()[2].startswith("> ")
    assert "It is no substitute for a doctor" in text
    html = MarkdownIt("commonmark").render(text)
    assert "Take <care> & *heed*." in words(html)
    assert f"- [Sore feet]({URL}/articles/sore-feet.md): " in text
    assert "All _about_ [feet]." in words(html)
    for address in Reader(html).all("href"):
        assert client.get(urlsplit(address).path).status_code == 200


def test_llms_txt_names_the_sitemap_for_what_it_does_not_list(client, monkeypatch):
    monkeypatch.setattr(machine_views, "MOST_LISTED", 2)
    for number in range(3):
        make_article(f"Article {number}")
    text = client.get("/llms.txt").content.decode()
    assert text.count(".md): ") == 2
    assert "there are more than are listed here" in text


# All of it


def test_a_hostile_text_stays_text(client, tmp_path, sitemap_schema):
    topic = Topic.objects.create(name=HOSTILE[:80], slug="x")
    article = make_article("Sore feet", published=False, topic=topic, also_called=HOSTILE)
    article.title = article.summary = f"{HOSTILE}\r\n# x\n[y](javascript:z)"
    article.save()
    SiteStatement.objects.create(safety=HOSTILE, about="Us.", publisher=HOSTILE, emergency_number=HOSTILE[:40])
    publishing.publish(article, by=None)
    assert relax_ng("atom.rnc", tmp_path, client.get("/feed/").content) == ""
    assert entries(client)[0]["title"].startswith("</script><script>alert(1)</script><!--")
    sitemap_schema.validate(client.get("/sitemap.xml").content.decode())
    assert client.get("/articles/sore-feet.json").json()["publisher"].startswith("</script>")
    assert client.get("/articles/sore-feet.png").status_code == 200
    for path in ("/articles/sore-feet.md", "/llms.txt"):
        html = MarkdownIt("commonmark", {"html": True}).render(client.get(path).content.decode())
        assert "<script" not in html, path
        assert "javascript:" not in "".join(Reader(html).all("href")), path
