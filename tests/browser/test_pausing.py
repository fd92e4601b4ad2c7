"""While the site moves to another database: a reader who votes and an editor who saves lose nothing and are told."""

import pytest

from articles import pausing
from tests.browser.test_editing import save, section
from tests.browser.test_follow_up import address

__all__ = ["address"]  # a fixture
NOTHING_KEPT = "The site is being moved or restored, so nothing was kept. Please send it again in a few minutes."


@pytest.fixture(autouse=True)
def same_data(site, settings):
    """What this process pauses is the running site."""
    settings.DATA_DIR = site.data


def vote(page):
    page.get_by_label("Very helpful").check()
    page.get_by_role("button", name="Send my rating").click()


def test_a_vote_is_refused_in_place_and_kept_when_sent_again(page, address, complaints):
    with pausing.paused():
        page.goto(address)
        vote(page)
        page.get_by_role("alert").filter(has_text=NOTHING_KEPT).wait_for()
        assert page.evaluate("document.activeElement.hasAttribute('data-result')")
        assert page.get_by_label("Very helpful").is_checked()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_text("Your rating is kept: 5 of 5").wait_for()
    assert ["503" in complaint for complaint in complaints] == [True]  # Chromium's own line
    complaints.clear()


def test_without_javascript_too(no_javascript, address):
    page = no_javascript
    with pausing.paused():
        page.goto(address)
        vote(page)
        page.get_by_text(NOTHING_KEPT).wait_for()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_text("Your rating is kept: 5 of 5").wait_for()


def test_an_editors_text_comes_back_and_is_saved_later(desk, article, complaints):
    desk.goto(article)
    section(desk, "A").locator("textarea[name$=-body]").fill("Precious words.")
    with pausing.paused():
        save(desk)
        assert "so nothing was saved. Your text is still here" in desk.locator(".messagelist").inner_text()
        assert section(desk, "A").locator("textarea[name$=-body]").input_value() == "Precious words."
    save(desk)
    assert "Saved." in desk.locator(".messagelist").inner_text()
    desk.reload()
    assert section(desk, "A").locator("textarea[name$=-body]").input_value() == "Precious words."
    assert ["503" in complaint for complaint in complaints] == [True]
    complaints.clear()
