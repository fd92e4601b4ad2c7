"""The glossary: which words of a text are explained, by which markup, and who may change it."""

import re
from urllib.parse import urlsplit

import pytest

from articles import publishing, reviewing
from articles.glossary import Glossary
from articles.models import Edition, Event, Term
from articles.rendering import render_markdown
from tests.factories import make_article, make_contributor, make_role
from tests.html_reader import WITH_TERMS, Reader, assert_safe, words

SALTS, CLOT = (
    (1, "electrolytes", "electrolyte, mineral salts", "Salts in the blood."),
    (2, "clot", "blood clot", "A lump."),
)
HINT = " (what it means)"


def explained(text, *rows):
    """Return the words of a text that became buttons."""
    html = render_markdown(text, terms=Glossary(rows or (SALTS, CLOT)))
    return [word.removesuffix(HINT) for word in re.findall(r"<button[^>]*>(.*?)<span", html)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Electrolytes help.", ["Electrolytes"]),
        ("ELECTROLYTE", ["ELECTROLYTE"]),
        ("**Electrolytes** help.", ["Electrolytes"]),
        ("- one\n- *electrolytes*", ["electrolytes"]),
        ("The mineral  salts.", ["mineral  salts"]),
        ("A blood clot, not a clot.", ["blood clot"]),
        ("A clot, not a blood clot.", ["clot"]),
        ("Electrolytes and a clot.", ["Electrolytes", "clot"]),
        ("Electrolytes, electrolytes.", ["Electrolytes"]),
        ("The electrolyte's charge.", ["electrolyte"]),
        # Whole words only
        ("Clotting, blood clots, nonelectrolytes, clot_1.", []),
        ("Mineral water, blood, salts.", []),
        # Never there
        ("# Electrolytes\n\nSalts.", []),
        ("[electrolytes](#x) and [a **clot**](#x)", []),
        ("`electrolytes`\n\n    clot", []),
        ("![electrolytes](/media/images/x.webp)", []),
        # After a place where it can't be, the next use is the first
        ("# Clot\n\n[clot](#x) clot clot", ["clot"]),
    ],
)
def test_the_first_use_of_a_term_in_plain_text_is_explained(text, found):
    assert explained(text) == found


def test_accents_apostrophes_and_other_scripts_are_words_too():
    rows = [(1, "Baker's cyst", "", "x"), (2, "œdème", "", "x"), (3, "الكهارل", "كهرل، أملاح", "x")]
    assert explained("A baker’s cyst, Œdème and الكهارل.", *rows) == ["baker’s cyst", "Œdème", "الكهارل"]
    assert explained("في أملاح الدم", *rows) == ["أملاح"]


def test_a_term_is_explained_once_on_a_page_of_several_texts():
    terms = Glossary([SALTS])
    assert "<button" in render_markdown("Electrolytes.", terms=terms)
    assert "<button" not in render_markdown("Electrolytes.", terms=terms)


def test_the_button_opens_its_meaning_without_leaving_the_line():
    html = render_markdown("Salts, or electrolytes, help.", prefix="causes", terms=Glossary([SALTS]))
    assert html == (
        '<p>Salts, or <button type="button" class="term" popovertarget="causes--term:1">electrolytes'
        '<span class="visually-hidden"> (what it means)</span></button>'
        '<span class="meaning" id="causes--term:1" popover=""><strong>electrolytes</strong> Salts in the blood.</span>'
        ", help.</p>\n"
    )


def test_what_editors_write_as_a_meaning_is_text():
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
    html = render_markdown(f"{hostile} x y", terms=Glossary([(1, "x", hostile, hostile)]))
    assert {tag for tag, _ in Reader(html).tags} == {"p", "button", "span", "strong"}
    assert hostile in words(html)


@pytest.mark.parametrize(
    "text",
    [
        '<button popovertarget="x" formaction="//evil.example">electrolytes</button>',
        '<span popover id="x">electrolytes</span>',
        '[<button type="submit">clot</button>](#x)',
        "electrolytes <button onclick=alert(1)>clot",
    ],
)
def test_no_editor_can_write_a_button_or_what_it_opens(text):
    assert_safe(render_markdown(text))
    html = render_markdown(text, terms=Glossary([SALTS, CLOT]))
    assert_safe(html, WITH_TERMS)
    assert html.count("<button") == html.count('class="term" popovertarget="preview--term:')


def test_the_cost_does_not_grow_with_the_glossary():
    """A thousand terms with the same first word and 50 kB of it: each word is looked up once for each length."""
    rows = [(number, f"the {number} thing", f"the thing {number}, things", "x") for number in range(1000)]
    glossary = Glossary(rows)
    assert max(map(len, glossary.lengths.values())) <= 2
    assert glossary.first_uses("the " * 12_000) == []
    assert Glossary(rows).meanings is glossary.meanings  # made once


# On the site


@pytest.fixture
def salts(db):
    return Term.objects.create(term="electrolytes", forms="electrolyte", meaning="Salts in the blood.")


def buttons(client, address):
    return re.findall(r'popovertarget="([^"]*--term:[^"]*)"', client.get(address).content.decode())


def test_an_article_explains_a_term_once_where_its_sections_first_use_it(client, salts):
    make_article(sections=[("Electrolytes", "Salts."), ("Care", "An electrolyte."), ("More", "Electrolytes.")])
    assert buttons(client, "/articles/sore-feet/") == [f"care--term:{salts.pk}"]


def test_a_kind_with_fields_of_its_own_explains_them(client, salts):
    article = make_article(published=False)
    article.sections.create(kind="do_dont", heading="Do", do="Take electrolytes.", do_not="Do not take electrolytes.")
    publishing.publish(article, by=None)
    assert buttons(client, "/articles/sore-feet/") == [f"do:do--term:{salts.pk}"]


def test_a_changed_term_shows_at_once(client, salts):
    make_article(sections=["Electrolytes."])
    client.get("/articles/sore-feet/")
    Term.objects.update(meaning="Salts that carry a charge.")
    Edition.next()
    assert "Salts that carry a charge." in client.get("/articles/sore-feet/").content.decode()
    Term.objects.all().delete()
    Edition.next()
    assert buttons(client, "/articles/sore-feet/") == []


def test_only_terms_of_the_articles_language_are_explained(client, salts):
    Term.objects.update(language="ar")
    make_article(sections=["Electrolytes."])
    assert buttons(client, "/articles/sore-feet/") == []


def test_the_desk_shows_it_in_each_preview(editor_client, salts):
    article = make_article(sections=["Electrolytes."])
    address = f"/admin/articles/article/{article.pk}/"
    assert len(buttons(editor_client, f"{address}preview/")) == 1
    assert len(buttons(editor_client, f"{address}change/")) == 1
    data = {"content": "Electrolytes.", "prefix": "x"}
    assert b"popovertarget" in editor_client.post("/admin/markdownx/markdownify/", data).content


def test_a_reviewer_signs_the_text_without_it(client, salts):
    """The glossary is the site's and can change after the review; marks of changes stay those of the text."""
    revision = publishing.submit(make_article(sections=["Electrolytes."], published=False), by=None)
    link = reviewing.make_link(revision, by=None, days=1, contributor=make_contributor())
    html = client.get(urlsplit(reviewing.address_of(link)).path).content.decode()
    assert "Electrolytes." in html
    assert "popovertarget" not in html


def test_who_reads_a_preview_by_link_has_it(client, salts):
    revision = publishing.submit(make_article(sections=["Electrolytes."], published=False), by=None)
    link = reviewing.make_link(revision, by=None, days=1)
    assert len(buttons(client, urlsplit(reviewing.address_of(link)).path)) == 1


TERMS = "/admin/articles/term/"
NEW = {"language": "en-gb", "term": "Electrolytes", "forms": "electrolyte", "meaning": "Salts."}


def test_what_is_done_to_the_glossary_is_in_the_audit(client, db):
    client.force_login(make_role("Editor"))
    client.post(f"{TERMS}add/", NEW)
    term = Term.objects.get()
    client.post(f"{TERMS}{term.pk}/change/", NEW | {"meaning": "Salts in the blood."})
    client.post(f"{TERMS}{term.pk}/delete/", {"post": "yes"})
    said = Event.objects.filter(action="term").order_by("pk").values_list("note", flat=True)
    assert [note.partition(".")[0] for note in said] == ["Electrolytes", "Electrolytes", "Electrolytes was deleted"]
    assert "plain meaning: “Salts.” → “Salts in the blood.”" in said[1]


def test_authors_see_the_glossary_and_reviewers_do_not(client, db):
    for role, status in (("Author", 200), ("Reviewer", 403)):
        client.force_login(make_role(role))
        assert client.get(TERMS).status_code == status
        assert client.get(f"{TERMS}add/").status_code == 403


@pytest.mark.parametrize(
    ("term", "others", "sentence"),
    [
        ("Salts", "ELECTROLYTE", "“electrolyte” belongs to “electrolytes” already."),
        ("…", ", –", "Write at least one word."),
    ],
)
def test_a_form_that_is_taken_or_no_word_is_told(client, salts, term, others, sentence):
    client.force_login(make_role("Editor"))
    response = client.post(f"{TERMS}add/", NEW | {"term": term, "forms": others})
    assert sentence in response.content.decode()
    assert Term.objects.count() == 1
