"""The site statement: one form for the newest one, each save a new row, and its history."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import comparing, merging, publishing, rendering
from articles.admin.records import UNSAVED
from articles.joining import THEIRS, plain
from articles.languages import name_of as name_of_language
from articles.models import SiteStatement
from articles.widgets import MarkdownWidget

TEXT = SiteStatement.TEXT


def text_of(statement):
    """Return what a statement says, by field, as a browser would post it."""
    return {name: plain(getattr(statement, name)) for name in TEXT}


def label(name):
    return SiteStatement._meta.get_field(name).verbose_name


def newest(language):
    """Return the newest statement in a language; before there is any, an unsaved one that says what pages show now."""
    shown = SiteStatement.current(language)
    return shown if shown.language == language else SiteStatement(language=language, **text_of(shown))


def lock(language):
    """Return the newest statement in a language, held until the transaction ends: two saves can't cross.

    The row that is locked is the oldest of all, for that one stays the same.
    """
    SiteStatement.objects.select_for_update().order_by("pk").first()
    return newest(language)


@transaction.atomic
def keep(text, *, language=settings.LANGUAGE_CODE, by, note=""):
    """Save a text as a language's newest statement, unless pages show the same now; return whether it did."""
    if text == text_of(lock(language)):
        return False
    SiteStatement.objects.create(**text, language=language, note=note, created_by=by)
    publishing.log("statement", by=by, note=note)
    return True


class StatementForm(forms.ModelForm):
    """What an editor makes of a statement, joined with what others saved since that one was opened.

    `version` is the statement that the form showed at first. After joining, the form goes on from the newest.
    """

    version = forms.ModelChoiceField(SiteStatement.objects.all(), widget=forms.HiddenInput)

    class Meta:
        widgets = {"about": MarkdownWidget}

    def __init__(self, data=None, *args, instance=None, **kwargs):
        super().__init__(data, *args, instance=instance, **kwargs)
        self.fields["version"].required = self.instance.pk is not None
        self.initial |= {"version": self.instance.pk, "note": ""}
        self.merged, self.others = merging.Merged({}), ""
        if self.is_bound:
            self.data = data.copy()
            self.join(text_of(self.instance))
            self.data["version"] = self.instance.pk

    def join(self, theirs):
        """Replace what was posted by what it makes together with the newest statement."""
        try:
            opened = self.fields["version"].clean(self.data.get("version")) if self.instance.pk else self.instance
        except ValidationError:
            return
        base = text_of(opened)
        mine = {name: plain(self.data.get(name, base[name])) for name in TEXT}
        mine |= {name: base[name] for name in TEXT if self.data.get(f"decide-{name}") == THEIRS}
        self.merged = merging.merge(base, mine, theirs)
        for name, value in self.merged.text.items():
            self.data[name] = value
        saved = SiteStatement.objects.filter(language=self.instance.language, pk__gt=opened.pk or 0)
        since = saved.select_related("created_by")
        self.others = ", ".join(sorted({name_of(statement) for statement in since}))

    @property
    def taken(self):
        """The names of the fields in which somebody else's change was kept."""
        return ", ".join(str(label(name)) for name, _key in self.merged.taken)

    @property
    def conflicts(self):
        """What the template shows of the fields that both changed differently."""
        return [
            {
                "name": f"decide-{conflict.field}",
                "title": capfirst(label(conflict.field)),
                "mine": conflict.mine,
                "theirs": conflict.theirs,
                "their_text": conflict.theirs,
                "runs": comparing.words(conflict.theirs, conflict.mine),
            }
            for conflict in self.merged.conflicts
        ]

    def clean_about(self):
        problems = rendering.problems(self.cleaned_data["about"])
        if problems:
            raise ValidationError(problems)
        return self.cleaned_data["about"]

    def clean(self):
        if not self.merged.text:
            self.add_error(
                None, _("The form did not say what it began with. Look at it once more, and save again if it is right.")
            )
        for conflict in self.merged.conflicts:
            self.add_error(conflict.field, _("Somebody else changed this too. Decide above whose text to take."))
        if self.errors and self.taken:
            words = {"who": self.others, "what": self.taken}
            self.add_error(None, _("Meanwhile %(who)s has changed: %(what)s. The form below has it.") % words)
        return super().clean()


def name_of(statement):
    """Return who saved a statement."""
    return statement.created_by.get_username() if statement.created_by else gettext("the site itself")


class CompareForm(forms.Form):
    """Which two statements to compare."""

    old = forms.ModelChoiceField(SiteStatement.objects.all())
    new = forms.ModelChoiceField(SiteStatement.objects.all())


@admin.register(SiteStatement)
class SiteStatementAdmin(admin.ModelAdmin):
    form = StatementForm
    fieldsets = [
        (_("Who answers for this site"), {"fields": ["publisher", "contact", "mistakes", "funding"]}),
        (_("Safety"), {"fields": ["emergency_number", "safety"]}),
        (_("The About page"), {"fields": ["about"]}),
        (_("This change"), {"fields": ["note"]}),
    ]

    class Media:
        js = [UNSAVED]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_object(self, request, object_id, from_field=None):
        """Return the newest statement in the language of the one asked for: an old one can't be changed."""
        language = language_asked(request, object_id)
        return lock(language) if request.method == "POST" else newest(language)

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect(form_of(language_asked(request)))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        language = language_asked(request, object_id)
        context = {"title": _("Site statement"), "language": language, "forms": forms_of(language)}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        text = {name: form.cleaned_data[name] for name in TEXT}
        if not keep(text, language=obj.language, by=request.user, note=form.cleaned_data["note"]):
            messages.info(request, _("Nothing has changed, so nothing was saved."))
            return
        messages.success(request, _("Saved. The pages say it from now on."))
        if form.taken:
            words = {"who": form.others, "what": form.taken}
            messages.info(request, _("Meanwhile %(who)s has changed: %(what)s. That was kept too.") % words)

    def response_change(self, request, obj):
        return redirect(form_of(obj.language))

    def get_urls(self):
        restore = self.admin_site.admin_view(self.restore)
        return [path("<int:pk>/restore/", restore, name="articles_sitestatement_restore"), *super().get_urls()]

    def history_view(self, request, object_id, extra_context=None):
        """List all statements, and compare any two word by word; at first, the last two."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        language = language_asked(request, object_id)
        saved = SiteStatement.objects.filter(language=language)
        statements = list(saved.select_related("created_by").defer(*TEXT))
        last = {"new": statements[0].pk, "old": statements[:2][-1].pk} if statements else {}
        form = CompareForm(request.GET if {"old", "new"} & set(request.GET) else last)
        compared = form.cleaned_data if form.is_valid() else {}
        if statements and not compared:
            messages.warning(request, _("Choose two versions of the list to compare them."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of the site statement"),
            "subtitle": name_of_language(language),
            "opts": self.opts,
            "statements": statements,
            "may_restore": self.has_change_permission(request),
            **compared,
            "changes": changes(**compared) if compared else [],
        }
        return TemplateResponse(request, "admin/articles/sitestatement/history.html", context)

    def restore(self, request, pk):
        """Save what an old statement said as the newest one, by POST alone."""
        statement = get_object_or_404(SiteStatement, pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            time = date_format(timezone.localtime(statement.created_at), "j F Y, H:i")
            note = gettext("Restored from %(time)s") % {"time": time}
            if keep(text_of(statement), language=statement.language, by=request.user, note=note):
                messages.success(request, _("Restored. The pages say it from now on, and the one before is kept here."))
            else:
                messages.info(request, _("The present statement says the same, so nothing was saved."))
        return redirect("admin:articles_sitestatement_history", pk)


def language_asked(request, object_id=None):
    """Return the language of the statement at an address, else the one that `?language=` names, else the default."""
    number = unquote(str(object_id))
    is_number = number.isascii() and number.isdigit() and len(number) < 18
    statement = SiteStatement.objects.filter(pk=number).first() if is_number else None
    code = statement.language if statement else request.GET.get("language")
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def form_of(language):
    """Return the address of the form for a language's statement."""
    statement = newest(language)
    address = reverse("admin:articles_sitestatement_change", args=[statement.pk or 0])
    return address if statement.pk else f"{address}?language={language}"


def forms_of(present):
    """Return the forms of all languages, as (code, its own name, address, whether it is the present one)."""
    return [(code, name, form_of(code), code == present) for code, name in settings.LANGUAGES]


def changes(old, new):
    """Return (name of the field, runs of words) for each field that differs between two statements."""
    before, after = text_of(old), text_of(new)
    return [(label(name), comparing.words(before[name], after[name])) for name in TEXT if before[name] != after[name]]
