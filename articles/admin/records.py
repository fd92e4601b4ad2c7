"""What the articles rest on: topics, contributors, the site statement, and the record of who did what."""

from django import forms
from django.contrib import admin

from articles.models import Topic

UNSAVED = forms.Script("js/unsaved.js", type="module")


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "description"]
    search_fields = ["name"]
    actions = None

    class Media:
        js = [UNSAVED]
