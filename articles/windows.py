"""How often a network did something since a moment, exactly, whichever process of whichever machine it asked.

It is kept in the shared cache where CACHE_URL names one, else, and while that can't be reached, in rows.
"""

import contextlib
import logging
import secrets
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from articles.prepared import adapted

logger = logging.getLogger(__name__)
with contextlib.suppress(ImportError):  # it is there where CACHE_URL is
    from redis.exceptions import RedisError

# One statement, so that it is exact: the row stays locked until the transaction ends.
ENTER = """
INSERT INTO articles_window (key, opened_at, seed, count) VALUES (%(key)s, %(now)s, %(seed)s, %(step)s)
ON CONFLICT (key) DO UPDATE SET
    opened_at = CASE WHEN articles_window.opened_at <= %(old)s THEN %(now)s ELSE articles_window.opened_at END,
    seed = CASE WHEN articles_window.opened_at <= %(old)s THEN %(seed)s ELSE articles_window.seed END,
    count = %(step)s + CASE WHEN articles_window.opened_at <= %(old)s THEN 0 ELSE articles_window.count END
RETURNING opened_at, seed, count
"""
FORGET = """
DELETE FROM articles_window WHERE id IN (
    SELECT id FROM articles_window WHERE (count = 0 AND opened_at < %(clicks)s) OR opened_at < %(others)s
    LIMIT 100 {held}
)
"""


class Window(NamedTuple):
    """What is known of a time that began when something happened first; `seed` is by chance, and new with each."""

    key: str
    opened_at: datetime
    seed: str
    count: int


def enter(*parts, length, now, step):
    """Return the Window of what `parts` name, with `step` more counted; one of `length` or older begins anew.

    Must run in a transaction.
    """
    key = salted_hmac("articles.window", repr(parts), algorithm="sha256").hexdigest()
    seed = secrets.token_hex(16)
    if settings.IS_CACHE_SHARED:
        try:
            return shared(key, seed, length, now, step)
        except RedisError as error:
            logger.error("The shared cache can't be used, so the database stands in for it: %s", error)
    return kept(key, seed, length, now, step)


def shared(key, seed, length, now, step):
    """Return the Window from the shared cache, where each of these calls is one step that nothing comes between."""
    seconds = length.total_seconds()
    cache.add(key, (now, seed), seconds)
    opened_at, seed = cache.get(key, (now, seed))
    cache.add(f"{key}.{seed}", 0, seconds + 1)  # it must not end before the other
    return Window(key, opened_at, seed, cache.incr(f"{key}.{seed}", step))


def kept(key, seed, length, now, step):
    """Return the Window from its row."""
    values = {"key": key, "seed": seed, "now": now, "old": now - length, "step": step}
    with connection.cursor() as cursor:
        cursor.execute(ENTER, {name: adapted(value) for name, value in values.items()})
        opened_at, seed, count = cursor.fetchone()
    if timezone.is_naive(opened_at):  # as SQLite keeps it
        opened_at = timezone.make_aware(opened_at, connection.timezone)
    return Window(key, opened_at, seed, count)


def forget(*, clicks, others):
    """Delete rows that were opened before a moment: those that count nothing, and all others.

    Locked rows are left to a later call, so nobody waits for it.
    """
    held = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(FORGET.format(held=held), {"clicks": adapted(clicks), "others": adapted(others)})
