"""What the organisation says of itself, and the record of who did what."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import languages as spoken
from articles.models.revisions import Revision
from articles.models.vocabulary import languages
from articles.models.writing import Article
from articles.rendering import validate_length


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
    """What the organisation says of itself. Each save adds a row; the newest of a language is what pages show."""

    language = models.CharField(_("language"), max_length=10, choices=languages, default=settings.LANGUAGE_CODE)
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
        help_text=_(
            "Shown under every article. Each line is a sentence of its own. "
            "The last one also stands with every exercise, and the others one tap away."
        ),
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
    def current(cls, language=None):
        """Return the newest statement in a language (default: the one that is spoken now).

        Where there is none, it is the default language's; before there is any, an empty one.
        """
        wanted = dict.fromkeys((language or spoken.active(), spoken.default()))
        found = (cls.objects.filter(language=code).first() for code in wanted)
        return next(filter(None, found), None) or cls()

    @property
    def safety_lines(self):
        return [line.strip() for line in self.safety.splitlines() if line.strip()]

    @property
    def exercise_line(self):
        """The safety line that stands with every exercise, before the reader opens the others."""
        return self.safety_lines[-1]
