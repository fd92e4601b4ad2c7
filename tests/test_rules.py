"""What a section of each kind must be (articles/rules.py), and how kinds read as text."""

import tomllib
from pathlib import Path

import pytest

import articles
from articles import kinds, rules
from articles.models import Section


def row(kind, body="", heading="What to do", **fields):
    return {"key": "a", "kind": kind, "heading": heading, "body": body} | fields


def faults(section, language="en-gb"):
    """Return the fields with which something is wrong."""
    return [name for name, _sentence in rules.problems(section, language)]


def bullets(count, text="numbness"):
    return "\n".join([f"- {text}"] * count)


def steps(count):
    return "\n".join(f"{number}. Rest." for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("For the calf:\n\n" + steps(4), []),
        (steps(5), ["body"]),
        ("1. Rest.\n   1. Sit.\n   2. Lie.\n2. Walk.\n3. Run.", ["body"]),
        ("1. Rest.\n2. Walk.\n\n1) Sit.\n2) Lie.\n3) Run.", ["body"]),
        ("Rest.", ["body"]),
        (bullets(3), ["body"]),
        ("`1. Rest.`", ["body"]),
        ("", ["body"]),
    ],
)
def test_act_now_is_a_list_of_at_most_four_numbered_steps(body, fields):
    assert faults(row("act_now", body)) == fields


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (bullets(2), []),
        (bullets(7) + "\n\nIt may be a clot.[^nhs]", []),
        ("- a[^1]\n- b\n\n[^1]: A note.", []),
        ("- a\n\n  more of it\n- b\n  - c\n  - d", []),
        (bullets(1), ["body"]),
        (bullets(8), ["body"]),
        (steps(3), ["body", "body"]),
        ("numbness", ["body"]),
        (bullets(2) + "\n\n* one\n* two", ["body"]),
        (bullets(2) + "\n\nOne.\n\nTwo.", ["body"]),
        (bullets(2) + "\n\n" + "long " * 70, ["body"]),
        (bullets(2) + "\n\n# More", ["body"]),
        (bullets(2) + "\n\n> Quoted.", ["body"]),
        ("", ["body"]),
    ],
)
def test_a_care_card_is_a_list_of_two_to_seven_signs_and_a_short_paragraph(body, fields):
    assert [faults(row(kind, body, "Get help if:")) for kind in kinds.CARE_CARDS] == [fields] * 3


@pytest.mark.parametrize(
    ("heading", "language", "fields"),
    [
        ("Get help if:", "en-gb", []),
        ("Get help IF: ", "en-gb", []),
        ("Get help", "en-gb", ["heading"]),
        ("Get help if", "en-gb", ["heading"]),
        ("Get help now:", "en-gb", ["heading"]),
        ("A spoof:", "en-gb", ["heading"]),
        ("اطلب المساعدة إذا:", "ar", []),
        ("اطلب المساعدة", "ar", ["heading"]),
    ],
)
def test_the_heading_of_a_care_card_leads_to_its_list(heading, language, fields):
    assert faults(row("urgent", bullets(2), heading), language) == fields


def test_only_the_emergency_card_refuses_links_except_to_telephones():
    def found(kind, text):
        return faults(row(kind, bullets(2, text), "Call if:"))

    assert found("emergency", "read [this](https://a.example)") == ["body"]
    assert found("emergency", "read [this](#causes)") == ["body"]
    assert found("emergency", "read <https://a.example>") == ["body"]
    assert found("emergency", "call [999](tel:999), says a source[^nhs]") == []
    assert found("urgent", "read [this](#causes)") == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"do": "Rest."}, []),
        ({"do": " \n", "do_not": ""}, ["do"]),
        ({"do_not": "Do not run.\n**DO NOT** jump.\n- do not dance."}, []),
        ({"do_not": "Don't run.\nDo not jump.\nDance."}, ["do_not", "do_not"]),
        ({"do_not": "Do nothing."}, ["do_not"]),
        ({"do": "# Rest", "do_not": "Do not run."}, ["do"]),
    ],
)
def test_a_dont_starts_with_do_not_and_something_is_said(fields, wrong):
    assert faults(row("do_dont", **fields)) == wrong


def test_in_another_language_a_dont_starts_with_its_own_words():
    assert faults(row("do_dont", do_not="لا تركض"), "ar") == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, []),
        ({"hold": 5, "rest": 5, "repeats": 3}, []),
        ({"hold": 5, "minutes": 5}, []),
        ({"minutes": 5}, []),
        ({"when": ""}, ["when"]),
        ({"steps": "\n "}, ["steps"]),
        ({"rest": 5}, ["hold"]),
        ({"repeats": 5}, ["hold"]),
        ({"hold": 5, "repeats": 3, "minutes": 5}, ["minutes"]),
        ({"when": "", "steps": "", "rest": 1, "repeats": 2, "minutes": 3}, ["when", "steps", "hold", "minutes"]),
    ],
)
def test_an_exercise_says_when_and_how_and_its_numbers_agree(fields, wrong):
    assert faults(row("exercise", **({"when": "during", "steps": "Rest."} | fields))) == wrong


def test_an_option_has_benefit_and_risk_and_questions_have_one():
    assert faults(row("option", benefit="Some.", risk="Little.")) == []
    assert faults(row("option", how_it_works="Somehow.", risk=" ")) == ["benefit", "risk"]
    assert faults(row("questions", questions="Why?")) == []
    assert faults(row("questions", "Ask this.")) == ["questions"]


@pytest.mark.parametrize("line", ["# Big", "> quoted", "***", "```", "[a]: https://b.example", "+ - twice", "<div>\n"])
def test_a_line_of_a_list_is_a_plain_sentence(line):
    is_plain = line == "<div>\n"  # shown as it stands: HTML is never read as such
    assert faults(row("questions", questions=f"Why?\n{line}")) == ([] if is_plain else ["questions"])


def test_fields_of_other_kinds_are_not_looked_at():
    assert faults(row("text", do_not="Run.", steps="# Big", rest=5, benefit="x")) == []
    assert faults(row("more_help", questions="# Big")) == []


def test_all_parts_together_have_the_length_of_one_text():
    assert faults(row("option", "x" * 40_000, benefit="y" * 5_000, risk="z")) == []
    assert faults(row("option", "x" * 40_000, benefit="y" * 9_000, risk="z")) == ["body"]
    assert faults(row("questions", questions="y\n" * 16_000)) == ["body"]


def test_an_article_has_one_act_now_and_one_card_of_each_level():
    def found(*names):
        return [index for index, _sentence in rules.repeated([row(name) for name in names])]

    assert found("act_now", "urgent", "text", "text", "emergency", "non_urgent", "exercise", "exercise") == []
    assert found("act_now", "urgent", "act_now", "text", "urgent", "urgent") == [0, 2, 1, 4, 5]


@pytest.mark.parametrize("kind", kinds.Kind)
def test_hostile_text_is_read_like_any_other(kind):
    for text in ("*a " * 3_000 + "b* " * 3_000, "- " * 3_000, "[" * 3_000, "> " * 3_000, "1. " * 3_000, "\x00\ud800"):
        fields = dict.fromkeys((*kinds.LINES, *kinds.TEXTS), text)
        assert isinstance(rules.problems(row(kind, text, text, **fields)), list)


def test_the_first_article_keeps_all_rules():
    path = Path(articles.__file__).parent / "first_article.toml"
    sections = tomllib.loads(path.read_text(encoding="utf-8"))["sections"]
    whole = [{"kind": "text", "body": ""} | section for section in sections]
    assert [problem for section in whole for problem in rules.problems(section)] == []
    assert list(rules.repeated(whole)) == []


# How kinds read


def test_each_kind_has_its_help_and_its_fields_are_columns():
    columns = {field.name for field in Section._meta.get_fields()}
    assert {*kinds.FIELDS, *kinds.PICTURES} <= columns
    assert set(kinds.FIELDS) == {name for own in kinds.OWN.values() for name in own} == set(kinds.LABELS)
    assert set(kinds.HELP) == set(kinds.Kind) - {kinds.Kind.TEXT}


def test_lines_lose_the_marks_of_lists_that_they_will_get_again():
    text = "1. Rest.\n- Walk.\r\n\n  * Run. \n5 minutes\n-5 degrees\n2) Sit.\n• Lie."
    assert kinds.lines(text) == ["Rest.", "Walk.", "Run.", "5 minutes", "-5 degrees", "Sit.", "Lie."]


def test_a_section_reads_as_one_text_with_its_pictures():
    picture = {"id": 1, "drawing": "wall", "image": "", "alt": "Someone at a wall.", "caption": ""}
    section = row("exercise", "Gently.", when="during", postures="standing in_bed", steps="Lean.\nRest.", hold=1)
    assert kinds.in_words(section | {"pictures": [picture]}) == (
        "Gently.\n\n- When: During a cramp\n- Position: Standing, In bed\n- Hold: 1 second\n\n"
        "**Steps**\n\n1. Lean.\n1. Rest.\n\nPicture: wall. Someone at a wall."
    )


@pytest.mark.parametrize("value", ["abc", "9" * 9_999, "-1", "²", "1.5"])
def test_what_no_field_can_hold_is_read_as_it_was_typed(value):
    typed = {"when": value, "postures": "flying", "hold": value, "sides": value}
    assert f"Hold: {value}" in kinds.in_words(row("exercise", **typed))
