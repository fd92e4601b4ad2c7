"""The working copy that editors change: an article with its sections, sources, authors and pictures."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from articles import languages as spoken
from articles.kinds import OWN, PICTURES, Kind, Sides, When
from articles.models.vocabulary import Topic, languages
from articles.rendering import validate_length


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
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=languages,
        default=settings.LANGUAGE_CODE,
        help_text=_("What the text is written in. Each language has its own addresses."),
    )
    translation_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="translations",
        verbose_name=_("translation of"),
        help_text=_("The article in another language that this one says the same as. It needs a review of its own."),
    )
    based_on = models.PositiveIntegerField(
        _("version translated"),
        null=True,
        blank=True,
        help_text=_(
            "The number of the original's version that this text says. Readers hear when there is a newer one."
        ),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=300, blank=True)
    warned_at = models.DateTimeField(null=True)
    warning = models.CharField(max_length=300, blank=True)
    deleted_at = models.DateTimeField(null=True)
    copy_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, related_name="copies")
    links_noted_at = models.DateTimeField(null=True, editable=False)  # articles/outside_links.py
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last saved"), auto_now=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["translation_of", "language"], name="translation_one_in_each_language"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="article_expiry", condition=Q(expires_at__isnull=False)),
            # The desk's list in its order and in that of the last change, and how many there are
            models.Index(fields=["title", "-id"], name="article_by_title", condition=Q(deleted_at=None)),
            models.Index(fields=["-updated_at", "-id"], name="article_last_saved", condition=Q(deleted_at=None)),
        ]
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

    def get_absolute_url(self, form="article"):
        """Return the address of the article's page, or of another form of it by that name (articles/urls.py)."""
        return spoken.address(form, self.slug, language=self.language)

    def clean(self):
        if FormerSlug.objects.filter(slug=self.slug).exclude(article=self.pk).exists():
            raise ValidationError({"slug": _("This address leads to an article that used to have it. Choose another.")})


class FormerSlug(models.Model):
    """An address an article had before; it leads to the one it has now."""

    slug = models.SlugField(max_length=120, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="former_slugs")

    def __str__(self):
        return self.slug


class Picture(models.Model):
    """A drawing of the project's own, or an image from an editor, in the library that sections choose from."""

    title = models.CharField(
        _("name"), max_length=120, unique=True, help_text=_("What editors look for it by. Readers don't see it.")
    )
    drawing = models.CharField(_("drawing"), max_length=80, blank=True)  # a name of articles/drawings.py
    image = models.CharField(_("image"), max_length=200, blank=True)  # an address that articles/pictures.py gave
    alt = models.CharField(
        _("description"),
        max_length=125,
        blank=True,
        help_text=_("What it shows, for readers who can't see it: what matters of it, in a sentence."),
    )
    is_decorative = models.BooleanField(
        _("decorative"), default=False, help_text=_("It says nothing that the text does not say.")
    )
    caption = models.CharField(
        _("caption"), max_length=200, blank=True, help_text=_("Shown below it to everybody. May stay empty.")
    )
    credit = models.CharField(
        _("credit"),
        max_length=200,
        blank=True,
        help_text=_("Who made it, and by what right it is used. Shown below it to everybody."),
    )

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=Q(drawing="") ^ Q(image=""), name="picture_is_drawing_or_image"),
        ]

    def __str__(self):
        return self.title

    def as_text(self):
        """Return what a revision keeps of the picture; a credit only where there is one, as older ones have none."""
        alt = "" if self.is_decorative else self.alt
        said = {"id": self.pk, "drawing": self.drawing, "image": self.image, "alt": alt, "caption": self.caption}
        return said | ({"credit": self.credit} if self.credit else {})


class Section(models.Model):
    """One ordered part of an article's working copy.

    Each kind has fields of its own besides (articles/kinds.py). Those of other kinds keep what was written in
    them, should the kind change back, and no revision has them.
    """

    Kind = Kind

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

    # Of an exercise. What is left empty is left open: no page makes up a number.
    when = models.CharField(_("when"), max_length=20, choices=When, blank=True)
    postures = models.CharField(
        _("position of the body"),
        max_length=40,
        blank=True,
        help_text=_("Where it can be done. Without any, readers see it wherever they are."),
    )
    steps = models.TextField(
        _("steps"),
        blank=True,
        validators=[validate_length],
        help_text=_("One step on each line. The page numbers them."),
    )
    hold = models.PositiveSmallIntegerField(
        _("hold, in seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("How long to hold the stretch each time."),
    )
    rest = models.PositiveSmallIntegerField(
        _("rest, in seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Between two holds. Empty: the reader says when to go on."),
    )
    repeats = models.PositiveSmallIntegerField(
        _("how many times"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Either this or the minutes."),
    )
    minutes = models.PositiveSmallIntegerField(
        _("for how long, in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    times_a_day = models.PositiveSmallIntegerField(
        _("times a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("Readers get as many boxes to tick."),
    )
    sides = models.CharField(_("sides"), max_length=20, choices=Sides, blank=True)
    stop_if = models.TextField(
        _("stop if"),
        blank=True,
        validators=[validate_length],
        help_text=_("When to stop at once: one reason on each line."),
    )
    # Of do and don't
    do = models.TextField(_("do"), blank=True, validators=[validate_length], help_text=_("One thing on each line."))
    do_not = models.TextField(
        _("don't"),
        blank=True,
        validators=[validate_length],
        help_text=_("One thing on each line, each starting with “do not”."),
    )
    # Of a treatment option
    how_it_works = models.TextField(_("how it works"), blank=True, validators=[validate_length])
    benefit = models.TextField(
        _("benefit"), blank=True, validators=[validate_length], help_text=_("What good it can do, and for how many.")
    )
    risk = models.TextField(
        _("risk"), blank=True, validators=[validate_length], help_text=_("What harm it can do, and to how many.")
    )
    certainty = models.TextField(
        _("how sure we are"),
        blank=True,
        validators=[validate_length],
        help_text=_("And on what evidence: cite the sources."),
    )
    without = models.TextField(_("what if you do nothing"), blank=True, validators=[validate_length])
    # Of questions to ask
    questions = models.TextField(
        _("questions"), blank=True, validators=[validate_length], help_text=_("One question on each line.")
    )
    # Of all kinds
    picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    picture_2 = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("second picture")
    )
    picture_3 = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("third picture")
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
        """Return what a revision keeps of the section: of its kind's own fields those that say something."""
        own = {name: getattr(self, name) for name in OWN.get(self.kind, ())}
        own["pictures"] = [picture.as_text() for name in PICTURES if (picture := getattr(self, name))]
        kept = {name: value for name, value in own.items() if value}
        return {"key": self.key, "kind": self.kind, "heading": self.heading, "body": self.body} | kept


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
