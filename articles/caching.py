"""For how long caches may hold what everybody may read."""

from django.utils import timezone

FRESH = 20  # seconds that a shared cache answers without asking
STALE = 20  # seconds more, while it asks
# Together with as many in the server's own cache, whose text is always the newest, what readers say is a minute old.
ALONE = 86_400  # seconds more, while the site can't be reached


def header(until=None):
    """Return a Cache-Control by which a browser asks each time, and no cache outlives a page's next known change."""
    left = max(0, int((until - timezone.now()).total_seconds())) if until else FRESH + STALE + ALONE
    # Without must-revalidate, browsers take the stale-while-revalidate for themselves and show an old text once more.
    parts = ["public", "max-age=0", "must-revalidate"]
    for name, most in (("s-maxage", FRESH), ("stale-while-revalidate", STALE), ("stale-if-error", ALONE)):
        seconds = min(most, left)
        parts.append(f"{name}={seconds}")
        left -= seconds
    return ", ".join(parts)
