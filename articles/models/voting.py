"""Readers' votes, and how often a network voted."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.revisions import Revision
from articles.models.writing import Article


class Reason(models.TextChoices):
    """What a reader may say after a vote; which ones are offered depends on the vote (articles/rating.py)."""

    HARD = "hard", _("It is hard to understand")
    MISSING = "missing", _("Something is missing")
    WRONG = "wrong", _("Something seems wrong or out of date")
    NOT_MINE = "not_mine", _("It does not fit my problem")
    DID_NOT_HELP = "did_not_help", _("I tried it, and it did not help")
    CLEAR = "clear", _("It was clear")
    EASED = "eased", _("It eased my cramp")
    KNOW_MORE = "know_more", _("I know better what to do")


def day_of(moment):
    """Return the day in the site's time zone under which a vote of a moment counts."""
    return timezone.localdate(moment, timezone.get_default_timezone())


class DayField(models.DateField):
    """The day of a vote's last change in the site's time zone, taken from `updated_at` whenever the vote is saved."""

    def pre_save(self, model_instance, add):
        day = day_of(model_instance.updated_at)
        setattr(model_instance, self.attname, day)
        return day


class Vote(models.Model):
    """One reader's 1 to 5 for an article, and what they chose to say of it. Known by the hash of a cookie alone."""

    # No index of its own: three below begin with it, and each costs a vote time.
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="votes", db_index=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="votes")
    voter = models.CharField(max_length=64)
    value = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    section = models.CharField(max_length=80, blank=True)  # the key of the one that the reader named
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)  # folding asks for the oldest
    day = DayField(editable=False)  # under which it counts, also when it is folded into a Tally

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "voter"], name="vote_one_per_voter_and_article"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=5), name="vote_value_from_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["article", "updated_at"], name="vote_of_article"),
            # What reports ask stands in the indexes, so that they need not read the rows of a million votes
            models.Index(fields=["article", "day", "value", "revision"], name="vote_in_reports"),
            models.Index(fields=["day", "value", "reason"], name="vote_of_all"),
        ]

    def __str__(self):
        return str(self.value)


class Tally(models.Model):
    """How many votes of a revision and a day said the same: votes older than 90 days, with nothing of their readers."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="tallies")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="tallies")
    day = models.DateField()  # on which the votes were last changed, in the site's time zone
    value = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "day", "value", "section", "reason"], name="tally_unique"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=5), name="tally_value_from_1_to_5"),
        ]
        indexes = [
            models.Index(fields=["article", "day", "value", "revision", "count"], name="tally_in_reports"),
            models.Index(fields=["day", "value", "reason", "count"], name="tally_of_all"),
        ]

    def __str__(self):
        return f"{self.count} × {self.value}"


class Window(models.Model):
    """How often something keyed by a network happened until a moment, for the limit and for double clicks.

    `key` is a keyed hash, never an address; `count` stays 0 in a row that tells double clicks. Votes
    delete the rows that have ended, once a second. All is written by articles/windows.py.
    """

    key = models.CharField(max_length=64, unique=True)
    ends_at = models.DateTimeField(db_index=True)
    seed = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.key
