"""Find and replace in a real browser: by keyboard alone, with a preview, ticks and a calm page in both themes."""

from tests.browser.conftest import axe_violations, wait_until

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

MAKE = """
from articles import publishing
from tests.factories import make_article
for name in ("Wobblefoot", "Wobblehand"):
    article = make_article(
        f"{name} care", sections=["A wobblewort helps. [See](https://example.org/wobblewort)."], published=False
    )
    publishing.record(article, by=None)
"""
READ = """
from articles.models import Section
for section in Section.objects.filter(article__title__startswith="Wobble").order_by("article__title"):
    print(section.body)
"""


def test_words_are_replaced_where_they_are_ticked(seat, site):
    site.shell(MAKE)
    page = seat("Author")
    page.goto("/admin/articles/article/")
    page.get_by_role("link", name="Find and replace").click()
    page.get_by_label("Find", exact=True).focus()
    page.keyboard.type("wobblewort")
    page.keyboard.press("Tab")
    page.keyboard.type("comfrey")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="4 places in 2 articles").wait_for()
    boxes = page.get_by_role("checkbox", name="wobblewort")
    assert [box.is_checked() for box in boxes.all()] == [True, False, True, False]
    assert page.get_by_text("2 of 4 ticked").is_visible()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert axe_violations(page, *RULES) == []
    boxes.first.focus()
    page.keyboard.press("Space")
    wait_until(page, "document.querySelector('[data-counted]').textContent === '1 of 4 ticked'")
    page.get_by_role("button", name="Replace what is ticked").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 place was replaced").wait_for()
    assert page.evaluate("document.activeElement.id") == "replaced"
    assert axe_violations(page, *RULES) == []
    kept, changed = site.shell(READ).splitlines()
    assert kept == "A wobblewort helps. [See](https://example.org/wobblewort)."
    assert changed == "A comfrey helps. [See](https://example.org/wobblewort)."
    page.goto("/admin/articles/outsidelink/")
    assert axe_violations(page, *RULES) == []
