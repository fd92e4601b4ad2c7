"""A text as people read it: sentences, words, syllables and their places (articles/readability.py, wording.py)."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from articles import readability, wording
from articles.readability import LINES, MARKDOWN, PLAIN
from articles.syllables import syllables


def sentences(text, how=MARKDOWN):
    """Return the sentences that are read in a text, in their written form."""
    blocks = readability.read(text, how).blocks
    places = [block.written(start, end) for block in blocks for start, end, _words in block.sentences]
    return [text[start:end] for start, end in places]


def hits(text, check, how=MARKDOWN):
    """Return the words that a check finds in a text."""
    return [text[hit.start : hit.end] for hit in wording.hits(text, how) if hit.check == check]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sit down. Rest.", ["Sit down.", "Rest."]),
        ("Ask Dr. Test. Rest.", ["Ask Dr. Test.", "Rest."]),
        ("Take 2.5 ml. Rest.", ["Take 2.5 ml.", "Rest."]),
        ("Eat fruit, e.g. Apples. Rest.", ["Eat fruit, e.g. Apples.", "Rest."]),
        ("Why me? “Really?” he asks.", ["Why me?", "“Really?” he asks."]),
        ("J. Test wrote it.", ["J. Test wrote it."]),
        ("- one thing\n- another\n\nRest.", ["one thing", "another", "Rest."]),
        ("# Rest\n\nSit\ndown.", ["Rest", "Sit\ndown."]),
        ("> Rest.\n> Sit.", ["Rest.", "Sit."]),
        ("| a | b |\n| - | - |\n| Sit. | Rest |", ["a", "b", "Sit.", "Rest"]),
        (
            "**Sit** [down](https://example.org/a.b) now[^who]. Rest.",
            ["Sit** [down](https://example.org/a.b) now[^who].", "Rest."],
        ),
        ("Wait…\r\n\r\nRest.", ["Wait…", "Rest."]),
        ("", []),
        ("***\n\n![Nothing](/media/a.webp)", []),
    ],
)
def test_sentences_end_where_people_end_them(text, expected):
    assert sentences(text) == expected


def test_lines_are_sentences_without_their_marks():
    assert sentences("1. Sit.\n\n- Lie **down**\nRest", LINES) == ["Sit.", "Lie **down", "Rest"]


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        (
            "passive",
            "The leg **is often** massaged. It was sent. You are tired. I need it.",
            ["is often** massaged", "was sent"],
        ),
        ("contraction", "Don't stop. You can’t. Do not.", ["Don't", "can’t"]),
        ("plain_word", "In order to utilise it, sit.", ["In order to", "utilise"]),
        ("plain_word", "Prior to bed, use it.", ["Prior to"]),
        ("number_word", "Wait five minutes, then 3 or twenty-one. One is enough.", ["five", "twenty-one"]),
        ("long_word", "Take electrocardiography. The University of the North.", ["electrocardiography"]),
        ("long_word", "Information on a leg.", []),
        ("long_paragraph", "Sit. Rest. Lie. Wait.\n\nSit. Rest. Lie.", ["Sit. Rest. Lie. Wait."]),
        (
            "denominators",
            "1 in 3 people, 20 % or 2 out of 1,000. Born 3 in 2024.",
            ["1 in 3", "2 out of 1,000", "20 %"],
        ),
    ],
)
def test_words_that_could_be_plainer_are_found_where_they_stand(check, text, expected):
    assert hits(text, check) == expected


def test_a_sentence_is_long_from_21_words_on():
    twenty = "word " * 19 + "word."
    assert hits(twenty, "long_sentence", PLAIN) == []
    assert hits(f"Sit. Now {twenty}", "long_sentence", PLAIN) == [f"Now {twenty}"]


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(
            ("cramp", 1),
            ("muscle", 2),
            ("stretched", 1),
            ("rested", 2),
            ("medicine", 3),
            ("potassium", 4),
            ("table", 2),
        ),
        *(("league", 1), ("socialism", 4), ("well-known", 2), ("doctor’s", 2), ("biology", 4), ("boxes", 2)),
    ],
)
def test_syllables_are_counted_by_rule(word, count):
    assert syllables(word) == count


def test_the_grade_counts_each_list_item_and_no_heading():
    prose = readability.read("# A heading that nobody counts\n\nSit down now. Rest.\n\n- one leg\n- the other")
    found = readability.grade([prose])
    assert (found.words, found.sentences, found.items) == (8, 4, 2)
    assert found.flesch_kincaid == pytest.approx(0.39 * 2 + 11.8 * 9 / 8 - 15.59)
    assert found.smog == pytest.approx(3.1291)
    assert readability.grade([readability.read("***")]) is None


PARTS = [
    "**",
    "is taken",
    "don't ",
    "- ",
    "1. ",
    "\n",
    "\n\n",
    "\r\n",
    "[a](",
    ")",
    "[^b]",
    "![",
    "](",
    "# ",
    "> ",
    "\t",
    "|",
    "1 in 3",
    "20 %",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=8))).map("".join),
    st.sampled_from([PLAIN, MARKDOWN, LINES]),
)
@example("**\n**", MARKDOWN)
def test_any_text_is_read_and_places_lie_within_it(text, how):
    prose = readability.read(text, how)
    for hit in wording.hits(text, how):
        assert 0 <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end].strip()
    for block in prose.blocks:
        for word in block.words:
            start, end = block.written(word.start, word.end)
            assert text[start] == word.text[0]
            assert text[end - 1] == word.text[-1]


@pytest.mark.parametrize(
    "part", ["a", ".", "!", "'", "*", "[", "](", "![", "1 in ", "a-", "A. ", "is ", "- a\n", "> ", "  " * 9 + "- a\n"]
)
def test_hostile_texts_are_read_to_their_end(part):
    text = part * (50_000 // len(part))
    for how in (PLAIN, MARKDOWN, LINES):
        assert all(hit.end <= len(text) for hit in wording.hits(text, how))
