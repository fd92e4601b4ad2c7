"""Exercises on an article's page: what is shown, asked and offered with each."""

import re

import pytest

from articles import exercises
from articles.models import SiteStatement
from articles.publishing import publish
from tests.factories import make_article
from tests.html_reader import tags, words

pytestmark = pytest.mark.django_db


def make_exercises(*fields, **about):
    """Return a published article with an exercise for each dictionary of a section's fields."""
    article = make_article("Stretches", published=False, **about)
    for number, own in enumerate(fields, start=2):
        article.sections.create(
            **{"position": number, "heading": f"Move {number}", "kind": "exercise", "steps": "Move."} | own
        )
    publish(article, by=None)
    return article


def section_of(client, key):
    """Return the HTML of a section of the article's page."""
    html = client.get("/articles/stretches/").content.decode()
    return re.search(rf'<section [^>]*aria-labelledby="{key}">.*?</section>', html, re.DOTALL)[0]


def places_of(*postures):
    """Return who may be asked for a place, as {place: keys of exercises hidden there}."""
    found = [{"kind": "exercise", "key": f"e{n}", "postures": text} for n, text in enumerate(postures)]
    return {value: [e["key"] for e in hidden] for value, _words, hidden in exercises.on_page(found)["places"]}


def test_an_exercise_shows_its_steps_facts_and_when_to_stop(client):
    make_exercises(
        {
            "body": "It should help.",
            "postures": "in_bed sitting",
            "steps": "Lie down.\nPull *gently*.",
            "hold": 5,
            "minutes": 1,
            "sides": "each",
            "stop_if": "it hurts more",
        }
    )
    html = section_of(client, "move-2")
    assert 'data-postures="in_bed sitting"' in html
    assert re.search(r"<ol>\s*<li>Lie down.</li>\s*<li>Pull <em>gently</em>.</li>\s*</ol>", html)
    facts = [" ".join(words(fact).split()) for fact in re.findall(r"<dt>.*?</dd>", html)]
    assert facts == [
        "PositionIn bed, Sitting",
        "Hold5 seconds",
        "For1 minute",
        "SidesOne side, then the other",
    ]
    assert "<li>it hurts more</li>" in html


def test_what_is_left_open_is_not_shown(client):
    make_exercises({"steps": "Walk."})
    html = section_of(client, "move-2")
    assert "Walk." in html
    assert "postures" not in html
    for name in ("exercise-facts", "stop-if", "timer", "ticks"):
        assert f'class="{name}' not in html


def test_the_safety_lines_stand_with_every_exercise_the_last_one_openly(client):
    SiteStatement.objects.create(safety="Ask a doctor.\nHold on & stop if it hurts.", about="-")
    make_exercises({"steps": "Walk."}, {"steps": "Run."})
    for key in ("move-2", "move-3"):
        html = section_of(client, key)
        assert "<summary>Hold on &amp; stop if it hurts.</summary>" in html
        assert "<li>Ask a doctor.</li>" in html


def test_a_site_without_safety_lines_shows_none(client):
    SiteStatement.objects.create(safety=" \n", about="-")
    make_exercises({"steps": "Walk.", "hold": 5})
    assert "<details" not in section_of(client, "move-2")
    assert "timing-safety" not in client.get("/articles/stretches/").content.decode()


def test_an_exercise_has_a_timer_when_it_says_how_long(client):
    make_exercises(
        {"hold": 5, "rest": 3, "sides": "each"},
        {"minutes": 2},
        {"repeats": 3},
        {"kind": "text", "body": "-", "hold": 5},
    )
    html = client.get("/articles/stretches/").content.decode()
    timers = [attrs for attrs in tags(html, "div") if attrs.get("class") == "timer"]
    names = ("data-name", "data-hold", "data-rest", "data-repeats", "data-minutes", "data-sides")
    assert [[attrs[name] for name in names] for attrs in timers] == [
        ["Move 2", "5", "3", "", "", "each"],
        ["Move 3", "", "", "", "2", ""],
    ]
    assert html.count('<template id="_timer">') == 1
    assert "Use the timer for “Move 2”" in words(html)


def test_an_article_without_timers_does_not_carry_their_screen(client):
    make_exercises({"steps": "Walk."})
    assert "_timer" not in client.get("/articles/stretches/").content.decode()


def test_an_exercise_has_a_box_for_each_time_of_the_day(client):
    article = make_exercises({"times_a_day": 3}, {"times_a_day": 10})
    html = section_of(client, "move-2")
    labels = re.findall(r"<label><input type=\"checkbox\"[^>]*> ([^<]+)</label>", html)
    assert labels == ["First time today", "Second time today", "Third time today"]
    assert f'data-keep="cramps:ticks:{article.pk}:move-2"' in html
    assert "Tenth time today" in section_of(client, "move-3")


def test_the_question_where_the_reader_is_stands_once_before_the_first_exercise(client):
    make_exercises({"heading": "Heels", "postures": "standing"}, {"heading": "Toes"}, {"postures": "standing"})
    html = client.get("/articles/stretches/").content.decode()
    assert html.count("Where are you now?") == 1
    assert html.index('id="part-1"') < html.index("Where are you now?") < html.index('id="heels"')
    said = " ".join(words(html).split())
    assert said.count("2 exercises do not fit here and are hidden: Heels, Move 4") == 2  # in bed and sitting
    radios = [attrs for attrs in tags(html, "input") if attrs.get("name") == "_where"]
    assert [attrs["value"] for attrs in radios] == ["anywhere", "in_bed", "sitting", "standing"]
    assert ["checked" in attrs for attrs in radios] == [True, False, False, False]


def test_a_single_hidden_exercise_is_told_in_the_singular(client):
    make_exercises({"heading": "Heels", "postures": "standing"}, {"heading": "Toes", "postures": "in_bed standing"})
    said = " ".join(words(client.get("/articles/stretches/").content.decode()).split())
    assert "1 exercise does not fit here and is hidden: Heels" in said


def test_places_say_which_exercises_do_not_fit():
    assert places_of("in_bed sitting", "standing") == {"in_bed": ["e1"], "sitting": ["e1"], "standing": ["e0"]}


def test_an_exercise_without_a_position_fits_everywhere():
    assert places_of("", "standing") == {"in_bed": ["e1"], "sitting": ["e1"], "standing": []}


def test_help_is_asked_for_only_where_an_exercise_needs_it():
    assert places_of("with_help", "in_bed") == {"in_bed": ["e0"], "with_help": ["e1"]}


@pytest.mark.parametrize("postures", [(), ("standing",), ("standing", "standing"), ("", "")])
def test_nothing_is_asked_where_no_answer_would_hide_anything(postures):
    assert places_of(*postures) == {}
