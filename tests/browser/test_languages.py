"""Reading in Arabic: every page runs from right to left, fits, and says what it is."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations

TEXT = "- [رابط](https://www.example.org/) في النص.\n- ثانيًا."
PLACES = ["/ar/", "/ar/articles/", "/ar/about/", "/ar/search/?q=ساق"]


@pytest.fixture(scope="module")
def translation(site):
    """The path of a published Arabic translation of the first article, which is behind it."""
    code = (
        "from articles import publishing; from articles.models import Article; "
        "o = Article.objects.get(slug='muscle-leg-cramps'); "
        "t = o.translations.first() or publishing.translate(o, 'ar', by=None); "
        "t.title, t.summary, t.also_called = 'تشنجات الساق', 'انقباض مؤلم في عضلة الساق.', 'الشد، التقلص'; t.save(); "
        f"[t.sections.filter(pk=s.pk).update(heading='قسم ' + str(s.pk), body={TEXT!r}) for s in t.sections.all()]; "
        "t.revisions.public().exists() or publishing.publish(t, by=None); print(t.get_absolute_url())"
    )
    return site.shell(code)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_in_arabic_is_accessible_and_fits_a_narrow_screen(page, translation, scheme):
    page.emulate_media(color_scheme=scheme)
    for place in [*PLACES, translation, f"{translation}sheet/"]:
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(place)
        assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
        assert page.evaluate("document.documentElement.scrollWidth") == 320, place
        assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice") == [], place


def test_the_translation_leads_to_its_original_and_back(page, translation):
    page.goto(translation)
    page.get_by_role("link", name="English").first.click()
    expect(page).to_have_url("/articles/muscle-leg-cramps/")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    other = page.get_by_role("link", name="العربية").first
    expect(other).to_have_attribute("lang", "ar")
    other.click()
    expect(page).to_have_url(translation)


def test_steps_and_marks_stand_on_the_right(page, translation):
    page.goto(translation)
    box = page.locator(".breadcrumb li").first.bounding_box()
    assert box["x"] > page.locator(".breadcrumb li").last.bounding_box()["x"]
    arrow = page.locator(".prose .external").first.evaluate("link => getComputedStyle(link, '::after').content")
    assert "↖" in arrow


def test_a_home_without_articles_leads_to_the_language_that_has_some(page, site):
    page.goto("/ar/about/")
    page.get_by_role("contentinfo").get_by_role("link", name="English").press("Enter")
    expect(page).to_have_url("/about/")


def test_the_desk_speaks_arabic_to_an_arabic_browser(seat, complaints):
    desk = seat("Editor")
    desk.context.set_extra_http_headers({"Accept-Language": "ar"})
    desk.goto("/admin/articles/article/")
    assert desk.evaluate("getComputedStyle(document.body).direction") == "rtl"
    desk.goto("/admin/articles/article/add/")
    desk.locator("#id_summary").fill("English")
    assert desk.locator("#id_summary").evaluate("area => getComputedStyle(area).unicodeBidi") == "plaintext"
    assert complaints == []
    assert axe_violations(desk, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") == []
    complaints.clear()  # axe tries styles out in the page, which the policy forbids
