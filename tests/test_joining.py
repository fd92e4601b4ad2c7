"""Two editors at once lose nothing: what both did is joined, or both texts are shown."""

import pytest
from django.utils import timezone

from articles.models import Article, Contributor, Revision, Topic
from articles.publishing import last_public, newest, publish, restore
from tests.desk_forms import AtDesk, change_path, form_of
from tests.factories import make_article, make_contributor, make_role

pytestmark = pytest.mark.django_db

NEXT_YEAR = timezone.now().year + 1


@pytest.fixture
def article():
    article = make_article(sections=[(letter, f"Text of {letter}.") for letter in "ABCD"])
    article.sources.create(title="Cramps", publisher="An institute", year=2020, position=1)
    publish(article, by=None)
    return article


@pytest.fixture
def anna(article):
    """Who opened the form first, and saves last."""
    return AtDesk(make_role("Editor", "Anna"), article)


@pytest.fixture
def bob(article):
    return AtDesk(make_role("Editor", "Bob"), article)


def bodies(article):
    return {section.heading: section.body for section in article.sections.all()}


def headings(article):
    return "".join(section.heading for section in article.sections.all())


# Different parts


def test_changes_of_different_sections_are_joined(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("A", body="Anna's words.")
    assert anna.save().is_saved
    assert bodies(article) == {"A": "Anna's words.", "B": "Bob's words.", "C": "Text of C.", "D": "Text of D."}
    assert "Joined with what was saved meanwhile: “B”." in anna.words
    assert newest(article).sections[1]["body"] == "Bob's words."


def test_a_change_of_the_title_and_one_of_a_section_are_joined(article, anna, bob):
    bob.write(title="Tired feet", known="It passes.")
    bob.save()
    anna.write("A", body="Anna's words.")
    anna.write(summary="New summary.")
    assert anna.save().is_saved
    article.refresh_from_db()
    assert (article.title, article.known, article.summary) == ("Tired feet", "It passes.", "New summary.")
    assert "meanwhile: “title”, “what is known”." in anna.words


def test_authors_that_two_people_tick_are_both_authors(article):
    rosa, tom = make_contributor("Rosa"), make_contributor("Tom")
    anna, bob = (AtDesk(make_role(role), article) for role in ("Editor", "Author"))
    bob.write(authors=[str(rosa.pk)])
    bob.save()
    anna.write(authors=[str(tom.pk)])
    assert anna.save().is_saved
    assert set(article.authors.all()) == {rosa, tom}
    anna.open()
    bob.open()
    anna.write(authors=[str(tom.pk)])
    anna.save()
    bob.write("A", body="Bob's words.")
    assert bob.save().is_saved
    assert list(article.authors.all()) == [tom]


def test_sections_that_both_add_under_one_heading_both_stay(article, anna, bob):
    bob.add("Rest", "Bob's.")
    bob.save()
    anna.add("Rest", "Anna's.")
    assert anna.save().is_saved
    rows = article.sections.filter(heading="Rest").values_list("body", "key")
    assert sorted(rows) == [("Anna's.", "rest-2"), ("Bob's.", "rest")]


def test_sources_that_both_add_both_stay(article, anna, bob):
    bob.add("Feet", rows="sources")
    bob.save()
    anna.add("Toes", rows="sources")
    assert anna.save().is_saved
    assert {source.title for source in article.sources.all()} == {"Cramps", "Feet", "Toes"}


def test_different_sources_are_joined(article, anna, bob):
    bob.write("Cramps", year="2021")
    bob.save()
    anna.add("Toes", rows="sources")
    assert anna.save().is_saved
    assert [(source.title, source.year) for source in article.sources.all()] == [("Cramps", 2021), ("Toes", None)]


def test_a_form_that_is_sent_twice_adds_its_section_once(article, anna):
    anna.add("Rest", "Sit down.", position=2)
    sent = dict(anna.fields)
    anna.save()
    anna.fields = sent
    assert anna.save().is_saved
    assert headings(article) == "ARestBCD"
    assert article.revisions.count() == 3


def test_what_both_changed_alike_is_no_conflict(article, anna, bob):
    for desk in (bob, anna):
        desk.write("A", body="The same words.\r\nTwice.")
        desk.write("B", DELETE="on")
        desk.write(title="The same title")
        assert desk.save().is_saved
    assert headings(article) == "ACD"
    assert article.revisions.count() == 3


# The same part


def test_the_same_section_shows_both_texts_and_saves_nothing(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.write("C", body="Bob was here too.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.write("A", heading="Anna's heading")
    anna.write(summary="Anna's summary.")
    anna.add("New", "Anna's section.")
    anna.save()
    assert anna.response.status_code == 200
    assert not anna.is_saved
    assert anna.undecided == ["sections-b"]
    assert "<del>Bob</del><ins>Anna</ins>" in anna.text
    assert "Version 3, saved by Bob" in anna.words
    assert bodies(article)["B"] == "Bob's words."
    kept = {"B": "Anna's words.", "Anna's heading": "Text of A.", "C": "Bob was here too.", "New": "Anna's section."}
    for heading, body in kept.items():
        assert anna[f"{anna.row(heading)}-body"] == body
    assert (anna["summary"], anna["version"]) == ("Anna's summary.", "3")
    assert article.revisions.count() == 3


@pytest.mark.parametrize(
    ("decision", "body"), [("keep", "Anna's words."), ("theirs", "Bob's words."), ("delete", None)]
)
def test_a_decision_is_obeyed(article, anna, bob, decision, body):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.write("A", body="Other words of Anna's.")
    anna.save()
    assert anna.save(sections__b=decision).is_saved
    assert bodies(article).get("B") == body
    assert bodies(article)["A"] == "Other words of Anna's."
    assert bob.client.get(bob.path).status_code == 200


def test_both_texts_can_be_combined(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.save()
    anna.write("B", body="Anna's and Bob's words.")
    assert anna.save(sections__b="keep").is_saved
    assert bodies(article)["B"] == "Anna's and Bob's words."


@pytest.mark.parametrize("nothing", ["", "nonsense"])
def test_saving_without_a_decision_asks_for_it_again(article, anna, bob, nothing):
    for desk, word in ((bob, "Bob"), (anna, "Anna")):
        desk.write("B", body=f"{word}'s words.")
        desk.write(title=f"{word}'s title")
        desk.save()
    assert anna.undecided == ["title-", "sections-b"]
    anna.save(**{"title-": "keep", "sections-b": nothing})
    assert anna.undecided == ["sections-b"]
    assert "<del>Bob</del><ins>Anna</ins>" in anna.text
    assert bodies(article)["B"] == "Bob's words."
    anna.save(sections__b="keep")
    article.refresh_from_db()
    assert (bodies(article)["B"], article.title) == ("Anna's words.", "Anna's title")


def test_an_undecided_part_that_says_the_same_by_now_asks_nothing(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.save()
    anna.write("B", body="Bob's words.")
    assert anna.save().is_saved


@pytest.mark.parametrize(
    ("name", "bobs", "annas"),
    [
        ("title", "Bob's", "Anna's"),
        ("summary", "Bob's", "Anna's"),
        ("known", "Bob *knows*.", "Anna knows."),
        ("also_called", "", "other"),
        ("review_due", f"{NEXT_YEAR}-01-01", f"{NEXT_YEAR}-02-02"),
        ("slug", "bobs", "annas"),
    ],
)
@pytest.mark.parametrize("decision", ["keep", "theirs"])
def test_a_field_that_both_changed_is_decided_too(article, anna, bob, name, bobs, annas, decision):
    Article.objects.update(also_called="feet")
    bob.fields["also_called"] = anna.fields["also_called"] = ["feet"]
    publish(article, by=None)
    bob.open()
    anna.open()
    bob.write(**{name: bobs})
    bob.save()
    anna.write(**{name: annas})
    anna.save()
    assert anna.undecided == [f"{name}-"]
    assert anna[name] == annas
    assert anna.save(**{f"{name}-": decision}).is_saved
    article.refresh_from_db()
    assert str(getattr(article, name)) == (annas if decision == "keep" else bobs)


def test_a_kind_that_both_changed_is_shown_in_words(article, anna, bob):
    bob.write("B", kind="more_help")
    bob.save()
    anna.write("B", kind="act_now", body="1. Rest.")
    anna.save()
    assert "More help" in anna.words.partition("Decide: B")[2]
    assert "<ins>Act now" in anna.text


def test_a_source_that_both_changed_is_decided(article, anna, bob):
    bob.write("Cramps", year="2021")
    bob.save()
    anna.write("Cramps", year="2022", url="https://example.org/")
    anna.save()
    assert anna.undecided == ["sources-an-institute"]
    assert "year: <del>2021</del><ins>2022" in anna.text
    anna.save(**{"sources-an-institute": "theirs"})
    assert [(source.year, source.url) for source in article.sources.all()] == [(2021, "")]


def test_hostile_words_are_shown_as_words(article, anna, bob):
    hostile = "<script>alert(1)</script>{{ 7 }}"
    for desk, word in ((bob, "Bob"), (anna, "Anna")):
        desk.write("B", heading=f"{word} {hostile}", body=f"{hostile} {word}")
        desk.save()
    assert anna.undecided == ["sections-b"]
    assert "<script>alert" not in anna.text


# Deleting


@pytest.mark.parametrize(("decision", "body"), [("keep", "Anna's words."), ("delete", None)])
def test_a_section_that_the_other_deleted_and_i_changed_is_decided(article, anna, bob, decision, body):
    bob.write("B", DELETE="on")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.save()
    assert "It was deleted meanwhile. You changed it:" in anna.words
    assert anna[f"{anna.row('B')}-body"] == "Anna's words."
    assert anna.save(sections__b=decision).is_saved
    assert bodies(article).get("B") == body
    assert not article.sections.filter(heading="B").exclude(key="b").exists()


@pytest.mark.parametrize(("decision", "body"), [("keep", "Bob's words."), ("delete", None)])
def test_a_section_that_i_deleted_and_the_other_changed_is_decided(article, anna, bob, decision, body):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", DELETE="on")
    anna.save()
    assert "You have deleted it. It was changed meanwhile:" in anna.words
    assert bodies(article)["B"] == "Bob's words."
    assert anna.save(sections__b=decision).is_saved
    assert bodies(article).get("B") == body


def test_a_section_that_the_other_deleted_and_i_only_moved_is_gone(article, anna, bob):
    bob.write("B", DELETE="on")
    bob.save()
    anna.write("B", position=1)
    assert anna.save().is_saved
    assert headings(article) == "ACD"
    assert "Joined with what was saved meanwhile: “B”." in anna.words


def test_a_section_that_the_other_moved_and_i_deleted_is_gone(article, anna, bob):
    bob.write("D", position=1)
    bob.save()
    anna.write("D", DELETE="on")
    assert anna.save().is_saved
    assert headings(article) == "ABC"


@pytest.mark.parametrize(("decision", "titles"), [("keep", ["Cramps"]), ("delete", [])])
def test_a_source_that_one_deleted_and_the_other_changed_is_decided(article, anna, bob, decision, titles):
    bob.write("Cramps", DELETE="on")
    bob.save()
    anna.write("Cramps", year="2022")
    anna.save()
    assert anna.save(**{"sources-an-institute": decision}).is_saved
    assert [(source.title, source.key) for source in article.sources.all()] == [(t, "an-institute") for t in titles]


def test_what_i_deleted_keeps_its_words_while_i_decide(article, anna, bob):
    for desk, word in ((bob, "Bob"), (anna, "Anna")):
        desk.write("A", body=f"{word}'s words.")
    anna.write("C", DELETE="on")
    bob.save()
    anna.save()
    deleted = anna.row("C")
    assert (anna[f"{deleted}-body"], anna[f"{deleted}-DELETE"]) == ("Text of C.", "on")
    del anna.fields[f"{deleted}-DELETE"]
    anna.save(sections__a="keep")
    assert headings(article) == "ABCD"


# Order


def test_a_new_order_and_a_changed_text_are_joined(article, anna, bob):
    bob.write("D", position=1)
    bob.save()
    anna.write("D", body="Anna's words.")
    assert anna.save().is_saved
    assert (headings(article), bodies(article)["D"]) == ("DABC", "Anna's words.")
    anna.open()
    bob.open()
    bob.write("A", body="Bob's words.")
    bob.save()
    anna.write("D", position=4)
    assert anna.save().is_saved
    assert (headings(article), bodies(article)["A"]) == ("ABCD", "Bob's words.")


def test_of_two_new_orders_mine_stands_and_i_am_told(article, anna, bob):
    bob.write("A", position=4)
    bob.save()
    assert headings(article) == "BCDA"
    anna.write("D", position=1)
    assert anna.save().is_saved
    assert headings(article) == "DABC"
    assert "The order was changed meanwhile, too. Yours was kept." in anna.words
    assert [section["heading"] for section in article.revisions.get(number=3).sections] == list("BCDA")


def test_added_sections_stand_where_each_put_them(article, anna, bob):
    bob.add("Y", "y", position=2)
    bob.save()
    anna.add("Z", "z", position=4)
    assert anna.save().is_saved
    assert headings(article) == "AYBCZD"


# Address and topic, which belong to no version


def test_an_address_and_a_topic_that_i_did_not_touch_stay_the_others(article, anna, bob):
    topic = Topic.objects.create(name="Feet", slug="feet")
    bob.write(slug="tired-feet", topic=topic.pk)
    bob.save()
    anna.write("A", body="Anna's words.")
    assert anna.save().is_saved
    article.refresh_from_db()
    assert (article.slug, article.topic, bodies(article)["A"]) == ("tired-feet", topic, "Anna's words.")
    assert "meanwhile: “address”, “topic”." in anna.words


def test_an_address_that_failed_once_still_knows_what_it_was(article, anna, bob):
    anna.write(title="")
    anna.save()
    bob.write(slug="tired-feet")
    bob.save()
    anna.write(title="Anna's title")
    assert anna.save().is_saved
    article.refresh_from_db()
    assert (article.slug, article.title) == ("tired-feet", "Anna's title")


def test_two_topics_are_shown_by_their_names(article, anna, bob):
    topics = [Topic.objects.create(name=name, slug=name) for name in ("hands", "feet")]
    for desk, topic in zip((bob, anna), topics, strict=True):
        desk.write(topic=topic.pk)
        desk.save()
    assert anna.undecided == ["topic-"]
    assert "<del>hands</del><ins>feet</ins>" in anna.text
    anna.save(**{"topic-": "theirs"})
    article.refresh_from_db()
    assert article.topic == topics[0]


# No false alarm


def test_a_second_tab_raises_no_alarm_after_a_save(article, anna):
    tab = AtDesk(anna.client.get(anna.path).wsgi_request.user, article)
    anna.write("A", body="From the first tab.")
    anna.save()
    assert tab.save().is_saved
    tab.write("B", body="From the second tab.")
    assert tab.save().is_saved
    assert (bodies(article)["A"], bodies(article)["B"]) == ("From the first tab.", "From the second tab.")


def test_votes_and_publications_raise_no_alarm(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.open()
    publish(article, by=None)
    article.votes.create(revision=last_public(article), voter="x" * 64, value=4)
    anna.write("B", body="Anna's words.")
    assert anna.save().is_saved
    assert "Joined" not in anna.words


def test_a_text_that_was_changed_and_restored_raises_no_alarm(article, anna, bob):
    opened = newest(article)
    bob.write("B", DELETE="on")
    bob.write("A", body="Bob's words.")
    bob.save()
    restore(opened, by=None)
    anna.write("A", body="Anna's words.")
    anna.write("B", body="More of Anna's words.")
    assert anna.save().is_saved
    assert headings(article) == "ABCD"
    assert bodies(article)["B"] == "More of Anna's words."


def test_a_save_that_changes_nothing_is_no_version(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    count = article.revisions.count()
    assert anna.save().is_saved
    assert article.revisions.count() == count
    assert bodies(article)["B"] == "Bob's words."


# More than two


def test_a_third_change_while_i_decide_is_joined_or_decided_too(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.save()
    carl = AtDesk(make_role("Author", "Carl"), article)
    carl.write("B", body="Carl's words.")
    carl.write("C", body="Carl was here.")
    carl.save()
    anna.save(sections__b="keep")
    assert anna.undecided == ["sections-b"]
    assert "<del>Carl</del><ins>Anna</ins>" in anna.text
    assert anna.save(sections__b="keep").is_saved
    assert (bodies(article)["B"], bodies(article)["C"]) == ("Anna's words.", "Carl was here.")


def test_their_text_that_changed_again_while_i_chose_it_is_taken_as_it_is_now(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("B", body="Anna's words.")
    anna.save()
    bob.write("B", body="Bob's better words.")
    bob.save()
    assert anna.save(sections__b="theirs").is_saved
    assert bodies(article)["B"] == "Bob's better words."


# Bad input


def test_an_old_form_with_a_mistake_keeps_every_word(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("A", body="Anna's words.")
    anna.add("", "Words without a heading.")
    anna.write(title="", summary="Anna's summary.")
    anna.save()
    assert not anna.is_saved
    for text in ("Anna's words.", "Words without a heading.", "Anna's summary.", "Bob's words."):
        assert [text] in anna.fields.values()
    assert bodies(article)["A"] == "Text of A."
    anna.write(title="Feet")
    anna.write("", heading="Now with one")
    assert anna.save().is_saved
    assert bodies(article)["Now with one"] == "Words without a heading."
    assert bodies(article)["B"] == "Bob's words."


@pytest.mark.parametrize("version", [None, "", "0", "-1", "4711", "9" * 400, "1.5", "two", "²", "١", "\0", "1 OR 1"])
def test_an_unknown_version_overwrites_nothing(article, anna, bob, version):
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("A", body="Anna's words.")
    anna.fields["version"] = [version] if version is not None else []
    anna.save()
    assert not anna.is_saved
    assert anna.undecided == ["sections-a", "sections-b"]
    assert bodies(article)["B"] == "Bob's words."
    assert anna.save(sections__a="keep", sections__b="theirs").is_saved
    assert (bodies(article)["A"], bodies(article)["B"]) == ("Anna's words.", "Bob's words.")


def test_a_version_of_another_article_is_an_unknown_one(article, anna):
    other = make_article("Cold hands")
    for number in range(5):
        other.sections.update(body=str(number))
        publish(other, by=None)
    anna.write("A", body="Anna's words.")
    anna.write(version=other.revisions.count())
    anna.save()
    assert anna.undecided == ["sections-a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decide-", "theirs"),
        ("decide-sections-nonsense", "delete"),
        ("decide-sections-nonsense", ""),
        ("decide-authors-1", ""),
        ("decide-nonsense-", "theirs"),
        ("decide-__class__-", "theirs"),
        ("decide-sections-" + "x" * 500, "theirs"),
        ("decide-sections-b\0", "delete"),
        ("decide-title-", "delete"),
    ],
)
def test_decisions_about_nothing_decide_nothing(article, anna, name, value):
    anna.fields[name] = [value]
    anna.write("A", body="Anna's words.")
    assert anna.save().is_saved
    assert bodies(article) == {"A": "Anna's words.", "B": "Text of B.", "C": "Text of C.", "D": "Text of D."}
    article.refresh_from_db()
    assert article.title == "Sore feet"


@pytest.mark.parametrize("is_old", [True, False])
@pytest.mark.parametrize("key", ["b", "cold", "x" * 300, "../../x", "<b>", "+1", "\u202e", "B b"])
def test_a_key_that_a_new_row_may_not_have_is_replaced(article, anna, bob, is_old, key):
    make_article("Cold hands").sections.update(key="cold")
    if is_old:
        bob.write("C", body="Bob's words.")
        bob.save()
    anna.add("One", "1")
    anna.add("Two", "2")
    for heading in ("One", "Two"):
        anna.write(heading, row_key=key)
    assert anna.save().is_saved
    keys = list(article.sections.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 6
    assert set(bodies(article)) == {"A", "B", "C", "D", "One", "Two"}
    assert bodies(article)["B"] == "Text of B."


def test_a_section_of_another_article_can_not_be_taken_by_an_old_form(article, anna, bob):
    foreign = make_article("Cold hands").sections.get()
    bob.write("B", body="Bob's words.")
    bob.save()
    anna.write("A", id=foreign.pk, article=foreign.article_id, body="Anna's words.")
    anna.save()
    foreign.refresh_from_db()
    assert (foreign.article.title, foreign.body) == ("Cold hands", "Rest your feet.")
    assert bodies(article)["A"] == "Anna's words."


def test_an_old_form_that_was_cut_off_deletes_nothing(article, anna, bob):
    bob.write("B", body="Bob's words.")
    bob.save()
    start = anna.row("A")
    kept = {name: values for name, values in anna.fields.items() if not name.startswith(("sections", "sources"))}
    anna.fields = kept | {f"{start}-row_key": ["a"], f"{start}-body": ["Anna's words."], "title": ["Feet"]}
    assert anna.save().is_saved
    assert bodies(article) == {"A": "Anna's words.", "B": "Bob's words.", "C": "Text of C.", "D": "Text of D."}
    assert article.sources.count() == 1


def test_a_hundred_full_sections_are_joined(anna):
    article = make_article("Long read", sections=["x"] * 100)
    data = form_of(article, {index: {"body": f"{index} " + "wörd " * 8_300} for index in range(50)})
    for section in article.sections.all()[50:]:
        section.body = f"{section.heading} " + "other " * 8_300
        section.save()
    publish(article, by=None)
    assert anna.client.post(change_path(article), data).status_code == 302
    saved = [section.body[:8] for section in article.sections.all()]
    assert (saved[49], saved[50]) == ("49 wörd ", "Part 51 ")
    assert Revision.objects.filter(article=article).count() == 3


def test_a_hundred_conflicts_are_shown(anna):
    article = make_article("Long read", sections=["word " * 2_000] * 100)
    data = form_of(article, {index: {"body": f"Mine is {index}. " + "word " * 2_000} for index in range(100)})
    for section in article.sections.all():
        section.body = f"Theirs is {section.heading}. " + section.body
        section.save()
    publish(article, by=None)
    response = anna.client.post(change_path(article), data)
    assert response.content.decode().count('<fieldset class="conflict"') == 100


# The article itself


def test_a_form_sent_after_the_article_was_deleted_keeps_its_words(article, anna):
    Article.objects.update(deleted_at="2026-01-01T00:00Z")
    anna.write("A", body="Anna's words.")
    anna.save()
    assert not anna.is_saved
    assert "Nothing was saved, for the article is deleted." in anna.words
    assert anna[f"{anna.row('A')}-body"] == "Anna's words."
    assert bodies(article)["A"] == "Text of A."


@pytest.mark.parametrize("name", ["4711", "abc", "²", "9" * 30, "_00"])
def test_a_form_for_no_article_is_not_found(article, anna, name):
    path = f"/admin/articles/article/{name}/change/"
    for response in (anna.client.post(path, anna.fields, follow=True), anna.client.get(path, follow=True)):
        assert response.redirect_chain[0][0] == "/admin/"
        assert "doesn’t exist" in response.content.decode()


def test_a_contributor_who_is_no_more_is_told_in_words(article):
    gone = Contributor.objects.create(name="Gone")
    anna = AtDesk(make_role("Editor"), article)
    anna.write(authors=[str(gone.pk)])
    anna.write("A", body="Anna's words.")
    gone.delete()
    anna.save()
    assert "Select a valid choice" in anna.words
    assert anna[f"{anna.row('A')}-body"] == "Anna's words."


def test_sixty_sections_of_each_of_two_people_all_come_back_to_be_shortened(article, anna, bob):
    for number in range(60):
        bob.add(f"Bob {number}", "Bob's words.")
        anna.add(f"Anna {number}", "Anna's words.")
    bob.save()
    assert not anna.save().is_saved
    shown = {anna[name] for name in anna.fields if name.endswith("-heading")}
    assert {f"{who} {number}" for who in ("Anna", "Bob") for number in range(60)} <= shown
    assert "at most 100 forms" in anna.words
    assert article.sections.count() == 64


def test_a_form_without_the_authors_leaves_those_that_somebody_named_meanwhile(article, anna, bob):
    rosa = make_contributor("Rosa")
    bob.open()
    bob.write(authors=[str(rosa.pk)])
    bob.save()
    anna.write("A", body="Anna's words.")
    del anna.fields["authors_shown"]
    assert anna.save().is_saved
    assert list(article.authors.all()) == [rosa]
    assert bodies(article)["A"] == "Anna's words."
