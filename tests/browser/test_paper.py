"""On paper: the sheet and the whole article, as Chromium prints them to PDF and poppler reads them."""

import subprocess

import pytest

from tests.browser.conftest import wait_until
from tests.conftest import need

ARTICLE = "/articles/muscle-leg-cramps/"
MANY = """
from articles.publishing import publish
from tests.factories import make_article
def block(name, count):
    lines = [f"begin{name}", *["A line that is long enough to fill most of the sheet."] * (count - 2), f"end{name}"]
    return "\\n".join(f"- {line}" for line in lines)
article = make_article("Many things", sections=[], published=False)
add = article.sections.create
add(position=1, kind="act_now", heading="Now", body=block("now", 4).replace("- ", "1. "))
for number, kind in enumerate(("non_urgent", "urgent", "emergency"), 2):
    add(position=number, kind=kind, heading=f"{kind} if:", body=block(kind.replace("_", ""), 7))
for number in range(5, 15):
    steps = block(f"steps{number}", 6).replace("- ", "")
    add(position=number, kind="exercise", heading=f"Exercise {number}", steps=steps, times_a_day=number - 4)
publish(article, by=None)
"""

# Four steps, a card of each level, and two exercises with all that they can have
FULL = """
from articles.models import Picture
from articles.publishing import publish
from tests.factories import make_article
article = make_article("Full sheet", sections=[], published=False)
add = article.sections.create
pictures = dict(zip(("picture", "picture_2", "picture_3"), Picture.objects.all()))
steps = "\\n".join(f"{n}. **Do this** and then do that, slowly, and hold on to something." for n in range(1, 5))
add(position=1, kind="act_now", heading="What to do now", body=steps, picture=pictures["picture"])
for number, kind in enumerate(("emergency", "urgent", "non_urgent"), 2):
    add(position=number, kind=kind, heading="Get help if:", body="- something is not as it should be\\n" * 4)
for number in (5, 6):
    add(position=number, kind="exercise", heading="Stretch", when="prevent", postures="standing sitting", hold=5,
        minutes=5, times_a_day=number, sides="each", steps="Stand.\\nLean forward with both arms.\\nHold.\\nLet go.",
        stop_if="it hurts\\nyou feel dizzy", **pictures)
publish(article, by=None)
"""


def printed(page, paper="A4"):
    """Return the text of each sheet of a page that is printed."""
    program = need("pdftotext", "sudo apt-get install poppler-utils")
    pdf = page.pdf(format=paper)
    text = subprocess.run([program, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return text.split("\f")[:-1]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_first_article_fits_one_sheet_of_either_paper(page, paper):
    page.goto(f"{ARTICLE}sheet/")
    [sheet] = printed(page, paper)
    wanted = ["What to do now", "Straighten the leg.", "Get help urgently if:", "Calf stretch", "Day 7", "Published"]
    places = [sheet.find(words) for words in [*wanted, f"{ARTICLE}\n"]]
    assert places == sorted(places)
    assert places[0] > 0
    for words in ("Back to the article", "Print", "About this site"):
        assert words not in sheet


def test_what_does_not_fit_one_sheet_goes_on_without_a_cut_or_a_loss(page, site):
    site.shell(MANY)
    page.goto("/articles/many-things/sheet/")
    sheets = printed(page)
    assert len(sheets) > 1
    names = ["now", "nonurgent", "urgent", "emergency", *(f"steps{number}" for number in range(5, 15))]
    for name in names:
        words = [set(sheet.split()) & {f"begin{name}", f"end{name}"} for sheet in sheets]
        assert sorted(map(len, words)) == [0] * (len(sheets) - 1) + [2], name


def test_the_sheet_has_a_button_to_print_only_where_it_works(page, no_javascript):
    page.goto(f"{ARTICLE}sheet/")
    page.evaluate("window.print = () => (document.title = 'printed')")
    page.get_by_role("button", name="Print").click()
    wait_until(page, "document.title === 'printed'")
    no_javascript.goto(f"{ARTICLE}sheet/")
    assert not no_javascript.get_by_role("button", name="Print").is_visible()
    assert no_javascript.get_by_text("in your browser's menu").is_visible()


def test_a_full_sheet_still_fits(page, site):
    site.shell(FULL)
    page.goto("/articles/full-sheet/sheet/")
    assert len(printed(page)) == 1
