"""An archive's files say exactly what they were made of, whatever the texts hold, and stay readable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import archive_format as form

LIKE_MARKS = ["<!-- section", "\n<!-- section\n", "\\<!-- section", "<!-- part: steps -->", "\\\\<!-- part: do -->\n"]
LIKE_MARKS += ["---", "\n---\n", "## Heading", "-->", "\n-->\n", "<!-- part: known -->\r\n", "**Steps**"]
LIKE_YAML = [
    "no",
    "1.10",
    "2026-11-22",
    "~",
    "=",
    "<<",
    "&a",
    "*a",
    "!x",
    "# x",
    "- x",
    "x: y",
    "0o7",
    "1:30",
    "|",
    "%",
]
ODD = ["", "\n", " \n", "\r\n", "\t", "é", "🦵", "\u202eעברית", "\u2028", "\x85", "\ufeff", "\x00", "\x1b", "'", '"']
ODD += ["  x", "x  ", "\n\n\n", "x" * 200, "\\"]
LETTERS = st.characters(exclude_categories=["Cs"])
TEXT = st.lists(st.sampled_from(LIKE_MARKS + LIKE_YAML + ODD) | st.text(LETTERS, max_size=12), max_size=6).map("".join)
WORDS = TEXT.filter(bool)
VALUE = WORDS | st.integers(1, 9999) | st.booleans() | st.none()
ROWS = st.lists(st.dictionaries(WORDS, VALUE), max_size=3)
SECTION = st.fixed_dictionaries(
    {"key": WORDS, "kind": WORDS, "heading": TEXT, "body": TEXT},
    optional={"hold": VALUE, "steps": TEXT, "do_not": TEXT, "risk": TEXT, "pictures": ROWS},
)
REVIEW = st.fixed_dictionaries({"remarks": st.dictionaries(WORDS, TEXT), "message": TEXT})
DOC = st.fixed_dictionaries(
    {"title": TEXT, "sources": ROWS},
    optional={
        **dict.fromkeys((*form.GROUNDS, "summary", "funding"), WORDS),
        "reviews": st.lists(REVIEW, max_size=2),
        "sections": st.lists(SECTION, min_size=1, max_size=4),
    },
)


@settings(max_examples=400, deadline=None)
@given(DOC)
def test_what_is_written_is_read_back_the_same(doc):
    text = form.write_text(doc)
    read, _lines = form.read_text(text)
    assert read == doc
    assert form.write_text(read) == text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(WORDS, VALUE | st.lists(TEXT, max_size=2), max_size=4), max_size=4))
def test_facts_come_back_the_same(rows):
    assert form.read_facts(form.write_facts(rows)) == rows


def test_a_section_reads_as_markdown():
    section = {
        "key": "calf",
        "kind": "exercise",
        "heading": "Calf",
        "body": "Stretch it.",
        "hold": 5,
        "steps": "Stand.\nLean.",
    }
    doc = {
        "title": "Cramps",
        "review_due": "2027-01-01",
        "summary": "One.\nTwo.",
        "sections": [section],
        "known": "Much.",
    }
    assert form.write_text(doc) == (
        "---\ntitle: Cramps\nreview_due: 2027-01-01\nsummary: |-\n  One.\n  Two.\n---\n"
        "\n<!-- section\nkey: calf\nkind: exercise\nhold: 5\n-->\n\n## Calf\n\nStretch it.\n"
        "\n<!-- part: steps -->\n**Steps**\n\nStand.\nLean.\n"
        "\n<!-- part: known -->\n**What is known**\n\nMuch.\n"
    )


START = "---\ntitle: x\n---\n"
SECTION_START = START + "\n<!-- section\nkey: a\nkind: text\n-->\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("title: x", 1, id="no front matter"),
        pytest.param("---\ntitle: x\n", 1, id="front matter without end"),
        pytest.param("---\n- x\n---\n", 2, id="a list"),
        pytest.param("---\na: &b x\nc: *b\n---\n", 2, id="a reference"),
        pytest.param("---\na: x\nc: !!python/object:os.system x\n---\n", 3, id="a type"),
        pytest.param("---\na: x\nb: [\n---\n", 4, id="not closed"),
        pytest.param("---\na: 1.5\n---\n", 2, id="a fraction"),
        pytest.param("---\n1: x\n---\n", 2, id="a number as name"),
        pytest.param("---\na: " + "[" * 99 + "]" * 99 + "\n---\n", 2, id="deep"),
        pytest.param("---\na: " + "9" * 5000 + "\n---\n", 2, id="a huge number"),
        pytest.param("---\nsections: []\n---\n", 1, id="sections as facts"),
        pytest.param(START + "Text\n", 4, id="text without a mark"),
        pytest.param(START + "\n<!-- section\nkey: a\n", 5, id="section without end"),
        pytest.param(SECTION_START, 9, id="section without heading"),
        pytest.param(SECTION_START + "\n## A\nText\n", 11, id="no empty line"),
        pytest.param(START + "\n<!-- part: steps -->\n**Steps**\n\nx\n", 5, id="a part of no section"),
        pytest.param(SECTION_START + "\n## A\n\n<!-- part: steps -->\nx\n", 13, id="a part without label"),
        pytest.param(SECTION_START + "\n## A\n\n<!-- part: colour -->\n**C**\n", 12, id="an unknown part"),
    ],
)
def test_what_is_broken_is_a_sentence_with_its_line(text, line):
    with pytest.raises(form.Broken) as caught:
        form.read_text(text)
    assert caught.value.line == line
    assert caught.value.sentence.endswith(".")
