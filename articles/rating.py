"""What readers say of an article: one vote per voter and article, known by a cookie's hash alone."""

import hashlib
import math
import re
from contextlib import nullcontext
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from articles import windows
from articles.models import Reason, Tally, Vote
from articles.models.voting import day_of
from articles.prepared import NUMBER, Prepared, adapted
from articles.turns import turn

CHOICES = [
    (1, _("Not at all helpful")),
    (2, _("A little helpful")),
    (3, _("Fairly helpful")),
    (4, _("Helpful")),
    (5, _("Very helpful")),
]
COOKIE_AGE = timedelta(days=90)
SHOW_AVERAGE_FROM = 10  # votes; fewer say little and could give away a single reader's
LIMIT_WINDOW = timedelta(hours=1)
DOUBLE_CLICK_WINDOW = timedelta(seconds=2)
TOKEN = re.compile(r"[0-9a-f]{64}")
WHOLE = "_article"  # stands for all sections together; no section's key begins with a dash below
FELL_SHORT = (Reason.HARD, Reason.MISSING, Reason.WRONG, Reason.NOT_MINE, Reason.DID_NOT_HELP)
DID_WELL = (Reason.CLEAR, Reason.EASED, Reason.KNOW_MORE)


class TooManyVotes(Exception):
    """A network has voted as often as it may; `retry_after` says in how many seconds it may again."""

    def __init__(self, retry_after):
        super().__init__(retry_after)
        self.retry_after = retry_after


class NotOffered(Exception):
    """A reader named a section or a reason that their vote does not offer."""


def hashed(token):
    """Return what is stored of a voter's cookie. It has 256 bits of chance, so a plain hash can't be undone."""
    return hashlib.sha256(token.encode()).hexdigest()


def network(address):
    """Return the network that one reader's address stands for: an IPv4 address, or an IPv6 /64."""
    # Some proxies write the port too: 192.0.2.1:4711 or [2001:db8::1]:4711.
    host = address.partition("]")[0].lstrip("[") if address.startswith("[") else address
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ip_network((ip, 64 if ip.version == 6 else 32), strict=False))


def count_vote(source, now):
    """Count one more vote of a network, or raise TooManyVotes."""
    # Keyed with the day, so that a network can't be followed from one day to the next.
    window = windows.enter("limit", now.date().isoformat(), source, length=LIMIT_WINDOW, now=now, step=1)
    if window.count > settings.VOTES_PER_HOUR:
        raise TooManyVotes(math.ceil((window.ends_at - now).total_seconds()))


def new_token(article_id, source, browser, now):
    """Return a first-time voter's cookie, the same one for a double click.

    Posts of one network and browser on one article within two seconds get the same, whichever process
    serves them. The seed is forgotten with the window, and with it what ties the cookie to a network.
    """
    window = windows.enter("click", source, browser, article_id, length=DOUBLE_CLICK_WINDOW, now=now, step=0)
    return salted_hmac("articles.vote", window.key + window.seed, algorithm="sha256").hexdigest()


# Django's bulk_create says the same, but takes several times as long, while others wait for their turn.
STORE = """
INSERT INTO articles_vote (article_id, revision_id, voter, value, section, reason, created_at, updated_at, day)
VALUES (%(article)s, %(revision)s, %(voter)s, %(value)s, '', '', %(now)s, %(now)s, %(day)s)
ON CONFLICT (article_id, voter) DO UPDATE SET
    revision_id = excluded.revision_id, value = excluded.value, updated_at = excluded.updated_at, day = excluded.day
"""


def store(vote):
    """Add a vote, or let it replace the one of the same voter."""
    with connection.cursor() as cursor:
        cursor.execute(STORE, {name: adapted(value) for name, value in vote.items()})


def cast(article_id, revision_id, value, *, token, address, browser):
    """Store a reader's vote and return the token for their cookie.

    The revision is the one they read; `token` is their cookie, or anything else when they have none yet.
    A second vote of the same voter on the same article replaces the first. Raises TooManyVotes.
    """
    source = network(address)
    # SQLite lets those that wait to write look again and again, ever more seldom. A turn wakes the next one at once.
    with turn("votes") if connection.vendor == "sqlite" else nullcontext(), transaction.atomic():
        now = timezone.now()
        count_vote(source, now)
        is_known = TOKEN.fullmatch(token)
        if not is_known:
            token = new_token(article_id, source, browser, now)
        vote = {"article": article_id, "revision": revision_id, "voter": hashed(token), "value": value}
        store(vote | {"now": now, "day": day_of(now)})
        if is_known:  # who has no cookie yet has told nothing
            drop_what_no_longer_fits(article_id, vote["voter"])
        return token


def fell_short(vote):
    """Return whether a vote says that the article could have been more helpful."""
    return vote.value <= 3


def reasons(vote):
    """Return the reasons that a vote offers."""
    return FELL_SHORT if fell_short(vote) else DID_WELL


def sections(vote):
    """Return what a vote offers to name as (key, heading): the whole of what was read, and its sections in order."""
    if not fell_short(vote):
        return []
    return [(WHOLE, _("The whole article")), *((row["key"], row["heading"]) for row in vote.revision.sections)]


@transaction.atomic
def tell(token, article_id, **said):
    """Keep with a reader's vote what they say of it: a `section`, a `reason`, or both; "" takes one back.

    Return the vote, or None when the cookie stands for none. Raises NotOffered. The time of the vote stays, so
    that it and its cookie still end together; and no limit is asked, since all this can change is that one row.
    """
    own = Vote.objects.filter(article=article_id, voter=hashed(token)).select_related("revision")
    vote = own.select_for_update(of=("self",)).first()
    if vote is None:
        return None
    offered = {"section": dict(sections(vote)), "reason": reasons(vote)}
    if any(value and value not in offered[name] for name, value in said.items()):
        raise NotOffered(said)
    for name, value in said.items():
        setattr(vote, name, value)
    vote.save(update_fields=list(said))
    return vote


def drop_what_no_longer_fits(article_id, voter):
    """Take off a vote that was just cast the section and the reason that it does not offer any more.

    The vote's row is locked, so nothing is told in between.
    """
    told = Vote.objects.filter(article=article_id, voter=voter).exclude(section="", reason="").first()
    if told is None:
        return
    told.section = told.section if told.section in dict(sections(told)) else ""
    told.reason = told.reason if told.reason in reasons(told) else ""
    told.save(update_fields=["section", "reason"])


def vote_of(token, article_id):
    """Return the vote that a cookie stands for, with the revision that was read, or None."""
    if not token:
        return None
    return Vote.objects.filter(article=article_id, voter=hashed(token)).select_related("revision").first()


def withdraw(token, article_id):
    """Delete the vote that a cookie stands for, and what was told with it."""
    Vote.objects.filter(article=article_id, voter=hashed(token)).delete()


def counts(*by, where=None):
    """Return how many votes say the same: rows of the fields named in `by`, with `votes`.

    Votes and what they were folded into come from one statement, so that a fold at that moment neither hides a vote
    nor counts it twice. What is of both has a row of each: add them up. `where` is a Q of the fields that both have.
    """
    where = where or Q()
    votes = Vote.objects.filter(where).order_by().values(*by).annotate(votes=Count("pk"))
    folded = Tally.objects.filter(where).order_by().values(*by).annotate(votes=Sum("count"))
    return votes.union(folded, all=True)


VALUES = Prepared(lambda article: counts("value", where=Q(article=article)), article=NUMBER)


def summary(article_id):
    """Return {"average", "count"} of an article's votes, or None while there are too few to show."""
    rows = VALUES(article=article_id)
    count = sum(votes for _value, votes in rows)
    if count < SHOW_AVERAGE_FROM:
        return None
    return {"average": sum(value * votes for value, votes in rows) / count, "count": count}
