"""What tells that readers may see something else now, and an article's page as it was made last."""

import math

from django.db import models
from django.db.models import F, Subquery

from articles.models.site import Event
from articles.models.writing import Article


class Edition(models.Model):
    """How often something changed that readers may see: one row, once there was a change.

    Whatever keeps a page keeps the edition with it, and asks for that before it reads anything else of the page.
    """

    number = models.PositiveBigIntegerField(default=1)
    purged = models.PositiveBigIntegerField(default=0)  # up to which a cache in front was told

    def __str__(self):
        return str(self.number)

    @classmethod
    def next(cls):
        """Begin another edition."""
        if not cls.objects.filter(pk=1).update(number=F("number") + 1):
            cls.objects.get_or_create(pk=1)

    @classmethod
    def parts(cls):
        """Return what an edition's name is made of, as two expressions for any query.

        The last event is part of it, for it is kept together with what it tells of: so a crash between a change and
        the edition that it begins hides nothing.
        """
        last = Event.objects.order_by("-pk").values("pk")[:1]
        return Subquery(cls.objects.filter(pk=1).values("number")), Subquery(last)

    @classmethod
    def current(cls, using=None):
        """Return the name of the edition, in one of the databases if there are several."""
        row = cls.objects.using(using).filter(pk=1).values_list(*cls.parts()).first()
        return cls.name_of(*(row or (None, None)))

    @staticmethod
    def name_of(number, last):
        return f"{number}.{last}" if number else ""

    @staticmethod
    def order(name):
        """Return what is the greater the later an edition is; one that isn't known counts as later than all."""
        number, _dot, last = (name or "0").partition(".")
        return (int(number), int(last) if last.isdigit() else 0) if number.isdigit() else (math.inf, 0)


class Rendering(models.Model):
    """An article's page as safe HTML, without what readers say of it: made at a visit, until something changes."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="rendering")
    key = models.CharField(max_length=64)  # what it was made from (articles/pages.py)
    html = models.BinaryField()  # compressed
    until = models.DateTimeField(null=True)  # when it says something else by the clock alone

    def __str__(self):
        return str(self.article)
