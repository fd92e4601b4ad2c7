"""The work list by e-mail, to those of the staff who may mend it: daily or weekly, where an operator switched it on."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import work_list
from articles.models import Chore

TASKS = 10  # that a message lists
HOUR = 6  # from which on it is sent, in the site's time zone
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class NotSent(Exception):
    """The mail server took one message or more not, or there is none; the sentence says why."""


def send_due():
    """Send what is due by DIGEST: each day from six o'clock on, or each week from Monday's."""
    now = timezone.localtime()
    since = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if settings.DIGEST == "weekly":
        since -= timedelta(days=since.weekday())
    if since <= now:
        send(since)


def send(since=None):
    """Send the digest to whoever got none since a moment (default: today's beginning); return how many were sent.

    Raises NotSent when there is no mail server, or it can't be reached or refuses a message; what it took stays sent.
    """
    if not settings.EMAIL:
        raise NotSent(_("There is no mail server. Set EMAIL_URL: docs/settings.md says how."))
    since = since or timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent, refused = 0, []
    for user in recipients():
        message = message_to(user)
        if message is None or not (chore := claim(user, since)):
            continue
        try:
            sent += message.send()
        except (OSError, ValueError) as error:  # SMTPException is an OSError
            Chore.objects.filter(pk=chore.pk).update(done_at=chore.done_at)  # as if it had not been tried
            refused.append(f"{user.get_username()}: {error or type(error).__name__}")
            if not isinstance(error, SMTPRecipientsRefused):
                break  # the server is at fault, not the address
    if refused:
        words = {"sent": sent, "reasons": "; ".join(refused)}
        raise NotSent(_("The mail server did not take the digest (%(reasons)s). Sent before: %(sent)d.") % words)
    return sent


def claim(user, since):
    """Return the Chore that says when somebody got the last digest, if it is this process that sends the next."""
    name = f"digest for {user.pk}"
    chore, _created = Chore.objects.get_or_create(name=name, defaults={"done_at": NEVER})
    mine = Chore.objects.filter(pk=chore.pk, done_at=chore.done_at, done_at__lt=since)
    return chore if mine.update(done_at=timezone.now()) else None


def recipients():
    """Return the active staff with an address who may mend something."""
    staff = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
    return [user for user in staff if work_list.bands(user)]


def message_to(user):
    """Return the message for somebody, or None when nothing needs doing that they may do."""
    choice = work_list.Choice(user)
    counts = {kind: count for kind, count in choice.counts().items() if count}
    if not counts:
        return None
    context = {
        "site": settings.SITE_NAME,
        "counts": [(kind.label, work_list.in_words(count)) for kind, count in counts.items()],
        "lines": work_list.shown(choice.slice(counts, 0, TASKS), user, choice.now),
        "start": settings.SITE_URL,
        "list": reverse("admin:index"),
    }
    words = {"site": settings.SITE_NAME, "number": work_list.in_words(*counts.values())}
    subject = ngettext("%(site)s: %(number)s thing to do", "%(site)s: %(number)s things to do", sum(counts.values()))
    return EmailMessage(subject % words, render_to_string("admin/digest.txt", context), to=[user.email])
