"""Replacing words or an address in all articles: places, their preview, and the change itself."""

import pytest

from articles import publishing, replacing
from articles.models import Article, Event, OutsideLink
from articles.replacing import Address, Words, apply, places, preview
from tests.desk_forms import change_path, form_of
from tests.factories import make_article, make_role
from tests.html_reader import words as words_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/articles/article/replace/"


def shown(search, after=0):
    """Return the names of the places that a preview ticks."""
    return [
        group.name(place) for group in preview(search, after).groups for place in group.places if not place.is_doubtful
    ]


def replace_all(search, **options):
    return apply(search, shown(search), by=None, **options)


def body(article):
    return article.sections.first().body


def make(text, title="Sore feet", **fields):
    """Return an article with one section, saved as a version."""
    article = make_article(title, sections=[text], published=False, **fields)
    publishing.record(article, by=None)
    return article


@pytest.mark.parametrize(
    ("find", "new", "options", "before", "after"),
    [
        ("foot", "hand", {}, "Foot, foot, barefoot.", "hand, hand, barehand."),
        ("foot", "hand", {"match_case": True}, "Foot, foot.", "Foot, hand."),
        (
            "foot",
            "hand",
            {"whole_words": True},
            "Foot, barefoot, foot_, foot-bath.",
            "hand, barefoot, foot_, hand-bath.",
        ),
        ("foot", "", {}, "My foot hurts.", "My  hurts."),
        ("a.c", r"\1$1\g<0>$&", {}, "abc a.c", r"abc \1$1\g<0>$&"),
        ("(", "[", {}, "f(x", "f[x"),
        ("\\", "/", {}, "a\\b", "a/b"),
        ("%", " per cent", {}, "5% or 5_", "5 per cent or 5_"),
        ("_", "-", {}, "5% or 5_", "5% or 5-"),
        ("ärger", "Mühe", {}, "ÄRGER und Ärger", "Mühe und Mühe"),
        ("ألم", "وجع", {"whole_words": True}, "ألم في الساق", "وجع في الساق"),
        ("aa", "a", {}, "aaaaa", "aaa"),
        ("foot", "foot bath", {}, "foot", "foot bath"),
        ("FOOT", "foot", {}, "FOOT and foot", "foot and foot"),
        ("’", "'", {}, "don’t", "don't"),
        ("  ", " ", {}, "two  blanks", "two blanks"),
    ],
    ids=range(16),
)
def test_words_are_replaced_as_they_stand(find, new, options, before, after):
    article = make(before, title="Nothing")
    replace_all(Words(find, new, **options))
    assert body(article) == after


def test_all_texts_of_working_copies_are_looked_through():
    article = make("Pain.", "Pain", slug="p", summary="Pain.", known="Pain.", funding="Pain", also_called="pain")
    article.sections.create(
        position=2, heading="Pain if", kind="exercise", when="prevent", steps="Pain\nRest", stop_if="pain"
    )
    article.sections.create(position=3, heading="x", kind="text", steps="Pain, unseen")
    article.sources.create(title="Pain", url="https://pain.example/")
    publishing.record(article, by=None)
    replace_all(Words("pain", "ache", match_case=False))
    article.refresh_from_db()
    assert (article.title, article.summary, article.known, article.funding, article.also_called, article.slug) == (
        *("ache", "ache.", "ache.", "ache", "ache", "p"),
    )
    rows = list(article.sections.values_list("heading", "body", "steps", "stop_if"))
    assert rows == [("Part 1", "ache.", "", ""), ("ache if", "", "ache\nRest", "ache"), ("x", "", "Pain, unseen", "")]
    assert article.sources.get().title == "Pain"


def test_what_readers_see_stays_and_the_working_copy_has_a_new_version_with_a_note():
    article, by = make_article(sections=["My foot."]), make_role("Author")
    search = Words("foot", "hand")
    report = apply(search, shown(search), by=by)
    newest = publishing.newest(article)
    assert (report.changed, report.skipped) == ([(article, 1)], [])
    assert (newest.number, newest.note, newest.created_by) == (2, "Replaced “foot” by “hand”.", by)
    assert article.revisions.published().get().sections[0]["body"] == "My foot."
    assert Event.objects.first().action == "replace"


def test_only_what_is_ticked_is_replaced():
    article = make("one two one two one", title="Ones")
    names = [name for name in shown(Words("one", "1")) if ".body:" in name]
    apply(Words("one", "1"), [names[0], names[2]], by=None)
    assert body(article) == "1 two one two 1"


def test_what_is_part_of_a_link_or_a_key_is_not_ticked_by_itself():
    text = "cramp [cramp](https://a.example/cramp) [^cramp] <https://cramp.example>\n\n[x]: /cramp/"
    make(text, title="Links")
    found = [place for group in preview(Words("cramp", "spasm")).groups for place in group.places]
    assert [place.is_doubtful for place in found] == [False, False, True, True, True, True]


def test_deleted_articles_are_left_out():
    article = make("foot")
    publishing.delete(article, by=None)
    assert not preview(Words("foot", "hand")).groups


def test_what_somebody_changed_meanwhile_stays():
    article, search = make("My foot."), Words("foot", "hand")
    names = shown(search)
    article.sections.update(body="A foot, and another foot.")
    publishing.record(article, by=None)
    report = apply(search, names, by=None)
    assert (report.changed, report.skipped[0][0]) == ([], article)
    assert "Somebody changed the article meanwhile" in report.skipped[0][2]
    assert body(article) == "A foot, and another foot."


def test_sent_twice_it_is_replaced_once():
    article, search = make("foot"), Words("foot", "foot bath")
    names = shown(search)
    reports = [apply(search, names, by=None) for _ in range(2)]
    assert [report.count for report in reports] == [1, 0]
    assert body(article) == "foot bath"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        "x:y:z:0",
        "999:1:article.title:0",
        "0:0:article.title:0",
        "1:1:article.slug:0",
        "²:1:a.b:0",
        "1:1:a.b:²",
    ],
)
def test_names_of_no_place_are_left_out(name):
    article = make("foot")
    assert (
        apply(Words("foot", "hand"), [name, f"{article.pk}:1:article.slug:0", f"{article.pk}:1:a.b.c:0"], by=None).count
        == 0
    )
    assert body(article) == "foot"


def test_a_place_that_is_no_longer_there_is_told():
    article = make("foot")
    report = apply(Words("foot", "hand"), [f"{article.pk}:1:section.part-1.body:2"], by=None)
    assert [reason for *_rest, reason in report.skipped] == ["Some of what was ticked is not there any more."]


def reasons(search):
    return [str(reason) for *_rest, reason in replace_all(search).skipped]


def test_what_would_break_a_rule_stays_and_the_rest_is_changed():
    article = make("do not walk far")
    article.sections.create(position=2, heading="Do", kind="do_dont", do="Walk", do_not="do not walk far")
    publishing.record(article, by=None)
    report = replace_all(Words("do not", "never"))
    assert report.changed == [(article, 1)]
    assert "Start each line with “do not”" in report.skipped[0][2]
    assert list(article.sections.values_list("body", "do_not")) == [("never walk far", ""), ("", "do not walk far")]


def test_what_was_wrong_before_is_no_reason():
    article = make("")
    article.sections.create(position=2, heading="See a doctor", kind="urgent", body="foot")
    publishing.record(article, by=None)
    assert reasons(Words("foot", "hand")) == []


def test_what_would_be_too_long_or_empty_or_unsafe_stays():
    article = make("See [it](https://a.example).", title="T" * 118 + "ab", slug="t", summary="b")
    assert reasons(Words("ab", "abc")) == ["It would have 121 characters, and at most 120 fit."]
    assert reasons(Words("Part 1", "")) == ["This field cannot be blank."]
    assert reasons(Words("b", "b" * 401))[1] == "It would have 401 characters, and at most 400 fit."
    find = Words("https://a", "javascript:a")
    names = [group.name(place) for group in preview(find).groups for place in group.places]
    assert "can't be used" in apply(find, names, by=None).skipped[0][2]
    assert body(article) == "See [it](https://a.example)."


def test_a_text_over_its_limit_stays():
    make("a" * 40_000)
    assert "at most 50000" in reasons(Words("a" * 100, "b" * 200))[0]


def test_thousands_of_places_are_shown_a_part_at_a_time():
    article = make("x " * 5000, title="One")
    make("x", title="Two")
    found = preview(Words("x", "y"))
    assert ([group.left for group in found.groups], found.count, found.left) == ([4800], 200, 1)
    assert replace_all(Words("x", "y")).count == 200
    assert body(article).count("y") == 200
    assert preview(Words("x", "y"), after=article.pk).count == 1


def test_the_database_chooses_the_articles(django_assert_max_num_queries):
    for number in range(30):
        make(f"Text {number}.", title=f"Article {number}")
    with django_assert_max_num_queries(6):
        assert preview(Words("Text 7.", "x")).count == 1


# Links


def linking(text, **fields):
    article = make(text, **fields)
    return article, OutsideLink.objects.get(url__contains="old")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](https://old.example/x)", "[a](NEW)"),
        ("[a](<https://old.example/x> 'Title')", "[a](<NEW> 'Title')"),
        ("<https://old.example/x>", "<NEW>"),
        ("[a][1] [b][1]\n\n[1]: https://old.example/x", "[a][1] [b][1]\n\n[1]: NEW"),
        ("> - [a](https://old.example/x)", "> - [a](NEW)"),
        ("`[a](https://old.example/x)` [a](https://old.example/x)", "`[a](https://old.example/x)` [a](NEW)"),
        ("[a](https://old.example/x) [b](https://old.example/xy)", "[a](NEW) [b](https://old.example/xy)"),
        ("[https://old.example/x](https://old.example/x)", "[https://old.example/x](NEW)"),
        ("[a](https://old.example\\/x)", "[a](NEW)"),
        ("| a |\n| --- |\n| [a](https://old.example/x) |", "| a |\n| --- |\n| [a](NEW) |"),
    ],
    ids=range(10),
)
def test_a_link_is_replaced_wherever_the_page_has_it(before, after):
    article = make(before)
    link, new = OutsideLink.objects.get(url="https://old.example/x"), "https://new.example/y?z=1"
    assert replace_all(Address(link, new)).count >= 1
    assert body(article) == after.replace("NEW", new)
    assert new in article.outside_links.values_list("url", flat=True)


def test_brackets_in_a_new_address_stay_part_of_it():
    article, link = linking("[a](https://old.example)")
    replace_all(Address(link, "https://new.example/a_(b"))
    assert article.outside_links.get().url == "https://new.example/a_(b"


def test_fields_of_one_line_each_sources_and_anchors_are_replaced_too():
    article = make("[a](#old)", known="[b](#old)")
    article.sections.create(position=2, heading="Do", kind="do_dont", do="See [a](#old)\nRest")
    publishing.record(article, by=None)
    replace_all(Address(OutsideLink.objects.get(), "#part-1"))
    article.refresh_from_db()
    assert (body(article), article.known) == ("[a](#part-1)", "[b](#part-1)")
    assert article.sections.get(position=2).do == "See [a](#part-1)\nRest"


def test_the_address_of_a_source_is_replaced_by_none_that_a_source_can_have():
    article = make("Text.")
    article.sources.create(title="Book", url="https://old.example/ä")
    publishing.record(article, by=None)
    link = OutsideLink.objects.get()
    assert "full web address" in replace_all(Address(link, "/about/")).skipped[0][2]
    replace_all(Address(link, "https://new.example"))
    assert article.sources.get().url == "https://new.example"


def test_many_links_in_one_text_are_replaced_all_at_once(monkeypatch):
    parsed = []
    links = replacing.Text.links
    monkeypatch.setattr(replacing.Text, "links", lambda text, value: parsed.append(1) or links(text, value))
    _article, link = linking("[a](https://old.example) " * 300)
    assert preview(Address(link, "https://new.example")).groups[0].left == 100
    assert len(parsed) < 10


# The pages


def search(client, **data):
    return client.get(PAGE, {"find": "foot", "new": "hand"} | data)


def test_the_page_shows_each_change_and_makes_it(editor_client):
    article = make("My foot & <b>foot</b>.", title="Legs")
    html = search(editor_client).content.decode()
    assert "2 places in 1 article" in words_of(html)
    assert "My <del>foot</del><ins>hand</ins> &amp; &lt;b&gt;foot" in html
    response = editor_client.post(PAGE, {"find": "foot", "new": "hand", "place": shown(Words("foot", "hand"))})
    assert "2 places were replaced" in response.content.decode()
    assert body(article) == "My hand & <b>hand</b>."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"find": ""}, "Write what to look for."),
        ({"find": "hand"}, "Both say the same."),
        ({"find": "a\x00b"}, "Null characters are not allowed."),
        ({"find": "a\nb"}, "Write it in one line."),
        ({"find": "x" * 201}, "at most 200 characters"),
        ({"find": "nowhere"}, "No article says this."),
        ({"find": "[(*"}, "No article says this."),
        ({"after": "²"}, "1 place in 1 article"),
        ({"after": "9" * 30}, "1 place in 1 article"),
    ],
    ids=range(9),
)
def test_bad_input_gets_a_sentence(editor_client, data, sentence):
    make("My foot.", title="Legs")
    response = search(editor_client, **data)
    assert response.status_code in (200, 400)
    assert sentence in words_of(response.content.decode())


def test_nothing_ticked_changes_nothing_and_says_so(editor_client):
    article = make("My foot.", title="Legs")
    response = editor_client.post(PAGE, {"find": "foot", "new": "hand"})
    assert "nothing was ticked" in response.content.decode()
    assert body(article) == "My foot."


def test_a_page_sent_after_being_signed_out_comes_back_with_its_ticks(client, editor):
    article = make("foot foot", title="Legs")
    ticked = shown(Words("foot", "hand"))[1]
    data = {"find": "foot", "new": "hand", "place": ticked}
    sent = data | {"_again-login": "Edith", "_again-password": "a-long-enough-one"}
    html = client.post(PAGE, sent).content.decode()
    assert f'value="{ticked}" checked' in html
    assert html.count(" checked") == 1
    assert body(article) == "foot foot"


@pytest.mark.parametrize(("role", "status"), [("Author", 200), ("Editor", 200), ("Reviewer", 403), ("", 302)])
def test_who_may_change_articles_may_replace(client, role, status):
    make("[old](https://old.example)")
    link = OutsideLink.objects.get()
    if role:
        client.force_login(make_role(role))
    pages = [PAGE, f"/admin/articles/outsidelink/{link.pk}/replace/", "/admin/articles/outsidelink/"]
    pages.append(f"/admin/articles/outsidelink/{link.pk}/change/")
    assert [client.get(address).status_code for address in pages] == [status] * 4


def test_a_link_is_replaced_from_its_page(editor_client):
    article, link = linking("[a](https://old.example)")
    page = f"/admin/articles/outsidelink/{link.pk}/replace/"
    html = editor_client.get(page, {"new": "https://new.example"}).content.decode()
    assert "1 place in 1 article" in words_of(html)
    names = shown(Address(link, "https://new.example"))
    editor_client.post(page, {"new": "https://new.example", "place": names})
    assert body(article) == "[a](https://new.example)"


@pytest.mark.parametrize(
    "new",
    [
        *(
            "",
            "javascript:alert(1)",
            "//evil.example",
            "https://",
            "https://a b.example",
            "x",
            "https://me:pw@a.example",
        ),
        *("https://old.example", "https://a..b", "https://a.example/\\x", "https://a.example/" + "x" * 2000),
    ],
    ids=range(11),
)
def test_an_address_that_no_text_may_link_to_is_refused(editor_client, new):
    article, link = linking("[a](https://old.example)")
    data = {"new": new, "place": [f"{article.pk}:1:section.part-1.body:4"]}
    assert editor_client.post(f"/admin/articles/outsidelink/{link.pk}/replace/", data).status_code == 400
    assert body(article) == "[a](https://old.example)"


def test_an_editor_who_has_the_article_open_loses_nothing(editor_client):
    article = make("My foot.", title="Legs")
    data = form_of(article, {0: {"heading": "Mine"}})
    replace_all(Words("foot", "hand"))
    response = editor_client.post(change_path(article), data, follow=True)
    section = Article.objects.get().sections.get()
    assert "Nothing is saved yet" in response.content.decode() or (section.heading, section.body) == (
        "Mine",
        "My hand.",
    )
    assert section.body == "My hand."


def test_a_change_of_many_articles_ends_in_time(monkeypatch):
    make("foot", title="One")
    monkeypatch.setattr(replacing, "SECONDS", -1)
    assert "no time left" in reasons(Words("foot", "hand"))[0]


def test_places_say_where_they_are():
    article = make("My foot.", title="Foot")
    assert [place.text.label for place in places(Words("foot", "hand"), article)] == [
        "title",
        "summary",
        "“Part 1”, text",
    ]
