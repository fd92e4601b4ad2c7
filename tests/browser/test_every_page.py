"""Every page a reader can come to, in both themes, both directions and the narrowest width, without a complaint."""

import pytest

from tests.browser.conftest import axe_violations

# An article with each kind of section, a glossary term, and a translation that is behind it.
EVERYTHING = """
from articles import kinds, publishing
from articles.models import Article, Picture, SiteStatement, Term, Topic
from tests.factories import make_article, make_contributor
topic = Topic.objects.create(name="Feet", slug="feet", description="Articles about feet.")
topic_ar = Topic.objects.create(name="القدمان", slug="feet-ar", language="ar", description="مقالات عن القدمين.")
Term.objects.create(term="toes", meaning="The five ends of a foot.")
picture = Picture.objects.create(title="Own", drawing="toes-to-shin", alt="A foot that points up.", caption="Up.")
text = "Words about toes, [a link](https://feet.example/), a note[^1] and more.\\n\\n- one\\n- two\\n\\n[^1]: Note."
rows = [
    dict(kind="act_now", heading="Now", body="1. **Sit** down.\\n2. Rest.", picture=picture),
    dict(kind="emergency", heading="Call for help if:", body="- you can't breathe\\n- you faint"),
    dict(kind="urgent", heading="Get help urgently if:", body="- it is hot\\n- it is red"),
    dict(kind="non_urgent", heading="See a doctor if:", body="- it hurts for days\\n- it comes back"),
    dict(kind="text", heading="What it is", body=text, picture=picture),
    dict(kind="do_dont", heading="Do and don't", do="rest\\nsleep", do_not="do not run\\ndo not jump"),
    dict(kind="exercise", heading="In bed", when="during", postures="in_bed sitting", steps="Lie.\\nLift.",
         hold=5, rest=5, repeats=3, sides="each", stop_if="It hurts more.", picture=picture, picture_2=picture),
    dict(kind="exercise", heading="Standing", when="prevent", postures="standing", steps="Stand.", hold=5, minutes=5,
         times_a_day=3, picture=picture),
    dict(kind="option", heading="Shoes", body="Wide ones.", how_it_works="Room.", benefit="Less pain.", risk="Cost.",
         certainty="Not sure.", without="It may go on."),
    dict(kind="questions", heading="Questions to ask", questions="What is it?\\nWhat helps?"),
    dict(kind="more_help", heading="More help", body="[Somewhere](https://feet.example/)"),
]
def make(title, slug, **fields):
    article = make_article(title, sections=[], slug=slug, published=False, **fields)
    for position, row in enumerate(rows, 1):
        article.sections.create(position=position, **row)
    return article
original = make("Worn feet", "worn-feet", topic=topic, also_called="heavy soles", known="Rest helps.")
publishing.publish(original, by=None)
translation = make("أقدام متعبة", "worn-feet-ar", topic=topic_ar, language="ar", translation_of=original, based_on=1,
                   summary="كل شيء عن الأقدام المتعبة.")
publishing.publish(translation, by=None)
original.sections.filter(kind="text").update(body=text + " More.")
publishing.publish(original, by=None, note="More words")
now = SiteStatement.current("en-gb")  # other tests of this site read its safety lines
SiteStatement.objects.create(**{name: getattr(now, name) for name in now.TEXT} | {"emergency_number": "999"})
gone = make_article("Cold toes")
publishing.withdraw(gone, by=None)
for other in (original, gone):
    print(other.pk)
"""
SHARED = ["/", "/articles/", "/articles/?letter=c", "/search/?q=worn+fete", "/search/?q=xyzzy", "/search/?q="]
SHARED += ["/about/", "/offline/", "/no-such-page/"]
PAGES = {
    "en-gb": [*SHARED, "/topics/feet/", "/articles/worn-feet/", "/articles/worn-feet/sheet/", "/articles/cold-toes/"],
    "ar": [*SHARED, "/topics/feet-ar/", "/articles/worn-feet-ar/", "/articles/worn-feet-ar/sheet/"],
}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="session")
def everything(site):
    """The running site with all kinds of page; the addresses of two voting pages."""
    return [f"/rate/{number}/" for number in site.shell(EVERYTHING).split()]


def addresses(language, everything):
    prefix = "" if language == "en-gb" else f"/{language}"
    return [prefix + path for path in PAGES[language]] + everything


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", PAGES)
def test_every_page_is_accessible_and_keeps_the_policy(page, complaints, everything, language, theme):
    page.emulate_media(color_scheme=theme)
    found = {}
    for path in addresses(language, everything):
        answer = page.goto(path)
        assert answer.status in (200, 404, 410)
        found[path] = axe_violations(page, *RULES)
        found[path] += [text for text in complaints if "Failed to load resource" not in text]
        complaints.clear()
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_no_script_of_a_page_makes_anything_out_of_text(page, complaints, everything):
    """The policy asks for trusted types, and lets nobody name more of them than the site's own."""
    attempts = {
        "elements": "document.createElement('p').innerHTML = '<b>text</b>'",
        "a document": "new DOMParser().parseFromString('<b>text</b>', 'text/html')",
        "a script's address": "document.createElement('script').src = '/static/x.js'",
        "a type": "trustedTypes.createPolicy('other', {createHTML: (text) => text})",
    }
    for path in ("/articles/worn-feet/", "/offline/", "/accounts/login/", *everything):
        page.goto(path)
        for what, attempt in attempts.items():
            made = page.evaluate(f"() => {{ try {{ {attempt}; return true }} catch {{ return false }} }}")
            assert not made, f"{path}: {what}"
    assert "TrustedHTML" in str(complaints)
    complaints.clear()


@pytest.mark.parametrize("language", PAGES)
def test_no_page_scrolls_sideways_on_the_narrowest_screen_nor_with_the_largest_text(
    page, complaints, everything, language
):
    """320 pixels are also what a screen of 640 has at 200 % zoom."""
    page.set_viewport_size({"width": 320, "height": 640})
    for path in addresses(language, everything):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.evaluate("document.documentElement.dataset.size = 'largest'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path}, largest text"
    complaints.clear()
