"""What the privacy page says is what is stored: all tables with all their fields, and all cookies."""

import re
from html import escape

import pytest
from django.apps import apps
from django.test import Client

from articles import privacy
from tests.factories import make_article

HERE = {"Sec-Fetch-Site": "same-origin"}


def stored():
    """Return the names of the fields of each table, without their numbers."""
    return {
        model._meta.label: {field.name for field in [*model._meta.concrete_fields, *model._meta.many_to_many]} - {"id"}
        for model in apps.get_models()
    }


def said():
    found = {}
    for table, fields, _said in (*privacy.RATED, *privacy.WRITERS):
        found.setdefault(table, set()).update(fields)
    return found


def test_of_every_table_it_is_known_whom_it_is_about():
    texts = {f"articles.{name}" for name in privacy.TEXT}
    texts |= {"auth.Group", "auth.Permission", "contenttypes.ContentType"}
    texts |= {"account.EmailAddress", "account.EmailConfirmation"}  # they stay empty
    about_people = said()
    assert not texts & about_people.keys()
    assert texts | about_people.keys() == stored().keys()


@pytest.mark.parametrize("table", sorted({kept.table for kept in privacy.RATED} | {"auth.User"}))
def test_every_field_about_readers_and_of_accounts_is_said(table):
    assert said()[table] == stored()[table]


def test_no_table_about_people_has_a_field_for_an_address_of_a_network_or_a_browser():
    asked = re.compile(r"(^|_)(ip|address|agent|browser|referr?er|host)(_|$)")
    assert not {f"{table}.{name}" for table in said() for name in stored()[table] if asked.search(name)}


def test_the_page_says_it(client, db):
    text = " ".join(client.get("/about/privacy/").text.split())
    for kept in (*privacy.RATED, *privacy.WRITERS):
        assert escape(str(kept)) in text
    for cookie in privacy.cookies():
        assert f">{cookie.name}</code>" in text
    assert text.count("who wrote, reviewed, published") == 1


def test_every_cookie_is_said(editor_client, db):
    article = make_article("Rated")
    path, reader = f"/rate/{article.pk}/", Client()
    names = {*reader.post(path, {"value": "4"}).cookies}  # which has to be confirmed
    names |= {*reader.post(path, {"value": "4"}, headers=HERE).cookies}
    assert names == {"confirm", "vote"}
    names |= {*Client().get("/admin/login/", follow=True).cookies}
    names |= {*editor_client.get(f"/admin/articles/article/{article.pk}/change/").cookies, *editor_client.cookies}
    assert names >= {"sessionid", "csrftoken"}
    assert not [name for name in names if not any(cookie.is_named(name) for cookie in privacy.cookies())]


def test_a_reader_who_only_reads_gets_none(client, db):
    make_article("Read")
    for path in ("/", "/articles/read/", "/about/privacy/", "/search/?q=read", "/feed/", "/nowhere/"):
        assert not client.get(path).cookies
