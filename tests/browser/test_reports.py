"""What readers say, on a phone in the dark: read with the keyboard, nothing wider than the screen."""

import re

from tests.browser.conftest import axe_violations, sign_in

VOTES = """
from datetime import timedelta
from django.utils import timezone
from articles import folding, publishing
from articles.models import Vote
from tests.factories import make_article
article = make_article("Reported on a phone", sections=[("Stretch", "Stretch."), ("Rest", "Rest."), "Sit.", "Lie."])
def vote(days, *values, **said):
    now, count, revision = timezone.now(), Vote.objects.count(), publishing.last_public(article)
    for n, value in enumerate(values):
        Vote.objects.create(article=article, revision=revision, voter=f"reported {count + n}", value=value,
            updated_at=now - timedelta(days=days), **said)
vote(120, *[2] * 15, *[4] * 5)
folding.fold()
article.sections.filter(key="rest").update(body="Rest well.")
publishing.publish(article, by=None, note="Says how to rest")
vote(9, *[5] * 20)
vote(2, *[1] * 3, section="stretch", reason="hard")
print(article.pk)
"""


def test_a_report_is_read_on_a_phone_in_the_dark(page, site):
    number = site.shell(VOTES)
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    sign_in(page, site)
    page.goto(f"/admin/articles/article/{number}/change/")
    page.locator(".fold-readers", has_text="3 readers").wait_for()
    page.locator(".standing-links").get_by_role("link", name="What readers say").click()
    page.get_by_role("link", name="All time").press("Enter")
    page.get_by_text(re.compile("^43 votes. 58% found it helpful")).wait_for()
    for plot in page.get_by_role("img").all():
        box = plot.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    assert page.get_by_role("row", name=re.compile("Probably better")).is_visible()
    for summary in page.locator("summary").all():
        summary.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21aa", "wcag22aa") == []
    page.get_by_role("link", name="Stretch").click()
    page.get_by_text("3 readers named this section: 3 × It is hard to understand.").wait_for()
    page.goto("/admin/articles/article/readers/")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert axe_violations(page, "wcag2a", "wcag2aa", "wcag21aa", "wcag22aa") == []
