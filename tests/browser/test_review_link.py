"""A reviewer without an account: open the link on a phone, see what changed, sign; and a reader of a preview."""

import re
from datetime import date, timedelta

import pytest

from tests.browser.conftest import axe_violations
from tests.signed_links import make_link

PHONE = {"width": 375, "height": 667}
IN_A_YEAR = (date.today() + timedelta(days=365)).isoformat()


def assert_accessible(page):
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice") == []


def sign(page):
    page.get_by_label("Checked, and correct until").fill(IN_A_YEAR)
    page.get_by_label("I have read the whole page.").check()
    page.get_by_role("button", name="Sign: checked and correct until that day").click()
    page.get_by_role("heading", name="Thank you").wait_for()


def test_a_reviewer_reads_the_changes_on_a_phone_and_signs(page, site):
    page.set_viewport_size(PHONE)
    page.goto(make_link(site, "Sore toes"))
    page.get_by_text("Dr Rosa Test, please check this page.").wait_for()
    added = page.locator("#rest ~ .prose ins").first
    assert added.inner_text().split() == ["added:", "both"]
    assert added.evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"
    removed = page.locator("#walk ~ del")
    assert removed.evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"
    page.get_by_text("Write a remark on “Soak”").click()
    page.get_by_label("Your remark on “Soak”").fill("How warm?")
    page.get_by_role("link", name="Go to the form at the end").click()
    sign(page)
    text = page.get_by_role("main").inner_text()
    assert "“Sore toes”, version 2" in text
    assert "How warm?" in text
    assert page.get_by_role("main").get_by_role("button").count() == 0
    assert (
        site.ask("m.Review.objects.filter(revision__article__slug='sore-toes').last().remarks")
        == "{'soak': 'How warm?'}"
    )


def test_all_of_it_works_without_javascript(no_javascript, site):
    no_javascript.goto(make_link(site, "Sore heels"))
    no_javascript.get_by_label("A message to the editors").fill("Nothing to add.")
    sign(no_javascript)
    assert "Nothing to add." in no_javascript.get_by_role("main").inner_text()


def test_changes_are_asked_for_by_keyboard(page, site):
    page.goto(make_link(site, "Sore arches"))
    page.get_by_role("link", name="Go to the form at the end").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Say how long to rest.")
    page.get_by_role("button", name="Ask for changes").press("Enter")
    page.get_by_text("Your wish for changes is recorded.").wait_for()
    assert "Say how long to rest." in page.get_by_role("main").inner_text()


def test_a_mistake_keeps_what_was_typed_and_is_linked(page, site, complaints):
    page.goto(make_link(site, "Sore soles"))
    page.get_by_label("A message to the editors").fill("A long message.")
    page.get_by_role("button", name="Sign: checked and correct until that day").click()
    alert = page.get_by_role("alert")
    assert "Choose the day until which the page is correct." in alert.inner_text()
    assert page.get_by_label("A message to the editors").input_value() == "A long message."
    alert.get_by_role("link", name="Checked, and correct until").click()
    assert page.evaluate("document.activeElement.name || location.hash") in ("correct_until", "#_review-correct_until")
    assert_accessible(page)
    assert [text for text in complaints if "400" not in text] == []
    complaints.clear()


def test_the_used_link_leads_to_the_record_and_nothing_else(page, site, complaints):
    path = make_link(site, "Sore ankles")
    page.goto(path)
    sign(page)
    page.goto(path)
    text = page.get_by_role("main").inner_text()
    assert "This link was used" in text
    assert "Rest both feet." not in text
    assert_accessible(page)
    page.get_by_role("link", name="See what was recorded").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert [text for text in complaints if "410" not in text] == []
    complaints.clear()


@pytest.fixture(scope="module")
def links(site):
    """The paths of a link to review and of one to read."""
    return [make_link(site, "Sore knees"), make_link(site, "Sore hips", is_review=False)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_are_accessible_in_both_themes(page, links, theme):
    page.emulate_media(color_scheme=theme)
    for path in links:
        page.goto(path)
        for remark in page.locator(".review-remark summary").all():
            remark.click()
        assert_accessible(page)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_neither_page_scrolls_sideways(page, links, width):
    page.set_viewport_size({"width": width, "height": 700})
    for path in links:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_id_stands_twice_on_the_page(page, links):
    page.goto(links[0])
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids)) > 20


def test_the_address_goes_nowhere(page, links):
    """Neither our own pages and files, nor other sites, are told it."""
    told = []
    page.on("request", lambda request: told.append(request.all_headers().get("referer", "")))
    page.goto(links[0])
    page.get_by_role("navigation", name="Main").get_by_role("link", name="About").click()
    page.get_by_role("heading", level=1).wait_for()
    assert any(told)
    assert not [referrer for referrer in told if re.search("review|preview", referrer)]


def test_marks_are_printed_and_the_form_is_not(page, links):
    page.goto(links[0])
    page.emulate_media(media="print")
    assert page.locator("#rest ~ .prose ins").first.is_visible()
    assert page.get_by_role("heading", name="What has changed").is_visible()
    assert not page.locator("#_review").is_visible()
