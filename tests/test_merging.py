"""Joining what two people did to one text: sections, sources, authors, plain fields."""

import pytest

from articles.merging import merge

FIELDS = {"title": "Sore feet", "summary": "All about them.", "review_due": None}


def section(key, body="Text.", heading=None):
    return {"key": key, "kind": "text", "heading": heading or key.title(), "body": body}


def source(key, year=None):
    return {"key": key, "title": key.title(), "publisher": "", "year": year, "url": "", "read_on": None}


def author(number, credentials=""):
    return {"id": number, "name": f"Author {number}", "credentials": credentials, "interests": ""}


def text(sections="abc", sources=(), authors=(), **fields):
    """Return a text with a section for each letter or row given."""
    rows = [section(row) if isinstance(row, str) else row for row in sections]
    return FIELDS | {"sections": rows, "sources": list(sources), "authors": list(authors)} | fields


def keys(merged, name="sections"):
    return "".join(str(row.get("key", row.get("id"))) for row in merged.text[name])


def bodies(merged):
    return {row["key"]: row["body"] for row in merged.text["sections"]}


def conflicts(merged):
    return [(conflict.field, conflict.key) for conflict in merged.conflicts]


def test_nothing_changed_is_nothing_joined():
    merged = merge(text(), text(), text())
    assert (merged.text, merged.conflicts, merged.taken) == (text(), [], [])


def test_different_sections_are_joined():
    mine, theirs = text([section("a", "Mine."), "b", "c"]), text(["a", "b", section("c", "Theirs.")])
    merged = merge(text(), mine, theirs)
    assert bodies(merged) == {"a": "Mine.", "b": "Text.", "c": "Theirs."}
    assert (merged.conflicts, merged.taken) == ([], [("sections", "c")])


def test_the_same_section_is_a_conflict_that_has_all_three_texts():
    mine, theirs = text([section("a", "Mine."), "b", "c"]), text([section("a", "Theirs."), "b", "c"])
    merged = merge(text(), mine, theirs)
    conflict = merged.conflicts[0]
    assert [row["body"] for row in (conflict.base, conflict.mine, conflict.theirs)] == ["Text.", "Mine.", "Theirs."]
    assert (conflicts(merged), bodies(merged)["a"]) == ([("sections", "a")], "Mine.")


def test_heading_and_text_of_one_section_are_one_thing():
    mine = text([section("a", heading="Mine"), "b", "c"])
    assert conflicts(merge(text(), mine, text([section("a", "Theirs."), "b", "c"]))) == [("sections", "a")]


def test_the_same_change_by_both_is_no_conflict():
    same = text([section("a", "Same."), "b", "c"], title="Same")
    merged = merge(text(), same, same)
    assert (merged.text, merged.conflicts, merged.taken) == (same, [], [])


@pytest.mark.parametrize(("mine", "theirs"), [("bc", "abc"), ("abc", "bc"), ("bc", "bc")])
def test_what_one_or_both_delete_is_gone(mine, theirs):
    merged = merge(text(), text(mine), text(theirs))
    assert (keys(merged), merged.conflicts) == ("bc", [])


def test_what_i_delete_and_they_change_stays_to_be_decided():
    merged = merge(text(), text("bc"), text([section("a", "Theirs."), "b", "c"]))
    conflict = merged.conflicts[0]
    assert (conflict.mine, conflict.theirs["body"]) == (None, "Theirs.")
    assert (keys(merged), bodies(merged)["a"]) == ("abc", "Theirs.")


def test_what_they_delete_and_i_change_stays_to_be_decided():
    merged = merge(text(), text(["a", section("b", "Mine."), "c"]), text("ac"))
    conflict = merged.conflicts[0]
    assert (conflict.mine["body"], conflict.theirs) == ("Mine.", None)
    assert (keys(merged), bodies(merged)["b"]) == ("abc", "Mine.")


@pytest.mark.parametrize("swapped", [False, True])
def test_an_order_and_an_edit_are_joined(swapped):
    pair = text("cab"), text(["a", section("b", "Edited."), "c"])
    merged = merge(text(), *(reversed(pair) if swapped else pair))
    assert (keys(merged), bodies(merged)["b"], merged.conflicts) == ("cab", "Edited.", [])


@pytest.mark.parametrize("swapped", [False, True])
def test_an_order_and_a_deletion_are_joined(swapped):
    pair = text("cab"), text("ac")
    assert keys(merge(text(), *(reversed(pair) if swapped else pair))) == "ca"


def test_of_two_orders_mine_stands_and_that_is_told():
    merged = merge(text(), text("cab"), text("bac"))
    assert (keys(merged), merged.overruled, merged.conflicts) == ("cab", ["sections"], [])


def test_of_two_equal_orders_nothing_is_told():
    assert merge(text(), text("cab"), text("cab")).overruled == []


@pytest.mark.parametrize(
    ("mine", "theirs", "joined"),
    [
        ("xabc", "abc", "xabc"),
        ("abc", "abxc", "abxc"),
        ("axbc", "abyc", "axbyc"),
        ("abcx", "abcy", "abcxy"),
        ("xabc", "yabc", "xyabc"),
        ("axc", "abyc", "axyc"),
        ("cabx", "aybc", "caybx"),
    ],
)
def test_sections_that_both_add_stand_behind_those_they_followed(mine, theirs, joined):
    merged = merge(text(), text(mine), text(theirs))
    assert (keys(merged), merged.conflicts) == (joined, [])


def test_two_new_sections_with_one_key_are_a_conflict():
    merged = merge(text("a"), text(["a", section("n", "Mine.")]), text(["a", section("n", "Theirs.")]))
    assert (conflicts(merged), merged.conflicts[0].base) == ([("sections", "n")], None)


def test_all_sections_deleted_by_one_and_one_added_by_the_other():
    merged = merge(text(), text(""), text("abcx"))
    assert (keys(merged), merged.conflicts) == ("x", [])


def test_sources_are_joined_by_their_keys():
    base, mine = text(sources=[source("nhs"), source("who")]), text(sources=[source("nhs", 2020), source("who")])
    theirs = text(sources=[source("who", 2021), source("nhs"), source("new")])
    merged = merge(base, mine, theirs)
    assert [(row["key"], row["year"]) for row in merged.text["sources"]] == [
        ("who", 2021),
        ("nhs", 2020),
        ("new", None),
    ]
    assert conflicts(merge(base, mine, text(sources=[source("nhs", 1999), source("who")]))) == [("sources", "nhs")]


def test_authors_are_joined_by_their_ids():
    base, mine = text(authors=[author(1)]), text(authors=[author(1), author(2)])
    merged = merge(base, mine, text(authors=[author(3)]))
    assert keys(merged, "authors") in ("23", "32")
    assert merged.conflicts == []


def test_different_fields_are_joined_and_the_same_one_is_a_conflict():
    merged = merge(text(), text(title="Mine", summary="Mine."), text(title="Theirs", review_due="2027-01-01"))
    assert (merged.text["title"], merged.text["summary"], merged.text["review_due"]) == ("Mine", "Mine.", "2027-01-01")
    assert (conflicts(merged), merged.taken) == ([("title", "")], [("review_due", "")])


def test_a_field_that_was_emptied_stays_empty():
    assert merge(text(), text(summary=""), text()).text["summary"] == ""
    assert merge(text(), text(), text(summary="")).text["summary"] == ""


def test_the_texts_that_are_joined_stay_as_they_were():
    base, mine, theirs = text(), text("cab"), text(["a", section("b", "Theirs."), "c", "d"])
    merge(base, mine, theirs)
    assert (base, mine, theirs) == (text(), text("cab"), text(["a", section("b", "Theirs."), "c", "d"]))
