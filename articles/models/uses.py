"""Where pictures are shown: rows made of working copies and revisions, so that no list looks through texts."""

from django.db import models
from django.db.models import Q

from articles.models.writing import Article


class PictureUse(models.Model):
    """That a version of an article shows or names a picture; without a revision, that its working copy does.

    `number` is the picture's in the library, none where it stands within the text; a picture that is gone from the
    library keeps its number here, as it does in revisions. `name` is that of a drawing, or an image's address.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="picture_uses")
    revision = models.ForeignKey("articles.Revision", on_delete=models.CASCADE, null=True, related_name="picture_uses")
    number = models.PositiveBigIntegerField(null=True)
    name = models.CharField(max_length=200)
    is_missing = models.BooleanField(default=False)  # within the text: it has no description there

    class Meta:
        indexes = [
            models.Index(fields=["number", "revision"], name="picture_use_by_number"),
            models.Index(fields=["name", "revision"], name="picture_use_by_name"),
            models.Index(fields=["name"], name="picture_use_missing", condition=Q(is_missing=True, revision=None)),
            models.Index(fields=["name"], name="picture_use_within_text", condition=Q(number=None, revision=None)),
        ]

    def __str__(self):
        return self.name

    @classmethod
    def keep(cls, article_id, found, revision=None):
        """Keep what a version shows, as articles/showing.py says it. What an article's working copy showed goes."""
        fields = ("number", "name", "is_missing")
        if revision is None:
            old = cls.objects.filter(article=article_id, revision=None)
            if set(old.values_list(*fields)) == set(found):
                return
            old.delete()
        cls.objects.bulk_create(
            cls(article_id=article_id, revision=revision, **dict(zip(fields, values, strict=True))) for values in found
        )
