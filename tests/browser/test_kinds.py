"""An editor writes an exercise with the keyboard, breaks a rule, mends it and reads it; also without JavaScript."""

from tests.browser.conftest import axe_violations, sign_in
from tests.browser.test_editing import save, section

OWN = ["when", "steps", "hold", "do", "benefit", "questions"]


def shown(block):
    """Return which fields of a kind a section shows."""
    return [name for name in OWN if block.locator(f"[name$=-{name}]").is_visible()]


def choose(page, block, kind):
    """Choose a kind as the keyboard does: by typing the beginning of its name."""
    block.locator("[name$=-kind]").focus()
    page.keyboard.type(kind)
    page.keyboard.press("Tab")


def test_an_editor_writes_an_exercise_with_the_keyboard(desk, article, complaints):
    desk.goto(article)
    desk.get_by_role("button", name="Add another Section").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.type("Stretch")  # the new heading has the focus
    block = desk.locator("#sections-3")
    assert shown(block) == []
    choose(desk, block, "Exercise")
    assert shown(block) == ["when", "steps", "hold"]
    assert block.get_by_text("One movement, step by step.").is_visible()
    block.locator("[name$=-steps]").focus()
    desk.keyboard.type("Lean.\nLet go.")
    block.get_by_label("Sitting").focus()
    desk.keyboard.press("Space")
    block.locator("[name$=-rest]").focus()
    desk.keyboard.type("3")
    desk.get_by_role("button", name="Save", exact=True).press("Enter")
    desk.locator(".errornote").first.wait_for()
    block = section(desk, "Stretch")
    assert block.locator(".errorlist").all_inner_texts() == [
        "Say whether it is for during a cramp, or to prevent cramps.",
        "Say how long to hold it: the rest and the number of times only make sense with that.",
    ]
    assert block.get_by_label("Sitting").is_checked()
    assert axe_violations(desk, "wcag2a", "wcag2aa") == []
    complaints.clear()  # axe tries styles out in the page, which the policy forbids
    block.locator("[name$=-when]").focus()
    desk.keyboard.type("During")
    block.locator("[name$=-hold]").focus()
    desk.keyboard.type("6")
    save(desk, "Save and publish…")
    save(desk, "Publish")
    desk.get_by_role("link", name="Read it on the site").click()
    exercise = desk.locator(".exercise", has_text="Stretch")
    assert exercise.locator(".steps li").all_inner_texts() == ["Lean.", "Let go."]
    for fact in ("During a cramp", "Sitting", "6 seconds"):
        assert exercise.get_by_text(fact).first.is_visible()


def test_the_kinds_fields_show_without_javascript_too(no_javascript, article, site):
    desk = no_javascript
    desk.set_viewport_size({"width": 1366, "height": 900})
    sign_in(desk, site)
    desk.goto(f"{article}?add_section=1")
    block = desk.locator("#sections-3")
    block.locator("[name$=-heading]").fill("Ask")
    assert shown(block) == []
    choose(desk, block, "Questions")
    assert shown(block) == ["questions"]
    desk.get_by_role("button", name="Save", exact=True).click()
    assert section(desk, "Ask").locator(".errorlist").inner_text() == "Write at least one question."
    section(desk, "Ask").locator("[name$=-questions]").fill("Why?")
    desk.get_by_role("button", name="Save and preview").click()
    assert desk.locator(".questions li").inner_text() == "Why?"


def test_what_a_browser_kept_of_an_exercise_comes_back(desk, article):
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.goto(article)
    block = section(desk, "A")
    choose(desk, block, "Exercise")
    block.get_by_label("Standing").check()
    block.get_by_label("In bed").check()
    block.locator("[name$=-hold]").fill("7")
    desk.goto("/admin/")
    desk.goto(article)
    with desk.expect_navigation():
        desk.get_by_role("button", name="Put it back").click()
    block = section(desk, "A")
    assert block.locator("[name$=-postures]:checked").evaluate_all("all => all.map(one => one.value)") == [
        "in_bed",
        "standing",
    ]
    assert block.locator("[name$=-hold]").input_value() == "7"
    assert shown(block) == ["when", "steps", "hold"]


def test_the_second_picture_can_be_chosen_once_there_is_a_first(desk, article):
    desk.goto(article)
    block = section(desk, "A")
    first, second, third = (block.locator(f"[name$=-{name}]") for name in ("picture", "picture_2", "picture_3"))
    assert (first.is_visible(), second.is_visible()) == (True, False)
    first.select_option(index=1)
    assert (second.is_visible(), third.is_visible()) == (True, False)
    second.select_option(index=1)
    assert third.is_visible()
    desk.on("dialog", lambda dialog: dialog.accept())
