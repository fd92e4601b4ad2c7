"""What differs between two texts: words, sections, and marks in the page itself."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import comparing
from articles.rendering import render_markdown
from tests.html_reader import words as words_of

HIDDEN = re.compile(r'<span class="visually-hidden"> (?:added:|removed:) </span>')


def marked(old, new):
    """Return the marked page of two Markdown texts, without the words for screen readers."""
    return HIDDEN.sub("", comparing.marked(render_markdown(old), render_markdown(new)))


def restyled(old, new):
    return comparing.restyled(render_markdown(old), render_markdown(new))


def row(key, body="Text.", heading=None):
    return {"key": key, "kind": "text", "heading": heading or key.title(), "body": body}


def found(html):
    """Return the words of a page; where a tag stands, a word ends."""
    return re.findall(r"\w+", words_of(re.sub(r"(?=<)", " ", html)))


def test_words_are_compared_and_not_letters():
    runs = comparing.words("Hold for five seconds.", "Hold for ten seconds.")
    assert runs == [("same", "Hold for "), ("removed", "five"), ("added", "ten"), ("same", " seconds.")]


def test_a_phrase_that_changed_is_one_run():
    runs = comparing.words("The old text of it", "A new word for it")
    assert runs == [("removed", "The old text of"), ("added", "A new word for"), ("same", " it")]


def test_a_sentence_that_went_goes_with_its_own_full_stop():
    assert ("removed", "Two. ") in comparing.words("One. Two. Three.", "One. Three.")
    assert ("removed", " Two.") in comparing.words("One. Two.", "One.")
    assert ("added", "- b\n") in comparing.words("- a\n- c", "- a\n- b\n- c")


@given(st.text("ab .\n", max_size=30), st.text("ab .\n", max_size=30))
@settings(max_examples=300, deadline=None)
def test_runs_of_any_two_texts_give_both_back(old, new):
    runs = comparing.words(old, new)
    assert "".join(text for kind, text in runs if kind != "added") == old
    assert "".join(text for kind, text in runs if kind != "removed") == new
    assert all(text for _, text in runs)


def test_sections_are_the_same_changed_added_moved_or_removed():
    old = [row("a"), row("b"), row("c"), row("d")]
    new = [row("d"), row("a"), row("b", "Other."), row("e")]
    parts = {part.key: (part.status, part.moved) for part in comparing.sections(old, new)}
    assert parts == {
        "d": ("same", True),
        "a": ("same", False),
        "b": ("changed", False),
        "c": ("removed", False),
        "e": ("added", False),
    }


def test_removed_sections_stand_where_they_stood():
    order = [part.key for part in comparing.sections([row("a"), row("b"), row("c"), row("d")], [row("c")])]
    assert order == ["a", "b", "c", "d"]


def test_as_few_sections_as_possible_count_as_moved():
    assert comparing.moved_keys(list("abcde"), list("bcdea")) == {"a"}
    assert comparing.moved_keys(list("abc"), list("abc")) == set()


def test_words_are_marked_in_the_page():
    assert marked("Rest your **sore** feet.", "Rest your **very sore** feet, now.") == (
        "<p>Rest your <strong><ins>very</ins> sore</strong> feet<ins>, now</ins>.</p>\n"
    )


def test_marks_are_said_to_those_who_do_not_see_them():
    html = comparing.marked("<p>five</p>", "<p>ten</p>")
    assert "".join(words_of(html).split()) == "removed:fiveadded:ten"
    assert html.count('<span class="visually-hidden">') == 2


def test_a_removed_line_stays_a_line():
    assert "<del>Two.<br></del> Three." in marked("One.\n\nTwo.\n\nThree.", "One.\n\nThree.")
    assert "<del>b<br>c<br></del> d" in marked("- a\n- b\n- c\n- d", "- a\n- d")


def test_what_went_from_the_end_is_still_shown():
    assert marked("- a\n\nLast words.", "- a").endswith("<p><del>Last words.</del></p>")


def test_new_rows_of_a_table_are_marked_within_their_cells():
    html = marked("|a|b|\n|-|-|\n|1|2|", "|a|b|\n|-|-|\n|1|2|\n|4|5|")
    assert "<td><ins>4</ins></td>\n<td><ins>5</ins></td>" in html


def test_a_new_and_a_removed_picture_are_marked():
    old, new = (f"![decorative](/media/images/{digit * 32}-10x20.webp)" for digit in "ab")
    html = marked(f"See {old}", f"See {new}")
    assert re.search(rf"<del><img[^>]*{'a' * 32}.*</del>.*<ins><img[^>]*{'b' * 32}", html)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("See [this](/a).", "See [this](/b)."),
        ("See this.", "See [this](/b)."),
        ("Stop now.", "Stop **now**."),
        ("- a\n- b", "1. a\n2. b"),
        ("One ~~two~~.", "One two."),
        ("a [b](/c) d", "an other [b](/x) e"),
    ],
)
def test_changes_that_words_do_not_show_are_noticed(old, new):
    assert restyled(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("See [this](/a).", "See [this](/a), please."),
        ("One\ntwo", "One two"),
        ("- a", "- a\n  - **b**"),
        ("# Old\n\nText.", "# New\n\nText."),
        ("Same.", "Same."),
        ("", ""),
    ],
)
def test_new_words_and_line_ends_are_no_change_of_style(old, new):
    assert not restyled(old, new)


def test_what_is_marked_is_sanitised_again():
    html = comparing.marked("<p>a</p>", '<p>a <b onclick="x">b</b><script>alert(1)</script></p>')
    assert "onclick" not in html
    assert "<script" not in html


def test_text_that_looks_like_marks_stays_text():
    html = marked("a", "a <ins>b</ins> </del> & c")
    assert html.count("<ins>") == 1
    assert "</ins>" in words_of(html)


WORD = st.sampled_from(
    ["rest", "walk", "**stop**", "[see](/a)", "[see](/b)", "5 < 6", "&amp;", "`x`", "calf.", "~~no~~"]
)
LINE = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
BLOCK = st.one_of(
    LINE,
    st.lists(LINE.map("- {}".format), min_size=1, max_size=3).map("\n".join),
    st.lists(LINE.map("1. {}".format), min_size=1, max_size=3).map("\n".join),
    LINE.map("> {}".format),
    LINE.map("## {}".format),
    LINE.map("| a | b |\n|---|---|\n| {} | c |".format),
    LINE.map("Term\n: {}".format),
)
MARKDOWN = st.lists(BLOCK, max_size=4).map("\n\n".join)


@given(MARKDOWN, MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_without_its_marks_the_page_is_the_new_one_and_says_all_that_went(old, new):
    html = marked(old, new)
    before, after = render_markdown(old), render_markdown(new)
    unmarked = re.sub(r"<del>.*?</del>|</?ins>", "", html)
    assert re.sub(r"\s|<p>\s*</p>", "", unmarked) == re.sub(r"\s", "", after)
    assert found(re.sub(r"<ins>.*?</ins>", "", html)) == found(before)


@given(MARKDOWN)
@settings(max_examples=50, deadline=None)
def test_a_text_beside_itself_has_no_marks(text):
    html = render_markdown(text)
    assert comparing.marked(html, html) == html
    assert not comparing.restyled(html, html)


def test_two_long_texts_are_compared_in_time():
    old = " ".join(f"word{number % 997}" for number in range(6000))
    new = " ".join(f"word{number * 7 % 991}" for number in range(6000))
    runs = comparing.words(old, new)
    assert "".join(text for kind, text in runs if kind != "removed") == new


HOSTILE = [
    ("a " * 990, "a b " * 495),
    ("a " * 10_000, "a b " * 5_000),
    ("a.\n" * 7_000, "a.\nb.\n" * 3_500),
    ("a. b.\n" * 3_500, "b. a. c.\n" * 2_500),
    (" ".join("abcdefghij" * 200), " ".join("hcjaebgifd" * 200)),
]


@pytest.mark.parametrize(("old", "new"), HOSTILE)
def test_texts_with_countless_pairs_are_given_up_on_and_given_back(old, new):
    """They would take minutes or days."""
    runs = comparing.words(old, new)
    assert "".join(text for kind, text in runs if kind != "added") == old
    assert "".join(text for kind, text in runs if kind != "removed") == new


def test_what_begins_and_ends_alike_is_the_same_even_where_it_is_given_up():
    runs = comparing.words("Start. " + "a " * 9_000 + "End", "Start. " + "a b " * 5_000 + "End")
    assert runs[0][0] == runs[-1][0] == "same"
    assert runs[0][1].startswith("Start. ")
    assert runs[-1][1].endswith("End")


def test_one_word_of_a_long_text_is_found():
    lines = [f"Word{n} and word{n % 7} of the line, which is {'very ' * 9}long. " for n in range(200)]
    old, new = "".join(lines), "".join(lines).replace("Word150 ", "Sentence150 ")
    assert [run for run in comparing.words(old, new) if run[0] != "same"] == [
        ("removed", "Word150"),
        ("added", "Sentence150"),
    ]


def test_a_page_of_many_rewritten_sections_is_compared_in_time():
    old, new = ([row(f"s{n}", " ".join(words) * 60) for n in range(60)] for words in ("abcdefgh", "hbdacfge"))
    assert {part.status for part in comparing.sections(old, new)} == {"changed"}
