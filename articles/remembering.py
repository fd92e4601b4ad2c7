"""What is remembered for minutes, exactly, by all workers of all machines: Django's cache, in rows.

Sign-in asks it how often somebody failed, and whether a code was used. It is asked seldom, so that it needs no other
server, and goes on when the shared cache of CACHE_URL can't be reached.
"""

import json
from datetime import timedelta

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from articles.models import Remembered
from articles.prepared import adapted

# One statement each, so that of two who add the same one alone is told that it did.
SET = """
INSERT INTO articles_remembered (key, value, ends_at) VALUES (%(key)s, %(value)s, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
"""
ADD = f"{SET} WHERE articles_remembered.ends_at <= %(now)s RETURNING key"


class Cache(BaseCache):
    """A cache of what JSON can write. Keys name people and networks, so only their keyed hashes are kept."""

    def __init__(self, location, params):
        super().__init__(params)

    def make_key(self, key, version=None):
        return salted_hmac("articles.remembering", super().make_key(key, version), algorithm="sha256").hexdigest()

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with connection.cursor() as cursor:
            cursor.execute(ADD, self.row(key, value, timeout, version))
            return cursor.fetchone() is not None

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with connection.cursor() as cursor:
            cursor.execute(SET, self.row(key, value, timeout, version))

    def get(self, key, default=None, version=None):
        kept = Remembered.objects.filter(key=self.make_key(key, version), ends_at__gt=timezone.now()).first()
        return json.loads(kept.value) if kept else default

    def delete(self, key, version=None):
        deleted, _of_what = Remembered.objects.filter(key=self.make_key(key, version)).delete()
        return deleted > 0

    def clear(self):
        Remembered.objects.all().delete()

    def row(self, key, value, timeout, version):
        now = timezone.now()
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        ends_at = now + timedelta(seconds=seconds)
        row = {"key": self.make_key(key, version), "value": json.dumps(value), "ends_at": ends_at, "now": now}
        return {name: adapted(it) for name, it in row.items()}


def forget(now):
    """Delete what is no longer remembered."""
    Remembered.objects.filter(ends_at__lte=now).delete()
