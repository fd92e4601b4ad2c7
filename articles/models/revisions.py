"""What was frozen of an article, who may see it, and what reviewers said of it."""

import re
import secrets

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from articles import kinds, showing
from articles import languages as spoken
from articles.kinds import OWN, PICTURES
from articles.models.uses import PictureUse
from articles.models.vocabulary import Term
from articles.models.writing import Article, Contributor, Section
from articles.rendering import render_markdown

WORDS_A_MINUTE = 200


class State(models.TextChoices):
    """Where a revision stands. The last five are told from times, not stored (articles/workflow.py)."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DELETED = "deleted", _("Deleted")


class Change(models.TextChoices):
    """What an editor says of a publication whose text differs from the one that was reviewed."""

    SMALL = "small", _("A small correction: the review still holds")
    SUBSTANTIAL = "substantial", _("A substantial change: it needs a new review")


class RevisionQuerySet(models.QuerySet):
    def public(self, at=None):
        """Return the revisions that are out at a time (default: now) or were before, withdrawn or not."""
        return self.filter(published_at__lte=at or timezone.now())

    def latest_out_first(self):
        """Return the revisions by the time at which they came out, the latest first."""
        return self.order_by("-published_at", "-number")

    def published(self, at=None):
        """Return what readers may see at a time (default: now): of each article, one revision.

        It is the one with the newest publication time that has come, unless the article has expired or
        was withdrawn.
        """
        at = at or timezone.now()
        newest = Revision.objects.public(at).filter(article=OuterRef("article")).latest_out_first().values("pk")[:1]
        gone = Q(article__expires_at__lte=at) | Q(article__withdrawn_at__lte=at) | Q(article__deleted_at__lte=at)
        return self.filter(pk=Subquery(newest)).exclude(gone).select_related("article__topic")

    def in_language(self, language=None):
        """Return the revisions of articles in a language (default: the one that is spoken now)."""
        return self.filter(article__language=language or spoken.active())

    def scheduled(self, at=None):
        """Return the revisions whose publication time is still to come."""
        return self.filter(published_at__gt=at or timezone.now())

    def newest(self):
        """Return of each article the last one saved: what its working copy says."""
        newest = Revision.objects.filter(article=OuterRef("article")).order_by("-number").values("pk")[:1]
        return self.filter(pk=Subquery(newest))


class Revision(models.Model):
    """An immutable snapshot of an article's text.

    `sections` is a list of what Section.as_text gives, in reading order, `sources` one of what
    Source.as_text gives, `authors` one of what Contributor.as_text gives. Only what the workflow says of
    a revision may be set later (WORKFLOW).
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    also_called = models.CharField(max_length=200, blank=True)
    summary = models.TextField()
    sections = models.JSONField()
    sources = models.JSONField(default=list)
    authors = models.JSONField(default=list)
    known = models.TextField(blank=True)
    not_known = models.TextField(blank=True)
    sources_differ = models.TextField(blank=True)
    funding = models.TextField(blank=True)
    review_due = models.DateField(null=True)
    based_on = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)  # for the editors; `public_note` is for readers
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(null=True)
    public_note = models.CharField(max_length=200, blank=True)
    change = models.CharField(max_length=20, choices=Change, blank=True)
    # The earlier revision whose review an editor said still holds: a small correction
    reviewed_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    objects = RevisionQuerySet.as_manager()
    terms = None  # the glossary is the site's, not the revision's: a view that shows it asks to explain it

    PLAIN = (
        *("title", "also_called", "summary", "known", "not_known", "sources_differ", "funding", "review_due"),
        "based_on",
    )
    TEXT = (*PLAIN, "sections", "sources", "authors")
    WORKFLOW = {"state", "published_at", "public_note", "change", "reviewed_as"}

    class Meta:
        ordering = ["article", "number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_unique_in_article"),
            models.CheckConstraint(
                condition=Q(state=State.PUBLISHED, published_at__isnull=False)
                | (~Q(state=State.PUBLISHED) & Q(published_at__isnull=True)),
                name="revision_published_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["article", "-published_at", "-number"], name="revision_newest_published"),
            models.Index(fields=["published_at"], name="revision_by_time"),
        ]

    def __str__(self):
        return f"{self.title}, {self.number}"

    def save(self, *args, **kwargs):
        """Save a new revision, or where an old one stands in the workflow; anything else is a ValueError."""
        if not self._state.adding and not set(kwargs.get("update_fields") or ["all"]) <= self.WORKFLOW:
            raise ValueError("A revision's content never changes.")
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            PictureUse.keep(self.article_id, showing.of_revision(self), revision=self)

    def get_absolute_url(self, form="article"):
        return self.article.get_absolute_url(form)

    @classmethod
    def of(cls, article, **fields):
        """Return an unsaved snapshot of an article's working copy, as a preview shows it."""
        return cls(
            article=article,
            **{name: getattr(article, name) for name in cls.PLAIN},
            sections=[section.as_text() for section in article.sections.select_related(*PICTURES)],
            sources=[source.as_text() for source in article.sources.all()],
            authors=[author.as_text() for author in article.authors.all()],
            **fields,
        )

    def text(self):
        """Return all that readers read of the revision, by field."""
        return {name: getattr(self, name) for name in self.TEXT}

    @property
    def other_names(self):
        """What the article is also called, as a list; Arabic has a comma of its own."""
        return [name.strip() for name in re.split("[,،]", self.also_called) if name.strip()]

    def same_text(self, other):
        """Return whether a reader of both would read the same."""
        return self.text() == other.text()

    def render(self, text, prefix, **options):
        return render_markdown(text, prefix=prefix, sources=[source["key"] for source in self.sources], **options)

    @cached_property
    def rendered_sections(self):
        """The sections as the page and the preview show them.

        Each with `html`, all of it as safe HTML that reads like text, and with the template of its `look`; a care
        card with its `level` in words. A kind
        with fields of its own has `facts` and `parts` for that: the safe HTML of each field with Markdown, by name.
        """
        return [section | self.rendered(section) for section in self.sections]

    def rendered(self, section):
        said = {"html": self.html_of(section), "look": "articles/kinds/text.html"}
        said["level"] = kinds.LEVELS.get(section["kind"], "")
        if section["kind"] in OWN:
            said |= {"look": f"articles/kinds/{section['kind']}.html", "parts": self.parts_of(section)}
            said["facts"] = kinds.facts(section)
        return said

    def explain(self):
        """Have the words of the glossary explained where the sections first use them; return the revision."""
        self.terms = Term.glossary(language=self.article.language)
        return self

    def html_of(self, section):
        terms = None if section["kind"] in OWN else self.terms  # those of the parts, which the page shows instead
        return self.render(kinds.as_markdown(section), section["key"], terms=terms)

    def parts_of(self, section):
        """Return the safe HTML of each part of a section that has Markdown, by the field's name."""
        key = section["key"]
        own = {name: text for name, text in kinds.markdown_parts(section).items() if name != "body"}
        body = self.render(section["body"], key, terms=self.terms)
        # No key has a colon, so the ids in two parts can't collide.
        parts = {name: self.render(text, f"{key}:{name}", terms=self.terms) for name, text in own.items()}
        return {"body": body} | parts

    @property
    def act_now(self):
        """The sections that stand right under the title."""
        return [section for section in self.rendered_sections if section["kind"] == Section.Kind.ACT_NOW]

    @property
    def minutes_to_read(self):
        """About how many minutes the text takes, at 200 words a minute.

        Adults silently read English non-fiction at 238 words a minute on average, and most at 175 to 300
        (M. Brysbaert, Journal of Memory and Language 109, 2019, https://doi.org/10.1016/j.jml.2019.104047); the
        lower figure leaves room for someone who is tired or in pain.
        """
        texts = [self.title, self.summary, *(f"{row['heading']} {kinds.as_markdown(row)}" for row in self.sections)]
        words = [word for text in texts for word in text.split() if any(map(str.isalnum, word))]
        return -(-len(words) // WORDS_A_MINUTE)

    @property
    def has_sheet(self):
        """Whether there is anything to print on one sheet."""
        return any(section["kind"] in kinds.ON_SHEET for section in self.sections)

    @property
    def body_sections(self):
        """All other sections, in reading order."""
        return [section for section in self.rendered_sections if section["kind"] != Section.Kind.ACT_NOW]


class Review(models.Model):
    """What a contributor said of one revision: checked and correct until a day, or what to change.

    `name`, `credentials` and `interests` are the contributor's when it was signed. A `correction` of them
    by the reviewer, {"name", "credentials", "interests"}, waits for an editor. `remarks` are by section key.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="reviews")
    name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=200, blank=True)
    interests = models.TextField(blank=True)
    correction = models.JSONField(null=True)
    at = models.DateTimeField(default=timezone.now)
    correct_until = models.DateField(null=True)  # empty: changes were requested
    message = models.TextField(blank=True)
    remarks = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.name}: {self.revision}"


class Link(models.Model):
    """A signed, expiring, revocable address that shows one revision without an account.

    With a contributor it asks for a review, without one it is a preview. Its token is signed, not stored;
    with the `secret` in it, it opens this row and no later one of the same number.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="links")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, null=True, related_name="links")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    review = models.OneToOneField(Review, on_delete=models.PROTECT, null=True, related_name="link")
    secret = models.CharField(max_length=43, default=secrets.token_urlsafe, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return f"{self.contributor or _('Preview')}: {self.revision}"
