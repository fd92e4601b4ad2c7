"""The library's journey: a picture with description and credit is used, replaced everywhere, and then unused."""

from tests.browser.conftest import axe_violations
from tests.browser.test_editing import picture
from tests.browser.test_offline import LOST, until, visit
from tests.browser.test_pictures import WCAG

USED = """
from articles.models import Article, Picture
from articles.publishing import publish
picture = Picture.objects.get(title='{title}')
for number in (1, 2):
    words = {{'title': f'Replaced picture {{number}}', 'slug': f'replaced-picture-{{number}}', 'summary': 'A.'}}
    article = Article.objects.create(**words)
    article.sections.create(position=1, heading='Part', body='Text.', picture=picture)
    publish(article, by=None)
"""


def add(desk, title):
    desk.goto("/admin/articles/picture/add/")
    desk.get_by_label("Name:").fill(title)
    desk.get_by_label("Image:").set_input_files(picture())
    desk.get_by_label("Description:").fill(f"{title}, as a test shows it.")
    desk.get_by_label("Credit:").fill("Made by a test")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("was added successfully").wait_for()


def test_a_picture_is_used_replaced_everywhere_and_then_unused(desk, site, complaints):
    desk.emulate_media(color_scheme="dark")
    add(desk, "Replaced foot")
    site.shell(USED.format(title="Replaced foot"))
    desk.goto("/articles/replaced-picture-1/")
    assert desk.get_by_text("Picture: Made by a test").is_visible()
    desk.goto("/admin/articles/picture/?q=Replaced+foot")
    assert desk.locator(".field-in_copies").inner_text() == "2"
    desk.get_by_role("link", name="Replaced foot").click()
    desk.get_by_role("link", name="Replaced picture 2").wait_for()
    desk.get_by_role("link", name="Replace everywhere…").click()
    desk.get_by_label("Name", exact=True).fill("Replacing foot")
    desk.get_by_label("Image", exact=True).set_input_files(picture())
    desk.get_by_label("Description", exact=True).fill("Another foot.")
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()  # axe tries styles out in the page, which the policy forbids
    desk.get_by_role("button", name="Upload it, then look").click()
    desk.get_by_role("link", name="Replaced picture 1").wait_for()
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()
    desk.get_by_role("button", name="Replace it in these articles").click()
    desk.get_by_text("Replaced in 2 articles.").wait_for()
    desk.goto("/admin/articles/picture/?use=unused&q=foot")
    assert desk.get_by_role("link", name="Replaced foot").is_visible()
    assert desk.get_by_role("link", name="Replacing foot").count() == 0
    assert axe_violations(desk, *WCAG) == []
    for tab in ("Images within texts", "Unused files"):
        desk.get_by_role("link", name=tab).click()
        desk.locator(f'[aria-current="page"]:has-text("{tab}")').wait_for()
        assert axe_violations(desk, *WCAG) == []
    complaints.clear()
    desk.goto("/articles/replaced-picture-1/")
    assert desk.get_by_alt_text("Replaced foot, as a test shows it.").is_visible()


WIDE = """
from io import BytesIO
from PIL import Image
from django.core.files.base import ContentFile
from articles import pictures
from tests.factories import make_article
file = BytesIO()
Image.effect_noise((1000, 700), 60).convert('RGB').save(file, 'PNG')
address = pictures.store(ContentFile(file.getvalue(), 'wide.png'))
make_article('Wide picture', sections=[f'![A wide picture.]({address})'])
print(address)
"""


def test_a_picture_is_there_offline_in_whichever_width_is_asked_for(page, site, context, complaints):
    address = site.shell(WIDE).strip()
    visit(page, "/articles/wide-picture/")
    shown = page.get_by_alt_text("A wide picture.")
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("image => image.decode().then(() => image.currentSrc)").endswith("w800.webp")
    kept = f"caches.match('{address.replace('w.webp', 'w800.webp')}', {{ cacheName: 'cramps-pictures' }})"
    until(page, kept)
    context.set_offline(True)
    for name in (address, address.replace("w.webp", "w480.webp")):
        assert page.evaluate("name => fetch(name).then((response) => response.status)", name) == 200
    page.reload()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    context.set_offline(False)
    complaints[:] = [text for text in complaints if not any(sign in text for sign in LOST)]
