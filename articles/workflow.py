"""The workflow: the states, the moves between them, and who may make each. One table, which the code
asks, a test walks and the diagram in docs/publishing.md is drawn from.
"""

from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import State

SUBMIT = "articles.submit_article"
REVIEW = "articles.review_article"
PUBLISH = "articles.publish_article"
WITHDRAW = "articles.withdraw_article"
DELETE = "articles.delete_article"
CLOCK = ""  # nobody makes the move: its time comes

DRAFT, IN_REVIEW, CHANGES_REQUESTED, APPROVED = (
    State.DRAFT,
    State.IN_REVIEW,
    State.CHANGES_REQUESTED,
    State.APPROVED,
)
SCHEDULED, PUBLISHED, EXPIRED, WITHDRAWN, DELETED = (
    State.SCHEDULED,
    State.PUBLISHED,
    State.EXPIRED,
    State.WITHDRAWN,
    State.DELETED,
)


class Move(NamedTuple):
    """From which states a move leads to which, and the permission of those who may make it."""

    name: str
    sources: tuple
    target: State
    permission: str


MOVES = [
    Move("submit", (DRAFT,), IN_REVIEW, SUBMIT),
    Move("take_back", (IN_REVIEW, CHANGES_REQUESTED, APPROVED), DRAFT, SUBMIT),
    Move("sign", (IN_REVIEW, APPROVED), APPROVED, REVIEW),
    Move("sign", (SCHEDULED,), SCHEDULED, REVIEW),
    Move("sign", (PUBLISHED,), PUBLISHED, REVIEW),
    Move("request_changes", (IN_REVIEW, APPROVED, SCHEDULED), CHANGES_REQUESTED, REVIEW),
    Move("request_changes", (PUBLISHED,), PUBLISHED, REVIEW),
    Move("publish", (DRAFT, IN_REVIEW, APPROVED, SCHEDULED), PUBLISHED, PUBLISH),
    Move("schedule", (DRAFT, IN_REVIEW, APPROVED, SCHEDULED), SCHEDULED, PUBLISH),
    Move("cancel", (SCHEDULED,), DRAFT, PUBLISH),
    Move("come_out", (SCHEDULED,), PUBLISHED, CLOCK),
    Move("add_note", (PUBLISHED,), PUBLISHED, PUBLISH),
    Move("warn", (PUBLISHED,), PUBLISHED, PUBLISH),
    Move("clear_warning", (PUBLISHED,), PUBLISHED, PUBLISH),
    Move("set_expiry", (PUBLISHED, EXPIRED), PUBLISHED, PUBLISH),
    Move("expire", (PUBLISHED,), EXPIRED, CLOCK),
    Move("withdraw", (PUBLISHED, EXPIRED), WITHDRAWN, WITHDRAW),
    Move("put_back", (WITHDRAWN,), PUBLISHED, WITHDRAW),
    Move("delete", (DRAFT, WITHDRAWN), DELETED, DELETE),
    Move("undelete", (DELETED,), DRAFT, DELETE),  # an article that was once public comes back as withdrawn
]

# What each role may do; a migration gives these to the groups of the same names, and a test compares.
ROLES = {
    "Author": {
        *("view_article", "add_article", "change_article", "submit_article", "view_topic", "view_contributor"),
        *("view_picture", "add_picture", "change_picture"),
        "view_term",
        *(f"{action}_{model}" for action in ("view", "add", "change", "delete") for model in ("section", "source")),
    },
    "Reviewer": {"view_article", "review_article", "view_section", "view_source"},
}
ROLES["Editor"] = ROLES["Author"] | {
    *("publish_article", "withdraw_article", "delete_article"),
    *("add_topic", "change_topic", "delete_topic"),
    *("add_term", "change_term", "delete_term"),
    *("add_contributor", "change_contributor", "delete_contributor"),
    *("view_sitestatement", "change_sitestatement", "view_event", "delete_picture"),
}

# How the audit and the buttons name what was done; the first group are moves, the second everything else.
LABELS = {
    "submit": gettext_lazy("Submit for review"),
    "take_back": gettext_lazy("Take back to draft"),
    "sign": gettext_lazy("Sign a review"),
    "request_changes": gettext_lazy("Ask for changes"),
    "publish": gettext_lazy("Publish"),
    "schedule": gettext_lazy("Publish at a time"),
    "cancel": gettext_lazy("Cancel the scheduled publication"),
    "come_out": gettext_lazy("Its time comes"),
    "add_note": gettext_lazy("Add a public note"),
    "warn": gettext_lazy("Mark as no longer true"),
    "clear_warning": gettext_lazy("Take “no longer true” away"),
    "set_expiry": gettext_lazy("Set when it expires"),
    "expire": gettext_lazy("Its time is over"),
    "withdraw": gettext_lazy("Withdraw"),
    "put_back": gettext_lazy("Put back"),
    "delete": gettext_lazy("Delete"),
    "undelete": gettext_lazy("Undo the deletion"),
    "save": gettext_lazy("Save"),
    "restore": gettext_lazy("Restore an earlier version"),
    "rebase": gettext_lazy("Carry a correction over"),
    "replace": gettext_lazy("Replace words or a link"),
    "duplicate": gettext_lazy("Duplicate"),
    "import": gettext_lazy("Import"),
    "translate": gettext_lazy("Begin a translation"),
    "link": gettext_lazy("Make a link"),
    "revoke": gettext_lazy("Revoke a link"),
    "accept_correction": gettext_lazy("Accept a reviewer's correction"),
    "decline_correction": gettext_lazy("Decline a reviewer's correction"),
    "contributor": gettext_lazy("Change a contributor"),
    "topic": gettext_lazy("Change a topic"),
    "picture": gettext_lazy("Change the library of pictures"),
    "replace_picture": gettext_lazy("Replace a picture"),
    "term": gettext_lazy("Change the glossary"),
    "address": gettext_lazy("Change an article's address, topic or language"),
    "statement": gettext_lazy("Change the site statement"),
    "keep": gettext_lazy("Keep what a check found"),
    "stop_keeping": gettext_lazy("Take back why a finding is kept"),
    "sample": gettext_lazy("Make a sample article"),
}


class Refused(Exception):
    """A move that can't be made; `reasons` says why, a sentence each. Nothing was changed."""

    def __init__(self, reasons):
        super().__init__(" ".join(str(reason) for reason in reasons))
        self.reasons = reasons


def state_of(revision, at=None):
    """Return the State of a revision at a time (default: now), as its article's times make it."""
    at = at or timezone.now()
    article = revision.article
    if article.deleted_at:
        return DELETED
    if revision.state != PUBLISHED:
        return State(revision.state)
    if revision.published_at > at:
        return SCHEDULED
    if article.withdrawn_at:
        return WITHDRAWN
    return EXPIRED if article.expires_at and article.expires_at <= at else PUBLISHED


def find(name, state):
    """Return the Move of a name from a state, or None."""
    return next((move for move in MOVES if move.name == name and state in move.sources), None)


def may(name, user):
    """Return whether someone may make a move, state aside. None stands for the site's own commands."""
    permission = next(move.permission for move in MOVES if move.name == name)
    return bool(permission) and (user is None or user.has_perm(permission))


def require(name, revision, by):
    """Return the Move that `by` makes with a revision, or raise Refused."""
    if not may(name, by):
        raise Refused([_("You are not allowed to do this: “%(move)s”.") % {"move": LABELS[name]}])
    state = state_of(revision)
    move = find(name, state)
    if move is None:
        words = {"move": LABELS[name], "number": revision.number, "state": state.label}
        raise Refused([_("“%(move)s” is not possible now. Version %(number)d is: %(state)s.") % words])
    return move


def diagram():
    """Return the workflow as a Mermaid state diagram, who may make a move in brackets.

    A move that leads nowhere else stands in the box of its state.
    """
    lines, arrows = [], {}
    for move in MOVES:
        words = f"{LABELS[move.name]} ({who_may(move)})"
        for source in move.sources:
            arrows.setdefault((source, move.target), []).append(words)
    for state in State:
        lines += [f"{state}: {words}" for words in (state.label, *arrows.pop((state, state), []))]
    lines += [f"{source} --> {target}: {'<br>'.join(words)}" for (source, target), words in arrows.items()]
    return "\n    ".join(["stateDiagram-v2", f"[*] --> {DRAFT}: {LABELS['save']} (Author, Editor)", *lines])


def who_may(move):
    """Return the roles that may make a move, in words."""
    roles = [role for role, granted in ROLES.items() if move.permission.removeprefix("articles.") in granted]
    return ", ".join(sorted(roles)) or "the clock"
