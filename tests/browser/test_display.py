"""Text size and colours: chosen in the banner, held by the style sheet, remembered on the device alone."""

import pytest

from tests.browser.conftest import axe_violations, wait_until

ARTICLE = "/articles/muscle-leg-cramps/"
DARK = "rgb(15, 23, 25)"
LIGHT = "rgb(253, 252, 248)"


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def root_size(page):
    return page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")


def open_display(page):
    page.locator(".display summary").click()
    page.get_by_role("group", name="Text size").wait_for()


def remember(page, text):
    page.add_init_script(f"localStorage.comfort = {text!r}")


def test_what_is_chosen_is_remembered_on_other_pages_and_sent_nowhere(page, context):
    page.goto("/")
    open_display(page)
    page.get_by_label("Dark").check()
    page.get_by_label("Larger").check()
    wait_until(page, "localStorage.comfort")
    page.goto(ARTICLE)
    assert (background(page), root_size(page)) == (DARK, 19)
    assert context.cookies() == []
    open_display(page)
    wait_until(page, "document.querySelector('#_dark').checked")
    page.get_by_label("As on this device").check()
    page.get_by_label("Normal").check()
    page.reload()
    assert (background(page), root_size(page)) == (LIGHT, 16)


def test_it_is_on_the_page_before_anything_is_drawn(page, complaints):
    """The script in the head comes before the style sheet, without which nothing is drawn; no other script runs."""
    remember(page, '{"theme": "dark", "size": "largest"}')
    page.route("**/*.js", lambda route: route.abort())
    page.add_init_script("""new MutationObserver(() => {
      const link = document.querySelector('link[rel=stylesheet]');
      if (link) window.themeAtLink ??= document.documentElement.dataset.theme;
    }).observe(document, {childList: true, subtree: true})""")
    page.goto(ARTICLE)
    assert page.evaluate("window.themeAtLink") == "dark"
    assert (background(page), root_size(page)) == (DARK, 23)
    complaints.clear()  # of the script that was held back


def test_going_back_shows_what_was_chosen_meanwhile(page):
    page.goto("/")
    page.goto("/about/")
    open_display(page)
    page.get_by_label("Dark").check()
    wait_until(page, "localStorage.comfort")
    page.go_back()
    assert background(page) == DARK


def test_without_javascript_it_holds_for_the_page_and_says_so(no_javascript):
    page = no_javascript
    page.goto(ARTICLE)
    open_display(page)
    assert page.get_by_text("This holds for this page alone.").is_visible()
    page.get_by_label("Dark").check()
    page.get_by_label("Largest").check()
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == DARK
    assert root_size(page) == 23


def test_where_nothing_can_be_stored_it_holds_for_the_page_and_says_so(page):
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})")
    page.goto(ARTICLE)
    open_display(page)
    page.get_by_label("Dark").check()
    page.get_by_text("This holds for this page alone.").wait_for()
    assert background(page) == DARK


@pytest.mark.parametrize(
    "junk", ["", "{", "null", '"dark"', "[1, 2]", '{"theme": {"a": 1}, "size": "huge", "constructor": 1}']
)
def test_junk_in_the_store_changes_nothing(page, junk):
    remember(page, junk)
    page.goto("/about/")
    assert (background(page), root_size(page)) == (LIGHT, 16)
    open_display(page)
    wait_until(page, "!document.querySelector('.display[data-script]')")
    assert page.get_by_label("As on this device").is_checked()


def test_by_keyboard(page):
    page.goto(ARTICLE)
    page.locator(".display summary").focus()
    wait_until(page, "!document.querySelector('.display[data-script]')")
    for key in ("Enter", "Tab", "ArrowDown", "Tab", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert (background(page), root_size(page)) == (DARK, 19)
    wait_until(page, "localStorage.comfort")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.display summary')")
    assert not page.get_by_role("group", name="Text size").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_open_choice_is_accessible_and_fits_with_the_largest_text(page, theme):
    remember(page, f'{{"theme": "{theme}", "size": "largest"}}')
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(ARTICLE)
    open_display(page)
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag22aa", "best-practice") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    targets = page.locator(".display :is(summary, label)").all()
    assert all(box["height"] >= 44 <= box["width"] for box in (target.bounding_box() for target in targets))


def test_the_largest_text_fits_a_small_phone_even_at_double_zoom(page, complaints):
    remember(page, '{"size": "largest"}')
    page.set_viewport_size({"width": 160, "height": 320})  # 320 pixels, zoomed to 200 %
    for path in ("/", "/articles/", ARTICLE, "/about/", "/rate/1/", "/no-such-page/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 160, path
    complaints.clear()  # a missing page is one of them


def test_paper_is_light_and_of_its_own_size(page):
    remember(page, '{"theme": "dark", "size": "largest"}')
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(ARTICLE)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert root_size(page) == 10


def notes_colour(desk):
    """Return the colour that footnotes in the first preview have."""
    return desk.evaluate("""() => {
      const notes = document.createElement("div");
      notes.className = "footnotes";
      document.querySelector(".prose").append(notes);
      return getComputedStyle(notes).color;
    }""")


def test_the_desks_previews_follow_the_desks_own_switch(desk, article):
    desk.emulate_media(color_scheme="dark")
    desk.goto(article)
    desk.evaluate("localStorage.theme = 'light'")
    desk.reload()
    assert desk.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert notes_colour(desk) == "rgb(86, 102, 106)"
    desk.evaluate("localStorage.theme = 'dark'")
    desk.reload()
    assert desk.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert notes_colour(desk) == "rgb(182, 195, 193)"
