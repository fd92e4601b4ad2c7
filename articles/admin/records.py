"""What the articles rest on: topics, the glossary, and the people who write and review."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import publishing, reviewing
from articles.models import Article, Contributor, Review, Revision, Term, Topic
from articles.workflow import Refused

UNSAVED = forms.Script("js/unsaved.js", type="module")


class ReadOnly:
    """For a ModelAdmin whose rows nobody makes, changes or deletes there."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ShownAgain:
    """For a ModelAdmin: of two who save what only one can have, the later one gets the filled form, not saved."""

    def add_view(self, request, *args, **kwargs):
        return self.answer(super().add_view, request, *args, **kwargs)

    def change_view(self, request, *args, **kwargs):
        return self.answer(super().change_view, request, *args, **kwargs)

    def answer(self, view, request, *args, **kwargs):
        """Return a view's answer; after a clash in the database, that to the same form as unsaved."""
        posted = request.POST
        try:
            return view(request, *args, **kwargs)
        except IntegrityError:
            request.POST = posted
            request._messages = default_storage(request)  # without what was said of a save that did not happen
            request.unsaved = gettext(
                "Somebody else saved the same at the same moment. Nothing is saved yet: check the form, then save it."
            )
            return view(request, *args, **kwargs)


def differences(before, after, names):
    """Return what differs between two states of an object, in words: “field: “old” → “new””."""
    return ", ".join(
        f"{after._meta.get_field(name).verbose_name}: “{getattr(before, name) or ''}” → “{getattr(after, name) or ''}”"
        for name in names
        if getattr(before, name) != getattr(after, name)
    )


class Recorded(ShownAgain):
    """For a ModelAdmin: what is done to its rows goes to the audit, under the action of the same name as the model."""

    def save_model(self, request, obj, form, change):
        before = self.model.objects.get(pk=obj.pk) if change else self.model()
        super().save_model(request, obj, form, change)
        if changes := differences(before, obj, self.fields):
            self.record(request, f"{str(before) or obj}. {changes}")

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self.record(request, gettext("%(name)s was deleted.") % {"name": obj})

    def record(self, request, note):
        publishing.log(self.opts.model_name, by=request.user, note=note)


@admin.register(Topic)
class TopicAdmin(Recorded, admin.ModelAdmin):
    fields = ["name", "slug", "description", "language"]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "description", "language"]
    list_filter = ["language"]
    search_fields = ["name"]
    actions = None

    class Media:
        js = [UNSAVED]

    def view_on_site(self, topic):
        return topic.get_absolute_url()


@admin.register(Term)
class TermAdmin(Recorded, admin.ModelAdmin):
    fields = ["language", "term", "forms", "meaning"]
    list_display = ["term", "forms", "meaning", "language"]
    list_filter = ["language"]
    search_fields = ["term", "forms"]
    actions = None

    class Media:
        js = [UNSAVED]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "meaning":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CorrectionFilter(admin.SimpleListFilter):
    """Those whose own correction of what the site says of them waits for a decision."""

    title = _("correction")
    parameter_name = "correction"

    def lookups(self, request, model_admin):
        return [("waits", _("A correction waits"))]

    def queryset(self, request, queryset):
        return queryset.filter(correction_waits=True) if self.value() == "waits" else queryset


def number_of(rows, person, what="pk"):
    """Return how many different ones somebody has of some rows, counted apart from all others that they have."""
    numbers = rows.order_by().values(person).annotate(number=Count(what, distinct=True)).values("number")
    return Coalesce(Subquery(numbers), 0)


@admin.register(Contributor)
class ContributorAdmin(ShownAgain, admin.ModelAdmin):
    fields = ["name", "credentials", "interests", "user"]
    list_display = ["name", "credentials", "user", "written", "reviewed", "correction"]
    list_filter = [CorrectionFilter]
    list_per_page = 50
    list_select_related = ["user"]
    search_fields = ["name", "credentials"]
    actions = None

    class Media:
        js = [UNSAVED]

    def get_queryset(self, request):
        own = {"contributor": OuterRef("pk"), "correct_until__isnull": False}
        return (
            super()
            .get_queryset(request)
            .annotate(
                articles_written=number_of(Article.objects.filter(authors=OuterRef("pk"), deleted_at=None), "authors"),
                articles_reviewed=number_of(Review.objects.filter(**own), "contributor", "revision__article"),
                correction_waits=Exists(reviewing.corrections().filter(contributor=OuterRef("pk"))),
            )
        )

    @admin.display(description=_("Articles written"), ordering="articles_written")
    def written(self, contributor):
        return contributor.articles_written

    @admin.display(description=_("Articles reviewed"), ordering="articles_reviewed")
    def reviewed(self, contributor):
        return contributor.articles_reviewed

    @admin.display(description=_("Correction"), ordering="-correction_waits", empty_value="")
    def correction(self, contributor):
        return _("A correction waits") if contributor.correction_waits else None

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Let the form remember what it showed, so that it saves only what someone changed in it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        field.show_hidden_initial = True
        return field

    def save_model(self, request, obj, form, change):
        before = Contributor.objects.select_related("user").get(pk=obj.pk) if change else Contributor()
        obj.save(update_fields=form.changed_data if change else None)
        if changes := differences(before, obj, form.changed_data):
            self.record(request, f"{before.name or obj.name}. {changes}")

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self.record(request, gettext("%(name)s was deleted.") % {"name": obj.name})

    def record(self, request, note):
        publishing.log("contributor", by=request.user, note=note)

    def delete_view(self, request, object_id, extra_context=None):
        contributor = self.get_object(request, unquote(object_id))
        if contributor and self.has_delete_permission(request, contributor) and is_on_record(contributor):
            words = _("%(name)s wrote, reviewed or was asked to review an article, so stays in the record of it.")
            messages.error(request, words % {"name": contributor.name})
            return redirect("admin:articles_contributor_change", contributor.pk)
        return super().delete_view(request, object_id, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        contributor = self.get_object(request, unquote(object_id))
        waiting = [Correction(review) for review in reviewing.corrections(contributor)] if contributor else []
        context = {"corrections": waiting} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self):
        decide = self.admin_site.admin_view(self.decide)
        return [
            path("correction/<int:review_id>/", decide, name="articles_contributor_correction"),
            *super().get_urls(),
        ]

    def decide(self, request, review_id):
        """Take over what a reviewer said of themselves, or decline it; by POST alone."""
        review = get_object_or_404(Review.objects.select_related("contributor"), pk=review_id)
        if not self.has_change_permission(request, review.contributor):
            raise PermissionDenied
        decision = request.POST.get("decision")
        try:
            if decision in ("accept", "decline"):
                reviewing.decide_correction(review, by=request.user, accept=decision == "accept")
                words = gettext("Taken over.") if decision == "accept" else gettext("Declined. Nothing was changed.")
                messages.success(request, words)
            else:
                messages.warning(request, _("Nothing was decided. Choose “Take over” or “Decline”."))
        except Refused as error:
            messages.warning(request, str(error))
        return redirect("admin:articles_contributor_change", review.contributor_id)


class Correction:
    """What a reviewer corrected of themselves: `rows` of (name of the field, as it is, as they say)."""

    def __init__(self, review):
        self.review = review
        self.rows = [
            (Contributor._meta.get_field(name).verbose_name, getattr(review.contributor, name), value)
            for name, value in review.correction.items()
            if getattr(review.contributor, name) != value
        ]


def is_on_record(contributor):
    """Return whether someone is, or ever was, an author, a reviewer, or the person of a link."""
    return (
        contributor.articles.exists()
        or contributor.reviews.exists()
        or contributor.links.exists()
        or any(
            author["id"] == contributor.pk
            for people in Revision.objects.values_list("authors", flat=True).iterator()
            for author in people
        )
    )
