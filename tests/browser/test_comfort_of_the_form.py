"""A long article's form by keyboard: folding, help, adding, moving, the preview beside it, saving."""

import pytest

from tests.browser.conftest import axe_violations, wait_until

LONG = """
from articles.publishing import publish
from tests.factories import make_article
article = make_article("Folded knees", sections=[(f"Knee {n}", f"Words of {n}.") for n in range(1, 7)])
print(article.pk)
"""
RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")


@pytest.fixture(scope="module")
def knees(site):
    number = site.shell(
        "from articles.models import Article\n"
        "found = Article.objects.filter(slug='folded-knees').first()\n"
        "if found: print(found.pk)\n"
        "else:\n    " + LONG.strip().replace("\n", "\n    ")
    )
    return f"/admin/articles/article/{number}/change/"


def visible_headings(page):
    return [field.input_value() for field in page.locator("#sections-group [name$=-heading]:visible").all()]


def titles(page):
    return page.locator("#sections-group .fold-heading:visible").all_inner_texts()


def framed(page):
    return page.frame_locator("#desk-preview iframe")


def test_a_long_form_by_keyboard_alone(desk, knees):
    desk.goto(knees)
    assert visible_headings(desk) == []
    assert titles(desk)[:3] == ["Knee 1", "Knee 2", "Knee 3"]
    desk.get_by_role("button", name="Knee 2").focus()
    desk.keyboard.press("Enter")
    assert visible_headings(desk) == ["Knee 2"]
    desk.keyboard.press("Alt+Shift+ArrowUp")
    assert titles(desk)[:3] == ["Knee 2", "Knee 1", "Knee 3"]
    desk.keyboard.press("Alt+Shift+KeyN")
    desk.keyboard.type("Knee 7")
    assert titles(desk)[-1] == "Knee 7"
    desk.keyboard.press("F1")
    assert desk.get_by_role("dialog", name="How to write").is_visible()
    desk.keyboard.press("F1")
    desk.locator("[name$=-body]:visible").last.fill("New words.")
    with desk.expect_navigation():
        desk.keyboard.press("Control+s")
    desk.locator(".messagelist").wait_for()
    assert titles(desk)[0] == "Knee 2"
    assert visible_headings(desk) == ["Knee 2", "Knee 7"]  # what was open stays open
    desk.keyboard.press("Alt+Shift+KeyF")
    assert visible_headings(desk) == []


def test_what_is_wrong_is_open_and_what_is_led_to_opens(desk, knees):
    desk.goto(knees)
    row = desk.locator("#sections-group .inline-related").nth(3)
    row.locator(".fold").click()
    row.locator("[name$=-heading]").fill("")
    row.locator(".fold").click()
    with desk.expect_navigation():
        desk.keyboard.press("Control+s")
    assert row.locator(".errorlist").is_visible()
    field = desk.locator("#sections-group .inline-related.folded [name$=-body]").first.get_attribute("id")
    desk.evaluate(f"location.hash = '{field}'")
    desk.locator(f"#{field}").wait_for(state="visible")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_preview_beside_the_form_shows_what_is_not_saved(desk, knees, theme):
    desk.emulate_media(color_scheme=theme)
    desk.goto(knees)
    desk.keyboard.press("Alt+Shift+KeyP")
    framed(desk).get_by_role("heading", name="Folded knees").wait_for()
    assert axe_violations(desk, *RULES, exclude=["iframe"]) == []  # the page in it has tests of its own
    desk.locator("#id_title").fill("Unfolded knees")
    framed(desk).get_by_role("heading", name="Unfolded knees").wait_for()
    desk.locator("#desk-preview").get_by_label("Dark").check()
    assert background(desk) == "rgb(15, 23, 25)"
    desk.locator("#desk-preview").get_by_label("Paper").check()
    assert framed(desk).locator(".banner nav").first.is_hidden()
    assert background(desk) != "rgb(15, 23, 25)"
    desk.locator("#desk-preview").get_by_label("Desktop").check()
    wait_until(desk, "document.querySelector('#desk-preview iframe').contentWindow.innerWidth === 1280")
    desk.keyboard.press("Escape")
    assert desk.locator("#desk-preview").is_hidden()


def test_beside_a_preview_the_checks_stand_below_the_form_and_esc_closes_it_from_there(desk, knees):
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(knees)
    desk.keyboard.press("Alt+Shift+KeyP")
    desk.locator("#id_title").focus()
    form, checks = desk.locator("#article_form").bounding_box(), desk.locator("#checks").bounding_box()
    assert form["width"] > 500
    assert checks["y"] >= form["y"] + form["height"]
    desk.keyboard.press("Escape")
    assert desk.locator("#desk-preview").is_hidden()


def background(page):
    return framed(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor")


def test_without_javascript_the_sections_stand_open(no_javascript, signed_in, knees):
    no_javascript.context.add_cookies(signed_in)
    no_javascript.goto(knees)
    assert len(visible_headings(no_javascript)) >= 6
    no_javascript.get_by_role("button", name="How to write").click()
    assert no_javascript.get_by_role("dialog", name="How to write").is_visible()
