"""Two editors at one article, each in a browser of their own: what both did is joined, or both texts are shown."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import axe_violations
from tests.browser.test_editing import headings, save, section
from tests.desk_forms import FieldReader

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@pytest.fixture
def both(seat, article):
    """Two editors who have opened the same form."""
    pages = seat("Editor"), seat("Author")
    for page in pages:
        page.goto(article)
    return pages


def body(page, heading):
    return section(page, heading).locator("textarea[name$=-body]")


def send(page):
    """Press “Save”, and wait for the form that asks for decisions."""
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".conflicts").wait_for()


def conflict(both, heading="B"):
    """Let both write in one section, and return the page that asks the first for a decision."""
    anna, bob = both
    body(bob, heading).fill("Bob's words.")
    save(bob)
    body(anna, heading).fill("Anna's words.")
    send(anna)
    return anna


def test_changes_of_different_sections_are_joined_without_a_question(both):
    anna, bob = both
    body(bob, "B").fill("Bob's words.")
    section(bob, "C").get_by_role("button", name="Up").click()
    save(bob)
    body(anna, "A").fill("Anna's words.")
    save(anna)
    assert "Joined with what was saved meanwhile: “B”." in anna.locator(".messagelist").inner_text()
    assert headings(anna) == ["A", "C", "B"]
    assert [body(anna, name).input_value() for name in "ABC"] == ["Anna's words.", "Bob's words.", "Text of C."]
    assert body(anna, "B").locator("xpath=../..").get_by_text("Bob's words.").count()


def test_the_same_section_shows_both_texts_to_combine(both):
    anna, bob = both
    anna.get_by_role("button", name="Add another Section").click()
    section(anna, "").locator("[name$=-heading]").fill("New")
    section(anna, "New").get_by_role("button", name="Up").click()
    anna.locator("#id_summary").fill("Anna's summary.")
    conflict(both)
    assert anna.locator(".conflicts").evaluate("box => box === document.activeElement")
    asked = section(anna, "B").locator(".conflict")
    assert asked.locator("del").inner_text() == "Bob"
    assert asked.locator("ins").inner_text() == "Anna"
    asked.get_by_text("The whole of the other text").click()
    assert "Bob's words." in asked.get_by_role("textbox", name="The other text").input_value()
    assert headings(anna) == ["A", "B", "New", "C"]
    assert anna.locator("#id_summary").input_value() == "Anna's summary."
    body(anna, "B").fill("Anna's and Bob's words.")
    asked.get_by_label("Take what stands in the form").check()
    save(anna)
    assert body(anna, "B").input_value() == "Anna's and Bob's words."
    assert headings(anna) == ["A", "B", "New", "C"]
    bob.reload()
    assert body(bob, "B").input_value() == "Anna's and Bob's words."


def test_saving_without_a_decision_decides_nothing(both):
    anna = conflict(both)
    send(anna)
    section(anna, "B").get_by_label("Take the other text").check()
    save(anna)
    assert body(anna, "B").input_value() == "Bob's words."


def test_a_section_that_was_deleted_meanwhile_can_be_kept_or_moved(both):
    anna, bob = both
    section(bob, "B").get_by_label("Delete").check()
    save(bob)
    body(anna, "B").fill("Anna's words.")
    send(anna)
    assert headings(anna) == ["A", "B", "C"]
    section(anna, "B").get_by_label("Keep it, as it stands in the form").check()
    section(anna, "B").get_by_role("button", name="Up").click()
    save(anna)
    assert headings(anna) == ["B", "A", "C"]
    assert body(anna, "B").input_value() == "Anna's words."


def test_a_title_is_decided_above_and_reached_by_keyboard(both):
    anna, bob = both
    bob.locator("#id_title").fill("Bob's title")
    save(bob)
    anna.locator("#id_title").fill("Anna's title")
    send(anna)
    anna.keyboard.press("Tab")
    anna.keyboard.press("Enter")
    for _ in range(2):
        anna.keyboard.press("Tab")
    anna.keyboard.press("ArrowDown")
    assert anna.get_by_label("Take the other text").is_checked()
    save(anna)
    assert anna.locator("#id_title").input_value() == "Bob's title"


def test_a_second_tab_raises_no_alarm(both):
    anna, _ = both
    tab = anna.context.new_page()
    tab.goto(anna.url)
    body(anna, "A").fill("From the first tab.")
    save(anna)
    save(tab)
    assert body(tab, "A").input_value() == "From the first tab."
    assert tab.locator(".conflicts").count() == 0


def test_it_works_without_javascript(both, seat, article):
    _, bob = both
    plain = seat("Editor", java_script_enabled=False)
    plain.goto(article)
    body(bob, "B").fill("Bob's words.")
    save(bob)
    plain.locator("#id_sections-1-body").fill("Plain's words.")
    plain.get_by_role("button", name="Save", exact=True).click()
    assert plain.locator(".conflict del").inner_text() == "Bob"
    plain.get_by_label("Take what stands in the form").check()
    plain.get_by_role("button", name="Save", exact=True).click()
    assert "Saved." in plain.locator(".messagelist").inner_text()
    assert plain.locator("#id_sections-1-body").input_value() == "Plain's words."


def test_saves_at_the_same_moment_lose_nothing(both, site, article):
    anna, _ = both
    forms = [FieldReader(page.content()).fields for page in both]
    cookies = [{cookie["name"]: cookie["value"] for cookie in page.context.cookies()} for page in both]
    for form, letter in zip(forms, "AB", strict=True):
        form[f"sections-{'AB'.index(letter)}-body"] = [f"New text of {letter}."]

    def post(form, cookies):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Origin": site.url,
        }
        connection.request("POST", article, urlencode(form, doseq=True), headers)
        return connection.getresponse().status

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(post, forms, cookies)) == [302, 302]
    anna.reload()
    assert [body(anna, name).input_value() for name in "ABC"] == ["New text of A.", "New text of B.", "Text of C."]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_form_that_asks_is_accessible(both, theme, complaints):
    both[0].emulate_media(color_scheme=theme)
    anna = conflict(both)
    assert complaints == []
    assert axe_violations(anna, *WCAG) == []
    complaints.clear()  # axe tries styles out in the page, which the policy forbids


def test_on_a_phone_nothing_scrolls_sideways(both):
    anna = conflict(both)
    anna.set_viewport_size({"width": 320, "height": 600})
    assert anna.evaluate("document.documentElement.scrollWidth") <= 320
