"""Random walks through the workflow, and random edits of two people: promises 1, 2 and 6 of the design.

The same walks each time (derandomize), so that a failure comes back.
"""

import json
import re
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from articles import publishing
from articles.merging import ROWS, merge
from articles.models import Article, Change, Event, Review, Revision, Section, State, Vote
from articles.workflow import Refused, find, state_of
from tests.factories import make_article, make_contributor, make_role

SAME = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MARKER = re.compile(r"marker\d+end")
MOVES = [
    *("submit", "take_back", "cancel", "withdraw", "put_back", "delete", "undelete"),
    *("warn", "clear_warning", "add_note"),
]


STEPS = {"publish": 6, "move": 6, "review": 3, "write_field": 1, "write_section": 2, "change_without_a_version": 1}
STEPS |= {"restore": 1, "duplicate": 1, "change_address": 1, "set_expiry": 1, "wait": 2, "vote": 1}  # how often each
PEOPLE = {"the site": 4, "Editor": 4, "Reviewer": 1, "Author": 1, "Nobody": 1}


class Walk:
    """People do what they like to one article. `releases` says by number when a version comes out, or came.

    It is kept from what was done, not from the database, so that it can be wrong in other ways than the code.
    """

    def __init__(self, users, chance):
        self.users, self.chance, self.now, self.path = users, chance, timezone.now(), []
        self.article = make_article(sections=("First.", "Second."), published=False)
        self.reviewers = [make_contributor("Dr One"), make_contributor("Dr Two")]
        self.releases, self.expires_at, self.is_withdrawn, self.is_deleted = {}, None, False, False
        self.markers, self.copies, self.pins, self.client = 0, {}, {}, Client()

    def go(self, count):
        """Take some steps, and look after each whether all promises hold."""
        with mock.patch("django.utils.timezone.now", lambda: self.now):  # noqa: PT008  it moves
            for _step in range(count):
                self.now += timedelta(seconds=1)
                step, by = (self.chance.choices([*some], some.values())[0] for some in (STEPS, PEOPLE))
                getattr(self, step)(by)
                self.readers_see_the_version_that_was_released()
                self.pages_show_published_text_only()
                self.what_was_kept_never_changes()
                self.votes_and_signatures_stay_with_their_version()

    def live(self, at):
        """Return the number of the version that readers read at a time, or None."""
        is_expired = self.expires_at and self.expires_at <= at
        come = [(time, number) for number, time in self.releases.items() if time <= at]
        return max(come)[1] if come and not (self.is_withdrawn or self.is_deleted or is_expired) else None

    def waiting(self):
        return next((number for number, time in self.releases.items() if time > self.now), None)

    def mark(self):
        """Return a word that was never used before."""
        self.markers += 1
        return f"marker{self.markers}end"

    def act(self, function, *arguments, by, **options):
        """Let someone do something; return its result, or False if it was refused and so changed nothing."""
        before = rows()
        self.path.append((function.__name__, by, options))
        try:
            return function(*arguments, by=self.users.get(by), **options) or True
        except Refused:
            assert rows() == before
            return False

    # What people do

    def write_field(self, by):
        name = self.chance.choice(["title", "summary", "also_called", "known", "funding"])
        Article.objects.filter(pk=self.article.pk).update(**{name: f"About {self.mark()}"})
        self.act(publishing.record, self.article, by=by)

    def write_section(self, by):
        if self.chance.random() < 0.3:
            self.article.sections.create(
                heading=f"Part {self.mark()}", body="More.", position=self.chance.randint(0, 4)
            )
        section = self.chance.choice(self.article.sections.all())
        name = self.chance.choice(["heading", "body"])
        Section.objects.filter(pk=section.pk).update(**{name: f"Do {self.mark()}"})
        self.act(publishing.record, self.article, by=by)

    def change_without_a_version(self, by):
        if self.article.sections.count() > 1:
            self.chance.choice(self.article.sections.all()).delete()
        self.article.sources.create(title=f"Study {self.mark()}")
        self.article.authors.set(self.chance.choice([[], [], [], self.reviewers[:1]]))

    def restore(self, by):
        if self.article.revisions.exists():
            revision = self.chance.choice(self.article.revisions.all())
            before = Revision.of(Article.objects.get(pk=self.article.pk))
            if not self.act(publishing.restore, revision, by=by):
                assert self.is_deleted
                return
            assert any(kept.same_text(before) for kept in self.article.revisions.all())
            assert Revision.of(Article.objects.get(pk=self.article.pk)).same_text(revision)

    def duplicate(self, by):
        self.act(publishing.duplicate, self.article, by=by)

    def change_address(self, by):
        self.article = Article.objects.get(pk=self.article.pk)
        self.article.slug = f"feet-{self.mark()}"
        self.article.save()

    def move(self, by):
        """Make a move that needs no more than its name: mostly one that the table allows now."""
        revision = publishing.last_public(self.article) or publishing.newest(self.article)
        possible = [name for name in MOVES if revision and find(name, state_of(revision))]
        name = self.chance.choice(possible if possible and self.chance.random() < 0.8 else MOVES)
        waiting, options = self.waiting(), {"text": "A source has moved."} if name == "add_note" else {}
        if self.act(getattr(publishing, name), self.article, by=by, **options):
            self.is_withdrawn = {"withdraw": True, "put_back": False}.get(name, self.is_withdrawn)
            self.is_deleted = {"delete": True, "undelete": False}.get(name, self.is_deleted)
            if name == "cancel" or (name == "withdraw" and waiting):
                del self.releases[waiting]

    def review(self, by):
        revision = self.chance.choice([publishing.last_public, publishing.newest])(self.article)
        if revision is None:
            return
        options = {"contributor": self.chance.choice(self.reviewers)}
        if self.chance.random() < 0.8:
            options["correct_until"] = timezone.localdate() + timedelta(days=30)
        done = self.act(publishing.review, revision, by=by, **options)
        if done and "correct_until" not in options and self.releases.get(revision.number, self.now) > self.now:
            del self.releases[revision.number]

    def publish(self, by):
        if self.chance.random() < 0.8:
            self.write_section(by)
        at = self.chance.choice([None, self.now + timedelta(hours=self.chance.randint(1, 9))])
        options = {
            "change": self.chance.choice([*Change.values, *Change.values, ""]),
            "waiting": self.chance.choice(["keep", "rebase", "cancel", ""]),
            "note": "What is new",
            "puts_back": self.chance.random() < 0.5,
        }
        if self.chance.random() < 0.4:
            hours = self.chance.choice([None, None, -1, 2, 12, 30])
            options["expires_at"] = hours and self.now + timedelta(hours=hours)
        other = self.waiting()
        revision = self.act(publishing.publish, self.article, by=by, at=at, **options)
        if not revision:
            return
        self.releases[revision.number], self.is_withdrawn = at or self.now, False
        self.expires_at = options.get("expires_at", self.expires_at)
        if other not in (None, revision.number) and options["waiting"] in ("rebase", "cancel"):
            time = self.releases.pop(other)
            carried = publishing.newest(self.article).number
            if options["waiting"] == "rebase" and carried != revision.number:
                self.releases[carried] = time

    def set_expiry(self, by):
        hours = self.chance.choice([None, -1, 1, 6, 12])
        at = hours and self.now + timedelta(hours=hours)
        if self.act(publishing.set_expiry, self.article, by=by, at=at):
            self.expires_at = at

    def wait(self, by):
        self.now += timedelta(hours=self.chance.randint(1, 9))

    def vote(self, by):
        for revision in Revision.objects.published():
            Vote.objects.create(article=self.article, revision=revision, voter=self.mark(), value=3)

    # What must hold after each step

    def readers_see_the_version_that_was_released(self):
        for hours in range(0, 12, 3):
            at = self.now + timedelta(hours=hours)
            numbers = list(Revision.objects.published(at).values_list("number", flat=True))
            assert numbers == list(filter(None, [self.live(at)]))
        assert all(state_of(revision) == State.PUBLISHED for revision in Revision.objects.published())

    def pages_show_published_text_only(self):
        live = self.article.revisions.filter(number=self.live(self.now)).first()
        was_public = any(time <= self.now for time in self.releases.values())
        page = self.client.get(Article.objects.get(pk=self.article.pk).get_absolute_url())
        assert page.status_code == (200 if live else 410 if was_public else 404)
        published = words_of(live.text()) if live else set()
        assert words_of(live.sections if live else "") <= words_of(page.content.decode())
        address = words_of(self.article.slug)
        for response in (page, self.client.get("/"), self.client.get("/articles/")):
            assert words_of(response.content.decode()) - address <= published

    def what_was_kept_never_changes(self):
        names = [field.attname for field in Revision._meta.concrete_fields if field.name not in Revision.WORKFLOW]
        now = {row["id"]: row for row in Revision.objects.values(*names)}
        assert self.copies == {pk: now.get(pk) for pk in self.copies}
        self.copies = now

    def votes_and_signatures_stay_with_their_version(self):
        now = {model: dict(model.objects.values_list("pk", "revision")) for model in (Vote, Review)}
        for model, pins in self.pins.items():
            assert pins == {pk: now[model].get(pk) for pk in pins}
        self.pins = now


def rows():
    """Return all that an action could change."""
    models = (Article, Section, Revision, Review, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def words_of(text):
    """Return the marked words in a text or in what JSON can hold."""
    return set(MARKER.findall(text if isinstance(text, str) else json.dumps(text, default=str)))


@pytest.fixture
def users(db):
    return {role: make_role(role) for role in ("Author", "Editor", "Reviewer")} | {
        "Nobody": get_user_model().objects.create_user("Nobody", is_staff=True)
    }


@given(chance=st.randoms(use_true_random=True))  # drawn are the seeds: what they lead to is evenly spread
@settings(SAME, max_examples=6, phases=[Phase.generate])
def test_no_walk_through_the_workflow_breaks_a_promise(users, chance):
    with transaction.atomic():
        walk = Walk(users, chance)
        try:
            walk.go(50)
        except AssertionError as error:
            error.add_note("\n".join(map(str, walk.path)))
            raise
        transaction.set_rollback(True)


# Two editors at once


KEYS = st.sampled_from("abcde")
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), KEYS),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("move"), KEYS, st.integers(0, 5)),
        st.tuples(st.just("add"), st.sampled_from("xyz"), st.integers(0, 5)),
        st.tuples(st.just("field"), st.sampled_from(["title", "summary"])),
        st.tuples(st.just("source"), st.sampled_from("st")),
        st.tuples(st.just("author"), st.integers(1, 4)),
    ),
    max_size=6,
)


def base_text(keys):
    return {
        "title": "base title",
        "summary": "base summary",
        "sections": [{"key": key, "heading": "base", "body": f"base {key}"} for key in keys],
        "sources": [{"key": "s", "title": "base source"}],
        "authors": [{"id": 1, "name": "base author"}],
    }


def edited(base, edits, who):
    """Return a text after someone's edits, each of which leaves a word that nobody else writes."""
    text = json.loads(json.dumps(base))
    for number, (what, *details) in enumerate(edits):
        word, name = f"{who}{number}", details[0]
        rows = {row["key"]: row for row in text["sections"]}
        if what == "field":
            text[name] = word
        elif what == "source":
            others = [row for row in text["sources"] if row["key"] != name]
            text["sources"] = [*others, {"key": name, "title": word}]
        elif what == "author":
            text["authors"] = [row for row in text["authors"] if row["id"] != name] + [{"id": name, "name": word}]
        elif what == "add" and name not in rows:
            text["sections"].insert(details[1], {"key": name, "heading": "new", "body": word})
        elif what == "write" and name in rows:
            rows[name]["body"] = word
        elif what == "delete" and name in rows:
            text["sections"].remove(rows[name])
        elif what == "move" and name in rows:
            text["sections"].remove(rows[name])
            text["sections"].insert(details[1], rows[name])
    return text


def parts(text):
    """Return all that a text says, by (field, key)."""
    found = {}
    for name, value in text.items():
        rows = {(name, row[ROWS[name]]): row for row in value} if name in ROWS else {(name, ""): value}
        found |= rows
    return found


@given(keys=st.sets(KEYS).map(sorted), mine=EDITS, theirs=EDITS)
@settings(SAME, max_examples=400)
def test_two_editors_lose_nothing(keys, mine, theirs):
    base = base_text(keys)
    mine, theirs = edited(base, mine, "mine"), edited(base, theirs, "theirs")
    merged = merge(base, mine, theirs)
    before, left, right, joined = (parts(text) for text in (base, mine, theirs, merged.text))
    conflicts = {(conflict.field, conflict.key): conflict for conflict in merged.conflicts}
    for key in before | left | right:
        was, one, other, now = before.get(key), left.get(key), right.get(key), joined.get(key)
        if key in conflicts:
            assert (conflicts[key].base, conflicts[key].mine, conflicts[key].theirs) == (was, one, other)
            assert now == (one if one is not None else other)
        else:
            assert now == (other if one == was else one)
            assert was in (one, other) or one == other
    assert set(joined) <= set(before | left | right)


@given(keys=st.sets(KEYS).map(sorted), mine=EDITS, theirs=EDITS)
@settings(SAME, max_examples=200)
def test_it_does_not_matter_who_saved_first(keys, mine, theirs):
    base = base_text(keys)
    mine, theirs = edited(base, mine, "mine"), edited(base, theirs, "theirs")
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert {(c.field, c.key) for c in one.conflicts} == {(c.field, c.key) for c in other.conflicts}
    if not one.conflicts:
        assert parts(one.text) == parts(other.text)


@given(keys=st.sets(KEYS).map(sorted), mine=EDITS, theirs=EDITS)
@settings(SAME, max_examples=200)
def test_an_order_that_one_of_them_made_stands(keys, mine, theirs):
    base = base_text(keys)
    mine = edited(base, mine, "mine")
    theirs = edited(base, [edit for edit in theirs if edit[0] != "move"], "theirs")
    merged = [row["key"] for row in merge(base, mine, theirs).text["sections"]]
    ours = [row["key"] for row in mine["sections"] if row["key"] in merged and row["key"] in keys]
    assert [key for key in merged if key in ours] == ours
