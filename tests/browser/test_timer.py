"""The timer of an exercise, with a clock that only moves when the test says so."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.test_exercises import STRETCHES
from tests.browser.test_reading import assert_accessible

# What the service worker has saved would answer where a test holds a file back.
pytestmark = pytest.mark.browser_context_args(service_workers="block")

START = datetime(2026, 11, 23, 3, 0)
SIZES = [(320, 568), (375, 667), (667, 375), (568, 320), (1280, 800)]
STUBS = """
window.told = [];
Object.defineProperty(navigator, "wakeLock", { value: { async request() {
  told.push("awake");
  return { released: false, async release() { this.released = true; told.push("asleep"); } };
} } });
navigator.vibrate = (beat) => told.push(`beat ${beat.length}`);
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: Object.assign(new EventTarget(), {
  voices: [],
  getVoices() { return this.voices; },
  cancel() {},
  speak({ text, voice }) { told.push(`${voice.name}: ${text}`); },
}) });
"""
LISTEN = """(status) => {
  window.said = [];
  new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
}"""


class Screen:
    """The timer's screen, as a reader and a screen reader have it."""

    def __init__(self, page, heading):
        page.add_init_script(STUBS)
        page.clock.install(time=START)
        page.goto(STRETCHES)
        page.clock.pause_at(START + timedelta(hours=1))
        page.get_by_role("button", name=f"Use the timer for “{heading}”").click()
        self.page, self.dialog = page, page.get_by_role("dialog", name=heading)
        self.dialog.get_by_role("status").evaluate(LISTEN)

    def button(self, name):
        return self.dialog.get_by_role("button", name=name, exact=True)

    def press(self, name):
        self.button(name).click()

    def tap(self):
        self.press("Tap when you are ready")

    def run(self, seconds):
        self.page.clock.run_for(round(seconds * 1000))

    def shows(self, word, digits=None, count=None):
        expect(self.dialog.locator(".timing-word")).to_have_text(word)
        if digits is not None:
            expect(self.dialog.get_by_role("timer")).to_have_text(digits)
        if count is not None:
            expect(self.dialog.locator(".timing-count")).to_have_text(count)

    def note(self):
        return self.dialog.locator(".timing-note")

    def said(self):
        return self.page.evaluate("said")

    def told(self):
        return self.page.evaluate("told")

    def hide(self, hidden):
        self.page.evaluate(
            "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )


@pytest.fixture
def open_timer(stretches, page):
    """A function that opens the timer of an exercise."""
    return lambda heading: Screen(page, heading)


def test_a_hold_ends_with_let_go_and_the_reader_taps_for_the_next(open_timer):
    screen = open_timer("Toes")
    screen.shows("Ready?", "5", "Hold: 5 seconds")
    screen.press("Start")
    screen.shows("Hold", "5", "Hold 1")
    screen.run(4.5)
    screen.shows("Hold", "1")
    screen.run(1)
    screen.shows("Let go", "")
    screen.run(60)
    screen.shows("Let go", "")
    screen.tap()
    screen.shows("Hold", "5", "Hold 2")
    expect(screen.button("Tap when you are ready")).to_be_hidden()


def test_the_minutes_run_while_the_reader_rests_and_no_hold_is_cut_short(open_timer):
    screen = open_timer("Wall")
    screen.press("Start")
    screen.run(20)
    screen.shows("Let go", count="Hold 2 · 0:40 left")
    screen.run(37)
    screen.tap()
    screen.run(4)
    screen.shows("Hold", "1", "Hold 2 · 0:00 left")
    screen.run(1.5)
    screen.shows("Done", "1:02", "Holds: 2")
    expect(screen.button("Start again")).to_be_focused()


def test_the_minutes_end_a_wait_for_a_tap(open_timer):
    screen = open_timer("Wall")
    screen.press("Start")
    screen.run(61)
    screen.shows("Done", "1:00", "Holds: 1")
    screen.press("Start again")
    screen.shows("Hold", "5", "Hold 1 · 1:00 left")


def test_rests_repeats_and_sides_follow_each_other_by_themselves(open_timer):
    screen = open_timer("Sides")
    screen.shows("Ready?", "5", "Hold: 5 seconds · Rest: 3 seconds · Repeat: 2 times · Sides: One side, then the other")
    screen.press("Start")
    screen.shows("Hold", "5", "First side · Hold 1 of 2")
    screen.run(6)
    screen.shows("Let go and rest", "2", "First side · Hold 2 of 2")
    screen.run(8)
    screen.shows("Change sides", "2", "Other side · Hold 1 of 2")
    screen.run(16)
    screen.shows("Done", "0:29", "Holds: 4")
    let_go = "Change: let go"
    assert screen.said() == ["Start", let_go, "Start", "Change sides", "Start", let_go, "Start", "Done"]


def test_without_holds_the_minutes_are_shared_by_both_sides(open_timer):
    screen = open_timer("Walk")
    screen.shows("Ready?", "1:00")
    screen.press("Start")
    screen.run(29)
    screen.shows("Keep going", "0:31", "First side · 0:31 left")
    screen.run(2)
    screen.shows("Change sides", "")
    screen.tap()
    screen.shows("Keep going", count="Other side · 0:29 left")
    screen.run(30)
    screen.shows("Done", "1:00")
    assert screen.said() == ["Start", "Change sides", "Start", "10 seconds left", "Done"]


def test_the_minutes_end_a_change_of_sides_too(open_timer):
    screen = open_timer("Walk")
    screen.press("Start")
    screen.run(61)
    screen.shows("Done", "1:00")
    assert screen.said() == ["Start", "Change sides", "10 seconds left", "Done"]


def test_a_long_hold_says_when_ten_seconds_are_left(open_timer):
    screen = open_timer("Towel")
    screen.press("Start")
    screen.run(35)
    assert screen.said() == ["Start", "10 seconds left", "Change: let go"]


def test_a_pause_stops_the_time_until_the_reader_goes_on(open_timer):
    screen = open_timer("Wall")
    screen.press("Start")
    screen.run(2)
    screen.press("Pause")
    screen.run(600)
    screen.shows("Paused", "3", "Hold 1 · 0:58 left")
    screen.press("Go on")
    screen.run(1)
    screen.shows("Hold", "2", "Hold 1 · 0:57 left")
    screen.run(3)
    screen.press("Pause")
    expect(screen.button("Tap when you are ready")).to_be_hidden()
    screen.press("Go on")
    screen.tap()
    screen.shows("Hold", "5")


def test_stop_ends_it_and_closing_returns_to_the_page(open_timer, page):
    screen = open_timer("Wall")
    screen.press("Start")
    screen.run(3)
    screen.press("Stop")
    screen.shows("Ready?", "5")
    expect(screen.note()).to_have_text("Stopped after 0:03.")
    expect(screen.button("Start")).to_be_focused()
    screen.run(60)
    screen.shows("Ready?", "5")
    screen.press("Start")
    expect(screen.note()).to_be_empty()
    screen.press("Close the timer")
    expect(screen.dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Use the timer for “Wall”")).to_be_focused()
    assert screen.told() == ["awake", "asleep", "awake", "asleep"]


def test_only_what_changes_is_announced(open_timer):
    screen = open_timer("Wall")
    expect(screen.dialog.locator("[aria-live], [role=status], [role=alert]")).to_have_count(1)
    screen.press("Start")
    for _ in range(9):
        screen.run(6)
        screen.tap()
    screen.run(10)
    announced = ["Start", "Change: let go"] * 10
    assert screen.said() == [*announced[:17], "10 seconds left", *announced[17:], "Done"]


def test_the_screen_stays_awake_while_the_timer_runs(open_timer):
    screen = open_timer("Toes")
    assert screen.told() == []
    screen.press("Start")
    screen.run(6)
    assert screen.told() == ["awake"]
    screen.press("Pause")
    screen.press("Go on")
    screen.run(1)
    assert screen.told() == ["awake", "asleep", "awake"]
    screen.run(400)  # nobody taps: asleep perhaps
    assert screen.told() == ["awake", "asleep", "awake", "asleep"]
    screen.tap()
    screen.run(1)
    assert screen.told()[4:] == ["awake"]


def test_a_lock_that_the_browser_took_back_is_asked_for_again(open_timer, page):
    screen = open_timer("Toes")
    page.evaluate(
        "() => { navigator.wakeLock.request = async () => { told.push('awake'); return { released: true }; } }"
    )
    screen.press("Start")
    screen.hide(True)
    screen.hide(False)
    screen.run(1)
    assert screen.told() == ["awake", "awake"]


def test_it_works_where_the_screen_can_not_be_kept_awake(open_timer, page):
    screen = open_timer("Toes")
    page.evaluate(
        "() => { navigator.wakeLock.request = async () => { throw new DOMException('no', 'NotAllowedError') } }"
    )
    screen.press("Start")
    screen.run(6)
    screen.shows("Let go")


def test_cues_are_spoken_by_a_voice_of_the_device_alone(open_timer, page):
    screen = open_timer("Toes")
    speak = screen.dialog.get_by_label("Speak")
    expect(speak).to_be_disabled()
    mute = screen.dialog.get_by_text("(no voice on this device)")
    expect(mute).to_be_visible()
    add = "voice => { speechSynthesis.voices.push(voice); speechSynthesis.dispatchEvent(new Event('voiceschanged')) }"
    page.evaluate(add, {"name": "Cloud", "lang": "en-GB", "localService": False})
    page.evaluate(add, {"name": "Hans", "lang": "de-DE", "localService": True})
    expect(speak).to_be_disabled()
    page.evaluate(add, {"name": "Ann", "lang": "en_US", "localService": True})
    expect(mute).to_be_hidden()
    speak.check()
    screen.press("Start")
    screen.run(6)
    assert [words for words in screen.told() if ":" in words] == ["Ann: Hold", "Ann: Let go"]


def test_vibration_is_a_choice_that_the_device_remembers(open_timer, page):
    screen = open_timer("Toes")
    screen.press("Start")
    screen.run(6)
    assert not any("beat" in words for words in screen.told())
    screen.dialog.get_by_label("Vibrate").check()
    screen.tap()
    screen.run(6)
    assert [words for words in screen.told() if "beat" in words] == ["beat 1", "beat 3"]
    screen.press("Close the timer")
    page.get_by_role("button", name="Use the timer for “Wall”").click()
    expect(page.get_by_label("Vibrate")).to_be_checked()
    assert page.evaluate("Object.keys(localStorage)") == ["cramps:timer"]


def test_after_a_time_in_the_background_it_says_where_it_is(open_timer, page):
    screen = open_timer("Sides")
    screen.press("Start")
    screen.hide(True)
    page.clock.fast_forward(12_000)
    screen.hide(False)
    screen.shows("Hold", "1", "First side · Hold 2 of 2")
    expect(screen.note()).to_have_text("While you were away, the timer went on for 0:12.")
    assert len(screen.said()) == 2  # the start, and where it is now
    screen.hide(True)
    page.clock.fast_forward(3_600_000)
    screen.hide(False)
    screen.shows("Done", "0:29", "Holds: 4")


def in_view(page, *buttons):
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    for button in buttons:
        box = button.bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height


def test_all_buttons_stay_on_the_screen_and_the_time_goes_on_when_the_phone_is_turned(open_timer, page):
    screen = open_timer("Sides")
    close = screen.button("Close the timer")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        in_view(page, screen.button("Start"), close)
    screen.press("Start")
    screen.run(2)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        in_view(page, screen.button("Pause"), screen.button("Stop"), close)
    screen.shows("Hold", "3")


def test_the_next_hold_is_in_reach_on_every_screen(open_timer, page):
    screen = open_timer("Wall")
    screen.press("Start")
    screen.run(6)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        in_view(page, screen.button("Tap when you are ready"), screen.button("Pause"), screen.button("Stop"))
        assert screen.dialog.evaluate("(dialog) => dialog.scrollWidth") <= width


def test_less_motion_moves_the_ring_once_a_second(open_timer, page):
    page.emulate_media(reduced_motion="reduce")
    screen = open_timer("Toes")
    ring = screen.dialog.locator(".timing-ring")
    offset = "(ring) => ring.style.strokeDashoffset"
    screen.press("Start")
    screen.run(1.2)
    before = ring.evaluate(offset)
    screen.run(0.5)
    assert ring.evaluate(offset) == before
    screen.run(0.5)
    assert ring.evaluate(offset) != before
    assert ring.evaluate("(ring) => getComputedStyle(ring).transitionDuration") == "0s"


def test_the_keyboard_is_enough(open_timer, page):
    screen = open_timer("Toes")
    page.keyboard.press("Enter")  # Start
    screen.run(6)
    page.keyboard.press("Space")  # the next hold
    screen.shows("Hold", "5", "Hold 2")
    expect(screen.button("Pause")).to_be_focused()
    page.keyboard.press("Escape")
    screen.shows("Paused")
    page.keyboard.press("Enter")  # Go on
    screen.shows("Hold")
    page.keyboard.press("Tab")
    expect(screen.button("Stop")).to_be_focused()
    page.keyboard.press("Enter")
    screen.shows("Ready?")
    page.keyboard.press("Escape")
    expect(screen.dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Use the timer for “Toes”")).to_be_focused()


def test_the_timer_is_accessible_and_shows_all_safety_lines(open_timer):
    screen = open_timer("Wall")
    for line in ("no substitute for a health professional", "prescribed medicine", "stop if it hurts more"):
        expect(screen.dialog).to_contain_text(line)
    screen.press("Start")
    screen.run(6)
    screen.page.clock.resume()  # the checker needs time itself
    assert_accessible(screen.page)


def test_a_press_before_the_script_has_come_opens_the_timer_when_it_has(stretches, page):
    held = []
    page.route("**/timer.*.js", lambda route: held.append(route))
    page.goto(STRETCHES)
    page.get_by_role("button", name="Use the timer for “Wall”").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    held[0].continue_()
    expect(page.get_by_role("dialog", name="Wall")).to_be_visible()


def test_a_timer_that_can_not_be_loaded_says_so_and_is_tried_again(stretches, page, complaints):
    page.route("**/timer.*.js", lambda route: route.abort())
    page.goto(STRETCHES)
    page.get_by_role("button", name="Use the timer for “Wall”").click()
    expect(page.get_by_text("The timer could not be loaded.").filter(visible=True)).to_have_count(1)
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()
