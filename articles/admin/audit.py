"""The audit: who did what, when, to which version. It is read, filtered and exported here, never changed."""

from datetime import datetime, time, timedelta

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from articles import csv_files
from articles.admin.records import ReadOnly
from articles.models import Event
from articles.workflow import LABELS

HEADER = [_("When"), _("Who"), _("What"), _("Article"), _("Address"), _("Version"), _("Note")]
CHUNK = 2000  # rows


class Events(QuerySet):
    """Events whose years, months and days, to choose from, are found by the index, however many events each has."""

    def datetimes(self, field_name, kind, order="ASC", tzinfo=None):
        found, later = [], self.order_by("at")
        while at := later.values_list("at", flat=True).first():
            first, following = bounds(timezone.localdate(at), kind)
            found.append(first)
            later = self.filter(at__gte=following).order_by("at")
        return found if order == "ASC" else found[::-1]


def bounds(day, kind):
    """Return when the year, month or day that a date is in begins, and when the next one does."""
    first = {"year": day.replace(month=1, day=1), "month": day.replace(day=1), "day": day}[kind]
    days = {"year": 366, "month": 31, "day": 1}[kind]
    following = first + timedelta(days=days)
    following = following.replace(day=1) if kind != "day" else following
    return tuple(timezone.make_aware(datetime.combine(date, time())) for date in (first, following))


class ActionFilter(admin.SimpleListFilter):
    title = _("what")
    parameter_name = "action"

    def lookups(self, request, model_admin):
        return LABELS.items()

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        return queryset.filter(action=self.value()) if self.value() in LABELS else queryset.none()


@admin.register(Event)
class EventAdmin(ReadOnly, admin.ModelAdmin):
    fields = ["at", "who", "what", "article_link", "version", "note"]
    list_display = ["at", "who", "what", "article_link", "version", "short_note"]
    list_filter = [ActionFilter]
    list_per_page = 100
    date_hierarchy = "at"
    search_fields = ["who", "note", "article__title"]
    show_full_result_count = False
    actions = None

    def get_queryset(self, request):
        """Ask for all of it at once, but not for the texts of the articles."""
        shown = ("at", "who", "action", "note", "article__title", "article__slug", "revision__number")
        return Events(Event).select_related("article", "revision").only(*shown)

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:  # a date that there is none of
            raise IncorrectLookupParameters from error

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Who did what, and when")} | (extra_context or {}))

    @admin.display(description=_("What"), ordering="action")
    def what(self, event):
        return LABELS.get(event.action, event.action)

    @admin.display(description=_("Article"), ordering="article__title")
    def article_link(self, event):
        if event.article is None:
            return None
        address = reverse("admin:articles_article_change", args=[event.article_id])
        return format_html('<a href="{}">{}</a>', address, event.article.title)

    @admin.display(description=_("Version"))
    def version(self, event):
        return event.revision and event.revision.number

    @admin.display(description=_("Note"))
    def short_note(self, event):
        return Truncator(event.note).words(40)

    def get_urls(self):
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="articles_event_export"), *super().get_urls()]

    def export(self, request):
        """Send what the list's present filters show as CSV, line by line as it is read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect(reverse("admin:articles_event_changelist") + "?e=1")
        return csv_files.answer(rows_of(events), "audit")


def rows_of(events):
    """Give the rows of the export, the header first; times in the site's time zone."""
    yield HEADER
    for event in events.iterator(chunk_size=CHUNK):
        yield [
            timezone.localtime(event.at).isoformat(timespec="seconds"),
            event.who,
            LABELS.get(event.action, event.action),
            event.article.title if event.article else "",
            event.article.slug if event.article else "",
            event.revision.number if event.revision else "",
            event.note,
        ]
