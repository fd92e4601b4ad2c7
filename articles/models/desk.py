"""What the desk keeps about articles: what needs doing, answers to findings, links, files they came from."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.revisions import Revision
from articles.models.vocabulary import Topic
from articles.models.writing import Article


class Answer(models.Model):
    """Why an editor keeps what a check found. It holds as long as the words it is about stand where they stood."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="answers")
    finding = models.CharField(max_length=40)  # a check's name (articles/checks.py)
    place = models.CharField(max_length=80)  # a field of the article, or a section's key
    words = models.CharField(max_length=300, blank=True)  # what was found there; empty: the place as a whole
    because = models.CharField(_("kept because"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=150)  # stays when the account goes
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "finding", "place", "words"], name="answer_one_for_each_finding")
        ]

    def __str__(self):
        return self.because


class Task(models.Model):
    """What an article needs of an editor, made anew from its text, votes and links (articles/work.py).

    Each stands once without a person, and once more for everybody whose article it is, so that one person's list is
    as quickly made as that of all. A task whose time has not come, as that of a review that falls due, is not shown
    yet. The topic is the article's, kept here so that no list looks through all articles.
    """

    class Kind(models.TextChoices):
        """In the order in which they come first on the list."""

        OVERDUE = "overdue", _("Review overdue")
        LOW_RATING = "low_rating", _("Low rating")
        BROKEN_LINKS = "broken_links", _("Broken links")
        WAITING_REVIEW = "waiting_review", _("Review under way")
        FINDINGS = "findings", _("Unanswered findings")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="tasks")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    rank = models.PositiveIntegerField()  # what comes first has the lowest
    due = models.DateTimeField(default=timezone.now)  # from when it is shown
    detail = models.JSONField(default=dict)  # what the list says of it
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["person_id", "rank", "due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "kind"], name="task_one_of_a_kind", condition=Q(person=None)),
            models.UniqueConstraint(fields=["article", "kind", "person"], name="task_one_for_a_person"),
        ]
        indexes = [
            models.Index(fields=["person", "rank", "due", "id"], name="task_in_order"),
            models.Index(fields=["person", "topic", "rank", "due", "id"], name="task_of_topic"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.article}"


class OutsideLink(models.Model):
    """An address that articles link to, mostly on another site, and what was found there (articles/outside_links.py).

    One on this site begins with a slash. `detail` is a code, for which that file has the words.
    """

    class Finding(models.TextChoices):
        DEAD = "dead", _("Dead")
        REDIRECTING = "redirecting", _("Leads elsewhere")
        INSECURE = "insecure", _("Not secure")

    url = models.CharField(_("address"), max_length=2000, unique=True)
    articles = models.ManyToManyField(Article, related_name="outside_links", verbose_name=_("articles"))
    finding = models.CharField(_("finding"), max_length=20, choices=Finding, blank=True)
    detail = models.CharField(max_length=300, blank=True)  # what the other site answered
    leads_to = models.CharField(_("leads to"), max_length=2000, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    checked_at = models.DateTimeField(_("checked"), null=True, db_index=True)

    class Meta:
        verbose_name = _("link in articles")
        verbose_name_plural = _("links in articles")
        ordering = ["url"]

    def __str__(self):
        return self.url


class ImportedFile(models.Model):
    """Which article a file became, and the version that came of it, so that a second import knows the first."""

    name = models.CharField(max_length=300, unique=True)  # its path in the folder that was imported
    fingerprint = models.CharField(max_length=64)  # SHA-256 of its content
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="imported_files")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.name


class Chore(models.Model):
    """When the site last did by itself what it does now and then (articles/chores.py)."""

    name = models.CharField(max_length=40, unique=True)
    done_at = models.DateTimeField()
    reached = models.BigIntegerField(default=0)  # the last row that it looked at, where it takes them a few at a time

    def __str__(self):
        return self.name


class Session(AbstractBaseSession):
    """A session of a browser, as Django keeps it, with the number of who signed in (articles/sessions.py)."""

    account = models.BigIntegerField(null=True, db_index=True)  # no foreign key, so that no page lists sessions' keys

    objects = BaseSessionManager()

    @classmethod
    def get_session_store_class(cls):
        from articles.sessions import SessionStore  # which needs this table

        return SessionStore


class Remembered(models.Model):
    """Something that all workers know for some minutes; `key` is a keyed hash (articles/remembering.py)."""

    key = models.CharField(max_length=64, unique=True)
    value = models.TextField()  # as JSON
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.key
