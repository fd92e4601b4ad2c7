"""For how long caches may hold a page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import caching

NOW = timezone.now()


@pytest.mark.parametrize(
    ("left", "held"),
    [
        (None, [20, 20, 86_400]),
        (timedelta(days=2), [20, 20, 86_400]),
        (timedelta(seconds=100), [20, 20, 60]),
        (timedelta(seconds=30), [20, 10, 0]),
        (timedelta(seconds=7, milliseconds=900), [7, 0, 0]),
        (timedelta(0), [0, 0, 0]),
        (-timedelta(hours=1), [0, 0, 0]),
    ],
)
def test_no_cache_shows_a_page_beyond_its_next_known_change(monkeypatch, left, held):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    parts = caching.header(NOW + left if left is not None else None).split(", ")
    assert parts[:3] == ["public", "max-age=0", "must-revalidate"]
    assert dict(part.split("=") for part in parts[3:]) == dict(
        zip(("s-maxage", "stale-while-revalidate", "stale-if-error"), map(str, held), strict=True)
    )
