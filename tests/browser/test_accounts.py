"""Signing in by a passkey and by an app, as people do it; Chromium makes believe that it has a device for passkeys."""

import re

import pytest

from tests.browser.conftest import axe_violations, open_page

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
PERSON = """
from django.contrib.auth.models import Group, User
User.objects.filter(username="Paula").delete()
user = User.objects.create_user("Paula", password="a-long-enough-one", is_staff=True)
user.groups.set(Group.objects.filter(name="Editor"))
"""


@pytest.fixture
def person(browser, site, complaints):
    """A page, at the name that passkeys need, of somebody who has an account and a device for passkeys."""
    site.shell(PERSON)
    context = browser.new_context(base_url=f"http://localhost:{site.port}")
    page = open_page(context, complaints)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()
    forbidden = [line for line in complaints if "status of 403" not in line]  # the page to sign in again is one
    assert forbidden == []


def by_password(page):
    page.get_by_label("Username").fill("Paula")
    page.get_by_label("Password").fill("a-long-enough-one")
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_and_signs_in_alone_and_after_the_password_and_again(person):
    page = person
    page.goto("/admin/")
    by_password(page)
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Add a passkey").click()
    assert axe_violations(page, *RULES) == []
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.get_by_role("link", name="I have them: go to the desk").click()
    page.get_by_role("button", name="Sign out").click()

    page.goto("/admin/articles/topic/add/")
    assert axe_violations(page, *RULES) == []
    page.get_by_role("button", name="Sign in by a passkey").click()
    page.get_by_label("Name:").fill("Feet")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("You are signed in again. Nothing is saved yet").wait_for()
    assert page.get_by_label("Name:").input_value() == "Feet"

    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).click()
    by_password(page)
    page.get_by_text("The password is right.").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("You are signed in again. Nothing is saved yet").wait_for()
    assert page.get_by_label("Name:").input_value() == "Feet"


def test_a_device_without_the_passkey_says_that_it_did_not_work(person):
    page = person
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in by a passkey").click()
    page.get_by_text("That did not work, or was stopped.").wait_for()
    by_password(page)
    page.get_by_role("link", name="Your account").wait_for()


def test_an_app_is_set_up_by_the_picture_and_the_phone_shows_all_of_it(person):
    page = person
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/admin/")
    by_password(page)
    page.goto("/accounts/2fa/")
    assert axe_violations(page, *RULES) == []
    page.get_by_role("link", name="Set up an app").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe_violations(page, *RULES) == []
    assert page.locator("svg.qr").bounding_box()["width"] > 150
    secret = page.locator(".secret").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    page.get_by_label("Code that the app shows").fill("not a code")
    page.get_by_role("button", name="Set it up").click()
    page.get_by_text("The code is not right.").wait_for()
    assert page.locator(".secret").inner_text() == secret
