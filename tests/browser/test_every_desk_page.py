"""Every page of the desk, of a site filled with samples, in both themes and on a phone, without a complaint."""

import pytest

from tests.browser.conftest import axe_violations
from tests.running import Site

RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
# The article with one of everything, the versions to compare, a picture, a link and a contributor
NUMBERS = """
from articles.models import Article, Contributor, OutsideLink, Picture
article = Article.objects.get(title="Sample: a plastic plant")
print(article.pk, Picture.objects.first().pk, OutsideLink.objects.first().pk, Contributor.objects.first().pk)
"""
PAGES = [
    *("", "?kind=findings", "auth/user/", "auth/group/"),
    *("../accounts/2fa/", "../accounts/2fa/totp/activate/", "../accounts/sessions/", "../accounts/password/change/"),
    *("articles/article/", "articles/article/?state=draft", "articles/article/add/", "articles/article/import/"),
    *("articles/article/replace/", "articles/article/replace/?find=plant&replace_by=flower"),
    *("articles/article/readers/", "articles/article/readers/?span=all"),
    "articles/article/{article}/change/",
    *("articles/article/{article}/checks/", "articles/article/{article}/readers/?span=all"),
    *("articles/article/{article}/history/", "articles/article/{article}/compare/?old=1&new=2"),
    *("articles/article/{article}/links/", "articles/article/{article}/move/publish/"),
    *("articles/topic/", "articles/term/", "articles/event/", "articles/sitestatement/"),
    *("articles/contributor/", "articles/contributor/{contributor}/change/"),
    *("articles/picture/", "articles/picture/{picture}/change/", "articles/picture/add/", "articles/picture/within/"),
    *("articles/picture/unused/", "articles/picture/replace/?old={picture}"),
    *("articles/outsidelink/", "articles/outsidelink/{link}/change/", "articles/outsidelink/{link}/replace/"),
]


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """A running site of its own, filled with samples, and the addresses of its desk's pages."""
    with Site(tmp_path_factory.mktemp("samples")).with_tables() as site:
        filled = site.manage("populate_demo_data")
        assert filled.returncode == 0, filled.stderr
        article, picture, link, contributor = site.shell(NUMBERS).split()
        numbers = {"article": article, "picture": picture, "link": link, "contributor": contributor}
        yield site, [f"{site.url}/admin/{path.format(**numbers)}" for path in PAGES]


@pytest.fixture
def sampled(page, samples):
    """A page of an administrator who is signed in there, and the addresses."""
    site, addresses = samples
    page.goto(f"{site.url}/admin/")
    page.get_by_label("Username").fill(site.administrator()[0])
    page.get_by_label("Password").fill(site.administrator()[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("What needs doing next").first.wait_for()
    return page, addresses


def scrolls_sideways_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 780})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1366, "height": 900})
    return [f"{width} pixels wide on a phone"] if width > 390 else []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_desk_is_accessible_and_keeps_the_policy(sampled, complaints, theme):
    page, addresses = sampled
    page.emulate_media(color_scheme=theme)
    found = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        found[address] = [*axe_violations(page, *RULES, exclude=["iframe"]), *complaints]
        complaints.clear()
        if theme == "light":
            found[address] += scrolls_sideways_on_a_phone(page)
    assert [(address.partition("/admin/")[2], faults) for address, faults in found.items() if faults] == []
