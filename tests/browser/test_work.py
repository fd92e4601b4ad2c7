"""The work list by keyboard alone: to a task, to where it is mended, and back to a shorter list."""

from tests.browser.conftest import axe_violations

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TASKS = """
from datetime import timedelta
from django.utils import timezone
from articles import publishing
from articles.models import Topic
from tests.factories import make_article, make_contributor
number = Topic.objects.count()  # another one, should the test be run again
topic = Topic.objects.create(name=f"Heavy knees {number}", slug=f"heavy-knees-{number}")
late = timezone.localdate() - timedelta(days=12)
make_article("Knees by night", slug=f"by-night-{number}", topic=topic, review_due=late)
approved = make_article("Knees by day", slug=f"by-day-{number}", topic=topic, published=False)
version = publishing.submit(approved, by=None)
publishing.review(version, contributor=make_contributor("Dr Knee Test"), correct_until=late + timedelta(days=300))
print(topic)
"""


def tab_to(page, name):
    """Press Tab until what has the focus begins with a name, by its label or its text."""
    words = "(element) => (element.labels?.[0] ?? element).textContent"
    for _ in range(150):
        page.keyboard.press("Tab")
        has_focus = page.locator(":focus")
        if has_focus.count() and " ".join(has_focus.evaluate(words).split()).startswith(name):
            return
    raise AssertionError(f"Nothing called {name} takes the focus")


def open_own_topic(page, topic):
    """Choose the topic of this test on the first page, and return what its list shows."""
    tab_to(page, "Topic")
    page.keyboard.type(topic)
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    page.wait_for_url("**topic=*")
    return page.locator(".task").all_inner_texts()


def look_at(page):
    """Look at the list as it is in both themes, and on a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (320, 1366):
            page.set_viewport_size({"width": width, "height": 800})
            assert axe_violations(page, *WCAG) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_task_is_found_mended_and_gone_by_keyboard_alone(seat, site):
    topic = site.shell(TASKS)
    page = seat("Editor")
    page.goto("/admin/")
    before = open_own_topic(page, topic)
    assert "Knees by night" in before[0]
    assert "The first review was due 12 days ago." in before[0]
    assert any("It was approved on" in task for task in before)
    look_at(page)
    tab_to(page, "Publish it: Knees by day")
    page.keyboard.press("Enter")
    page.wait_for_url("**/move/publish/")
    tab_to(page, "Publish")
    page.keyboard.press("Enter")
    page.get_by_text("Published. Readers see it now.").wait_for()
    tab_to(page, "Cramps")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What needs doing next").wait_for()
    after = open_own_topic(page, topic)
    assert len(after) == len(before) - 1
    assert not any("It was approved on" in task for task in after)
