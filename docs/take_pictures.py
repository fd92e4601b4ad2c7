"""Make the pictures of the README and of docs/, from the real site with the first article.

.venv/bin/python manage.py collectstatic --noinput --clear -v0 && .venv/bin/python docs/take_pictures.py
"""

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.running import Site  # noqa: E402

PHONE = {"width": 390, "height": 780}
DESK = {"width": 1100, "height": 800}
GAP = 24  # pixels

# An example that says it is one: a contributor signed the first article, and the text was changed since.
EXAMPLE = """
from datetime import timedelta
from django.utils import timezone
from articles import publishing, reviewing
from articles.models import Article, Contributor
article = Article.objects.get()
reviewer = Contributor.objects.create(
    name="Example Reviewer", credentials="an example for this picture", interests="None declared"
)
publishing.review(
    article.revisions.get(), contributor=reviewer, correct_until=timezone.localdate() + timedelta(days=365)
)
section = article.sections.get(key="what-a-cramp-is")
section.body = section.body.replace("Almost everyone has a cramp", "Nearly everybody has a cramp")
section.save()
revision = publishing.record(article, by=None)
print(reviewing.token_of(reviewing.make_link(revision, by=None, days=14, contributor=reviewer)))
"""


def main():
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, Site(folder) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        take_article(browser, site)
        take_reading(browser, site)
        token = site.manage("shell", "--verbosity", "0", "--command", EXAMPLE).stdout.strip()
        take_publishing(browser, site, token)
        take_importing(browser, site)
        browser.close()
    with tempfile.TemporaryDirectory() as folder, Site(folder) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        site.manage("populate_demo_data")
        take_desk(browser, site)
        browser.close()


def take_article(browser, site):
    """The article on a phone, in light and dark."""
    screens = []
    for theme in ("light", "dark"):
        page = browser.new_page(viewport=PHONE, color_scheme=theme, base_url=site.url)
        page.goto("/articles/muscle-leg-cramps/")
        screens.append(page.screenshot())
    save(side_by_side(screens), "article")


def take_reading(browser, site):
    """An exercise, its timer, a search with typing mistakes, and the site in Arabic."""
    page = browser.new_page(viewport=PHONE, base_url=site.url)
    page.goto("/articles/muscle-leg-cramps/#calf-stretch-at-a-wall")
    screens = [page.screenshot()]
    page.get_by_role("button", name="Use the timer").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_timeout(1500)
    screens.append(page.screenshot())
    page.goto("/search/?q=musle+crmps")
    screens.append(page.screenshot())
    page.goto("/ar/")
    screens.append(page.screenshot())
    save(side_by_side(screens), "reading")


def side_by_side(screens):
    """Return screenshots of phones as one picture."""
    picture = Image.new("RGB", (len(screens) * (PHONE["width"] + GAP) - GAP, PHONE["height"]), "#8a9694")
    for index, screen in enumerate(screens):
        picture.paste(Image.open(io.BytesIO(screen)), (index * (PHONE["width"] + GAP), 0))
    return picture


def take_publishing(browser, site, token):
    """What docs/publishing.md shows: the desk, a reviewer's page, what readers are told, a conflict."""
    phone = browser.new_page(viewport=PHONE, base_url=site.url)
    phone.goto("/articles/muscle-leg-cramps/")
    shoot_around(phone, "#_about", "trust")
    phone.goto(f"/review/{token}/")
    shoot_around(phone, ".section ins", "review")
    first, second = (signed_in(browser, site) for _ in range(2))
    for page in (first, second):
        page.goto("/admin/articles/article/1/change/")
    shoot(first.get_by_role("region", name="Where it stands"), "standing")
    for page, words in ((first, "nearly any time"), (second, "some time or other")):
        page.get_by_role("button", name="Open all").click()
        area = page.locator("#id_sections-3-body")
        area.fill(area.input_value().replace("some time", words))
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_load_state()
    shoot(second.locator(".conflict"), "conflict")
    first.goto("/admin/articles/article/1/move/publish/")
    shoot(first.locator("#content"), "publish")


# A page as a browser saves it, in the words of the first article.
OLD_PAGE = """<!DOCTYPE html><html><head><title>Muscle leg cramps | Our old site</title></head><body>
<p>Home » Articles » Muscle leg cramps</p><h1>Muscle leg cramps</h1>
<p>Almost everyone has a cramp at some time.</p>
<h2>Causes</h2><p>The major ones:</p><p>• medicines<br>• electrolytes out of balance</p>
<p>Rate the article</p></body></html>"""


def take_importing(browser, site):
    """The look at a file of an old site, before it is imported."""
    page = signed_in(browser, site)
    page.goto("/admin/articles/article/import/")
    file = {"name": "old-page.html", "mimeType": "text/html", "buffer": OLD_PAGE.encode()}
    page.locator("#id_file").set_input_files(file)
    page.locator(".import-file summary").click()
    shoot(page.locator("#import-work"), "importing")


def take_desk(browser, site):
    """What docs/editing.md shows, of a site filled with samples."""
    page = signed_in(browser, site)
    shoot(page.locator("#content"), "work-list")
    page.goto("/admin/articles/article/readers/?span=all")
    shoot_top(page, "readers")
    page.goto("/admin/articles/picture/")
    shoot_top(page, "library")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/admin/articles/article/1/change/#checks")
    page.wait_for_timeout(1000)
    shoot_top(page, "checks")
    page.goto("/admin/articles/article/1/change/")
    page.get_by_role("button", name="Preview beside").click()
    page.frame_locator("#desk-preview iframe").get_by_role("heading", level=1).wait_for()
    page.locator("#sections-group .fold").nth(1).click()
    page.locator("#id_sections-1-body").focus()
    page.locator("#sections-group").evaluate("part => part.scrollIntoView()")
    page.wait_for_timeout(500)
    shoot_top(page, "beside")


def shoot_top(page, name):
    """What the screen shows first."""
    save(Image.open(io.BytesIO(page.screenshot())), name)


def signed_in(browser, site):
    page = browser.new_context(viewport=DESK, base_url=site.url, color_scheme="light").new_page()
    name, password = site.administrator()
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("What would you like to work on?").wait_for()
    return page


def shoot_around(page, selector, name):
    """The screen with a part of the page in its upper third."""
    page.locator(selector).first.evaluate("part => { part.scrollIntoView(); window.scrollBy(0, -200); }")
    save(Image.open(io.BytesIO(page.screenshot())), name)


def shoot(part, name):
    save(Image.open(io.BytesIO(part.screenshot())), name)


def save(picture, name):
    picture.convert("RGB").quantize(128).save(ROOT / "docs" / "pictures" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
