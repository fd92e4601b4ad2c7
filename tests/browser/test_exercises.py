"""A reader chooses exercises that fit where they are, and ticks what they have done."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.browser.test_reading import assert_accessible

STRETCHES = "/articles/stretches/"
LATE = datetime(2026, 11, 23, 23, 50)


def heading(page, name):
    return page.get_by_role("heading", name=name, exact=True)


def choose(page, place):
    page.get_by_role("radio", name=place).check()


@pytest.mark.parametrize("has_script", [True, False])
def test_exercises_that_do_not_fit_are_hidden_and_said_to_be(stretches, page, no_javascript, has_script):
    page = page if has_script else no_javascript
    page.goto(STRETCHES)
    choose(page, "Standing")
    for name, is_seen in {"Toes": False, "Towel": False, "Wall": True, "Sides": True}.items():
        expect(heading(page, name)).to_be_visible(visible=is_seen)
    expect(page.locator(".where p").filter(visible=True)).to_have_text(
        "2 exercises do not fit here and are hidden: Toes, Towel"
    )
    choose(page, "Someone is with me")
    expect(heading(page, "Towel")).to_be_visible()
    expect(heading(page, "Wall")).to_be_hidden()
    choose(page, "Anywhere")
    expect(page.locator(".exercise").filter(visible=True)).to_have_count(5)
    expect(page.locator(".where p").filter(visible=True)).to_have_count(0)


def test_a_link_to_a_hidden_exercise_shows_it(stretches, page):
    page.goto(STRETCHES)
    choose(page, "In bed")
    expect(heading(page, "Wall")).to_be_hidden()
    page.locator(".where").get_by_role("link", name="Wall").click()
    expect(heading(page, "Wall")).to_be_in_viewport()


def test_paper_shows_all_exercises_with_boxes_and_nothing_to_press(stretches, page):
    page.goto(STRETCHES)
    choose(page, "Sitting")
    page.emulate_media(media="print")
    expect(page.locator(".exercise").filter(visible=True)).to_have_count(5)
    expect(page.locator(".ticks input").filter(visible=True)).to_have_count(5)
    expect(page.locator(".exercise button, .where").filter(visible=True)).to_have_count(0)


def test_the_places_are_chosen_by_keyboard(stretches, page):
    page.goto(STRETCHES)
    page.get_by_role("radio", name="Anywhere").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="In bed")).to_be_checked()
    expect(heading(page, "Wall")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_exercises_are_accessible_large_enough_and_fit_a_small_phone(stretches, page, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(STRETCHES)
    choose(page, "Standing")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    targets = page.locator(".places label, .boxes label, .timer button, .minding summary").filter(visible=True)
    assert targets.count() > 10
    assert all(target.bounding_box()["height"] >= 44 for target in targets.all())
    assert_accessible(page)


def boxes(page, exercise="Wall"):
    return page.get_by_role("region", name=exercise).get_by_role("checkbox")


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('cramps:ticks:'))")


def test_ticks_stay_on_the_device_for_today(stretches, page):
    page.clock.install(time=LATE)
    page.goto(STRETCHES)
    page.get_by_role("region", name="Wall").get_by_label("Second time today").check()
    expect(page.get_by_role("region", name="Wall")).to_contain_text("Your ticks stay on this device, for today.")
    page.reload()
    expect(boxes(page).nth(1)).to_be_checked()
    expect(boxes(page).nth(0)).not_to_be_checked()
    expect(boxes(page, "Sides").nth(1)).not_to_be_checked()
    assert kept(page) == [f"cramps:ticks:{stretches}:wall"]
    page.clock.set_system_time(datetime(2026, 11, 24, 0, 10))
    page.reload()
    page.locator(".ticks[data-day]").first.wait_for()
    assert kept(page) == []
    expect(boxes(page).nth(1)).not_to_be_checked()


def test_a_page_left_open_begins_the_new_day_with_empty_boxes(stretches, page):
    page.clock.install(time=LATE)
    page.goto(STRETCHES)
    boxes(page).first.check()
    page.get_by_role("region", name="Wall").get_by_role("button", name="Clear them").wait_for()
    page.clock.set_system_time(datetime(2026, 11, 24, 7, 0))
    boxes(page).nth(2).check()
    expect(boxes(page).first).not_to_be_checked()
    expect(boxes(page).nth(2)).to_be_checked()


def test_ticks_can_be_cleared(stretches, page):
    page.goto(STRETCHES)
    clear = page.get_by_role("region", name="Wall").get_by_role("button", name="Clear them")
    boxes(page).first.check()
    boxes(page, "Sides").first.check()
    clear.click()
    expect(boxes(page).first).not_to_be_checked()
    expect(boxes(page).first).to_be_focused()
    expect(clear).to_be_hidden()
    assert kept(page) == [f"cramps:ticks:{stretches}:sides"]


def test_what_is_kept_but_can_not_be_read_is_forgotten(stretches, page):
    page.goto(STRETCHES)
    for damage in ("null", "not JSON", '{"day":"2020-01-01","ticks":[true]}', "[]"):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"cramps:ticks:{stretches}:wall", damage])
        page.reload()
        page.locator(".ticks[data-day]").first.wait_for()
        assert kept(page) == []
        expect(boxes(page).first).not_to_be_checked()


def test_a_browser_that_keeps_nothing_says_so_and_ticks_all_the_same(stretches, page):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })"
    )
    page.goto(STRETCHES)
    boxes(page).first.check()
    expect(boxes(page).first).to_be_checked()
    expect(page.get_by_role("region", name="Wall")).to_contain_text(
        "This browser does not let the page keep your ticks."
    )


def test_without_javascript_there_is_nothing_to_press_that_does_nothing(stretches, no_javascript):
    page = no_javascript
    page.goto(STRETCHES)
    expect(heading(page, "Wall")).to_be_visible()
    expect(page.locator(".timer, .ticks").filter(visible=True)).to_have_count(0)
    page.emulate_media(media="print")
    expect(boxes(page).filter(visible=True)).to_have_count(3)


def test_a_first_visit_asks_for_no_script_of_the_exercises(stretches, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(STRETCHES)
    page.wait_for_load_state("networkidle")
    assert any("/site." in url for url in asked)
    assert not any("/ticks." in url or "/timer." in url for url in asked)
