"""What readers find articles by: rows made of revisions, and made anew from them at any time."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.models.revisions import Revision
from articles.models.vocabulary import Topic


class Entry(models.Model):
    """What search looks through: a part of a revision that is public or will be; `key` is "" for its beginning.

    Rows of revisions that readers don't see stay unseen: a search asks RevisionQuerySet.published as well.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="entries")
    key = models.CharField(max_length=80, blank=True)
    heading = models.CharField(max_length=400)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "key"], name="entry_unique_in_revision")]

    def __str__(self):
        return self.heading


class Name(models.Model):
    """A name that readers find a revision's article by, from A to Z: its title, or what it is also called.

    Language and topic are the article's and the time is the revision's, kept here so that no list looks through all
    articles.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=200)
    is_title = models.BooleanField()
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="names", db_index=False)
    letter = models.CharField(max_length=2)  # as articles/finding.py files it
    sort = models.CharField(max_length=200, default="")
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["sort", "pk"]
        indexes = [
            models.Index(
                fields=["language", "-published_at", "-revision"], name="name_newest", condition=Q(is_title=True)
            ),
            models.Index(
                fields=["topic", "-published_at", "-revision"], name="name_newest_of_topic", condition=Q(is_title=True)
            ),
            models.Index(fields=["language", "letter", "sort", "id"], name="name_from_a_to_z"),
            models.Index(fields=["language", "sort", "id"], name="name_in_language"),
            models.Index(fields=["topic", "sort", "id"], name="name_of_topic"),
        ]

    def __str__(self):
        return self.name


class Word(models.Model):
    """A word of a text that is public, will be or was, by which typing mistakes are mended."""

    word = models.CharField(max_length=40, unique=True)
    beginning = models.CharField(max_length=1)
    ending = models.CharField(max_length=2)
    length = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["beginning", "length"], name="word_by_beginning"),
            models.Index(fields=["ending", "length"], name="word_by_ending"),
        ]

    def __str__(self):
        return self.word
