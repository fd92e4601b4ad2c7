"""What a page offers with its exercises: only those that fit where the reader is, a timer, and ticks. No database."""

from django.utils.translation import gettext_lazy as _

from articles.kinds import POSTURES, Kind, Posture

WHERE = {
    Posture.IN_BED: _("In bed"),
    Posture.SITTING: _("Sitting"),
    Posture.STANDING: _("Standing"),
    Posture.WITH_HELP: _("Someone is with me"),
}
TIMES_TODAY = (
    _("First time today"),
    _("Second time today"),
    _("Third time today"),
    _("Fourth time today"),
    _("Fifth time today"),
    _("Sixth time today"),
    _("Seventh time today"),
    _("Eighth time today"),
    _("Ninth time today"),
    _("Tenth time today"),
)


def on_page(sections):
    """Return what the page needs to know of all its exercises: the key of the `first`, where the reader may be
    (`places`, see there), and whether any `is_timed`.
    """
    exercises = [section for section in sections if section["kind"] == Kind.EXERCISE]
    return {
        "first": exercises[0]["key"] if exercises else None,
        "places": places(exercises),
        "is_timed": any(exercise.get("hold") or exercise.get("minutes") for exercise in exercises),
    }


def places(exercises):
    """Return where a reader may say they are, as (value, words, exercises that don't fit there).

    A place is left out that no exercise fits, and help unless an exercise asks for it. Where no answer would hide
    anything, there is no question: the list is empty.
    """
    asked = {posture for exercise in exercises for posture in exercise.get(POSTURES, "").split()}
    found = []
    for place, words in WHERE.items():
        hidden = [exercise for exercise in exercises if not fits(exercise, place)]
        if len(hidden) < len(exercises) and (place != Posture.WITH_HELP or place in asked):
            found.append((place.value, words, hidden))
    return found if any(hidden for _place, _words, hidden in found) else []


def fits(exercise, place):
    """Return whether an exercise can be done in a place; one without a position can be done anywhere."""
    postures = exercise.get(POSTURES, "").split()
    return not postures or place in postures


def times_today(section):
    """Return a label for each box that readers tick when they have done an exercise."""
    return TIMES_TODAY[: section.get("times_a_day", 0)]
