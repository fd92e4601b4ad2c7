"""The page on which files become drafts: first what would come of each, then the import of those that were chosen.

A file is sent twice, for the look and for the import, so that the site keeps nothing that nobody imported. Without
JavaScript the page of the look carries it back, since no browser fills a file field.
"""

import base64
import binascii

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from articles import importing
from articles.admin.moves import named_comparison
from articles.importing import Action
from articles.reading import READERS

MAX_FILES = 500  # at once in a browser; a whole site is the command's work
MAX_SIZE = 10_000_000  # bytes of a file: it comes back from the page of the look, a third larger
SHOWN = 2_000  # lines of a report on the page


class ImportMixin:
    """For ArticleAdmin: the page for importing files."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [path("import/", wrap(self.import_files), name="articles_article_import"), *super().get_urls()]

    def import_files(self, request):
        """Show the form; or what would come of a file; or import it, if that is still what was shown."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self.import_page(request)
        try:
            name, content = sent(request)
        except ValidationError as error:
            return self.answer_refusal(request, error.messages[0])
        made = self.plan_import(request, name, content)
        if "import" not in request.POST:
            return self.answer_look(request, made, content)
        is_as_shown = request.POST.get("seen") == made.seen
        if not is_as_shown and made.action not in (Action.UNCHANGED, Action.REFUSED):
            made.warnings.insert(0, _("The article has changed since you looked. Look again, then decide."))
            return self.answer_look(request, made, content)
        result = importing.apply(made, by=request.user, choice=request.POST.get("choice"))
        return self.answer_import(request, made, result, content)

    def plan_import(self, request, name, content):
        """Return the plan for a file, of which nothing comes where somebody may not change the article."""
        made = importing.plan(name, content)
        if made.article and not self.has_change_permission(request, made.article):
            sentence = _("It belongs to an article that you are not allowed to change.")
            return importing.Plan(made.name, Action.REFUSED, sentence)
        return made

    def import_page(self, request, status=200, **context):
        """Return the page, with a file's plan on it if there is one."""
        context |= self.admin_site.each_context(request) | {
            "title": _("Import articles"),
            "opts": self.opts,
            "accepted": ",".join(sorted(READERS)),
            "max_files": MAX_FILES,
            "max_size": MAX_SIZE,
            "max_megabytes": MAX_SIZE // 1_000_000,
        }
        response = render(request, "admin/articles/article/import.html", context, status=status)
        add_never_cache_headers(response)
        return response

    def answer_refusal(self, request, sentence):
        if "row" in request.POST:
            return HttpResponse(sentence, status=400, content_type="text/plain; charset=utf-8")
        return self.import_page(request, status=400, problem=sentence)

    def answer_look(self, request, made, content):
        """Show what would come of a file: as a row of the page, or on a page of its own with the file in it."""
        context = shown(made)
        if "row" in request.POST:
            return render(request, "admin/articles/article/_import_plan.html", context)
        kept = "" if made.action == Action.REFUSED else base64.urlsafe_b64encode(content).decode()
        status = 400 if made.action == Action.REFUSED else 200
        return self.import_page(request, status=status, kept=kept, **context)

    def answer_import(self, request, made, result, content):
        """Say what came of a file; without JavaScript, on the form of its article."""
        if "row" in request.POST:
            context = {"plan": made, "result": result, "report": [], "facts": []}
            return render(request, "admin/articles/article/_import_plan.html", context)
        if not result.article or (result.action in importing.CHOICES and not result.was_done):
            made.warnings.insert(0, result.sentences[0])
            return self.answer_look(request, made, content)
        tell = messages.success if result.was_done else messages.info
        tell(request, " ".join(map(str, result.sentences)))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[result.article.pk]))


def sent(request):
    """Return the name and the content of the file that was sent, or that came back from the page of the look."""
    kept, file = request.POST.get("kept", ""), request.FILES.get("file")
    name = request.POST.get("name", "")
    if kept:
        try:
            content = base64.b64decode(kept.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise ValidationError(_("The file didn't come back whole. Choose it again.")) from None
    elif file is None:
        raise ValidationError(_("Choose a file first."))
    elif file.size > MAX_SIZE:
        words = {"size": -(-file.size // 1_000_000), "limit": MAX_SIZE // 1_000_000}
        raise ValidationError(_("This file has %(size)d MB; it may have %(limit)d. Nothing was changed.") % words)
    else:
        name, content = name or file.name, file.read()
    return name, content


def shown(made):
    """Return what the page says of a plan."""
    lines = made.reading.report if made.reading else []
    context = {
        "plan": made,
        "facts": made.taken.report if made.taken else [],
        "report": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "choices": importing.CHOICES.get(made.action, ()),
    }
    if made.action in (Action.UPDATE, Action.EDITED):
        context |= named_comparison(made.newest.text(), made.text)
    return context
