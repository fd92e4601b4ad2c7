"""What readers say, in numbers and on pages: counted right, drawn safely, changed by nobody."""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles import csv_files, folding, plots, publishing, reports
from articles.admin import report_tables
from articles.models import Article, Reason, Tally, Vote
from tests.factories import make_article, make_role, make_staff

TODAY = date(2026, 11, 23)


@pytest.fixture
def article(db):
    return make_article("Reported feet", sections=[("Rest", "Sit down."), ("Walk", "Go slowly.")])


def votes(article, *values, days=0, **fields):
    """Add a vote of each value, last changed so many days ago."""
    fields = {"article": article, "revision": publishing.last_public(article)} | fields
    at, start = timezone.now() - timedelta(days=days), Vote.objects.count()
    rows = [Vote(voter=f"v{start + n}", value=value, updated_at=at, **fields) for n, value in enumerate(values)]
    Vote.objects.bulk_create(rows)


def report(article, **query):
    return reverse("admin:articles_article_report", args=[article.pk], query=query)


def read_csv(client, name, *arguments, **query):
    response = client.get(reverse(f"admin:articles_article_{name}", args=arguments, query=query))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))


# Statistics. The reference values are those of Newcombe's two papers (Statistics in Medicine 17, 1998).


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_wilsons(successes, count, low, high):
    assert reports.wilson(successes, count) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("new", "new_count", "old", "old_count", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_newcombes_tenth(new, new_count, old, old_count, low, high):
    change = reports.newcombe(old, old_count, new, new_count)
    assert change == pytest.approx((new / new_count - old / old_count, low, high), abs=0.00005)


def test_all_or_none_of_one_vote_has_an_interval_within_0_and_1():
    for successes in (0, 1):
        low, high = reports.wilson(successes, 1)
        assert 0 <= low < high <= 1


def test_the_upper_end_of_an_average_by_hand():
    """Ten votes, five of 1 and five of 3: average 2, squares 10, 2 + 1.96 × √(10 / 9 / 10) = 2.653."""
    assert reports.Votes((5, 0, 5, 0, 0)).average_at_most == pytest.approx(2.6533, abs=0.0001)


# Versions


def test_a_better_version_is_said_to_be_better_and_few_votes_say_nothing(article):
    votes(article, *[2] * 30, *[5] * 10)
    for body, given in (("Sit.", [5] * 30), ("Sit!", [1] * 9), ("Lie.", [4] * 12), ("Lie!", [4] * 12)):
        article.sections.filter(key="rest").update(body=body)
        publishing.publish(article, by=None)
        votes(article, *given)
    said = [(version.number, str(version.verdict)) for version in reports.versions(article)]
    few = "Too few votes to tell"
    assert said == [(1, ""), (2, "Probably better"), (3, few), (4, few), (5, "No clear difference")]
    assert [version.number for version in reports.versions(article, limit=2)] == [4, 5]


def test_a_worse_version_is_said_to_be_worse(article):
    votes(article, *[5] * 40)
    article.sections.filter(key="rest").update(body="Jump.")
    publishing.publish(article, by=None)
    votes(article, *[1] * 40)
    assert reports.versions(article)[1].verdict == "Probably worse"


def test_versions_that_were_never_public_are_left_out_and_compared_with_nothing(article):
    votes(article, *[2] * 20)
    article.sections.filter(key="rest").update(body="A draft.")
    draft = publishing.record(article, by=None)
    assert [version.number for version in reports.versions(article)] == [1]
    votes(article, *[5] * 20, revision=draft)  # can't come of voting; it is shown rather than lost
    article.sections.filter(key="rest").update(body="The next.")
    publishing.publish(article, by=None)
    votes(article, *[5] * 20)
    shown = reports.versions(article)
    assert [(version.number, bool(version.day), str(version.verdict)) for version in shown] == [
        (1, True, ""),
        (2, False, ""),
        (3, True, "Probably better"),
    ]
    assert shown[2].change == reports.newcombe(0, 20, 20, 20)


# Time


@pytest.mark.parametrize(
    ("name", "step", "bars"), [("30", "day", 30), ("90", "week", 14), ("365", "week", 53), ("oops", "week", 14)]
)
def test_a_span_has_bars_without_gaps_up_to_today(db, monkeypatch, name, step, bars):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_, **__: TODAY)
    span = reports.span(name)
    found = reports.over_time(span)
    assert (span.step, span.last) == (step, TODAY)
    assert abs(len(found) - bars) <= 1
    assert found[0].first == span.first
    assert sorted({bar.first for bar in found}) == [bar.first for bar in found]


def test_all_time_begins_with_the_first_vote_and_never_has_too_many_bars(article):
    assert reports.span("all", article).step == "day"
    for days, step in ((20, "day"), (300, "week"), (1500, "month"), (5000, "year")):
        votes(article, 4, days=days)
        folding.fold()
        span = reports.span("all", article)
        assert (span.step, (span.last - span.first).days) == (step, days)
        found = reports.over_time(span, article)
        assert len(found) <= reports.MAX_BARS + 1
        assert reports.together(bar.votes for bar in found).count == Vote.objects.count() + Tally.objects.count()


def test_months_and_years_begin_with_their_first_day():
    assert reports.next_start(date(2026, 1, 1), "month") == date(2026, 2, 1)
    assert reports.next_start(date(2026, 12, 1), "month") == date(2027, 1, 1)
    assert reports.next_start(date(2024, 1, 1), "year") == date(2025, 1, 1)
    assert reports.bar_start(date(2026, 11, 23), "week") == date(2026, 11, 23)  # a Monday
    assert reports.bar_start(date(2026, 11, 22), "week") == date(2026, 11, 16)


# Sections and reasons


def test_sections_come_with_the_heading_that_was_read_last_and_say_when_they_are_gone(article):
    votes(article, 1, 2, section="rest", reason=Reason.HARD)
    votes(article, 2, section="rest", reason=Reason.WRONG)
    votes(article, 3, section="walk")
    votes(article, 3, section="_article", reason=Reason.MISSING)
    votes(article, 5, reason=Reason.CLEAR)
    article.sections.get(key="walk").delete()
    article.sections.filter(key="rest").update(heading="Rest well")
    publishing.publish(article, by=None)
    votes(article, 2, section="rest")
    told = reports.told(article, reports.span("30").where)
    rest, whole, walk = reports.sections(article, told)
    assert (rest.heading, rest.count, rest.is_gone) == ("Rest well", 4, False)
    assert rest.reasons == [(Reason.HARD.label, 2), (Reason.WRONG.label, 1)]
    assert (str(whole.heading), whole.is_gone) == ("The whole article", False)
    assert (walk.heading, walk.is_gone, walk.reasons) == ("Walk", True, [])
    assert dict(reports.reasons(told))[Reason.CLEAR.label] == 1


def test_beside_the_editor_a_section_begins_anew_once_readers_have_its_new_text(article):
    votes(article, 2, 2, section="rest", reason=Reason.HARD)
    votes(article, 2, section="walk")
    assert {key: named.count for key, named in reports.named_now(article).items()} == {"rest": 2, "walk": 1}
    article.sections.filter(key="rest").update(body="Sit down and breathe.")
    publishing.record(article, by=None)
    assert reports.named_now(article)["rest"].count == 2  # readers don't have it yet
    publishing.publish(article, by=None)
    assert {key: named.count for key, named in reports.named_now(article).items()} == {"walk": 1}


def test_the_form_says_beside_a_section_how_many_readers_named_it(editor_client, article):
    address = reverse("admin:articles_article_change", args=[article.pk])
    assert "field-readers" not in editor_client.get(address).content.decode()
    votes(article, 2, 2, 1, section="rest", reason=Reason.HARD)
    votes(article, 2, section="rest", reason=Reason.MISSING)
    text = editor_client.get(address).content.decode()
    assert "4 readers named this section: 3 × It is hard to understand, 1 × Something is missing." in text
    assert text.count("section-said") == 1


def test_who_may_only_read_the_form_sees_it_too(client, article):
    votes(article, 2, section="rest")
    client.force_login(make_role("Reviewer"))
    text = client.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert "1 reader named this section." in text


def test_the_form_that_adds_an_article_asks_nothing_of_readers(editor_client, article):
    votes(article, 2, section="rest")
    assert "section-said" not in editor_client.get(reverse("admin:articles_article_add")).content.decode()


def test_the_form_asks_for_it_no_more_often_with_more_sections(editor_client, django_assert_max_num_queries):
    few = make_article("Few sections", sections=["One."] * 2)
    many = make_article("Many sections", sections=["One."] * 12)
    counts = []
    for article in (few, many):
        for section in article.sections.all():
            votes(article, 2, section=section.key)
        with django_assert_max_num_queries(200) as asked:
            editor_client.get(reverse("admin:articles_article_change", args=[article.pk]))
        counts.append(sum("articles_tally" in query["sql"] for query in asked.captured_queries))
    assert counts == [1, 1]


# For the work list


def test_a_rating_is_low_when_it_is_all_but_surely_below_the_middle(article):
    fine, few, new = (make_article(title) for title in ("Fine", "Few", "Mended"))
    votes(article, *[1] * 8, *[2] * 4)
    votes(fine, *[1, 3, 5, 2, 3, 3, 3, 4, 2, 3])
    votes(few, *[1] * 9)
    votes(new, *[1] * 30)
    new.sections.update(body="Mended.")
    publishing.publish(new, by=None)
    found = reports.low_rating([article.pk, fine.pk, few.pk, new.pk])
    assert found == {article.pk: reports.Rating(pytest.approx(4 / 3), 12)}


# The site


def test_the_site_ranks_articles_with_enough_votes(article):
    other, few = make_article("Better hands"), make_article("Few votes")
    votes(article, *[2] * 10)
    votes(other, *[4] * 6, days=200)
    votes(other, *[5] * 6)
    votes(few, *[1] * 9)
    folding.fold()
    ranked = [(row.article.title, row.count, row.average) for row in reports.ranking(reports.span("365"))]
    assert ranked == [("Reported feet", 10, 2), ("Better hands", 12, 4.5)]
    assert [row.article.title for row in reports.ranking(reports.span("30"))] == ["Reported feet"]
    assert [row.count for row in reports.all_ranked(reports.span("30"))] == [9, 10, 6]


# Pages


def test_the_pages_show_what_readers_say(editor_client, article):
    votes(article, *[5] * 8, *[2] * 4, reason=Reason.CLEAR)
    votes(article, 1, section="rest", reason=Reason.HARD)
    text = editor_client.get(report(article)).content.decode()
    assert "13 votes. 62% found it helpful or very helpful. The average is 3.8 of 5." in text
    assert text.count('<svg class="plot') == 4
    assert ">Rest</a>" in text
    text = editor_client.get(reverse("admin:articles_article_reports")).content.decode()
    assert "13 votes. 62% found it helpful" in text
    assert report(article) in text


def test_links_lead_to_the_reports(editor_client, article):
    form = editor_client.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert f'href="{report(article)}"' in form
    site = f'href="{reverse("admin:articles_article_reports")}"'
    for name in ("admin:index", "admin:articles_article_changelist"):
        assert site in editor_client.get(reverse(name)).content.decode()


def test_an_article_without_votes_or_versions_has_a_report_that_says_so(editor_client, article):
    for found in (article, make_article("Never saved", published=False)):
        text = editor_client.get(report(found, span="all")).content.decode()
        assert "No votes in this time." in text
        assert "No version has a vote yet." in text
    assert "No votes in this time." in editor_client.get(reverse("admin:articles_article_reports")).content.decode()


def test_one_vote_is_shown_with_its_uncertainty(editor_client, article):
    votes(article, 5)
    text = editor_client.get(report(article)).content.decode()
    assert "1 vote. 100% found it" in text
    assert "100% (21% to 100%)" in text
    assert "point few" in text


@pytest.mark.parametrize("query", ["?span=", "?span=9999999", "?span=%00", "?span=-1&span=x", "?p=1"])
def test_a_bad_query_shows_the_usual_time(editor_client, article, query):
    for address in (report(article), reverse("admin:articles_article_reports")):
        text = editor_client.get(address + query).content.decode()
        assert '<a href="?span=90" aria-current="true">' in text


def test_what_is_not_there_is_a_404(editor_client, article):
    for path in (f"{article.pk}/readers/nothing.csv", "readers/versions.csv", "999999999999/readers/"):
        assert editor_client.get(f"/admin/articles/article/{path}").status_code in (302, 404)
    assert editor_client.get(f"/admin/articles/article/{article.pk}/readers/x.csv").status_code == 404


ADDRESSES = [
    ("articles_article_report", True),
    ("articles_article_report_csv", True),
    ("articles_article_reports", False),
    ("articles_article_reports_csv", False),
]


def addresses(article):
    for name, is_own in ADDRESSES:
        arguments = [article.pk] * is_own + ["time"] * name.endswith("csv")
        yield reverse(f"admin:{name}", args=arguments)


@pytest.mark.parametrize(("role", "status"), [("Author", 200), ("Reviewer", 200), ("Editor", 200), (None, 403)])
def test_who_may_see_articles_may_see_what_readers_say(client, article, role, status):
    client.force_login(make_role(role) if role else make_staff("Nobody", "view_topic"))
    assert {client.get(address).status_code for address in addresses(article)} == {status}


def test_somebody_signed_out_is_led_to_sign_in(client, article):
    for address in addresses(article):
        response = client.get(address)
        assert (response.status_code, response.url.split("?")[0]) == (302, "/admin/login/")


def test_the_reports_only_read(editor_client, article, admin_client):
    votes(article, 4)
    for address in addresses(article):
        for send in (editor_client.post, editor_client.put, editor_client.delete):
            assert send(address).status_code == 405
    from django.contrib import admin

    assert not {Vote, Tally} & set(admin.site._registry)
    assert Vote.objects.get().value == 4


def test_no_page_or_file_tells_one_voter_or_a_time_of_day(editor_client, article):
    votes(article, 4, 2, section="rest")
    Vote.objects.update(updated_at=timezone.now().replace(hour=13, minute=37, second=11))
    hashes = Vote.objects.values_list("voter", flat=True)
    for address in addresses(article):
        response = editor_client.get(address)
        text = (b"".join(response) if response.streaming else response.content).decode()
        assert "13:37" not in text
        assert not [voter for voter in hashes if f">{voter}<" in text or f",{voter}" in text]


def test_the_page_asks_the_database_as_often_whatever_there_is(editor_client, article, django_assert_max_num_queries):
    def asked(address):
        with django_assert_max_num_queries(60) as found:
            assert editor_client.get(address).status_code == 200
        return len(found)

    votes(article, *[4] * 10, section="rest")
    both = [report(article, span="365"), reverse("admin:articles_article_reports")]
    before = [asked(address) for address in both]
    for number in range(4):
        article.sections.filter(key="rest").update(body=f"Text {number}.")
        publishing.publish(article, by=None)
        votes(article, 1, 2, 3, 4, 5, days=100 * number, section="walk", reason=Reason.HARD)
        votes(make_article(f"Other {number}"), *[3] * 12)
        folding.fold()
    assert [asked(address) for address in both] == before


# Files


def test_each_table_is_a_file(editor_client, article):
    votes(article, 5, 5, 2, section="rest", reason=Reason.HARD)
    votes(article, 4, days=40)
    time = read_csv(editor_client, "report_csv", article.pk, "time", span="30")
    assert time[0][:3] == ["Day", "Votes", "Helpful or very helpful"]
    assert time[-1] == [timezone.localdate().isoformat(), "3", "0.6667", "0", "1", "0", "0", "2"]
    assert len(time) == 31
    answers = read_csv(editor_client, "report_csv", article.pk, "answers", span="all")
    assert [row[1] for row in answers] == ["Votes", "0", "1", "0", "1", "2"]
    sections = read_csv(editor_client, "report_csv", article.pk, "sections")
    assert sections[1] == ["Rest", "rest", "No", "3", "It is hard to understand", "3"]
    assert read_csv(editor_client, "report_csv", article.pk, "reasons")[1] == ["It is hard to understand", "3"]
    version = read_csv(editor_client, "report_csv", article.pk, "versions")[1]
    assert version[:1] + version[3:8] == ["1", "4", "4.0", "0.75", "0.3006", "0.9544"]
    assert read_csv(editor_client, "reports_csv", "articles")[1][:3] == ["Reported feet", "reported-feet", "4"]
    assert read_csv(editor_client, "reports_csv", "reasons")[1] == ["It is hard to understand", "3"]


def test_no_cell_is_a_formula(editor_client):
    bad = make_article("=cmd|' /C calc'!A0", slug="bad", sections=[("@SUM(A1)", "Text.")])
    votes(bad, *[2] * 3, section=bad.sections.get().key)
    assert read_csv(editor_client, "reports_csv", "articles")[1][0] == "'=cmd|' /C calc'!A0"
    assert read_csv(editor_client, "report_csv", bad.pk, "sections")[1][0] == "'@SUM(A1)"


def test_a_number_below_zero_stays_a_number():
    assert [csv_files.cell(value) for value in (-0.5, "-0.5", "+1", "\t1", 3, "")] == [
        "-0.5",
        "'-0.5",
        "'+1",
        "'\t1",
        "3",
        "",
    ]


# Plots


HOSTILE = "<script>alert(1)</script>&\"'"
SAID = ("a-plot", HOSTILE, HOSTILE)
PLOTS = {
    "stacked": plots.stacked([(HOSTILE, 3, 4, HOSTILE), ("b", 0, 0, "b"), ("c", 1, 0, "c")], SAID),
    "stacked, none": plots.stacked([], SAID),
    "lying": plots.lying([(f"{HOSTILE} and a name that is too long for one line", 0.5, HOSTILE, True)], SAID),
    "lying, empty": plots.lying([("", 0, "0", False)], SAID),
    "whiskers": plots.whiskers([(HOSTILE, 0.5, 0.2, 0.8, True, HOSTILE), ("2", None, None, None, False, "")], SAID),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_well_formed_named_and_has_no_style_or_script(name):
    tree = ET.fromstring(PLOTS[name])  # noqa: S314  our own
    assert (tree.tag, tree.get("role"), tree.get("aria-labelledby")) == ("svg", "img", "a-plot-title a-plot-text")
    assert [part.text for part in tree[:2]] == [HOSTILE, HOSTILE]
    for part in tree.iter():
        assert part.tag in ("svg", "title", "desc", "line", "text", "rect", "g", "circle")
        assert not [key for key in part.attrib if key == "style" or key.startswith("on") or key in ("fill", "stroke")]


def test_bars_stand_on_the_ground_and_reach_as_high_as_they_count():
    tree = ET.fromstring(plots.stacked([("a", 30, 10, "a"), ("b", 0, 20, "b")], SAID))  # noqa: S314
    rest, main, other = tree.findall("rect")
    ground = plots.ABOVE + plots.HEIGHT
    assert float(main.get("y")) + float(main.get("height")) == ground
    assert float(rest.get("y")) + float(rest.get("height")) == float(main.get("y"))
    assert float(rest.get("y")) == plots.ABOVE  # 40 of 40
    assert float(other.get("height")) == plots.HEIGHT / 2


def test_an_axis_ends_with_a_round_number():
    assert [plots.round_up(n) for n in (1, 3, 5, 11, 39, 41, 100, 101)] == [2, 4, 6, 20, 40, 60, 100, 200]


def test_numbers_are_shown_in_words():
    share = report_tables.Share
    assert [report_tables.words(value) for value in (share(2 / 3), 3.76, 1200, None, TODAY)] == [
        "67%",
        "3.8",
        "1,200",
        "–",
        "23 Nov 2026",
    ]


def test_articles_of_the_ranking_are_fetched_together(article, django_assert_num_queries):
    for number in range(5):
        votes(make_article(f"Ranked {number}"), *[3] * 10)
    with django_assert_num_queries(2):
        assert len(reports.ranking(reports.span("30"))) == 5
    assert Article.objects.count() == 6
