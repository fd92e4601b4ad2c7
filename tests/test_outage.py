"""While the database can't be used, readers and editors are told so plainly, and nothing is thanked for."""

import logging
from functools import partial
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper

from articles.models import Vote
from tests.factories import make_article

HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture(params=[OperationalError, InterfaceError])
def away(request):
    """A context in which each query fails."""

    def fail(*arguments):
        raise request.param("the connection is closed")

    return partial(patch.object, CursorWrapper, "execute", fail)


@pytest.mark.parametrize("path", ["/", "/articles/sore-feet/", "/search/?q=feet", "/rate/1/", "/feed/"])
def test_a_page_says_that_it_can_not_be_looked_up(client, away, db, path):
    make_article()
    with away():
        response = client.get(path)
    assert response.status_code == 503
    assert (response["Cache-Control"], response["Retry-After"]) == ("no-store", "30")
    assert "We can&#x27;t look that up just now." in response.content.decode()


def test_a_vote_is_told_that_it_was_not_kept(client, away, db, caplog):
    path = f"/rate/{make_article().pk}/"
    with away(), caplog.at_level(logging.ERROR):
        response = client.post(path, {"value": 4}, headers=HERE)
    assert response.status_code == 503
    assert "We could not keep what you sent." in response.content.decode()
    assert not response.cookies
    [record] = caplog.records
    assert record.getMessage() == f"{path}: the database can't be used: the connection is closed"
    assert record.exc_info is None


def test_an_edit_is_told_that_it_was_not_saved(editor_client, away):
    article = make_article()
    with away():
        response = editor_client.post(f"/admin/articles/article/{article.pk}/change/", {"title": "Changed"})
    assert response.status_code == 503
    assert "We could not save what you sent." in response.content.decode()


def test_all_works_again_when_the_database_is_back(client, db, away):
    article = make_article()
    with away():
        assert client.get("/articles/sore-feet/").status_code == 503
    assert client.get("/articles/sore-feet/").status_code == 200
    assert client.post(f"/rate/{article.pk}/", {"value": 4}, headers=HERE).status_code == 303
    assert Vote.objects.count() == 1
