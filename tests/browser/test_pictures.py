"""Pictures of the library: an editor adds one from a section, publishes it, and readers see it or hear of it."""

from tests.browser.conftest import axe_violations
from tests.browser.test_editing import picture, save, section

WCAG = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")


def add_from(desk, block):
    """Press “+” beside a section's first picture, and fill in the form of the library that opens."""
    with desk.expect_popup() as opened:
        block.locator(".field-picture .add-related").first.click()
    window = opened.value
    window.get_by_label("Name:").fill("Foot on a stool")
    window.get_by_label("Image:").set_input_files(picture())
    window.get_by_role("button", name="Save").click()
    window.get_by_text("Write what the picture shows.").wait_for()
    window.get_by_label("Description:").fill("A foot rests on a stool.")
    window.get_by_label("Caption:").fill("Rest it.")
    with window.expect_event("close"):
        window.get_by_role("button", name="Save").click()


def test_an_editor_adds_an_image_to_the_library_and_readers_see_it(desk, article, no_javascript):
    desk.goto(article)
    block = section(desk, "B")
    add_from(desk, block)
    chosen = block.locator("select[name$=-picture]")
    assert chosen.locator(":checked").inner_text() == "Foot on a stool"
    address = "/articles/" + desk.locator("#id_slug").input_value() + "/"
    save(desk, "Save and publish…")
    save(desk, "Publish")
    no_javascript.goto(address)
    shown = no_javascript.locator("section", has=no_javascript.locator("#b")).get_by_alt_text(
        "A foot rests on a stool."
    )
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    assert no_javascript.get_by_text("Rest it.").is_visible()


def test_the_library_is_used_by_keyboard_and_holds_no_barrier(desk, complaints):
    desk.goto("/admin/articles/picture/add/")
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()
    desk.get_by_label("None: I upload an image instead").focus()
    desk.keyboard.press("ArrowDown")
    assert desk.get_by_label("toes-to-shin").is_checked()
    desk.get_by_label("Name:").fill("Toes by keyboard")
    desk.get_by_label("Description:").fill("Toes point to the shin.")
    save(desk)
    desk.get_by_role("link", name="Toes by keyboard").first.click()
    desk.locator(".field-small .drawing").wait_for()
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()  # axe tries styles out in the page, which the policy forbids


def test_the_drawings_of_the_first_article_fit_a_small_screen_and_their_frames(page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/articles/muscle-leg-cramps/")
    assert page.get_by_role("img", name="so that the toes point to the shin").count() == 2
    assert page.get_by_role("img", name="wall").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    # No line leaves the frame; but for the floor and the leg at the edge, which are meant to go on.
    outside = page.evaluate(
        """() => [...document.querySelectorAll("svg.drawing")].flatMap((svg) => {
          const frame = svg.viewBox.baseVal;
          return [...svg.querySelectorAll("path")].filter((path) => {
            const box = path.getBBox();
            return box.y < 0 || box.y + box.height > frame.height || box.x < -30 || box.x + box.width > frame.width + 1;
          }).map((path) => path.getAttribute("d"));
        })"""
    )
    assert outside == []
