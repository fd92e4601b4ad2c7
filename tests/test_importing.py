"""What a file would become, and what becomes of it: new drafts, their updates, and those that were edited since."""

import pytest

from articles import gate, importing, publishing
from articles.importing import KEEP, NEW, TAKE, Action, apply, clean_name, plan
from articles.models import Article, Contributor, Event, ImportedFile, Section, Topic
from tests.factories import make_article, make_contributor
from tests.test_publishing_races import together

FIRST = b"# Sore feet\n\n## Causes\n\nTight shoes.\n\n## What helps\n\nRest.\n"
SECOND = b"# Sore feet\n\n## What helps\n\nRest and water.\n\n## Causes\n\nTight shoes.\n"
ABOUT = b"---\ntitle: Sore feet\nsummary: Rest them.\n"

pytestmark = pytest.mark.django_db


def bring(content=FIRST, name="old/feet.md", **options):
    """Import a file and return the Result."""
    return apply(plan(name, content), by=None, **options)


def edited(article, body="Wider shoes."):
    """Change a section as an editor would, and return the article."""
    section = article.sections.get(heading="Causes")
    section.body = body
    section.save()
    publishing.record(article, by=None)
    return article


def texts(article):
    return {section.heading: section.body for section in article.sections.all()}


# A new file


def test_a_plan_changes_nothing():
    made = plan("old/feet.md", FIRST)
    assert made.action == Action.NEW
    assert made.text["title"] == "Sore feet"
    assert not Article.objects.exists()
    assert not ImportedFile.objects.exists()


def test_a_file_becomes_a_draft(editor):
    result = apply(plan("old/feet.md", FIRST), by=editor)
    article = result.article
    assert result.was_done
    assert (article.slug, article.title, article.summary) == ("sore-feet", "Sore feet", "")
    assert texts(article) == {"Causes": "Tight shoes.", "What helps": "Rest."}
    assert not article.revisions.public().exists()
    assert result.revision.note == "Imported from “old/feet.md”"
    assert result.revision.created_by == editor
    assert Event.objects.get(action="import").article == article


def test_its_address_is_one_that_no_article_has_or_had():
    article = make_article("Sore feet")
    article.slug = "tired-feet"
    article.save()
    make_article("Other", slug="sore-feet-2")
    assert bring().article.slug == "sore-feet-3"


@pytest.mark.parametrize("title", ["السُّبات", "!!!"], ids=["arabic", "signs"])
def test_a_title_without_latin_letters_gets_an_address(title):
    assert bring(f"# {title}\n\nText of it.\n".encode()).article.slug == "article"


def test_a_file_without_a_title_is_called_like_the_file():
    made = plan("old/sore-feet_2.txt", b"Rest your feet as often as you can, and drink enough water.\n")
    assert made.text["title"] == "Sore feet 2"
    assert any("no title" in warning for warning in made.warnings)
    assert not plan("sore-feet.md", FIRST).warnings[1:]


def test_a_file_without_a_summary_says_so_and_can_not_be_published():
    assert any("no summary" in warning for warning in plan("a.md", FIRST).warnings)
    result = bring(publish=True)
    assert any("no summary" in sentence for sentence in result.sentences)
    assert result.article.revisions.count() == 1
    assert not result.article.revisions.public().exists()


def test_it_warns_of_an_article_with_the_same_title():
    make_article("Sore Feet")
    assert any("already" in warning for warning in plan("a.md", FIRST).warnings)


def test_it_is_published_where_asked():
    result = bring(ABOUT + b"---\n\n## Causes\n\nShoes.\n", publish=True)
    assert result.article.revisions.published().exists()
    assert "published" in result.sentences[0]


def test_what_must_not_go_out_stays_a_draft_and_says_why():
    result = bring(ABOUT + b"---\n\n## Causes\n\n![](/media/images/x.webp)\n", publish=True)
    assert not result.article.revisions.public().exists()
    assert result.sentences[1] == "Not published:"
    assert len(result.sentences) > 2


def test_a_draft_that_was_imported_before_is_published_where_asked():
    content = ABOUT + b"---\n\n## Causes\n\nShoes.\n"
    article = bring(content).article
    assert bring(content, publish=True).action == Action.UNCHANGED
    assert article.revisions.published().exists()


def test_an_edited_draft_is_not_published_with_the_files():
    content = ABOUT + b"---\n\n## Causes\n\nShoes.\n"
    article = edited(bring(content).article)
    bring(content, publish=True)
    assert not article.revisions.public().exists()


# Nothing of the text is lost


def test_a_title_that_is_too_long_stands_whole_in_the_text():
    title = "word " * 40
    article = bring(f"# {title}\n\n## Causes\n\nShoes.\n".encode()).article
    assert len(article.title) <= 120
    assert article.title.endswith("…")
    assert title.strip() in article.sections.first().body


def test_a_heading_that_is_too_long_stands_whole_in_the_text():
    heading = "word " * 40
    assert heading.strip() in importing.fitted(Said([row(heading.strip(), "Text.")]), "x")[1][0]["body"]


def test_a_text_that_is_too_long_is_divided_between_paragraphs():
    body = "\n\n".join(f"Paragraph {number}: " + "é" * 900 for number in range(100))
    pieces = importing.fitted(Said([row("Causes", body)]), "x")[1]
    assert len(pieces) > 3
    assert all(len(piece["body"].encode()) <= 50_000 for piece in pieces)
    assert "\n\n".join(piece["body"] for piece in pieces) == body
    assert [piece["heading"] for piece in pieces[:2]] == ["Causes", "Causes (2)"]


def test_one_word_without_an_end_is_divided_too():
    pieces = importing.fitted(Said([row("Causes", "é" * 60_000)]), "x")[1]
    assert "".join(piece["body"] for piece in pieces) == "é" * 60_000


def test_a_file_with_too_many_sections_is_refused_with_a_sentence():
    content = "# Feet\n\n" + "\n\n".join(f"## Part {number}\n\nText {number}." for number in range(150))
    made = plan("a.md", content.encode())
    assert made.action == Action.REFUSED
    assert "150" in made.sentence
    assert "100" in made.sentence


class Said:
    """What articles/reading.py gives."""

    def __init__(self, sections, title="T"):
        self.sections, self.title, self.facts, self.report = sections, title, {}, []


def row(heading, body, kind="text"):
    return {"kind": kind, "heading": heading, "body": body}


# A second import


def test_the_same_file_again_changes_nothing():
    first = bring()
    again = bring()
    assert again.action == Action.UNCHANGED
    assert not again.was_done
    assert again.article == first.article
    assert Article.objects.count() == 1
    assert first.article.revisions.count() == 1


def test_the_same_text_under_another_name_is_not_doubled():
    bring()
    made = plan("feet.md", FIRST)
    assert made.action == Action.UNCHANGED
    assert "old/feet.md" in made.sentence


def test_a_changed_file_updates_its_draft():
    article = bring().article
    result = bring(SECOND)
    assert result.action == Action.UPDATE
    assert result.article == article
    assert Article.objects.count() == 1
    assert texts(article) == {"What helps": "Rest and water.", "Causes": "Tight shoes."}
    assert article.revisions.count() == 2


def test_a_section_keeps_its_key_when_its_heading_stays():
    article = bring(FIRST + b"\n## Causes\n\nStairs.\n").article
    before = {section.body: section.key for section in article.sections.all()}
    bring(SECOND + b"\n## Causes\n\nMany stairs.\n")
    after = {section.body: section.key for section in article.sections.all()}
    assert after["Rest and water."] == before["Rest."]
    assert after["Tight shoes."] == before["Tight shoes."]
    assert after["Many stairs."] == before["Stairs."]


def test_a_new_section_takes_no_key_of_another():
    article = bring().article
    bring(b"# Sore feet\n\n## Causes!\n\nHeat.\n")
    assert article.sections.get().key == "causes-2"


def test_what_the_file_says_nothing_of_stays():
    article = bring().article
    article.sources.create(title="A book")
    publishing.record(article, by=None)
    ImportedFile.objects.update(revision=publishing.newest(article))
    bring(SECOND)
    assert article.sources.get().title == "A book"


def test_an_update_of_a_published_article_changes_only_its_draft():
    article = bring(ABOUT + b"---\n\n## Causes\n\nShoes.\n", publish=True).article
    made = plan("old/feet.md", ABOUT + b"---\n\n## Causes\n\nBoots.\n")
    assert made.action == Action.UPDATE
    assert "until you publish" in made.sentence
    apply(made, by=None)
    assert article.revisions.published().get().sections[0]["body"] == "Shoes."
    assert texts(article) == {"Causes": "Boots."}


def test_an_update_keeps_the_address_the_language_and_the_topic():
    topic = Topic.objects.create(name="Feet", slug="feet")
    article = bring().article
    Article.objects.update(topic=topic, slug="my-feet")
    Topic.objects.create(name="Legs", slug="legs")
    bring(b"---\ntitle: Sore feet\nslug: other\ntopic: Legs\nlanguage: ar\n---\n\n## Causes\n\nBoots.\n")
    article.refresh_from_db()
    assert (article.slug, article.topic, article.language) == ("my-feet", topic, "en-gb")


def test_an_update_that_says_the_same_is_none():
    bring()
    assert plan("old/feet.md", FIRST + b"\n\n\n").action == Action.UNCHANGED


# Edited or deleted since


def conflict():
    article = edited(bring().article)
    made = plan("old/feet.md", SECOND)
    assert made.action == Action.EDITED
    return article, made


def test_an_article_that_was_edited_since_is_left_alone():
    article, made = conflict()
    result = apply(made, by=None)
    assert not result.was_done
    assert texts(article)["Causes"] == "Wider shoes."


@pytest.mark.parametrize("choice", ["", "everything", "new' --"])
def test_a_choice_that_is_none_does_nothing(choice):
    article, made = conflict()
    assert not apply(made, by=None, choice=choice).was_done
    assert article.revisions.count() == 2


def test_the_editor_takes_the_files_text_and_the_articles_stays_in_its_history():
    article, made = conflict()
    assert apply(made, by=None, choice=TAKE).was_done
    assert texts(article)["What helps"] == "Rest and water."
    assert "Wider shoes." in str(article.revisions.get(number=2).sections)
    assert plan("old/feet.md", SECOND).action == Action.UNCHANGED


def test_the_editor_keeps_the_article_and_is_asked_again_only_when_the_file_changes():
    article, made = conflict()
    apply(made, by=None, choice=KEEP)
    assert texts(article)["Causes"] == "Wider shoes."
    assert article.revisions.count() == 2
    assert plan("old/feet.md", SECOND).action == Action.UNCHANGED
    assert plan("old/feet.md", SECOND + b"More.\n").action == Action.EDITED


def test_the_editor_makes_a_new_article():
    article, made = conflict()
    other = apply(made, by=None, choice=NEW).article
    assert other != article
    assert other.slug == "sore-feet-2"
    assert texts(other)["What helps"] == "Rest and water."
    assert texts(article)["Causes"] == "Wider shoes."
    assert plan("old/feet.md", FIRST).article == other


def test_a_new_article_takes_no_sources_or_summary_of_the_other():
    article = bring().article
    article.summary = "Mine."
    article.save()
    article.sources.create(title="Mine too")
    publishing.record(edited(article), by=None)
    other = apply(plan("old/feet.md", SECOND), by=None, choice=NEW).article
    assert other.summary == ""
    assert not other.sources.exists()


def test_an_edit_that_was_taken_back_is_none():
    article = edited(bring().article)
    edited(article, "Tight shoes.")
    assert plan("old/feet.md", SECOND).action == Action.UPDATE


def test_an_edit_between_the_look_and_the_import_is_not_lost():
    article = bring().article
    made = plan("old/feet.md", SECOND)
    edited(article)
    result = apply(made, by=None)
    assert not result.was_done
    assert texts(article)["Causes"] == "Wider shoes."


def test_the_choice_holds_for_the_texts_that_were_shown():
    article, made = conflict()
    edited(article, "Much wider shoes.")
    assert not apply(made, by=None, choice=TAKE).was_done


def test_a_deleted_article_stays_so_and_a_new_one_is_offered():
    article = bring().article
    publishing.delete(article, by=None)
    made = plan("old/feet.md", FIRST)
    assert made.action == Action.DELETED
    assert "deleted" in made.sentence
    assert not apply(made, by=None).was_done
    other = apply(made, by=None, choice=NEW).article
    article.refresh_from_db()
    assert other != article
    assert article.deleted_at


# Front matter


def taken(facts, article=None):
    """Return what becomes of a file's facts: the Taken, and by name what the report says of the last of each."""
    made = importing.facts.take(facts, article)
    return made, {name: became for name, _said, became in made.report}


def test_front_matter_is_taken_over():
    Topic.objects.create(name="Feet and legs", slug="feet")
    make_contributor("Rosa Test", credentials="Nurse")
    content = (
        b"---\ntitle: Sore feet\nslug: tired-feet\nalso_called: [aching feet, foot pain]\nsummary: Rest them.\n"
        b"topic: feet and legs\nlanguage: en-GB\nauthors:\n- Rosa Test, Nurse\nknown: Much.\nfunding: Nobody.\n"
        b"sources:\n- key: book\n  title: A book\n  publisher: A house\n  year: 2020\n  read_on: 2026-11-01\n"
        b"  url: https://example.org/book\n---\n\n## Causes\n\nShoes.[^book]\n"
    )
    article = bring(content).article
    assert (article.slug, article.also_called, article.summary) == (
        "tired-feet",
        "aching feet, foot pain",
        "Rest them.",
    )
    assert (article.topic.slug, article.known, article.funding) == ("feet", "Much.", "Nobody.")
    assert article.authors.get().name == "Rosa Test"
    source = article.sources.get()
    assert (source.key, source.publisher, source.year, str(source.read_on)) == ("book", "A house", 2020, "2026-11-01")


def test_nobody_and_nothing_is_invented():
    made, told = taken(
        {"authors": ["Dr Nobody"], "topic": "Nowhere", "reviewed_by": ["Dr X"], "published": "2020-01-01"}
    )
    assert made.fields == {}
    assert made.topic is None
    assert all(became.startswith("Not taken") for became in told.values())
    assert len(told) == 4
    assert not Contributor.objects.exists()
    assert not Topic.objects.exists()


def test_two_people_of_one_name_are_left_to_the_editor():
    make_contributor("Rosa Test")
    make_contributor("Rosa Test")
    made, told = taken({"authors": "Rosa Test"})
    assert "authors" not in made.fields
    assert "several" in told["authors"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("summary", "x" * 401),
        ("funding", "x" * 501),
        ("known", "x" * 50_001),
        ("slug", "no slug"),
        ("slug", "x" * 121),
        ("language", "xx"),
        ("review_due", "soon"),
        ("review_due", "2001-01-01"),
        ("summary", ["a", "b"]),
        ("sources", {"title": "A", "year": "never"}),
        ("sources", {"title": "A", "url": "javascript:alert(1)"}),
        ("sources", {"title": "A", "read_on": "yesterday"}),
        ("sources", {"publisher": "No title"}),
        ("sources", [None, {}]),
        ("authors", [{"no": "name"}]),
        ("topic", {"no": "name"}),
    ],
    ids=str,
)
def test_what_an_article_can_not_have_is_told_and_left(name, value):
    made, told = taken({name: value})
    assert told[name].startswith("Not taken")
    assert made.fields == {}
    assert not made.slug


@pytest.mark.parametrize("code", ["en", "EN-GB", "en_GB", "en-us"])
def test_a_language_is_known_by_any_of_its_names(code):
    assert taken({"language": code})[0].language == "en-gb"


def test_a_source_that_is_only_an_address_is_called_so():
    made, _told = taken({"sources": ["https://www.example.org/a", "A book", "https://www.example.org/b"]})
    assert [row["key"] for row in made.fields["sources"]] == ["wwwexampleorg", "a-book", "wwwexampleorg-2"]
    assert made.fields["sources"][0]["title"] == "https://www.example.org/a"


def test_a_source_keeps_its_key_at_the_next_import():
    content = b"---\ntitle: Feet\nsources: [A book]\n---\n\n## Causes\n\nShoes.\n"
    article = bring(content).article
    article.sources.update(key="mine")
    source = article.sources.get()
    made, _told = taken({"sources": ["Another", "A book"]}, article)
    assert [row["key"] for row in made.fields["sources"]] == ["another", source.key]


def test_there_are_as_many_other_names_as_fit():
    made, told = taken({"also_called": ["x" * 90, "y" * 90, "z" * 90]})
    assert made.fields["also_called"] == f"{'x' * 90}, {'y' * 90}"
    assert told["also_called"].startswith("Not taken")


# Names


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.md", "etc/passwd.md"),
        ("C:\\old\\a.md", "C:/old/a.md"),
        ("a\x00b.md", "a_b.md"),
        ("a\u202egpj.md", "a_gpj.md"),
        ("/", "-"),
        ("", "-"),
        ("  a .md/ ", "a .md"),
    ],
    ids=["up", "windows", "nul", "override", "slash", "empty", "blanks"],
)
def test_a_name_is_remembered_without_what_nobody_sees(name, clean):
    assert clean_name(name) == clean


def test_long_names_that_begin_alike_stay_two():
    names = {clean_name("x" * 400 + f"{number}.html") for number in range(2)}
    assert len(names) == 2
    assert all(len(name) <= 300 and name.endswith(".html") for name in names)


# Hostile content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b""),
        ("a.md", b" \n\n "),
        ("a.exe", b"MZ"),
        ("a", b"text"),
        ("a.docx", b"no zip"),
        ("a.docx", b"PK\x03\x04" + b"\0" * 50),
        ("a.html", b"\0\1\2\3" * 100),
        ("a.txt", bytes(range(256)) * 20),
    ],
    ids=["empty", "blank", "program", "no-suffix", "no-zip", "broken-zip", "zeros", "bytes"],
)
def test_a_file_that_is_no_text_is_refused_with_a_sentence(name, content):
    made = plan(name, content)
    assert made.action == Action.REFUSED
    assert made.sentence.endswith(".")
    assert not apply(made, by=None).was_done
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        "a: &a [*a]\ntitle: x",
        "a: !!python/object:os.system x",
        "- a",
        "{",
        "a: " + "[" * 5_000,
        "? [a]\n: b",
        "1: 2\n~: 3",
    ],
    ids=["cycle", "object", "list", "broken", "deep", "odd-key", "odd-names"],
)
def test_hostile_front_matter_ends_in_a_sentence_or_in_text(facts):
    made = plan("a.md", f"---\n{facts}\n---\n\n## Causes\n\nShoes.\n".encode())
    apply(made, by=None)
    assert made.action in (Action.REFUSED, Action.NEW)


def test_signs_that_no_database_keeps_are_left_out():
    article = bring(
        b"# So\x00re feet\n\n## Cau\x07ses\n\nSho\x00es and stairs are hard on all feet, and so is standing.\n"
    ).article
    assert all(sign not in article.title + str(texts(article)) for sign in "\x00\x07")


# At the same moment


def race_same_file():
    counts = []
    for number in range(6):
        name = f"race/{number}.md"
        content = FIRST.replace(b"Sore", f"Race {number}".encode())
        together(lambda: bring(content, name), lambda: bring(content, name))  # noqa: B023
        counts.append(Article.objects.filter(title=f"Race {number} feet").count())
    return counts


def race_same_title():
    for number in range(6):
        content = FIRST.replace(b"Sore", f"Twin {number}".encode())
        contents = [content, content + b"More.\n"]
        together(*(lambda at=at: bring(contents[at], f"twin/{number}-{at}.md") for at in range(2)))  # noqa: B023
    return [Article.objects.filter(title__startswith="Twin").count(), Section.objects.filter(key="causes").count()]


def test_a_file_that_two_import_at_once_becomes_one_article(raced):
    assert raced(race_same_file) == [1] * 6


def test_two_files_of_one_title_at_once_get_two_addresses(raced):
    articles, _sections = raced(race_same_title)
    assert articles == 12


# The site's own


def test_what_the_site_gives_to_programs_can_be_imported_back(client):
    article = make_article("Own feet", sections=["Rest.[^a-book]"], published=False)
    article.sources.create(title="A book", publisher="A book", key="a-book")
    publishing.publish(article, by=None)
    found = bring(client.get("/articles/own-feet.md").content, name="own-feet.md").article
    assert all(text.strip() for text in texts(found).values())
    [reason] = gate.reasons_against(publishing.newest(found))
    assert "summary" in reason  # which the site's Markdown gives as text; all else may go out
