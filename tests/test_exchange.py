"""An article as Markdown and as data: whole, true, and readable by programs."""

import json
import re

import fastjsonschema
import pytest
import yaml
from django.core.management import call_command
from django.utils import timezone
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from articles import exchange, publishing
from articles.models import Picture, SiteStatement
from tests.factories import make_article
from tests.html_reader import OWN, Reader, tags, words
from tests.running import ROOT
from tests.test_metadata import HOSTILE, say_everything

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8000"
SCHEMA = json.loads((ROOT / "static" / "root" / "article.schema.json").read_text(encoding="utf-8"))
validate = fastjsonschema.compile(SCHEMA)


def data(client, slug="sore-feet"):
    """Return an article's data, checked against the schema that we publish."""
    response = client.get(f"/articles/{slug}.json")
    assert response["Content-Type"] == "application/json"
    return validate(json.loads(response.content))


def markdown(client, slug="sore-feet"):
    """Return an article's front matter and its Markdown, both as a program reads them, and the HTML of that.

    The parser is one that lets HTML pass, as many do.
    """
    response = client.get(f"/articles/{slug}.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    _empty, front, text = response.content.decode().split("---\n", 2)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").use(footnote_plugin)
    return yaml.safe_load(front), text, parser.render(text)


def headings(html):
    return [(int(level), words(said)) for level, said in re.findall(r"<h(\d)>(.*?)</h\d>", html)]


def test_the_first_article_is_whole_as_markdown(client):
    call_command("load_first_article")
    front, _text, html = markdown(client, "muscle-leg-cramps")
    assert (front["title"], front["also_called"]) == ("Muscle leg cramps", ["leg cramps", "charley horse"])
    assert front["review"] == "No doctor or other health professional has checked this text or its drawings."
    assert front["published"][:10] == timezone.localdate().isoformat()
    assert not {"authors", "reviewed_by", "publisher", "review_due"} & set(front)
    page = client.get("/articles/muscle-leg-cramps/").content.decode()
    sections = re.findall(r'<h2 id="[^_][^"]*"><a[^>]*>(.*?)</a></h2>', page)
    found = headings(html)
    assert found[0] == (1, "Muscle leg cramps")
    assert [said for level, said in found if level == 2] == [
        *map(words, sections),
        *("Stay safe", "About this article", "Sources"),
    ]
    said = words(html)
    for line in SiteStatement.current().safety_lines:
        assert line in said
    assert "blood clot" in said
    assert len(re.findall(r'<li id="fn\d', html)) == 2  # both sources, as notes that the text refers to


def test_the_first_article_is_whole_as_data(client):
    call_command("load_first_article")
    article = data(client, "muscle-leg-cramps")
    assert article["review"]["state"] == "not_checked"
    assert article["changed"] is None
    stretch = next(row for row in article["sections"] if row["fields"].get("when") == "prevent")
    assert (stretch["fields"]["hold"], stretch["fields"]["minutes"], stretch["fields"]["times_a_day"]) == (5, 5, 3)
    assert stretch["fields"]["steps"][0].startswith("Stand about a metre")
    assert [row["level"] for row in article["sections"] if row["level"]] == ["Urgent", "Not urgent"]
    assert not {"rest", "repeats", "sides"} & set(stretch["fields"])  # what the facts leave open stays open
    assert {row["read_on"] for row in article["sources"]} == {"2026-11-22"}
    assert "<ol>" in article["sections"][0]["html"]
    assert article["sections"][0]["address"] == f"{URL}/articles/muscle-leg-cramps/#what-to-do-now"


def test_all_that_can_be_said_is_in_the_data(client):
    article = make_article(published=False)
    say_everything(article)
    publishing.warn(article, by=None, text="Wrong.")
    said = data(client)
    assert said["review"]["state"] == "checked"
    (review,) = said["review"]["reviews"]
    assert (review["name"], review["correct_until"]) == ("Dr Rosa Test", timezone.localdate().isoformat())
    assert said["authors"][0]["name"] == "Ann Author"
    assert (said["topic"], said["publisher"], said["safety"]) == ("Feet", "The Foot Society", ["Care."])
    assert said["warning"]["text"] == "Wrong."
    assert {row["kind"] for row in said["sections"]} > {"option", "questions", "exercise", "do_dont", "urgent"}
    front, text, _html = markdown(client)
    assert front["reviewed_by"] == ["Dr Rosa Test"]
    assert front["authors"] == ["Ann Author, Nurse"]
    assert "**No longer true.** Wrong." in text


def test_a_translation_says_how_it_stands_to_its_original(client):
    original = make_article()
    fields = {"language": "ar", "translation_of": original, "based_on": 1}
    make_article("أقدام", slug="feet-ar", **fields)
    assert data(client)["translation"] is None
    address = f"{URL}/articles/sore-feet/"

    def standing():
        said = validate(client.get("/ar/articles/feet-ar.json").json())
        text = client.get("/ar/articles/feet-ar.md").content.decode()
        assert exchange.escape(said["translation"]["in_words"]) in text
        return said["translation"]["of"], said["translation"]["state"]

    assert standing() == (address, "up_to_date")
    original.sections.update(body="New.")
    publishing.publish(original, by=None)
    assert standing() == (address, "behind")
    publishing.warn(original, by=None, text="Wrong.")
    assert standing() == (address, "original_no_longer_true")
    publishing.withdraw(original, by=None)
    assert standing() == (None, "original_gone")


def test_the_check_of_the_data_can_fail(client):
    make_article()
    good = data(client)
    for change in ({"title": None}, {"extra": 1}, {"published": "yesterday"}, {"review": {"state": "fine"}}):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            validate(good | change)
    del good["sections"]
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate(good)


def test_pictures_have_full_addresses(client):
    drawn = Picture.objects.create(title="Toes", drawing="toes-to-shin", alt="Toes [up]")
    stored = Picture.objects.create(title="Foot", image=OWN, is_decorative=True, caption="A *foot*")
    article = make_article(sections=[("Rest", f"![a foot]({OWN})\n\n[More](/about/) [Here](#rest)")], published=False)
    article.sections.update(picture=drawn, picture_2=stored)
    publishing.publish(article, by=None)
    _front, _text, html = markdown(client)
    pictures = [(picture["src"], picture["alt"]) for picture in tags(html, "img")]
    assert pictures == [
        (f"{URL}{OWN}", "a foot"),
        (f"{URL}/static/drawings/toes-to-shin.svg", "Toes [up]"),
        (f"{URL}{OWN}", ""),
    ]
    assert "<em>A *foot*</em>" in html
    assert Reader(html).all("href")[:2] == [f"{URL}/about/", "#rest"]
    assert [row["address"] for row in data(client)["sections"][0]["pictures"]] == [pictures[1][0], pictures[2][0]]


def test_sections_stand_beside_each_other_as_on_their_page(client):
    note = "A[^1] and [^feet].\n\n[^1]: Note of {}.\n\n"
    heads = "# One\n\nTwo\n===\n\n## Deep ##\n\n> # Quoted\n"
    article = make_article(
        published=False,
        sections=[("First", note.format("one") + heads), ("Second", note.format("two")), ("Open", "```\n# code <b>")],
        known="# Sure\n\nYes.",
    )
    article.sources.create(title="Of feet", publisher="Feet", url="https://feet.example/")
    article.sources.create(title="Never cited")
    publishing.publish(article, by=None)
    _front, _text, html = markdown(client)
    said = words(html)
    assert said.count("Note of one") == said.count("Note of two") == said.count("Of feet") == 1
    assert "Never cited" in said
    levels = [(level, heading) for level, heading in headings(html) if heading not in ("Quoted",)]
    assert levels == [
        (1, "Sore feet"),
        *[(2, "First"), (3, "One"), (3, "Two"), (4, "Deep"), (2, "Second"), (2, "Open")],
        *[(2, "Stay safe"), (2, "About this article"), (3, "What is known"), (4, "Sure"), (2, "Sources")],
    ]
    assert "# code <b>" in said  # and it ends where the section does


def test_nothing_in_a_text_becomes_html_or_breaks_the_front_matter(client):
    body = "<script>alert(1)</script>\n\n<!-- x -->\n\n# <img src=x onerror=y>\n\n<https://ok.example> `<b>`"
    article = make_article("Sore feet", published=False, sections=[(HOSTILE[:100], body)], also_called=HOSTILE)
    article.title = article.summary = f"1. {HOSTILE}\n---\n# x *y* [z](javascript:q)"
    article.save()
    publishing.publish(article, by=None)
    front, _text, html = markdown(client)
    assert front["title"] == exchange.one_line(article.title)
    assert {tag for tag, _attrs in Reader(html).tags} <= {
        *("h1", "h2", "h3", "p", "ul", "ol", "li", "a", "code", "em", "strong")
    }
    assert "javascript:" not in "".join(Reader(html).all("href"))
    assert words(html).count("</script>") == 3 * 2 + 1  # in title, summary, heading and text, as they were written
    said = data(client)
    assert said["title"].startswith("1. </script><script>alert(1)</script><!--")
    assert not re.search("[\x00-\x08\x0b-\x1f]", said["title"])


@pytest.mark.parametrize(
    "text", ["*a* _b_ `c` [d](e) <f> &amp; ~~g~~ \\h", "1. a", "12) b", "- c", "+ d", "# e", "> f", "= g"]
)
def test_plain_text_reads_the_same_as_markdown(text):
    html = MarkdownIt("commonmark").enable("strikethrough").render(exchange.escape(text))
    assert words(html).strip() == text
    assert [tag for tag, _attrs in Reader(html).tags] == ["p"]
