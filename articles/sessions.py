"""The sessions of people who signed in, so that they can be listed and ended. Nothing is kept of where they came from.

A session's row says whose it is (settings.SESSION_ENGINE). What the list shows was put into the session at sign-in:
the time, and the browser and system in two words; no network address, and not what the browser calls itself in full.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from articles.models import Session

SIGNED_IN = "signed_in"  # when, and with which browser, in a session
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
UNTIL_SIGNED_IN = timedelta(hours=1)  # that a session lasts in which nobody has signed in yet
# What stands in the header, with what people call it; the first that is there is meant
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "FxiOS": "Firefox", "Firefox": "Firefox", "CriOS": "Chrome"}
BROWSERS |= {"Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS"}
SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


class SessionStore(db.SessionStore):
    """Django's own sessions in the database, whose rows say whose they are."""

    @classmethod
    def get_model_class(cls):
        return Session

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.account = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if row.account is None:
            row.expire_date = min(row.expire_date, timezone.now() + UNTIL_SIGNED_IN)
        return row


class SignedIn(NamedTuple):
    """A session of somebody; `handle` names it in a form without giving its key away."""

    handle: str
    at: datetime | None
    browser: str
    is_this: bool


def note(request):
    """Keep in a session that begins when that was, and with which browser."""
    browser = browser_of(request.headers.get("User-Agent", ""))
    request.session[SIGNED_IN] = {"at": timezone.now().isoformat(), "browser": browser}


def browser_of(agent):
    """Return what people call the browser and system that a User-Agent header names, as far as known."""
    found = [next((name for sign, name in signs.items() if sign in agent), "") for signs in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))


def of(user, key):
    """Return the sessions in which somebody is signed in, the newest first; `key` is that of the one that asks."""
    found = []
    for row in Session.objects.filter(account=user.pk, expire_date__gt=timezone.now()):
        data = row.get_decoded()
        if constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            noted = data.get(SIGNED_IN, {})
            at = datetime.fromisoformat(noted["at"]) if noted else None
            found.append(SignedIn(handle(row.session_key), at, noted.get("browser", ""), row.session_key == key))
    return sorted(found, key=lambda session: (session.is_this, session.at or LONG_AGO), reverse=True)


def handle(key):
    return salted_hmac("articles.sessions", key, algorithm="sha256").hexdigest()


def end(user, but=None, only=None):
    """End somebody's sessions: all, all but the one with a key, or only the one with a handle. Return how many."""
    mine = Session.objects.filter(account=user.pk).exclude(session_key=but or "")
    keys = [key for key in mine.values_list("session_key", flat=True) if only in (None, handle(key))]
    deleted, _of_what = mine.filter(session_key__in=keys).delete()
    return deleted


def is_new(request):
    """Return whether somebody signed in less than five minutes ago."""
    noted = request.session.get(SIGNED_IN)
    return bool(noted) and timezone.now() - datetime.fromisoformat(noted["at"]) < timedelta(minutes=5)
