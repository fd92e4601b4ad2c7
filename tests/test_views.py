"""The reader's pages: what they show, to whom, and with which headers."""

import gzip
import re
from datetime import timedelta

import brotli
import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from articles import publishing
from articles.middleware import PolicyMiddleware
from articles.models import Article, Revision, Topic
from tests.factories import make_article, make_contributor, make_staff

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
    assert "No doctor or other health professional has checked this text or its drawings." in text
    assert re.search(r"Published \d{1,2} \w+ \d{4} \.", text)
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


def test_the_first_article_cites_its_sources_where_it_rests_on_them(client):
    call_command("load_first_article")
    html = client.get("/articles/muscle-leg-cramps/").content.decode()
    assert "does not ease with exercise<sup" in html
    cited = set(re.findall(r'<sup class="source-ref"><a href="#([^"]+)"', html))
    assert cited == set(re.findall(r'<li id="(_source-[^"]+)"', html)) == {"_source-nidirect", "_source-uclh"}
    text = text_of(client.get("/articles/muscle-leg-cramps/"))
    assert text.count("Read on 22 November 2026") == 2
    assert "This advice on massage is a precaution of ours: it is not from these sources." in text
    assert "[^" not in text


def test_lists_are_nested_as_lists(client):
    call_command("load_first_article")
    html = client.get("/articles/muscle-leg-cramps/").content.decode()
    assert re.search(r"<li>\s*<p><strong>(<button[^>]*>)?Electrolytes.*?<ul>\s*<li>sodium</li>", html, re.DOTALL)


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


def held_for(response):
    """Return for how many seconds a shared cache may show a page while the site can be reached."""
    parts = dict(part.partition("=")[::2] for part in response["Cache-Control"].split(", "))
    assert (parts.pop("public"), parts.pop("max-age"), parts.pop("must-revalidate")) == ("", "0", "")  # for browsers
    assert list(parts) == ["s-maxage", "stale-while-revalidate", "stale-if-error"]
    return int(parts["s-maxage"]) + int(parts["stale-while-revalidate"])


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_cached_by_anyone(client, path):
    make_article()
    response = client.get(path)
    assert response.status_code == 200
    assert held_for(response) == 40
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/sore-feet/"])
@pytest.mark.parametrize("change", ["publication", "expiry"])
def test_no_cache_outlives_the_next_change(client, now, path, change):
    article = make_article()
    soon = now + timedelta(seconds=30)
    if change == "expiry":
        Article.objects.update(expires_at=soon)
    else:
        article.sections.update(body="Rest them well.")
        publishing.publish(article, by=None, at=soon)
    assert held_for(client.get(path)) == 30


def test_no_cache_outlives_the_last_day_of_a_review(client, monkeypatch):
    revision = make_article().revisions.get()
    publishing.review(revision, contributor=make_contributor(), correct_until=timezone.localdate())
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: midnight - timedelta(seconds=20))
    assert held_for(client.get("/articles/sore-feet/")) == 20
    monkeypatch.setattr(timezone, "now", lambda: midnight)
    response = client.get("/articles/sore-feet/")
    assert held_for(response) == 40
    assert "is overdue" in text_of(response)


def test_a_change_far_ahead_lets_caches_hold_a_page_no_longer_than_else(client):
    make_article()
    Article.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert held_for(client.get("/articles/sore-feet/")) == 40


def test_a_page_that_comes_out_soon_is_unknown_and_not_held_as_such(client, now):
    publishing.publish(make_article(published=False), by=None, at=now + timedelta(seconds=30))
    response = client.get("/articles/sore-feet/")
    assert (response.status_code, response["Cache-Control"]) == (404, "no-store")
    assert client.get("/rate/1/").status_code == 404


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


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=1.0, gzip", "br"),
        ("br;q=0, gzip", "gzip"),
        ("brot", None),
        ("", None),
    ],
)
def test_a_compressed_page_is_the_same_bytes_each_time(client, accepted, encoding):
    make_article()
    first, second = (client.get("/articles/sore-feet/", headers={"accept-encoding": accepted}) for _ in range(2))
    assert first.get("Content-Encoding") == encoding
    assert first.content == second.content
    plain = client.get("/articles/sore-feet/")
    read = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[encoding]
    assert read(first.content) == plain.content
    assert int(first["Content-Length"]) == len(first.content)
    assert first["Vary"] == plain["Vary"] == "Accept-Encoding"
    headers = {"accept-encoding": accepted, "if-none-match": first["ETag"]}
    assert client.get("/articles/sore-feet/", headers=headers).status_code == 304


def test_a_page_with_secrets_is_padded_and_never_in_brotli(client):
    path = f"/rate/{make_article().pk}/"
    first, second = (client.get(path, headers={"accept-encoding": "gzip, br"}) for _ in range(2))
    assert first["Content-Encoding"] == second["Content-Encoding"] == "gzip"
    assert first.content != second.content


@pytest.mark.parametrize("cookie", ['sessionid="\\000aaaaaaaaaaaa"', 'vote="\\000"', "sessionid=\x01", "a=b; ="])
def test_a_broken_cookie_is_no_error(client, cookie):
    make_article()
    for path in ("/admin/", "/rate/1/", "/"):
        assert client.get(path, headers={"cookie": cookie}).status_code in (200, 302, 404)


@pytest.mark.parametrize(
    ("words", "said"), [(150, "About 1 minute"), (200, "About 2 minutes"), (1000, "About 6 minutes")]
)
def test_the_time_to_read_counts_title_summary_and_sections_and_rounds_up(client, words, said):
    make_article(sections=["word – " * words])  # and 8 words around them; a dash is none
    assert f"{said} to read." in client.get("/articles/sore-feet/").content.decode()


def test_what_is_shared_is_the_canonical_address_alone(client, settings):
    settings.SITE_URL = "https://cramps.example"
    make_article()
    html = client.get("/articles/sore-feet/?utm=mail").content.decode()
    assert '<button type="button" value="https://cramps.example/articles/sore-feet/">Share this page' in html


def test_an_unchanged_page_is_not_sent_again(client):
    make_article()
    etag = client.get("/articles/sore-feet/")["ETag"]
    assert client.get("/articles/sore-feet/", headers={"if-none-match": etag}).status_code == 304


def test_an_article_page_that_is_new_asks_the_database_eleven_times(client, django_assert_num_queries):
    article = make_article(sections=["Text."] * 8, known="It hurts.")
    publishing.review(article.revisions.get(), contributor=make_contributor(), correct_until=timezone.localdate())
    article.sections.update(body="Other text.")
    publishing.publish(article, by=None, change="small", note="Spelling")
    with django_assert_num_queries(11):
        client.get("/articles/sore-feet/")


@pytest.mark.parametrize(("path", "queries"), [("/", 5), ("/articles/", 3), ("/about/", 1)])
def test_other_pages_ask_the_database_a_fixed_number_of_times(client, django_assert_num_queries, path, queries):
    for title in ("Sore feet", "Cold hands", "Dry eyes"):
        make_article(title)
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize("path", [*PAGES, "/no-such-page/", "/rate/1/", "/admin/login/", "/static/nothing.css"])
def test_every_page_has_the_policies(client, path):
    make_article()
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert re.match(r"default-src 'none'; script-src 'self' 'sha256-[^']+'; style-src 'self'; img-src 'self';", policy)
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    is_page, is_desk = response["Content-Type"].startswith("text/html"), path.startswith("/admin/")
    assert ("; require-trusted-types-for 'script'; " in policy) == (is_page and not is_desk)


def test_what_a_page_may_do_is_said_with_pages_alone(rf):
    """A style sheet or script has no camera to use; what a script of a worker may fetch, its own answer says."""
    kinds = (("text/html", True, True), ("text/css", False, False), ("text/javascript", False, True))
    for kind, is_page, has_policy in kinds:
        response = PolicyMiddleware(lambda request, kind=kind: HttpResponse(content_type=f"{kind}; charset=utf-8"))(
            rf.get("/")
        )
        assert response.has_header("Permissions-Policy") == is_page
        policy = response.get("Content-Security-Policy", "")
        assert bool(policy) == has_policy
        assert ("script-src" in policy) == is_page


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
    text = client.get("/robots.txt").content.decode()
    assert text.startswith("User-agent: *\nDisallow: /admin/\nDisallow: /rate/\n\n")


def test_the_about_page_says_what_the_site_stores(client):
    about = text_of(client.get("/about/"))
    assert "No substitute for a doctor" in about
    assert "no cookie, no account" in about
    text = text_of(client.get("/about/privacy/"))
    for promise in ("no cookie, no account", "90 days", "at least 10 ratings"):
        assert promise in text


# Withdrawn, expired, deleted


def expire(article):
    Article.objects.filter(pk=article.pk).update(expires_at=timezone.now())


def withdraw(article):
    publishing.withdraw(article, by=None, reason="The dose was <wrong>.")


def delete(article):
    publishing.withdraw(article, by=None)
    publishing.delete(article, by=None)


@pytest.mark.parametrize(
    ("take_away", "sentence"),
    [
        (expire, "It was meant to be read for a time only, and that is over."),
        (withdraw, "The dose was &lt;wrong&gt;."),
        (delete, "We no longer stand behind what it said."),
    ],
)
def test_an_article_that_was_taken_away_is_gone_with_a_sentence_and_a_way_on(client, take_away, sentence):
    article = make_article(sections=[("Hush", "Whisper")], summary="Murmur.")
    take_away(article)
    response = client.get("/articles/sore-feet/")
    html = response.content.decode()
    assert (response.status_code, response["Cache-Control"]) == (410, "no-store")
    assert sentence in html
    assert '<meta name="robots" content="noindex">' in html
    assert 'href="/articles/"' in html
    assert f'href="/rate/{article.pk}/"' in html
    assert not re.search("Hush|Whisper|Murmur|Sore feet", html)


def test_an_old_address_of_what_is_gone_says_so_too_and_that_of_a_draft_nothing(client):
    for title in ("Sore feet", "Cold hands"):
        article = make_article(title, published=title == "Sore feet")
        publishing.record(article, by=None)
        article.slug = f"new-{article.slug}"
        article.save()
    withdraw(Article.objects.get(slug="new-sore-feet"))
    codes = {slug: client.get(f"/articles/{slug}/").status_code for slug in ("sore-feet", "new-sore-feet")}
    assert codes == {"sore-feet": 410, "new-sore-feet": 410}
    assert client.get("/articles/cold-hands/").status_code == 404


def test_an_old_address_leads_on_and_is_held_no_longer_than_a_page(client, now):
    article = make_article()
    article.slug = "aching-feet"
    article.save()
    response = client.get("/articles/sore-feet/")
    assert (response.status_code, response["Location"]) == (301, "/articles/aching-feet/")
    assert held_for(response) == 40
    Article.objects.update(expires_at=now + timedelta(seconds=5))
    assert held_for(client.get("/articles/sore-feet/")) == 5


def test_what_is_put_back_shows_at_once(client):
    article = make_article()
    withdraw(article)
    assert client.get("/articles/sore-feet/").status_code == 410
    assert "Sore feet" not in text_of(client.get("/articles/"))
    publishing.put_back(article, by=None)
    assert client.get("/articles/sore-feet/").status_code == 200
    assert "Sore feet" in text_of(client.get("/articles/"))


# The trust panel


def sign(article, who=None, **fields):
    who = who or make_contributor(credentials="Neurologist", interests="None declared")
    revision = article.revisions.published().get()
    return publishing.review(revision, contributor=who, **{"correct_until": timezone.localdate()} | fields)


def published_again(article, **choices):
    article.sections.update(body=f"Text {article.revisions.count()}.")
    return publishing.publish(article, by=None, **choices)


def dates(response):
    """Return the page's four dates as it names them."""
    html = response.content.decode()
    rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html.partition('class="dates"')[2].partition("</dl>")[0])
    return {name: re.sub(r"<[^>]+>", "", value) for name, value in rows}


def test_each_date_that_is_missing_says_so(client):
    make_article()
    shown = dates(client.get("/articles/sore-feet/"))
    today = timezone.localdate().strftime("%-d %B %Y")
    assert shown == {
        "Published": today,
        "Last changed": "Not yet",
        "Last reviewed": "Not yet",
        "Next review due": "Not set",
    }


def test_a_preview_has_no_date_that_the_page_has_not(editor_client):
    article = make_article(published=False)
    preview = f"/admin/articles/article/{article.pk}/preview/"
    shown = dates(editor_client.get(preview))
    assert (shown["Published"], shown["Last changed"]) == ("Not published", "Not published")
    publishing.publish(article, by=None)
    article.sections.update(body="Other text.")
    response = editor_client.get(preview)
    assert "Not published." in text_of(response)
    assert dates(response)["Last changed"] == "Not published"
    assert dates(response)["Published"] == timezone.localdate().strftime("%-d %B %Y")


def test_a_page_without_anyone_or_anything_named_says_so(client):
    make_article()
    text = text_of(client.get("/articles/sore-feet/"))
    for sentence in (
        "No doctor or other health professional has checked this text.",
        "No author is named.",
        "No source is named.",
        "Funding and adverts Not stated yet.",
    ):
        assert sentence in text


def test_a_reviewed_page_says_who_checked_it_when_and_until_when(client):
    article = make_article()
    sign(article)
    text, today = text_of(client.get("/articles/sore-feet/")), timezone.localdate().strftime("%-d %B %Y")
    assert f"Checked by Dr Rosa Test, Neurologist, on {today} ." in text
    assert f"The next review is due by {today} ." in text
    assert f"Interests: None declared. Checked on {today} , correct until {today} ." in text
    assert "No doctor" not in text


def test_an_overdue_review_is_shown_as_overdue_twice(client, monkeypatch):
    sign(make_article())
    later = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    response = client.get("/articles/sore-feet/")
    assert re.search(r"The next review was due by \d+ \w+ \d+ and is overdue\.", text_of(response))
    assert dates(response)["Next review due"].endswith("(overdue)")


def test_a_first_review_that_is_overdue_is_shown_as_that(client):
    make_article(review_due=timezone.localdate() - timedelta(days=1))
    response = client.get("/articles/sore-feet/")
    assert "No doctor or other health professional has checked this text." in text_of(response)
    assert "The first review was due by" in text_of(response)
    assert dates(response)["Last reviewed"] == "Not yet"


def test_a_small_correction_is_listed_beside_the_review(client):
    article = make_article()
    sign(article)
    published_again(article, change="small", note="A <word> put right")
    text = text_of(client.get("/articles/sore-feet/"))
    assert "Checked by Dr Rosa Test" in text
    assert "Edited since the review: A &lt;word&gt; put right (" in text
    for number in range(3):
        published_again(article, change="small", note=f"Edit {number}")
    text = text_of(client.get("/articles/sore-feet/"))
    assert re.search(r"review: Edit 2 \([^)]+\); Edit 1 \([^)]+\); Edit 0 \([^)]+\); and 1 more\.", text)


def test_a_substantial_change_says_that_nobody_checked_it(client):
    article = make_article()
    sign(article)
    published_again(article, change="substantial")
    response = client.get("/articles/sore-feet/")
    text = text_of(response)
    assert re.search(r"An earlier version was checked on \d+ \w+ \d+ \. The text has changed since, and nobody", text)
    assert "Nobody has checked this version." in text
    assert dates(response)["Last reviewed"].endswith("(an earlier version)")


def test_authors_sources_and_how_sure_we_are_stand_before_the_rating(client):
    article = make_article(
        sections=["It hurts.[^journal-of-feet]"],
        published=False,
        known="Rest helps.[^journal-of-feet]\n\n# Detail",
        sources_differ="On shoes.",
    )
    article.authors.add(make_contributor("Ann Author"))
    article.sources.create(title="Of feet", publisher="Journal of Feet", year=2024, url="https://feet.example/1")
    publishing.publish(article, by=None)
    html, text = (page := client.get("/articles/sore-feet/")).content.decode(), text_of(page)
    assert "Ann Author . Interests: not stated." in text
    assert html.count('<a href="#_source-journal-of-feet"') == 2
    assert '<a href="https://feet.example/1" class="external" rel="external noopener" dir="auto">Of feet<span' in html
    assert "Of feet (another website) . Journal of Feet , 2024." in text
    assert '<h4 id="_known--detail">Detail</h4>' in html
    assert "What is not known" not in text
    assert text.index("Stay safe") < text.index("About this article") < text.index("What is known Rest helps.")
    assert text.index("Where sources differ") < text.index("Of feet") < text.index("How helpful was this article?")


def test_hostile_people_sources_and_notes_are_shown_as_text(client):
    evil = '"><script>alert(1)</script>'
    article = make_article(published=False, funding=evil, not_known=evil)
    article.authors.add(make_contributor(evil, credentials=evil, interests=evil))
    article.sources.create(title=evil, publisher=evil)
    published = publishing.publish(article, by=None, note=evil)
    sources = [source | {"url": "javascript:alert(1)"} for source in published.sources]
    article.revisions.update(sources=sources)  # which no publication would let out
    sign(article, make_contributor(evil, credentials=evil, interests=evil), message=evil)
    publishing.warn(article, by=None, text=evil)
    html = client.get("/articles/sore-feet/").content.decode()
    assert "<script>alert" not in html
    assert "javascript:" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 12


def test_the_history_stands_after_the_rating(client):
    article = make_article()
    published_again(article, note="Shoes <added>")
    text = text_of(client.get("/articles/sore-feet/"))
    past = text.partition("What changed")[2]
    assert text.index("How helpful was this article?") < text.index("What changed")
    assert re.fullmatch(r" \d+ \w+ \d+ : Shoes &lt;added&gt; \d+ \w+ \d+ : First published\.", past)


def test_an_article_that_is_no_longer_true_says_so_first(client):
    article = make_article(sections=[("What to do now", "Rest.")])
    article.sections.update(kind="act_now")
    published_again(article)
    publishing.warn(article, by=None, text="Rest does not help.")
    text, today = text_of(client.get("/articles/sore-feet/")), timezone.localdate().strftime("%-d %B %Y")
    assert f"On {today} we learnt that this article is no longer true. Rest does not help." in text
    assert text.index("Rest does not help.") < text.index("All about sore feet.") < text.index("What to do now")
    for path in ("/", "/articles/"):
        assert "Sore feet No longer true" in text_of(client.get(path))
    publishing.clear_warning(article, by=None)
    for path in PAGES:
        assert "o longer true" not in client.get(path).content.decode()
