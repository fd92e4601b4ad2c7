"""The workflow's one table: every state, every move and every role, as the code makes them."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from articles import publishing, workflow
from articles.models import Article, Contributor, Event, Link, Review, Revision, Section, SiteStatement, Source, State
from articles.workflow import MOVES, ROLES, Refused, find, may, state_of
from tests.factories import make_article, make_contributor, make_role

pytestmark = pytest.mark.django_db

NOBODY, ADMINISTRATOR = "nobody", "administrator"
BY_CLOCK = {move.name for move in MOVES if move.permission == workflow.CLOCK}


def later(**duration):
    return timezone.now() + timedelta(**duration)


def sign(article, by, correct_until=True):
    day = timezone.localdate() + timedelta(days=30) if correct_until else None
    reviewer, _created = Contributor.objects.get_or_create(name="Dr Rosa Test")
    publishing.review(publishing.newest(article), contributor=reviewer, by=by, correct_until=day)


# What each move of the table is in the code
ACTIONS = {
    "submit": lambda article, by: publishing.submit(article, by=by),
    "take_back": lambda article, by: publishing.take_back(article, by=by),
    "sign": sign,
    "request_changes": lambda article, by: sign(article, by, correct_until=False),
    "publish": lambda article, by: publishing.publish(article, by=by),
    "schedule": lambda article, by: publishing.publish(article, by=by, at=later(hours=2)),
    "cancel": lambda article, by: publishing.cancel(article, by=by),
    "add_note": lambda article, by: publishing.add_note(article, by=by, text="A note"),
    "warn": lambda article, by: publishing.warn(article, by=by, text="Not so"),
    "clear_warning": lambda article, by: publishing.clear_warning(article, by=by),
    "set_expiry": lambda article, by: publishing.set_expiry(article, by=by, at=later(days=1)),
    "withdraw": lambda article, by: publishing.withdraw(article, by=by, reason="Wrong"),
    "put_back": lambda article, by: publishing.put_back(article, by=by),
    "delete": lambda article, by: publishing.delete(article, by=by),
    "undelete": lambda article, by: publishing.undelete(article, by=by),
}

# How an article comes to stand in each state: the moves that lead there from a draft
PATHS = {
    State.DRAFT: [],
    State.IN_REVIEW: ["submit"],
    State.CHANGES_REQUESTED: ["submit", "request_changes"],
    State.APPROVED: ["submit", "sign"],
    State.SCHEDULED: ["schedule"],
    State.PUBLISHED: ["publish", "warn"],  # so that there is a banner to take away
    State.EXPIRED: ["publish", "set_expiry"],
    State.WITHDRAWN: ["publish", "withdraw"],
    State.DELETED: ["delete"],
}


def article_in(state):
    """Return an article that stands in a state."""
    make_contributor()
    article = make_article(published=False)
    publishing.record(article, by=None)
    for name in PATHS[state]:
        ACTIONS[name](article, None)
    if state == State.EXPIRED:
        Article.objects.update(expires_at=later(seconds=-1))
    return article


def standing(article):
    """Return the revision that says where an article stands: the public one, else the newest."""
    article = Article.objects.get(pk=article.pk)
    revision = publishing.last_public(article) or publishing.newest(article)
    return Revision.objects.select_related("article").get(pk=revision.pk)


def everything():
    """Return all rows that a move could change."""
    models = (Article, Section, Source, Revision, Review, Link, Event, Contributor, SiteStatement)
    return {model: list(model.objects.order_by("pk").values()) for model in models} | {
        "authors": list(Article.authors.through.objects.values())
    }


def user_of(role):
    if role == NOBODY:
        return get_user_model().objects.create_user("Nemo", is_staff=True)
    if role == ADMINISTRATOR:
        return get_user_model().objects.create_superuser("Root")
    return make_role(role)


def may_by_table(role, move):
    return role == ADMINISTRATOR or move.permission.removeprefix("articles.") in ROLES.get(role, ())


@pytest.mark.parametrize("role", [*ROLES, NOBODY, ADMINISTRATOR])
@pytest.mark.parametrize("state", State)
def test_each_move_is_made_as_the_table_says_and_a_refused_one_changes_nothing(state, role):
    article, user = article_in(state), user_of(role)
    assert state_of(standing(article)) == state
    before = everything()
    for name, act in ACTIONS.items():
        move = find(name, state)
        with transaction.atomic():
            if move and may_by_table(role, move):
                act(article, user)
                came_to = State.WITHDRAWN if name == "undelete" and article.revisions.public().exists() else move.target
                assert state_of(standing(article)) == came_to, name
                assert Event.objects.first().action == name
            else:
                with pytest.raises(Refused) as refusal:
                    act(article, user)
                assert refusal.value.reasons, name
                assert all(str(reason).endswith(".") for reason in refusal.value.reasons), refusal.value.reasons
                assert everything() == before, name
            transaction.set_rollback(True)
        assert everything() == before


def test_every_move_is_tried_above_or_made_by_the_clock():
    assert set(ACTIONS) | BY_CLOCK == {move.name for move in MOVES}
    assert set(ACTIONS) & BY_CLOCK == set()


def test_every_state_can_be_reached_from_a_draft():
    reached = {State.DRAFT}
    for _step in State:
        reached |= {move.target for move in MOVES if reached & set(move.sources)}
    assert reached == set(State) == set(PATHS)


@pytest.mark.parametrize("role", [*ROLES, NOBODY, ADMINISTRATOR])
def test_nobody_makes_a_move_of_the_clock(role):
    user = user_of(role)
    assert not any(may(name, user) or may(name, None) for name in BY_CLOCK)


def test_the_clock_makes_its_moves():
    revision = standing(article_in(State.SCHEDULED))
    assert state_of(revision) == State.SCHEDULED
    assert state_of(revision, at=revision.published_at) == find("come_out", State.SCHEDULED).target
    publishing.publish(revision.article, by=None, expires_at=later(hours=1))
    revision = standing(revision.article)
    assert state_of(revision, at=revision.article.expires_at) == find("expire", State.PUBLISHED).target


@pytest.mark.parametrize("path", [["publish", "withdraw", "delete"], ["delete"]])
def test_an_undone_deletion_shows_readers_nothing(path):
    article = article_in(State.DRAFT)
    for name in [*path, "undelete"]:
        ACTIONS[name](article, None)
    assert state_of(standing(article)) == (State.WITHDRAWN if "publish" in path else State.DRAFT)
    assert not Revision.objects.published().exists()


@pytest.mark.parametrize("role", ROLES)
def test_a_group_may_do_what_the_table_says_and_no_more(role):
    granted = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    assert set(granted) == {("articles", codename) for codename in ROLES[role]}


def test_there_are_no_other_groups():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_every_move_has_a_label():
    assert {move.name for move in MOVES} <= set(workflow.LABELS)


def test_the_diagram_in_the_docs_is_drawn_from_the_table(settings):
    text = (settings.BASE_DIR / "docs" / "publishing.md").read_text(encoding="utf-8")
    drawn = text.partition("```mermaid\n")[2].partition("\n```")[0]
    redraw = (
        "Redraw it: .venv/bin/python manage.py shell -v0 -c 'from articles import workflow; print(workflow.diagram())'"
    )
    assert drawn == workflow.diagram(), redraw
