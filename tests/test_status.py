"""The operator's page: how the site does, for superusers alone."""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.utils import timezone

from articles import chores, condition, policy_reports
from articles.models import Chore

pytestmark = pytest.mark.django_db
PAGE = "/admin/status/"


@pytest.fixture
def operator(client):
    client.force_login(get_user_model().objects.create_superuser("Olga"))
    return client


def text(client):
    response = client.get(PAGE)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode().partition('id="content-main"')[2]))


def test_it_is_for_superusers_alone(client, editor):
    assert client.get(PAGE).status_code == 302
    client.force_login(editor)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()


def test_the_desks_first_page_leads_to_it(operator):
    assert f'<a href="{PAGE}">How the site does</a>' in operator.get("/admin/").content.decode()


def test_it_tells_versions_database_cache_disk_backup_and_chores(operator):
    found = text(operator)
    for said in ("Cramps 0.1.0", "Python 3.", "Django 5.2", "free", "Pages in memory", "Check of links", "Never yet"):
        assert said in found
    assert {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor] in found
    assert "None that this machine knows of" in found
    assert "Run “manage.py backup”" in found
    assert "Nothing was reported" in found


def test_the_last_backup_is_told_and_an_old_one_warned_of(operator, settings):
    path = settings.DATA_DIR / "last_backup.json"
    path.write_text(json.dumps({"at": (timezone.now() - timedelta(hours=3)).isoformat()}))
    assert "3 hours ago" in text(operator).replace("\xa0", " ")
    assert "manage.py backup" not in text(operator)
    path.write_text(json.dumps({"at": (timezone.now() - timedelta(days=3)).isoformat()}))
    assert "Run “manage.py backup” now" in text(operator)


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"at": 3}', '{"at": "soon"}'])
def test_a_note_that_can_not_be_read_is_no_backup(settings, note):
    (settings.DATA_DIR / "last_backup.json").write_text(note)
    assert condition.last_backup() is None


def test_chores_that_are_overdue_say_what_to_do(operator):
    now = timezone.now()
    for job in chores.JOBS:
        Chore.objects.create(name=job.name, done_at=now - timedelta(minutes=1))
    assert not [chore.name for chore in condition.chores_now() if chore.is_overdue]
    assert "Overdue" not in text(operator)
    Chore.objects.filter(name="votes").update(done_at=now - timedelta(hours=26))
    assert [chore.name for chore in condition.chores_now() if chore.is_overdue] == ["votes"]
    assert "manage.py chores votes" in text(operator)
    Chore.objects.filter(name="digest").update(done_at=now - timedelta(days=90))  # which is switched off
    assert [chore.name for chore in condition.chores_now() if chore.is_overdue] == ["votes"]


def test_what_was_never_done_is_overdue_once_the_site_is_old_enough():
    now = timezone.now()
    assert not any(chore.is_overdue for chore in condition.chores_now(now - timedelta(days=9000)))
    late = {chore.name for chore in condition.chores_now(now + timedelta(days=2))}
    assert late == {job.name for job in chores.JOBS}


def test_a_failing_chore_is_overdue_only_when_it_goes_on_failing():
    """A failure is kept as a time from which it is due again in ten minutes."""
    job = chores.JOBS[0]
    Chore.objects.create(name=job.name, done_at=timezone.now() - job.every + chores.RETRY)
    assert not next(chore for chore in condition.chores_now() if chore.name == job.name).is_overdue


def test_little_room_and_a_database_in_trouble_say_what_to_do(operator, monkeypatch):
    monkeypatch.setattr(condition.shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000_000))
    monkeypatch.setattr(condition, "database_trouble", lambda: "the database can't be used: gone")
    found = text(operator)
    assert "Make room" in found
    assert "the database itself: the database can&#x27;t be used: gone" in found
    assert re.search(r"\d things need you", found)


def test_a_shared_cache_that_is_away(operator, settings, monkeypatch):
    def away(key):
        raise OperationalError("gone")

    settings.IS_CACHE_SHARED = True
    monkeypatch.setattr("articles.admin.status.cache", SimpleNamespace(get=away))
    assert "Start Redis or Valkey" in text(operator)
    monkeypatch.setattr("articles.admin.status.cache", SimpleNamespace(get=lambda key: None))
    assert "Answers" in text(operator)


def test_reports_on_the_policy_are_listed_escaped_and_can_be_removed(operator):
    at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    policy_reports.add([("img-src", "https://<b>.example", "/about/", None)] * 3, at)
    found = operator.get(PAGE).content.decode()
    assert "https://&lt;b&gt;.example" in found
    assert "/about/" in found
    assert "4 May 2026" in found
    assert operator.post(PAGE).status_code == 302
    assert policy_reports.kept() == []
    assert "Nothing was reported." in text(operator)
