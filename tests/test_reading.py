"""Foreign files become an article's structure, and nothing of their text is lost."""

import pytest

from articles import reading

TEXT = """Home » Articles » Muscle leg cramps

Muscle leg cramps

Share

What a cramp is

A muscle contracts hard, against your will, and does not relax. Almost everyone
has a cramp at some time. Share it, 5 * 3 and _this_.

Causes

The major causes are:

• Claudication
• Electrolytes. The main ones:
    o sodium
    o potassium
• Medicines

1. Straighten
2. Lift

A line in between

3. Walk for 10\u00a0minutes

Rate the article
© 2001 Cramps Ltd
"""


def read(name, text):
    return reading.read(name, text.encode())


def headings(found):
    return [section["heading"] for section in found.sections]


def became(found):
    return {line.said: line.became for line in found.report}


def unreadable(name, content):
    with pytest.raises(reading.Unreadable) as caught:
        reading.read(name, content)
    return str(caught.value)


# Plain text


def test_plain_text_becomes_sections_with_lists():
    found = read("cramps.txt", TEXT)
    assert found.title == "Muscle leg cramps"
    assert headings(found) == ["What a cramp is", "Causes"]
    assert found.sections[0]["body"].endswith(
        r"Almost everyone has a cramp at some time. Share it, 5 \* 3 and \_this\_."
    )
    assert (
        "- Claudication\n- Electrolytes. The main ones:\n  - sodium\n  - potassium\n- Medicines"
        in found.sections[1]["body"]
    )


def test_a_list_broken_by_a_line_is_whole_again_and_the_report_says_so():
    found = read("cramps.txt", TEXT)
    assert "2. Lift\n\n   A line in between\n\n3. Walk for 10\u00a0minutes" in found.sections[1]["body"]
    assert "goes on" in became(found)["Lift"]


def test_furniture_at_the_edges_is_left_out_and_named_in_the_report():
    report = became(read("cramps.txt", TEXT))
    for line in ("Home » Articles » Muscle leg cramps", "Share", "Rate the article", "© 2001 Cramps Ltd"):
        assert report[line].startswith("left out: ")


# Files that can't be read


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_an_empty_file_is_a_sentence(name):
    assert unreadable(name, b" \n") == "This file is empty."


def test_a_file_of_another_kind_is_a_sentence():
    assert "Only .md, .txt, .html and .docx" in unreadable("a.exe", b"MZ")
    assert "a PDF" in unreadable("a.txt", b"%PDF-1.4")


# What a line can be


def test_a_number_alone_above_a_text_is_a_heading_and_no_item():
    parts = ["Feet", "1. Causes", "They hurt when they are cold, and often at night."]
    parts += ["2. Care", "Keep both of them warm, above all at night, they say."]
    assert headings(read("a.txt", "\n\n".join(parts))) == ["1. Causes", "2. Care"]


def test_lines_in_capitals_and_underlined_ones_are_headings():
    capitals = read("a.txt", "Feet\n\nCAUSES\nMany of them.\n\nCARE\n\nWarmth, they say.")
    assert headings(capitals) == ["CAUSES", "CARE"]
    underlined = read("a.txt", "Feet\n====\n\nCauses\n------\nMany.\n\nCare\n----\nWarmth.")
    assert headings(underlined) == ["Causes", "Care"]


def test_short_paragraphs_of_html_without_headings_cut_it_into_sections():
    page = "<title>Feet - Old site</title><p>Causes</p><p>There are many of them, they say.</p><p><b>x</b> y.</p>"
    found = read("a.html", page)
    assert (found.title, headings(found)) == ("Feet", ["Causes"])


def test_the_same_words_in_the_middle_of_a_text_stay():
    middle = "".join(f"<p>Sentence {number} of the text.</p>" for number in range(8))
    found = read("a.html", f"<h1>Feet</h1><h2>One</h2>{middle}<p>Share</p>{middle}<p>Rate the article</p>")
    assert "\n\nShare\n\n" in found.sections[0]["body"]
    assert "Rate" not in found.sections[0]["body"]


def test_headings_and_titles_that_are_too_long_are_cut_and_kept_whole_in_the_text():
    long = "word " * 40 + "end"
    found = read("a.html", f"<h1>{long}</h1><h2>{long} more</h2><p>Text.</p>")
    assert len(found.title) <= 120
    assert found.sections[0]["body"] == f"{long}\n\n{long} more\n\nText."


def test_a_section_that_is_too_long_becomes_several():
    found = read("a.html", "<h1>Feet</h1><h2>One</h2>" + "<p>A sentence of some words.</p>" * 3000)
    assert headings(found) == ["One", "One (2)"]


def test_front_matter_gives_plain_values():
    found = read("a.md", "---\ntitle: Feet\nno: no\nday: 2026-11-22\ncount: 3\ncode: 010\nat: 1:30\n---\n\nText.")
    assert found.facts == {"title": "Feet", "no": "no", "day": "2026-11-22", "count": 3, "code": "010", "at": "1:30"}
    assert found.sections == [{"kind": "text", "heading": "Overview", "body": "Text."}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Feet\n\n## One\n\nRest.[^a]\n\n## Sources\n\n[^a]: A book.\n"),
        ("a.html", "<h1>Feet</h1><h2>One</h2><p>Rest.</p><h2>Sources</h2>"),
    ],
)
def test_a_heading_without_a_text_becomes_no_section_and_the_report_says_so(name, text):
    found = read(name, text)
    assert [section["heading"] for section in found.sections] == ["One"]
    assert became(found)["Sources"] == "left out: a heading without a text"


def test_an_outline_keeps_its_headings():
    assert [section["heading"] for section in read("a.md", "# Feet\n\n## One\n\n## Two\n").sections] == ["One", "Two"]
