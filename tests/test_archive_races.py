"""An export shows one moment, and holds nobody up; on a database of its own, as a site has it."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db import connection

from articles import archive
from articles.models import Article
from tests.factories import make_article


def race_export():
    """Change an article while an export runs; return what that tells, what it writes, and what another one does."""
    archive.EVERY = 1
    make_article("First")
    make_article("Second")
    with tempfile.TemporaryDirectory() as folder:
        lines = archive.export(Path(folder, "one"))
        told = next(lines)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(change).result(timeout=5)
        list(lines)
        list(archive.export(Path(folder, "two")))
        files = (Path(folder, name, "articles/second/article.md") for name in ("one", "two"))
        return [str(told), *(file.read_text().splitlines()[1] for file in files)]


def change():
    Article.objects.filter(slug="second").update(title="Changed")
    connection.close()


def test_an_export_shows_one_moment_while_others_write(raced):
    assert raced(race_export) == ["Articles: 1 of 2", "title: Second", "title: Changed"]
