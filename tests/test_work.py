"""The work list: which tasks an article makes, in which order they come, and who sees what of them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from articles import checks, publishing, work
from articles.models import Article, Link, OutsideLink, Task, Topic, Vote
from articles.reviewing import make_link
from tests.factories import make_article, make_contributor, make_role, make_staff
from tests.html_reader import words

pytestmark = pytest.mark.django_db
Kind = Task.Kind


def day(days):
    return timezone.localdate() + timedelta(days=days)


def vote(article, *values):
    """Store votes for what readers see of an article, and look at its rating as the chore does."""
    start, revision = article.votes.count(), publishing.last_public(article)
    rows = [
        Vote(article=article, revision=revision, voter=f"{article.pk}-{start + number}", value=value)
        for number, value in enumerate(values)
    ]
    Vote.objects.bulk_create(rows)
    work.update(article, [Kind.LOW_RATING])


def break_links(article, number=1):
    for n in range(number):
        link = OutsideLink.objects.create(url=f"https://example.org/{article.pk}/{n}", finding=OutsideLink.Finding.DEAD)
        link.articles.add(article)
    work.update(article)


def in_review(title="Waiting", by=None, **fields):
    article = make_article(title, published=False, **fields)
    publishing.submit(article, by=by)
    return article


def kinds(article):
    """Return the kinds of tasks that an article has now, unanswered findings aside."""
    found = article.tasks.filter(person=None, due__lte=timezone.now()).exclude(kind=Kind.FINDINGS)
    return [task.kind for task in found]


def listed(client, **asked):
    """Return what the first page lists as (title, why, action), findings aside unless they are asked for."""
    html = client.get("/admin/", {"kind": "", **asked}).content.decode()
    rows = re.findall(r'<li class="task">.*?</li>', html, re.DOTALL)
    found = []
    for row in rows:
        title = re.search(r"<h2[^>]*>(.*?)</h2>", row)[1]
        why = words(re.search(r'<p class="why">(.*?)(?:<span|</p>)', row, re.DOTALL)[1]).strip()
        action = re.search(r'<a class="button" href="[^"]*">(.*?)<span', row)[1]
        if 'class="kind findings"' not in row or asked.get("kind") == Kind.FINDINGS:
            found.append((title, why, action))
    return found


def address(client, title):
    html = client.get("/admin/").content.decode()
    return re.search(rf'href="([^"]*)">[^<]*<span class="visually-hidden">: {title}<', html)[1]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


# The rules


def test_a_review_that_falls_due_appears_by_itself():
    article = make_article(review_due=day(3))
    assert kinds(article) == []
    task = article.tasks.get(kind=Kind.OVERDUE, person=None)
    assert timezone.localdate(task.due) == day(4)  # its day itself is in time


def test_an_overdue_first_review_is_on_the_list_until_somebody_signs():
    article = make_article(review_due=day(-12))
    assert kinds(article) == [Kind.OVERDUE]
    signer = make_contributor()
    publishing.review(publishing.last_public(article), contributor=signer, correct_until=day(300))
    assert kinds(article) == []


def test_a_correction_never_moves_the_day_of_the_review():
    article = make_article()
    signed = publishing.review(publishing.last_public(article), contributor=make_contributor(), correct_until=day(1))
    type(signed).objects.update(correct_until=day(-2))
    article.sections.update(body="Corrected.")
    publishing.publish(article, by=None, change="substantial")
    task = article.tasks.get(kind=Kind.OVERDUE, person=None)
    assert (kinds(article), task.detail["day"], task.detail["is_first"]) == (
        [Kind.OVERDUE],
        day(-2).isoformat(),
        False,
    )


@pytest.mark.parametrize(
    ("values", "is_low"),
    [
        ([1] * 9, False),
        ([1] * 10, True),
        ([1, 2, 2, 3] * 5, True),
        ([1, 5] * 5, False),
        ([2, 3, 3] * 50, True),
        ([2, 3, 4] * 50, False),
        ([5] * 20, False),
    ],
    ids=["too few", "all at the bottom", "low", "torn", "a little low, but sure", "in the middle", "high"],
)
def test_a_rating_is_low_when_it_is_surely_below_the_middle(values, is_low):
    article = make_article()
    vote(article, *values)
    assert (kinds(article) == [Kind.LOW_RATING]) == is_low


def test_votes_for_an_earlier_version_say_nothing_of_what_was_mended():
    article = make_article()
    vote(article, *[1] * 12)
    article.sections.update(body="Much better.")
    publishing.publish(article, by=None)
    assert kinds(article) == []


def test_links_that_need_an_editor_are_on_the_list(editor_client):
    article = make_article()
    for finding in ("dead", "redirecting", "insecure", ""):
        link = OutsideLink.objects.create(url=f"https://example.org/{finding}", finding=finding)
        link.articles.add(article)
    work.update(article)
    [(_title, why, _action)] = listed(editor_client)
    assert why == "1 dead link. 2 links lead elsewhere or are not encrypted."


def test_a_dead_link_weighs_more_than_some_that_lead_elsewhere(editor_client):
    elsewhere, dead = make_article("Elsewhere"), make_article("Dead")
    break_links(dead)
    for number in range(4):
        link = OutsideLink.objects.create(url=f"https://example.net/{number}", finding="redirecting")
        link.articles.add(elsewhere)
    work.update(elsewhere)
    assert [row[0] for row in listed(editor_client)] == ["Dead", "Elsewhere"]


def test_findings_are_on_the_list_until_they_are_mended_or_answered(editor_client):
    article = make_article()
    number = checks.unanswered(article)
    task = article.tasks.get(kind=Kind.FINDINGS, person=None)
    assert (task.detail["count"], task.rank) == (number, work.FIRST[Kind.FINDINGS] + work.MOST - number)
    [(_title, why, action)] = listed(editor_client, kind="findings")
    assert (why, action) == (f"{number} findings without an answer.", "Go through them")
    assert address(editor_client, "Sore feet") == f"/admin/articles/article/{article.pk}/change/#checks"
    article.sections.update(body="See [this](https://example.org/a) and [that](https://example.org/a) www " * 40)
    publishing.record(article, by=None)
    assert article.tasks.get(kind=Kind.FINDINGS, person=None).detail["count"] == checks.unanswered(article)


def test_a_review_under_way_is_on_the_list_at_each_of_its_steps():
    article, signer = in_review(), make_contributor()
    newest = publishing.newest(article)
    assert article.tasks.get(kind=Kind.WAITING_REVIEW).detail["state"] == "in_review"
    publishing.review(newest, contributor=signer, message="Say more.")
    assert article.tasks.get(kind=Kind.WAITING_REVIEW).detail["state"] == "changes_requested"
    article.sections.update(body="More.")
    publishing.submit(article, by=None)
    publishing.review(publishing.newest(article), contributor=signer, correct_until=day(300))
    assert article.tasks.get(kind=Kind.WAITING_REVIEW).detail["state"] == "approved"
    publishing.publish(article, by=None)
    assert kinds(article) == []


def test_it_waits_since_it_was_submitted_whatever_happens_meanwhile():
    article = in_review()
    due = article.tasks.get(kind=Kind.WAITING_REVIEW).due
    assert due == article.events.get(action="submit").at
    make_link(publishing.newest(article), by=None, days=3, contributor=make_contributor())
    assert (article.tasks.get(kind=Kind.WAITING_REVIEW).due, Link.objects.count()) == (due, 1)


def test_of_what_was_taken_back_only_a_review_under_way_is_left_to_do():
    article = make_article(review_due=day(-5))
    vote(article, *[1] * 20)
    break_links(article)
    assert kinds(article) == [Kind.OVERDUE, Kind.LOW_RATING, Kind.BROKEN_LINKS]
    publishing.withdraw(article, by=None)
    assert kinds(article) == []
    article.sections.update(body=f"Mended, but for <https://example.org/{article.pk}/0>")
    publishing.submit(article, by=None)
    assert kinds(article) == [Kind.WAITING_REVIEW]
    publishing.take_back(article, by=None)
    publishing.put_back(article, by=None)
    assert kinds(article) == [Kind.OVERDUE, Kind.LOW_RATING, Kind.BROKEN_LINKS]


def test_a_deleted_article_leaves_nothing_to_do_and_brings_it_back():
    article = in_review()
    publishing.take_back(article, by=None)
    break_links(article)
    publishing.delete(article, by=None)
    assert not Task.objects.exists()
    publishing.undelete(article, by=None)
    assert kinds(article) == [Kind.BROKEN_LINKS]


def test_what_did_not_change_stays_as_it_was_noticed():
    article = make_article()
    break_links(article)
    Task.objects.update(due=timezone.now() - timedelta(days=9))
    before = article.tasks.get(kind=Kind.BROKEN_LINKS)
    break_links(article, 0)
    assert article.tasks.get(kind=Kind.BROKEN_LINKS).due == before.due


def test_an_article_that_is_gone_is_no_mistake():
    article = make_article(published=False)
    gone = Article(pk=article.pk)
    article.delete()
    work.update(gone)
    assert not Task.objects.exists()


# The order


def test_kinds_come_in_their_order_and_the_worst_of_each_first(editor_client):
    for days in (2, 70):
        make_article(f"Overdue {days}", review_due=day(-days))
    for title, value in (("Bad", 2), ("Worse", 1)):
        vote(make_article(title), *[value] * 20)
    break_links(make_article("One link"))
    break_links(make_article("Three links"), 3)
    in_review()
    assert [row[:2] for row in listed(editor_client)] == [
        ("Overdue 70", f"The first review was due on {date_format(day(-70), 'j F Y')}."),
        ("Overdue 2", "The first review was due 2 days ago."),
        ("Worse", "1.0 of 5 from 20 votes."),
        ("Bad", "2.0 of 5 from 20 votes."),
        ("Three links", "3 dead links."),
        ("One link", "1 dead link."),
        ("Waiting", f"It has waited for a review since {date_format(day(0), 'j F Y')}."),
    ]


# Filters, counts and pages


def test_the_list_is_filtered_by_kind_topic_and_person_at_once(editor_client, editor):
    feet = Topic.objects.create(name="Feet", slug="feet")
    other = make_role("Author", "Otto")
    in_review("Mine, feet", by=editor, topic=feet)
    in_review("Mine", by=editor)
    in_review("Theirs, feet", by=other, topic=feet)
    make_article("Late, feet", topic=feet, review_due=day(-1))

    def titles(**asked):
        return {title for title, _why, _action in listed(editor_client, **asked)}

    assert titles() == {"Mine, feet", "Mine", "Theirs, feet", "Late, feet"}
    assert titles(topic=feet.pk) == {"Mine, feet", "Theirs, feet", "Late, feet"}
    assert titles(person="me") == {"Mine, feet", "Mine"}
    assert titles(person=other.pk, topic=feet.pk) == {"Theirs, feet"}
    assert titles(topic=feet.pk, kind="overdue") == {"Late, feet"}


def test_an_article_is_its_authors_and_whoever_saved_it_last(editor, client):
    author, earlier = make_role("Author", "Otto"), make_role("Editor", "Erna")
    article = make_article(published=False)
    article.authors.add(make_contributor(user=author))
    publishing.submit(article, by=earlier)
    article.sections.update(body="New.")
    publishing.submit(article, by=editor)
    people = set(article.tasks.filter(kind=Kind.WAITING_REVIEW).values_list("person__username", flat=True))
    assert people == {None, "Edith", "Otto"}


def test_a_new_topic_goes_with_the_tasks(editor_client):
    feet = Topic.objects.create(name="Feet", slug="feet")
    article = in_review()
    Article.objects.update(topic=feet)
    work.update(article)
    assert set(article.tasks.values_list("topic", flat=True)) == {feet.pk}


def test_chips_count_what_the_other_filters_leave(editor_client, editor):
    in_review("Mine", by=editor)
    in_review("Other")
    make_article("Late", review_due=day(-1))
    text = words(editor_client.get("/admin/").content.decode())
    assert re.search(r"Review overdue\s+1\s+Low rating\s+0\s+Broken links\s+0\s+Review under way\s+2", text)
    text = words(editor_client.get("/admin/?person=me").content.decode())
    assert re.search(r"Review overdue\s+0\s.*Review under way\s+1", text, re.DOTALL)


def test_more_than_a_page_goes_on_and_each_task_is_on_one(editor_client):
    for number in range(53):
        make_article(f"Late {number}", review_due=day(-1 - number % 9))
    pages = [listed(editor_client, page=page, kind="overdue") for page in (1, 2, 3)]
    assert [len(rows) for rows in pages] == [25, 25, 3]
    assert len({row[0] for rows in pages for row in rows}) == 53
    assert listed(editor_client, page=99, kind="overdue") == pages[2]


def test_pages_go_on_across_the_kinds(editor_client):
    for number in range(20):
        make_article(f"Late {number}", review_due=day(-1))
        in_review(f"Waits {number}")
    found = [title for page in (1, 2, 3, 4) for title, *_ in listed(editor_client, page=page)]
    assert [title.split()[0] for title in dict.fromkeys(found)] == ["Late"] * 20 + ["Waits"] * 20


def test_beyond_the_most_that_is_counted_the_list_says_so(editor_client, monkeypatch):
    monkeypatch.setattr("articles.work_list.AT_MOST", 3)
    for number in range(4):
        make_article(f"Late {number}", review_due=day(-1))
    text = words(editor_client.get("/admin/?kind=overdue").content.decode())
    assert "Review overdue 2+" in " ".join(text.split())
    assert "Of each kind, the first 3 are listed." in text
    assert len(listed(editor_client, kind="overdue")) == 3


@pytest.mark.parametrize("name", ["topic", "person", "page", "kind"])
@pytest.mark.parametrize("value", ["abc", "-1", "0", "9" * 20, "1" * 9, "²", "'", "%00", "1 OR 1"])
def test_a_value_that_makes_no_sense_filters_nothing(editor_client, name, value):
    make_article("Late", review_due=day(-1))
    response = editor_client.get("/admin/", {name: value})
    assert response.status_code == 200
    assert "The first review was due 1 day ago." in response.content.decode()


@pytest.mark.parametrize("number", [5, 50])
def test_the_list_asks_the_database_as_often_however_long_it_is(
    editor_client, editor, number, django_assert_num_queries
):
    for n in range(number):
        make_article(f"Late {n}", review_due=day(-1))
    editor_client.get("/admin/")
    with django_assert_num_queries(13):
        editor_client.get("/admin/?kind=overdue")


def test_a_list_with_nothing_on_it_is_calm(editor_client):
    assert "Nothing needs doing." in editor_client.get("/admin/").content.decode()
    in_review()
    assert "Nothing of what you chose" in editor_client.get("/admin/?kind=overdue").content.decode()


# Who sees what


def test_each_task_leads_to_where_somebody_may_mend_it():
    late = make_article("Late", review_due=day(-1))
    waits = in_review("Waits")
    approved = in_review("Approved")
    publishing.review(publishing.newest(approved), contributor=make_contributor(), correct_until=day(300))
    reviewer = make_role("Reviewer", "Rosa")
    make_contributor("Dr Rosa Test", user=reviewer)
    start = "/admin/articles/article"
    editor, author = client_of(make_role("Editor", "Erna")), client_of(make_role("Author", "Otto"))
    assert address(editor, "Late") == f"{start}/{late.pk}/links/"
    assert address(editor, "Approved") == f"{start}/{approved.pk}/move/publish/"
    assert address(author, "Late") == f"{start}/{late.pk}/change/"
    assert address(author, "Approved") == f"{start}/{approved.pk}/change/"
    seen = client_of(reviewer)
    assert listed(seen) == [
        ("Late", "The first review was due 1 day ago.", "Review it"),
        ("Waits", f"It has waited for a review since {date_format(day(0), 'j F Y')}.", "Review it"),
    ]
    assert address(seen, "Waits") == f"{start}/{waits.pk}/review/{publishing.newest(waits).pk}/"
    for client, titles in ((editor, ("Late", "Waits", "Approved")), (author, ("Late", "Waits", "Approved"))):
        for title in titles:
            assert client.get(address(client, title)).status_code == 200
    assert seen.get(address(seen, "Waits")).status_code == 200


def test_readers_and_links_are_one_click_away(editor_client):
    low, broken = make_article("Low"), make_article("Broken")
    vote(low, *[1] * 20)
    break_links(broken)
    assert address(editor_client, "Low") == f"/admin/articles/article/{low.pk}/readers/"
    assert address(editor_client, "Broken") == f"/admin/articles/article/{broken.pk}/change/#article-links"
    assert editor_client.get(address(editor_client, "Low")).status_code == 200
    assert 'id="article-links"' in editor_client.get(address(editor_client, "Broken")).content.decode()


def test_a_reviewer_is_not_asked_to_review_what_they_wrote():
    reviewer = make_role("Reviewer", "Rosa")
    article = in_review("Own")
    article.authors.add(make_contributor("Dr Rosa Test", user=reviewer))
    in_review("Saved", by=reviewer_and_author(reviewer))
    in_review("Other")
    assert {row[0]: row[2] for row in listed(client_of(reviewer))} == {
        "Own": "Open the article",
        "Saved": "Open the article",
        "Other": "Review it",
    }


def reviewer_and_author(user):
    """Give somebody the role of an author too, and return them with it."""
    user.groups.add(Group.objects.get(name="Author"))
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("permissions", [(), ("view_topic",), ("view_article",)])
def test_others_see_nothing_of_it(permissions):
    in_review("Secret plan")
    response = client_of(make_staff("Vera", *permissions)).get("/admin/?kind=waiting_review")
    assert response.status_code == 200
    assert b"Secret plan" not in response.content
    assert b"What needs doing next" not in response.content


def test_who_is_signed_out_sees_nothing_of_it(client):
    in_review("Secret plan")
    response = client.get("/admin/")
    assert (response.status_code, b"Secret plan" in response.content) == (302, False)


def test_a_title_is_shown_as_text(editor_client):
    in_review("<script>alert(1)</script>", slug="x")
    html = editor_client.get("/admin/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_page_of_an_app_is_djangos_own(editor_client):
    assert editor_client.get("/admin/articles/").status_code == 200
