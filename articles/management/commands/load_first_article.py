"""Put the first article into a site that has none, and publish it."""

import tomllib
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

import articles
from articles.models import Article, Topic
from articles.publishing import publish


class Command(BaseCommand):
    help = "Loads and publishes the first article. A site that has any article stays as it is."

    def handle(self, **options):
        if not Article.objects.exists():
            text = (Path(articles.__file__).parent / "first_article.toml").read_text(encoding="utf-8")
            load(**tomllib.loads(text))


@transaction.atomic
def load(*, topic, sections, sources, **fields):
    """Make the article with its topic, sections and sources, and publish it."""
    article = Article.objects.create(topic=Topic.objects.get_or_create(slug=topic["slug"], defaults=topic)[0], **fields)
    for position, section in enumerate(sections, start=1):
        article.sections.create(position=position, **section | {"body": section["body"].strip()})
    for position, source in enumerate(sources, start=1):
        article.sources.create(position=position, **source)
    publish(article, by=None, note="First version")
