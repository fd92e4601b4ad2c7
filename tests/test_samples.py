"""Sample data: one of everything, marked and taken away again; and very many articles as publishing makes them."""

import re

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from articles import bulk_samples, library, outside_links, publishing, reports, samples, search, trust, unsampling
from articles.models import (
    Article,
    Contributor,
    Entry,
    Event,
    Name,
    OutsideLink,
    Picture,
    Revision,
    Section,
    State,
    Tally,
    Task,
    Topic,
    Vote,
)
from articles.rules import problems
from articles.workflow import state_of
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def populate(capsys, *args):
    call_command("populate_demo_data", *args)
    return capsys.readouterr().out


def tables():
    """Return how many rows each table of ours has, but for the words that the search learned."""
    models = [model for model in apps.get_app_config("articles").get_models() if model.__name__ != "Word"]
    models.append(get_user_model())
    return {model.__name__: model.objects.count() for model in models}


def article(state):
    row = next(row for row in samples.text()["articles"] if row["state"] == state)
    return Article.objects.get(slug=samples.slug_of(row["title"]))


@pytest.fixture
def populated(capsys):
    call_command("load_first_article")
    return populate(capsys)


# One of everything


def test_there_is_an_article_in_every_state(populated):
    stands = {name: state_of(publishing.last_public(found) or publishing.newest(found)) for name in samples.STATES
              for found in [article(name)]}  # fmt: skip
    for name in set(State.values) & set(stands):
        assert stands[name] == name
    assert article("scheduled").revisions.scheduled().exists()
    assert stands["warned"] == stands["overdue"] == stands["low_rating"] == State.PUBLISHED
    assert article("warned").warned_at
    assert trust.of(publishing.last_public(article("overdue"))).is_overdue
    assert reports.low_rating([article("low_rating").pk])


def test_every_article_says_that_it_is_a_sample(populated, client):
    found = samples.made()
    assert found.count() == 13
    for one in found:
        assert one.title.startswith("Sample: ")
        assert "no health advice" in one.summary or "ليس نصيحة صحية" in one.summary
    assert "sample text, made to try this site out" in client.get("/articles/sample-a-plastic-plant/").content.decode()
    for person in Contributor.objects.all():
        assert (person.name[:7], person.credentials) == ("Sample ", "Sample: not a real person")
    assert all(topic.name.startswith("Sample: ") for topic in Topic.objects.exclude(slug="muscles"))


def test_one_has_all_kinds_of_sections_that_keep_their_rules_and_all_else(populated, client):
    full = article("published")
    sections = list(full.sections.all())
    assert {section.kind for section in sections} == set(Section.Kind.values)
    assert [problem for section in sections for problem in problems(vars(section) | {"postures": "standing"})] == []
    page = client.get("/articles/sample-a-plastic-plant/").content.decode()
    assert "Picture: Sample: drawn by the site" in page
    assert page.count("srcset=") == 2
    assert full.sources.count() == 2
    assert full.answers.count() == 2
    assert full.translations.get().language == "ar"
    assert Vote.objects.filter(article=full).exists()
    assert Tally.objects.filter(article=full).exists()
    assert OutsideLink.objects.filter(articles=full, finding="dead").exists()
    assert library.annotated(Picture.objects).filter(used=False, title__startswith="Sample: ").count() == 1
    assert {kind for kind, _label in Task.Kind.choices} - set(Task.objects.values_list("kind", flat=True)) <= {
        "findings"
    }


def test_nobody_can_sign_in_as_a_sample(populated):
    users = get_user_model().objects.filter(username__startswith="sample-")
    assert {user.groups.get().name for user in users} == set(samples.ROLES)
    assert not any(user.has_usable_password() for user in users)
    assert "manage.py changepassword sample-editor" in populated


def test_what_is_said_to_be_made_is_what_was_made(populated):
    assert populated.startswith(f"{samples.made().count()} sample articles were made")


def test_each_broken_link_says_what_a_check_would_find(populated):
    said = {outside_links.said(link) for link in OutsideLink.objects.exclude(finding="")}
    assert len(said) == 2
    assert "Not checked yet." not in said


def test_a_second_run_makes_nothing_twice(populated, capsys, settings):
    before = tables()
    files = sorted(settings.MEDIA_ROOT.rglob("*"))
    assert "0 sample articles were made" in populate(capsys)
    assert tables() == before
    assert sorted(settings.MEDIA_ROOT.rglob("*")) == files


def test_a_run_that_was_interrupted_is_gone_on_with(populated, capsys):
    before = tables()
    unsampling.remove_articles([article("expired").pk, article("overdue").pk])
    assert "2 sample articles were made" in populate(capsys)
    assert tables() == before


def test_a_site_with_articles_of_its_own_is_left_alone_unless_asked(capsys):
    make_article("Sore feet")
    with pytest.raises(CommandError, match="articles of its own"):
        populate(capsys)
    assert not samples.made().exists()
    populate(capsys, "--yes")
    assert samples.made().exists()


def test_removing_takes_all_samples_and_nothing_else(capsys, settings, editor):
    call_command("load_first_article")
    own = make_article("Sample: mine", slug="sample-mine")
    before = tables()
    populate(capsys, "--yes", "--articles", "3")
    copy = publishing.duplicate(article("published"), by=editor)
    publishing.record(copy, by=editor)
    populate(capsys, "--remove")
    assert set(Article.objects.values_list("slug", flat=True)) == {samples.FIRST, own.slug, copy.slug}
    assert Picture.objects.filter(title="Sample: a plant").exists()  # the copy shows it
    assert len(library.stored()) == 1
    unsampling.remove_articles([copy.pk])
    populate(capsys, "--remove")
    assert tables() == before
    assert library.stored() == {}


def test_a_wrong_number_is_refused(capsys):
    for number in ("-1", "1000000"):
        with pytest.raises(CommandError, match="from 0 to 999999"):
            populate(capsys, "--articles", number)


# Many


def facts(number):
    """Return all that was made of an article by its number, without ids and times."""
    found = Article.objects.get(slug=f"{bulk_samples.STEM}{number:06}")
    revision = found.revisions.get()
    entries = Entry.objects.filter(revision=revision).order_by("key")
    names = Name.objects.filter(revision=revision).order_by("sort")
    unlike = {
        "id",
        "at",
        "created_at",
        "updated_at",
        "published_at",
        "links_noted_at",
        "due",
        "article_id",
        "revision_id",
    }

    def plain(row):
        said = {name: value for name, value in vars(row).items() if name not in unlike and not name.startswith("_")}
        if isinstance(row, Task) and "revision" in row.detail:
            assert row.detail["revision"] == revision.pk
            said |= {"detail": row.detail | {"revision": "its own"}, "day": timezone.localdate(row.due)}
        return said

    rows = [
        found,
        revision,
        *found.authors.all(),
        *found.sections.order_by("position"),
        *entries,
        *names,
        *found.events.order_by("pk"),
    ]
    tasks = found.tasks.order_by("rank", F("person").asc(nulls_first=True))
    return [plain(row) for row in [*rows, *tasks, *found.picture_uses.all()]]


def seen(client, number):
    """Return what readers and programs get of an article, without ids and times."""
    slug = f"{bulk_samples.STEM}{number:06}"
    forms = ("/", ".md", ".json")
    texts = [client.get(f"/articles/{slug}{form}").content.decode() for form in forms]
    return [
        re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+|/rate/\d+/|value=\"\d+\"|data-revision=\"\d+\"", "", text) for text in texts
    ]


def test_what_is_made_many_at_once_is_as_publishing_makes_it(client, capsys):
    populate(capsys, "--articles", "4")
    many, page = facts(3), seen(client, 3)
    found = Article.objects.get(slug=f"{bulk_samples.STEM}000003")
    shelves = bulk_samples.topics()
    unsampling.remove_articles([found.pk])
    again = bulk_samples.article_of(3, shelves)
    again.save()
    again.authors.add(bulk_samples.author())
    for section in bulk_samples.sections_of(again, 3):
        section.save()
    publishing.publish(again, by=None)
    samples.sign(again)
    assert facts(3) == many
    assert seen(client, 3) == page


def test_search_finds_each_of_many(capsys):
    populate(capsys, "--articles", "30")
    for number in (1, 2, 30):
        wanted = Revision.objects.get(article__slug=f"{bulk_samples.STEM}{number:06}")
        said = bulk_samples.words(number)
        answer = search.search(f"{said['colour']} {said['thing']} {number}", "en-gb", timezone.now())
        assert next(iter(answer.hits)) == wanted.pk


def test_a_name_of_many_is_found_in_as_many_articles_however_many_there_are(capsys):
    found = []
    for number in (30, 60):
        populate(capsys, "--articles", str(number))
        found.append(list(search.search(bulk_samples.name_of(25), "en-gb", timezone.now()).hits))
    assert len(found[0]) == bulk_samples.ALIKE
    assert found[0] == found[1]


def test_it_goes_on_where_it_was_interrupted(capsys, monkeypatch):
    monkeypatch.setattr(bulk_samples, "AT_ONCE", 4)
    running = bulk_samples.fill(20)
    assert [next(running) for _ in range(3)] == [1, 5, 9]
    running.close()
    assert list(bulk_samples.fill(20)) == [13, 17, 20]
    assert list(bulk_samples.fill(20)) == []
    assert Article.objects.filter(slug__startswith=bulk_samples.STEM).count() == 20
    assert Event.objects.filter(action="sample").count() == 20


def test_many_take_few_questions(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(bulk_samples, "AT_ONCE", 100)
    running = bulk_samples.fill(301)
    next(running), next(running)
    with django_assert_max_num_queries(40):
        next(running)
