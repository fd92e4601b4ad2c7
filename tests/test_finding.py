"""Finding: search, suggestions, A to Z, topics, related articles; of published text only."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from threading import Barrier, BrokenBarrierError
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import caching, finding, publishing, search
from articles.models import Article, Entry, Name, Revision, Topic, Word
from tests.factories import make_article
from tests.test_views import held_for, text_of

pytestmark = pytest.mark.django_db


def found(text, language="en-gb"):
    """Return the titles of the articles that a search finds, the best first."""
    answer = search.search(text, language, timezone.now())
    titles = dict(Revision.objects.filter(pk__in=answer.hits).values_list("pk", "title"))
    return [titles[pk] for pk in answer.hits]


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def make_cramps():
    make_article("Cold hands", sections=["Wear gloves."])  # what a search must not find besides
    return make_article(
        "Muscle leg cramps",
        also_called="leg cramps, charley horse",
        summary="A muscle contracts hard and does not relax.",
        sections=[
            ("Causes", "Medicines such as **diuretics**, or [electrolytes](https://a.example) out of balance."),
            ("What helps", "Stretch the calf. Massage the muscle. Ménière is a name."),
        ],
    )


# Search


def test_typing_mistakes_are_mended():
    make_cramps()
    for typed in (
        *("musle crmps", "mucsle", "muscel cramsp", "crampps", "legg crams", "charly horse", "charlie hors"),
        *("diuertics", "diuretcs", "electrolites", "elektrolytes", "electroltes", "eletrolyte", "strech", "streching"),
        *("masage", "massge", "medicin", "medecines", "medisines", "balence", "contracs", "relacks", "claf", "tsretch"),
    ):
        assert found(typed) == ["Muscle leg cramps"], typed


def test_words_are_found_in_other_forms_without_accents_and_by_their_beginnings():
    make_cramps()
    for typed in (
        *("cramp", "CRAMPING", "cramped", "muscles", "stretching", "stretched", "meniere", "Ménières", "ménière's"),
        *("electro", "diuret", "charley horse", "Charley-Horse", "horses", "what do I do about a cramp in my leg?"),
        *("cramp diuretics", "charley horse massage", "+cramp", '"cramp"', "cramp AND", "leg OR", "cramp*"),
    ):
        assert found(typed) == ["Muscle leg cramps"], typed


def test_nothing_is_made_up_where_nothing_is_meant():
    make_cramps()
    for typed in ("zebra", "xyzzy", "qqq", "her", "12345", "kidney", "gl"):
        assert found(typed) == [], typed


def test_titles_and_other_names_come_before_headings_and_these_before_the_text():
    make_article("Walking", sections=["Cramp may follow."])
    make_article("Sore feet", sections=[("Cramp in the foot", "Rest.")])
    make_article("Night cramp", sections=["Rest."])
    make_article("Charley horse", also_called="cramp", sections=["Rest."])
    assert found("cramp") == ["Charley horse", "Night cramp", "Sore feet", "Walking"]


def test_where_no_article_has_all_words_those_that_have_some_are_shown(client):
    make_cramps()
    assert sorted(found("diuretics gloves")) == ["Cold hands", "Muscle leg cramps"]
    assert "No article has all of these words." in text_of(client.get("/search/?q=diuretics+gloves"))
    assert found("diuretics zebra") == ["Muscle leg cramps"]


def test_an_article_is_found_once_with_its_sections(client):
    make_cramps()
    html = page(client, "/search/?q=musle+stretching")
    assert html.count('<a href="/articles/muscle-leg-cramps/"') == 1
    assert '<a href="/articles/muscle-leg-cramps/#what-helps">What helps</a>' in html
    assert "<mark>Stretch</mark> the calf. Massage the <mark>muscle</mark>." in html
    assert "so we looked for “ muscle stretching ”." in text_of(client.get("/search/?q=musle+stretching"))
    assert "1 article" in text_of(client.get("/search/?q=muscle"))


def test_what_is_marked_is_escaped(client):
    evil = "<script>alert(1)</script> & cramp <mark>"
    make_article(evil, slug="evil", summary=evil, also_called=evil, sections=[(evil, evil)])
    html = page(client, "/search/?q=cramp+alert")
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; &amp; <mark>cramp</mark> &lt;mark&gt;") == 5
    assert "<script>alert" not in page(client, f"/search/?q={quote(evil)}")


def test_an_excerpt_begins_near_what_was_found():
    make_article(sections=["Word. " * 500 + "Then the *cramp* goes. " + "Word. " * 500])
    answer = search.search("cramp", "en-gb", timezone.now())
    (result,) = search.show(answer, list(Revision.objects.all()), "en-gb")
    ((address, _heading, excerpt),) = result.parts
    said = "".join(piece for piece, _is_hit in excerpt)
    assert address == "/articles/sore-feet/#part-1"
    assert ("cramp", True) in excerpt
    assert "… Word." in said
    assert "Then the cramp goes." in said
    assert len(said) < 250


def test_markdown_leaves_no_signs_and_sources_no_numbers():
    make_article(sections=["# Top\n\n*One* `two`[^a] ~~no~~\n\n- three\n- four\n\n| x | y |\n|---|---|\n| 5 | 6 |"])
    assert Entry.objects.get(key="part-1").text == "Top · One two no · three · four · x · y · 5 · 6"


def test_an_empty_search_says_what_can_be_done(client):
    make_cramps()
    for query in ("", "?q=", "?q=+++", "?q=%00"):
        text = text_of(client.get(f"/search/{query}"))
        assert "All articles from A to Z" in text
        assert "Nothing was found" not in text


def test_a_search_that_finds_nothing_helps_on(client):
    make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    html = page(client, "/search/?q=zebra")
    text = text_of(client.get("/search/?q=zebra"))
    for words in ("Nothing was found for “ zebra ”.", "We looked in the titles", "ask a doctor", "A to Z", "Feet"):
        assert words in text
    assert 'value="zebra"' in html
    assert '<meta name="robots" content="noindex">' in html


HOSTILE = [
    "\u3316" * 200,  # a sign that stands for six letters, in more of them than PostgreSQL takes for a word
    *('"', "'", '"""', "'; DROP TABLE articles_entry; --", "cramp'", "\\", "%", "_", "*", "^cramp", "cramp NEAR/5 leg"),
    *(
        "NOT",
        "AND OR NOT",
        "names:cramp",
        "{names} : cramp",
        "(cramp",
        "cramp)",
        "- - -",
        "& | ! <->",
        "cramp:*A",
        "a:b",
    ),
    *(
        "\x00",
        "cramp\x00leg",
        "\u202ecramp\u202c",
        "\u200f\u061c",
        "🦵🏽",
        "👩‍👩‍👧",
        "ﷺ",
        "½",
        "²³",
        "ⅷ",
        "ŉ",
        "İi",
        "ß",
        "\ud83d",
    ),
    *(
        "x" * 10_000,
        "cramp " * 2000,
        "'" * 10_000,
        "كتب",
        "תשובה",
        "腿抽筋",
        "𞤀𞤣",
        "à" * 300,
        "1e5 0x10 -5 3.14 http://a.b/c?d",
    ),
    *("\t\r\n\v\f", "\x85\u2028", "<script>alert(1)</script>", "${7*7}", "{{ 7 }}", "%s %(a)s", "../../etc/passwd"),
]


def test_no_query_breaks_the_search(client):
    make_cramps()
    for query in HOSTILE:
        address = quote(query.encode("utf-8", "surrogatepass"))
        for path in ("/search/?q=", "/search/suggest/?q="):
            assert client.get(path + address).status_code == 200, (path, query)


@pytest.mark.parametrize("query", ["\x00", "'; DROP", "x" * 10_000, "\u202e", "\ud83d"])
def test_nor_does_any_other_parameter_break_a_list(client, query):
    make_cramps()
    address = quote(query.encode("utf-8", "surrogatepass"))
    for path in ("/articles/?letter=C&from=", "/search/?q=cramp&page=", "/articles/?letter="):
        assert client.get(path + address).status_code in (200, 404), path
    assert client.get(f"/topics/{address}/").status_code == 404


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.lists(st.sampled_from([*HOSTILE[:26], "cramp", "muscle"]), max_size=6).map(" ".join))
def test_nor_does_any_text_at_random(db, text):
    if not Entry.objects.exists():
        make_cramps()
    answer = search.search(text, "en-gb", timezone.now())
    search.show(answer, list(Revision.objects.filter(pk__in=answer.hits)), "en-gb")
    search.suggestions(text, "en-gb", timezone.now())


def test_a_search_looks_at_a_fixed_number_of_candidates(client, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(search, "CANDIDATES", 5)
    for number in range(8):
        make_article(f"Cramp {number}", sections=["Cramp."])
    assert len(found("cramp")) == 5
    assert "More than 5 articles. Add a word to find fewer." in text_of(client.get("/search/?q=cramp"))
    with django_assert_max_num_queries(11):
        client.get("/search/?q=cramp")
    with django_assert_max_num_queries(60):
        client.get("/search/?q=abcdefgh+bcdefghi+cdefghij+defghijk+efghijkl+fghijklm+ghijklmn+hijklmno+ijklmnop")


def test_what_was_found_goes_on_for_several_pages(client, monkeypatch):
    monkeypatch.setattr("articles.finding_views.CARDS", 3)
    for number in range(8):
        make_article(f"Cramp {number}")
    pages = [page(client, f"/search/?q=cramp&page={number}") for number in (1, 2, 3)]
    seen = [number for html in pages for number in range(8) if f'href="/articles/cramp-{number}/"' in html]
    assert sorted(seen) == list(range(8))
    assert '<a class="button" rel="next" href="?q=cramp&amp;page=2">' in pages[0]
    assert 'rel="next"' not in pages[2]
    assert page(client, "/search/?q=cramp&page=99") == pages[2]


# Nobody finds what is not published


def make_secret(**fields):
    topic = Topic.objects.create(name="Whispers", slug="whispers")
    return make_article(
        "Secret plan",
        also_called="hushed",
        summary="Murmur.",
        sections=[("Undertone", "Mumbling quietly.")],
        topic=topic,
        **fields,
    )


def schedule(article):
    publishing.publish(article, by=None, at=timezone.now() + timedelta(days=1))


def expire(article):
    publishing.publish(article, by=None)
    Article.objects.filter(pk=article.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def withdraw(article):
    publishing.publish(article, by=None)
    publishing.withdraw(article, by=None)


def delete(article):
    withdraw(article)
    publishing.delete(article, by=None)


@pytest.mark.parametrize("hide", [None, schedule, expire, withdraw, delete])
def test_nothing_unpublished_is_found_in_any_way(client, hide):
    public = make_article(sections=["Rest, or not."])
    secret = make_secret(published=False)
    if hide:
        hide(secret)
    for word in ("secret", "hushed", "murmur", "undertone", "mumbling", "sceret", "hushd", "mumblin", "undertones"):
        assert found(word) == [], word
        text = text_of(client.get(f"/search/?q={word}+feet")).replace(word, "")
        assert "ecret" not in text
        assert json.loads(client.get(f"/search/suggest/?q={word}").content) == {"suggestions": []}
    for path in ("/", "/articles/", "/articles/?letter=S", "/articles/?letter=H", "/search/?q=zebra", "/search/"):
        assert not {"Secret", "hushed", "Whispers"} & set(text_of(client.get(path)).split()), path
    assert client.get("/topics/whispers/").status_code == 404
    Article.objects.filter(pk=public.pk).update(topic=secret.topic)
    assert "Secret" not in page(client, "/articles/sore-feet/")


def test_a_scheduled_article_is_found_from_its_time_on(client):
    secret = make_secret(published=False)
    schedule(secret)
    Revision.objects.update(published_at=timezone.now())
    assert found("mumbling") == ["Secret plan"]
    assert "hushed see Secret plan" in text_of(client.get("/articles/"))
    assert "Secret plan" in text_of(client.get("/topics/whispers/"))


def test_words_of_an_earlier_version_are_not_found_and_its_rows_go():
    article = make_article("Sore feet", also_called="tired soles", sections=["Rest them."])
    article.sections.update(body="Bathe them.")
    article.title = article.also_called = article.summary = "Aching feet"
    article.save()
    publishing.publish(article, by=None)
    for word in ("rest", "sore", "soles", "tired"):
        assert found(word) == [], word
    assert found("bathe") == found("aching") == ["Aching feet"]
    assert [name.name for name in Name.objects.all()] == ["Aching feet"]
    assert Entry.objects.count() == 2


def test_words_of_a_draft_or_of_a_waiting_version_are_not_found_yet():
    article = make_article(sections=["Rest them."])
    article.sections.update(body="Bathe them.")
    publishing.record(article, by=None)
    assert (found("bathe"), found("rest")) == ([], ["Sore feet"])
    publishing.publish(article, by=None, at=timezone.now() + timedelta(days=1))
    assert (found("bathe"), found("rest")) == ([], ["Sore feet"])
    publishing.cancel(article, by=None)
    assert not Entry.objects.filter(text__contains="Bathe").exists()
    publishing.publish(article, by=None)
    assert (found("bathe"), found("rest")) == (["Sore feet"], [])


def test_what_is_put_back_is_found_again():
    article = make_article()
    publishing.withdraw(article, by=None)
    assert found("feet") == []
    publishing.put_back(article, by=None)
    assert found("feet") == ["Sore feet"]


def test_each_language_finds_its_own(client):
    make_article("Sore feet", sections=["Same"])
    make_article("أقدام مؤلمة", slug="sore-feet-ar", language="ar", sections=["Same", "تشنّجات العضلات"])
    assert found("same") == ["Sore feet"]
    assert found("same", "ar") == found("تشنجات", "ar") == found("العضلات", "ar") == ["أقدام مؤلمة"]
    assert 'href="/ar/articles/sore-feet-ar/#part-1"' in page(client, "/ar/search/?q=same")
    html = page(client, "/ar/articles/")
    assert '<h2 id="_ا">' in html
    assert "Sore" not in html
    assert "أقدام" not in page(client, "/articles/")


def test_a_change_of_language_or_topic_shows_at_once(client):
    article, feet = make_article(), Topic.objects.create(name="Feet", slug="feet")
    article.topic = feet
    article.save()
    publishing.record(article, by=None)
    assert "Sore feet" in text_of(client.get("/topics/feet/"))
    Topic.objects.update(name="All feet", description="What carries us.")
    assert "All feet What carries us." in text_of(client.get("/"))
    article.topic, article.language = None, "ar"
    article.save()
    publishing.record(article, by=None)
    assert client.get("/topics/feet/").status_code == 404
    assert (found("feet"), found("feet", "ar")) == ([], ["Sore feet"])


# The rows


def test_everything_can_be_indexed_anew():
    make_cramps()
    schedule(make_secret(published=False))
    before = sorted(Entry.objects.values_list("revision", "key", "heading", "text"))
    Word.objects.create(word="obsolete", beginning="o", ending="te", length=8)
    Entry.objects.all().delete()
    Name.objects.all().delete()
    assert found("cramps") == []
    output = StringIO()
    call_command("reindex", stdout=output)
    assert "Done: 3 articles." in output.getvalue()
    assert sorted(Entry.objects.values_list("revision", "key", "heading", "text")) == before
    assert found("musle crmps") == ["Muscle leg cramps"]
    assert not Word.objects.filter(word="obsolete").exists()


def test_names_are_filed_by_their_letter():
    filed = {
        "Muscle leg cramps": "M",
        "élan": "E",
        "Ångström": "A",
        "“Restless” legs": "R",
        "3-day fever": "#",
        "🦵": "#",
        "Ωmega": "#",
        "أقدام": "ا",
    }
    assert {name: finding.letter_of(finding.sort_key(name)) for name in filed} == filed


def test_each_name_is_kept_once_and_may_be_long():
    make_article("Sore feet", also_called=f"sore feet, Aching feet,, aching FEET, {'ﷺ' * 150}")
    assert [name.name for name in Name.objects.order_by("sort")][:2] == ["Aching feet", "Sore feet"]
    assert Name.objects.count() == 3


def test_a_start_indexes_what_has_no_rows_and_nothing_else():
    make_cramps()
    Name.objects.filter(revision__title="Cold hands").delete()
    kept = set(Name.objects.values_list("pk", flat=True))
    call_command("reindex", missing=True, verbosity=0)
    assert kept < set(Name.objects.values_list("pk", flat=True))
    assert found("gloves") == ["Cold hands"]
    make_article("Draft", published=False)
    output = StringIO()
    call_command("reindex", missing=True, stdout=output)
    assert "Done: 0 articles." in output.getvalue()


# A to Z


def test_letters_without_articles_are_shown_as_such(client):
    make_cramps()
    html = page(client, "/articles/")
    assert '<li><a href="#_M">M</a></li>' in html
    assert '<li><span>B<span class="visually-hidden"> (no articles)</span></span></li>' in html
    text = text_of(client.get("/articles/"))
    assert "C charley horse see Muscle leg cramps Cold hands L leg cramps see Muscle leg cramps M Muscle leg" in text


def test_many_names_are_shown_by_letter_and_page_by_page(client, monkeypatch):
    monkeypatch.setattr("articles.finding_views.PAGE", 3)
    for name in ("Ant", "Bee", "Cat", "Cod", "Cow", "Crab", "Crow"):
        make_article(name)
    html = page(client, "/articles/")
    assert '<a href="?letter=C">C</a>' in html
    assert "Ant" not in html
    assert "Choose the letter" in html
    first = page(client, "/articles/?letter=c")
    assert all((name in first) == (name in ("Cat", "Cod", "Cow")) for name in ("Ant", "Cat", "Cod", "Cow", "Crab"))
    assert 'href="?letter=C&amp;from=crab"' in first
    second = page(client, "/articles/?letter=C&from=crab")
    assert "Crow" in second
    assert "Cow" not in second
    assert 'rel="next"' not in second
    assert "No article begins with D yet." in page(client, "/articles/?letter=D")
    for letter in ("é", "CC", "1", "ا", "!"):
        assert client.get("/articles/", {"letter": letter}).status_code == 404
    assert client.get("/articles/", {"letter": "#"}).status_code == 200


# Topics, the first page, related articles


def test_a_topic_lists_its_articles_page_by_page(client, monkeypatch):
    monkeypatch.setattr("articles.finding_views.CARDS", 2)
    feet = Topic.objects.create(name="Feet", slug="feet", description="What carries us.")
    for title in ("Sore feet", "Cold feet", "Flat feet"):
        make_article(title, topic=feet)
    make_article("Cold hands")
    text = text_of(client.get("/topics/feet/"))
    assert "Home » Feet" in text
    assert "Feet What carries us. Cold feet All about cold feet. Flat feet" in text
    assert "Sore feet" not in text
    assert "Cold hands" not in text
    assert 'href="?from=sore+feet"' in page(client, "/topics/feet/").replace("%20", "+")
    assert "Sore feet" in text_of(client.get("/topics/feet/?from=sore feet"))


def test_a_topic_of_another_language_leads_there_and_is_not_listed(client):
    legs = Topic.objects.create(name="الساقان", slug="legs", language="ar")
    make_article(language="ar", topic=legs)
    assert client.get("/topics/legs/")["Location"] == "/ar/topics/legs/"
    assert "الساقان" not in page(client, "/")
    assert "الساقان" in page(client, "/ar/")
    assert client.get("/topics/arms/").status_code == 404


def test_the_first_page_shows_articles_only_while_they_are_few(client, monkeypatch):
    monkeypatch.setattr("articles.finding_views.SMALL_SITE", 2)
    feet = Topic.objects.create(name="Feet", slug="feet")
    Topic.objects.create(name="Empty", slug="empty")
    for title in ("Sore feet", "Cold feet"):
        make_article(title, topic=feet)
    assert "Cold feet" in text_of(client.get("/"))
    make_article("Flat feet", topic=feet)
    text = text_of(client.get("/"))
    assert "Cold feet" not in text
    assert "Topics Feet" in text
    assert "Empty" not in text


def test_an_article_leads_to_its_topic_and_to_others_of_it(client):
    feet = Topic.objects.create(name="Feet", slug="feet")
    for title in ("Sore feet", "Cold feet", "Flat feet", "Wet feet", "Hot feet", "Red feet", "Old feet"):
        make_article(title, topic=feet)
    publishing.warn(Article.objects.get(title="Wet feet"), by=None)
    publishing.withdraw(Article.objects.get(title="Flat feet"), by=None)
    Article.objects.filter(title="Hot feet").update(expires_at=timezone.now())
    html = page(client, "/articles/sore-feet/")
    assert 'Topic: <a href="/topics/feet/">Feet</a>.' in html
    said = text_of(client.get("/articles/sore-feet/")).partition("More on: Feet")[2]
    assert said.startswith(" Cold feet Old feet Red feet All articles of this topic")
    assert "Cold feet" not in text_of(client.get("/articles/cold-feet/")).partition("More on: Feet")[2]


# Suggestions


def test_suggestions_are_names_then_headings(client):
    make_cramps()
    offered = json.loads(client.get("/search/suggest/?q=char").content)["suggestions"]
    assert offered == [{"label": "charley horse", "of": "Muscle leg cramps", "url": "/articles/muscle-leg-cramps/"}]
    offered = json.loads(client.get("/search/suggest/?q=caus").content)["suggestions"]
    assert offered == [{"label": "Causes", "of": "Muscle leg cramps", "url": "/articles/muscle-leg-cramps/#causes"}]
    offered = json.loads(client.get("/search/suggest/?q=muscle").content)["suggestions"]
    assert offered[0] == {"label": "Muscle leg cramps", "of": "", "url": "/articles/muscle-leg-cramps/"}
    assert client.get("/search/suggest/?q=m").content == b'{"suggestions": []}'


@pytest.mark.parametrize("path", ["/search/?q=feet", "/search/suggest/?q=feet", "/topics/feet/", "/articles/?letter=S"])
def test_lists_are_the_same_for_everyone_and_no_cache_outlives_the_next_change(client, now, path):
    article = make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    response = client.get(path)
    assert response["Cache-Control"] == caching.header()
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    Article.objects.filter(pk=article.pk).update(expires_at=now + timedelta(seconds=30))
    assert held_for(client.get(path)) == 30


def test_no_cache_holds_an_article_past_the_first_other_one_of_its_topic(client, now):
    topic = Topic.objects.create(name="Feet", slug="feet")
    make_article(topic=topic)
    other = make_article("Cold feet", topic=topic, published=False)
    publishing.publish(other, by=None, at=now + timedelta(seconds=30))
    assert held_for(client.get("/articles/sore-feet/")) == 30


def test_no_language_tells_of_a_topic_that_has_nothing_to_read(client):
    article = make_article(topic=Topic.objects.create(name="Feet", slug="feet"), published=False)
    assert client.get("/ar/topics/feet/").status_code == 404
    publishing.publish(article, by=None)
    assert client.get("/ar/topics/feet/")["Location"] == "/topics/feet/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_two_starts_at_once_write_the_missing_rows_once(monkeypatch):
    make_article()
    Entry.objects.all().delete()
    Name.objects.all().delete()
    both, remove = Barrier(2, timeout=1), finding.remove

    def meet(article):
        with suppress(BrokenBarrierError):  # where the other one waits for this one's end, as it should
            both.wait()
        remove(article)

    def start(_number):
        try:
            return len(list(finding.reindex(missing=True)))
        finally:
            connection.close()

    monkeypatch.setattr(finding, "remove", meet)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(start, range(2))) == [1, 1]
    assert Name.objects.count() == 1
