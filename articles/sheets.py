"""What stands on the sheet to print: the parts of a revision that one needs beside the bed. No database."""

import re

from django.utils.safestring import mark_safe

from articles.kinds import CARE_CARDS, ON_SHEET, Kind

DAYS = range(1, 8)  # with boxes to tick


def parts(revision):
    """Return the sections that stand on the sheet of a revision, as its template names them."""
    shown = [leading_on(section, revision) for section in revision.rendered_sections if section["kind"] in ON_SHEET]
    return {
        "act_now": [section for section in shown if section["kind"] == Kind.ACT_NOW],
        "care_cards": [section for section in shown if section["kind"] in CARE_CARDS],
        "exercises": [with_boxes(section) for section in shown if section["kind"] == Kind.EXERCISE],
        "days": DAYS,
    }


def leading_on(section, revision):
    """Return a section with its links to sections that are not on the sheet leading to the article."""
    missing = {other["key"] for other in revision.sections if other["kind"] not in ON_SHEET}
    address = revision.get_absolute_url()

    def lead(link):
        return f'href="{address}#{link[1]}"' if link[1] in missing else link[0]

    def led(html):
        return mark_safe(re.sub(r'href="#([^"]+)"', lead, html))  # noqa: S308  of a safe text, and a key is a slug

    own = {name: led(html) for name, html in section.get("parts", {}).items()}
    return section | {"html": led(section["html"]), "parts": own}


def with_boxes(exercise):
    """Return an exercise with as many `boxes` to tick as it is done in a day."""
    return exercise | {"boxes": range(exercise.get("times_a_day") or 0)}
