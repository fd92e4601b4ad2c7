"""The work list by e-mail: to whom, what it says, once a day, and a mail server that fails."""

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles import chores, digest, publishing
from articles.models import Chore
from tests.factories import make_article, make_role, make_staff

pytestmark = pytest.mark.django_db


class Refusing(EmailBackend):
    """A mail server that knows nobody called Otto."""

    def send_messages(self, messages):
        if any("otto@" in address for message in messages for address in message.to):
            raise SMTPRecipientsRefused({"otto@example.org": (550, b"No such user")})
        return super().send_messages(messages)


class Down(EmailBackend):
    """A mail server that can't be reached."""

    tried = 0

    def send_messages(self, messages):
        Down.tried += 1
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.EMAIL, settings.DIGEST, settings.SITE_URL = {"set": True}, "daily", "https://health.example"


def person(role, name):
    user = make_role(role, name)
    user.email = f"{name.lower()}@example.org"
    user.save()
    return user


def late(title="Late", days=12):
    return make_article(title, review_due=timezone.localdate() - timedelta(days=days))


def test_an_editor_gets_counts_and_the_first_tasks_with_full_addresses():
    person("Editor", "Edith")
    article = late()
    waits = make_article("Waits", published=False)
    publishing.submit(waits, by=None)
    assert digest.send() == 1
    [message] = mail.outbox
    assert message.to == ["edith@example.org"]
    assert message.subject.startswith("Cramps: ")
    assert "Review overdue: 1\n" in message.body
    assert "Review under way: 1\n" in message.body
    assert "1. Late\n   Review overdue. The first review was due 12 days ago.\n" in message.body
    assert f"Ask for a review: https://health.example/admin/articles/article/{article.pk}/links/\n" in message.body
    assert "All of it: https://health.example/admin/\n" in message.body
    assert (message.content_subtype, message.attachments) == ("plain", [])


def test_it_lists_ten_tasks_and_counts_all():
    person("Editor", "Edith")
    for number in range(12):
        late(f"Late {number}")
    digest.send()
    [message] = mail.outbox
    assert "Review overdue: 12\n" in message.body
    assert "10. Late" in message.body
    assert "11. Late" not in message.body


def test_a_title_is_written_as_it_is():
    person("Editor", "Edith")
    late("Cramps & “aches” <now>", days=1)
    digest.send()
    assert "1. Cramps & “aches” <now>\n" in mail.outbox[0].body


def test_a_reviewer_gets_what_they_can_sign_and_no_more():
    person("Reviewer", "Rosa")
    approved, waits = make_article("Draft", published=False), make_article("Waits", published=False)
    publishing.record(approved, by=None)
    publishing.submit(waits, by=None)
    digest.send()
    [message] = mail.outbox
    assert "1. Waits" in message.body
    assert "2. " not in message.body


def test_who_has_no_address_no_account_or_nothing_to_do_gets_none():
    late()
    make_role("Editor", "Without")
    gone = person("Editor", "Gone")
    gone.is_active = False
    gone.save()
    nobody = make_staff("Vera", "view_article")
    nobody.email = "vera@example.org"
    nobody.save()
    get_user_model().objects.create_user("Reader", email="reader@example.org")
    assert digest.send() == 0
    assert mail.outbox == []


def test_without_a_task_there_is_no_mail():
    person("Reviewer", "Rosa")
    assert digest.send() == 0


def test_nobody_gets_it_twice_on_one_day():
    person("Editor", "Edith")
    late()
    assert [digest.send(), digest.send()] == [1, 0]
    Chore.objects.update(done_at=timezone.now() - timedelta(days=1))
    assert digest.send() == 1


def test_a_server_that_can_not_be_reached_is_told_once_and_tried_again(settings):
    settings.EMAIL_BACKEND, Down.tried = f"{__name__}.Down", 0
    person("Editor", "Edith")
    person("Editor", "Erna")
    late()
    with pytest.raises(CommandError, match=r"The mail server did not take the digest .*Connection refused"):
        call_command("send_digest")
    assert Down.tried == 1  # the others would wait for nothing
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert digest.send() == 2


def test_an_address_that_is_refused_keeps_nobody_else_from_theirs(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    person("Editor", "Otto")
    person("Editor", "Edith")
    late()
    with pytest.raises(digest.NotSent, match="Otto"):
        digest.send()
    assert [message.to for message in mail.outbox] == [["edith@example.org"]]
    with pytest.raises(digest.NotSent):
        digest.send()
    assert len(mail.outbox) == 1


def test_as_a_chore_a_failing_server_is_a_sentence_in_the_log(settings, caplog, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    person("Editor", "Edith")
    late()
    seven = timezone.localtime().replace(hour=7)  # before six nothing is due
    monkeypatch.setattr(timezone, "now", lambda: seven)
    assert chores.run(["digest"]) == ([], ["digest"])
    assert "The mail server did not take the digest" in caplog.text
    assert "Traceback" not in caplog.text


def at(*moment):
    return datetime(*moment, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("often", "moments"),
    [
        ("daily", [(23, 5, 0), (23, 6, 1), (23, 12, 0), (24, 5, 59), (24, 6, 1), (26, 6, 1)]),
        ("weekly", [(23, 5, 0), (23, 6, 1), (23, 12, 0), (24, 7, 1), (29, 9, 0), (30, 6, 1)]),
    ],
)
def test_it_comes_in_the_morning_daily_or_on_mondays(settings, monkeypatch, often, moments):
    settings.DIGEST, settings.TIME_ZONE = often, "Europe/London"
    timezone.get_default_timezone.cache_clear()
    person("Editor", "Edith")
    late()
    Chore.objects.all().delete()
    sent = []
    for day, hour, minute in moments:
        now = at(2026, 11, day, hour, minute)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        before = len(mail.outbox)
        digest.send_due()
        sent.append(len(mail.outbox) - before)
    assert sent == ([0, 1, 0, 0, 1, 1] if often == "daily" else [0, 1, 0, 0, 0, 1])


def test_a_dry_run_prints_all_and_sends_nothing(capsys, settings):
    settings.EMAIL = {}
    person("Editor", "Edith")
    call_command("send_digest", "--dry-run")
    assert "Nothing to send" in capsys.readouterr().out or "To: edith" in capsys.readouterr().out
    late()
    call_command("send_digest", "--dry-run")
    shown = capsys.readouterr().out
    assert "To: edith@example.org\nSubject: Cramps: " in shown
    assert "1. Late" in shown
    assert (mail.outbox, Chore.objects.exists()) == ([], False)


def test_without_a_mail_server_the_command_says_what_to_set(settings):
    settings.EMAIL = {}
    with pytest.raises(CommandError, match="Set EMAIL_URL"):
        call_command("send_digest")
