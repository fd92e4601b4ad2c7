"""Pages that must not grow with the number of articles, and what each of them asks the database."""

from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.backends.utils import CursorWrapper

STEM = "/articles/sample-plastic-plant-"
DESK = "/admin/articles/article/"
PAGES = {  # whose time must hardly grow; {…} stands for what each site has of it
    "article": STEM + "{some:06}/",
    "A to Z, a letter": "/articles/?letter=S",
    "A to Z, within a letter": "/articles/?letter=S&from=sample+a+lilac",
    "topic": "/topics/sample-shelf-2/",
    "search, a word of ten articles": "/search/?q={name}",
    "search, mistyped": "/search/?q={mistyped}",
    "feed": "/feed/",
    "sitemap part": "/sitemap-{part}.xml",
    "work list": "/admin/",
    "work list of a kind": "/admin/?kind=findings",
    "work list of a topic": "/admin/?topic={topic}",
    "work list of a person": "/admin/?person={person}",
    "admin list": DESK,
    "admin list, its last page": DESK + "?p={last}",
    "admin list, published": DESK + "?state=published",
}
OTHERS = {
    "first page": "/",
    "A to Z, the first page": "/articles/",
    "search, a word of one in eighteen": "/search/?q=lily",
    "search, nothing": "/search/?q=zzzqqqxxx",
    "suggestions": "/search/suggest/?q=sam",
    "feed of a language with one article": "/ar/feed/",
    "sitemap": "/sitemap.xml",
    "llms.txt": "/llms.txt",
    "article as Markdown": STEM + "{some:06}.md",
    "admin list, searched": DESK + "?q={name}",
    "admin list, the last saved first": DESK + "?o=-5",
    "form of an article": DESK + "{pk}/change/",
    "form of a new article": DESK + "add/",
    "history": DESK + "{pk}/history/",
    "what readers say": DESK + "readers/",
    "contributors": "/admin/articles/contributor/",
    "audit": "/admin/articles/event/",
    "library of pictures": "/admin/articles/picture/",
    "links": "/admin/articles/outsidelink/",
}


def facts():
    """Return a function that gives what the addresses name; of articles another one each time, from all there are."""
    from articles import bulk_samples, machine_views
    from articles.models import Article, Topic

    made = Article.objects.filter(slug__startswith=bulk_samples.STEM)
    count, listed = made.count(), Article.objects.filter(deleted_at=None).count()
    name = bulk_samples.name_of(count // 2)
    fixed = {
        "name": name,
        "mistyped": name[:2] + name[3] + name[2] + name[4:],
        "topic": Topic.objects.get(slug=f"{bulk_samples.SHELF}2").pk,
        "person": get_user_model().objects.get(username="sample-author").pk,
        "part": max(1, Article.objects.order_by("pk").last().pk // machine_views.PART),
        "last": -(-listed // 50),
    }

    def page(number):
        some = number * 37 % 100 * (count // 100) + 1
        return fixed | {"some": some, "pk": made.get(slug=f"{bulk_samples.STEM}{some:06}").pk}

    return page


@dataclass
class Count:
    """How many queries were made of the database, and how many rows of theirs were read."""

    queries: int = 0
    rows: int = 0


@contextmanager
def counted():
    """Count what is asked meanwhile, in a Count."""
    count = Count()

    class Cursor(CursorWrapper):
        def execute(self, *arguments):
            count.queries += 1
            return super().execute(*arguments)

        def fetchone(self):
            row = self.cursor.fetchone()
            count.rows += row is not None
            return row

        def fetchmany(self, *arguments):
            rows = self.cursor.fetchmany(*arguments)
            count.rows += len(rows)
            return rows

    connection.make_cursor = lambda cursor: Cursor(cursor, connection)
    try:
        yield count
    finally:
        del connection.make_cursor
