"""What a reader says of their vote: what is offered, what is kept, and what each kind of post gets."""

import re

import pytest
from django.test import Client

from articles import publishing, rating
from articles.models import Reason, Vote
from articles.publishing import publish
from tests.factories import make_article

HERE = {"sec-fetch-site": "same-origin"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article(sections=[("Causes", "Tight shoes."), ("Care", "Rest.")])


def path(article):
    return f"/rate/{article.pk}/"


def vote(client, article, value=2, headers=HERE, **fields):
    return client.post(path(article), {"value": value} | fields, headers=headers)


def tell(client, article, headers=HERE, **fields):
    return client.post(path(article), {"tell": "yes"} | fields, headers=headers)


def page_of(client, article):
    return client.get(path(article)).content.decode()


def told():
    return Vote.objects.values_list("section", "reason").get()


def test_from_1_to_3_the_sections_that_were_read_and_what_fell_short_are_offered(client, article):
    vote(client, article, 2)
    html = page_of(client, article)
    assert re.findall(r'<option value="([^"]*)"', html) == ["", rating.WHOLE, "causes", "care"]
    assert re.findall(r'name="reason" value="([^"]*)"', html) == [*rating.FELL_SHORT, ""]


def test_from_4_on_one_thing_that_was_good_is_offered(client, article):
    vote(client, article, 4)
    html = page_of(client, article)
    assert "<option" not in html
    assert re.findall(r'name="reason" value="([^"]*)"', html) == [*rating.DID_WELL, ""]


def test_every_reason_is_offered_for_some_vote():
    assert {*rating.FELL_SHORT, *rating.DID_WELL} == set(Reason)


def test_before_a_vote_nothing_is_asked(client, article):
    assert 'name="tell"' not in page_of(client, article)
    assert 'name="tell"' not in client.get("/articles/sore-feet/").content.decode()


def test_what_is_told_is_kept_with_the_vote_and_shown(client, article):
    vote(client, article, 2)
    response = tell(client, article, section="causes", reason="hard")
    assert (response.status_code, response["Location"]) == (303, path(article))
    assert told() == ("causes", "hard")
    html = page_of(client, article)
    assert "So is what you told us:" in html
    assert "“Causes”, “It is hard to understand”." in html


def test_each_part_is_optional_and_what_is_not_sent_stays(client, article):
    vote(client, article, 3)
    tell(client, article, section=rating.WHOLE)
    tell(client, article, reason="missing")
    assert told() == (rating.WHOLE, "missing")
    tell(client, article, section="", reason="missing")
    assert told() == ("", "missing")


def test_it_can_be_changed_and_taken_back(client, article):
    vote(client, article, 3)
    tell(client, article, section="care", reason="hard")
    tell(client, article, section="causes", reason="wrong")
    assert told() == ("causes", "wrong")
    assert tell(client, article, section="", reason="").status_code == 303
    assert told() == ("", "")


def test_telling_nothing_is_not_thanked(client, article):
    vote(client, article, 3)
    response = tell(client, article, section="", reason="")
    assert response.status_code == 400
    assert "You chose nothing to add." in response.content.decode()
    assert "Thank you" not in response.content.decode()


def test_without_a_votes_cookie_it_is_refused(client, article):
    vote(client, article, 2)
    response = tell(Client(), article, section="causes", reason="hard")
    assert response.status_code == 403
    assert "We find no rating of this article from your browser" in response.content.decode()
    assert told() == ("", "")


def test_no_posted_id_reaches_anothers_vote(client, article):
    vote(client, article, 2)
    other = Client()
    vote(other, make_article("Cold hands"), 1)
    first = Vote.objects.get(article=article)
    tell(other, article, reason="hard", vote=first.pk, id=first.pk, voter=first.voter)
    first.refresh_from_db()
    assert first.reason == ""


@pytest.mark.parametrize(
    "said",
    [
        {"section": "no-such"},
        {"section": "Causes"},
        {"section": "x" * 5000},
        {"section": "caus\x00es"},
        {"reason": "no_such"},
        {"reason": "clear"},
        {"reason": "Hard", "section": "causes"},
        {"reason": "hard", "section": "no-such"},
        {"reason": "\x00"},
    ],
)
def test_what_is_not_offered_is_refused_and_nothing_is_stored(client, article, said):
    vote(client, article, 2)
    response = tell(client, article, **said)
    assert response.status_code == 400
    assert "Please choose from the answers that are offered." in response.content.decode()
    assert "Thank you" not in response.content.decode()
    assert told() == ("", "")


@pytest.mark.parametrize("said", [{"section": "causes"}, {"section": rating.WHOLE}, {"reason": "hard"}])
def test_a_good_vote_takes_no_section_and_nothing_that_fell_short(client, article, said):
    vote(client, article, 5)
    assert tell(client, article, **said).status_code == 400
    assert told() == ("", "")


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [(2, 3, ("causes", "hard")), (3, 4, ("", "")), (4, 5, ("", "clear")), (5, 1, ("", ""))],
)
def test_changing_the_vote_drops_what_no_longer_fits(client, article, before, after, kept):
    vote(client, article, before)
    said = {"section": "causes", "reason": "hard"} if before <= 3 else {"reason": "clear"}
    tell(client, article, **said)
    vote(client, article, after)
    assert told() == kept


def test_voting_on_a_version_without_the_section_drops_it_alone(client, article):
    vote(client, article, 2)
    tell(client, article, section="causes", reason="hard")
    article.sections.filter(key="causes").delete()
    publish(article, by=None)
    assert told() == ("causes", "hard")
    vote(client, article, 2)
    assert told() == ("", "hard")


def test_the_sections_are_those_of_the_version_that_was_read(client, article):
    read = article.revisions.get()
    article.sections.filter(key="causes").delete()
    publish(article, by=None)
    vote(client, article, 2, revision=read.pk)
    assert tell(client, article, section="causes").status_code == 303
    assert told()[0] == "causes"


def test_a_section_may_be_called_items(client):
    article = make_article(sections=[("Items", "Shoes.")])
    vote(client, article, 2)
    assert '<option value="items">Items</option>' in page_of(client, article)


def test_withdrawing_the_vote_takes_everything_back(client, article):
    vote(client, article, 2)
    tell(client, article, reason="hard")
    client.post(path(article), {"withdraw": "yes"}, headers=HERE)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
def test_a_post_from_elsewhere_is_refused(client, article, headers):
    vote(client, article, 2)
    assert tell(client, article, headers=headers, reason="hard").status_code == 403
    assert told() == ("", "")


def test_a_browser_that_says_nothing_is_asked_once_more(client, article):
    vote(client, article, 2)
    asked = tell(client, article, headers={}, section="care", reason="hard")
    html = asked.content.decode()
    assert "Nothing is kept until then" in html
    assert told() == ("", "")
    assert '<option value="care" selected>' in html
    assert 'value="hard" checked' in html
    assert html.count('method="post"') == 1
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    response = tell(client, article, headers={}, section="care", reason="hard", token=token)
    assert response.cookies["confirm"]["max-age"] == 0
    assert told() == ("care", "hard")


def test_no_limit_and_no_new_time_come_with_it(client, article, settings):
    settings.VOTES_PER_HOUR = 1
    vote(client, article, 2)
    before = Vote.objects.values("created_at", "updated_at").get()
    for reason in rating.FELL_SHORT:
        response = tell(client, article, reason=reason)
        assert response.status_code == 303
        assert "vote" not in response.cookies
    assert Vote.objects.values("created_at", "updated_at").get() == before


def test_after_a_withdrawal_of_the_article_it_can_be_changed_and_nothing_is_shown_of_it(client, article):
    vote(client, article, 2)
    tell(client, article, section="causes", reason="hard")
    publishing.withdraw(article, by=None)
    html = page_of(client, article)
    assert "“One of its sections”, “It is hard to understand”." in html
    assert not re.search("causes|care", html, re.IGNORECASE)
    tell(client, article, reason="wrong")
    assert told() == ("causes", "wrong")


def test_more_help_is_offered_after_a_vote_that_found_too_little(client, article):
    article.sections.create(heading="Get help urgently if:", kind="urgent", body="- it is cold", position=3)
    article.sections.create(heading="Who can help", kind="more_help", body="Ask a nurse.", position=4)
    publish(article, by=None)
    vote(client, article, 1)
    html = page_of(client, article)
    assert "Where to get more help" in html
    assert '<a href="/articles/sore-feet/#get-help-urgently-if">Get help urgently if…</a>' in html
    assert '<a href="/articles/sore-feet/#who-can-help">Who can help</a>' in html
