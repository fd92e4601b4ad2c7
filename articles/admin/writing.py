"""Writing: an article with its rows (articles/admin/rows.py) on one screen. A save joins what others saved."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import comparing, joining, kinds, languages, publishing, translating, unsaved
from articles.admin.bulk import BulkMixin
from articles.admin.checks import ChecksMixin
from articles.admin.history import HistoryMixin
from articles.admin.importing import ImportMixin
from articles.admin.links import LinksMixin
from articles.admin.moves import MovesMixin
from articles.admin.originals import OriginalsMixin
from articles.admin.outside_links import LinkChecksMixin
from articles.admin.records import UNSAVED, ShownAgain, differences
from articles.admin.replacing import ReplacingMixin
from articles.admin.reports import ReportsMixin
from articles.admin.rows import DAY, SectionInline, SourceInline
from articles.forms import slug_in, with_plain_lines
from articles.models import Article, Picture, Revision, Section, Source, State, Topic, validate_review_due
from articles.views import article_context
from articles.widgets import MarkdownWidget
from articles.workflow import state_of


class AuthorsField(forms.ModelMultipleChoiceField):
    """Authors by their ids. One that is too long for a database is none, which Django doesn't see here."""

    widget = forms.CheckboxSelectMultiple

    def _check_values(self, value):
        for pk in value:
            if len(str(pk)) > 18:
                raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": pk})
        return super()._check_values(value)


class ArticleForm(forms.ModelForm):
    """The article's own fields, the version that the form was opened with, and a note for the history."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    authors_shown = forms.CharField(required=False, widget=forms.HiddenInput, initial="1")  # joining.has_authors
    save_note = forms.CharField(
        label=gettext_lazy("Note for your colleagues"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"class": "vTextField"}),
        help_text=gettext_lazy("What you changed and why. It stands in the history, which readers don't see."),
    )
    based_on = forms.TypedChoiceField(
        label=gettext_lazy("Version translated"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy(
            "Which version of the original this text says. Readers hear when there is a newer one. "
            "Empty: the one that readers see now."
        ),
    )
    conflicts = ()  # what somebody else changed too; ArticleAdmin.get_form sets it

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        newest = publishing.newest(self.instance) if self.instance.pk else None
        self.initial["version"] = newest.number if newest else ""
        for name in set(joining.IDENTITY) & set(self.fields):
            self.fields[name].show_hidden_initial = True  # they belong to no version, so the form says what they were
        if "translation_of" in self.fields:
            own = Article.objects.filter(pk=self.instance.translation_of_id)
            self.fields["translation_of"].queryset = (translating.originals() | own).exclude(pk=self.instance.pk)
        if "based_on" in self.fields:
            self.offer_versions(self.fields["based_on"])

    def clean_review_due(self):
        day = self.cleaned_data["review_due"]
        if day and "review_due" in self.changed_data:
            validate_review_due(day)
        return day

    def offer_versions(self, field):
        """Offer those versions of the chosen original that readers saw; without an original there is no choice."""
        typed = self.data.get(self.add_prefix("translation_of"))
        chosen = {"pk": self.instance.translation_of_id} if typed is None else {"slug": slug_in(typed)}
        original = Article.objects.filter(**chosen, translation_of=None).first()
        words = _("Version %(number)d, published on %(day)s")
        found = [(r.number, date_format(timezone.localtime(r.published_at))) for r in translating.versions(original)]
        field.choices = [("", "–"), *((number, words % {"number": number, "day": day}) for number, day in found)]
        if original is None:
            field.disabled, self.initial["based_on"] = True, None

    def clean_based_on(self):
        """Return the version translated: the present one where there is an original and none is chosen."""
        original = self.cleaned_data.get("translation_of", self.instance.translation_of)
        if not original:
            return None
        return self.cleaned_data["based_on"] or getattr(publishing.last_public(original), "number", None)

    def _post_clean(self):
        super()._post_clean()
        for name, sentence in translating.problems(self.instance):
            self.add_error(name if name in self.fields else None, sentence)

    def clean_authors(self):
        is_left_out = self.instance.pk and not joining.has_authors(self.data)
        return self.instance.authors.all() if is_left_out else self.cleaned_data["authors"]

    def clean(self):
        super().clean()
        if self.conflicts:
            raise ValidationError(_("Nothing is saved yet: the same was changed meanwhile. Decide, then save again."))
        if self.instance.deleted_at:
            raise ValidationError(_("Nothing was saved, for the article is deleted. Undo that first."))


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return State.choices

    def queryset(self, request, queryset):
        """Return the articles in a state; deleted ones only when they are asked for."""
        state, now = self.value(), timezone.now()
        if state == State.DELETED:
            return queryset.exclude(deleted_at=None)
        queryset = queryset.filter(deleted_at=None)
        if state == State.WITHDRAWN:
            return queryset.exclude(withdrawn_at=None)
        if state == State.EXPIRED:
            return queryset.filter(expires_at__lte=now, withdrawn_at=None)
        if state not in State:
            return queryset
        found = Revision.objects.newest().filter(state=state)
        if state == State.PUBLISHED:
            found = Revision.objects.published(now)
        if state == State.SCHEDULED:  # few, wherever they are
            return queryset.filter(pk__in=Revision.objects.scheduled(now).values("article"))
        return queryset.filter(Exists(found.filter(article=OuterRef("pk"))))


class ByKeys(Paginator):
    """Pages of a list whose rows are read only where they are shown: up to them the index is counted alone."""

    def page(self, number):
        page = super().page(number)
        keys = list(page.object_list.select_related(None).prefetch_related(None).values_list("pk", flat=True))
        page.object_list = self.object_list.filter(pk__in=keys)
        return page


@admin.register(Article)
class ArticleAdmin(
    ShownAgain,
    HistoryMixin,
    ImportMixin,
    OriginalsMixin,
    LinksMixin,
    ChecksMixin,
    MovesMixin,
    ReportsMixin,
    BulkMixin,
    ReplacingMixin,
    LinkChecksMixin,
    admin.ModelAdmin,
):
    form = ArticleForm
    fieldsets = [
        (None, {"fields": ["title", "slug", "also_called", "summary", "topic", "authors"]}),
    ]
    language_fieldset = (
        gettext_lazy("Language and translation"),
        {"fields": ["language", "translation_of", "based_on"], "classes": ["collapse"]},
    )
    trust_fieldset = (
        gettext_lazy("How sure we are, and who pays"),
        {"fields": ["known", "not_known", "sources_differ", "funding", "review_due"], "classes": ["collapse"]},
    )
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline, SourceInline]
    formfield_overrides = {models.ManyToManyField: {"form_class": AuthorsField}} | DAY
    list_display = ["title", "topic", "language", "state", "updated_at"]
    list_filter = [StateFilter, "topic", "language"]
    list_per_page = 50
    paginator = ByKeys
    show_full_result_count = False  # how many there are without the filters: one more count of all
    search_fields = ["title", "also_called", "summary", "sections__heading"]

    class Media:
        css = {"all": ["css/writing.css", "css/checks.css"]}
        js = [
            UNSAVED,
            *(forms.Script(f"js/{name}.js", type="module") for name in ("sections", "desk", "beside", "checks")),
        ]

    def get_fieldsets(self, request, obj=None):
        own = (
            [(None, {"fields": ["save_note", "version", "authors_shown"]})]
            if self.has_change_permission(request, obj)
            else []
        )
        return [*self.fieldsets, self.language_fieldset, self.trust_fieldset, *own]

    def get_readonly_fields(self, request, obj=None):
        """What belongs to no version changes for readers at once: where they know it, that needs who may publish.

        The language of what they know stays.
        """
        if obj is None or not obj.revisions.public().exists():
            return ()
        return ("language",) if request.user.has_perm("articles.publish_article") else joining.IDENTITY

    def get_prepopulated_fields(self, request, obj=None):
        return {} if "slug" in self.get_readonly_fields(request, obj) else self.prepopulated_fields

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in ("known", "not_known", "sources_differ"):
            kwargs["widget"] = MarkdownWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request):
        heads = [
            Prefetch("revisions", Revision.objects.published(), to_attr="live"),
            Prefetch("revisions", Revision.objects.newest().select_related("article"), to_attr="last"),
            Prefetch("revisions", Revision.objects.scheduled(), to_attr="waiting"),
        ]
        return super().get_queryset(request).select_related("topic").prefetch_related(*heads)

    @admin.display(description=gettext_lazy("State"))
    def state(self, article):
        """Say where the newest text stands, and what readers see meanwhile."""
        if not article.last:
            return _("Not saved yet")
        state = state_of(article.last[0])
        parts = [str(state.label)]
        if article.withdrawn_at and state not in (State.WITHDRAWN, State.DELETED):
            parts.append(_("the article is withdrawn"))
        if article.live and article.live[0].pk != article.last[0].pk:
            parts.append(_("readers see version %(number)d") % {"number": article.live[0].number})
        if article.waiting and article.waiting[0].pk != article.last[0].pk:
            parts.append(_("version %(number)d waits for its time") % {"number": article.waiting[0].number})
        return "; ".join(parts)

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.revisions.published().exists() else None

    def has_delete_permission(self, request, obj=None):
        """Django's own deletion destroys; the move of that name, which can be undone, takes its place."""
        return False

    def has_change_permission(self, request, obj=None):
        """A deleted article is read only. A form sent after the deletion is shown again, not saved (ArticleForm)."""
        is_read_only = obj is not None and obj.deleted_at and request.method != "POST"
        return super().has_change_permission(request, obj) and not is_read_only

    # Saving

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with transaction.atomic():
            request.joined = joining.Joined(request.POST)
            if request.method == "POST":
                request.POST = with_plain_lines(request.POST)
                article = object_id and self.get_object(request, unquote(object_id))
                if article:
                    request.joined = joining.join(publishing.lock(article), request.POST)
                    request.POST = request.joined.data
            context = conflict_context(request.joined) | (extra_context or {})
            response = super().changeform_view(request, object_id, form_url, context)
        tell_joined(request)
        return response

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.conflicts = request.joined.conflicts
        return form

    def save_model(self, request, obj, form, change):
        before = Article.objects.select_related("topic").get(pk=obj.pk) if change else obj
        super().save_model(request, obj, form, change)
        if changes := differences(before, obj, joining.IDENTITY):
            publishing.log("address", obj, by=request.user, note=changes)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        publishing.record(form.instance, by=request.user, note=form.cleaned_data.get("save_note", ""))

    # Where a save leads

    def response_add(self, request, obj, post_url_continue=None):
        return self.respond(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self.respond(request, obj) or super().response_change(request, obj)

    def respond(self, request, obj):
        """Lead where the pressed button says; None leaves the answer to Django."""
        live, newest = obj.revisions.published().first(), publishing.newest(obj)
        saved = _("Saved.") if newest == live else _("Saved. Readers see it when it is published.")
        messages.success(request, saved)
        for button, name in (("_preview", "preview"), ("_publish", "publish"), ("_submit", "submit")):
            if button in request.POST:
                view, arguments = ("preview", [obj.pk]) if name == "preview" else ("move", [obj.pk, name])
                return HttpResponseRedirect(reverse(f"admin:articles_article_{view}", args=arguments))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[obj.pk]))

    # Preview

    def get_urls(self):
        preview = self.admin_site.admin_view(self.preview)
        return [path("<int:article_id>/preview/", preview, name="articles_article_preview"), *super().get_urls()]

    def preview(self, request, article_id):
        """Show the working copy in the reader's own template, or what a form posts of it, which is saved nowhere."""
        article = self.open_article(request, article_id)
        languages.speak(article.language)
        is_unsaved = request.method == "POST"
        revision = unsaved.revision_of(article, with_plain_lines(request.POST)) if is_unsaved else Revision.of(article)
        edit = reverse("admin:articles_article_change", args=[article_id])
        try:
            context = article_context(revision.explain()) | {"preview": True, "edit_url": edit}
            return render(request, "articles/preview.html", context | {"is_unsaved": is_unsaved})
        except ValidationError as error:  # a text that is too long to render, which no save would take
            return HttpResponse(error.messages[0], status=400, content_type="text/plain; charset=utf-8")

    preview.goes_on_paused = True  # it writes nothing


def tell_joined(request):
    """Tell an editor what of others is in the text now."""
    if request.joined.taken:
        names = ", ".join(f"“{name}”" for name in request.joined.taken)
        messages.info(request, _("Joined with what was saved meanwhile: %(names)s.") % {"names": names})
    if request.joined.overruled:
        messages.warning(request, _("The order was changed meanwhile, too. Yours was kept."))


def conflict_context(joined):
    """Return what the form needs to let an editor decide each conflict."""
    return {"conflicts": [shown(conflict) for conflict in joined.conflicts], "saved_meanwhile": joined.since}


def shown(conflict):
    """Return what the form shows of a conflict. The differences are worked out when they are: they may take long."""
    mine, theirs = texts_of(conflict)
    return {
        "name": f"decide-{conflict.field}-{conflict.key}",
        "list": conflict.field if conflict.key else "",
        "row": conflict.key,
        "title": joining.name_of(conflict.field, conflict.key, conflict.theirs, conflict.base, conflict.mine),
        "mine": mine,
        "theirs": theirs,
        "runs": partial(comparing.words, theirs or "", mine or ""),
    }


def texts_of(conflict):
    """Return both sides of a conflict, each as one text to read, or None where it was deleted."""
    sides = [conflict.mine, conflict.theirs]
    if conflict.field == "topic":
        found = {str(topic.pk): topic.name for topic in Topic.objects.all()}
        return [found.get(pk, pk) for pk in sides]
    if conflict.field == "translation_of":
        found = dict(Article.objects.filter(slug__in=map(slug_in, sides)).values_list("slug", "title"))
        return [found.get(slug_in(address), address) for address in sides]
    if conflict.field == "language":
        return [languages.name_of(code) for code in sides]
    if conflict.field == "sections":
        is_same = len({side["kind"] for side in sides if side}) == 1
        return [side and section_text(side, with_kind=not is_same) for side in sides]
    if conflict.field == "sources":
        names = {name: Source._meta.get_field(name).verbose_name for name in joining.ROWS["sources"]}
        return [side and "\n".join(f"{names[name]}: {side[name]}" for name in names if side[name]) for side in sides]
    return sides


def section_text(row, *, with_kind):
    """Return a section, as articles/joining.py has it, as one text to read."""
    ids = [int(row[name]) for name in kinds.PICTURES if is_id(row[name])]
    found = Picture.objects.in_bulk(ids)
    shown = {"pictures": [found[pk].as_text() for pk in ids if pk in found]}
    kind = dict(Section.Kind.choices).get(row["kind"], row["kind"]) if with_kind else ""
    return "\n\n".join(filter(None, [str(kind), row["heading"], kinds.in_words(row | shown)]))


def is_id(text):
    return text.isascii() and text.isdigit() and len(text) < 19
