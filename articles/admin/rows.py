"""The rows of an article's form: its sections, each kind with fields and rules of its own, and its sources."""

from functools import cache

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import kinds, reports, rules
from articles.forms import RowForm, RowFormSet
from articles.models import Article, Picture, Section, Source, Term
from articles.widgets import MarkdownWidget, TicksWidget

MAX_ROWS = 100
ABSOLUTE_MAX = 2 * MAX_ROWS + 20  # what two editors wrote at once comes back whole, to be shortened
DAY = {models.DateField: {"widget": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}}


class RowInline(admin.StackedInline):
    form = RowForm
    formset = RowFormSet
    max_num = MAX_ROWS

    def get_extra(self, request, obj=None, **kwargs):
        """Return how many empty rows to show: those that an editor without JavaScript asks for by a link."""
        return 1 if f"add_{self.opts.model_name}" in request.GET else 0

    def get_fields(self, request, obj=None):
        return self.fields if self.may_write(request, obj) else self.fields_to_read

    def may_write(self, request, article):
        return self.admin_site.get_model_admin(Article).has_change_permission(request, article)

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, validate_max=True, absolute_max=ABSOLUTE_MAX, **kwargs)


class PosturesField(forms.MultipleChoiceField):
    """Ticks for the positions of the body; their value is a text with blanks between, as the section keeps it."""

    def prepare_value(self, value):
        return value.split() if isinstance(value, str) else value

    def clean(self, value):
        return " ".join(super().clean(value))

    def has_changed(self, initial, data):
        return super().has_changed((initial or "").split(), data)


class SectionForm(RowForm):
    """A section. What it has in fields of other kinds, which the page hides, is kept but never stands in the way."""

    def clean(self):
        super().clean()
        for name in set(kinds.FIELDS) - set(kinds.OWN.get(self.cleaned_data.get("kind"), ())):
            try:
                value = self.cleaned_data[name]
                self.cleaned_data[name] = Section._meta.get_field(name).clean(value, self.instance)
            except (KeyError, ValidationError):
                self.cleaned_data[name] = getattr(self.instance, name)
                self.errors.pop(name, None)
        shown = [self.cleaned_data[name] for name in kinds.PICTURES if self.cleaned_data.get(name)]
        if not self.errors.keys() & {*kinds.PICTURES}:
            self.cleaned_data |= dict.fromkeys(kinds.PICTURES) | dict(zip(kinds.PICTURES, shown, strict=False))

    def said(self):
        """Return what the section says now, so far as it could be read, as its rules want it."""
        names = ("kind", "heading", "body", *kinds.FIELDS)
        return {name: self.cleaned_data.get(name) or "" for name in names}

    def add_problems(self, problems):
        """Put sentences to fields that have no other fault."""
        faulty = set(self.errors)
        for name, sentence in problems:
            if name not in faulty:
                self.add_error(name, sentence)


class SectionFormSet(RowFormSet):
    """Sections keep the rules of their kinds. Those that nobody touched may break them (articles/rules.py)."""

    def clean(self):
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if not self._should_delete_form(form)]
        for form in kept:
            if not {"kind", "heading", "body", *kinds.FIELDS}.isdisjoint(form.changed_data):
                form.add_problems(rules.problems(form.said(), self.instance.language))
        for index, sentence in rules.repeated([form.said() for form in kept]):
            if "kind" in kept[index].changed_data or not kept[index].instance.pk:
                kept[index].add_problems([("kind", sentence)])


LINES = forms.Textarea({"rows": 4, "class": "vLargeTextField"})
HELP = {  # where the column says nothing
    "when": gettext_lazy("Readers find it under this."),
    "sides": gettext_lazy("Empty if you can't say. “One side, then the other” lets the timer say when to change."),
    "minutes": gettext_lazy("Either this or how many times."),
    "how_it_works": gettext_lazy("In a sentence or two."),
    "without": gettext_lazy("What is likely to happen without this treatment."),
    "picture": gettext_lazy("From the library of pictures."),
    "picture_2": gettext_lazy("It stands after the first."),
    "picture_3": gettext_lazy("It stands after the second."),
}
NUMBER = forms.TextInput({"inputmode": "numeric", "size": 4, "class": "vIntegerField"})


class SectionInline(RowInline):
    model = Section
    form = SectionForm
    formset = SectionFormSet
    fields = [
        *("row_key", "heading", ("kind", "position"), "body"),
        *("when", "postures", "steps", ("hold", "rest"), ("repeats", "minutes"), ("times_a_day", "sides"), "stop_if"),
        *("do", "do_not", *kinds.TEXTS, "questions", kinds.PICTURES),
    ]
    fields_to_read = ["heading", ("kind", "position"), "all_of_it"]
    readonly_fields = ["all_of_it", "readers"]
    verbose_name_plural = gettext_lazy("Sections")
    named = {}  # what readers said of each section, by its key; get_fields asks for it, once for the whole form

    def get_fields(self, request, obj=None):
        """Return the fields, and what readers say of the sections where they say anything."""
        if not hasattr(request, "named"):
            request.named = reports.named_now(obj) if obj else {}
        self.named = request.named
        fields = super().get_fields(request, obj)
        return [fields[0], "readers", *fields[1:]] if self.named else fields

    @admin.display(description=gettext_lazy("Readers"))
    def readers(self, section):
        """Say how many readers named the section since it last changed for them, and why; nothing if nobody did."""
        named = self.named.get(section.key)
        if named is None:
            return None
        report = reverse("admin:articles_article_report", args=[section.article_id])
        short = ngettext("%(count)d reader", "%(count)d readers", named.count) % {"count": named.count}
        pattern = '<span class="section-said" data-short="{}">{} <a href="{}#named">{}</a></span>'
        return format_html(pattern, short, named_in_words(named), report, _("What readers say"))

    @admin.display(description=gettext_lazy("text"))
    def all_of_it(self, section):
        return kinds.in_words(section.as_text())

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in kinds.PICTURES:
            return self.picture_field(db_field, request)
        if db_field.name == kinds.POSTURES:
            return postures_field(db_field)
        if db_field.name in HELP:
            kwargs["help_text"] = HELP[db_field.name]
        if db_field.name == "body":
            kwargs["widget"] = MarkdownWidget(glossary=cache(Term.glossary))  # asked once for all sections
        elif db_field.name in (*kinds.LINES, *kinds.TEXTS):
            kwargs["widget"] = LINES
        elif db_field.name in kinds.NUMBERS:
            kwargs["widget"] = NUMBER  # no browser holds up a form for a number in a field that it hides
        elif db_field.name == "kind":
            kwargs["help_text"] = kinds_help()
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in kinds.CHOICES:
            field.choices = [("", _("Not said")), *kinds.CHOICES[db_field.name].choices]
        return field

    def picture_field(self, db_field, request):
        """Return a choice among the pictures of the library, fetched once for all sections, with links into it."""
        if not hasattr(request, "pictures"):
            request.pictures = [("", _("No picture")), *Picture.objects.values_list("pk", "title")]
        field = db_field.formfield(help_text=HELP[db_field.name])
        library = self.admin_site.get_model_admin(Picture)
        field.widget = RelatedFieldWidgetWrapper(
            field.widget,
            db_field.remote_field,
            self.admin_site,
            can_add_related=library.has_add_permission(request),
            can_change_related=library.has_change_permission(request),
        )
        field.choices = request.pictures
        return field


def named_in_words(named):
    """Return a sentence: 5 readers named this section: 3 × It is hard to understand, 2 × Something is missing."""
    reasons = ", ".join(f"{count} × {label}" for label, count in named.reasons)
    text = ngettext("%(count)d reader named this section", "%(count)d readers named this section", named.count)
    return (text % {"count": named.count}) + (f": {reasons}." if reasons else ".")


def postures_field(db_field):
    label = capfirst(db_field.verbose_name)
    shown = {"label": label, "help_text": db_field.help_text, "widget": TicksWidget(label)}
    return PosturesField(choices=kinds.Posture.choices, required=False, **shown)


def kinds_help():
    """Return what to know of each kind; the page shows that of the chosen one."""
    return format_html_join("", '<span class="kind-help of-{}">{}</span>', kinds.HELP.items())


class SourceInline(RowInline):
    model = Source
    fields = ["row_key", "cite", "title", ("publisher", "year"), "url", ("read_on", "position")]
    fields_to_read = fields[1:]
    readonly_fields = ["cite"]
    formfield_overrides = DAY
    verbose_name_plural = gettext_lazy("Sources")

    @admin.display(description=gettext_lazy("To cite it"))
    def cite(self, source):
        key = source.key if source else ""
        return (
            _("Write [^%(key)s] in the text.") % {"key": key} if key else _("Save first; then this says what to write.")
        )
