"""Put the first article into a site that has none, and publish it."""

import tomllib
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

import articles
from articles.kinds import PICTURES
from articles.models import Article, Picture, Term, Topic
from articles.publishing import publish


class Command(BaseCommand):
    help = "Loads and publishes the first article. A site that has any article stays as it is."

    def handle(self, **options):
        if not Article.objects.exists():
            text = (Path(articles.__file__).parent / "first_article.toml").read_text(encoding="utf-8")
            load(**tomllib.loads(text))


@transaction.atomic
def load(*, topic, sections, sources, pictures=(), terms=(), **fields):
    """Make the article with its topic, pictures, sections, sources and terms of the glossary, and publish it."""
    article = Article.objects.create(topic=Topic.objects.get_or_create(slug=topic["slug"], defaults=topic)[0], **fields)
    library = {
        row["drawing"]: Picture.objects.get_or_create(drawing=row["drawing"], defaults=row)[0] for row in pictures
    }
    for position, section in enumerate(sections, start=1):
        shown = [library[name] for name in section.pop("pictures", ())]
        fields = section | dict(zip(PICTURES, shown, strict=False))
        article.sections.create(position=position, **{name: stripped(value) for name, value in fields.items()})
    for position, source in enumerate(sources, start=1):
        article.sources.create(position=position, **source)
    for row in terms:
        Term.objects.get_or_create(term=row["term"], defaults=row)
    publish(article, by=None, note="First version")


def stripped(value):
    return value.strip() if isinstance(value, str) else value
