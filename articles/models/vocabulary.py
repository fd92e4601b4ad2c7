"""What articles are filed under and explained with: languages, topics, the glossary."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from articles import glossary
from articles import languages as spoken
from articles.glossary import Glossary


def languages():
    """Return the languages that the site's pages speak, as choices; a function, so that no migration fixes them."""
    return settings.LANGUAGES


class Topic(models.Model):
    """What articles are grouped under."""

    language = models.CharField(
        _("language"), max_length=10, choices=languages, default=settings.LANGUAGE_CODE, help_text=_("Of its articles.")
    )
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

    def get_absolute_url(self):
        return spoken.address("topic", self.slug, language=self.language)

    def clean(self):
        if self.pk and self.articles.exclude(language=self.language).exists():
            raise ValidationError({"language": _("The topic has articles in another language.")})


class Term(models.Model):
    """A word of the glossary, whose plain meaning opens wherever an article uses it."""

    language = models.CharField(_("language"), max_length=10, choices=languages, default=settings.LANGUAGE_CODE)
    term = models.CharField(_("term"), max_length=60, help_text=_("As it stands in articles: electrolytes."))
    forms = models.CharField(
        _("other forms"),
        max_length=200,
        blank=True,
        help_text=_("Other ways it is written, with commas between: electrolyte."),
    )
    meaning = models.CharField(
        _("plain meaning"), max_length=300, help_text=_("In a sentence that needs no other explanation.")
    )

    class Meta:
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary")
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["language", "term"], name="term_unique_in_language")]

    def __str__(self):
        return self.term

    def clean(self):
        """Refuse what no text can use, and a form that another term of the language has."""
        own = glossary.forms(self.term, self.forms)
        if not own:
            raise ValidationError({"term": _("Write at least one word.")})
        others = Term.objects.filter(language=self.language).exclude(pk=self.pk)
        for other in others:
            if shared := set(own) & set(glossary.forms(other.term, other.forms)):
                words = {"form": min(shared), "term": other.term}
                raise ValidationError(_("“%(form)s” belongs to “%(term)s” already.") % words)

    @classmethod
    def glossary(cls, **wanted):
        """Return the Glossary of a page; `wanted` says which terms, such as those of its language."""
        rows = cls.objects.filter(**wanted).order_by("pk")
        return Glossary(rows.values_list("pk", "term", "forms", "meaning"))
