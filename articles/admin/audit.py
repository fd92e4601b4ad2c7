"""The audit: who did what, when, to which version. It is read, filtered and exported here, never changed."""

import csv

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from articles.models import Event
from articles.workflow import LABELS

HEADER = [_("When"), _("Who"), _("What"), _("Article"), _("Address"), _("Version"), _("Note")]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # where a cell begins like this, a spreadsheet may calculate it
CHUNK = 2000  # rows


class ActionFilter(admin.SimpleListFilter):
    title = _("what")
    parameter_name = "action"

    def lookups(self, request, model_admin):
        """Return the labels of what was ever done."""
        present = set(Event.objects.order_by().values_list("action", flat=True).distinct())
        return [(action, label) for action, label in LABELS.items() if action in present]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        return queryset.filter(action=self.value()) if self.value() in LABELS else queryset.none()


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    fields = ["at", "who", "what", "article_link", "version", "note"]
    list_display = ["at", "who", "what", "article_link", "version", "short_note"]
    list_filter = [ActionFilter]
    list_per_page = 100
    date_hierarchy = "at"
    search_fields = ["who", "note", "article__title"]
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        """Ask for all of it at once, but not for the texts of the articles."""
        shown = ("at", "who", "action", "note", "article__title", "article__slug", "revision__number")
        return super().get_queryset(request).select_related("article", "revision").only(*shown)

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
        writer = csv.writer(Echo())
        rows = (writer.writerow(map(cell, row)) for row in rows_of(events))
        name = f"audit-{timezone.localdate().isoformat()}.csv"
        return StreamingHttpResponse(
            rows,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class Echo:
    """A file for the csv module that hands back what is written to it."""

    def write(self, line):
        return line


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


def cell(value):
    """Return a value as text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
