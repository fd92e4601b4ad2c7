"""From the first tables to the newest, with an article that was published, one that was changed, and a draft."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from articles import publishing
from articles.models import Article, Event, Revision, SiteStatement, State, Vote
from articles.workflow import ROLES, state_of
from tests.factories import make_staff

FIRST = [("articles", "0001_initial")]
LONG_AGO = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
TABLES = ("Article", "Section", "Revision", "Vote", "FormerSlug", "Topic")


def migrate(targets=None):
    """Bring the database to some migrations (default: the newest), and return the models of that time."""
    executor = MigrationExecutor(connection)
    return executor.migrate(targets or executor.loader.graph.leaf_nodes()).apps


def make(apps, slug, *, body, published=None, by=None):
    """Return an article as the first tables had it, with a section; `published` is the text that is out."""
    names = ("Article", "Section", "Revision")
    articles, sections, revisions = (apps.get_model("articles", name).objects for name in names)
    article = articles.create(title=slug.title(), slug=slug, also_called="x, y", summary="All of it.")
    sections.create(article=article, key="rest", kind="act_now", position=1, heading="Rest", body=body)
    if published is not None:
        revisions.create(
            article=article,
            number=1,
            title=slug.title(),
            also_called="x, y",
            summary="All of it.",
            sections=[{"key": "rest", "kind": "act_now", "heading": "Rest", "body": published}],
            note="First version",
            created_by_id=by,
            published_at=LONG_AGO,
        )
    return article


@pytest.fixture(scope="module")
def moved(django_db_setup, django_db_blocker):
    """The rows of a site from when it had the first tables, and from now that it has the newest and can be asked.

    The tests of it have no mark for the database, so that none which needs what a new site has comes after them.
    """
    with django_db_blocker.unblock():
        old = migrate(FIRST)
        make_site(old)
        before = {name: rows(old, name) for name in TABLES}
        new = migrate()
        call_command("reindex", missing=True, verbosity=0)
        yield before, {name: rows(new, name) for name in TABLES}
        call_command("flush", interactive=False, verbosity=0)


def make_site(apps):
    Group.objects.all().delete()
    Group.objects.create(name="Editor")  # a site may have made one itself
    editor = make_staff("Edith").pk
    live = make(apps, "live", body="Sit down.", published="Sit down.", by=editor)
    make(apps, "changed", body="Sit up.", published="Sit down.")
    make(apps, "draft", body="Nobody reads this.")
    revision = apps.get_model("articles", "Revision").objects.get(article=live)
    apps.get_model("articles", "Vote").objects.create(article=live, revision=revision, voter="v", value=4)
    apps.get_model("articles", "FormerSlug").objects.create(article=live, slug="older")


def rows(apps, name):
    """Return the rows of a table, by id, as a model of some time has them."""
    return {row["id"]: row for row in apps.get_model("articles", name).objects.values()}


def test_nothing_is_lost(moved):
    before, after = moved
    for name in TABLES:
        for pk, row in before[name].items():
            assert {field: after[name][pk][field] for field in row} == row
    assert Vote.objects.get().revision == Revision.objects.get(article__slug="live")


def test_readers_read_and_find_what_they_read_before(moved, client):
    assert "Changed" in client.get("/articles/").content.decode()
    assert "<mark>Sit</mark> down." in client.get("/search/?q=sit").content.decode()
    bodies = {revision.title: revision.sections[0]["body"] for revision in Revision.objects.published()}
    assert bodies == {"Live": "Sit down.", "Changed": "Sit down."}
    for slug, status in (("live", 200), ("changed", 200), ("draft", 404)):
        response = client.get(f"/articles/{slug}/")
        assert response.status_code == status
        assert ("Sit down." in response.content.decode()) == (status == 200)
    assert client.get("/articles/older/")["Location"] == "/articles/live/"


def test_every_working_copy_is_a_version_with_its_place_in_the_workflow(moved):
    for article in Article.objects.all():
        newest = publishing.newest(article)
        assert newest.same_text(Revision.of(article))
        assert publishing.record(article, by=None) == newest
    places = {(revision.article.slug, revision.number): state_of(revision) for revision in Revision.objects.all()}
    assert places == {
        ("live", 1): State.PUBLISHED,
        ("changed", 1): State.PUBLISHED,
        ("changed", 2): State.DRAFT,
        ("draft", 1): State.DRAFT,
    }
    assert Revision.objects.get(article__slug="live").public_note == "First version"


def test_the_audit_the_roles_and_the_statement_begin_with_what_was_there(moved):
    events = Event.objects.order_by("article__slug").values_list("article__slug", "action", "who", "at", "note")
    assert list(events) == [
        ("changed", "publish", "The site itself", LONG_AGO, "First version"),
        ("live", "publish", "Edith", LONG_AGO, "First version"),
    ]
    granted = {group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}
    assert granted == ROLES
    statement = SiteStatement.objects.get()
    assert len(statement.safety_lines) == 3
    assert "No substitute for a doctor" in statement.about


@pytest.mark.django_db(transaction=True)
def test_a_site_without_articles_comes_along_too():
    apps = migrate(FIRST)
    assert not apps.get_model("articles", "Article").objects.exists()
    migrate()
    assert (Revision.objects.count(), Event.objects.count(), SiteStatement.objects.count()) == (0, 0, 1)
