"""Kinds of section in a text's life: written at the desk, joined, compared, reviewed, restored and shown."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles import kinds, publishing, reviewing
from articles.models import Picture, Revision, Section
from tests.desk_forms import AtDesk, FieldReader, change_path
from tests.factories import make_article, make_contributor, make_role
from tests.html_reader import words

pytestmark = pytest.mark.django_db

LEAN = {"kind": "exercise", "when": "prevent", "postures": "standing", "steps": "Lean.\nHold.", "hold": 5, "minutes": 5}


@pytest.fixture
def article():
    """An article with a text and an exercise with two drawings."""
    article = make_article(sections=[("Rest", "Sit down."), ("Lean", "This helps.")], published=False)
    foot, wall = (Picture.objects.create(title=n, drawing=n.lower(), alt=f"A {n}.") for n in ("Foot", "Wall"))
    article.sections.filter(heading="Lean").update(**LEAN, picture=wall, picture_2=foot)
    publishing.publish(article, by=None)
    return article


@pytest.fixture
def anna(article):
    """Who opened the form first, and saves last."""
    return AtDesk(make_role("Editor", "Anna"), article)


@pytest.fixture
def bob(article):
    return AtDesk(make_role("Editor", "Bob"), article)


def kept(article, heading="Lean"):
    """Return what the newest revision keeps of a section."""
    return next(row for row in publishing.newest(article).sections if row["heading"] == heading)


def faults(desk, heading="Lean"):
    """Return the errors that the form shows in a section, by field."""
    start = desk.row(heading)
    found = re.findall(rf'<ul class="errorlist" id="id_{start}-(\w+)_error">(.*?)</ul>', desk.text, re.DOTALL)
    return {name: " ".join(words(html).split()) for name, html in found}


# At the desk


def test_a_form_opened_and_saved_changes_nothing(article, anna):
    assert anna.save().is_saved
    assert article.revisions.count() == 1


def test_all_fields_of_an_exercise_are_written_and_emptied(article, anna):
    whole = {"when": "during", "postures": ["", "in_bed", "with_help"], "steps": "Lie.\nRest."}
    whole |= {"hold": "6", "rest": "7", "repeats": "8", "minutes": "", "times_a_day": "2", "sides": "each"}
    anna.write("Lean", **whole, stop_if="It hurts.", picture_3=Picture.objects.get(title="Wall").pk)
    assert anna.save().is_saved
    row = kept(article)
    assert {name: row.get(name, "") for name in whole} == {
        "when": "during",
        "postures": "in_bed with_help",
        "steps": "Lie.\nRest.",
        "hold": 6,
        "rest": 7,
        "repeats": 8,
        "minutes": "",
        "times_a_day": 2,
        "sides": "each",
    }
    assert [picture["drawing"] for picture in row["pictures"]] == ["wall", "foot", "wall"]
    anna.write("Lean", hold="", rest="", repeats="", times_a_day="", sides="", stop_if="", postures=[""], picture="")
    assert anna.save().is_saved
    assert set(kept(article)) == {"key", "kind", "heading", "body", "when", "steps", "pictures"}
    assert [picture["drawing"] for picture in kept(article)["pictures"]] == ["foot", "wall"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("postures", ["", "flying"], "flying is not one of the available choices"),
        ("when", "later", "later is not one of the available choices"),
        ("hold", "five", "Enter a whole number"),
        ("hold", "0", "greater than or equal to 1"),
        ("hold", "99999", "less than or equal to 600"),
        ("minutes", "9" * 5_000, "Enter a whole number"),
        ("picture", "9" * 30, "not one of the available choices"),
        ("steps", "x" * 50_001, "at most 50000"),
    ],
)
def test_what_a_field_can_not_hold_is_told_beside_it_and_kept(article, anna, name, value, sentence):
    anna.write("Lean", **{name: value})
    assert not anna.save().is_saved
    assert set(faults(anna)) == {name}
    assert sentence in faults(anna)[name]
    if name not in ("postures", "when", "picture"):
        assert anna[f"{anna.row('Lean')}-{name}"] == value


def test_all_that_breaks_the_rules_is_told_at_once_and_kept(article, anna):
    anna.write("Lean", when="", steps="", hold="", rest="3", repeats="2")
    anna.write("Rest", kind="urgent", body="Too short.")
    assert not anna.save().is_saved
    assert set(faults(anna)) == {"when", "steps", "hold", "minutes"}
    assert faults(anna)["minutes"] == "Give either how many times, or for how many minutes. Leave the other empty."
    assert set(faults(anna, "Rest")) == {"heading", "body"}
    assert anna[f"{anna.row('Lean')}-rest"] == "3"
    assert article.revisions.count() == 1


def test_an_old_section_may_break_a_rule_until_somebody_touches_it(article, anna):
    article.sections.filter(heading="Lean").update(steps="", when="")
    publishing.record(article, by=None)
    anna.open()
    anna.write("Rest", body="Lie down.")
    assert anna.save().is_saved
    anna.write("Lean", picture="")
    assert anna.save().is_saved
    anna.write("Lean", body="Better.")
    assert not anna.save().is_saved
    assert set(faults(anna)) == {"when", "steps"}


def test_a_second_act_now_or_card_of_a_level_is_refused_where_it_is_new(article, anna):
    anna.write("Rest", kind="act_now", body="1. Rest.")
    assert anna.save().is_saved
    anna.add("Go", "1. Go.")
    anna.write("Go", kind="act_now")
    assert not anna.save().is_saved
    assert faults(anna, "Rest") == {}
    assert faults(anna, "Go") == {"kind": "An article has one “act now” section at most."}
    anna.write("Rest", DELETE="on")
    assert anna.save().is_saved


def test_an_old_pair_of_cards_does_not_stand_in_the_way(article, anna):
    article.sections.update(kind="urgent")
    publishing.record(article, by=None)
    anna.open()
    anna.write(summary="New.")
    assert anna.save().is_saved


def test_a_kind_keeps_what_was_written_for_another_and_is_not_held_up_by_it(article, anna):
    anna.write("Lean", kind="text", hold="7", rest="soon", minutes="99999", steps="# Odd")
    assert anna.save().is_saved
    assert set(kept(article)) == {"key", "kind", "heading", "body", "pictures"}
    section = Section.objects.get(heading="Lean")
    assert (section.hold, section.rest, section.minutes, section.steps) == (7, None, 5, "# Odd")
    anna.write("Lean", kind="exercise", steps="Lean.")
    assert anna.save().is_saved
    assert kept(article)["hold"] == 7


def test_english_wording_is_asked_of_english_texts_alone(article, anna):
    article.language = "ar"
    article.save()
    anna.open()
    anna.write("Rest", kind="urgent", heading="اطلب المساعدة إذا:", body="- a\n- b")
    assert anna.save().is_saved


def test_each_kind_of_field_says_what_to_do(article, anna):
    assert FieldReader(anna.text).fields[f"{anna.row('Lean')}-postures"] == ["", "standing"]
    said = words(anna.text)
    assert all(str(sentence) in said for sentence in kinds.HELP.values())
    assert "Wall" in said
    assert "No picture" in said


def test_a_form_with_many_sections_asks_the_database_no_more(article, anna):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            anna.open()
        return len(asked)

    few = queries()
    for number in range(20):
        article.sections.create(heading=f"H{number}", body="x", kind="exercise", picture=Picture.objects.first())
    assert queries() == few


def test_two_hundred_sections_with_all_fields_are_read(article, anna, settings):
    boxes = [name for name in anna.fields if name.startswith("sections-0-")]
    many = 220 * (len(boxes) + 5) + 220 * 8  # with all ticks, and as many sources
    assert many < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_who_only_reads_an_article_sees_what_its_sections_say(article, client):
    client.force_login(make_role("Reviewer"))
    said = words(client.get(change_path(article)).content.decode())
    assert "1. Lean." in said
    assert "Picture: wall. A Wall." in said
    assert "How it works" not in said


# Two at once


def test_two_who_change_one_exercise_are_shown_both_texts(article, anna, bob):
    bob.write("Lean", hold="6", postures=["", "sitting"])
    bob.save()
    anna.write("Lean", minutes="", picture_2="")
    assert not anna.save().is_saved
    assert anna.undecided == ["sections-lean"]
    for text in ("Hold: 6 seconds", "Position: Sitting", "Picture: wall. A Wall."):
        assert text in anna.words
    anna.save(sections__lean="theirs")
    assert anna.is_saved
    row = kept(article)
    assert (row["hold"], row["minutes"], row["postures"], len(row["pictures"])) == (6, 5, "sitting", 2)


@pytest.mark.parametrize("change", [{"hold": "6"}, {"postures": ["", "sitting"]}, {"picture": ""}, {"stop_if": "Ow."}])
def test_a_change_of_one_field_is_joined_with_one_elsewhere(article, anna, bob, change):
    bob.write("Lean", **change)
    bob.save()
    wanted = kept(article)
    anna.write("Rest", body="Lie down.")
    assert anna.save().is_saved
    assert "Joined with what was saved meanwhile: “Lean”." in anna.words
    assert kept(article) == wanted
    assert kept(article, "Rest")["body"] == "Lie down."


def test_an_untouched_exercise_is_no_conflict_when_only_its_hidden_fields_differ(article, anna, bob):
    Section.objects.filter(heading="Rest").update(hold=9, steps="Old.")
    anna.open()
    bob.open()
    bob.write("Rest", body="Bob's.")
    bob.save()
    anna.write(summary="Anna's.")
    assert anna.save().is_saved
    rest = Section.objects.get(heading="Rest")
    assert (rest.body, rest.hold, rest.steps) == ("Bob's.", 9, "Old.")


def test_a_conflict_with_what_no_field_can_hold_is_shown_and_told(article, anna, bob):
    bob.write("Lean", hold="6")
    bob.save()
    anna.write("Lean", hold="many", when="later", picture="x")
    anna.save()
    assert "Hold: 6 secondsmany" in anna.words
    assert {"hold", "when", "picture"} <= set(faults(anna))


def test_sections_added_by_two_with_all_their_fields_both_stay(article, anna, bob):
    for desk, steps in ((bob, "Sit."), (anna, "Lie.")):
        desk.add("Stretch")
        desk.write("Stretch", kind="exercise", when="during", steps=steps, postures=["", "sitting"])
        assert desk.save().is_saved
    rows = [row for row in publishing.newest(article).sections if row["heading"] == "Stretch"]
    assert {(row["steps"], row["postures"]) for row in rows} == {("Sit.", "sitting"), ("Lie.", "sitting")}


# History


def test_a_change_of_the_hold_alone_is_a_version_that_the_comparison_shows(article, anna):
    anna.write("Lean", hold="6")
    anna.save()
    assert article.revisions.count() == 2
    page = anna.client.get(f"/admin/articles/article/{article.pk}/compare/?old=1&new=2").content.decode()
    assert "<del>5</del><ins>6</ins> seconds" in page
    assert "The text is the same." in page  # of the other section


def test_a_change_of_kind_or_picture_is_shown_in_the_comparison(article, anna):
    anna.write("Lean", kind="text", picture="", picture_2="")
    anna.save()
    page = anna.client.get(f"/admin/articles/article/{article.pk}/compare/?old=1&new=2").content.decode()
    assert "<del>Exercise</del> <ins>Text</ins>" in page
    assert "Picture: wall" in words(page)


def test_restoring_brings_back_all_fields_and_empties_what_was_not_there(article, anna):
    before = article.revisions.get()
    anna.write("Lean", hold="", rest="", minutes="", stop_if="Ow.", postures=[""], picture_2="")
    anna.write("Rest", kind="questions", questions="Why?")
    anna.save()
    restored = publishing.restore(before, by=None)
    assert restored.same_text(before)
    assert Section.objects.get(heading="Lean").stop_if == Section.objects.get(heading="Rest").questions == ""


def test_restoring_brings_a_picture_back_that_is_gone_from_the_library(article):
    before = article.revisions.get()
    article.sections.update(picture=None, picture_2=None)
    publishing.record(article, by=None)
    Picture.objects.all().delete()
    Picture.objects.create(title="A Wall.", drawing="other", alt="Another.")
    restored = publishing.restore(before, by=None)
    shown = [{**picture, "id": 0} for picture in kept(article)["pictures"]]
    assert shown == [{**picture, "id": 0} for picture in before.sections[1]["pictures"]]
    assert publishing.restore(before, by=None) == restored


def test_an_old_revision_without_the_new_fields_says_the_same_as_its_copy(article):
    bare = make_article("Old feet")
    revision = bare.revisions.get()
    assert set(revision.sections[0]) == {"key", "kind", "heading", "body"}
    assert publishing.restore(revision, by=None) == revision
    assert AtDesk(make_role("Editor"), bare).save().is_saved
    assert bare.revisions.count() == 1


def test_a_copy_has_all_fields_and_pictures(article):
    copy = publishing.duplicate(article, by=None)
    assert copy.revisions.get().sections == article.revisions.get().sections


# For a reviewer


def review_page(client, article):
    """Return the page on which somebody reviews the newest version, with the changes since the first one marked."""
    rosa, tom = make_contributor(), make_contributor("Dr Tom Test")
    first = article.revisions.order_by("number").first()
    publishing.review(first, contributor=rosa, correct_until=timezone.localdate() + timedelta(days=9))
    draft = publishing.record(article, by=None)
    link = reviewing.make_link(draft, by=None, days=1, contributor=tom)
    html = client.get(reverse("review", args=[reviewing.token_of(link)])).content.decode()
    return re.sub(r'<span class="visually-hidden"> (?:added:|removed:) </span>', "", html)


def test_a_reviewer_sees_an_exercise_in_its_own_look_with_what_changed(article, client):
    article.sections.filter(heading="Lean").update(hold=6, steps="Lean.\nHold.\nRest.", stop_if="Ow.", postures="")
    page = review_page(client, article)
    assert re.search(r"<dd>\s*<del>5</del> <ins>6</ins> seconds</dd>", page)
    assert re.search(r"<dd><p><del>Standing</del></p></dd>", page)
    assert "<li><ins>Rest.</ins></li>" in page
    assert re.search(r'class="stop-if">.*?<ins>Ow.</ins>', page, re.DOTALL)
    assert page.count("Write a remark") == 2
    assert "Only how it is written" not in page


def test_a_reviewer_is_told_of_other_pictures_and_another_kind(article, client):
    article.sections.filter(heading="Lean").update(picture_2=None)
    article.sections.filter(heading="Rest").update(kind="questions", questions="Why?")
    page = review_page(client, article)
    assert re.search(r"<del>.*Picture: foot. A Foot.</del>", page, re.DOTALL)
    assert "<del>Text</del> <ins>Questions to ask</ins>" in page
    assert "<ins>Why?</ins>" in page


def test_new_and_removed_exercises_are_labelled_for_a_reviewer(article, client):
    article.sections.filter(heading="Lean").delete()
    article.sections.create(heading="Walk", kind="exercise", when="during", steps="Walk.", position=3)
    page = review_page(client, article)
    assert "Removed: Lean" in page
    assert re.search(r'<del class="review-whole">.*?Hold: 5 seconds.*?</del>', page, re.DOTALL)
    assert re.search(r'<ins class="review-whole">.*?<li>Walk.</li>.*?</ins>', page, re.DOTALL)


# For readers


def test_each_kind_has_its_look(client):
    article = make_article(sections=[("Help", "- a\n- b")] * 3 + [("More", "x")] * 5, published=False)
    looks = ["non_urgent", "urgent", "emergency", "do_dont", "exercise", "option", "questions", "more_help"]
    for section, kind in zip(article.sections.all(), looks, strict=True):
        Section.objects.filter(pk=section.pk).update(kind=kind)
    article.sections.filter(kind="do_dont").update(do="Rest.", do_not="Do not run.")
    article.sections.filter(kind="exercise").update(when="during", steps="Lean.")
    article.sections.filter(kind="option").update(benefit="Good.", risk="Bad.")
    article.sections.filter(kind="questions").update(questions="Why?")
    publishing.publish(article, by=None)
    html = client.get("/articles/sore-feet/").content.decode()
    levels = re.findall(r'<span class="level">([\w ]+)<', html)
    assert levels == ["Not urgent", "Urgent", "Emergency"]
    assert html.index("<h3>Do</h3>") < html.index("<li>Rest.</li>") < html.index("<h3>Do not</h3>")
    assert re.search(r"<dt>Benefit</dt>\s*<dd[^>]*><p>Good.</p>", html)
    assert "<li>Why?</li>" in html
    assert len(Revision.objects.get().rendered_sections) == 8
