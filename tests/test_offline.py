"""What a device may keep, and how it is made to forget; the journeys are in tests/browser/test_offline.py."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from articles import offline, offline_views
from tests.factories import make_article
from tests.html_reader import Reader, tags

FETCHED = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def own_worker():
    """Make the worker anew, for it is made once and then kept."""
    offline.worker.cache_clear()
    yield
    offline.worker.cache_clear()


def build(client):
    [line] = re.findall(r"^const BUILD = (.+);$", client.get("/service-worker.js").content.decode(), re.MULTILINE)
    return json.loads(line)


def test_the_worker_is_asked_for_each_time_and_is_a_script(client):
    response = client.get("/service-worker.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in response["Cache-Control"]
    assert client.get("/service-worker.js", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.post("/service-worker.js").status_code == 405


def test_the_worker_holds_the_files_that_readers_need_and_no_others(client):
    files = build(client)["files"]
    for name in ("css/site.css", "js/site.js", "js/rate.js", "js/offline.js", "js/saved.js", "icon.svg"):
        assert f"/static/{name}" in files
    assert not {"/static/css/admin.css", "/static/js/drafts.js", "/static/css/review.css"} & set(files)
    assert "/offline/" in files
    assert [name for name in files if "/static/" in name and not finders.find(name.removeprefix("/static/"))] == []


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", True),
        ("/ar/", True),
        ("/about/", True),
        ("/about/privacy/", True),
        ("/articles/", True),
        ("/articles/sore-feet/", True),
        ("/ar/articles/sore-feet/sheet/", True),
        ("/topics/muscles/", True),
        ("/articles/sore-feet.md", False),
        ("/offline/", False),
        ("/forget/", False),
        ("/rate/1/", False),
        ("/search/", False),
        ("/admin/", False),
        ("/review/token/", False),
        ("/preview/token/", False),
        ("/feed/", False),
    ],
)
def test_only_pages_of_published_text_may_be_kept(client, path, kept):
    assert bool(re.search(build(client)["page"], path)) == kept


def test_the_version_changes_with_what_pages_are_made_of(client, settings):
    first = build(client)["version"]
    offline.worker.cache_clear()
    assert build(client)["version"] == first
    settings.SITE_NAME = "Another"
    offline.worker.cache_clear()
    assert build(client)["version"] != first
    assert offline.version("a") != offline.version("b")


def test_without_offline_the_worker_ends_itself_and_no_page_asks_for_one(client, db, settings):
    make_article()
    settings.OFFLINE = True
    assert 'data-worker="/service-worker.js"' in client.get("/articles/sore-feet/").content.decode()
    settings.OFFLINE = False
    offline.worker.cache_clear()
    assert "data-worker" not in client.get("/articles/sore-feet/").content.decode()
    source = client.get("/service-worker.js").content.decode()
    assert "unregister()" in source
    assert "fetch" not in source


def test_no_page_that_is_for_some_alone_asks_for_a_worker(editor_client):
    article = make_article()
    for path in (f"/rate/{article.pk}/", f"/admin/articles/article/{article.pk}/preview/", "/no-such-page/"):
        assert "data-worker" not in editor_client.get(path).content.decode()


def test_the_page_says_when_its_text_is_no_longer_good(client, db):
    make_article(review_due="2031-05-01", expires_at="2031-06-01T10:00:00Z")
    make_article("Cold hands")
    [element] = tags(client.get("/articles/sore-feet/").content.decode(), "article")
    assert element["data-review-due"] == "2031-05-01"
    assert element["data-expires"] == "2031-06-01T10:00:00+00:00"
    assert tags(client.get("/articles/cold-hands/").content.decode(), "article") == [{}]


def test_the_manifest_names_icons_that_are_there(client):
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["start_url"], manifest["display"], manifest["name"]) == ("/", "standalone", "Cramps")
    drawing, *icons = manifest["icons"]
    assert drawing["sizes"] == "any"
    assert finders.find(drawing["src"].removeprefix("/static/"))
    for icon in icons:
        with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}


def test_the_colours_around_the_page_are_those_of_the_page(client, db, settings):
    css = (settings.BASE_DIR / "static" / "css" / "site.css").read_text()
    papers = re.findall(r"#[0-9a-f]{6}", re.search(r"--paper: ([^;]+);", css)[1])
    metas = [meta for meta in tags(client.get("/").content.decode(), "meta") if meta.get("name") == "theme-color"]
    assert [meta["content"] for meta in metas] == papers
    assert papers[0] == offline_views.PAPER


def test_the_page_of_what_is_saved_says_so_without_javascript_too(client, db):
    response = client.get("/offline/")
    assert "public" in response["Cache-Control"]
    page = Reader(response.content.decode())
    assert "This needs JavaScript" in "".join(page.words)


def test_the_privacy_text_says_what_stays_on_the_device(client, db, settings):
    settings.SITE_URL = "https://health.example.org"
    settings.OFFLINE = True
    text = " ".join("".join(Reader(client.get("/about/privacy/").content.decode()).words).split())
    for words in (
        "It keeps 50 at most",
        "the boxes that you tick",
        "colours and the size of the text",
        "did not save, for 30 days",
        "whose address ends like health.example.org",
    ):
        assert words in text


def test_forgetting_clears_cookies_and_what_the_browser_holds(client, db):
    response = client.post("/forget/", headers=FETCHED)
    assert response.status_code == 200
    assert response["Clear-Site-Data"] == '"cache", "cookies"'
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_nobody_else_can_make_a_reader_forget(db, headers):
    response = Client(enforce_csrf_checks=True).post("/forget/", headers=headers)
    assert response.status_code == 403
    assert "Clear-Site-Data" not in response


def test_nothing_is_forgotten_by_a_look(client, db):
    response = client.get("/forget/")
    assert (response.status_code, response["Location"]) == (302, "/about/privacy/#_forget")
    assert "Clear-Site-Data" not in response
