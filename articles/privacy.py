"""What the site stores of people, why and for how long: the page /about/privacy/ is made of this.

Tests compare it with the tables' fields and with the cookies that are set, so that nothing is stored unsaid.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from articles import desk_messages, offline, rating, vote_views
from articles.views import share


class Kept(NamedTuple):
    """Fields of a table, by name ("*": all that it has), and what is said of them."""

    table: str
    fields: tuple
    said: object  # a sentence, or a function that returns one

    def __str__(self):
        return str(self.said() if callable(self.said) else self.said)


class Cookie(NamedTuple):
    """A cookie by its name, or by how its name begins, why it is set and for how long."""

    name: str
    why: object
    until: object

    def is_named(self, name):
        return name == self.name or (self.name.endswith("…") and name.startswith(self.name[:-1]))


def of_cookie():
    return ngettext(
        "a cookie in your browser, for %(days)s day after you last rated, so that you can see, change or withdraw "
        "your rating. We keep only a fingerprint of it, from which the cookie can't be worked out. It is sent to "
        "that one article's rating page and nowhere else, so your ratings of two articles can't be linked;",
        "a cookie in your browser, for %(days)s days after you last rated, so that you can see, change or withdraw"
        " your rating. We keep only a fingerprint of it, from which the cookie can't be worked out. It is sent to "
        "that one article's rating page and nowhere else, so your ratings of two articles can't be linked;",
        rating.COOKIE_AGE.days,
    ) % {"days": rating.COOKIE_AGE.days}


def of_counts():
    return ngettext(
        "soon after those %(days)s day, only how many ratings of a version and a day said the same. The "
        "fingerprint and the time are deleted then, so the rating stays counted, and nobody can see, change or "
        "withdraw it any more;",
        "soon after those %(days)s days, only how many ratings of a version and a day said the same. The "
        "fingerprint and the time are deleted then, so the rating stays counted, and nobody can see, change or "
        "withdraw it any more;",
        rating.COOKIE_AGE.days,
    ) % {"days": rating.COOKIE_AGE.days}


RATED = [
    Kept(
        "articles.Vote",
        ("article", "revision", "value", "created_at", "updated_at", "day"),
        _("the number you chose, the article and the version of it that you read, and when;"),
    ),
    Kept(
        "articles.Vote",
        ("section", "reason"),
        _(
            "if you answer the question that follows, the section and the reason that you chose, with the rating and "
            "for as long. There is no field for words of your own, so nothing that names you can be in it;"
        ),
    ),
    Kept("articles.Vote", ("voter",), of_cookie),
    Kept("articles.Tally", ("article", "revision", "day", "value", "section", "reason", "count"), of_counts),
    Kept(
        "articles.Window",
        ("key", "ends_at", "seed", "count"),
        _(
            "scrambled marks of your network and browser, so that a double click counts once and one network can't "
            "send too many ratings. They are no address. They are needed for two seconds and for an hour, and go with "
            "the next rating that anyone sends after that."
        ),
    ),
]
WRITERS = [
    Kept(
        "auth.User",
        (
            *("username", "first_name", "last_name", "email", "password", "is_active", "is_staff", "is_superuser"),
            *("date_joined", "last_login", "groups", "user_permissions"),
        ),
        _(
            "your account: your name, your e-mail address if you gave one, a scrambled form of your password, what you"
            " may do, when the account was made and when you last signed in, until an administrator deletes it;"
        ),
    ),
    *(
        Kept(
            table,
            ("*",),
            _("that you are signed in, since when and in which browser, for two weeks or until you sign out;"),
        )
        for table in ("articles.Session", "sessions.Session")  # Django's own is empty
    ),
    Kept(
        "mfa.Authenticator",
        ("*",),
        _("your second factors: what your app or your device and we know of each other, until you remove them;"),
    ),
    Kept(
        "articles.Remembered",
        ("*",),
        _("for some minutes, scrambled: how often an account or a network tried a wrong password;"),
    ),
    *(
        Kept(
            table,
            ("*",),
            _("who wrote, reviewed, published or took back what, and when, as long as the text is there;"),
        )
        for table in ("articles.Event", "articles.Revision", "admin.LogEntry")
    ),
    *(
        Kept(
            table,
            ("*",),
            _("what you said of a text, in a review or of a finding, and what is left for you to do;"),
        )
        for table in ("articles.Review", "articles.Answer", "articles.Task", "articles.Link")
    ),
    Kept(
        "articles.Contributor",
        ("*",),
        _("of authors and reviewers, the name, the training and the interests that stand under what they wrote."),
    ),
]
# Nothing of these is of a person, but where the text itself names one.
TEXT = (
    *("Article", "Section", "Source", "FormerSlug", "Topic", "Term", "SiteStatement", "Picture", "PictureUse"),
    *("Rendering", "Edition", "Entry", "Name", "Word", "OutsideLink", "Chore", "ImportedFile"),
)


def cookies():
    """Return all that the site can set."""
    once = _("until you close the browser, or have rated")
    staff = _("whoever signs in to write: that it is you")
    return [
        Cookie(
            vote_views.VOTE_COOKIE,
            _("whoever rates: to see, change or withdraw the rating"),
            _("%(days)d days after the last rating") % {"days": rating.COOKIE_AGE.days},
        ),
        Cookie(
            vote_views.CONFIRM_COOKIE,
            _("whoever rates by a browser that does not say on which page: that the rating is meant"),
            once,
        ),
        Cookie(settings.SESSION_COOKIE_NAME, staff, _("two weeks, or until you sign out")),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            _("whoever signs in to write: that what is sent comes from this site's own forms"),
            _("a year"),
        ),
        Cookie(
            desk_messages.Cookie.cookie_name,
            _("whoever signs in to write: what the next page says of the last"),
            _("until that page is shown"),
        ),
        Cookie(
            "draft_…",
            _("whoever saves a text: so that the browser forgets the copy that it kept"),
            _("a day"),
        ),
    ]


@require_safe
def page(request):
    """The page that says all this to readers."""
    said = list(dict.fromkeys(str(kept) for kept in WRITERS))
    context = {
        "rated": RATED,
        "writers": said,
        "cookies": cookies(),
        "show_average_from": rating.SHOW_AVERAGE_FROM,
        "pages_kept": offline.MOST,
        "host": urlsplit(settings.SITE_URL).hostname,
    }
    return share(render(request, "articles/privacy.html", context))
