"""Nothing typed is lost: what the browser keeps of a form that isn't saved, and signing in again to the filled form."""

import json

import pytest

from tests.browser.conftest import axe_violations, wait_for, wait_until
from tests.browser.test_editing import headings, save, section

KEPT = ".kept-draft"
WRITTEN = 700  # milliseconds, more than the pause before a text is kept


def drafts(page):
    """Return how many texts the browser keeps."""
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length")


def write(page, words="Precious words.", heading="A"):
    """Type into a section, and wait until the browser has kept it."""
    area(page, heading).fill(words)
    wait_until(page, f"Object.values(localStorage).some((kept) => kept.includes({json.dumps(words)}))")


def area(page, heading="A"):
    return section(page, heading).locator("textarea[name$=-body]")


def text(page, heading="A"):
    return area(page, heading).input_value()


def assert_nothing_is_offered(page):
    page.wait_for_timeout(300)  # an offer comes a moment after the page
    assert page.locator(KEPT).count() == 0


def crash(page):
    """Close a page without a question, and return a new one of the same browser."""
    context = page.context
    page.close()
    new = context.new_page()
    new.set_default_timeout(10_000)
    return new


def test_what_was_typed_before_a_crash_is_offered_put_back_saved_and_then_gone(desk, article):
    desk.goto(article)
    write(desk)
    page = crash(desk)
    page.goto(article)
    assert "that was not saved is kept in this browser." in page.locator(KEPT).inner_text()
    assert text(page) == "Text of A."
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet: check it, then save it.").wait_for()
    assert text(page) == "Precious words."
    assert section(page, "A").locator(".markdown-preview").inner_text() == "Precious words."
    save(page)
    assert text(page) == "Precious words."
    assert drafts(page) == 0
    page.reload()
    assert_nothing_is_offered(page)


def test_sections_added_moved_and_deleted_come_back_as_they_were(desk, article):
    desk.goto(article)
    desk.get_by_role("button", name="Add another Section").click()
    section(desk, "").locator("[name$=-heading]").fill("D")
    section(desk, "D").get_by_role("button", name="Up").click()
    section(desk, "B").get_by_label("Delete").check()
    write(desk)
    page = crash(desk)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert headings(page) == ["A", "B", "D", "C"]
    assert section(page, "B").get_by_label("Delete").is_checked()
    section(page, "C").get_by_role("button", name="Up").click()
    section(page, "C").get_by_role("button", name="Down").click()
    save(page)
    assert headings(page) == ["A", "D", "C"]
    assert text(page) == "Precious words."


def test_a_text_that_was_put_back_survives_a_second_crash(desk, article):
    desk.goto(article)
    write(desk)
    page = crash(desk)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    write(page, "More precious words.")
    page = crash(page)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert text(page) == "More precious words."
    assert drafts(page) == 1


def test_a_text_can_be_thrown_away_by_keyboard(desk, article):
    desk.goto(article)
    write(desk)
    page = crash(desk)
    page.goto(article)
    page.get_by_role("button", name="Throw it away").focus()
    page.keyboard.press("Enter")
    page.get_by_text("It was thrown away.").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "It was thrown away."
    assert drafts(page) == 0
    page.reload()
    assert_nothing_is_offered(page)


def test_a_form_that_was_only_looked_at_or_changed_back_is_not_kept(desk, article):
    desk.goto(article)
    desk.locator("#id_title").click()
    write(desk)
    assert drafts(desk) == 1
    area(desk).fill("Text of A.")
    wait_for(desk, lambda: drafts(desk) == 0)


@pytest.mark.parametrize("button", ["_preview", "_publish"])
def test_a_text_that_was_saved_is_not_offered_again_wherever_the_save_led(desk, article, button):
    desk.goto(article)
    write(desk)
    with desk.expect_navigation():
        desk.locator(f"[name={button}]").click()
    desk.goto(article)
    assert text(desk) == "Precious words."
    assert_nothing_is_offered(desk)
    assert drafts(desk) == 0


def test_a_new_topic_is_kept_and_forgotten_when_it_is_saved(desk):
    desk.goto("/admin/articles/topic/add/")
    desk.locator("#id_name").press_sequentially("Hands")
    wait_until(desk, "Object.values(localStorage).some((kept) => kept.includes('Hands'))")
    page = crash(desk)
    page.goto("/admin/articles/topic/add/")
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert page.locator("#id_slug").input_value() == "hands"
    save(page)
    assert drafts(page) == 0


def test_a_save_without_a_connection_keeps_the_text(desk, article, complaints):
    desk.goto(article)
    desk.context.set_offline(True)
    write(desk)
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("alert").filter(has_text="The server can not be reached").wait_for()
    complaints.clear()
    page = crash(desk)
    page.context.set_offline(False)
    page.goto(article)
    page.locator(KEPT).wait_for()


def test_a_save_that_fails_keeps_the_text(desk, article):
    desk.goto(article)
    write(desk)
    desk.locator("#id_title").fill("")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.locator(".errornote").wait_for()
    assert_nothing_is_offered(desk)
    page = crash(desk)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert text(page) == "Precious words."


def test_a_second_tab_does_not_offer_what_is_open_in_the_first(desk, article):
    desk.goto(article)
    write(desk)
    second = desk.context.new_page()
    second.goto(article)
    second.wait_for_timeout(WRITTEN)
    assert_nothing_is_offered(second)
    write(second, "Other words.", "B")
    save(desk)
    assert drafts(desk) == 1
    assert_nothing_is_offered(desk)
    second.wait_for_timeout(4_000)  # longer than it waits after the first tab's form is gone
    assert_nothing_is_offered(second)


def test_a_tab_that_is_closed_leaves_its_text_to_the_other(desk, article):
    desk.goto(article)
    second = desk.context.new_page()
    second.goto(article)
    write(second)
    desk.reload()
    second.close()
    desk.locator(KEPT).wait_for()
    write(desk, "Words of the first tab.", "B")
    desk.get_by_role("button", name="Put it back").click()
    desk.get_by_text("Nothing is saved yet").wait_for()
    assert text(desk) == "Precious words."
    assert drafts(desk) == 2


def save_elsewhere(browser, page, signed_in, path, words, heading):
    """Save a section of the article in another browser, as a colleague does."""
    context = browser.new_context(base_url=page.url.split("/admin")[0])
    context.add_cookies(signed_in)
    colleague = context.new_page()
    colleague.goto(path)
    section(colleague, heading).locator("textarea[name$=-body]").fill(words)
    save(colleague)
    context.close()


def test_a_text_of_an_earlier_version_says_so_and_is_joined_with_what_others_saved(desk, article, browser, signed_in):
    desk.goto(article)
    write(desk)
    save_elsewhere(browser, desk, signed_in, article, "Theirs.", "B")
    page = crash(desk)
    page.goto(article)
    assert "It belongs to an earlier version" in page.locator(KEPT).inner_text()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert [text(page, "A"), text(page, "B")] == ["Precious words.", "Theirs."]


def test_a_crash_before_a_decision_between_two_texts_decides_nothing(desk, article, browser, signed_in):
    desk.goto(article)
    write(desk)
    save_elsewhere(browser, desk, signed_in, article, "Theirs.", "A")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.locator("[name^=decide-][value=theirs]").wait_for()
    write(desk, "Mine, once more.")
    page = crash(desk)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.locator("[name^=decide-][value=theirs]").wait_for()
    assert text(page) == "Mine, once more."


def test_old_and_broken_texts_are_thrown_away(desk, article):
    desk.goto(article)
    desk.evaluate(
        """() => {
            const place = `draft:${document.querySelector("#form-words").dataset.user}:${location.pathname}:`;
            const old = Date.now() - 31 * 86_400_000;
            localStorage.setItem(place + "1", JSON.stringify({ time: old, entries: [["title", "Old"]] }));
            localStorage.setItem(place + "2", "<script>");
            localStorage.setItem(place + "3", "null");
        }"""
    )
    desk.reload()
    assert drafts(desk) == 0
    assert_nothing_is_offered(desk)


def test_a_text_belongs_to_whoever_typed_it(desk, article):
    desk.goto(article)
    write(desk)
    page = crash(desk)
    page.add_init_script(
        "document.addEventListener('readystatechange', () => (document.querySelector('#form-words').dataset.user = 99))"
    )
    page.goto(article)
    assert page.locator("#form-words").get_attribute("data-user") == "99"
    assert_nothing_is_offered(page)
    assert drafts(page) == 1


@pytest.mark.parametrize(
    "broken",
    [
        "const set = Storage.prototype.setItem; Storage.prototype.setItem = function (key, value) {"
        "if (key.startsWith('draft:')) throw new DOMException('', 'QuotaExceededError'); set.call(this, key, value); }",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })",
    ],
)
def test_a_browser_that_can_keep_nothing_says_so_once_and_the_form_works_on(desk, article, broken, complaints):
    desk.add_init_script(broken)
    desk.goto(article)
    area(desk).fill("one")
    desk.get_by_text("This browser can not keep a copy of what you type.").wait_for()
    area(desk).fill("two")
    desk.wait_for_timeout(WRITTEN)
    assert desk.get_by_text("This browser can not keep a copy of what you type.").count() == 1
    save(desk)
    assert text(desk) == "two"
    assert all("SecurityError" in complaint for complaint in complaints)  # of Django's own scripts
    complaints.clear()


def test_keeping_the_text_asks_the_server_for_nothing(desk, article):
    desk.goto(article, wait_until="networkidle")
    asked = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.locator("#id_summary").fill("Typed.")
    wait_for(desk, lambda: drafts(desk) == 1)
    assert [url for url in asked if "/static/icon." not in url] == []  # Chromium asks for it when it likes


def test_no_password_and_no_token_is_kept(desk, article):
    desk.goto("/admin/auth/user/add/")
    desk.locator("#id_password1").fill("hunter-2")
    desk.wait_for_timeout(WRITTEN)
    desk.goto(article)
    token = desk.locator("[name=csrfmiddlewaretoken]").first.input_value()
    write(desk)
    kept = desk.evaluate("JSON.stringify(localStorage)")
    assert "Precious words." in kept
    assert "hunter-2" not in kept
    assert token not in kept


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_offer_is_accessible_in_both_themes(desk, article, theme, complaints):
    desk.goto(article)
    write(desk)
    page = crash(desk)
    page.emulate_media(color_scheme=theme)
    page.goto(article)
    page.locator(KEPT).wait_for()
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") == []


# Signing in again


def end_session(page):
    """End the session as time does: the browser keeps its other cookies."""
    page.context.clear_cookies(name="sessionid")


def sign_in_again(page, site, password=None):
    name, right = site.administrator()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password or right)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_section(page, heading="D"):
    page.get_by_role("button", name="Add another Section").click()
    section(page, "").locator("[name$=-heading]").fill(heading)


@pytest.mark.parametrize("cookies", ["expired", "gone"])
def test_signing_in_again_returns_to_the_filled_form(desk, article, site, complaints, cookies):
    desk.goto(article)
    add_section(desk)
    write(desk)
    end_session(desk) if cookies == "expired" else desk.context.clear_cookies()
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("Nothing you typed is lost. Sign in, and you are back in the filled form.").wait_for()
    sign_in_again(desk, site, "wrong")
    desk.get_by_text("The name or the password is not right").wait_for()
    sign_in_again(desk, site)
    desk.get_by_text("You are signed in again. Nothing is saved yet: check the form, then save it.").wait_for()
    assert headings(desk) == ["A", "B", "C", "D"]
    assert text(desk) == "Precious words."
    save(desk)
    assert headings(desk) == ["A", "B", "C", "D"]
    assert text(desk) == "Precious words."
    assert drafts(desk) == 0
    assert all("403" in complaint for complaint in complaints)  # what the page that asks to sign in is
    complaints.clear()


def test_giving_up_to_sign_in_leaves_the_text_in_the_browser(desk, article, signed_in, complaints):
    desk.goto(article)
    write(desk)
    end_session(desk)
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("button", name="Sign in").wait_for()
    complaints.clear()
    page = crash(desk)
    page.context.add_cookies(signed_in)
    page.goto(article)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert text(page) == "Precious words."


def test_signing_in_again_works_without_javascript(no_javascript, article, signed_in, site):
    page = no_javascript
    page.context.add_cookies(signed_in)
    page.goto(article)
    page.locator("#id_sections-0-body").fill("Line one\n\nLine two")
    end_session(page)
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, site)
    page.get_by_text("You are signed in again. Nothing is saved yet").wait_for()
    assert page.locator("#id_sections-0-body").input_value() == "Line one\n\nLine two"
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".messagelist .success").wait_for()
    assert page.locator("#id_sections-0-body").input_value() == "Line one\n\nLine two"


def test_a_form_from_before_signing_in_elsewhere_comes_back_without_javascript(no_javascript, article, signed_in, site):
    page = no_javascript
    page.context.add_cookies(signed_in)
    page.goto(article)
    page.locator("#id_sections-0-body").fill("Precious words.")
    end_session(page)
    other = page.context.new_page()
    other.goto("/admin/")
    name, password = site.administrator()
    other.get_by_label("Username").fill(name)
    other.get_by_label("Password").fill(password)
    other.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Go back to my form").click()
    page.get_by_text("Your text is back in the form. Nothing is saved yet").wait_for()
    assert page.locator("#id_sections-0-body").input_value() == "Precious words."


def test_the_page_that_asks_to_sign_in_again_is_accessible(desk, article, complaints):
    desk.goto(article)
    end_session(desk)
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("button", name="Sign in").wait_for()
    assert axe_violations(desk, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") == []
    complaints.clear()
