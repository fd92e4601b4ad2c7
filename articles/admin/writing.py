"""The editor's side: articles with their sections on one screen, preview and publish; topics."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.admin.records import UNSAVED
from articles.forms import PublishForm, SectionFormSet
from articles.models import Article, Revision, Section
from articles.publishing import publish
from articles.views import article_context
from articles.widgets import MarkdownWidget
from articles.workflow import Refused

MAX_SECTIONS = 100


class SectionInline(admin.StackedInline):
    model = Section
    formset = SectionFormSet
    fields = ["heading", ("kind", "position"), "body"]
    formfield_overrides = {models.TextField: {"widget": MarkdownWidget}}
    max_num = MAX_SECTIONS
    verbose_name_plural = _("Sections")

    def get_extra(self, request, obj=None, **kwargs):
        """Return how many empty sections to show: those that an editor without JavaScript asks for by a link."""
        return 1 if "add_section" in request.GET else 0

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, validate_max=True, absolute_max=MAX_SECTIONS + 20, **kwargs)


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    fields = ["state", "title", "slug", "also_called", "summary", "topic"]
    readonly_fields = ["state"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline]
    list_display = ["title", "topic", "state", "updated_at"]
    list_filter = ["topic"]
    list_per_page = 50
    search_fields = ["title", "also_called", "summary", "sections__heading"]
    actions = None  # an article is deleted on its own page, if at all

    class Media:
        js = [UNSAVED, forms.Script("js/sections.js", type="module")]

    def get_queryset(self, request):
        live = Prefetch("revisions", Revision.objects.published(), to_attr="live")
        return super().get_queryset(request).select_related("topic").prefetch_related("sections", live)

    @admin.display(description=_("State"))
    def state(self, article):
        """Say whether the text is out, and whether it has been changed since."""
        if article is None or article.pk is None:
            return _("Not saved yet")
        if not article.live:
            return _("Not published yet")
        if Revision.of(article).same_text(article.live[0]):
            return _("Published: up to date")
        return _("Published, with changes that readers do not see yet")

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.revisions.published().exists() else None

    def has_delete_permission(self, request, obj=None):
        """What was ever published stays: its revisions and votes are the record."""
        return super().has_delete_permission(request, obj) and not (obj and obj.revisions.exists())

    def has_publish_permission(self, request):
        return request.user.has_perm("articles.publish_article")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        note = request.POST.get("publication_note") or request.GET.get("note", "")
        context = {"may_publish": self.has_publish_permission(request), "note": note, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def get_urls(self):
        preview = self.admin_site.admin_view(self.preview)
        return [path("<int:article_id>/preview/", preview, name="articles_article_preview"), *super().get_urls()]

    def preview(self, request, article_id):
        """Show the working copy in the reader's own template."""
        article = get_object_or_404(self.get_queryset(request), pk=article_id)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        edit = reverse("admin:articles_article_change", args=[article_id])
        context = article_context(Revision.of(article)) | {"preview": True, "edit_url": edit}
        return render(request, "articles/preview.html", context)

    def response_add(self, request, obj, post_url_continue=None):
        return self.respond(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self.respond(request, obj) or super().response_change(request, obj)

    def respond(self, request, obj):
        """Do what the pressed button says beyond saving; None leaves the answer to Django."""
        change = reverse("admin:articles_article_change", args=[obj.pk])
        if "_preview" in request.POST:
            return HttpResponseRedirect(reverse("admin:articles_article_preview", args=[obj.pk]))
        if "_publish" in request.POST:
            form = PublishForm(request.POST)
            note = form.cleaned_data["publication_note"] if form.is_valid() else ""
            if not self.publish(request, obj, note) and note:
                change += "?" + urlencode({"note": note})  # to be there at the next try
            return HttpResponseRedirect(change)
        if "_continue" in request.POST:
            messages.success(request, _("Saved. Readers see it when you publish."))
            return HttpResponseRedirect(change)
        return None

    def publish(self, request, obj, note):
        """Publish the working copy and return the revision, or say why not and return None."""
        if not self.has_publish_permission(request):
            messages.warning(request, _("Saved, but not published: you are not allowed to publish."))
            return None
        try:
            revision = publish(obj, by=request.user, note=note)
        except Refused as error:
            messages.warning(request, _("Saved, but not published. Please mend this first:"))
            for reason in error.reasons:
                messages.error(request, reason)
            return None
        text, link = gettext("Published. Readers see it now."), gettext("Read it on the site")
        messages.success(request, format_html('{} <a href="{}">{}</a>', text, revision.get_absolute_url(), link))
        return revision
