"""A reader with a cramp: find the article, read it, rate it, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations

ARTICLE = "/articles/muscle-leg-cramps/"
PAGES = ["/", "/articles/", ARTICLE, "/about/", "/rate/1/", "/no-such-page/"]
PHONE = {"width": 375, "height": 667}


def assert_accessible(page):
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice") == []


# An article with all that its page can say, overdue, no longer true and citing its sources; and one taken back.
FULL = """
from datetime import timedelta
from django.utils import timezone
from articles import publishing
from articles.models import Contributor, Review
from tests.factories import make_article
article = make_article("Sore feet", sections=["It hurts.[^feet]", "Rest.[^shoes][^feet]", "Walk."], published=False,
    known="Rest helps.[^feet]\\n\\n# Detail\\n\\n- one", not_known="Much.", sources_differ="On shoes.")
article.authors.add(Contributor.objects.create(name="Ann Author"))
article.sources.create(title="Of feet", publisher="Feet", year=2024, url="https://feet.example/" + "long" * 40)
article.sources.create(title="Of shoes", publisher="Shoes")
revision = publishing.publish(article, by=None)
rosa = Contributor.objects.create(name="Dr Rosa Test", credentials="Neurologist")
publishing.review(revision, contributor=rosa, correct_until=timezone.localdate())
Review.objects.update(correct_until=timezone.localdate() - timedelta(days=1))
article.sections.filter(position=3).update(body="Walk slowly.")
publishing.publish(article, by=None, change="small", note="Walking made slower")
publishing.warn(article, by=None, text="Shoes matter after all.")
publishing.withdraw(make_article("Cold hands"), by=None)
"""
FULL_PAGES = ["/articles/sore-feet/", "/articles/cold-hands/", "/articles/"]


@pytest.fixture(scope="session")
def full(site):
    """The running site with an article that has all that a page can say."""
    site.shell(FULL)
    return site


def test_a_reader_finds_the_article_from_the_first_page(page, site):
    page.goto("/")
    page.get_by_role("link", name="Muscles", exact=True).click()
    page.get_by_role("link", name="Muscle leg cramps").click()
    page.get_by_role("heading", level=1, name="Muscle leg cramps").wait_for()
    assert page.get_by_label("You are here").inner_text().replace("\n", " ") == "Home » Articles » Muscle leg cramps"


def test_the_first_step_stands_on_a_phones_first_screen(page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLE)
    box = page.locator(".act_now li").first.bounding_box()
    assert box["y"] + box["height"] < PHONE["height"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_page_scrolls_sideways(page, complaints, path, width):
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    complaints.clear()  # a missing page is one of them


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_both_themes(page, complaints, path, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(path)
    assert_accessible(page)
    complaints.clear()


def test_the_contents_lead_to_each_section(page):
    page.goto(ARTICLE)
    for link in page.locator(".contents a").all():
        target = link.get_attribute("href").removeprefix("#")
        assert page.locator(f"[id='{target}']").count() == 1


def test_no_id_stands_twice_on_the_page(page):
    page.goto(ARTICLE)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))


def test_the_skip_link_leads_to_the_text(page):
    page.goto(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_main"


def test_every_target_is_at_least_44_pixels_high(page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLE)
    page.get_by_text("On this page").click()
    targets = page.locator(".banner a, .breadcrumb a, .contents a, .scale label, .button")
    assert targets.count() > 10
    assert all(target.bounding_box()["height"] >= 44 for target in targets.all())


def test_a_rating_is_shown_in_place_announced_and_focused(page, context):
    page.goto(ARTICLE)
    assert context.cookies() == []
    page.get_by_label("Very helpful").check()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("status").filter(has_text="Your rating is kept: 5 of 5").wait_for()
    expect(page).to_have_url(ARTICLE)
    assert page.evaluate("document.activeElement.matches('[data-result]')")
    [cookie] = context.cookies()
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == ("/rate/1/", True, "Lax")
    assert_accessible(page)


def test_a_rating_can_be_changed_and_withdrawn_in_place(page, context):
    page.goto(ARTICLE)
    page.get_by_label("A little helpful").check()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("status").filter(has_text="2 of 5").wait_for()
    page.get_by_text("Change or withdraw my rating").click()
    page.get_by_label("Fairly helpful").check()
    page.get_by_role("button", name="Change my rating").click()
    page.get_by_role("status").filter(has_text="3 of 5").wait_for()
    page.get_by_text("Change or withdraw my rating").click()
    page.get_by_role("button", name="Withdraw my rating").click()
    page.get_by_role("status").filter(has_text="Your rating is withdrawn").wait_for()
    assert context.cookies() == []


def test_no_choice_is_an_error_in_place(page, complaints):
    page.goto(ARTICLE)
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("alert").filter(has_text="Please choose one of the five answers").wait_for()
    assert [text for text in complaints if "400" not in text] == []
    complaints.clear()


def test_a_rating_that_could_not_be_kept_is_told_in_place_and_the_choice_stays(page, complaints):
    page.goto(ARTICLE)
    page.get_by_label("Helpful", exact=True).check()
    body = "<main><h1>Away</h1><p>We could not keep what you sent.</p></main>"
    page.route("**/rate/1/", lambda route: route.fulfill(status=503, content_type="text/html", body=body))
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("alert").filter(has_text="We could not keep what you sent.").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-result]')")
    assert page.get_by_label("Helpful", exact=True).is_checked()
    assert [text for text in complaints if "503" not in text] == []
    complaints.clear()


def test_a_lost_connection_is_told_and_the_choice_stays(page, context, complaints):
    page.goto(ARTICLE)
    page.get_by_label("Helpful", exact=True).check()
    context.set_offline(True)
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_role("alert").filter(has_text="You are offline, so your rating was not sent").wait_for()
    assert page.get_by_label("Helpful", exact=True).is_checked()
    complaints.clear()


def test_arrow_keys_choose_and_nothing_is_sent_before_the_button(page, site):
    before = site.ask("m.Vote.objects.count()")
    page.goto(ARTICLE)
    page.get_by_label("Not at all helpful").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Fairly helpful").is_checked()
    assert site.ask("m.Vote.objects.count()") == before
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="3 of 5").wait_for()


def test_reading_and_rating_work_without_javascript(no_javascript):
    page = no_javascript
    page.goto(ARTICLE)
    page.get_by_label("Helpful", exact=True).check()
    page.get_by_role("button", name="Send my rating").click()
    expect(page).to_have_url("/rate/1/")
    page.get_by_text("Your rating is kept: 4 of 5").wait_for()
    page.get_by_text("Change or withdraw my rating").click()
    page.get_by_role("button", name="Withdraw my rating").click()
    page.get_by_text("Your rating is withdrawn").wait_for()
    page.get_by_role("link", name="Back to the article").click()
    expect(page).to_have_url(ARTICLE)


def test_the_article_weighs_at_most_20_kib_in_4_requests(page, context):
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes, urls = [], []
    session.on("Network.responseReceived", lambda event: urls.append(event["response"]["url"]))
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(ARTICLE, wait_until="networkidle")
    assert 3 <= len(urls) <= 4, urls
    assert sum(sizes) <= 20 * 1024


def test_the_page_prints_its_text_without_what_can_only_be_pressed(page):
    page.goto(ARTICLE)
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="Causes").is_visible()
    assert not page.get_by_role("button", name="Send my rating").is_visible()
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4", prefer_css_page_size=True))) <= 2


def test_the_page_stands_at_double_size(page):
    page.set_viewport_size({"width": 640, "height": 800})
    page.goto(ARTICLE)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert re.search(r"Rate the article", page.inner_text("main"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", FULL_PAGES)
def test_a_page_with_all_that_it_can_say_is_accessible_and_fits(page, full, complaints, path, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert_accessible(page)
    complaints.clear()  # what is gone is one of them


def test_a_citation_leads_to_its_source_and_is_large_enough_to_press(page, full):
    page.set_viewport_size(PHONE)
    page.goto("/articles/sore-feet/")
    citations = page.locator(".source-ref a")
    assert citations.count() == 4
    for box in (citation.bounding_box() for citation in citations.all()):
        assert min(box["width"], box["height"]) >= 24
    page.get_by_role("link", name="Source 2").click()
    assert page.locator(":target").inner_text().startswith("Of shoes.")


def test_on_paper_stand_dates_sources_and_warnings_but_not_the_history(page, full):
    page.goto("/articles/sore-feet/")
    assert page.get_by_role("heading", name="What changed").is_visible()
    page.emulate_media(media="print")
    for heading in ("No longer true", "About this article", "Sources"):
        assert page.get_by_role("heading", name=heading, exact=True).is_visible()
    assert page.get_by_text("and is overdue.").is_visible()
    assert not page.get_by_role("heading", name="What changed").is_visible()
