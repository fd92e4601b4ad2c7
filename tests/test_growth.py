"""No page reads more of the database because there are more articles than it shows."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from articles import bulk_samples, machine_views
from articles.models import Article
from tests.growing import OTHERS, PAGES, counted, facts

pytestmark = pytest.mark.django_db

# They show a line for each part or article, or look at as many candidates as there are, up to a number
GROWS = {"sitemap", "llms.txt", "search, mistyped", "search, nothing", "search, a word of one in eighteen"}
LAST = {"admin list, its last page"}  # which has fewer


def asked(client):
    """Return how many rows each page reads, and how many queries it makes."""
    if connection.vendor == "postgresql":  # which else plans for the tables as it saw them last, perhaps empty
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    found, page = {}, facts()
    for name, path in (PAGES | OTHERS).items():
        client.get(path.format(**page(1)))  # what is asked once only
        with counted() as count:
            assert client.get(path.format(**page(1))).status_code == 200, name
        found[name] = (count.queries, count.rows)
    return found


@pytest.fixture
def desk(client):
    client.force_login(get_user_model().objects.create_superuser("Wanda"))
    return client


def test_no_page_reads_more_because_there_are_more_articles(desk, monkeypatch, capsys):
    monkeypatch.setattr(machine_views, "PART", 20)
    call_command("populate_demo_data", articles=120)
    few = asked(desk)
    list(bulk_samples.fill(240))
    many = asked(desk)
    same = set(few) - GROWS - LAST
    assert {name: many[name] for name in same} == {name: few[name] for name in same}
    assert many["admin list, its last page"][1] < few["admin list"][1] + 10
    assert len(same) > 25


def test_what_is_counted_is_what_is_read():
    list(bulk_samples.fill(12))
    with counted() as count:
        list(Article.objects.all())
        Article.objects.first()
    assert (count.queries, count.rows) == (2, 13)


def test_candidates_of_a_search_are_capped(desk, monkeypatch):
    monkeypatch.setattr("articles.search.CANDIDATES", 5)
    list(bulk_samples.fill(40))
    with counted() as few:
        desk.get("/search/?q=plastic")
    list(bulk_samples.fill(80))
    with counted() as many:
        desk.get("/search/?q=plastic")
    assert many == few
