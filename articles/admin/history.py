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
        """Show what was done, and the versions to choose from; one chosen on another page stays chosen."""
        article = self.open_article(request, object_id)
        newest = publishing.newest(article)
        needed = ("article", "at", "who", "action", "note", "revision__number")
        events = article.events.select_related("revision").only(*needed)
        page = Paginator(events, PER_PAGE).get_page(request.GET.get("p"))
        shown, rows = set(), []
        for event in page:
            # On a page each version can be chosen once: in the line that mentions it last.
            number = event.revision and event.revision.number
            is_choice = number is not None and number not in shown
            shown.add(number)
            label = LABELS.get(event.action, event.action)
            rows.append({"event": event, "label": label, "number": number, "is_choice": is_choice})
        chosen = {name: chosen_number(request.GET.get(name)) for name in ("old", "new")}
        chosen["new"] = chosen["new"] or (newest and newest.number)
        context = self.history_context(request, article, _("History")) | {
            "page": page,
            "rows": rows,
            "chosen": chosen,
            "elsewhere": {name: number for name, number in chosen.items() if number and number not in shown},
            "newest": newest,
            "may_restore": self.may_restore(request, article),
        }
        return render(request, "admin/articles/article/history.html", context)

    def history_context(self, request, article, title):
        context = self.admin_site.each_context(request)
        return context | {"title": title, "opts": self.opts, "original": article, "article": article}

    def compare(self, request, article_id):
        """Show what differs between two versions, given by their numbers."""
        article = self.open_article(request, article_id)
        numbers = [chosen_number(request.GET.get(name)) for name in ("old", "new")]
        if None in numbers:
            messages.warning(request, _("Choose two versions to compare."))
            return HttpResponseRedirect(reverse("admin:articles_article_history", args=[article_id]))
        found = list(article.revisions.filter(number__in=numbers).select_related("created_by").order_by("number"))
        if {revision.number for revision in found} != set(numbers):
            raise Http404("version")
        old, new = found[0], found[-1]
        context = self.history_context(request, article, _("What differs")) | {
            "old": old,
            "new": new,
            "states": [state_of(old).label, state_of(new).label],
            "may_restore": self.may_restore(request, article) and old != publishing.newest(article),
        }
        context |= comparison_context(old, new)
        return render(request, "admin/articles/article/compare.html", context)

    def restore(self, request, article_id, number):
        """Make the working copy say what a version said."""
        article = self.open_article(request, article_id)
        if not self.may_restore(request, article):
            raise PermissionDenied
        history = reverse("admin:articles_article_history", args=[article_id])
        revision = article.revisions.filter(number=number).first()
        if revision is None:
            raise Http404("version")
        if request.method != "POST":
            return HttpResponseRedirect(history)
        before = publishing.newest(article)
        newest = publishing.restore(revision, by=request.user)
        words = {"old": number, "new": newest.number}
        if newest == before:
            messages.info(request, _("The working copy said the same as version %(old)d already.") % words)
        else:
            text = _("The working copy now says what version %(old)d said. It is version %(new)d, a draft.")
            messages.success(request, text % words)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article_id]))

    def may_restore(self, request, article):
        return self.has_change_permission(request, article) and not article.deleted_at


def chosen_number(text):
    """Return the number of a version that somebody chose, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
