"""Votes: what is stored, under which cookie, how often, and what each kind of post gets."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles import publishing, rating, vote_views
from articles.models import Article, Revision, Vote, Window
from articles.publishing import publish
from tests.factories import make_article

HERE = {"sec-fetch-site": "same-origin"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article()


def path(article):
    return f"/rate/{article.pk}/"


def vote(client, article, value=4, headers=HERE, **fields):
    return client.post(path(article), {"value": value} | fields, headers=headers)


def reader(name):
    """Return a client whose browser calls itself by a name of its own."""
    return Client(headers={"user-agent": name})


def test_the_articles_page_carries_no_token_and_sets_no_cookie(client, article):
    response = client.get("/articles/sore-feet/")
    assert not response.cookies
    assert "csrf" not in response.content.decode().lower()
    assert "cookie" not in response.get("Vary", "").lower()


def test_a_vote_leads_to_a_page_that_shows_what_is_stored(client, article):
    response = vote(client, article, 4)
    assert (response.status_code, response["Location"]) == (303, path(article))
    page = client.get(path(article))
    assert "4 of 5, “Helpful”" in page.content.decode()
    assert Vote.objects.get().value == 4


def test_the_cookie_is_bound_to_the_articles_rating_page_and_lives_90_days(client, article):
    cookie = vote(client, article).cookies["vote"]
    assert cookie["path"] == path(article)
    assert cookie["max-age"] == 90 * 24 * 60 * 60
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_only_the_cookies_hash_is_stored(client, article):
    token = vote(client, article).cookies["vote"].value
    stored = Vote.objects.get().voter
    assert token not in stored
    assert stored == rating.hashed(token)


def test_a_second_vote_replaces_the_first(client, article):
    vote(client, article, 2)
    vote(client, article, 5)
    assert [vote.value for vote in Vote.objects.all()] == [5]


def test_votes_on_two_articles_have_two_cookies_that_nothing_links(article):
    other = make_article("Cold hands")
    first = vote(reader("A"), article).cookies["vote"]  # Django's test client knows no paths of cookies
    second = vote(reader("A"), other).cookies["vote"]
    assert first.value != second.value
    assert first["path"] != second["path"]


def test_a_vote_can_be_withdrawn_and_its_cookie_goes(client, article):
    vote(client, article)
    response = client.post(path(article), {"withdraw": "yes"}, headers=HERE)
    assert response.cookies["vote"]["max-age"] == 0
    assert response.cookies["vote"]["path"] == path(article)
    assert not Vote.objects.exists()
    assert "Your rating is withdrawn." in client.get(response["Location"]).content.decode()
    assert "We find no rating" in client.get(path(article)).content.decode()


def test_an_address_can_not_say_withdrawn_of_a_vote_that_is_kept(client, article):
    vote(client, article)
    assert "is withdrawn" not in client.get(path(article) + "?withdrawn=yes").content.decode()


def test_a_confirmation_keeps_what_was_chosen_and_read(client, article):
    read = article.revisions.get()
    article.sections.update(body="Rest them well.")
    publish(article, by=None)
    html = vote(client, article, 2, headers={}, revision=read.pk).content.decode()
    assert f'name="revision" value="{read.pk}"' in html
    assert 'value="2" checked' in html


def test_a_stranger_can_not_withdraw_anothers_vote(client, article):
    vote(client, article)
    Client().post(path(article), {"withdraw": "yes"}, headers=HERE)
    assert Vote.objects.count() == 1


def test_a_vote_points_at_the_revision_that_was_read(client, article):
    read = article.revisions.get()
    article.sections.update(body="Rest them well.")
    publish(article, by=None)
    vote(client, article, revision=read.pk)
    assert Vote.objects.get().revision == read


@pytest.mark.parametrize("claim", ["", "x", "-1", "0", "999999999", "9" * 19, "1.5", "²"])
def test_a_claim_to_an_unknown_revision_counts_for_the_current_one(client, article, claim):
    vote(client, article, revision=claim)
    assert Vote.objects.get().revision == article.revisions.get()


def test_a_claim_to_a_revision_that_was_never_public_counts_for_the_current_one(client, article):
    draft = Revision.of(article, number=2)
    draft.save()
    other = make_article("Cold hands").revisions.get()
    for revision in (draft, other):
        vote(client, article, revision=revision.pk)
        assert Vote.objects.get().revision.number == 1
        assert Vote.objects.get().article == article


@pytest.mark.parametrize("value", ["", "0", "6", "-1", "4.5", "five", "4 ", "１", "\x00", "4; DROP TABLE", "1" * 5000])
def test_a_bad_value_is_a_plain_message_and_nothing_is_stored(client, article, value):
    response = vote(client, article, value)
    assert response.status_code == 400
    assert "Please choose one of the five answers" in response.content.decode()
    assert "Thank you" not in response.content.decode()
    assert not response.cookies
    assert not Vote.objects.exists()


def test_a_post_without_any_field_is_an_error_not_a_no(client, article):
    response = client.post(path(article), headers=HERE)
    assert response.status_code == 400
    assert not Vote.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unpublished_or_unknown_article_takes_no_votes(client, method):
    draft = make_article("Draft", published=False)
    for article_id in (draft.pk, 4711, 10**30):
        response = getattr(client, method)(f"/rate/{article_id}/", {"value": 3}, headers=HERE)
        assert response.status_code == 404
        assert "Draft" not in response.content.decode()
    assert not Vote.objects.exists()


def withdraw(article):
    publishing.withdraw(article, by=None, reason="It was wrong.")


def delete(article):
    withdraw(article)
    publishing.delete(article, by=None)


def expire(article):
    Article.objects.filter(pk=article.pk).update(expires_at=timezone.now())


@pytest.mark.parametrize("take_away", [withdraw, delete, expire])
def test_a_vote_can_be_seen_changed_and_withdrawn_after_the_article_is_gone(client, article, take_away):
    vote(client, article, 4)
    take_away(article)
    assert "4 of 5, “Helpful”" in client.get(path(article)).content.decode()
    assert vote(client, article, 2).status_code == 303
    assert (Vote.objects.get().value, Vote.objects.get().revision) == (2, article.revisions.get())
    client.post(path(article), {"withdraw": "yes"}, headers=HERE)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("take_away", [withdraw, delete, expire])
@pytest.mark.parametrize("posted", [{"value": "9"}, {"value": "3"}, {"withdraw": "yes"}])
def test_the_rating_page_of_what_is_gone_shows_nothing_of_it(client, take_away, posted):
    article = make_article("Secret plan", summary="Murmur.", sections=[("Hush", "Whisper")])
    take_away(article)
    for response in (client.get(path(article)), client.post(path(article), posted)):
        html = response.content.decode()
        assert "An article that is no longer shown" in html
        assert not re.search("Secret|secret-plan|Murmur|Hush|Whisper|It was wrong", html)


def test_the_rating_page_of_what_was_never_public_is_unknown(client):
    waiting = make_article("Waiting", published=False)
    publish(waiting, by=None, at=timezone.now() + timedelta(days=1))
    deleted = make_article("Deleted", published=False)
    publishing.delete(deleted, by=None)
    for article in (waiting, deleted):
        assert client.get(path(article)).status_code == 404
        assert vote(client, article).status_code == 404


def test_a_claim_to_a_revision_that_waits_for_its_time_counts_for_the_one_that_was_out(client, article):
    read = article.revisions.get()
    article.sections.update(body="Rest them well.")
    waiting = publish(article, by=None, at=timezone.now() + timedelta(days=1))
    vote(client, article, revision=waiting.pk)
    assert Vote.objects.get().revision == read
    withdraw(article)
    vote(client, article, revision=waiting.pk)
    assert Vote.objects.get().revision == read


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"sec-fetch-site": "nonsense"},
        {"origin": "null"},
        {"origin": "https://elsewhere.example"},
        {"origin": "http://testserver.elsewhere.example"},
        {"origin": "https://testserver"},
        {"origin": ""},
        {"sec-fetch-site": "none", "origin": "null"},
    ],
)
def test_a_post_from_elsewhere_is_refused(client, article, headers):
    response = vote(client, article, headers=headers)
    assert response.status_code == 403
    assert not response.cookies
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}, {"origin": "http://127.0.0.1:8000"}],
)
def test_a_post_from_the_sites_own_pages_is_taken(client, article, headers, settings):
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert vote(client, article, headers=headers).status_code == 303


def hidden_token(response):
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def test_a_browser_that_says_nothing_is_asked_once_more(client, article):
    asked = vote(client, article, 2, headers={})
    assert asked["Cache-Control"] == "no-store"
    assert asked.cookies["confirm"]["path"] == path(article)
    assert "Nothing is kept until then" in asked.content.decode()
    assert not Vote.objects.exists()
    response = vote(client, article, 2, headers={}, token=hidden_token(asked))
    assert response.status_code == 303
    assert response.cookies["confirm"]["max-age"] == 0
    assert Vote.objects.get().value == 2


def test_a_confirmation_needs_its_own_cookie(client, article):
    token = hidden_token(vote(client, article, headers={}))
    assert vote(Client(), article, headers={}, token=token).status_code == 200
    assert not Vote.objects.exists()


def test_a_confirmation_does_not_help_a_foreign_page(client, article):
    token = hidden_token(vote(client, article, headers={}))
    assert vote(client, article, headers={"origin": "null"}, token=token).status_code == 403


def test_a_confirmation_is_good_for_one_article_only(client, article):
    other = make_article("Cold hands")
    token = hidden_token(vote(client, article, headers={}))
    client.cookies["confirm"]["path"] = "/"
    assert vote(client, other, headers={}, token=token).status_code == 200
    assert not Vote.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "ü", "0" * 64])
def test_a_made_up_confirmation_is_asked_again(client, article, token):
    vote(client, article, headers={})
    assert vote(client, article, headers={}, token=token).status_code == 200
    assert not Vote.objects.exists()


def test_a_withdrawal_is_confirmed_in_the_same_way(client, article):
    vote(client, article)
    asked = client.post(path(article), {"withdraw": "yes"})
    assert Vote.objects.exists()
    client.post(path(article), {"withdraw": "yes", "token": hidden_token(asked)})
    assert not Vote.objects.exists()


def test_a_double_click_before_the_cookie_exists_is_one_vote(article):
    first = vote(reader("A"), article, 3)
    second = vote(reader("A"), article, 4)
    assert first.cookies["vote"].value == second.cookies["vote"].value
    assert Vote.objects.get().value == 4


def test_two_browsers_or_two_articles_are_two_votes(article):
    other = make_article("Cold hands")
    tokens = {vote(reader(name), about).cookies["vote"].value for name in "AB" for about in (article, other)}
    assert len(tokens) == 4


def test_after_two_seconds_the_same_browser_without_a_cookie_is_another_voter(article):
    first = vote(reader("A"), article)
    Window.objects.filter(count=0).update(ends_at=timezone.now())
    second = vote(reader("A"), article)
    assert first.cookies["vote"].value != second.cookies["vote"].value


@pytest.mark.parametrize("cookie", ["x", "0" * 63, "0" * 65, "G" * 64, "ü", "'; --", "A" * 4000])
def test_a_cookie_that_is_not_ours_is_replaced(client, article, cookie):
    client.cookies["vote"] = cookie
    response = vote(client, article)
    assert re.fullmatch("[0-9a-f]{64}", response.cookies["vote"].value)
    assert client.get(path(article)).status_code == 200


def test_too_many_votes_of_one_network_are_told_so(client, article, settings):
    settings.VOTES_PER_HOUR = 3
    for name in "ABC":
        assert vote(reader(name), article).status_code == 303
    response = vote(reader("D"), article)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "Too many ratings have come from your network" in response.content.decode()
    assert not response.cookies
    assert Vote.objects.count() == 3


def test_the_limit_ends_with_its_hour(client, article, settings):
    settings.VOTES_PER_HOUR = 1
    vote(reader("A"), article)
    assert vote(reader("B"), article).status_code == 429
    Window.objects.update(ends_at=timezone.now())
    assert vote(reader("C"), article).status_code == 303


def test_a_withdrawal_is_never_limited(client, article, settings):
    settings.VOTES_PER_HOUR = 1
    vote(client, article)
    client.post(path(article), {"withdraw": "yes"}, headers=HERE)
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.7:4711", "192.0.2.7/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_64(address, network):
    assert rating.network(address) == network


def test_no_address_and_no_browser_is_stored(client, article):
    client.post(path(article), {"value": 4}, headers=HERE | {"user-agent": "Secret/1"}, REMOTE_ADDR="192.0.2.77")
    stored = repr([list(model.objects.values()) for model in (Vote, Window)])
    assert "192.0.2" not in stored
    assert "Secret" not in stored


def test_old_windows_go_with_a_later_vote(client, article, monkeypatch):
    monkeypatch.setattr(vote_views, "TIDY_SECONDS", 0)
    vote(client, article)
    Window.objects.update(ends_at=timezone.now())
    old = set(Window.objects.values_list("seed", flat=True))
    vote(reader("B"), article)
    assert not Window.objects.filter(seed__in=old).exists()


def test_the_average_appears_from_ten_votes_on_with_its_count(client, article):
    revision = article.revisions.get()
    votes = [Vote(article=article, revision=revision, voter=str(n), value=4 + n % 2) for n in range(10)]
    Vote.objects.bulk_create(votes[:9])
    assert "out of 5 by" not in client.get("/articles/sore-feet/").content.decode()
    votes[9].save()
    assert "Rated 4.5 out of 5 by 10 readers." in client.get("/articles/sore-feet/").content.decode()


def test_the_rating_page_is_never_cached_or_indexed(client, article):
    response = client.get(path(article))
    assert response["Cache-Control"] == "no-store"
    assert 'name="robots" content="noindex"' in response.content.decode()


def test_a_vote_does_not_write_to_the_article(client, article):
    article.refresh_from_db()
    before = (article.updated_at, article.revisions.values().get())
    vote(client, article)
    article.refresh_from_db()
    assert (article.updated_at, article.revisions.values().get()) == before


def test_other_methods_are_refused(client, article):
    assert client.put(path(article), headers=HERE).status_code == 405
    assert client.delete(path(article), headers=HERE).status_code == 405
