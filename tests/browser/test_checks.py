"""The checks beside the form: live, led to by keyboard, marked in the preview, answered; then without JavaScript."""

import re

import pytest

from tests.browser.conftest import axe_violations, wait_until

MAKE = (
    "from articles.publishing import record; from tests.factories import make_article; "
    "a = make_article('Checks-specific {0}', slug='checks-specific-{0}', published=False, "
    "sections=[('Leg', 'Numerous legs rest.')]); record(a, by=None); print(a.pk)"
)
MARKED = "[...CSS.highlights.get('check-sharp')].map(String).join()"
CHOSEN = "(area => area.value.slice(area.selectionStart, area.selectionEnd))(document.activeElement)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_editor_writes_with_checks_is_led_to_words_and_keeps_them(site, seat, scheme):
    path = f"/admin/articles/article/{site.shell(MAKE.format(scheme))}/"
    page = seat("Editor", color_scheme=scheme)
    page.goto(f"{path}change/")
    wait_until(page, f"{MARKED} === 'Numerous'")
    page.locator("#id_sections-0-body").fill("Numerous legs rest. The foot is massaged.")
    wait_until(page, f"{MARKED} === 'is massaged,Numerous'")
    group = page.locator("#check-decide-passive")
    group.locator("summary").first.press("Enter")
    group.get_by_role("link", name="is massaged").press("Enter")
    assert page.evaluate(CHOSEN) == "is massaged"
    group.get_by_text("Keep it").press("Enter")
    group.get_by_label("Kept because").fill("that is how it is said")
    page.keyboard.press("Enter")
    wait_until(page, f"{MARKED} === 'Numerous'")
    page.locator("#check-kept summary").first.press("Enter")
    page.get_by_text("Kept because that is how it is said").wait_for()
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag22aa", exclude=["iframe"]) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".desk-buttons [name=_continue]").click()
    page.get_by_text("Saved.", exact=False).first.wait_for()
    page.goto(f"{path}checks/")
    assert page.locator("mark").filter(has_text=re.compile("Numerous")).count() == 1
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag22aa", exclude=["iframe"]) == []


def test_without_javascript_the_checks_are_those_of_the_last_save(site, browser, base_url, signed_in):
    path = f"/admin/articles/article/{site.shell(MAKE.format('plain'))}/"
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    context.add_cookies(signed_in)
    page = context.new_page()
    page.goto(f"{path}change/")
    page.locator("#check-decide-plain_word > summary").click()
    group = page.locator("#check-decide-plain_word")
    assert group.get_by_role("link", name="Numerous").get_attribute("href") == "#id_sections-0-body"
    group.get_by_text("Keep it").click()
    group.get_by_label("Kept because").fill("it is meant")
    group.get_by_role("button", name="Keep").click()
    page.locator("#check-kept > summary").click()
    assert page.get_by_text("Kept because it is meant").is_visible()
    page.get_by_role("button", name="Take back").click()
    assert page.locator("#check-kept").count() == 0
    context.close()
