"""From working copy to revision: what freezes, what readers see when, and what must not go out."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles import gate, kinds, publishing, trust
from articles.management.commands.load_first_article import load
from articles.models import (
    Article,
    Change,
    Contributor,
    Event,
    FormerSlug,
    Review,
    Revision,
    Section,
    Source,
    State,
    Vote,
    three_years_after,
)
from articles.publishing import held_reviews, publish
from articles.workflow import Refused, state_of
from tests.factories import make_article, make_contributor, make_role

PICTURE = "/media/images/0123456789abcdef0123456789abcdef-10x20.webp"

pytestmark = pytest.mark.django_db


def published(at=None):
    return [(revision.title, revision.number) for revision in Revision.objects.published(at).order_by("title")]


def later(**duration):
    return timezone.now() + timedelta(**duration)


def write(article, text, part=1):
    """Change a section of the working copy."""
    article.sections.filter(key=f"part-{part}").update(body=text)


def out(at=None):
    """Return what readers read of the one article at a time: the bodies of its sections."""
    revision = Revision.objects.published(at).first()
    return revision and [section["body"] for section in revision.sections]


def rows():
    """Return all that a move could change."""
    models = (Article, Section, Source, Revision, Review, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refuse(match, act, *arguments, **options):
    """Call a function that must be refused with a sentence, and must not change anything."""
    before = rows()
    with pytest.raises(Refused, match=match):
        act(*arguments, **options)
    assert rows() == before


def sign(article, contributor=None, days=30):
    """Let the newest revision be signed, and return it."""
    publishing.record(article, by=None)
    revision = publishing.newest(article)
    if revision.state == State.DRAFT:
        publishing.submit(article, by=None)
    day = timezone.localdate() + timedelta(days=days)
    publishing.review(revision, contributor=contributor or make_contributor(), correct_until=day)
    return publishing.newest(article)


def test_a_draft_is_not_published():
    make_article(published=False)
    assert published() == []


def test_publishing_freezes_the_whole_text(editor):
    article = make_article(sections=[("Rest", "Sit *down*."), ("Walk", "Get up.")], published=False)
    revision = publish(article, by=editor, note="First")
    assert (revision.number, revision.title, revision.created_by, revision.public_note) == (
        1,
        "Sore feet",
        editor,
        "First",
    )
    assert [(section["key"], section["body"]) for section in revision.sections] == [
        ("rest", "Sit *down*."),
        ("walk", "Get up."),
    ]


def test_an_edit_is_not_seen_before_it_is_published():
    article = make_article()
    article.title = "Sorer feet"
    article.save()
    article.sections.update(body="Other advice.")
    live = Revision.objects.published().get()
    assert (live.title, live.sections[0]["body"]) == ("Sore feet", "Rest your feet.")


def test_readers_see_the_newest_revision_whose_time_has_come():
    article = make_article()
    article.sections.update(body="Newer advice.")
    newer = publish(article, by=None)
    later = timezone.now() + timedelta(hours=1)
    newer.published_at = later
    newer.save(update_fields=["published_at"])
    assert published() == [("Sore feet", 1)]
    assert published(later) == [("Sore feet", 2)]
    assert published(timezone.now() - timedelta(days=1)) == []


def test_each_article_has_one_published_revision():
    for title in ("Sore feet", "Cold hands"):
        article = make_article(title)
        article.sections.update(body="More.")
        publish(article, by=None)
    assert published() == [("Cold hands", 2), ("Sore feet", 2)]


def test_a_revision_never_changes():
    revision = make_article().revisions.get()
    revision.title = "Other"
    with pytest.raises(ValueError, match="never changes"):
        revision.save()
    with pytest.raises(ValueError, match="never changes"):
        revision.save(update_fields=["title", "published_at"])
    assert Revision.objects.get().title == "Sore feet"


def test_an_unchanged_article_is_not_published_again():
    with pytest.raises(Refused, match="Nothing has changed"):
        publish(make_article(), by=None)


@pytest.mark.parametrize("sections", [(), ("",), ("  \n",), ("Text.", "")])
def test_an_article_or_a_section_without_text_is_not_published(sections):
    with pytest.raises(Refused, match="no text"):
        make_article(sections=sections)


@pytest.mark.parametrize("alt", ["", " ", "describe this picture", "Describe this picture "])
def test_a_picture_without_a_description_is_not_published(alt):
    with pytest.raises(Refused, match=r"Section “Part 1”: The picture .* has no description"):
        make_article(sections=[f"![{alt}]({PICTURE})"])
    assert published() == []


@pytest.mark.parametrize("alt", ["A foot on a stool", "decorative", "Decorative"])
def test_a_picture_with_a_description_or_marked_decorative_is_published(alt):
    make_article(sections=[f"![{alt}]({PICTURE})"])
    assert published() == [("Sore feet", 1)]


def test_all_reasons_are_told_at_once():
    texts = [f"![]({PICTURE})", "[a](javascript:alert(1)) and ![b](https://elsewhere.example/b.png)"]
    with pytest.raises(Refused) as error:
        make_article(sections=texts)
    assert len(error.value.reasons) == 3


def test_a_sections_key_stays_when_its_heading_changes():
    section = make_article().sections.get()
    section.heading = "Another heading"
    section.save()
    assert section.key == "part-1"


@pytest.mark.parametrize("heading", ["Rest", "Rest!", "  rest  "])
def test_keys_are_unique_within_an_article(heading):
    article = make_article(sections=[("Rest", "a"), (heading, "b"), (heading, "c")])
    assert [section.key for section in article.sections.all()] == ["rest", "rest-2", "rest-3"]


def test_a_heading_without_latin_letters_has_a_key_too():
    article = make_article(sections=[("تشنج", "a"), ("???", "b")])
    assert [section.key for section in article.sections.all()] == ["section", "section-2"]


def test_a_long_heading_has_a_key_that_fits():
    article = make_article(sections=[("h" * 120, "a"), ("h" * 120, "b")])
    assert [len(section.key) for section in article.sections.all()] == [70, 72]


def test_a_key_never_has_two_dashes_in_a_row():
    heading = "h" * 69 + " and more"
    article = make_article(sections=[(heading, "a"), (heading, "b"), ("a -- b", "c")])
    assert not any("--" in section.key for section in article.sections.all())


def test_a_published_article_can_not_be_deleted_with_its_record():
    article = make_article()
    with pytest.raises(Exception, match="protected"):
        article.delete()


def test_the_database_refuses_a_second_vote_and_a_value_out_of_range():
    revision = make_article().revisions.get()
    fields = {"article": revision.article, "revision": revision, "voter": "v"}
    Vote.objects.create(**fields, value=1)
    for wrong in (fields | {"value": 2}, fields | {"voter": "w", "value": 6}, fields | {"voter": "w", "value": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vote.objects.create(**wrong)


def test_a_changed_address_leads_on_for_ever(client):
    article = make_article()
    for slug in ("tired-feet", "feet"):
        article.slug = slug
        article.save()
    for slug in ("sore-feet", "tired-feet"):
        response = client.get(f"/articles/{slug}/")
        assert (response.status_code, response["Location"]) == (301, "/articles/feet/")
        assert "max-age=0" in response["Cache-Control"]  # else a browser that kept it could go in circles


def test_an_address_taken_back_does_not_lead_in_circles(client):
    article = make_article()
    for slug in ("feet", "sore-feet"):
        article.slug = slug
        article.save()
    assert client.get("/articles/sore-feet/").status_code == 200
    assert client.get("/articles/feet/")["Location"] == "/articles/sore-feet/"


def test_a_drafts_old_address_is_not_kept_and_leaks_nothing(client):
    article = make_article(published=False)
    article.slug = "other"
    article.save()
    assert not FormerSlug.objects.exists()
    assert client.get("/articles/sore-feet/").status_code == 404


def test_an_address_that_leads_elsewhere_can_not_be_taken():
    article = make_article()
    article.slug = "feet"
    article.save()
    with pytest.raises(Exception, match="used to have it"):
        Article(title="New", slug="sore-feet", summary="x").full_clean()


def test_the_first_article_is_loaded_once_and_complete(client):
    call_command("load_first_article")
    call_command("load_first_article")
    revision = Revision.objects.get()
    assert revision.title == "Muscle leg cramps"
    assert revision.sections[0]["kind"] == Section.Kind.ACT_NOW
    assert client.get("/articles/muscle-leg-cramps/").status_code == 200


def test_the_first_article_has_its_exercises_with_what_the_facts_say_and_no_more():
    call_command("load_first_article")
    exercises = [row for row in Revision.objects.get().sections if row["kind"] == Section.Kind.EXERCISE]
    said = [
        {name: row[name] for name in row if name in ("when", "postures", *kinds.NUMBERS, "sides")} for row in exercises
    ]
    assert said == [
        {"when": "during"},
        {"when": "during", "postures": "standing"},
        {"when": "prevent", "postures": "standing", "hold": 5, "minutes": 5, "times_a_day": 3},
    ]
    assert [len(kinds.lines(row["steps"])) for row in exercises] == [2, 1, 4]


def test_pictures_of_the_first_article_come_into_the_library_and_the_sections():
    picture = {"title": "Toes", "drawing": "toes", "alt": "A foot.", "caption": "Both feet"}
    other = {"title": "Heel", "drawing": "heel", "alt": "A heel."}
    sections = [{"heading": "A", "body": "a", "pictures": ["heel", "toes"]}, {"heading": "B", "body": "b"}]
    fields = {"title": "Feet", "slug": "feet", "summary": "Feet.", "topic": {"name": "Feet", "slug": "feet"}}
    load(sections=sections, sources=[], pictures=[picture, other], **fields)
    first, second = Revision.objects.get().sections
    assert [(row["drawing"], row["alt"], row["caption"]) for row in first["pictures"]] == [
        ("heel", "A heel.", ""),
        ("toes", "A foot.", "Both feet"),
    ]
    assert "pictures" not in second


def test_a_section_may_say_all_in_its_kinds_own_fields_but_not_nothing():
    article = make_article(sections=[("Ask", "")], published=False)
    with pytest.raises(Refused, match="no text"):
        publishing.publish(article, by=None)
    article.sections.update(kind="questions", questions="[Why?](javascript:x)")
    with pytest.raises(Refused, match="can't be used"):
        publishing.publish(article, by=None)
    article.sections.update(questions="Why?")
    publishing.publish(article, by=None)
    assert Revision.objects.published().exists()


def test_the_first_article_is_not_loaded_where_an_editor_has_begun():
    make_article(published=False)
    call_command("load_first_article")
    assert Article.objects.count() == 1


# Scheduling


def make_waiting(*, sections=("Old one.", "Old two.")):
    """Return a live article, a later version of which, with another first part, waits for its time."""
    article = make_article(sections=sections)
    write(article, "New one.")
    publish(article, by=None, at=later(hours=5), note="Rewritten")
    return article


def correct(article, text="Old two, corrected.", part=2):
    """Make the working copy say what readers read, with a correction."""
    publishing.restore(article.revisions.published().get(), by=None)
    write(article, text, part)


def test_a_scheduled_change_leaves_the_old_text_up_meanwhile():
    make_waiting()
    assert out() == ["Old one.", "Old two."]
    assert out(later(hours=6)) == ["New one.", "Old two."]


def test_a_first_publication_waits_for_its_time_too():
    article = make_article(published=False)
    publish(article, by=None, at=later(hours=1))
    assert (out(), out(later(hours=2))) == (None, ["Rest your feet."])


def test_a_correction_before_it_is_refused_until_someone_says_what_becomes_of_it():
    article = make_waiting()
    correct(article)
    refuse("Version 2 will be published at .* Say what shall become of it.", publish, article, by=None)
    refuse("Say what shall become of it", publish, article, by=None, waiting="nonsense")


def test_a_correction_may_leave_the_waiting_version_as_it_is():
    article = make_waiting()
    correct(article)
    publish(article, by=None, waiting="keep")
    assert out() == ["Old one.", "Old two, corrected."]
    assert out(later(hours=6)) == ["New one.", "Old two."]


def test_a_correction_may_cancel_the_waiting_version():
    article = make_waiting()
    correct(article)
    publish(article, by=None, waiting="cancel")
    assert out(later(hours=6)) == ["Old one.", "Old two, corrected."]
    assert [state_of(revision) for revision in article.revisions.all()][1] == State.DRAFT
    assert Event.objects.first().action == "cancel"


def test_a_correction_may_be_carried_over_to_the_waiting_version():
    article = make_waiting()
    correct(article)
    publish(article, by=None, waiting="rebase")
    assert out() == ["Old one.", "Old two, corrected."]
    assert out(later(hours=6)) == ["New one.", "Old two, corrected."]
    waiting = publishing.scheduled(article)
    assert (waiting, waiting.public_note) == (publishing.newest(article), "Rewritten")
    assert [section.body for section in article.sections.all()] == ["New one.", "Old two, corrected."]


def test_what_both_change_is_not_carried_over_and_nothing_is_published():
    article = make_waiting()
    correct(article, "Old one, corrected.", part=1)
    refuse("Both change the same: “part-1”", publish, article, by=None, waiting="rebase")
    assert out() == ["Old one.", "Old two."]


def test_a_correction_that_has_all_of_the_waiting_version_is_not_undone_by_it():
    article = make_waiting()
    write(article, "Old two, corrected.", part=2)
    publish(article, by=None, waiting="rebase")
    assert out() == out(later(hours=6)) == ["New one.", "Old two, corrected."]
    assert publishing.scheduled(article) is None


def test_nothing_is_carried_over_from_a_first_publication():
    article = make_article(published=False)
    publish(article, by=None, at=later(hours=1))
    write(article, "Other.")
    refuse("Nothing was public before", publish, article, by=None, waiting="rebase")


def test_a_waiting_version_that_is_carried_over_keeps_its_review():
    article = make_article(sections=("Old one.", "Old two."))
    write(article, "New one.")
    signed = sign(article)
    publish(article, by=None, at=later(hours=5))
    correct(article)
    publish(article, by=None, waiting="rebase", change=Change.SMALL, note="A correction")
    waiting = publishing.scheduled(article)
    assert waiting.number > signed.number
    assert [review.revision for review in held_reviews(waiting)] == [signed]


def test_only_one_version_waits():
    article = make_waiting()
    write(article, "Other.")
    refuse("Cancel that one first", publish, article, by=None, at=later(hours=1), waiting="keep")
    publish(article, by=None, at=later(hours=1), waiting="cancel")
    assert [revision.sections[0]["body"] for revision in article.revisions.scheduled()] == ["Other."]


def test_a_waiting_version_can_be_put_off_and_brought_forward():
    article = make_waiting()
    publish(article, by=None, at=later(hours=8))
    assert out(later(hours=6)) == ["Old one.", "Old two."]
    publish(article, by=None)
    assert out() == ["New one.", "Old two."]


def test_a_waiting_small_correction_keeps_its_review_when_its_time_is_changed():
    article = make_article()
    signed = sign(article)
    write(article, "Rest your feet!")
    publish(article, by=None, at=later(hours=1), change=Change.SMALL, note="A sign")
    for at in (later(hours=2), None):
        publish(article, by=None, at=at, note="A sign")
        revision = publishing.newest(article)
        assert (revision.change, [review.revision for review in held_reviews(revision)]) == (Change.SMALL, [signed])


def test_a_cancelled_version_is_a_draft_and_comes_out_no_more():
    article = make_waiting()
    publishing.cancel(article, by=None)
    assert out(later(days=9)) == ["Old one.", "Old two."]
    refuse("No version of this article waits", publishing.cancel, article, by=None)


@pytest.mark.parametrize("at", [timedelta(0), timedelta(seconds=-1), timedelta(days=-400)])
def test_a_time_of_publication_that_is_past_is_refused(at):
    article = make_article(published=False)
    refuse("The time of publication is past", publish, article, by=None, at=timezone.now() + at)


def test_a_withdrawn_or_expired_article_waits_for_no_time():
    article = make_article()
    publishing.withdraw(article, by=None)
    write(article, "Other.")
    refuse("can't wait for a time", publish, article, by=None, at=later(hours=1))


# Expiry


def test_an_article_expires_at_its_time_and_not_before():
    article = make_article()
    publishing.set_expiry(article, by=None, at=later(hours=3))
    assert (out(), out(later(hours=2)), out(later(hours=4))) == (["Rest your feet."], ["Rest your feet."], None)


@pytest.mark.parametrize(("at", "expires"), [(None, -1), (2, 1), (2, 2)])
def test_an_expiry_before_the_publication_is_refused(at, expires):
    article = make_article(published=False)
    at = at and later(hours=at)
    expires_at = at if at and expires == 2 else later(hours=expires)
    refuse("expire before it is published", publish, article, by=None, at=at, expires_at=expires_at)


def test_an_expiry_before_a_waiting_version_is_refused():
    article = make_waiting()
    refuse("before its waiting version", publishing.set_expiry, article, by=None, at=later(hours=4))
    correct(article)
    for waiting in ("keep", "rebase"):
        refuse("before its waiting version", publish, article, by=None, waiting=waiting, expires_at=later(hours=4))
    publish(article, by=None, waiting="cancel", expires_at=later(hours=4))
    assert out(later(hours=3)) == ["Old one.", "Old two, corrected."]


def test_an_expiry_that_is_past_is_refused():
    refuse("The time to expire is past", publishing.set_expiry, make_article(), by=None, at=later(seconds=-1))


def test_an_expired_article_comes_back_with_a_later_time_or_none():
    article = make_article()
    for at in (None, later(days=1)):
        Article.objects.update(expires_at=later(seconds=-1))
        assert out() is None
        publishing.set_expiry(article, by=None, at=at)
        assert out() == ["Rest your feet."]


def test_an_expired_article_is_published_again_only_with_a_new_expiry():
    article = make_article()
    Article.objects.update(expires_at=later(seconds=-1))
    write(article, "Newer.")
    refuse("expire before it is published", publish, article, by=None)
    publish(article, by=None, expires_at=None)
    assert out() == ["Newer."]


# Withdrawn, warned of, noted


def test_a_withdrawn_article_is_put_back_as_it_was():
    article = make_article()
    publishing.withdraw(article, by=None, reason="Being checked")
    assert (out(), Article.objects.get().withdrawal_reason) == (None, "Being checked")
    publishing.put_back(article, by=None)
    assert (out(), Article.objects.get().withdrawal_reason) == (["Rest your feet."], "")


def test_publishing_brings_a_withdrawn_article_back():
    article = make_article()
    publishing.withdraw(article, by=None)
    write(article, "Better.")
    refuse("is withdrawn", publish, article, by=None)
    publish(article, by=None, puts_back=True)
    assert (out(), Article.objects.get().withdrawn_at) == (["Better."], None)


def test_a_publication_takes_the_banner_away_when_asked():
    article = make_article()
    publishing.warn(article, by=None)
    write(article, "True again.")
    refuse("not for a time to come", publish, article, by=None, at=later(hours=1), clears_warning=True)
    publish(article, by=None, clears_warning=True)
    assert Article.objects.get().warned_at is None


def test_a_withdrawal_takes_back_what_waits_so_that_put_back_shows_what_readers_saw():
    article = make_article()
    write(article, "Later.")
    publish(article, by=None, at=later(hours=1))
    publishing.withdraw(article, by=None)
    publishing.put_back(article, by=None)
    assert publishing.scheduled(article) is None
    assert out() == ["Rest your feet."]


def test_new_credentials_of_an_author_do_not_stand_in_the_way():
    author = make_contributor()
    article = make_article(published=False)
    article.authors.add(author)
    publishing.record(article, by=None)
    Contributor.objects.update(credentials="new ones")
    publishing.submit(article, by=None, version=1)
    publish(article, by=None, version=1)
    assert Revision.objects.published().get().authors[0]["credentials"] == ""


def test_a_copy_can_not_be_reviewed_by_who_wrote_its_original():
    writer = make_role("Author")
    article = make_article(published=False)
    publishing.record(article, by=writer)
    copy = publishing.duplicate(article, by=None)
    assert gate.is_author(make_contributor(user=writer), copy)


def test_a_copy_takes_no_address_that_leads_elsewhere():
    article = make_article()
    other = make_article("Other", slug="sore-feet-copy")
    other.slug = "other"
    other.save()
    assert publishing.duplicate(article, by=None).slug == "sore-feet-copy-2"


def test_a_deleted_article_is_not_restored_to_an_earlier_version():
    article = make_article(published=False)
    revision = publishing.record(article, by=None)
    publishing.delete(article, by=None)
    refuse("is deleted", publishing.restore, revision, by=None)


def test_a_warning_is_dated_and_can_be_taken_away_once():
    article = make_article()
    publishing.warn(article, by=None, text="New findings")
    warned = Article.objects.get()
    assert (warned.warning, warned.warned_at is None) == ("New findings", False)
    publishing.clear_warning(article, by=None)
    assert (Article.objects.get().warning, Article.objects.get().warned_at) == ("", None)
    refuse("no such banner", publishing.clear_warning, article, by=None)


def test_a_public_note_is_in_the_history_that_readers_see():
    article = make_article()
    publishing.add_note(article, by=None, text="A source has moved.")
    assert "A source has moved." in [line for _time, line in trust.of(Revision.objects.published().get()).history]


@pytest.mark.parametrize("move", ["withdraw", "put_back", "warn", "clear_warning"])
def test_an_article_that_was_never_published_is_not_taken_back(move):
    refuse("never published", getattr(publishing, move), make_article(published=False), by=None)


# Deleted, duplicated, restored


def test_a_deleted_draft_comes_back_whole():
    article = make_article(sections=[("Rest", "Sit down.")], published=False)
    before = Revision.of(article).text()
    publishing.delete(article, by=None)
    publishing.undelete(article, by=None)
    article.refresh_from_db()
    assert (Revision.of(article).text(), article.deleted_at) == (before, None)


def test_a_deleted_article_that_was_public_comes_back_as_withdrawn():
    article = make_article()
    publishing.withdraw(article, by=None)
    publishing.delete(article, by=None)
    publishing.undelete(article, by=None)
    assert out() is None
    publishing.put_back(article, by=None)
    assert out() == ["Rest your feet."]


def test_what_readers_see_or_will_see_is_not_deleted():
    refuse("Readers see this article", publishing.delete, make_article(), by=None)
    article = make_article("Cold hands", published=False)
    publish(article, by=None, at=later(hours=1))
    refuse("waits for its time", publishing.delete, article, by=None)


def test_what_was_not_deleted_is_not_brought_back():
    refuse("is not deleted", publishing.undelete, make_article(published=False), by=None)
    refuse("not possible now", publishing.undelete, make_article("Cold hands"), by=None)


def test_a_deleted_article_can_not_be_moved():
    article = make_article(published=False)
    publishing.delete(article, by=None)
    write(article, "Other.")
    for move in (publishing.submit, publishing.publish):
        refuse("Deleted", move, article, by=None)


def make_full():
    """Return an article with two sections, a source and an author."""
    article = make_article(sections=[("Rest", "Sit down."), ("Walk", "Get up.[^trust]")], published=False, known="All.")
    article.sources.create(title="Leg cramps", publisher="Trust", year=2020, read_on=date(2026, 11, 22))
    article.authors.add(make_contributor("Ann Author"))
    publishing.record(article, by=None)
    return article


def test_a_duplicate_has_the_same_text_and_no_past():
    article = make_full()
    sign(article)
    publish(article, by=None)
    copy = publishing.duplicate(article, by=None)
    text, same = Revision.of(article).text(), Revision.of(copy).text()
    assert same == text | {"title": "Copy of Sore feet"}
    assert (copy.slug, copy.revisions.count(), copy.revisions.get().state) == ("sore-feet-copy", 1, State.DRAFT)
    assert not held_reviews(copy.revisions.get())
    assert published() == [("Sore feet", 1)]


def test_duplicates_have_addresses_of_their_own_however_long():
    article = make_article("A" * 120, published=False)
    slugs = [publishing.duplicate(article, by=None).slug for _copy in range(3)]
    assert len(set(slugs)) == 3
    assert Article.objects.filter(title=f"Copy of {'A' * 100}").count() == 3


def test_a_change_of_the_duplicate_does_not_change_the_original():
    article = make_full()
    copy = publishing.duplicate(article, by=None)
    copy.sections.update(body="Other.")
    copy.sources.all().delete()
    assert article.sources.count() == 1
    assert Revision.of(article).same_text(publishing.newest(article))


def test_an_earlier_version_is_restored_with_its_keys():
    article = make_full()
    first = publishing.newest(article)
    article.sections.get(key="rest").delete()
    article.sections.filter(key="walk").update(heading="Run", body="Faster.")
    article.sections.create(heading="Jump", body="Higher.", position=1)
    article.sources.all().delete()
    article.authors.clear()
    publishing.record(article, by=None)
    restored = publishing.restore(first, by=None)
    assert (restored.number, restored.text()) == (3, first.text())
    assert [section.key for section in article.sections.all()] == ["rest", "walk"]
    assert [source.key for source in article.sources.all()] == ["trust"]


def test_restoring_loses_nothing_that_was_not_yet_a_version():
    article = make_full()
    first = publishing.newest(article)
    article.sections.update(body="Typed, saved, not yet a version.")
    publishing.restore(first, by=None)
    kept = article.revisions.get(number=2)
    assert {section["body"] for section in kept.sections} == {"Typed, saved, not yet a version."}
    assert Event.objects.first().action == "restore"


def test_restoring_what_is_there_already_makes_no_version():
    article = make_full()
    assert publishing.restore(publishing.newest(article), by=None).number == 1


# Review


def test_a_save_that_changes_nothing_makes_no_version():
    article = make_full()
    assert publishing.record(article, by=None).number == 1
    assert Event.objects.count() == 1


def test_nothing_is_decided_about_a_version_that_is_not_the_newest():
    article = make_full()
    write_other = article.sections.filter(key="rest")
    write_other.update(body="Other.")
    publishing.record(article, by=None)
    for move in (publishing.submit, publishing.publish):
        refuse("The text has changed meanwhile", move, article, by=None, version=1)
    write_other.update(body="Not yet a version.")
    assert publish(article, by=None, version=2).sections[0]["body"] == "Other."


def test_after_a_review_an_editor_says_whether_it_still_holds():
    article = make_article(published=False)
    signed = sign(article)
    publish(article, by=None)
    write(article, "Rest your feet!")
    refuse("Say whether the review still holds", publish, article, by=None)
    publish(article, by=None, change=Change.SMALL, note="A sign")
    small = publishing.newest(article)
    assert (small.reviewed_as, [review.revision for review in held_reviews(small)]) == (signed, [signed])


def test_a_small_correction_says_what_it_is():
    article = make_article(published=False)
    sign(article)
    write(article, "Rest your feet!")
    refuse("Say in a line", publish, article, by=None, change=Change.SMALL)


def test_a_substantial_change_ends_the_review():
    article = make_article(published=False)
    sign(article)
    publish(article, by=None)
    write(article, "Run.")
    publish(article, by=None, change=Change.SUBSTANTIAL)
    changed = publishing.newest(article)
    assert (changed.change, changed.reviewed_as, held_reviews(changed)) == (Change.SUBSTANTIAL, None, [])


def test_small_corrections_of_small_corrections_lead_to_the_review():
    article = make_article(published=False)
    signed = sign(article)
    publish(article, by=None)
    for text in ("Rest your feet!", "Rest your feet.!"):
        write(article, text)
        publish(article, by=None, change=Change.SMALL, note="A sign")
    assert [review.revision for review in held_reviews(publishing.newest(article))] == [signed]


def test_a_reviewer_who_asks_for_changes_ends_the_review():
    article = make_article(published=False)
    reviewer = make_contributor()
    signed = sign(article, reviewer)
    publish(article, by=None)
    publishing.review(signed, contributor=reviewer, message="It is out of date.")
    assert held_reviews(signed) == []
    assert out() == ["Rest your feet."]


def test_a_version_for_which_changes_were_asked_borrows_no_earlier_review():
    article = make_article(published=False)
    reviewer = make_contributor()
    sign(article, reviewer)
    publish(article, by=None)
    write(article, "Run.")
    publishing.review(publishing.submit(article, by=None), contributor=reviewer, message="No.")
    publishing.take_back(article, by=None)
    refuse("asked for changes to this version", publish, article, by=None, change=Change.SMALL, note="x")
    publish(article, by=None, change=Change.SUBSTANTIAL)
    assert held_reviews(publishing.newest(article)) == []


def as_author(article, reviewer):
    article.authors.add(reviewer)


def as_former_author(article, reviewer):
    article.authors.add(reviewer)
    publishing.record(article, by=None)
    article.authors.clear()


def by_having_saved(article, reviewer):
    write(article, "Mine.")
    publishing.record(article, by=reviewer.user)


@pytest.mark.parametrize("become", [as_author, as_former_author, by_having_saved])
def test_an_author_is_no_reviewer(become):
    article = make_article(published=False)
    reviewer = make_contributor(user=make_role("Author"))
    become(article, reviewer)
    revision = publishing.submit(article, by=None)
    day = timezone.localdate()
    refuse("is an author", publishing.review, revision, contributor=reviewer, correct_until=day)


@pytest.mark.parametrize("become", [as_author, as_former_author, by_having_saved])
def test_the_review_of_someone_who_became_an_author_is_not_kept(become):
    article = make_article(published=False)
    reviewer = make_contributor(user=make_role("Author"))
    sign(article, reviewer)
    publish(article, by=None)
    become(article, reviewer)
    write(article, "Rest.")
    refuse("is now an author", publish, article, by=None, change=Change.SMALL, note="Shorter")
    publish(article, by=None, change=Change.SUBSTANTIAL)


def test_a_correction_that_another_signed_does_not_carry_over_the_review_of_what_waits():
    article = make_article(sections=("Old one.", "Old two."))
    write(article, "New one.")
    sign(article, make_contributor("Dr Early"))
    publish(article, by=None, at=later(hours=5))
    correct(article)
    sign(article, make_contributor("Dr Late"))
    publish(article, by=None, waiting="rebase")
    waiting = publishing.scheduled(article)
    assert (held_reviews(waiting), waiting.change) == ([], Change.SUBSTANTIAL)


def test_a_review_due_must_be_a_day_to_come_within_three_years():
    article = make_article(published=False)
    revision = publishing.submit(article, by=None)
    today = timezone.localdate()
    reviewer = make_contributor()
    for day, words in (
        (today - timedelta(days=1), "past"),
        (three_years_after(today) + timedelta(days=1), "three years"),
        (date.max, "three years"),
    ):
        refuse(words, publishing.review, revision, contributor=reviewer, correct_until=day)
    publishing.review(revision, contributor=reviewer, correct_until=three_years_after(today))


@pytest.mark.parametrize(
    ("day", "last"), [(date(2024, 2, 29), date(2027, 2, 28)), (date(2026, 3, 1), date(2029, 3, 1))]
)
def test_three_years_after_a_leap_day_are_a_day(day, last):
    assert three_years_after(day) == last


def test_a_version_that_has_changed_meanwhile_is_not_signed():
    article = make_full()
    revision = publishing.submit(article, by=None)
    article.sections.filter(key="rest").update(body="Other.")
    publishing.record(article, by=None)
    day = timezone.localdate()
    refuse("changed since this version", publishing.review, revision, contributor=make_contributor(), correct_until=day)


def test_a_version_is_published_once():
    article = make_article(published=False)
    publishing.record(article, by=None)
    publish(article, by=None, version=1)
    refuse("Nothing has changed", publish, article, by=None, version=1)
    assert Event.objects.filter(action="publish").count() == 1
