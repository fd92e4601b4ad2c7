"""The reader's pages: what they show, to whom, and with which headers."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from articles.models import Revision, Topic
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db

PAGES = ["/", "/articles/", "/articles/sore-feet/", "/about/", "/robots.txt"]


def text_of(response):
    """Return what a page says, without its tags, with single blanks."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_the_first_article_says_all_that_it_must(client):
    call_command("load_first_article")
    response = client.get("/articles/muscle-leg-cramps/")
    text, html = text_of(response), response.content.decode()
    assert "Home » Articles » Muscle leg cramps" in text
    assert "No doctor or other health professional has checked this text." in text
    assert re.search(r"Last changed \d{1,2} \w+ \d{4} \.", text)
    assert html.index("What to do now") < html.index("On this page") < html.index('id="causes"')
    assert (
        html.index("Stay safe") < html.index('<h2 id="_rating-title">Rate the article</h2>') < html.index("</article>")
    )
    for fact in (
        "claudication",
        "sodium",
        "diuretics",
        "about a metre",
        "five seconds",
        "five minutes",
        "three times a day",
    ):
        assert fact in text.lower()


def test_lists_are_nested_as_lists(client):
    call_command("load_first_article")
    html = client.get("/articles/muscle-leg-cramps/").content.decode()
    assert re.search(r"<li>\s*<p><strong>Electrolytes.*?<ul>\s*<li>sodium</li>", html, re.DOTALL)


@pytest.mark.parametrize(("count", "shown"), [(1, False), (2, False), (3, True), (5, True)])
def test_contents_are_listed_from_three_sections_on(client, count, shown):
    make_article(sections=["Text."] * count)
    html = client.get("/articles/sore-feet/").content.decode()
    assert ("On this page" in html) == shown
    assert html.count('<li><a href="#part-') == (count if shown else 0)


def test_each_section_can_be_linked_to(client):
    make_article(sections=[("Rest", "a"), ("Walk", "b")])
    html = client.get("/articles/sore-feet/").content.decode()
    assert '<h2 id="rest"><a class="anchor" href="#rest">Rest</a></h2>' in html


def test_hostile_titles_and_headings_are_shown_as_text(client):
    evil = '"><script>alert(1)</script>'
    make_article(title="Sore feet", summary=evil, also_called=evil, sections=[(evil, evil)])
    html = client.get("/articles/sore-feet/").content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 4


def test_the_first_page_leads_to_the_articles(client):
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    make_article("Cold hands")
    text = text_of(client.get("/"))
    assert text.index("Cold hands") < text.index("Sore feet")
    assert "Feet" in text


@pytest.mark.parametrize("path", ["/", "/articles/"])
def test_lists_look_right_without_articles(client, path):
    assert "There are no articles here yet." in text_of(client.get(path))


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_cached_by_anyone(client, path):
    make_article()
    response = client.get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "max-age=0, public, s-maxage=60" or set(
        response["Cache-Control"].split(", ")
    ) == {"public", "max-age=0", "s-maxage=60"}
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_the_same_bytes_for_everyone(client, path):
    make_article()
    plain = client.get(path)
    signed_in = Client()
    signed_in.force_login(make_staff())
    signed_in.cookies["vote"] = "0" * 64
    other = signed_in.get(
        path, headers={"accept-language": "de", "user-agent": "Other", "referer": "http://x.example/"}
    )
    assert other.content == plain.content
    assert other["ETag"] == plain["ETag"]


def test_a_compressed_page_is_the_same_bytes_each_time(client):
    make_article()
    first, second = (client.get("/articles/sore-feet/", headers={"accept-encoding": "gzip"}) for _ in range(2))
    assert first["Content-Encoding"] == "gzip"
    assert first.content == second.content


@pytest.mark.parametrize("cookie", ['sessionid="\\000aaaaaaaaaaaa"', 'vote="\\000"', "sessionid=\x01", "a=b; ="])
def test_a_broken_cookie_is_no_error(client, cookie):
    make_article()
    for path in ("/admin/", "/rate/1/", "/"):
        assert client.get(path, headers={"cookie": cookie}).status_code in (200, 302, 404)


def test_an_unchanged_page_is_not_sent_again(client):
    make_article()
    etag = client.get("/articles/sore-feet/")["ETag"]
    assert client.get("/articles/sore-feet/", headers={"if-none-match": etag}).status_code == 304


def test_an_article_page_asks_the_database_twice(client, django_assert_num_queries):
    make_article(sections=["Text."] * 8)
    with django_assert_num_queries(2):
        client.get("/articles/sore-feet/")


@pytest.mark.parametrize("path", [*PAGES, "/no-such-page/", "/rate/1/", "/admin/login/", "/static/nothing.css"])
def test_every_page_has_the_policies(client, path):
    make_article()
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/articles/secret-plan/",
        "/articles/secret-plan",
        "/articles/Secret-Plan/",
        "/articles/secret-plan.md",
        "/articles/secret-plan/preview/",
        "/preview/1/",
        "/articles/?q=secret",
        "/",
        "/articles/",
        "/about/",
        "/robots.txt",
        "/admin/articles/article/1/preview/",
        "/admin/articles/article/1/change/",
        "/admin/r/1/1/",
        "/rate/1/",
    ],
)
def test_no_draft_leaks_by_any_address(client, path):
    make_article("Secret plan", sections=[("Hush", "Whisper")], published=False)
    body = client.get(path, follow=True).content.decode()
    assert not re.search("Secret plan|Hush|Whisper", body)


def test_changes_to_a_published_article_do_not_leak(client):
    article = make_article()
    article.title, article.summary = "Hushed", "Hushed"
    article.save()
    article.sections.update(heading="Hushed", body="Hushed")
    for path in [*PAGES, f"/rate/{article.pk}/"]:
        assert "Hushed" not in client.get(path).content.decode()


@pytest.mark.parametrize(
    "path", ["/x/", "/articles/nothing/", "/articles/%00/", "/articles/" + "x" * 5000 + "/", "/rate/0/"]
)
def test_an_unknown_address_helps_on(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "We could not find that page" in text_of(response)
    assert 'href="/articles/"' in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_a_missing_slash_is_added(client):
    make_article()
    assert client.get("/articles/sore-feet")["Location"] == "/articles/sore-feet/"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_for_reading(client, method):
    make_article()
    assert getattr(client, method)("/articles/sore-feet/").status_code == 405


def test_a_page_can_be_asked_for_its_headers_alone(client):
    make_article()
    response = client.head("/articles/sore-feet/")
    assert (response.status_code, response.content) == (200, b"")


def test_an_error_of_ours_has_the_sites_look(client, monkeypatch):
    def fail(*args):
        raise RuntimeError("boom")

    monkeypatch.setattr(Revision.objects, "published", fail)
    client.raise_request_exception = False
    response = client.get("/articles/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in text_of(response)
    assert "boom" not in response.content.decode()


def test_an_expired_form_has_the_sites_look():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})
    assert response.status_code == 403
    assert "This form has expired" in text_of(response)


def test_an_unknown_host_is_refused_in_the_sites_look(client):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "We could not read that" in text_of(response)


def test_robots_are_kept_from_voting_and_the_admin(client):
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /admin/\nDisallow: /rate/\n"


def test_the_about_page_says_what_the_site_stores(client):
    text = text_of(client.get("/about/"))
    for promise in ("no cookie, no account", "90 days", "No substitute for a doctor", "at least 10 ratings"):
        assert promise in text
