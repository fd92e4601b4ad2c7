"""The tables, and who may see what of them.

Article and Section are the working copy that editors change. Readers see revisions only, and of
these only what `RevisionQuerySet.published` gives.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from articles.rendering import render_markdown, validate_length


class Topic(models.Model):
    """What articles are grouped under."""

    name = models.CharField(
        _("name"), max_length=80, unique=True, help_text=_("What readers would call it: “Muscles and joints”.")
    )
    slug = models.SlugField(
        _("address"),
        max_length=80,
        unique=True,
        help_text=_("The end of the topic's web address: small letters, digits and dashes."),
    )
    description = models.CharField(
        _("description"),
        max_length=200,
        blank=True,
        help_text=_("One sentence that says what a reader finds here."),
    )

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Article(models.Model):
    """The identity of an article, and the working copy of its text."""

    title = models.CharField(
        _("title"), max_length=120, help_text=_("What the page is about, in the words a reader would use.")
    )
    slug = models.SlugField(
        _("address"),
        max_length=120,
        unique=True,
        help_text=_(
            "The end of the page's web address: small letters, digits and dashes. "
            "A change takes effect when you save, and the old address leads to the new one."
        ),
    )
    also_called = models.CharField(
        _("also called"),
        max_length=200,
        blank=True,
        help_text=_("Other names readers may know it by, with commas between: leg cramps, charley horse."),
    )
    summary = models.TextField(
        _("summary"),
        max_length=400,
        help_text=_(
            "The main message in one or two sentences, at most about 40 words. It stands under the title, "
            "in lists, and in search results. Plain text."
        ),
    )
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name=_("topic"),
        help_text=_("The group under which readers find the article."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last saved"), auto_now=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["title"]
        permissions = [("publish_article", _("Can publish an article"))]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        """Save, and keep the old address of a page that readers may have linked to."""
        before = Article.objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        super().save(*args, **kwargs)
        if before and before != self.slug and self.revisions.exists():
            FormerSlug.objects.get_or_create(slug=before, defaults={"article": self})
        FormerSlug.objects.filter(slug=self.slug, article=self).delete()

    def get_absolute_url(self):
        return reverse("article", args=[self.slug])

    def clean(self):
        if FormerSlug.objects.filter(slug=self.slug).exclude(article=self.pk).exists():
            raise ValidationError({"slug": _("This address leads to an article that used to have it. Choose another.")})


class FormerSlug(models.Model):
    """An address an article had before; it leads to the one it has now."""

    slug = models.SlugField(max_length=120, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="former_slugs")

    def __str__(self):
        return self.slug


class Section(models.Model):
    """One ordered part of an article's working copy."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        ACT_NOW = "act_now", _("Act now")
        NON_URGENT = "non_urgent", _("Care card: see a doctor")
        URGENT = "urgent", _("Care card: get help urgently")
        EMERGENCY = "emergency", _("Care card: emergency")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=80, editable=False)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        choices=Kind,
        default=Kind.TEXT,
        help_text=_(
            "“Act now” stands right under the title. A care card says when to get help; "
            "let its heading end in “if:” and say how urgent it is."
        ),
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1000)],
        help_text=_("1 comes first. Leave it empty to put the section at the end."),
    )
    heading = models.CharField(_("heading"), max_length=120, help_text=_("Short, and in the reader's words."))
    body = models.TextField(
        _("text"),
        blank=True,
        validators=[validate_length],
        help_text=_("Leave an empty line between paragraphs. The buttons add lists, links and pictures."),
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = [F("position").asc(nulls_last=True), "pk"]
        constraints = [models.UniqueConstraint(fields=["article", "key"], name="section_key_unique_in_article")]

    def __str__(self):
        return self.heading

    def save(self, *args, **kwargs):
        """Save; a new section gets the key that it keeps through all revisions, and its address on the page."""
        if not self.key:
            stem = slugify(self.heading)[:70].strip("-") or "section"
            taken = set(Section.objects.filter(article=self.article_id).values_list("key", flat=True))
            numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
            self.key = next(key for key in (stem, *numbered) if key not in taken)
        super().save(*args, **kwargs)


class RevisionQuerySet(models.QuerySet):
    def published(self, at=None):
        """Return what readers may see at a time (default: now): of each article, one revision.

        It is the one with the newest publication time that has come.
        """
        newest = (
            Revision.objects.filter(article=OuterRef("article"), published_at__lte=at or timezone.now())
            .order_by("-published_at", "-number")
            .values("pk")[:1]
        )
        return self.filter(pk=Subquery(newest)).select_related("article__topic")


class Revision(models.Model):
    """An immutable snapshot of an article's text.

    `sections` is a list of {"key", "kind", "heading", "body"} in reading order. Only `published_at`
    may be set later.
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    also_called = models.CharField(max_length=200, blank=True)
    summary = models.TextField()
    sections = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = RevisionQuerySet.as_manager()

    TEXT = ("title", "also_called", "summary", "sections")

    class Meta:
        ordering = ["article", "number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_number_unique_in_article")]
        indexes = [models.Index(fields=["article", "-published_at", "-number"], name="revision_newest_published")]

    def __str__(self):
        return f"{self.title}, {self.number}"

    def save(self, *args, **kwargs):
        """Save a new revision, or a new publication time of an old one; anything else is a ValueError."""
        if not self._state.adding and set(kwargs.get("update_fields") or ["all"]) != {"published_at"}:
            raise ValueError("A revision's content never changes.")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return self.article.get_absolute_url()

    @classmethod
    def of(cls, article, **fields):
        """Return an unsaved snapshot of an article's working copy, as a preview shows it."""
        sections = [
            {"key": section.key, "kind": section.kind, "heading": section.heading, "body": section.body}
            for section in article.sections.all()
        ]
        return cls(
            article=article,
            title=article.title,
            also_called=article.also_called,
            summary=article.summary,
            sections=sections,
            **fields,
        )

    def same_text(self, other):
        """Return whether a reader of both would read the same."""
        return all(getattr(self, name) == getattr(other, name) for name in self.TEXT)

    @cached_property
    def rendered_sections(self):
        """The sections with their safe HTML, as the page and the preview show them."""
        return [
            section | {"html": render_markdown(section["body"], prefix=section["key"])} for section in self.sections
        ]

    @property
    def act_now(self):
        """The sections that stand right under the title."""
        return [section for section in self.rendered_sections if section["kind"] == Section.Kind.ACT_NOW]

    @property
    def body_sections(self):
        """All other sections, in reading order."""
        return [section for section in self.rendered_sections if section["kind"] != Section.Kind.ACT_NOW]


class Vote(models.Model):
    """One reader's 1 to 5 for an article. The reader is known by the hash of a cookie alone."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="votes")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="votes")
    voter = models.CharField(max_length=64)
    value = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "voter"], name="vote_one_per_voter_and_article"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=5), name="vote_value_from_1_to_5"),
        ]

    def __str__(self):
        return str(self.value)


class Window(models.Model):
    """How often something keyed by a network happened since a moment, for the limit and for double clicks.

    `key` is a keyed hash, never an address; `count` stays 0 in a row that tells double clicks. Each vote
    deletes the rows whose time has passed (articles/rating.py, forget_windows).
    """

    key = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField(db_index=True)
    seed = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.key
