"""Wagtail and Mezzanine, each as its own start command makes it, with one article; production settings, SQLite."""

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bench.contenders import Contender, article, built, environment_of_packages, granian, run, versions
from tests.running import free_port

PRODUCTION = {"DJANGO_SETTINGS_MODULE": "mysite.settings.production"}
WAGTAIL_SETTINGS = """
SECRET_KEY = "only for measuring, on this machine"
ALLOWED_HOSTS = ["127.0.0.1"]
"""
WAGTAIL_MODEL = """

from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField


class ArticlePage(Page):
    body = RichTextField()
    content_panels = [*Page.content_panels, FieldPanel("body")]
"""
WAGTAIL_TEMPLATE = """{% extends "base.html" %}
{% load wagtailcore_tags %}
{% block content %}<h1>{{ page.title }}</h1>{{ page.body|richtext }}{% endblock %}
"""
WAGTAIL_PAGE = """
from home.models import ArticlePage, HomePage
HomePage.objects.get().add_child(instance=ArticlePage(title={title!r}, slug="article", body={body!r}))
"""
MEZZANINE_POST = """
from django.contrib.auth import get_user_model
from mezzanine.blog.models import BlogPost
from mezzanine.core.models import CONTENT_STATUS_PUBLISHED
user = get_user_model().objects.create_superuser("editor")
BlogPost.objects.create(title={title!r}, slug="article", content={body!r}, user=user, status=CONTENT_STATUS_PUBLISHED)
"""


def build_wagtail(folder):
    title, body = article()
    programs = environment_of_packages(folder, "wagtail", "granian")
    site = folder / "site"
    site.mkdir()
    run(programs / "wagtail", "start", "mysite", site)
    (site / "mysite/settings/local.py").write_text(WAGTAIL_SETTINGS)
    with open(site / "home/models.py", "a") as models:
        models.write(WAGTAIL_MODEL)
    (site / "home/templates/home/article_page.html").write_text(WAGTAIL_TEMPLATE)

    def manage(*arguments):
        run(programs / "python", "manage.py", *arguments, cwd=site, **PRODUCTION)

    manage("makemigrations", "home")
    manage("migrate")
    manage("collectstatic", "--noinput")
    manage("shell", "--command", WAGTAIL_PAGE.format(title=title, body=body))


@contextmanager
def wagtail():
    folder, port = built("wagtail", build_wagtail, article()), free_port()
    programs = folder / "venv/bin"
    version = versions(programs, "wagtail", "django", "granian")
    with granian(programs, "mysite.wsgi:application", port, folder / "log", folder / "site", **PRODUCTION):
        yield Contender("Wagtail", f"http://127.0.0.1:{port}/article/", version)


def build_mezzanine(folder):
    title, body = article()
    programs = environment_of_packages(folder, "mezzanine", "granian")
    site = folder / "site"
    site.mkdir()
    run(programs / "mezzanine-project", "mysite", ".", cwd=site)
    settings = site / "mysite/local_settings.py"
    settings.write_text(settings.read_text().replace("DEBUG = True", "DEBUG = False"))
    for arguments in (
        ("createdb", "--noinput", "--nodata"),
        ("collectstatic", "--noinput"),
        ("shell", "--command", MEZZANINE_POST.format(title=title, body=body)),
    ):
        run(programs / "python", "manage.py", *arguments, cwd=site)


@dataclass(frozen=True)
class Mezzanine(Contender):
    database: str = ""

    def ratings(self):
        with closing(sqlite3.connect(self.database)) as rows:
            return rows.execute("SELECT COUNT(*) FROM generic_rating").fetchone()[0]


@contextmanager
def mezzanine():
    """Serve Mezzanine without a rating yet, for each one that it keeps makes it add up all the others."""
    folder, port = built("mezzanine", build_mezzanine, article()), free_port()
    programs, database = folder / "venv/bin", folder / "site/dev.db"
    with closing(sqlite3.connect(database)) as rows, rows:
        rows.execute("DELETE FROM generic_rating")
    version = versions(programs, "mezzanine", "django", "granian")
    with granian(programs, "mysite.wsgi:application", port, folder / "log", folder / "site"):
        yield Mezzanine("Mezzanine", f"http://127.0.0.1:{port}/blog/article/", version, database=str(database))
