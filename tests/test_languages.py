"""Languages: each has its own addresses, and only the address decides what a page speaks."""

import pytest

from articles import publishing, urls
from articles.models import Article, Edition, SiteStatement
from tests.factories import make_article

pytestmark = pytest.mark.django_db

PLACES = ["/", "/articles/", "/about/"]


def make_arabic(title="أقدام مؤلمة", slug="sore-feet-ar", **fields):
    return make_article(title, slug=slug, language="ar", **fields)


def page(client, path, **options):
    response = client.get(path, **options)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("place", PLACES)
def test_the_address_alone_decides_the_language(client, place):
    make_article()
    make_arabic()
    for accepted in ("ar", "en", "de, ar;q=0.9"):
        headers = {"accept-language": accepted, "cookie": "django_language=ar"}
        assert '<html lang="en-gb" dir="ltr">' in page(client, place, headers=headers)
        assert '<html lang="ar" dir="rtl">' in page(client, f"/ar{place}", headers=headers)


@pytest.mark.parametrize("path", [*PLACES, "/articles/sore-feet-ar/", "/nothing/"])
def test_no_cache_is_told_to_keep_copies_by_language(client, path):
    make_arabic()
    response = client.get(f"/ar{path}", headers={"accept-language": "en"})
    assert response.get("Vary", "") in ("", "Accept-Encoding")


@pytest.mark.parametrize("path", ["/en-gb/", "/en/", "/de/", "/AR/", "/ar-eg/", "/ar/admin/", "/ar/rate/1/", "/arx/"])
def test_a_language_has_one_address_and_an_unknown_one_none(client, path):
    make_article()
    assert client.get(path).status_code == 404


def test_an_address_without_its_last_slash_leads_on(client):
    assert client.get("/ar")["Location"] == "/ar/"
    assert client.get("/ar/about")["Location"] == "/ar/about/"


def test_an_article_lives_at_its_own_language(client):
    article = make_arabic()
    assert article.get_absolute_url() == "/ar/articles/sore-feet-ar/"
    assert "أقدام مؤلمة" in page(client, "/ar/articles/sore-feet-ar/")
    response = client.get("/articles/sore-feet-ar/")
    assert (response.status_code, response["Location"]) == (301, "/ar/articles/sore-feet-ar/")
    make_article()
    assert client.get("/ar/articles/sore-feet/")["Location"] == "/articles/sore-feet/"


def test_a_draft_is_unknown_in_every_language(client):
    make_arabic(published=False)
    assert client.get("/articles/sore-feet-ar/").status_code == 404
    assert client.get("/ar/articles/sore-feet-ar/").status_code == 404


def test_a_withdrawn_article_is_gone_in_its_own_language(client):
    publishing.withdraw(make_arabic(), by=None)
    response = client.get("/articles/sore-feet-ar/", follow=True)
    assert response.redirect_chain == [("/ar/articles/sore-feet-ar/", 301)]
    assert response.status_code == 410
    assert 'lang="ar" dir="rtl"' in response.content.decode()


@pytest.mark.parametrize("place", ["/", "/articles/"])
def test_lists_show_their_own_language_only(client, place):
    make_article()
    make_arabic()
    assert "أقدام مؤلمة" not in page(client, place)
    assert "Sore feet" not in page(client, f"/ar{place}")
    assert "أقدام مؤلمة" in page(client, f"/ar{place}")


@pytest.mark.parametrize("place", ["/", "/articles/"])
def test_a_language_without_articles_leads_to_those_that_have_some(client, place):
    make_article()
    assert f'<a href="{place}" lang="en-gb" dir="ltr" hreflang="en-gb">English</a>' in page(client, f"/ar{place}")
    assert '<p class="empty">' not in page(client, place)


@pytest.mark.parametrize("place", PLACES)
def test_every_list_names_its_other_languages_and_they_name_it(client, place):
    links = [
        f'<link rel="alternate" hreflang="en-gb" href="http://127.0.0.1:8000{place}">',
        f'<link rel="alternate" hreflang="ar" href="http://127.0.0.1:8000/ar{place}">',
        f'<link rel="alternate" hreflang="x-default" href="http://127.0.0.1:8000{place}">',
    ]
    assert all(link in page(client, path) for link in links for path in (place, f"/ar{place}"))


def test_the_voting_page_speaks_the_articles_language(client):
    arabic, english = make_arabic(), make_article()
    assert 'lang="ar" dir="rtl"' in page(client, f"/rate/{arabic.pk}/", headers={"accept-language": "en"})
    assert 'lang="en-gb" dir="ltr"' in page(client, f"/rate/{english.pk}/", headers={"accept-language": "ar"})


def test_the_desk_speaks_what_the_browser_likes(client):
    assert 'lang="ar"' in page(client, "/accounts/login/", headers={"accept-language": "fr, ar-EG;q=0.8"})
    assert 'lang="en-gb"' in page(client, "/accounts/login/", headers={"accept-language": "en-US"})


def test_the_statement_is_the_languages_own_or_else_the_default_one(client):
    SiteStatement.objects.create(safety="Take care.", about="We.")
    assert SiteStatement.current("ar").safety == "Take care."
    SiteStatement.objects.create(safety="انتبه.", about="نحن.", language="ar")
    assert SiteStatement.current("ar").safety == "انتبه."
    assert SiteStatement.current().safety == "Take care."
    assert "نحن." in page(client, "/ar/about/")
    assert "نحن." not in page(client, "/about/")


def test_no_language_is_left_spoken_for_the_next_request(client):
    arabic = make_arabic()
    client.get(f"/rate/{arabic.pk}/")
    assert Article(slug="x").get_absolute_url() == "/articles/x/"
    assert 'lang="en-gb"' in page(client, "/")


def plain_pages():
    """Return the paths of all pages in each language whose address says nothing but their name."""
    return [f"/{pattern.pattern}" for pattern in urls.urlpatterns if not pattern.pattern.converters]


def test_every_page_without_arguments_speaks_its_address_and_tells_no_cache_to_vary(client):
    make_article()
    make_arabic()
    assert {"/", "/articles/", "/about/"} < set(plain_pages())
    for path in plain_pages():
        answers = [client.get(f"/ar{path}", headers={"accept-language": wanted}) for wanted in ("ar", "en, fr;q=0.5")]
        assert {answer.status_code for answer in answers} <= {200, 302}, path
        assert all(answer.get("Location", "/ar/").startswith("/ar/") for answer in answers), path
        assert len({answer.content for answer in answers}) == 1, path
        assert {answer.get("Vary", "") for answer in answers} <= {"", "Accept-Encoding"}, path
        if answers[0].status_code == 200 and answers[0]["Content-Type"].startswith("text/html"):
            assert '<html lang="ar" dir="rtl"' in answers[0].content.decode(), path


# The site statement at the desk

STATEMENT = "/admin/articles/sitestatement/"


@pytest.fixture
def english():
    return SiteStatement.objects.first() or SiteStatement.objects.create(safety="Take care.", about="We.")


def form_of(statement, **changes):
    return {name: getattr(statement, name) for name in SiteStatement.TEXT} | {"version": "", "note": ""} | changes


def test_the_first_statement_of_a_language_begins_with_what_its_pages_show(editor_client, english):
    html = page(editor_client, f"{STATEMENT}0/change/?language=ar")
    assert "There is no statement in this language yet" in html
    assert english.safety_lines[0] in html
    data = form_of(english, safety="انتبه.", about="نحن.")
    response = editor_client.post(f"{STATEMENT}0/change/?language=ar", data, follow=True)
    arabic = SiteStatement.current("ar")
    assert (arabic.safety, arabic.language) == ("انتبه.", "ar")
    assert response.redirect_chain[-1][0] == f"{STATEMENT}{arabic.pk}/change/"
    assert SiteStatement.current("en-gb") == english


def test_the_statements_of_two_languages_are_changed_apart(editor_client, english):
    arabic = SiteStatement.objects.create(language="ar", safety="انتبه.", about="نحن.")
    newer = form_of(english, safety="Take more care.", version=english.pk)
    editor_client.post(f"{STATEMENT}{english.pk}/change/", newer)
    assert SiteStatement.current("en-gb").safety == "Take more care."
    assert SiteStatement.current("ar") == arabic
    assert "Take more care." not in page(editor_client, f"{STATEMENT}{arabic.pk}/history/")
    assert f'value="{arabic.pk}"' not in page(editor_client, f"{STATEMENT}{english.pk}/history/")
    editor_client.post(f"{STATEMENT}{english.pk}/restore/")
    assert (SiteStatement.current("en-gb").safety, SiteStatement.current("ar")) == (english.safety, arabic)


@pytest.mark.parametrize("query", ["language=de", "language=", "language=%00", "language=ar&language=xx"])
def test_an_unknown_language_of_the_statement_is_the_default_one(editor_client, english, query):
    response = editor_client.get(f"{STATEMENT}?{query}")
    assert response["Location"] == f"{STATEMENT}{english.pk}/change/"


def test_what_is_in_another_language_says_so(client, english):
    make_arabic()
    html = page(client, "/ar/articles/sore-feet-ar/")
    assert f'<ul lang="en-gb" dir="ltr">\n<li>{english.safety_lines[0]}' in html
    SiteStatement.objects.create(language="ar", safety="انتبه.", about="نحن.")
    Edition.next()
    assert "<ul>\n<li>انتبه." in page(client, "/ar/articles/sore-feet-ar/")


@pytest.mark.parametrize("names", ["الشد, التقلص", "الشد، التقلص", " الشد،, التقلص ،"])
def test_names_are_divided_by_the_comma_of_either_script(names):
    assert make_arabic(also_called=names).revisions.get().other_names == ["الشد", "التقلص"]
