"""From an author's first words to the reader: write, submit, review by link, publish at a time; and the way back."""

from datetime import date, timedelta

import pytest

from tests.browser.conftest import axe_violations, open_page
from tests.browser.test_editing import headings, save, section

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@pytest.fixture
def reader(browser, base_url, complaints):
    """A page of somebody without an account."""
    context = browser.new_context(base_url=base_url)
    yield open_page(context, complaints)
    context.close()


def contributor(site, name):
    site.shell(
        "from articles.models import Contributor; "
        f"Contributor.objects.create(name='{name}', credentials='A test credential', interests='None declared')"
    )


def write(author, title):
    """Write an article, and submit it for review."""
    author.goto("/admin/articles/article/add/")
    author.locator("#id_title").fill(title)
    author.locator("#id_summary").fill("What to do.")
    author.get_by_role("button", name="Add another Section").click()
    section(author, "").locator("[name$=-heading]").fill("Rest")
    section(author, "Rest").locator("textarea[name$=-body]").fill("Sit down, and put your *feet* up.")
    save(author, "Save and submit…")
    author.get_by_label("Message to the reviewer").fill("Is that right?")
    save(author, "Submit for review")
    return author.url


def make_link(editor, form, name):
    """Make a link for a reviewer, and return its address."""
    editor.goto(form)
    editor.get_by_role("link", name="Links for reviewers and readers").click()
    editor.get_by_label("Reviewer").select_option(label=name)
    save(editor, "Make the link")
    return editor.get_by_label("Address to copy").input_value()


def sign(reviewer, address):
    reviewer.goto(address)
    reviewer.get_by_label("Checked, and correct until").fill((date.today() + timedelta(days=365)).isoformat())
    reviewer.get_by_label("I have read the whole page.").check()
    reviewer.get_by_role("button", name="Sign: checked and correct until that day").click()
    reviewer.get_by_text("Your signature is recorded.").wait_for()


def test_from_the_author_through_a_reviewer_and_the_clock_to_the_reader(seat, reader, browser, site, complaints):
    author, editor = seat("Author"), seat("Editor")
    contributor(site, "Rosa Journey")
    form = write(author, "Tired feet")
    assert "In review" in author.locator(".state").inner_text()
    assert author.get_by_role("button", name="Save and publish").count() == 0

    address = make_link(editor, form, "Rosa Journey")
    outside = browser.new_context(base_url=site.url)
    sign(open_page(outside, complaints), address)
    outside.close()

    editor.goto(form)
    assert editor.locator(".state").inner_text() == "Approved"
    assert "Checked by Rosa Journey" in editor.locator(".desk-panel").inner_text()
    save(editor, "Save and publish…")
    editor.get_by_label("What is new").fill("New here.")
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    editor.get_by_label("When", exact=True).fill(f"{tomorrow}T09:30")
    save(editor, "Publish")
    assert "Scheduled. Readers see it from" in editor.locator(".messagelist").inner_text()
    assert "is published on" in editor.locator(".desk-panel").inner_text()
    assert reader.goto("/articles/tired-feet/").status == 404
    complaints.clear()  # the browser tells the 404

    site.ask("m.Revision.objects.scheduled().update(published_at='2026-01-01T09:30Z')")
    reader.goto("/articles/tired-feet/")
    assert reader.locator("article em", has_text="feet").is_visible()
    trust = reader.locator(".trust").inner_text()
    assert "Rosa Journey, A test credential" in trust
    assert "No author is named." in trust
    assert "New here." in reader.locator("main").inner_text()


def test_an_old_version_is_restored_and_nothing_is_lost(desk, article):
    desk.goto(article)
    section(desk, "A").locator("textarea[name$=-body]").fill("Second words.")
    section(desk, "B").get_by_label("Delete").check()
    save(desk)
    desk.get_by_role("link", name="History").click()
    desk.get_by_label("Version 1 as the old one").check()
    desk.get_by_role("button", name="Show what differs").click()
    assert "Second words" in desk.locator(".part.changed ins").all_inner_texts()[0]
    assert desk.locator(".part.removed del").all_inner_texts() == ["B", "Text of B."]
    save(desk, "Restore version 1")
    assert headings(desk) == ["A", "B", "C"]
    assert section(desk, "A").locator("textarea[name$=-body]").input_value() == "Text of A."
    desk.get_by_role("link", name="History").click()
    save(desk, "Restore version 2")
    assert headings(desk) == ["A", "C"]
    assert section(desk, "A").locator("textarea[name$=-body]").input_value() == "Second words."


def test_an_article_is_marked_in_one_click_and_withdrawn_in_two(desk, article, reader, complaints):
    desk.goto(article)
    address = "/articles/" + desk.locator("#id_slug").input_value() + "/"
    save(desk, "Mark as no longer true")
    reader.goto(address)
    assert "no longer" in reader.locator("main").inner_text()
    save(desk, "Take “no longer true” away")
    desk.get_by_role("link", name="Withdraw…").click()
    desk.get_by_label("What readers are told").fill("It was wrong.")
    save(desk, "Withdraw")
    assert reader.goto(address).status == 410
    assert reader.get_by_text("It was wrong.").is_visible()
    complaints.clear()  # the browser tells the 410
    desk.get_by_role("link", name="Put back…").click()
    save(desk, "Put back")
    assert reader.goto(address).status == 200


@pytest.fixture
def storied(article, site):
    """The address of the pages of an article with reviews, links and a version that waits."""
    number = article.split("/")[-3]
    site.shell(
        "from datetime import timedelta; from django.utils import timezone; "
        "from articles import publishing as p, reviewing as r; from articles.models import *; "
        f"a = Article.objects.get(pk={number}); c = Contributor.objects.create(name='Rosa {number}'); "
        "due = timezone.localdate() + timedelta(days=99); "
        "p.review(p.newest(a), contributor=c, correct_until=due); "
        "a.sections.filter(heading='A').update(body='Later.'); "
        "p.publish(a, by=None, at=timezone.now() + timedelta(days=3), change='substantial'); "
        "a.sections.filter(heading='B').update(body='Now.'); x = p.record(a, by=None); "
        "r.make_link(x, by=None, days=3); r.make_link(x, by=None, days=3, contributor=c); "
        "p.review(x, contributor=c, message='Mend it.', remarks={'b': 'Too vague.'}); "
        "a.sections.filter(heading='B').update(body='Better now.'); p.record(a, by=None)"
    )
    return f"/admin/articles/article/{number}/"


PAGES = [
    "change/",
    "move/publish/",
    "move/withdraw/",
    "move/set_expiry/",
    "move/cancel/",
    "history/",
    "compare/?old=1&new=4",
    "links/",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desks_pages_are_accessible_in_both_themes(desk, storied, complaints, theme):
    desk.emulate_media(color_scheme=theme)
    for path in PAGES:
        desk.goto(storied + path)
        assert complaints == []
        assert axe_violations(desk, *WCAG) == [], path
        complaints.clear()  # axe tries styles out in the page, which the policy forbids


def test_a_move_that_is_refused_is_accessible_too(desk, storied, complaints):
    desk.goto(storied + "move/publish/")
    desk.get_by_label("What is new").fill("Mine")
    desk.get_by_role("button", name="Publish").click()
    desk.locator(".errornote").wait_for()
    assert desk.get_by_label("What is new").input_value() == "Mine"
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()  # the answer was a 400; and axe tries styles out


@pytest.mark.parametrize("width", [320, 1366])
def test_the_desks_pages_never_scroll_sideways(desk, storied, width):
    desk.set_viewport_size({"width": width, "height": 700})
    for path in PAGES:
        desk.goto(storied + path)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width, path
