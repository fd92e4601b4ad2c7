"""Editors' accounts: who gets in and how, what can't be found out or tried too often, and how sessions end."""

import json
import re
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from io import StringIO
from urllib.parse import urlencode

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from articles import accounts, remembering, sessions
from articles.models import Remembered, Session, Topic
from tests.factories import make_article, make_role, seat
from tests.running import Data

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-one"
LOGIN = "/accounts/login/"
SECOND = "/accounts/2fa/authenticate/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def required(settings):
    """The rule of a site with an https:// address."""
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def app(editor):
    """The editor's app that shows codes; return the account."""
    TOTP.activate(editor, SECRET)
    return editor


def code(secret=SECRET, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def wrong_code():
    """Return a code that is none of those that are taken now."""
    taken = {code(steps=steps) for steps in range(-3, 4)}
    return next(text for number in range(10) if (text := f"{number:06}") not in taken)


def sign_in(client, name="Edith", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": name, "password": password} | more)


def is_in(client):
    return client.get("/admin/").status_code == 200


def hidden(response):
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', response.content.decode()):
        found.setdefault(unescape(name), []).append(unescape(value))
    return found


def same_bytes(response):
    """Return an answer without what is different each time: its token."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)


# In and out


def test_name_and_password_lead_to_the_desk(client, editor):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/articles/").url == f"{LOGIN}?next=%2Fadmin%2Farticles%2F"
    assert sign_in(client).url == "/admin/"
    assert is_in(client)
    assert client.post("/accounts/logout/").url == LOGIN
    assert not is_in(client)


def test_django_s_own_pages_to_sign_in_and_change_a_password_do_neither(client, editor):
    client.post("/admin/login/", {"username": "Edith", "password": PASSWORD, "next": "/admin/"})
    assert not is_in(client)
    client.force_login(editor)
    assert client.get("/admin/password_change/").url == "/accounts/password/change/"
    fields = {"old_password": PASSWORD, "new_password1": "another-long-one", "new_password2": "another-long-one"}
    client.post("/admin/password_change/", fields)
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "nobody"},
        {"name": "edith"},
        {"password": "hunter-2"},
        {"name": "off"},
        {"name": "reader"},
    ],
    ids=lambda wrong: str(wrong),
)
def test_all_that_is_wrong_is_answered_alike(client, editor, wrong):
    users = get_user_model().objects
    users.create_user("off", password=PASSWORD, is_staff=True, is_active=False)
    users.create_user("reader", password=PASSWORD)
    answer, other = sign_in(client, **wrong), sign_in(Client(), "someone", "x")
    for name in (wrong.get("name", "Edith"), "someone"):  # the name itself stays in its field
        for page in (answer, other):
            page.content = page.content.replace(f'value="{name}"'.encode(), b"")
    assert answer.status_code == 200
    assert same_bytes(answer) == same_bytes(other)
    assert "The name or the password is not right." in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize(
    "fields",
    [{}, {"login": "Edith"}, {"login": "\0", "password": "\0"}, {"login": "x" * 5000, "password": "x" * 5000}],
    ids=("nothing", "no password", "control characters", "long"),
)
def test_forms_that_can_not_be_right_are_shown_again(client, editor, fields):
    answer = client.post(LOGIN, fields)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http://localhost:1/"),
        *("http:///evil.example", "///evil.example", "\x00//evil.example", "https:evil.example"),
    ],
)
def test_signing_in_leads_to_no_other_site(client, editor, address):
    assert client.get(f"{LOGIN}?{urlencode({'next': address})}").status_code == 200
    assert sign_in(client, next=address).url == "/admin/"
    assert client.get(f"/admin/login/?{urlencode({'next': address})}").url == "/admin/"
    assert client.post("/accounts/logout/", {"next": address}).url == LOGIN


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "login/code/", "signup/passkey/", "3rdparty/"])
def test_nobody_can_sign_up_and_there_are_no_other_ways_in(client, editor, path):
    for user in (None, editor):
        if user:
            client.force_login(user)
        assert client.get(f"/accounts/{path}").status_code == 404
        assert client.post(f"/accounts/{path}", {"username": "new", "password1": PASSWORD}).status_code == 404
    assert get_user_model().objects.count() == 1


def test_these_pages_are_stored_nowhere_and_set_no_cookie_but_the_form_s(client, editor):
    for path in (LOGIN, "/accounts/password/reset/", "/accounts/password/reset/done/"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex"
        assert {*answer.cookies} <= {"csrftoken"}
    client.force_login(editor)
    for path in ("/accounts/2fa/", "/accounts/sessions/", "/accounts/2fa/totp/activate/"):
        assert client.get(path)["Cache-Control"] == "no-store"
    assert not Client().get("/").cookies


def test_signing_in_waits_while_the_site_moves(client, editor, monkeypatch):
    monkeypatch.setattr("articles.pausing.is_paused", lambda: True)
    for answer in (client.get(LOGIN), sign_in(client), client.get("/accounts/2fa/webauthn/login/")):
        assert answer.status_code == 503
        assert "sessionid" not in answer.cookies


# The second factor


def test_the_password_alone_leads_to_the_second_step_only(client, app):
    assert sign_in(client).url == SECOND
    assert not is_in(client)
    assert "Now type the code" in client.get(SECOND).content.decode()
    assert "The code is not right." in client.post(SECOND, {"code": wrong_code()}).content.decode()
    assert not is_in(client)
    assert client.post(SECOND, {"code": code()}).url == "/admin/"
    assert is_in(client)


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_who_is_switched_off_between_the_steps_stays_out(client, app, field):
    sign_in(client)
    get_user_model().objects.update(**{field: False})
    assert client.post(SECOND, {"code": code()}).status_code == 403
    get_user_model().objects.update(**{field: True})
    assert not is_in(client)


def test_the_second_step_can_not_be_had_without_the_first(client, app):
    assert client.get(SECOND).url == LOGIN
    assert client.post(SECOND, {"code": code()}).url == LOGIN
    assert not is_in(client)


def test_a_code_lets_in_once(client, app):
    right = code()
    sign_in(client)
    assert client.post(SECOND, {"code": right}).status_code == 302
    other = Client()
    sign_in(other)
    assert other.post(SECOND, {"code": right}).status_code == 200
    assert not is_in(other)


def test_a_recovery_code_lets_in_once(app):
    one = RecoveryCodes.activate(app).get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post(SECOND, {"code": one})
    assert is_in(first)
    assert not is_in(second)


def test_codes_are_tried_five_times(client, app):
    sign_in(client)
    for _try in range(5):
        client.post(SECOND, {"code": wrong_code()})
    assert "That was tried too often" in client.post(SECOND, {"code": code()}).content.decode()
    assert not is_in(client)


def test_it_is_offered_where_it_is_not_required(client, editor):
    sign_in(client)
    page = client.get("/accounts/2fa/").content.decode()
    assert "Set up an app" in page
    assert "Before you can go to the desk" not in page


def test_where_it_is_required_it_is_set_up_before_anything_else(client, editor, required):
    article = make_article()
    sign_in(client)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    assert "Before you can go to the desk" in client.get("/accounts/2fa/").content.decode()
    assert client.post("/admin/markdownx/markdownify/", {"content": "x"}).status_code == 403
    assert client.post("/admin/articles/topic/add/", {"name": "N"}).status_code == 403
    path = f"/admin/articles/article/{article.pk}/review/{article.revisions.get().pk}/"
    assert client.get(path).status_code in (302, 403)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="secret">(\w+)<', page)[1]
    assert '<svg class="qr"' in page
    assert "data:" not in page
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert done.url == "/accounts/2fa/codes/"
    assert len(re.findall(r"<li><code>\d{8}</code>", client.get(done.url).content.decode())) == 10
    assert is_in(client)


ENCRYPTED = """
from django.contrib.auth.models import User
from django.test import Client
from tests.factories import seat
user = User.objects.create_user("Edith", is_staff=True)
known, proved = Client(), seat(Client(), user)
known.force_login(user)
for client in (known, proved):
    answer = client.get("/admin/", secure=True, headers={"host": "www.example.org"})
    print(answer.status_code)
"""


@pytest.mark.parametrize(("scheme", "status"), [("https", "302"), ("http", "200")])
def test_it_is_required_where_the_site_is_encrypted(tmp_path, scheme, status):
    with Data(tmp_path, SITE_URL=f"{scheme}://www.example.org").with_tables() as data:
        known, proved = data.shell(ENCRYPTED).splitlines()
    assert known.startswith(status)
    assert proved.startswith("200")


def test_a_wrong_code_sets_nothing_up(client, editor, required):
    sign_in(client)
    client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": wrong_code()})
    assert not Authenticator.objects.exists()
    assert not is_in(client)


def test_a_session_from_before_is_asked_for_it_at_its_next_request(client, app, required):
    client.force_login(app)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(LOGIN)
    assert not Session.objects.filter(account=app.pk).exists()


@pytest.mark.parametrize("path", ["", "totp/deactivate/", "codes/", "codes/generate/", "webauthn/add/"])
def test_a_session_without_the_second_factor_can_not_change_it(client, app, path):
    client.force_login(app)
    assert client.post(f"/accounts/2fa/{path}", follow=True).redirect_chain[-1][0].startswith(LOGIN)
    assert Authenticator.objects.count() == 1
    client.force_login(app)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).url.startswith(LOGIN)


def test_who_takes_the_last_one_away_sets_up_another(client, app, required):
    seat(client, app)
    assert is_in(client)
    accounts.take_second_factors(app)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"


def test_changing_it_asks_for_the_password_again(client, app):
    seat(client, app)
    assert client.post("/accounts/2fa/totp/deactivate/").url.startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.count() == 1
    client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert client.post("/accounts/2fa/totp/deactivate/").url.startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.post("/accounts/2fa/totp/deactivate/").url == "/accounts/2fa/"
    assert not Authenticator.objects.exists()


def test_secrets_are_not_readable_in_the_database(app):
    RecoveryCodes.activate(app)
    kept = json.dumps([*Authenticator.objects.values_list("data", flat=True)])
    assert SECRET not in kept
    assert not any(one in kept for one in Authenticator.objects.get(type="recovery_codes").wrap().generate_codes())


def test_another_secret_key_lets_nobody_in_and_says_so(client, app, settings):
    RecoveryCodes.activate(app)
    settings.SECRET_KEY = "another-" * 10
    sign_in(client)
    for one in (code(), wrong_code(), "00000000"):
        assert "secret key has changed" in client.post(SECOND, {"code": one}).content.decode()
    seat(client, app)
    assert client.get("/accounts/2fa/").status_code == 200


@pytest.mark.parametrize(
    "credential", ["", "x", "null", "[]", "1", '{"id": "x"}', '{"response": {"userHandle": "///"}}']
)
@pytest.mark.parametrize("path", ["/accounts/2fa/webauthn/login/", "/accounts/2fa/webauthn/add/", SECOND])
def test_broken_passkeys_are_refused(client, app, path, credential):
    if path.endswith("add/"):
        seat(client, app)
        sessions_of_now = client.session
        sessions_of_now[sessions.SIGNED_IN] = {"at": timezone.now().isoformat(), "browser": ""}
        sessions_of_now.save()
    if path == SECOND:
        sign_in(client)
    assert client.post(path, {"credential": credential}).status_code in (200, 302)
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize(
    ("site_url", "host", "works"),
    [
        ("http://127.0.0.1:8000", "localhost", True),
        ("http://127.0.0.1:8000", "127.0.0.1", False),
        ("http://intranet", "intranet", False),
        ("https://www.example.org", "www.example.org", True),
        ("https://www.example.org", "127.0.0.1", False),
        ("https://192.0.2.7", "192.0.2.7", False),
        ("https://[2001:db8::1]", "[2001:db8::1]", False),
    ],
)
def test_passkeys_are_offered_where_browsers_allow_them(client, settings, site_url, host, works):
    settings.SITE_URL, settings.ALLOWED_HOSTS = site_url, ["*"]
    page = client.get(LOGIN, headers={"host": host}).content.decode()
    assert ("Sign in by a passkey" in page) == works


def test_the_passkey_belongs_to_the_address_of_the_site(client, settings, rf):
    settings.SITE_URL = "https://www.example.org"
    from allauth.core import context
    from allauth.mfa.adapter import get_adapter as second_factors

    with context.request_context(rf.get("/", headers={"host": "127.0.0.1"})):
        assert second_factors().get_public_key_credential_rp_entity()["id"] == "www.example.org"


# Signing in again, with a form in hand


TYPED = {"name": "Feet & toes", "slug": "feet", "description": "“All” about <feet>", "language": "en-gb"}
ADD = "/admin/articles/topic/add/"


def again(client, asked, **fields):
    return client.post(ADD, hidden(asked) | {f"_again-{name}": value for name, value in fields.items()})


def test_the_form_waits_for_the_second_step_too(client, app, required):
    asked = client.post(ADD, TYPED)
    second = again(client, asked, login="Edith", password=PASSWORD)
    assert second.status_code == 403
    assert "Now type the code" in second.content.decode()
    assert not is_in(client)
    wrong = again(client, second, code=wrong_code())
    assert "The code is not right." in wrong.content.decode()
    assert not is_in(client)
    form = again(client, wrong, code=code())
    assert form.status_code == 200
    assert "You are signed in again. Nothing is saved yet" in form.content.decode()
    assert "Feet &amp; toes" in form.content.decode()
    assert is_in(client)
    assert not Topic.objects.exists()


def test_the_second_step_can_be_left_for_another_account(client, app):
    make_role("Editor", "Otto")
    second = again(client, client.post(ADD, TYPED), login="Edith", password=PASSWORD)
    first = again(client, second, anew="1")
    assert "Password" in first.content.decode()
    assert "Feet &amp; toes" in again(client, first, login="Otto", password=PASSWORD).content.decode()
    assert is_in(client)


def test_who_has_yet_to_set_one_up_does_so_in_another_tab(client, editor, required):
    asked = again(client, client.post(ADD, TYPED), login="Edith", password=PASSWORD)
    assert "set it up in another tab, then come back here" in asked.content.decode()
    assert hidden(asked)["name"] == ["Feet & toes"]
    client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": code(client.session["mfa.totp.secret"])})
    form = again(client, asked)
    assert "Nothing is saved yet" in form.content.decode()
    assert "Feet &amp; toes" in form.content.decode()


@pytest.mark.parametrize("fields", [{"code": "123456"}, {"credential": "{}"}, {"login": "Edith", "password": "wrong"}])
def test_no_step_of_it_lets_in_what_is_wrong(client, app, fields):
    asked = again(client, client.post(ADD, TYPED), **fields)
    assert asked.status_code == 403
    assert hidden(asked)["name"] == ["Feet & toes"]
    assert not is_in(client)


def test_it_can_not_be_tried_more_often_than_elsewhere(client, editor):
    asked = client.post(ADD, TYPED)
    for _try in range(5):
        again(client, asked, login="Edith", password="wrong")
    tried = again(client, asked, login="Edith", password=PASSWORD)
    assert "That was tried too often" in tried.content.decode()
    assert hidden(tried)["name"] == ["Feet & toes"]
    assert not is_in(client)


# Trying often


def test_an_account_is_tried_five_times_whatever_host_is_asked(client, editor, settings):
    settings.ALLOWED_HOSTS = [".example.org"]
    for number in range(5):
        client.post(LOGIN, {"login": "EDITH", "password": "x"}, headers={"host": f"{number}.example.org"})
    answer = client.post(LOGIN, {"login": "Edith", "password": PASSWORD}, headers={"host": "a.example.org"})
    assert "That was tried too often. Try again in five minutes." in answer.content.decode()


def test_signing_in_rightly_counts_for_nothing(client, editor):
    for _time in range(8):
        assert sign_in(Client()).status_code == 302


def test_a_network_is_answered_429_when_it_tries_on(editor):
    answers = [
        Client(REMOTE_ADDR=f"2001:db8::{number:x}").post(LOGIN, {"login": f"n{number}"}) for number in range(1, 32)
    ]
    assert {answer.status_code for answer in answers[:30]} == {200}
    assert answers[30].status_code == 429
    assert "Please wait a little" in answers[30].content.decode()
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").post(LOGIN, {"login": "n"}).status_code == 200


def test_no_address_and_no_name_is_kept_of_who_tries(client, editor):
    Client(REMOTE_ADDR="192.0.2.7").post(
        LOGIN, {"login": "Edith", "password": "wrong"}, headers={"user-agent": FIREFOX}
    )
    kept = json.dumps([*Remembered.objects.values_list("key", "value")])
    assert Remembered.objects.count() >= 2
    assert not re.search(r"192\.0\.2\.7|edith|Mozilla", kept, re.IGNORECASE)


def test_the_limit_holds_across_the_workers_of_a_running_site(site):
    site.shell(
        "from django.contrib.auth.models import User; "
        "User.objects.create_user('tried', password='a-long-enough-one', is_staff=True)"
    )

    def attempt(password):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        headers = {"X-Forwarded-For": "198.51.100.9"}  # the page asks no other test of its number
        page = opener.open(urllib.request.Request(site.url + LOGIN, headers=headers)).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        fields = urlencode({"csrfmiddlewaretoken": token, "login": "tried", "password": password}).encode()
        return opener.open(urllib.request.Request(site.url + LOGIN, fields, headers)).read().decode()

    with ThreadPoolExecutor(4) as pool:  # connections of their own, which both workers take
        answers = [*pool.map(attempt, ["wrong"] * 8)]
    assert sum("is not right" in answer for answer in answers) <= 5
    assert "That was tried too often" in attempt("a-long-enough-one")


def add_at_once():
    """Add the same thing in ten threads; for a process of its own."""
    from django.db import connection

    def add(_number):
        try:
            return cache.add("one", "x", 60)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        return [*pool.map(add, range(10))]


def test_of_many_who_remember_one_thing_at_once_one_is_first(raced):
    assert sorted(raced(add_at_once)) == [False] * 9 + [True]


def test_things_are_remembered_until_their_time_is_over(now):
    cache.set("list", [1.5, 2], 60)
    assert cache.get("list") == [1.5, 2]
    assert not cache.add("list", "x", 60)
    cache.set("past", "x", -1)
    assert cache.get("past", "nothing") == "nothing"
    assert cache.add("past", "new", 60)
    assert cache.get("past") == "new"
    assert cache.delete("past")
    assert not cache.delete("past")
    cache.set("past", "x", -1)
    remembering.forget(now)
    assert Remembered.objects.count() == 1


# A new password by mail


@pytest.fixture
def mails(settings, mailoutbox, editor, monkeypatch):
    """The mail of a site with a server for it; it is sent before the answer, so that tests need not wait."""
    settings.EMAIL = {"EMAIL_HOST": "mail.example.org"}
    get_user_model().objects.filter(pk=editor.pk).update(email="Edith@Example.org")

    class AtOnce:
        def __init__(self, target, args):
            self.start = lambda: target(*args)

    monkeypatch.setattr(accounts.threading, "Thread", AtOnce)
    return mailoutbox


RESET = "/accounts/password/reset/"


def test_a_new_password_can_be_chosen_by_mail_once(client, app, mails, settings):
    settings.SITE_URL = "https://www.example.org"
    other = seat(Client(), app)
    answer = client.post(RESET, {"email": "edith@example.ORG"}, headers={"host": "localhost"})
    assert answer.url == f"{RESET}done/"
    [mail] = mails
    assert mail.to == ["Edith@Example.org"]
    path = re.search(r"https://www\.example\.org(/accounts/\S+)", mail.body)[1]
    form = client.get(path, follow=True)
    chosen = {"password1": "another-long-one", "password2": "another-long-one"}
    assert client.post(form.redirect_chain[-1][0], chosen).url == f"{RESET}key/done/"
    assert not is_in(other)
    assert not is_in(client)
    assert sign_in(client, password="another-long-one").url == SECOND
    assert "no longer valid" in Client().get(path, follow=True).content.decode()


@pytest.mark.parametrize("email", ["nobody@example.org", "edith@example.org"])
def test_whether_there_is_an_account_does_not_show(client, mails, email):
    others = [client.post(RESET, {"email": address}) for address in ("a@example.org", email)]
    assert others[0].url == others[1].url
    assert {*others[0].headers} == {*others[1].headers}
    assert [{*answer.cookies} for answer in others] == [set(), set()]
    assert same_bytes(client.get(others[0].url)) == same_bytes(Client().get(others[1].url))
    assert len(mails) == (email == "edith@example.org")


@pytest.mark.parametrize("email", ["nobody@example.org", "edith@example.org"])
def test_nobody_is_sent_more_than_five_an_hour(client, mails, email):
    answers = [client.post(RESET, {"email": email}).status_code for _time in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mails) <= 5


@pytest.mark.parametrize("email", ["", "x", "\0", "a@b", "x" * 5000])
def test_what_is_no_address_is_asked_again(client, mails, email):
    assert client.post(RESET, {"email": email}).status_code == 200
    assert mails == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"password": "!"}])
def test_who_may_not_sign_in_gets_no_mail(client, editor, mails, change):
    get_user_model().objects.filter(pk=editor.pk).update(**change)
    assert client.post(RESET, {"email": "edith@example.org"}).url == f"{RESET}done/"
    assert mails == []


def test_mail_that_can_not_be_sent_is_logged_and_answered_as_ever(client, mails, monkeypatch, caplog):
    monkeypatch.setattr(accounts.EmailMessage, "send", lambda self: (_ for _ in ()).throw(ConnectionError("refused")))
    assert client.post(RESET, {"email": "edith@example.org"}).url == f"{RESET}done/"
    assert "could not be sent: refused" in caplog.text


@pytest.mark.parametrize("path", ["1-x/", "1-set-password/", "zzzzzzzzzzzzzzzzzzzz-abc-def/", "1-%00/"])
def test_a_forged_address_is_no_longer_valid(client, editor, path):
    answer = client.get(f"{RESET}key/{path}")
    assert answer.status_code in (200, 404)
    assert client.post(f"{RESET}key/{path}", {"password1": "x"}).status_code in (200, 404)


def test_a_site_without_mail_says_whom_to_ask(client, editor, mailoutbox):
    assert "This site sends no mail" in client.get(RESET).content.decode()
    assert client.post(RESET, {"email": "edith@example.org"}).status_code == 403
    assert mailoutbox == []


# Sessions


def test_sessions_are_listed_without_where_they_came_from(client, editor):
    sign_in(Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="192.0.2.7"))
    sign_in(client)
    page = client.get("/accounts/sessions/").content.decode()
    assert "Firefox, Linux" in page
    assert page.count("<li>") == 2
    kept = json.dumps([row.get_decoded() for row in Session.objects.all()])
    assert "192.0.2.7" not in kept + page
    assert "Mozilla" not in kept + page
    assert not any(key in page for key in Session.objects.values_list("session_key", flat=True))


def test_one_session_can_be_ended_and_all_others(client, editor):
    others = [Client() for _number in range(3)]
    for one in (*others, client):
        sign_in(one)
    listed = re.findall(r'name="session" value="(\w+)"', client.get("/accounts/sessions/").content.decode())
    assert len(listed) == 3
    assert client.post("/accounts/sessions/", {"session": listed[0]}).status_code == 302
    assert [is_in(one) for one in others].count(True) == 2
    assert is_in(client)
    client.post("/accounts/sessions/")
    assert not any(map(is_in, others))
    assert is_in(client)


def test_nobody_can_end_sessions_of_others(client, editor):
    other = Client()
    other.force_login(make_role("Editor", "Otto"))
    client.force_login(editor)
    handle = sessions.handle(other.session.session_key)
    for session in (handle, "x", "", other.session.session_key):
        client.post("/accounts/sessions/", {"session": session})
    assert is_in(other)


def test_a_session_in_which_nobody_signed_in_lasts_an_hour(client, app):
    sign_in(client)  # and no second step
    assert Session.objects.get().expire_date < timezone.now() + timedelta(hours=1, seconds=1)


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_who_is_switched_off_is_out_at_once_and_for_good(admin_client, editor, field):
    client = Client()
    client.force_login(editor)
    path = f"/admin/auth/user/{editor.pk}/change/"
    fields = {"username": "Edith", "is_active": "on", "is_staff": "on", "groups": [editor.groups.get().pk]}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    assert admin_client.post(path, {k: v for k, v in (fields | joined).items() if k != field}).status_code == 302
    assert not is_in(client)
    get_user_model().objects.filter(pk=editor.pk).update(**{field: True})
    assert not is_in(client)


def test_a_change_of_roles_takes_effect_at_once(client, editor):
    client.force_login(editor)
    assert client.get(ADD).status_code == 200
    editor.groups.set(Group.objects.filter(name="Reviewer"))
    assert client.get(ADD).status_code == 403
    get_user_model().objects.filter(pk=editor.pk).update(is_staff=False)
    assert client.get("/admin/").status_code == 302


def test_a_new_password_ends_the_other_sessions(client, editor):
    other = Client()
    sign_in(other)
    sign_in(client)
    changed = {"oldpassword": PASSWORD, "password1": "another-long-one", "password2": "another-long-one"}
    assert client.post("/accounts/password/change/", changed).status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert client.get("/accounts/sessions/").content.decode().count("<li>") == 1


def test_administrators_help_who_lost_a_second_factor(admin_client, client, app):
    seat(client, app)
    action = {"action": "take_second_factors", "_selected_action": [app.pk]}
    assert admin_client.post("/admin/auth/user/", action).status_code == 302
    assert not Authenticator.objects.exists()
    assert not is_in(client)


def test_only_administrators_take_second_factors_away(client, app):
    from tests.factories import make_staff

    client.force_login(make_staff("Clerk", "change_user", "view_user"))
    client.post("/admin/auth/user/", {"action": "take_second_factors", "_selected_action": [app.pk]})
    assert Authenticator.objects.exists()


def test_the_desk_shows_no_second_factors(admin_client, app):
    assert admin_client.get("/admin/mfa/authenticator/").status_code == 404
    assert admin_client.get("/admin/account/emailaddress/").status_code == 404


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_browsers_are_called_as_people_call_them(agent, name):
    assert sessions.browser_of(agent) == name


# The operator's way


def recover(*arguments):
    out = StringIO()
    call_command("recover_access", *arguments, stdout=out)
    return out.getvalue()


def test_the_operator_lets_somebody_in_again(client, app, required):
    seat(client, app)
    for _try in range(6):
        sign_in(Client(), password="wrong")
    said = recover("Edith")
    password = re.search(r"Password: (\S+)", said)[1]
    assert not is_in(client)
    assert sign_in(client, password=password).status_code == 302
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"


def test_the_operator_makes_an_administrator_of_an_account_that_is_off(client, editor):
    get_user_model().objects.update(is_active=False, is_staff=False)
    assert "with --administrator it can sign in" in recover("Edith")
    password = re.search(r"Password: (\S+)", recover("Edith", "--administrator"))[1]
    assert sign_in(client, password=password).status_code == 302
    assert client.get("/admin/auth/user/").status_code == 200


def test_the_operator_is_told_which_accounts_there_are(editor):
    with pytest.raises(CommandError, match=r"no account “edit”\. The accounts are: Edith"):
        recover("edit")


def test_an_address_is_that_of_the_network_alone(rf):
    assert get_adapter().get_client_ip(rf.get("/", headers={"x-forwarded-for": "192.0.2.1"})) == "127.0.0.1"
