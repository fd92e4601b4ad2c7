"""What makes reading easier: words explained within the line, contents that follow, an address to share."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations, wait_until

ARTICLE = "/articles/muscle-leg-cramps/"
CANCELLED = "navigator.share = async () => { throw new DOMException('', 'AbortError') }"
NO_SHARE = "Object.defineProperty(navigator, 'share', {value: undefined});"


def meaning(page):
    return page.get_by_text("The chemicals that help a muscle contract.")


# Words of the glossary


def test_a_term_opens_and_closes_its_meaning_by_keyboard_and_without_javascript(no_javascript):
    page = no_javascript
    page.goto(ARTICLE)
    term = page.get_by_role("button", name="Electrolytes (what it means)")
    term.focus()
    assert not meaning(page).is_visible()
    page.keyboard.press("Enter")
    assert meaning(page).is_visible()
    page.keyboard.press("Escape")
    assert not meaning(page).is_visible()
    page.keyboard.press("Space")
    assert meaning(page).is_visible()
    assert page.locator(".term:focus").count() == 1
    page.get_by_role("heading", name="Causes").click(position={"x": 1, "y": 1})
    assert not meaning(page).is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_meaning_opens_beside_its_word_on_the_smallest_screen(page, theme):
    page.add_init_script(f"""localStorage.comfort = '{{"theme": "{theme}", "size": "largest"}}'""")
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(ARTICLE)
    page.locator(".term").click()
    word, box = page.locator(".term").bounding_box(), page.locator(".meaning").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert min(abs(box["y"] - word["y"] - word["height"]), abs(word["y"] - box["y"] - box["height"])) < 16
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag22aa", "best-practice") == []


def test_a_term_prints_as_a_plain_word(page):
    page.goto(ARTICLE)
    page.locator(".term").click()
    page.emulate_media(media="print")
    assert page.locator(".term").is_visible()
    assert not meaning(page).is_visible()


# Contents


def test_on_a_phone_the_contents_are_folded_and_open_by_keyboard(no_javascript):
    page = no_javascript
    page.set_viewport_size({"width": 375, "height": 667})
    page.goto(ARTICLE)
    link = page.locator(".contents").get_by_role("link", name="Causes")
    assert not link.is_visible()
    page.locator(".contents summary").focus()
    page.keyboard.press("Enter")
    assert link.is_visible()
    link.click()
    expect(page).to_have_url(f"{ARTICLE}#causes")


def test_on_a_wide_screen_the_contents_follow_beside_the_text(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(ARTICLE)
    link = page.locator(".contents").get_by_role("link", name="Causes")
    link.click()
    assert link.is_visible()
    heading = page.locator("#causes").bounding_box()
    box = page.locator(".contents").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] < heading["x"]
    assert 0 <= box["y"] < 100


def test_with_larger_text_the_contents_stay_in_the_column(page):
    page.add_init_script("""localStorage.comfort = '{"size": "larger"}'""")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(ARTICLE)
    assert page.locator(".contents").bounding_box()["x"] >= page.locator("#causes").bounding_box()["x"]


# Sharing


def share(page, script):
    page.add_init_script(script)
    page.goto(f"{ARTICLE}?from=mail#causes")
    page.get_by_role("button", name="Share this page").click()


def test_only_the_address_is_shared(page, site):
    share(page, "navigator.share = async (data) => { window.shared = data }")
    wait_until(page, "window.shared")
    assert page.evaluate("window.shared") == {"url": f"{site.url}{ARTICLE}"}


def test_where_nothing_can_share_the_address_is_copied_and_that_is_said(page, context, site):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    share(page, NO_SHARE)
    page.get_by_role("status").filter(has_text="The address of this page is copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}{ARTICLE}"


def test_where_copying_is_refused_the_address_is_shown(page, site):
    share(page, f"{NO_SHARE} navigator.clipboard.writeText = async () => {{ throw new DOMException('', 'X') }}")
    page.get_by_role("status").filter(has_text=f"Copy this address: {site.url}{ARTICLE}").wait_for()


def test_who_thinks_better_of_sharing_hears_nothing(page):
    share(page, f"window.asked = 0; {CANCELLED.replace('throw', 'window.asked++; throw')}")
    wait_until(page, "window.asked")
    assert page.locator(".share [role=status]").inner_text() == ""


def test_without_javascript_there_is_no_button_to_share(no_javascript):
    no_javascript.goto(ARTICLE)
    assert not no_javascript.get_by_role("button", name="Share this page").is_visible()
