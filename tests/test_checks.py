"""What the checks find in an article, what editors answer, and what the gate refuses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import answers, checks, publishing
from articles.checking import Verdict
from articles.models import Answer, Article, Event, OutsideLink, Picture, Review, Revision
from articles.workflow import Refused
from tests.desk_forms import AtDesk, change_path, form_of
from tests.factories import make_article, make_contributor, make_role

pytestmark = pytest.mark.django_db
PICTURE = "/media/images/0123456789abcdef0123456789abcdef-10x20.webp"


def found(article, check):
    """Return what a check finds in a working copy: (verdict, place, words)."""
    rows = checks.findings(Revision.of(article))
    return [(row.verdict.value, row.place, row.words) for row in rows if row.check == check]


def verdicts(article, check):
    return [verdict for verdict, _place, _words in found(article, check)]


def bare(body="Rest.", **fields):
    return make_article(published=False, sections=[("Part", body)], **fields)


@pytest.mark.parametrize(
    ("check", "fields", "verdict"),
    [
        ("summary", {"summary": "Rest your feet."}, "met"),
        ("summary", {"summary": ""}, "missing"),
        ("summary", {"summary": "word " * 41}, "decide"),
        ("uncertainty", {"known": "This.", "not_known": "That."}, "met"),
        ("uncertainty", {"known": "This."}, "missing"),
        ("funding", {"funding": "Nobody pays."}, "met"),
        ("funding", {}, "missing"),
        ("review_due", {"review_due": timezone.localdate()}, "met"),
        ("review_due", {"review_due": timezone.localdate() - timedelta(days=1)}, "missing"),
        ("review_due", {}, "missing"),
        ("reviewed", {}, "missing"),
        ("authors", {}, "missing"),
        ("sources", {}, "missing"),
    ],
    ids=str,
)
def test_what_an_article_has_is_met_and_what_it_lacks_missing(check, fields, verdict):
    assert verdicts(bare(**fields), check) == [verdict]


@pytest.mark.parametrize(
    ("check", "body", "words"),
    [
        ("outline", "# One\n\n### Three", "Three"),
        ("outline", "## Two\n\n### Three\n\n# One", None),
        ("list_length", "- a\n" * 8, "- a\n" * 7 + "- a"),
        ("list_length", "- a\n" * 7, None),
        ("alt_text", f"![]({PICTURE})", PICTURE),
        ("alt_text", f"![describe this picture]({PICTURE})", PICTURE),
        ("alt_text", f"![{'A' * 126}]({PICTURE})", PICTURE),
        ("alt_text", f"![decorative]({PICTURE})", None),
        ("link_unsafe", "[Go](javascript:alert)", "javascript:alert"),
        ("link_unsafe", "[Go](https://example.org)", None),
        ("link_insecure", "[Go](http://example.org)", "http://example.org"),
        ("cited_missing", "So they say[^nobody].", "[^nobody]"),
        ("cited_missing", "So they say[^1].\n\n[^1]: A note.", None),
    ],
    ids=str,
)
def test_what_stands_in_a_text_is_found_with_its_words(check, body, words):
    rows = found(bare(body), check)
    assert [row[2] for row in rows if row[0] != "met"] == ([words] if words else [])
    assert bool(words) != ("met" in [row[0] for row in rows])


def test_sources_need_a_day_a_publisher_a_year_and_a_reference():
    article = bare("It helps[^society].")
    article.sources.create(title="Feet", publisher="Society", year=2001, read_on="2026-01-01", position=1)
    article.sources.create(title="Toes", year=1999, position=2)
    assert verdicts(article, "sources") == ["met"]
    assert verdicts(article, "source_age") == ["decide"]
    assert found(article, "uncited") == [("decide", "toes", "Toes")]
    assert found(article, "source_read") == [("missing", "toes", "Toes")]
    assert found(article, "source_publisher") == [("missing", "toes", "Toes")]
    article.sources.filter(key="toes").delete()
    article.sources.update(year=timezone.localdate().year)
    assert {row.verdict for row in checks.findings(Revision.of(article)) if row.check in ("source_age", "uncited")} == {
        "met"
    }


def test_kinds_keep_their_rules():
    article = bare()
    article.sections.create(kind="option", heading="Tape", benefit="It helps.")
    article.sections.create(kind="urgent", heading="Get help", body="- pain")
    article.sections.create(kind="do_dont", heading="Care", do_not="Run.")
    assert found(article, "benefit_risk") == [("missing", "tape", "")]
    assert verdicts(article, "care_card_rules") == ["missing", "missing"]
    assert verdicts(article, "do_dont_rules") == ["missing"]
    assert verdicts(article, "care_card") == ["met"]
    assert verdicts(article, "act_now") == ["missing"]


def test_what_the_check_of_links_found_is_shown_where_the_link_stands():
    article = bare("[a](https://example.org/a) and [b](https://example.org/b)")
    publishing.record(article, by=None)
    for end, finding in (("a", "dead"), ("b", "redirecting")):
        row, _is_new = OutsideLink.objects.get_or_create(url=f"https://example.org/{end}")
        row.articles.add(article)
        OutsideLink.objects.filter(pk=row.pk).update(finding=finding, leads_to="https://example.org/c")
    assert found(article, "link_dead") == [("missing", "part", "https://example.org/a")]
    assert found(article, "link_moved") == [("decide", "part", "https://example.org/b")]


def test_wording_is_checked_in_english_alone():
    assert verdicts(bare("It is massaged."), "passive") == ["decide"]
    assert found(bare("It is massaged.", title="Other", language="ar"), "passive") == []


def test_places_quote_the_text_and_the_same_words_are_one_finding():
    article = bare("Numerous legs. It is **done**. Numerous feet.")
    for row in checks.findings(Revision.of(article)):
        body = article.sections.get().body
        assert all(body[start:end] == row.words for start, end in row.spots if row.field == "body")
    plain = next(row for row in checks.findings(Revision.of(article)) if row.check == "plain_word")
    assert [tuple(spot) for spot in plain.spots] == [(0, 8), (31, 39)]


# Answers


def test_an_answer_holds_while_its_words_stand_there(editor):
    article = make_article(sections=["Numerous legs."])
    before = checks.unanswered(article)
    answers.keep(article, "plain_word", "part-1", "Numerous", "it is what doctors say", by=editor)
    assert checks.unanswered(article) == before - 1
    assert Event.objects.get(action="keep").note == "Plainer words: Numerous: it is what doctors say"
    article.sections.update(body="Numerous feet and numerous legs.")
    assert checks.unanswered(article) == before
    copy = publishing.duplicate(article, by=editor)
    assert [answer.because for answer in copy.answers.all()] == ["it is what doctors say"]
    answers.take_back(article.answers.get(), by=editor)
    assert not article.answers.exists()


def test_an_answer_to_a_check_that_is_no_longer_made_can_be_taken_back(editor):
    article = bare()
    answers.take_back(article.answers.create(finding="old_check", place="summary", because="So"), by=editor)
    assert Event.objects.latest("pk").note == "old_check: summary: So"
    assert not article.answers.exists()


@pytest.mark.parametrize(
    "said",
    [
        ("nothing", "part-1", "", "so"),
        ("passive", "", "", "so"),
        ("passive", "part-1", "w" * 301, "so"),
        ("passive", "p" * 81, "", "so"),
        ("passive", "part-1", "", " "),
        ("passive", "part-1", "", "x" * 301),
        ("passive", "part-1", "\0", "so"),
    ],
    ids=range(7),
)
def test_an_answer_that_makes_no_sense_is_refused(editor, said):
    with pytest.raises(Refused):
        answers.keep(make_article(), *said, by=editor)
    assert not Answer.objects.exists()


def test_editors_answer_without_javascript(editor, editor_client):
    article = make_article(sections=["Numerous legs."])
    desk = AtDesk(editor, article)
    assert "Numerous" in desk.words
    keep = change_path(article).replace("change", "checks/keep")
    said = {"finding": "plain_word", "place": "part-1", "words": "Numerous", "because": "doctors say so"}
    page = editor_client.post(keep, said, follow=True).content.decode()
    assert "Kept because doctors say so (Edith" in page
    answer = Answer.objects.get()
    editor_client.post(keep, said | {"because": "they do"})
    assert Answer.objects.get().because == "they do"
    assert "Say in a line why" in editor_client.post(keep, said | {"because": ""}, follow=True).content.decode()
    editor_client.post(keep.replace("keep", f"{answer.pk}/take-back"))
    assert not Answer.objects.exists()
    marked = editor_client.get(keep.replace("keep/", "")).content.decode()
    assert '<mark><span class="of">Plainer words</span> Numerous</mark> legs.' in marked


@pytest.mark.parametrize(("role", "status"), [("Author", 200), ("Reviewer", 403), (None, 302)])
def test_only_who_may_change_an_article_checks_and_answers(client, role, status):
    article = make_article()
    if role:
        client.force_login(make_role(role))
    live = change_path(article).replace("change", "checks")
    assert client.post(live, form_of(article)).status_code == status
    client.post(f"{live}keep/", {"finding": "passive", "place": "summary", "because": "so"})
    assert Answer.objects.exists() == (role == "Author")


def test_the_live_list_is_of_what_the_form_says_and_saves_nothing(editor_client):
    article = make_article()
    live = change_path(article).replace("change", "checks")
    changes = {0: {"body": "It is massaged."}, 1: {"heading": "New", "body": "Numerous legs."}}
    page = editor_client.post(live, form_of(article, changes)).content.decode()
    assert 'href="#id_sections-0-body"' in page
    assert 'href="#id_sections-1-body"' in page
    assert article.sections.get().body == "Rest your feet."
    long = editor_client.post(live, form_of(article, {0: {"body": "x " * 30_000}}))
    assert long.status_code == 200
    assert Article.objects.get().revisions.count() == 1


def test_readers_see_no_marks(client):
    make_article(sections=["Numerous legs."])
    assert "<mark" not in client.get("/articles/sore-feet/").content.decode()


# The gate


def refused(article):
    with pytest.raises(Refused) as error:
        publishing.publish(article, by=None)
    return " ".join(map(str, error.value.reasons))


def test_the_gate_gives_every_reason_at_once():
    today = timezone.localdate()
    body = f"# One\n\n### Three\n\n#\n\n[x](javascript:1) ![]({PICTURE})"
    article = bare(body, known="# A\n\n#### B", review_due=today - timedelta(days=1))
    article.sources.create(title="Feet", url="javascript:1")
    picture = Picture.objects.create(title="Leg", image=PICTURE)
    article.sections.update(picture=picture)
    said = refused(article)
    for part in (
        "skips a level",
        "no words",
        "javascript:1",
        "no description",
        "library",
        "“Feet”",
        "“B”",
        "in the past",
    ):
        assert part in said
    picture.is_decorative = True
    picture.save()
    assert "library" not in refused(article)


@pytest.mark.parametrize(("days", "is_refused"), [(-1, True), (0, False), (1000, False), (1200, True)])
def test_the_next_review_is_due_within_three_years_when_newly_set(days, is_refused):
    day = timezone.localdate() + timedelta(days=days)
    article = bare(review_due=day)
    if is_refused:
        assert "review" in refused(article)
    else:
        publishing.publish(article, by=None)


def test_an_overdue_article_can_always_be_corrected():
    article = make_article(review_due=timezone.localdate() - timedelta(days=30))
    article.sections.update(body="Better.")
    assert publishing.publish(article, by=None).number == 2


def test_a_review_by_somebody_who_counts_as_an_author_is_not_claimed(editor):
    article = bare()
    revision = publishing.submit(article, by=editor)
    writer = make_contributor()
    until = timezone.localdate() + timedelta(days=90)
    Review.objects.create(revision=revision, contributor=writer, name=writer.name, correct_until=until)
    article.revisions.update(created_by=editor)
    writer.user = editor
    writer.save()
    assert "counts as its author" in refused(article)


def test_the_page_before_publishing_tells_the_open_findings(editor_client):
    article = make_article(sections=["Numerous legs."])
    article.sections.update(body="Numerous feet.")
    publishing.record(article, by=None)
    page = editor_client.get(change_path(article).replace("change", "move/publish")).content.decode()
    assert "Plainer words: 1" in page
    assert Verdict.MISSING.label == "Missing"
