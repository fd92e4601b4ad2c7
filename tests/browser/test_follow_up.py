"""A reader whom the article helped little says where and why, and is led on."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations


@pytest.fixture
def address(site):
    """The address of a new article, so that no two tests within two seconds are one voter."""
    code = (
        "from tests.factories import make_article; from articles.models import Article; "
        "print(make_article(f'Numb toes {Article.objects.count()}', "
        "sections=[('Causes', 'Tight shoes.'), ('Care', 'Rest.')]).get_absolute_url())"
    )
    return site.shell(code)


def focused(page):
    return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_by_keyboard_alone_and_without_javascript(no_javascript, address):
    page = no_javascript
    page.goto(address)
    page.get_by_label("Not at all helpful").focus()
    press(page, "Space", "ArrowDown", "Tab", "Enter")
    page.get_by_text("Your rating is kept: 2 of 5").wait_for()
    page.locator("#_which").focus()
    press(page, "ArrowDown", "ArrowDown")
    page.keyboard.press("Tab")
    assert focused(page) == "reason"
    press(page, "ArrowDown", "ArrowDown")  # round from the last choice, “Rather not say”, to the second
    press(page, "Tab", "Enter")
    page.get_by_text("So is what you told us: “Causes”, “Something is missing”.").wait_for()
    page.get_by_role("link", name="All articles").click()
    expect(page).to_have_url("/articles/")


def test_in_place_it_is_announced_and_focused(page, address, site):
    page.goto(address)
    page.get_by_label("A little helpful").check()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_label("Which section?").select_option("Care")
    page.get_by_label("It is hard to understand").check()
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag22aa", "best-practice") == []
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("status").filter(has_text="“Care”, “It is hard to understand”.").wait_for()
    assert page.url.endswith(address)
    assert page.evaluate("document.activeElement.matches('[data-result]')")
    assert site.ask("m.Vote.objects.filter(section='care', reason='hard').count()") == "1"


def test_on_a_small_phone_it_fits_and_every_choice_is_large_enough(page, address):
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(address)
    page.get_by_label("A little helpful").check()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("status").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    targets = page.locator(".follow-up :is(.choices label, select), .rating .button:visible, .rating summary, .next a")
    assert targets.count() == 10
    assert all(target.bounding_box()["height"] >= 44 for target in targets.all())
