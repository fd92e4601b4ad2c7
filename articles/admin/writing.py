"""Writing: an article with its sections and sources on one screen. A save joins what others saved meanwhile."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import comparing, joining, publishing
from articles.admin.history import HistoryMixin
from articles.admin.links import LinksMixin
from articles.admin.moves import MovesMixin
from articles.admin.records import UNSAVED, ShownAgain, differences
from articles.forms import RowForm, RowFormSet, with_plain_lines
from articles.models import Article, Revision, Section, Source, State, Topic, validate_review_due
from articles.views import article_context
from articles.widgets import MarkdownWidget
from articles.workflow import state_of

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
        may_change = self.admin_site.get_model_admin(Article).has_change_permission(request, obj)
        return [name for name in self.fields if name != "row_key" or may_change]

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, validate_max=True, absolute_max=ABSOLUTE_MAX, **kwargs)


class SectionInline(RowInline):
    model = Section
    fields = ["row_key", "heading", ("kind", "position"), "body"]
    formfield_overrides = {models.TextField: {"widget": MarkdownWidget}}
    verbose_name_plural = gettext_lazy("Sections")


class SourceInline(RowInline):
    model = Source
    fields = ["row_key", "cite", "title", ("publisher", "year"), "url", ("read_on", "position")]
    readonly_fields = ["cite"]
    formfield_overrides = DAY
    verbose_name_plural = gettext_lazy("Sources")

    @admin.display(description=gettext_lazy("To cite it"))
    def cite(self, source):
        key = source.key if source else ""
        return (
            _("Write [^%(key)s] in the text.") % {"key": key} if key else _("Save first; then this says what to write.")
        )


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
    conflicts = ()  # what somebody else changed too; ArticleAdmin.get_form sets it

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        newest = publishing.newest(self.instance) if self.instance.pk else None
        self.initial["version"] = newest.number if newest else ""
        for name in {"slug", "topic"} & set(self.fields):
            self.fields[name].show_hidden_initial = True  # they belong to no version, so the form says what they were

    def clean_review_due(self):
        day = self.cleaned_data["review_due"]
        if day and "review_due" in self.changed_data:
            validate_review_due(day)
        return day

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
        if state == State.SCHEDULED:
            found = Revision.objects.scheduled(now)
        return queryset.filter(Exists(found.filter(article=OuterRef("pk"))))


@admin.register(Article)
class ArticleAdmin(ShownAgain, HistoryMixin, LinksMixin, MovesMixin, admin.ModelAdmin):
    form = ArticleForm
    fieldsets = [
        (None, {"fields": ["title", "slug", "also_called", "summary", "topic", "authors"]}),
    ]
    trust_fieldset = (
        gettext_lazy("How sure we are, and who pays"),
        {"fields": ["known", "not_known", "sources_differ", "funding", "review_due"], "classes": ["collapse"]},
    )
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline, SourceInline]
    formfield_overrides = {models.ManyToManyField: {"form_class": AuthorsField}} | DAY
    list_display = ["title", "topic", "state", "updated_at"]
    list_filter = [StateFilter, "topic"]
    list_per_page = 50
    search_fields = ["title", "also_called", "summary", "sections__heading"]
    actions = None  # an article is deleted on its own page, if at all

    class Media:
        js = [UNSAVED, forms.Script("js/sections.js", type="module")]

    def get_fieldsets(self, request, obj=None):
        own = (
            [(None, {"fields": ["save_note", "version", "authors_shown"]})]
            if self.has_change_permission(request, obj)
            else []
        )
        return [*self.fieldsets, self.trust_fieldset, *own]

    def get_readonly_fields(self, request, obj=None):
        """Address and topic change for readers at once: where they know the article, that needs who may publish."""
        is_known = obj is not None and obj.revisions.public().exists()
        return joining.IDENTITY if is_known and not request.user.has_perm("articles.publish_article") else ()

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
        """Show the working copy in the reader's own template."""
        article = self.open_article(request, article_id)
        edit = reverse("admin:articles_article_change", args=[article_id])
        context = article_context(Revision.of(article)) | {"preview": True, "edit_url": edit}
        return render(request, "articles/preview.html", context)


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
        names = {str(topic.pk): topic.name for topic in Topic.objects.all()}
        return [names.get(pk, pk) for pk in sides]
    if conflict.field == "sections":
        kinds = {kind.value: str(kind.label) for kind in Section.Kind}
        is_same = len({side["kind"] for side in sides if side}) == 1
        lines = [side and ["" if is_same else kinds.get(side["kind"]), side["heading"], side["body"]] for side in sides]
        return [side and "\n\n".join(filter(None, side)) for side in lines]
    if conflict.field == "sources":
        names = {name: Source._meta.get_field(name).verbose_name for name in joining.ROWS["sources"]}
        return [side and "\n".join(f"{names[name]}: {side[name]}" for name in names if side[name]) for side in sides]
    return sides
