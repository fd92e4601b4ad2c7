"""A reader looks for help: with a typing mistake, without JavaScript, by keyboard, from A to Z."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_reading import ARTICLE, PHONE, assert_accessible

PAGES = ["/", "/articles/", "/articles/?letter=C", "/search/", "/search/?q=musle+crmps", "/search/?q=zebra"]


def field(page):
    return page.get_by_label("Search the articles")


@pytest.fixture
def offered(page):
    """A page with suggestions open, for what of "charley" is typed so far; and what the script has asked for."""
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest/" in request.url else None)
    page.goto(ARTICLE)
    field(page).press_sequentially("char", delay=20)
    page.get_by_role("option", name="charley horse").wait_for()
    return page, asked


def test_a_mistyped_search_leads_to_the_section_on_a_phone_without_javascript(no_javascript):
    page = no_javascript
    page.set_viewport_size(PHONE)
    page.goto("/")
    field(page).fill("elektrolites")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url("/search/?q=elektrolites")
    page.get_by_text("so we looked for “electrolytes”.").wait_for()
    page.get_by_role("link", name="Causes").click()
    expect(page).to_have_url(f"{ARTICLE}#causes")
    box = page.get_by_role("heading", name="Causes", exact=True).bounding_box()
    assert 0 <= box["y"] < PHONE["height"]


def test_another_name_from_a_to_z_leads_to_the_article(no_javascript):
    page = no_javascript
    page.goto("/")
    page.get_by_role("link", name="All articles from A to Z").click()
    page.get_by_role("link", name="C", exact=True).click()
    page.get_by_role("link", name="charley horse").click()
    page.get_by_role("heading", level=1, name="Muscle leg cramps").wait_for()
    page.get_by_role("link", name="Muscles").click()
    expect(page).to_have_url(re.compile(r"/topics/[\w-]+/$"))
    page.get_by_role("link", name="Muscle leg cramps").click()
    expect(page).to_have_url(ARTICLE)


def test_a_suggestion_is_chosen_by_keyboard(offered):
    page, _asked = offered
    box = page.get_by_role("combobox", name="Search the articles")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", selected=True)
    assert option.inner_text().split() == ["charley", "horse", "Muscle", "leg", "cramps"]
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ARTICLE}")
    assert page.get_by_role("listbox").count() == 0


def test_suggestions_are_never_in_the_way(offered):
    page, _asked = offered
    assert_accessible(page)
    page.keyboard.press("Escape")
    assert not page.get_by_role("listbox").is_visible()
    assert field(page).input_value() == "char"
    field(page).press_sequentially("l")
    page.get_by_role("option", name="charley horse").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")  # back to what was typed
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=charl")


def test_a_suggestion_can_be_tapped(offered):
    page, _asked = offered
    option = page.get_by_role("option", name="charley horse")
    assert option.bounding_box()["height"] >= 44
    option.click()
    page.wait_for_url(f"**{ARTICLE}")


def test_nothing_is_asked_before_two_letters_and_not_for_each(offered):
    page, asked = offered
    assert [url.partition("?")[2] for url in asked] == ["q=char"]
    field(page).fill("c")
    assert not page.get_by_role("listbox").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=c")
    assert len(asked) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_and_fits_a_small_phone(page, path, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert_accessible(page)
    targets = page.locator(".search input, .search button, .letters a, .names a, .topics a, .results a, .ways a").all()
    assert targets
    for target in targets:
        assert target.bounding_box()["height"] >= 44, target.inner_text()
