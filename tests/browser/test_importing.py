"""Text gets in: a folder of files that were saved from an old site, and what is pasted from a web page."""

import pytest

from tests.browser.conftest import axe_violations, wait_for, wait_until

WCAG = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
IMPORT = "/admin/articles/article/import/"
PAGE = """<!DOCTYPE html><html><head><title>Import-specific feet</title></head><body>
<h1>Import-specific feet</h1><p>Feet can hurt after a long day of standing on them.</p>
<h2>Causes</h2><ul><li>Tight shoes</li><li>Standing all day long</li></ul></body></html>"""


@pytest.fixture
def folder(tmp_path):
    """A folder of four files, one of them empty, with one of another kind."""
    home = tmp_path / "import-specific"
    (home / "more").mkdir(parents=True)
    (home / "feet.html").write_text(PAGE)
    (home / "legs.md").write_text("# Import-specific legs\n\n## Causes\n\nStairs make them tired.\n")
    (home / "more" / "arms.txt").write_text("Import-specific arms\n\nThey get tired when they carry much.\n")
    (home / "more" / "empty.txt").touch()
    (home / "style.css").write_text("a {}")
    return home


def looked_at(desk, folder):
    desk.goto(IMPORT)
    desk.get_by_label("Or a whole folder").set_input_files(folder)
    wait_until(desk, "document.querySelector('#import-status').textContent")
    return desk.locator(".import-file")


def test_a_folder_becomes_drafts_after_a_look(desk, folder, complaints):
    rows = looked_at(desk, folder)
    assert rows.count() == 4
    assert "Nothing is changed yet." in desk.locator("#import-status").inner_text()
    assert "other kinds: 1" in desk.locator("#import-status").inner_text()
    assert rows.locator(".import-tick:checked").count() == 3
    assert "empty" in rows.filter(has_text="empty.txt").inner_text()
    rows.filter(has_text="feet.html").get_by_text("What became of each part").click()
    assert rows.get_by_role("cell", name="Standing all day long").first.is_visible()
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()
    desk.emulate_media(color_scheme="dark")
    assert axe_violations(desk, *WCAG) == []
    complaints.clear()
    rows.filter(has_text="legs.md").get_by_role("checkbox").uncheck()
    desk.get_by_role("button", name="Import what is chosen (2)").click()
    wait_until(desk, "document.querySelector('#import-status').textContent.includes('Imported: 2')")
    assert rows.filter(has_text="legs.md").get_by_role("checkbox").is_visible()
    rows.get_by_role("link", name="Import-specific feet").click()
    assert desk.locator("#id_title").input_value() == "Import-specific feet"
    assert looked_at(desk, folder).filter(has_text="Unchanged").count() == 2


def pasted(desk, area, html, text="Plain words", **more):
    """Paste into a field what a program has put into the clipboard, by its types."""
    area.evaluate(
        """(area, types) => {
            const clipboardData = new DataTransfer();
            for (const [type, said] of Object.entries(types)) clipboardData.setData(type, said);
            area.focus();
            const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            if (area.dispatchEvent(event)) document.execCommand("insertText", false, types["text/plain"]);
        }""",
        {"text/html": html, "text/plain": text, **more},
    )


def test_a_web_page_is_pasted_as_clean_text(desk, article, complaints):
    desk.goto(article)
    area = desk.locator("#id_sections-0-body")
    if not area.is_visible():
        desk.locator("#sections-0 .fold").click()
    area.fill("Before after")
    area.evaluate("area => area.setSelectionRange(7, 7)")
    pasted(desk, area, "<p>some <b>bold</b> words </p>")
    wait_until(desk, "document.querySelector('#id_sections-0-body').value.includes('**bold**')")
    assert area.input_value().startswith("Before some **bold** words")
    desk.keyboard.press("Control+z")
    assert area.input_value() == "Before after"
    code = "<meta charset='utf-8'><div style=\"font-family: 'Fira Mono', monospace;white-space: pre;\"><b>x</b></div>"
    pasted(desk, area, code, "x = 1")
    assert "x = 1" in area.input_value()


def test_nothing_is_lost_while_a_paste_is_made_clean_or_when_it_fails(desk, article, complaints):
    desk.goto(article)
    area = desk.locator("#id_sections-0-body")
    if not area.is_visible():
        desk.locator("#sections-0 .fold").click()
    area.fill("One.")
    waiting = []
    desk.route("**/markdownx/paste/", lambda route: waiting.append(route))
    pasted(desk, area, "<h2>Two</h2><p>Three.</p>")
    desk.keyboard.type(" Four.")
    wait_until(desk, "document.querySelector('#sections-0 .paste-status').textContent")
    wait_for(desk, lambda: waiting)
    waiting.pop().continue_()
    wait_until(desk, "document.querySelector('#id_sections-0-body').value.includes('Three.')")
    said = area.input_value()
    assert said.startswith("One.\n\n#")
    assert said.endswith("Three.\n\n Four.")
    desk.unroute("**/markdownx/paste/")
    desk.route("**/markdownx/paste/", lambda route: route.abort())
    area.fill("")
    pasted(desk, area, "<h2>Two</h2>", "Just words")
    wait_until(desk, "document.querySelector('#id_sections-0-body').value === 'Just words'")
    assert "Pasted as plain text." in desk.locator("#sections-0 .paste-status").first.inner_text()
    complaints.clear()  # the browser tells of the request that was cut
