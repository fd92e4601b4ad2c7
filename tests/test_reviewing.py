"""Signed links: who may open what for how long, what a reviewer sees and signs, and what is never told."""

import io
import json
import logging
import subprocess
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone

from articles import logs, publishing, review_views, reviewing
from articles.models import Article, Event, Link, Review, State
from articles.workflow import Refused
from cramps_site import urls
from tests.factories import make_article, make_contributor, make_role, make_staff
from tests.html_reader import tags, words
from tests.running import Site
from tests.signed_links import answer_together, make_link, send
from tests.test_html import validator  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

urlpatterns = [
    path("account/<int:article_id>/<int:revision_id>/", review_views.account_review),
    *urls.urlpatterns,
]
handler403, handler404 = "articles.views.forbidden", "articles.views.not_found"

SECTIONS = [("Rest", "Rest your feet."), ("Walk", "Walk slowly.")]


def make_draft(**fields):
    """Return an article and its first revision, a draft."""
    article = make_article(published=False, **{"sections": SECTIONS} | fields)
    return article, publishing.record(article, by=None)


def make_reviewer(name="Dr Rosa Test", **fields):
    return make_contributor(name, **{"credentials": "Podiatrist", "interests": "None declared"} | fields)


def make_review_link(**fields):
    """Return a link that asks Dr Rosa Test to review the first version of “Sore feet”."""
    _, revision = make_draft(**fields)
    return reviewing.make_link(revision, by=None, days=14, contributor=make_reviewer())


def make_preview_link():
    _, revision = make_draft()
    return reviewing.make_link(revision, by=None, days=14)


def address(link):
    return reverse("review" if link.contributor_id else "shared_preview", args=[reviewing.token_of(link)])


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def answer(**fields):
    """Return what a reviewer sends who signs; a field that is None is left out."""
    said = {
        "decision": "sign",
        "name": "Dr Rosa Test",
        "credentials": "Podiatrist",
        "interests": "None declared",
        "correct_until": in_days(365),
        "has_read": "on",
        "message": "",
    }
    return {name: value for name, value in (said | fields).items() if value is not None}


def edit(article, key="rest", **fields):
    """Change a section and save the text as a new version, which is returned."""
    article.sections.filter(key=key).update(**fields or {"body": "Other words."})
    return publishing.record(article, by=None)


def page_of(response):
    return response.content.decode()


def text_of(response):
    return " ".join(words(page_of(response).partition("<main")[2].partition("</main>")[0]).split())


# Who may open a link


@pytest.mark.parametrize(
    "token", ["x", "MQ", "MQ:::", "ünïcode:a:b", "%00", "a%0Ab", "%ff", "..", "x" * 5000, "'\"<b>"]
)
@pytest.mark.parametrize("kind", ["review", "preview"])
def test_a_forged_token_is_not_found(client, kind, token):
    make_review_link()
    assert client.get(f"/{kind}/{token}/").status_code == 404
    assert client.get(f"/{kind}/{token}/thanks/").status_code == 404


def test_a_token_that_was_signed_for_something_else_is_not_found(client):
    link = make_review_link()
    other = signing.dumps(link.pk, salt="articles.other")
    assert client.get(reverse("review", args=[other])).status_code == 404


def test_one_changed_letter_makes_a_token_worthless(client):
    token = reviewing.token_of(make_review_link())
    for place in range(len(token)):
        forged = f"{token[:place]}{'A' if token[place] != 'A' else 'B'}{token[place + 1 :]}"
        assert reviewing.link_of(forged) is None


def test_the_token_of_a_deleted_link_is_not_found(client):
    link = make_review_link()
    where = address(link)
    link.delete()
    assert client.get(where).status_code == 404


def test_a_link_opens_at_its_own_address_alone(client):
    review, preview = make_review_link(), reviewing.make_link(Link.objects.get().revision, by=None, days=1)
    assert client.get(reverse("shared_preview", args=[reviewing.token_of(review)])).status_code == 404
    assert client.get(reverse("review", args=[reviewing.token_of(preview)])).status_code == 404
    assert client.get(address(review)).status_code == client.get(address(preview)).status_code == 200


def test_a_row_under_an_old_number_does_not_open_with_the_old_token():
    link = make_preview_link()
    old = reviewing.token_of(link)
    Link.objects.update(secret="another")
    assert reviewing.link_of(old) is None
    assert reviewing.link_of(reviewing.token_of(Link.objects.get())) == link


def revoke(link):
    reviewing.revoke(link, by=None)


def expire(link):
    Link.objects.update(expires_at=timezone.now())


def withdraw(link):
    publishing.publish(link.revision.article, by=None)
    publishing.withdraw(link.revision.article, by=None)


def expire_article(link):
    publishing.publish(link.revision.article, by=None)
    Article.objects.update(expires_at=timezone.now())


def delete_article(link):
    Article.objects.update(deleted_at=timezone.now())


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (revoke, "This link was taken back."),
        (expire, "This link has expired."),
        (withdraw, "The article was taken back"),
        (expire_article, "The article was taken back"),
        (delete_article, "The article was taken back"),
    ],
)
@pytest.mark.parametrize("make", [make_review_link, make_preview_link])
def test_a_link_that_is_over_says_why_and_shows_nothing(client, make, happens, sentence):
    link = make()
    happens(link)
    response = client.get(address(link))
    assert response.status_code == 410
    assert sentence in text_of(response)
    assert "feet" not in page_of(response)


def change_text(link):
    edit(link.revision.article)


def take_back(link):
    publishing.take_back(link.revision.article, by=None)


def ask_for_changes(link):
    publishing.review(link.revision, contributor=make_contributor("Other"), message="No.")


def become_author(link):
    link.revision.article.authors.add(link.contributor)


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (change_text, "The text has changed since this version"),
        (take_back, "It is: Draft."),
        (ask_for_changes, "It is: Changes requested."),
        (become_author, "Dr Rosa Test is an author of this article"),
        (revoke, "This link was taken back."),
        (withdraw, "The article was taken back"),
    ],
)
def test_what_happens_while_a_reviewer_reads_is_said_and_what_they_wrote_is_given_back(client, happens, sentence):
    link = make_review_link()
    assert client.get(address(link)).status_code == 200
    happens(link)
    before = list(link.revision.article.revisions.values_list("number", "state"))
    response = client.post(address(link), answer(message="My message", **{"remark-walk": "My remark"}))
    assert response.status_code == 410
    for said in (sentence, "What you sent just now was not recorded.", "My message", "My remark"):
        assert said in text_of(response)
    assert not Review.objects.filter(contributor=link.contributor).exists()
    assert list(link.revision.article.revisions.values_list("number", "state")) == before


def test_a_preview_stays_at_its_version(client):
    link = make_preview_link()
    edit(link.revision.article)
    response = client.get(address(link))
    assert "Rest your feet." in text_of(response)
    assert "Other words." not in text_of(response)
    assert "This is version 1 of the page" in page_of(response)


def test_a_preview_takes_no_posts(client):
    assert client.post(address(make_preview_link())).status_code == 405


def test_a_later_version_that_only_waits_does_not_end_the_review_of_what_is_out(client):
    article = make_article(sections=SECTIONS)
    link = reviewing.make_link(publishing.newest(article), by=None, days=1, contributor=make_reviewer())
    edit(article)
    assert client.get(address(link)).status_code == 200


# Headers, cookies and what opening does


def assert_kept_to_itself(response):
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("make", [make_review_link, make_preview_link])
def test_every_answer_stays_out_of_caches_search_and_referrers(make, monkeypatch):
    client, where = Client(enforce_csrf_checks=True, raise_request_exception=False), address(make())
    kind = "/".join(where.split("/")[:2])
    answers = [client.get(where), client.head(where), client.options(where), client.post(where, answer())]
    answers += [client.get(where[:-1]), client.get(f"{kind}/forged/"), client.get(f"{kind}/a/b/c/")]
    answers.append(client.get(where, HTTP_HOST="another.example"))
    Link.objects.update(revoked_at=timezone.now())
    answers.append(client.get(where))
    monkeypatch.setattr(reviewing, "link_of", lambda token: 1 / 0)
    answers.append(client.get(where))
    statuses = [response.status_code for response in answers]
    assert statuses in (
        [200, 200, 405, 403, 301, 404, 404, 400, 410, 500],
        [200, 200, 405, 405, 301, 404, 404, 400, 410, 500],  # the preview
    )
    for response in answers:
        assert_kept_to_itself(response)


def test_too_much_is_refused_with_the_same_headers(client):
    where = address(make_review_link())
    response = client.post(where, {f"field-{number}": "" for number in range(2001)})
    assert response.status_code == 400
    assert_kept_to_itself(response)


def test_pages_tell_search_engines_to_stay_away(client):
    for link in (make_review_link(), make_preview_link_of("Cold hands")):
        assert {"name": "robots", "content": "noindex"} in tags(page_of(client.get(address(link))), "meta")


def make_preview_link_of(title):
    article = make_article(title)
    return reviewing.make_link(publishing.newest(article), by=None, days=1)


def test_other_pages_keep_their_own_headers(client):
    make_article()
    response = client.get("/articles/sore-feet/")
    assert "X-Robots-Tag" not in response
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("make", [make_review_link, make_preview_link])
def test_opening_a_link_changes_nothing(client, make):
    where = address(make())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(where)
        client.head(where)
    assert len(queries) > 4
    assert all(query["sql"].lstrip("(").startswith("SELECT") for query in queries)


def test_a_preview_sets_no_cookie(client):
    client.get(address(make_preview_link()))
    assert not client.cookies


def test_a_post_without_our_token_is_refused(client):
    link, strict = make_review_link(), Client(enforce_csrf_checks=True)
    strict.get(address(link))
    assert strict.post(address(link), answer()).status_code == 403
    token = strict.cookies["csrftoken"].value
    assert strict.post(address(link), answer(csrfmiddlewaretoken=token)).status_code == 303


def test_a_browser_that_says_null_for_where_it_comes_from_is_refused(client):
    """Why the pages must not have the policy "no-referrer", by which browsers do say so."""
    link, strict = make_review_link(), Client(enforce_csrf_checks=True)
    strict.get(address(link))
    sent = answer(csrfmiddlewaretoken=strict.cookies["csrftoken"].value)
    assert strict.post(address(link), sent, HTTP_ORIGIN="null").status_code == 403
    assert strict.post(address(link), sent, HTTP_ORIGIN="http://testserver").status_code == 303


def send_stale(link, **headers):
    sent = answer(message="My long message", **{"remark-rest": "<b>My remark"})
    return Client(enforce_csrf_checks=True).post(address(link), sent, headers=headers)


def test_a_review_whose_form_expired_comes_back_to_be_copied():
    link = make_review_link()
    response = send_stale(link)
    assert response.status_code == 403
    for said in ("This form has expired", "Here is what you wrote", "My long message", "<b>My remark"):
        assert said in text_of(response)
    assert {"class": "button", "href": address(link)} in tags(page_of(response), "a")
    assert not Review.objects.exists()


@pytest.mark.parametrize(("name", "value"), [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
def test_what_another_site_sends_as_a_review_is_not_repeated(name, value):
    response = send_stale(make_review_link(), **{name: value})
    assert response.status_code == 403
    assert "My long message" not in page_of(response)


# The page


def test_the_page_is_the_readers_with_who_is_asked_and_until_when(client):
    link = make_review_link(also_called="aching feet")
    response = client.get(address(link))
    html = page_of(response)
    for said in ("Dr Rosa Test, please check this page.", "version 1 of “Sore feet”", f"{link.expires_at:%Y}"):
        assert said in html
    assert html.index("All about sore feet.") < html.index("Rest your feet.") < html.index('id="_review-form"')
    assert {"href": "#_review"} in tags(html, "a")
    assert "aching feet" in html


def test_nothing_is_marked_when_nothing_was_reviewed_before(client):
    response = client.get(address(make_review_link()))
    assert "Nothing of this was reviewed before, so nothing is marked." in text_of(response)
    assert not tags(page_of(response), "ins")
    assert not tags(page_of(response), "del")


def test_the_rating_is_there_but_can_not_be_sent(client):
    html = page_of(client.get(address(make_review_link())))
    assert "Rate the article" in html
    assert "disabled" in dict.fromkeys(key for attrs in tags(html, "fieldset") for key in attrs)


def make_second_link(change, **fields):
    """Return a link to review what `change` made of an article whose first version was signed."""
    article, first = make_draft(**fields)
    publishing.submit(article, by=None)
    signer = make_contributor("Nurse Ned Test")
    publishing.review(first, contributor=signer, correct_until=timezone.localdate() + timedelta(days=90))
    change(article)
    article.save()
    revision = publishing.record(article, by=None)
    return reviewing.make_link(revision, by=None, days=14, contributor=make_reviewer())


def test_changes_since_the_last_signed_version_are_marked(client):
    link = make_second_link(lambda article: article.sections.filter(key="rest").update(body="Rest both feet."))
    html = page_of(client.get(address(link)))
    assert "Marked is what has changed since version 1, which Nurse Ned Test checked on" in words(html)
    assert "removed: </span>your</del>" in html
    assert "added: </span>both</ins>" in html
    assert "Rest</a> (changed)" in html
    assert "Walk</a> (" not in html


def test_new_moved_and_removed_sections_are_labelled(client):
    def change(article):
        article.sections.filter(key="walk").delete()
        article.sections.filter(key="rest").update(position=9)
        article.sections.create(heading="Soak", body="Use warm water.", position=1)

    link = make_second_link(change, sections=[*SECTIONS, ("Shoes", "Wear wide ones.")])
    text = text_of(client.get(address(link)))
    assert "Removed: Walk This section: removed Walk slowly." in text
    assert "Soak This section: new Use warm water." in text
    assert "This section: moved, with the same text" in text
    assert "Your remark on “Walk”" not in text
    assert "Your remark on “Soak”" in text


def test_a_new_heading_and_kind_are_said(client):
    link = make_second_link(
        lambda article: article.sections.filter(key="rest").update(heading="Rest now", kind="urgent")
    )
    text = text_of(client.get(address(link)))
    assert "Heading: Rest added: now" in text
    assert "removed: Text added: Care card: get help urgently" in text


@pytest.mark.parametrize("body", ["Rest your **feet**.", "Rest [your](/about/) feet."])
def test_a_change_of_links_or_formatting_alone_is_said_in_words(client, body):
    link = make_second_link(lambda article: article.sections.filter(key="rest").update(body=body))
    text = text_of(client.get(address(link)))
    assert "Links or formatting changed too, which the marks do not show." in text
    assert "See the text as it is written, with all changes" in text
    assert "added:" in text


def test_a_change_that_readers_can_not_see_is_said_to_be_one(client):
    link = make_second_link(lambda article: article.sections.filter(key="rest").update(body="Rest   your feet."))
    assert "Readers see the same text. Only how it is written in the editor changed." in text_of(
        client.get(address(link))
    )


def test_changes_beside_the_sections_are_listed(client):
    def change(article):
        article.summary, article.not_known = "All about aching feet.", "Why they ache at night."
        article.authors.add(make_contributor("Ann Author"))
        article.sources.create(title="Feet", publisher="Foot Press", url="https://feet.example/")

    text = text_of(client.get(address(make_second_link(change))))
    assert "Summary All about removed: sore added: aching feet." in text
    assert "What is not known added: Why they ache at night." in text
    assert "Authors added: Ann Author" in text
    assert "added: Feet. added: Foot Press, https://feet.example/ (new)" in text


def test_no_change_is_said_as_well(client):
    link = make_second_link(lambda article: None)
    assert "Nothing, since Nurse Ned Test checked version 1 on" in text_of(client.get(address(link)))


def test_a_signature_that_no_longer_counts_is_not_compared_with():
    article, first = make_draft()
    publishing.submit(article, by=None)
    signer, other = make_contributor("Nurse Ned Test"), make_contributor("Dr Other Test")
    signed = publishing.review(first, contributor=signer, correct_until=timezone.localdate())
    second = edit(article)
    assert reviewing.last_review(second) == signed
    Review.objects.create(revision=first, contributor=other, name="Dr Other Test", message="Not quite.")
    assert reviewing.last_review(second) is None


def test_hostile_text_is_shown_as_text(client):
    evil = '</textarea></del><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    link = make_second_link(
        lambda article: article.sections.filter(key="rest").update(body=evil, heading=evil[:110]), summary=evil
    )
    link.contributor.name = evil[:110]
    link.contributor.save()
    response = client.post(address(link), answer(name=evil, message=evil, correct_until=evil, **{"remark-rest": evil}))
    assert response.status_code == 400
    html = page_of(response)
    assert "<script>alert" not in html
    assert "onerror" not in {key for attrs in tags(html, "img") for key in attrs}


def test_the_pages_of_links_are_valid_html(validator, client, tmp_path):  # noqa: F811  the fixture
    def change(article):
        article.sections.filter(key="rest").update(
            body="1. **Rest**\n2. Now\n\n> a\n\n|a|b|\n|-|-|\n|1|2|", kind="urgent"
        )
        article.sections.filter(key="walk").delete()
        article.sections.create(heading="Soak", body="- a\n- b\n\nT\n: D", position=1)
        article.sources.create(title="Feet")

    link = make_second_link(change)
    answers = [client.get(address(link)), client.post(address(link), answer(correct_until="", message="a\0"))]
    answers += [
        client.get(address(make_preview_link_of("Cold hands"))),
        client.post(address(link), answer(message="b")),
    ]
    answers += [client.get(f"{address(link)}thanks/"), client.post(address(link), answer(message="\nagain"))]
    assert [response.status_code for response in answers] == [200, 400, 200, 303, 200, 410]
    for number, response in enumerate(answers):
        if response.content:
            (tmp_path / f"{number}.html").write_bytes(response.content.replace(b"\0", b""))
    result = subprocess.run(
        [*validator, *map(str, tmp_path.glob("*.html"))], capture_output=True, text=True, check=True
    )
    messages = json.loads(result.stderr)["messages"]
    assert [message for message in messages if message["type"] == "error" or message.get("subType") == "warning"] == []


# Signing


def test_a_signature_is_recorded_with_its_version_and_thanked_for(client):
    link = make_review_link()
    path = address(link)  # it says the second in which it was signed
    response = client.post(path, answer(message="Well done.", **{"remark-walk": "How fast?"}), follow=True)
    assert response.redirect_chain == [(f"{path}thanks/", 303)]
    [signed] = Review.objects.all()
    assert (signed.revision, signed.contributor, signed.correction) == (link.revision, link.contributor, None)
    assert (signed.name, signed.credentials, signed.interests) == ("Dr Rosa Test", "Podiatrist", "None declared")
    assert (signed.message, signed.remarks) == ("Well done.", {"walk": "How fast?"})
    assert signed.correct_until.isoformat() == in_days(365)
    assert signed.revision.state == State.APPROVED
    for said in ("Your signature is recorded.", "“Sore feet”, version 1", "Well done.", "on “Walk” How fast?"):
        assert said in text_of(response)


def test_the_record_names_the_reviewer_without_an_account(client):
    client.post(address(make_review_link()), answer(message="Well done."))
    event = Event.objects.get(action="sign")
    assert (event.who, event.by, event.note) == ("Dr Rosa Test", None, "Well done.")


def test_changes_are_asked_for_without_a_day(client):
    link = make_review_link()
    sent = answer(decision="changes", correct_until="nonsense", has_read=None, **{"remark-rest": "Why?\r\nHow long?"})
    response = client.post(address(link), sent, follow=True)
    [asked] = Review.objects.all()
    assert (asked.correct_until, asked.remarks) == (None, {"rest": "Why?\nHow long?"})
    assert asked.revision.state == State.CHANGES_REQUESTED
    assert "Your wish for changes is recorded." in text_of(response)


def test_a_correction_of_oneself_waits_and_the_contributor_stays(client):
    link = make_review_link()
    response = client.post(address(link), answer(name="Dr Rosa Real", interests="Paid by Shoe Ltd"), follow=True)
    [signed] = reviewing.corrections()
    link.contributor.refresh_from_db()
    assert (signed.name, link.contributor.name) == ("Dr Rosa Test", "Dr Rosa Test")
    assert signed.correction == {
        "name": "Dr Rosa Real",
        "credentials": "Podiatrist",
        "interests": "Paid by Shoe Ltd",
    }
    assert "Your correction, which an editor looks at first Dr Rosa Real, Podiatrist" in text_of(response)


def test_other_line_ends_and_blanks_are_no_correction(client):
    link = make_review_link()
    link.contributor.interests = "One\r\nTwo "
    link.contributor.save()
    client.post(address(link), answer(interests="One\r\nTwo"))
    assert Review.objects.get().correction is None


BAD = [
    ({"correct_until": ""}, "Choose the day until which the page is correct."),
    ({"correct_until": "9999-99-99"}, "This is not a day of the calendar."),
    ({"correct_until": "31/05/2027"}, "This is not a day of the calendar."),
    ({"correct_until": "2027-05-31\0"}, "This is not a day of the calendar."),
    ({"correct_until": "0001-01-01"}, "can't be due in the past"),
    ({"correct_until": in_days(-1)}, "can't be due in the past"),
    ({"correct_until": in_days(1097)}, "within three years"),
    ({"correct_until": "9999-12-31"}, "within three years"),
    ({"has_read": None}, "Tick this when you have read the whole page."),
    ({"name": " "}, "Write your name."),
    ({"name": "x" * 121}, "at most 120 characters"),
    ({"credentials": ""}, "Write what makes you fit to check this page."),
    ({"interests": ""}, "if there is nothing, “None declared”"),
    ({"interests": "x" * 501}, "at most 500 characters"),
    ({"message": "x" * 5001}, "at most 5000 characters"),
    ({"remark-rest": "x" * 1_000_000}, "at most 2000 characters"),
    ({"message": "a\0b"}, "Null characters are not allowed."),
    ({"remark-rest": "a\0b"}, "Null characters are not allowed."),
    ({"name": "a\0b"}, "Null characters are not allowed."),
    ({"decision": None}, "Press one of the two buttons"),
    ({"decision": "destroy"}, "Press one of the two buttons"),
]


@pytest.mark.parametrize(("fields", "sentence"), BAD, ids=[sentence[:20] for _, sentence in BAD])
def test_bad_input_is_told_keeps_what_was_typed_and_records_nothing(client, fields, sentence):
    link = make_review_link()
    response = client.post(address(link), answer(**{"remark-walk": "A kept remark"} | fields))
    assert response.status_code == 400
    assert sentence in text_of(response)
    assert "A kept remark" in text_of(response)
    assert not Review.objects.exists()
    assert client.post(address(link), answer()).status_code == 303  # nothing stands in the way of a better try


def test_changes_are_not_asked_for_without_a_word(client):
    sent = answer(decision="changes", message=" ", **{"remark-rest": "\r\n"})
    response = client.post(address(make_review_link()), sent)
    assert response.status_code == 400
    assert "Say what should change: in this message, or in a remark on a section." in text_of(response)


def test_a_long_text_comes_back_whole(client):
    text = "word " * 2000
    response = client.post(address(make_review_link()), answer(message=text))
    assert text.strip() in page_of(response)


def test_line_ends_count_once(client):
    assert client.post(address(make_review_link()), answer(message="\r\n".join("x" * 2500))).status_code == 303


def test_each_mistake_is_linked_to_its_field(client):
    html = page_of(client.post(address(make_review_link()), answer(correct_until="", **{"remark-rest": "x" * 2001})))
    ids = {attrs.get("id") for name in ("input", "textarea") for attrs in tags(html, name)}
    links = [attrs["href"] for attrs in tags(html, "a") if attrs["href"].startswith("#_review-")]
    assert links == ["#_review-remark-rest", "#_review-correct_until"]
    assert {href[1:] for href in links} <= ids


def test_remarks_on_sections_that_are_not_there_are_not_read(client):
    client.post(address(make_review_link()), answer(**{"remark-nothing": "Hm", "remark-": "Hm", "remark-rest": "Ah"}))
    assert Review.objects.get().remarks == {"rest": "Ah"}


def test_a_link_is_good_for_one_answer(client):
    link = make_review_link()
    client.post(address(link), answer())
    response = client.post(address(link), answer(decision="changes", message="On second thoughts"))
    assert response.status_code == 410
    assert "This link was used: an answer came on" in text_of(response)
    assert "On second thoughts" in text_of(response)
    assert Review.objects.count() == 1
    assert client.get(address(link)).status_code == 410
    assert client.get(f"{address(link)}thanks/").status_code == 200


def test_thanks_are_not_given_before_there_is_something_to_thank_for(client):
    link = make_review_link()
    leads_to = client.get(f"{address(link)}thanks/").headers["Location"]
    assert leads_to.partition(":")[0] == address(link).partition(":")[0]  # the rest holds the second it was signed in


def test_the_record_is_closed_with_the_link(client):
    link = make_review_link()
    client.post(address(link), answer())
    Link.objects.update(expires_at=timezone.now())
    response = client.get(f"{address(link)}thanks/")
    assert response.status_code == 410
    assert "Sore feet" not in page_of(response)


def test_two_answers_at_once_are_one(site):
    """Both pass the page's own checks; the lock lets the second find the link used."""
    statuses, reviews = answer_together(site, 8)
    assert sorted(statuses) == [303, *[410] * 7]
    assert reviews == 1


# Links


def test_a_reviewers_link_submits_a_draft():
    link = make_review_link()
    assert link.revision.state == State.IN_REVIEW


def test_the_full_address_of_a_link_leads_to_it(client, settings):
    for link in (make_review_link(), make_preview_link_of("Cold hands")):
        where = reviewing.address_of(link)
        assert where.startswith(f"{settings.SITE_URL}/")
        assert client.get(where.removeprefix(settings.SITE_URL)).status_code == 200


@pytest.mark.parametrize("days", [0, -1, 91, 10**6])
def test_a_link_works_for_some_days_only(days):
    _, revision = make_draft()
    with pytest.raises(Refused, match="1 to 90 days"):
        reviewing.make_link(revision, by=None, days=days)


def test_an_author_is_not_asked_to_review():
    article, revision = make_draft()
    article.authors.add(author := make_reviewer())
    with pytest.raises(Refused, match="is an author of this article"):
        reviewing.make_link(revision, by=None, days=1, contributor=author)
    assert not Link.objects.exists()


def test_an_editor_makes_no_link_for_themselves():
    editor, (_, revision) = make_role("Editor"), make_draft()
    with pytest.raises(Refused, match="You can't make a link for yourself"):
        reviewing.make_link(revision, by=editor, days=1, contributor=make_reviewer(user=editor))
    assert not Link.objects.exists()


@pytest.mark.parametrize("happens", [withdraw, expire_article])
def test_the_corrected_draft_of_what_is_gone_is_shown_by_new_links_alone(client, happens):
    old = make_preview_link()
    happens(old)
    draft = edit(Article.objects.get())
    new = reviewing.make_link(draft, by=None, days=1)
    asks = reviewing.make_link(draft, by=None, days=1, contributor=make_reviewer())
    assert [client.get(address(link)).status_code for link in (old, new, asks)] == [410, 200, 200]
    assert client.post(address(asks), answer()).status_code == 303


def test_a_draft_shown_before_the_withdrawal_is_not_shown_after_it(client):
    article = make_article(sections=SECTIONS)
    link = reviewing.make_link(edit(article), by=None, days=1)
    assert client.get(address(link)).status_code == 200
    publishing.withdraw(article, by=None)
    assert client.get(address(link)).status_code == 410


@pytest.mark.parametrize("role", ["Author", "Reviewer"])
def test_others_than_editors_make_and_revoke_no_links(role):
    link, user = make_preview_link(), make_role(role)
    with pytest.raises(Refused, match="not allowed"):
        reviewing.make_link(link.revision, by=user, days=1)
    with pytest.raises(Refused, match="not allowed"):
        reviewing.revoke(link, by=user)
    assert Link.objects.get().revoked_at is None


def test_editors_make_and_revoke_links_and_are_recorded():
    editor, (_, revision) = make_role("Editor"), make_draft()
    link = reviewing.make_link(revision, by=editor, days=1, contributor=make_reviewer())
    reviewing.revoke(link, by=editor)
    events = Event.objects.filter(action__in=["submit", "link", "revoke"], by=editor).order_by("pk")
    assert [event.action for event in events] == ["submit", "link", "revoke"]


@pytest.mark.parametrize("happens", [withdraw, expire_article, delete_article])
def test_no_link_is_made_to_what_is_gone(happens):
    link = make_preview_link()
    happens(link)
    link.revision.refresh_from_db()
    with pytest.raises(Refused, match="Put it back first"):
        reviewing.make_link(link.revision, by=None, days=1)


def test_a_link_is_revoked_once():
    link = make_preview_link()
    reviewing.revoke(link, by=None)
    with pytest.raises(Refused, match="taken back already"):
        reviewing.revoke(link, by=None)


def test_a_contributor_who_was_asked_can_not_be_deleted():
    link = make_review_link()
    with pytest.raises(ProtectedError):
        link.contributor.delete()


def test_a_correction_is_taken_over_for_the_review_and_the_person(client):
    link = make_review_link()
    client.post(address(link), answer(credentials="Foot surgeon"))
    [signed] = reviewing.corrections(link.contributor)
    reviewing.decide_correction(signed, by=make_role("Editor"), accept=True)
    signed.refresh_from_db()
    link.contributor.refresh_from_db()
    assert signed.credentials == link.contributor.credentials == "Foot surgeon"
    assert not reviewing.corrections().exists()


def test_a_declined_correction_changes_nothing(client):
    link = make_review_link()
    client.post(address(link), answer(credentials="Foot surgeon"))
    reviewing.decide_correction(Review.objects.get(), by=None, accept=False)
    signed = Review.objects.get()
    assert (signed.credentials, signed.correction) == ("Podiatrist", None)
    with pytest.raises(Refused, match="decided already"):
        reviewing.decide_correction(signed, by=None, accept=True)


def test_an_old_correction_leaves_what_an_editor_has_changed_since_and_is_traced(client):
    link = make_review_link()
    client.post(address(link), answer(credentials="Foot surgeon", interests="Paid by Shoe Ltd"))
    person = link.contributor
    person.name, person.credentials = "Dr Rosa Newname", "Professor"
    person.save()
    reviewing.decide_correction(Review.objects.get(), by=None, accept=True)
    person.refresh_from_db()
    signed = Review.objects.get()
    assert (person.name, person.credentials, person.interests) == ("Dr Rosa Newname", "Professor", "Paid by Shoe Ltd")
    assert (signed.name, signed.credentials) == ("Dr Rosa Test", "Foot surgeon")
    note = Event.objects.get(action="accept_correction").note
    assert "Credentials: Podiatrist → Foot surgeon" in note
    assert "Name:" not in note


# With an account


@pytest.fixture
def reviewer(client):
    """Someone with an account who is signed in and may review, and the contributor they are."""
    user = make_role("Reviewer")
    client.force_login(user)
    return make_reviewer(user=user)


def make_submitted():
    article, revision = make_draft()
    publishing.submit(article, by=None)
    return revision


def account_address(revision):
    return f"/account/{revision.article_id}/{revision.pk}/"


@pytest.mark.urls("tests.test_reviewing")
def test_a_reviewer_with_an_account_signs_on_the_same_page(client, reviewer):
    revision = make_submitted()
    html = page_of(client.get(account_address(revision)))
    assert 'id="_review-form"' in html
    response = client.post(account_address(revision), answer(reviews_before="0"), follow=True)
    assert "Your signature is recorded." in text_of(response)
    assert response.redirect_chain[0][1] == 303
    assert Review.objects.get().contributor == reviewer
    assert Event.objects.get(action="sign").by == reviewer.user


@pytest.mark.urls("tests.test_reviewing")
def test_sending_the_same_form_twice_is_one_review(client, reviewer):
    revision = make_submitted()
    client.post(account_address(revision), answer(reviews_before="0"))
    response = client.post(account_address(revision), answer(reviews_before="0", message="Again"))
    assert response.status_code == 409
    assert "A review of yours was recorded meanwhile" in text_of(response)
    assert "Again" in text_of(response)
    assert Review.objects.count() == 1


@pytest.mark.urls("tests.test_reviewing")
def test_only_who_may_review_sees_the_page(client):
    revision = make_submitted()
    assert client.get(account_address(revision)).status_code == 403
    for user in (make_role("Author"), make_role("Editor"), make_staff("Stan")):
        client.force_login(user)
        assert client.get(account_address(revision)).status_code == 403


@pytest.mark.urls("tests.test_reviewing")
def test_an_account_without_a_contributor_is_told_what_is_missing(client):
    client.force_login(make_role("Reviewer"))
    response = client.get(account_address(make_submitted()))
    assert response.status_code == 403
    assert "Your account belongs to no contributor yet." in text_of(response)
    assert "Sore feet" not in page_of(response)


@pytest.mark.urls("tests.test_reviewing")
@pytest.mark.parametrize("happens", ["author", "draft", "changed"])
def test_what_can_not_be_reviewed_is_told_and_changes_nothing(client, reviewer, happens):
    revision = make_submitted()
    if happens == "author":
        revision.article.authors.add(reviewer)
    elif happens == "draft":
        publishing.take_back(revision.article, by=None)
    else:
        edit(revision.article)
    for response in (client.get(account_address(revision)), client.post(account_address(revision), answer())):
        assert response.status_code == 409
        assert "This can't be reviewed now" in text_of(response)
    assert not Review.objects.exists()


@pytest.mark.urls("tests.test_reviewing")
def test_a_version_of_another_article_is_not_found(client, reviewer):
    revision, other = make_submitted(), make_article("Cold hands")
    for where in (
        f"/account/{other.pk}/{revision.pk}/",
        f"/account/{revision.article_id}/{10**30}/",
        f"/account/{10**30}/{revision.pk}/",
    ):
        assert client.get(where).status_code == 404


@pytest.mark.urls("tests.test_reviewing")
def test_thanks_are_for_ones_own_review_alone(client, reviewer):
    revision = make_submitted()
    others = publishing.review(revision, contributor=make_contributor("Other"), correct_until=timezone.localdate())
    for number in (others.pk, "x", "9" * 40, "\0"):
        assert "Thank you" not in text_of(client.get(account_address(revision), {"signed": number}))


def test_a_form_that_was_kept_over_signing_in_comes_back_filled_and_unsent(rf, reviewer):
    revision = make_submitted()
    request = rf.post("/", answer(reviews_before="0", message="Kept"))
    request.user, request.unsaved = reviewer.user, "You are signed in again."
    response = review_views.account_review(request, revision.article_id, revision.pk)
    assert "You are signed in again." in text_of(response)
    assert "Kept" in text_of(response)
    assert not Review.objects.exists()


# Logs


@pytest.fixture
def log(monkeypatch):
    """What the site writes to standard error while a test runs."""
    stream = io.StringIO()
    [handler] = [one for one in logging.getLogger("django").handlers if type(one) is logging.StreamHandler]
    monkeypatch.setattr(handler, "stream", stream)
    monkeypatch.setattr(logging.getLogger("django"), "level", logging.INFO)
    logging.getLogger("django").manager._clear_cache()
    yield stream
    logging.getLogger("django").manager._clear_cache()


def test_an_error_is_logged_without_the_token(client, log, monkeypatch):
    where, client.raise_request_exception = address(make_review_link()), False
    token = where.split("/")[2]

    def fail(request, *arguments, **context):
        raise RuntimeError(f"It broke at {request.get_full_path()} and {token} alone.")

    monkeypatch.setattr(review_views, "review_page", fail)
    assert client.get(where).status_code == 500
    assert "Internal Server Error: /review/[hidden]/" in log.getvalue()
    assert "RuntimeError: It broke at /review/[hidden]/ and [hidden] alone." in log.getvalue()
    assert token not in log.getvalue()


def test_what_strangers_do_is_logged_without_the_token(log):
    where = address(make_review_link())
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(where).status_code == 403
    assert strict.get(f"{where}nothing/").status_code == 404
    assert strict.options(where).status_code == 405
    assert log.getvalue().count("/review/[hidden]/") == 3
    assert where.split("/")[2] not in log.getvalue()


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("GET /review/MQ:1xVFCa:vnpehCc33Ux-R2gL0oczFuboeecrDk_93qmRQbg5pZc/ 200", "GET /review/[hidden]/ 200"),
        ("/preview/MQ%3A1xVFCa%3AvnpehCc33Ux-R2gL0oczFuboeecrDk_93qmRQbg5pZc/?a", "/preview/[hidden]/?a"),
        ("'path': 'review/MQ:1xVFCa:vnpehCc33Ux/thanks/'", "'path': 'review/[hidden]/thanks/'"),
        ("got MQ:1xVFCa:vnpehCc33Ux-R2gL0oczFuboeecrDk_93qmRQbg5pZc.", "got [hidden]."),
        ("/admin/articles/article/12/review/345/ /articles/", "/admin/articles/article/12/review/345/ /articles/"),
        ("/accounts/password/reset/key/1f-d2x9ab-8c1f0/ 500", "/accounts/password/reset/key/[hidden]/ 500"),
        ("/admin/articles/article/12/preview/ review/", "/admin/articles/article/12/preview/ review/"),
    ],
)
def test_tokens_are_hidden_and_other_addresses_are_not(line, hidden):
    assert logs.hide_tokens(line) == hidden


def test_every_handler_hides_tokens(settings):
    formatters = settings.LOGGING["formatters"]
    used = {handler["formatter"] for handler in settings.LOGGING["handlers"].values()}
    assert used <= {*formatters}
    ours = {"articles.logs", "articles.development_logs"}
    assert {formatter["()"].rpartition(".")[0] for formatter in formatters.values()} == ours
    named = ["", "django", "django.server", "articles", "granian.access"]
    handlers = [handler for name in named for handler in logging.getLogger(name).handlers]
    found = [handler for handler in handlers if type(handler) is logging.StreamHandler]
    assert len(found) == 3
    assert all(type(handler.formatter).__module__ in ours for handler in found)


def test_the_running_site_prints_no_token(tmp_path):
    """Even as developers run it, with a line for each answer that is an error."""
    with Site(tmp_path, DEBUG="true").with_tables() as site:
        where = make_link(site, "Logs")
        assert [send(site, *request)[0] for request in (("GET", where), ("POST", where), ("OPTIONS", where))] == [
            200,
            403,
            405,
        ]
        assert send(site, "GET", f"{where}nothing/")[0] == 404
    output = (tmp_path / "output.txt").read_text()
    assert "/review/[hidden]/" in output
    assert where.split("/")[2] not in output
    assert where.split(":")[-1] not in output
