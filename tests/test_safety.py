"""An unsafe site does not start, and says what to set; a safe one gets full marks from header observatories."""

import os
import re

import pytest
from django.conf import settings as real
from django.test import Client

from cramps_site import safety
from tests.factories import make_article
from tests.running import ROOT, run

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (safety.encryption, {"SITE_URL": "http://www.example.org"}),
        (safety.encryption, {"SITE_URL": "http://8.8.8.8:8000"}),
        (safety.debugging, {"DEBUG": True, "HOST": "0.0.0.0", "SITE_URL": "http://127.0.0.1:8000"}),  # noqa: S104
        (safety.debugging, {"DEBUG": True, "HOST": "127.0.0.1", "SITE_URL": "https://www.example.org"}),
        (safety.proxies, {"TRUSTED_PROXIES": ["10.0.0.5", "0.0.0.0/0"]}),
        (safety.proxies, {"TRUSTED_PROXIES": ["::/0"]}),
    ],
)
def test_what_is_unsafe_is_refused_with_what_to_set(check, values, settings):
    for name, value in values.items():
        setattr(settings, name, value)
    [error] = check(None)
    assert error.is_serious()
    assert re.search(r"SITE_URL|DEBUG|TRUSTED_PROXIES", error.hint)


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (safety.encryption, {"SITE_URL": "https://www.example.org"}),
        (safety.encryption, {"SITE_URL": "http://localhost:8000"}),
        (safety.encryption, {"SITE_URL": "http://192.168.1.20:8000"}),
        (safety.encryption, {"SITE_URL": "http://[fd00::1]:8000"}),
        (safety.encryption, {"SITE_URL": "http://cramps.local"}),
        (safety.encryption, {"SITE_URL": "http://surgery:8000"}),
        (safety.debugging, {"DEBUG": True, "HOST": "127.0.0.1", "SITE_URL": "http://localhost:8000"}),
        (safety.debugging, {"DEBUG": False, "HOST": "0.0.0.0", "SITE_URL": "https://www.example.org"}),  # noqa: S104
        (safety.proxies, {"TRUSTED_PROXIES": ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"]}),
        (safety.proxies, {"TRUSTED_PROXIES": []}),
    ],
)
def test_what_is_safe_may_start(check, values, settings):
    for name, value in values.items():
        setattr(settings, name, value)
    assert check(None) == []


def test_a_secret_key_that_others_may_read_is_refused(settings):
    key = settings.DATA_DIR / "secret_key"
    assert safety.secret_key(None) == []  # it is in the environment, say
    key.write_text("k" * 50)
    os.chmod(key, 0o640)
    [error] = safety.secret_key(None)
    assert f"chmod 600 {key}" in error.hint
    os.chmod(key, 0o600)
    assert safety.secret_key(None) == []


def test_an_unsafe_site_does_not_start(tmp_path):
    result = run("serve", DATA_DIR=tmp_path, SITE_URL="http://www.example.org")
    assert result.returncode
    assert "Write SITE_URL=https://www.example.org" in result.stderr
    assert not (tmp_path / "db.sqlite3").exists()


# What Mozilla's HTTP Observatory takes marks off for, and gives some beyond a hundred for, as its documentation says
# (developer.mozilla.org, "HTTP Observatory: tests and scoring"), put into words of ours.


OBSERVED = {
    "policy: nothing but what is named": lambda headers, policy: policy["default-src"] == ["'none'"],
    "policy: no script or style inline, none made of text": lambda headers, policy: (
        not re.search("unsafe-(inline|eval|hashes)", str(policy))
    ),
    "policy: from this site alone": lambda headers, policy: not re.search(r"\*|https?:|data:|blob:", str(policy)),
    "policy: where forms go, what pages are relative to, who frames them": lambda headers, policy: (
        policy["form-action"] == ["'self'"] and policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    ),
    "encryption for half a year and more": lambda headers, policy: (
        int(re.search(r"max-age=(\d+)", headers["Strict-Transport-Security"])[1]) >= 15_768_000
    ),
    "what is sent is what it is": lambda headers, policy: headers["X-Content-Type-Options"] == "nosniff",
    "no frames": lambda headers, policy: headers["X-Frame-Options"] == "DENY",
    "where readers come from stays here": lambda headers, policy: (
        headers["Referrer-Policy"] in {"same-origin", "strict-origin", "no-referrer"}
    ),
    "for no other site's pages": lambda headers, policy: headers["Cross-Origin-Resource-Policy"] == "same-origin",
    "nothing in common with other windows": lambda headers, policy: (
        headers["Cross-Origin-Opener-Policy"] == "same-origin"
    ),
    "shared with no other site": lambda headers, policy: "Access-Control-Allow-Origin" not in headers,
    "no part of the device": lambda headers, policy: "camera=()" in headers["Permissions-Policy"],
}


@pytest.fixture
def https(settings):
    """The settings that an address with https:// brings; others are asked for in processes of their own."""
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    return Client(SERVER_NAME="127.0.0.1")


@pytest.mark.parametrize(
    "path", ["/", "/articles/looked-at/", "/search/?q=cramp", "/rate/{pk}/", "/about/", "/admin/", "/nowhere/"]
)
def test_observatories_give_full_marks(db, https, path):
    article = make_article("Looked at")
    response = https.get(path.format(pk=article.pk), secure=True, follow=True)
    pairs = (part.split() for part in response["Content-Security-Policy"].split(";"))
    policy = {name: values for name, *values in pairs}
    missed = [what for what, is_met in OBSERVED.items() if not is_met(response.headers, policy)]
    assert not missed
    assert 'src="http:' not in response.text
    for cookie in response.cookies.values():
        assert (cookie["secure"], cookie["httponly"]) == (True, True), cookie
        assert cookie["samesite"] in ("Lax", "Strict"), cookie


def test_plain_http_is_led_to_the_same_page_with_encryption(db, https):
    response = https.get("/articles/?letter=A")
    assert (response.status_code, response["Location"]) == (301, "https://127.0.0.1/articles/?letter=A")


def test_no_cookie_can_be_set_by_another_site_below_the_domain(tmp_path):
    ask = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_PATH)"
    )
    said = run("shell", "-v", "0", "-c", ask, DATA_DIR=tmp_path, SITE_URL="https://www.example.org").stdout
    assert said.split() == ["__Host-session", "__Host-csrf", "/"]
    assert real.SESSION_COOKIE_DOMAIN is None


@pytest.mark.parametrize(
    ("choice", "header"),
    [
        ("", "max-age=31536000"),
        ("subdomains", "max-age=31536000; includeSubDomains"),
        ("preload", "max-age=31536000; includeSubDomains; preload"),
    ],
)
def test_for_which_names_encryption_is_bound_is_the_operators_choice(choice, header, tmp_path):
    ask = (
        "from django.test import Client as C; "
        "print(C(SERVER_NAME='www.example.org').get('/robots.txt', secure=True)['Strict-Transport-Security'])"
    )
    where = {"DATA_DIR": tmp_path, "SITE_URL": "https://www.example.org", "HSTS": choice}
    run("migrate", "-v", "0", **where)
    assert run("shell", "-v", "0", "-c", ask, **where).stdout.strip() == header
    check = run("check", "--deploy", "--fail-level", "WARNING", **where)
    assert (check.returncode, check.stderr) == (0, "")


def test_each_promise_of_the_docs_is_held_by_a_test_that_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 30
    for path, test in named:
        assert f"def {test or 'test_'}" in (ROOT / path).read_text(), (path, test)
