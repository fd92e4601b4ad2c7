"""Signing in again: what was typed comes back as the filled form, is never lost, and never saved by itself."""

import re
from html import unescape

import pytest
from django.test import Client

from articles.models import Article, Event, Topic
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_role

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-one"
ADD = "/admin/articles/topic/add/"
TYPED = {"name": "Feet & toes", "slug": "feet", "description": "“All” about <feet>", "language": "en-gb"}


@pytest.fixture
def desk(editor):
    """A browser that must send the token of its pages, signed in as the editor."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    return client


def fields(response):
    """Return what the answer's hidden fields would post, by name."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', response.content.decode()):
        found.setdefault(unescape(name), []).append(unescape(value))
    return found


def shown(response, name):
    """Return what a field of the form says, text as it is typed."""
    html = response.content.decode()
    area = re.search(rf'<textarea name="{name}"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)
    text = area or re.search(rf'<input type="\w+" name="{name}" value="([^"]*)"', html)
    return unescape(text[1]) if text else None


def token(client):
    return fields(client.get(ADD))["csrfmiddlewaretoken"][0]


def sign_out(client):
    """End the session as time does: the browser keeps the other cookies."""
    del client.cookies["sessionid"]


def send(client, path=ADD, data=TYPED):
    """Type a form while signed in, be signed out, and send it."""
    data = data | {"csrfmiddlewaretoken": token(client)}
    sign_out(client)
    return client.post(path, data)


def sign_in(client, asked, path=ADD, name="Edith", password=PASSWORD):
    return client.post(path, fields(asked) | {"_again-login": name, "_again-password": password})


def test_a_form_sent_after_being_signed_out_asks_to_sign_in_and_keeps_everything(desk):
    asked = send(desk)
    assert asked.status_code == 403
    assert "no-store" in asked["Cache-Control"]
    assert "Nothing you typed is lost. Sign in, and you are back in the filled form." in asked.content.decode()
    assert {name: fields(asked)[name] for name in TYPED} == {name: [value] for name, value in TYPED.items()}
    assert not Topic.objects.exists()


def test_signing_in_again_leads_to_the_filled_form_which_is_not_saved(desk):
    form = sign_in(desk, send(desk))
    assert form.status_code == 200
    assert "You are signed in again. Nothing is saved yet: check the form, then save it." in form.content.decode()
    written = [name for name in TYPED if name != "language"]  # that is chosen
    assert [shown(form, name) for name in written] == [TYPED[name] for name in written]
    assert "errornote" not in form.content.decode()
    assert not Topic.objects.exists()


def test_the_filled_form_can_be_saved(desk):
    form = sign_in(desk, send(desk))
    saved = desk.post(ADD, TYPED | {"csrfmiddlewaretoken": fields(form)["csrfmiddlewaretoken"][0]})
    assert saved.status_code == 302
    assert Topic.objects.get().name == "Feet & toes"


def test_mistakes_in_the_filled_form_are_said(desk):
    form = sign_in(desk, send(desk, data=TYPED | {"slug": "not a slug"}))
    assert "Enter a valid “slug”" in form.content.decode()


def test_a_wrong_password_asks_again_keeps_everything_and_repeats_no_password(desk):
    asked = sign_in(desk, send(desk), password="hunter-2")
    assert asked.status_code == 403
    assert "The name or the password is not right" in asked.content.decode()
    assert "hunter-2" not in asked.content.decode()
    assert shown(sign_in(desk, asked), "name") == "Feet & toes"


@pytest.mark.parametrize(("name", "password"), [("", ""), ("Edith", ""), ("\0", "\0"), ("x" * 500, PASSWORD)])
def test_names_and_passwords_that_can_not_be_right_ask_again(desk, name, password):
    asked = sign_in(desk, send(desk), name=name, password=password)
    assert asked.status_code == 403
    assert 'role="alert"' in asked.content.decode()
    assert fields(asked)["name"] == ["Feet & toes"]


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_only_staff_can_sign_in_again(desk, editor, change):
    asked = send(desk)
    type(editor).objects.update(**change)
    assert sign_in(desk, asked).status_code == 403
    assert "sessionid" not in desk.cookies or not desk.cookies["sessionid"].value


def test_somebody_who_may_not_change_it_is_refused_after_signing_in(desk):
    asked = send(desk)
    make_role("Reviewer", "Rita")
    assert sign_in(desk, asked, name="Rita").status_code == 403
    assert not Topic.objects.exists()


def test_signing_in_again_from_another_site_is_refused(desk):
    asked = send(desk)
    forged = fields(asked) | {"csrfmiddlewaretoken": "a" * 64, "_again-login": "Edith", "_again-password": PASSWORD}
    assert not desk.post(ADD, forged).wsgi_request.user.is_authenticated
    origin = desk.post(ADD, forged, headers={"Origin": "https://evil.example"})
    assert "This form has expired" in origin.content.decode()


def test_an_article_comes_back_with_its_added_deleted_and_moved_sections(desk):
    article = make_article(sections=[(letter, f"Text of {letter}.") for letter in "AB"])
    changes = {
        0: {"body": "Mine.\r\n\r\n  Second line", "position": 2},
        1: {"DELETE": "on"},
        2: {"heading": "C", "body": "Added.", "position": 1},
    }
    path = change_path(article)
    form = sign_in(desk, send(desk, path, form_of(article, changes)), path)
    assert shown(form, "sections-0-body") == "Mine.\n\n  Second line"
    assert [shown(form, f"sections-{index}-position") for index in (0, 2)] == ["2", "1"]
    assert shown(form, "sections-2-heading") == "C"
    assert re.search(r'name="sections-1-DELETE"[^>]* checked', form.content.decode())
    assert [section.body for section in article.sections.all()] == ["Text of A.", "Text of B."]


def test_a_hundred_full_sections_come_back(desk):
    article = make_article(sections=["x"] * 100)
    full = {index: {"body": "wörd " * 8_300} for index in range(100)}
    path = change_path(article)
    asked = send(desk, path, form_of(article, full))
    form = sign_in(desk, asked, path)
    assert fields(asked)["sections-99-body"] == ["wörd " * 8_300]
    assert form.content.decode().count("wörd " * 8_300) >= 100


def test_names_that_are_sent_several_times_are_all_kept(desk):
    asked = send(desk, data=TYPED | {"authors": ["1", "2", "3"], 'a"><script>': "<script>"})
    assert fields(asked)["authors"] == ["1", "2", "3"]
    assert "<script>" not in asked.content.decode().replace("<script src", "")


def test_a_save_that_was_asked_for_before_is_not_made_by_signing_in(desk):
    article = make_article()
    path = change_path(article)
    data = form_of(article, {0: {"body": "New."}}, _publish="1")
    sign_in(desk, send(desk, path, data), path)
    assert article.revisions.count() == 1
    assert article.sections.get().body == "Rest your feet."


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin/articles/contributor/add/", "interests"),
        ("/admin/articles/sitestatement/0/change/", "funding"),
        ("/admin/articles/article/add/", "summary"),
        ("/admin/articles/article/{article}/move/withdraw/", "reason"),
        ("/admin/articles/article/{article}/move/add_note/", "text"),
        ("/admin/articles/article/{article}/links/", "days"),
    ],
)
def test_every_form_of_the_desk_comes_back_and_nothing_is_done(desk, path, name):
    article = make_article()
    path = path.format(article=article.pk)
    events = Event.objects.count()
    form = sign_in(desk, send(desk, path, {name: "12"}), path)
    assert "You are signed in again. Nothing is saved yet" in form.content.decode()
    assert shown(form, name) == "12"
    assert Event.objects.count() == events
    assert Article.objects.get().withdrawn_at is None


@pytest.mark.parametrize("path", ["/admin/logout/", "/admin/password_change/", "/admin/auth/group/1/delete/"])
def test_other_forms_lead_to_the_login_page_or_home_as_ever(desk, path):
    response = send(desk, path, {"old_password": "hunter-2", "new_password1": "hunter-3"})
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/")


def test_a_form_with_a_password_is_not_repeated(desk):
    response = send(desk, "/admin/auth/user/add/", {"username": "Mallory", "password1": "hunter-2"})
    assert response.status_code == 302


# With the token from before signing in again


def stale(client, path=ADD, data=TYPED, **headers):
    return client.post(path, data | {"csrfmiddlewaretoken": "a" * 64}, headers=headers)


def test_a_form_from_before_signing_in_again_leads_back_to_the_filled_form(desk):
    desk.get(ADD)
    page = stale(desk)
    assert page.status_code == 403
    assert "Go back to my form" in page.content.decode()
    assert "password" not in page.content.decode()
    form = desk.post(ADD, fields(page))
    assert "Your text is back in the form. Nothing is saved yet" in form.content.decode()
    written = [name for name in TYPED if name != "language"]  # that is chosen
    assert [shown(form, name) for name in written] == [TYPED[name] for name in written]
    assert not Topic.objects.exists()


def test_a_form_whose_cookies_are_gone_can_still_be_signed_in_for(desk):
    desk.cookies.clear()
    asked = stale(desk)
    assert "Sign in, and you are back in the filled form" in asked.content.decode()
    assert shown(sign_in(desk, asked), "name") == "Feet & toes"
    assert not Topic.objects.exists()


def test_signing_in_elsewhere_while_being_asked_to_sign_in_leads_back_too(desk, editor):
    asked = send(desk)
    desk.force_login(editor)
    page = stale(desk, data=fields(asked) | {"_again-login": "Edith", "_again-password": "hunter-2"})
    assert "Go back to my form" in page.content.decode()
    assert "hunter-2" not in page.content.decode()
    assert fields(page)["_again"] == ["1"]


def test_nothing_that_another_site_sends_comes_back(desk):
    desk.get(ADD)
    for client in (desk, Client(enforce_csrf_checks=True)):
        for page in (stale(client, Origin="https://evil.example"), stale(client, **{"Sec-Fetch-Site": "cross-site"})):
            assert page.status_code == 403
            assert "This form has expired" in page.content.decode()
            assert "Feet" not in page.content.decode()


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/logout/", "/admin/auth/group/1/delete/", "/about/"])
def test_other_forms_expire_as_before(desk, path):
    page = stale(desk, path)
    assert page.status_code == 403
    assert "This form has expired" in page.content.decode()
    assert "Feet" not in page.content.decode()


# What the browser kept


def test_what_the_browser_kept_comes_back_unsaved(desk):
    form = desk.post(ADD, TYPED | {"_again": "1", "csrfmiddlewaretoken": token(desk), "kept_draft": "a" * 32})
    assert shown(form, "name") == "Feet & toes"
    assert f'data-unsaved="{"a" * 32}"' in form.content.decode()
    assert not Topic.objects.exists()


def test_what_was_kept_of_an_earlier_version_comes_back_joined_with_what_others_saved(desk, editor):
    article = make_article(sections=[("A", "Old."), ("B", "Old.")])
    path = change_path(article)
    other = Client()
    other.force_login(editor)
    mine = form_of(article, {0: {"body": "Mine."}}, _again="1", csrfmiddlewaretoken=token(desk))
    other.post(path, form_of(article, {1: {"body": "Theirs."}}))
    form = desk.post(path, mine)
    assert [shown(form, f"sections-{index}-body") for index in (0, 1)] == ["Mine.", "Theirs."]
    assert [section.body for section in article.sections.all()] == ["Old.", "Theirs."]


def test_a_save_tells_the_browser_which_text_is_saved(editor_client):
    saved = editor_client.post(ADD, TYPED | {"kept_draft": "0123456789abcdef" * 2})
    cookie = saved.cookies["draft_" + "0123456789abcdef" * 2]
    assert (cookie["path"], cookie["samesite"]) == ("/admin/", "Strict")
    refused = editor_client.post(ADD, TYPED | {"kept_draft": "f" * 32})
    assert "draft_" + "f" * 32 not in refused.cookies


@pytest.mark.parametrize("draft", ["", "a", "A" * 32, "a" * 33, "a=b; Path=/", "\r\nSet-Cookie: x=y", "a" * 31 + "\n"])
def test_a_forged_name_of_a_kept_text_sets_no_cookie(editor_client, draft):
    saved = editor_client.post(ADD, TYPED | {"kept_draft": draft})
    assert saved.status_code == 302
    assert not [name for name in saved.cookies if name.startswith("draft_")]


def test_an_article_that_is_saved_says_so_too(editor_client):
    data = form_of(None, {0: {"heading": "A", "body": "B"}}, title="New", slug="new", summary="S", kept_draft="a" * 32)
    saved = editor_client.post("/admin/articles/article/add/", data)
    assert Article.objects.count() == 1
    assert "draft_" + "a" * 32 in saved.cookies
