"""How often a network did something since a moment, exactly, whichever process of whichever machine it asked.

It is kept in the shared cache where CACHE_URL names one, else, and while that can't be reached, in rows.
"""

import contextlib
import logging
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from articles.prepared import adapted

logger = logging.getLogger(__name__)
with contextlib.suppress(ImportError):  # it is there where CACHE_URL is
    from redis.exceptions import RedisError

# One statement, so that it is exact: the row stays locked until the transaction ends. A row that ends later than one
# that begins now has been made while the clock was ahead; the clocks of machines may differ a little.
ENTER = """
INSERT INTO articles_window (key, ends_at, seed, count) VALUES (%(key)s, %(ends_at)s, %(seed)s, %(step)s)
ON CONFLICT (key) DO UPDATE SET
    ends_at = CASE WHEN {over} THEN excluded.ends_at ELSE articles_window.ends_at END,
    seed = CASE WHEN {over} THEN excluded.seed ELSE articles_window.seed END,
    count = excluded.count + CASE WHEN {over} THEN 0 ELSE articles_window.count END
RETURNING ends_at, seed, count
""".replace("{over}", "articles_window.ends_at <= %(now)s OR articles_window.ends_at > %(latest)s")
APART = timedelta(minutes=1)  # that the clocks of two machines may be
FORGET = """
DELETE FROM articles_window
WHERE id IN (SELECT id FROM articles_window WHERE ends_at <= %(now)s LIMIT 5000 {held})
"""


class Window(NamedTuple):
    """What is known of a time that began when something happened first; `seed` is by chance, and new with each."""

    key: str
    ends_at: datetime
    seed: str
    count: int


def enter(*parts, length, now, step):
    """Return the Window of what `parts` name, with `step` more counted; one that has ended begins anew.

    Must run in a transaction.
    """
    key = salted_hmac("articles.window", repr(parts), algorithm="sha256").hexdigest()
    begun = Window(key, now + length, secrets.token_hex(16), step)
    if settings.IS_CACHE_SHARED:
        try:
            return shared(begun, length.total_seconds())
        except RedisError as error:
            logger.error("The shared cache can't be used, so the database stands in for it: %s", error)
    return kept(begun, now)


def shared(begun, seconds):
    """Return the Window from the shared cache, where each of these calls is one step that nothing comes between."""
    cache = caches["shared"]
    cache.add(begun.key, (begun.ends_at, begun.seed), seconds)
    ends_at, seed = cache.get(begun.key, (begun.ends_at, begun.seed))
    counter = f"{begun.key}.{seed}"
    cache.add(counter, 0, seconds + 1)  # it must not end before the other
    return Window(begun.key, ends_at, seed, cache.incr(counter, begun.count))


def kept(begun, now):
    """Return the Window from its row."""
    values = {"key": begun.key, "ends_at": begun.ends_at, "seed": begun.seed, "step": begun.count, "now": now}
    values["latest"] = begun.ends_at + APART
    with connection.cursor() as cursor:
        cursor.execute(ENTER, {name: adapted(value) for name, value in values.items()})
        ends_at, seed, count = cursor.fetchone()
    if timezone.is_naive(ends_at):  # as SQLite keeps it
        ends_at = timezone.make_aware(ends_at, connection.timezone)
    return Window(begun.key, ends_at, seed, count)


def forget(now):
    """Delete rows that have ended. Locked ones are left to a later call, so nobody waits for it."""
    held = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(FORGET.format(held=held), {"now": adapted(now)})
