"""Reading from a replica: which pages do, and that none shows an old text for it."""

import os
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from itertools import count

import pytest

from bench.machines import Postgres
from tests.running import Site

# With a primary and its standby


ARTICLE = "/articles/muscle-leg-cramps/"
PAGES = [ARTICLE, f"{ARTICLE[:-1]}.json", f"{ARTICLE}sheet/", "/", "/articles/", "/topics/muscles/", "/about/", "/feed/"]
PAGES += ["/search/?q=cramp", "/search/suggest/?q=cra", "/sitemap.xml", "/ar/"]
PUBLISH = """
from articles import publishing
from articles.models import Article
article = Article.objects.get(pk=1)
article.title = "Version {}."
article.save()
publishing.publish(article, by=None)
"""


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """A running site with its primary and its standby."""
    if not os.environ.get("DATABASE_URL") or not Postgres.programs():
        pytest.skip("It needs PostgreSQL, and runs where the other tests do so with it: .ci/with-postgres")
    primary = Postgres()
    primary.start()
    site = Site(tmp_path_factory.mktemp("site"), DATABASE_URL="", SECRET_KEY="k" * 50)
    site.environment["DATABASE_URL"] = primary.url
    assert site.manage("migrate", "--verbosity", "0").returncode == 0
    standby = Postgres(primary)
    standby.start()
    site.environment["REPLICA_URL"] = standby.url
    with site:
        yield site, primary, standby
    for server in (standby, primary):
        server.stop()
