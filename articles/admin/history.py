"""The history of an article: every version and what was done with it, what differs, and a way back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from articles import publishing
from articles.admin.moves import comparison_context
from articles.workflow import LABELS, state_of

PER_PAGE = 50


class HistoryMixin:
    """For ArticleAdmin: its history page, the comparison of any two versions, and restoring one."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:article_id>/compare/", wrap(self.compare), name="articles_article_compare"),
            path("<int:article_id>/restore/<int:number>/", wrap(self.restore), name="articles_article_restore"),
            *super().get_urls(),
        ]

    def history_view(self, request, object_id, extra_context=None):
        if not str(object_id).isdigit():
            raise Http404(object_id)
        article = self.open_article(request, object_id)
        events = article.events.select_related("revision__created_by").defer("revision__sections")
        page = Paginator(events, PER_PAGE).get_page(request.GET.get("p"))
        seen = set()
        rows = []
        for event in page:
            # Each version can be chosen once, in the line that made it last mentioned.
            first = event.revision_id is not None and event.revision_id not in seen
            seen.add(event.revision_id)
            rows.append({"event": event, "label": LABELS.get(event.action, event.action), "first": first})
        context = self.history_context(request, article, _("History")) | {"page": page, "rows": rows}
        newest = publishing.newest(article)
        context |= {"newest": newest, "may_restore": self.has_change_permission(request, article)}
        return render(request, "admin/articles/article/history.html", context)

    def history_context(self, request, article, title):
        context = self.admin_site.each_context(request)
        return context | {"title": title, "opts": self.opts, "original": article, "article": article}

    def compare(self, request, article_id):
        """Show what differs between two versions, given by their numbers."""
        article = self.open_article(request, article_id)
        numbers = [request.GET.get(name, "") for name in ("old", "new")]
        if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
            messages.warning(request, _("Choose two versions to compare."))
            return HttpResponseRedirect(reverse("admin:articles_article_history", args=[article_id]))
        asked = article.revisions.select_related("created_by").filter(number__in=[int(number) for number in numbers])
        found = {revision.number: revision for revision in asked}
        if not all(int(number) in found for number in numbers):
            raise Http404("version")
        old, new = sorted((found[int(number)] for number in numbers), key=lambda revision: revision.number)
        context = self.history_context(request, article, _("What differs")) | {
            "old": old,
            "new": new,
            "states": [state_of(old).label, state_of(new).label],
            "may_restore": self.has_change_permission(request, article),
        }
        context |= comparison_context(old, new)
        return render(request, "admin/articles/article/compare.html", context)

    def restore(self, request, article_id, number):
        """Make the working copy say what a version said."""
        article = self.open_article(request, article_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        history = reverse("admin:articles_article_history", args=[article_id])
        revision = article.revisions.filter(number=number).first()
        if revision is None:
            raise Http404("version")
        if request.method != "POST":
            return HttpResponseRedirect(history)
        newest = publishing.restore(revision, by=request.user)
        words = {"old": number, "new": newest.number}
        messages.success(
            request, _("The working copy now says what version %(old)d said. It is version %(new)d, a draft.") % words
        )
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article_id]))
