"""The tables, and who may see what of them.

Article, Section and Source are the working copy that editors change. Readers see revisions only, and
of these only what `RevisionQuerySet.published` gives.
"""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from articles.rendering import render_markdown, validate_length


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


class Contributor(models.Model):
    """Someone who writes or reviews articles, as readers see them."""

    name = models.CharField(_("name"), max_length=120, help_text=_("As readers shall see it."))
    credentials = models.CharField(
        _("credentials"),
        max_length=200,
        blank=True,
        help_text=_("What makes this person fit to write or check: profession, qualifications, post."),
    )
    interests = models.TextField(
        _("interests"),
        max_length=500,
        blank=True,
        help_text=_(
            "What readers should know that could sway this person, such as payment by a maker of medicines. "
            "If there is nothing, write “None declared”. Empty means that nobody has asked."
        ),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("account"),
        help_text=_("Only for someone who signs reviews in the admin. A reviewer by link needs none."),
    )

    class Meta:
        verbose_name = _("contributor")
        verbose_name_plural = _("contributors")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def as_text(self):
        """Return what a revision keeps of the person."""
        return {"id": self.pk, "name": self.name, "credentials": self.credentials, "interests": self.interests}


def validate_review_due(day):
    """Raise a ValidationError for a day of the next review that is past, or more than three years ahead.

    Three years are the longest that the NHS standard for creating health content allows.
    """
    today = timezone.localdate()
    if day < today:
        raise ValidationError(_("The next review can't be due in the past."), code="past")
    if day > three_years_after(today):
        raise ValidationError(_("The next review must be due within three years."), code="too_late")


def three_years_after(day):
    """Return the same day three years later; for 29 February, the 28th."""
    year = day.year + 3
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def next_key(stem, taken):
    """Return a key that begins with a slug of `stem` and is not among `taken`."""
    stem = slugify(stem)[:70].strip("-") or "section"
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (stem, *numbered) if key not in taken)


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
    authors = models.ManyToManyField(
        Contributor,
        blank=True,
        related_name="articles",
        verbose_name=_("authors"),
        help_text=_("Who wrote the text, as readers see it. An author can't be its reviewer."),
    )
    known = models.TextField(
        _("what is known"),
        blank=True,
        validators=[validate_length],
        help_text=_(
            "What can be relied on. Shown with the sources; Markdown as in sections. Leave out what you can't say."
        ),
    )
    not_known = models.TextField(
        _("what is not known"),
        blank=True,
        validators=[validate_length],
        help_text=_("What nobody knows for sure, or what has not been studied."),
    )
    sources_differ = models.TextField(
        _("where sources differ"),
        blank=True,
        validators=[validate_length],
        help_text=_("Where good sources say different things, and what each says."),
    )
    funding = models.TextField(
        _("funding of this article"),
        max_length=500,
        blank=True,
        help_text=_("Only if it differs from the site statement, which is shown otherwise."),
    )
    review_due = models.DateField(
        _("first review due"),
        null=True,
        blank=True,
        help_text=_(
            "By when a health professional should check the text for the first time. "
            "After a review, the day that the reviewer set counts."
        ),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=300, blank=True)
    warned_at = models.DateTimeField(null=True)
    warning = models.CharField(max_length=300, blank=True)
    deleted_at = models.DateTimeField(null=True)
    copy_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, related_name="copies")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last saved"), auto_now=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["title"]
        permissions = [
            ("submit_article", _("Can submit an article for review")),
            ("review_article", _("Can sign a review of an article")),
            ("publish_article", _("Can publish an article")),
            ("withdraw_article", _("Can withdraw an article")),
        ]

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
            taken = set(Section.objects.filter(article=self.article_id).values_list("key", flat=True))
            self.key = next_key(self.heading, taken)
        super().save(*args, **kwargs)

    def as_text(self):
        """Return what a revision keeps of the section."""
        return {"key": self.key, "kind": self.kind, "heading": self.heading, "body": self.body}


class Source(models.Model):
    """What the text rests on. Sections cite it by its key: `[^key]`."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sources")
    key = models.SlugField(max_length=80, editable=False)
    position = models.PositiveSmallIntegerField(
        _("position"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1000)],
        help_text=_("1 comes first. Leave it empty to put the source at the end."),
    )
    title = models.CharField(_("title"), max_length=200, help_text=_("Of the page, paper or book."))
    publisher = models.CharField(
        _("publisher"), max_length=120, blank=True, help_text=_("Who stands behind it: an organisation or a journal.")
    )
    year = models.PositiveSmallIntegerField(
        _("year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1800), MaxValueValidator(2200)],
        help_text=_("When it was published or last changed, if it says so."),
    )
    url = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        validators=[
            URLValidator(schemes=["https", "http"], message=_("Write a full web address, beginning with https://."))
        ],
        help_text=_("Where readers find it: https://…"),
    )
    read_on = models.DateField(
        _("read on"), null=True, blank=True, help_text=_("The day on which someone here last read it.")
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = [F("position").asc(nulls_last=True), "pk"]
        constraints = [models.UniqueConstraint(fields=["article", "key"], name="source_key_unique_in_article")]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        """Save; a new source gets the key that sections cite it by."""
        if not self.key:
            taken = set(Source.objects.filter(article=self.article_id).values_list("key", flat=True))
            self.key = next_key(self.publisher or self.title, taken)
        super().save(*args, **kwargs)

    def as_text(self):
        """Return what a revision keeps of the source."""
        return {
            "key": self.key,
            "title": self.title,
            "publisher": self.publisher,
            "year": self.year,
            "url": self.url,
            "read_on": self.read_on and self.read_on.isoformat(),
        }


class RevisionQuerySet(models.QuerySet):
    def public(self, at=None):
        """Return the revisions that are out at a time (default: now) or were before, withdrawn or not."""
        return self.filter(published_at__lte=at or timezone.now())

    def published(self, at=None):
        """Return what readers may see at a time (default: now): of each article, one revision.

        It is the one with the newest publication time that has come, unless the article has expired or
        was withdrawn.
        """
        at = at or timezone.now()
        newest = (
            Revision.objects.public(at)
            .filter(article=OuterRef("article"))
            .order_by("-published_at", "-number")
            .values("pk")[:1]
        )
        gone = Q(article__expires_at__lte=at) | Q(article__withdrawn_at__lte=at) | Q(article__deleted_at__lte=at)
        return self.filter(pk=Subquery(newest)).exclude(gone).select_related("article__topic")

    def scheduled(self, at=None):
        """Return the revisions whose publication time is still to come."""
        return self.filter(published_at__gt=at or timezone.now())

    def newest(self):
        """Return of each article the last one saved: what its working copy says."""
        newest = Revision.objects.filter(article=OuterRef("article")).order_by("-number").values("pk")[:1]
        return self.filter(pk=Subquery(newest))


class Revision(models.Model):
    """An immutable snapshot of an article's text.

    `sections` is a list of {"key", "kind", "heading", "body"} in reading order, `sources` one of what
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

    PLAIN = ("title", "also_called", "summary", "known", "not_known", "sources_differ", "funding", "review_due")
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
        indexes = [models.Index(fields=["article", "-published_at", "-number"], name="revision_newest_published")]

    def __str__(self):
        return f"{self.title}, {self.number}"

    def save(self, *args, **kwargs):
        """Save a new revision, or where an old one stands in the workflow; anything else is a ValueError."""
        if not self._state.adding and not set(kwargs.get("update_fields") or ["all"]) <= self.WORKFLOW:
            raise ValueError("A revision's content never changes.")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return self.article.get_absolute_url()

    @classmethod
    def of(cls, article, **fields):
        """Return an unsaved snapshot of an article's working copy, as a preview shows it."""
        return cls(
            article=article,
            **{name: getattr(article, name) for name in cls.PLAIN},
            sections=[section.as_text() for section in article.sections.all()],
            sources=[source.as_text() for source in article.sources.all()],
            authors=[author.as_text() for author in article.authors.all()],
            **fields,
        )

    def text(self):
        """Return all that readers read of the revision, by field."""
        return {name: getattr(self, name) for name in self.TEXT}

    def same_text(self, other):
        """Return whether a reader of both would read the same."""
        return self.text() == other.text()

    def render(self, text, prefix, **options):
        return render_markdown(text, prefix=prefix, sources=[source["key"] for source in self.sources], **options)

    @cached_property
    def rendered_sections(self):
        """The sections with their safe HTML, as the page and the preview show them."""
        return [section | {"html": self.render(section["body"], section["key"])} for section in self.sections]

    @property
    def act_now(self):
        """The sections that stand right under the title."""
        return [section for section in self.rendered_sections if section["kind"] == Section.Kind.ACT_NOW]

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


class Event(models.Model):
    """Who did what, when, to which revision. Rows are only ever added."""

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("account")
    )
    who = models.CharField(_("who"), max_length=150)  # stays when the account goes
    action = models.CharField(_("what"), max_length=30)
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, null=True, related_name="events", verbose_name=_("article")
    )
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, related_name="events", verbose_name=_("version")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.who}: {self.action}"


class SiteStatement(models.Model):
    """What the organisation says of itself. Each save adds a row; the newest is what pages show."""

    publisher = models.CharField(
        _("publisher"), max_length=200, blank=True, help_text=_("The organisation that answers for this site.")
    )
    contact = models.TextField(
        _("contact"), max_length=500, blank=True, help_text=_("How to reach it: an e-mail or postal address.")
    )
    mistakes = models.TextField(
        _("how to report a mistake"),
        max_length=500,
        blank=True,
        help_text=_("What a reader should do who finds something wrong."),
    )
    funding = models.TextField(
        _("funding and adverts"),
        max_length=1000,
        blank=True,
        help_text=_("Who pays for the site, and whether it carries adverts. A site with none must say so."),
    )
    emergency_number = models.CharField(
        _("emergency number"), max_length=40, blank=True, help_text=_("The number to call in an emergency: 999 or 112.")
    )
    safety = models.TextField(
        _("safety lines"),
        max_length=2000,
        help_text=_("Shown under every article. Each line is a sentence of its own."),
    )
    about = models.TextField(
        _("About text"),
        validators=[validate_length],
        help_text=_(
            "The text of the About page, in Markdown. What the site stores stands below it and is not changed here."
        ),
    )
    note = models.CharField(_("what is new"), max_length=200, blank=True, help_text=_("For the record."))
    created_at = models.DateTimeField(_("saved"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    TEXT = ("publisher", "contact", "mistakes", "funding", "emergency_number", "safety", "about")

    class Meta:
        verbose_name = _("site statement")
        verbose_name_plural = _("site statement")
        ordering = ["-pk"]

    def __str__(self):
        return str(_("Site statement"))

    def save(self, *args, **kwargs):
        """Save a new statement; an old one never changes (ValueError)."""
        if not self._state.adding:
            raise ValueError("A statement never changes. Save a new one.")
        super().save(*args, **kwargs)

    @classmethod
    def current(cls):
        """Return the newest statement, or an empty one before there is any."""
        return cls.objects.first() or cls()

    @property
    def safety_lines(self):
        return [line.strip() for line in self.safety.splitlines() if line.strip()]


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
