"""The choice of the article that a translation is of, among very many."""

import pytest


@pytest.fixture(scope="module")
def draft(site):
    """The form of a new Arabic article; one in English is there to be its original."""
    number = site.shell(
        "from tests.factories import make_article\n"
        "make_article('Restless elbows', slug='restless-elbows')\n"
        "print(make_article('New elbows', slug='new-elbows', language='ar', published=False).pk)"
    )
    return f"/admin/articles/article/{number}/change/"


def test_an_original_is_found_by_its_words_and_chosen(desk, draft):
    desk.goto(draft)
    desk.locator("summary", has_text="Language and translation").click()
    field = desk.get_by_label("Translation of")
    field.press_sequentially("restless elb")
    offered = desk.locator("datalist option")
    offered.first.wait_for(state="attached")
    assert [(option.get_attribute("value"), option.inner_text()) for option in offered.all()] == [
        ("restless-elbows", "Restless elbows")
    ]
    field.fill(offered.first.get_attribute("value"))  # what choosing it does: the list itself is the browser's own
    with desk.expect_navigation():
        desk.keyboard.press("Control+s")
    desk.locator(".messagelist").wait_for()
    assert desk.get_by_label("Translation of").input_value() == "restless-elbows"
    assert desk.get_by_text("It says version 1 of its original").is_visible()
