"""The panel of checks beside an article's form: what was found, live and after a save, and what editors answer."""

from itertools import pairwise

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from articles import answers, checks, joining, unsaved
from articles.checking import ARTICLE, Finding, Verdict, fields_of
from articles.forms import with_plain_lines
from articles.models import Article, Revision
from articles.workflow import Refused

PANEL = "admin/articles/article/_checks_list.html"
FIRST = {"sections": "body", "sources": "title"}  # where a link leads that names no field of a row
GROUPS = {
    "sections": "sections-group",
    "sources": "sources-group",
    "authors": "id_authors_0",
    ARTICLE: "sections-group",
}


class ChecksMixin:
    """For ArticleAdmin: the panel, and where it asks and answers."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:article_id>/checks/", wrap(self.live_checks), name="articles_article_checks"),
            path("<int:article_id>/checks/keep/", wrap(self.keep_finding), name="articles_article_keep"),
            path(
                "<int:article_id>/checks/<int:answer_id>/take-back/",
                wrap(self.take_back_answer),
                name="articles_article_take_back",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.pk and self.has_change_permission(request, obj) and not obj.deleted_at:
            context["checked"] = panel(obj, request.POST if request.method == "POST" else None)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def open_to_change(self, request, article_id):
        """Return the article, or raise 404, or 403 for somebody who may not change it."""
        article = self.open_article(request, article_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        return article

    def live_checks(self, request, article_id):
        """Give the panel's list for what a form posts, which is saved nowhere; without a post, the text with marks."""
        article = self.open_to_change(request, article_id)
        if request.method != "POST":
            revision = Revision.of(article)
            context = self.history_context(request, article, _("The text with marks"))
            context["texts"] = marked_texts(revision, checks.findings(revision))
            return render(request, "admin/articles/article/checks.html", context)
        context = {"original": article, "checked": panel(article, with_plain_lines(request.POST))}
        return render(request, PANEL, context)

    live_checks.goes_on_paused = True  # it writes nothing

    def keep_finding(self, request, article_id):
        """Keep what a check found, with why."""
        article = self.open_to_change(request, article_id)
        said = [request.POST.get(name, "") for name in ("finding", "place", "words", "because")]
        finding, place, words, because = (joining.plain_lines(value) for value in said)
        return self.answered(
            request, article, lambda: answers.keep(article, finding, place, words, because, by=request.user)
        )

    def take_back_answer(self, request, article_id, answer_id):
        """Forget why a finding is kept."""
        article = self.open_to_change(request, article_id)
        answer = get_object_or_404(article.answers, pk=answer_id)
        return self.answered(request, article, lambda: answers.take_back(answer, by=request.user))

    def answered(self, request, article, work):
        """Do what was posted, and say how it went: to a script in plain text, else on the form's page."""
        is_script = request.headers.get("Accept") == "text/plain"
        if request.method != "POST":
            return HttpResponseRedirect(form_of(article.pk))
        try:
            work()
        except Refused as error:
            if is_script:
                return HttpResponse(error.reasons[0], status=400, content_type="text/plain; charset=utf-8")
            messages.warning(request, error.reasons[0])
        else:
            if is_script:
                return HttpResponse(status=204)
            messages.success(request, _("That is kept with the text."))
        return HttpResponseRedirect(f"{form_of(article.pk)}#checks")


def form_of(pk):
    return reverse("admin:articles_article_change", args=[pk])


def panel(article, posted=None):
    """Return what the panel shows of an article as it is saved, or as a form posts it."""
    revision = Revision.of(article) if posted is None else unsaved.revision_of(article, posted)
    try:
        found = checks.findings(revision)
        grade = checks.grade(revision)
    except ValidationError as error:
        return {"problem": error.messages[0]}
    rows = rows_in_form(article, revision, posted)
    shown = [(finding, anchor(finding, rows), heading_of(finding, revision)) for finding in found]
    return summary(found) | {
        "groups": [
            (Verdict.MISSING.label, "missing", by_check(shown, lambda f: f.is_open and f.verdict == Verdict.MISSING)),
            (Verdict.DECIDE.label, "decide", by_check(shown, lambda f: f.is_open and f.verdict == Verdict.DECIDE)),
        ],
        "kept": [one for one in shown if one[0].answer],
        "met": [
            (checks.TITLES[finding.check], finding.sentence) for finding in found if finding.verdict == Verdict.MET
        ],
        "grade": grade,
        "is_english": article.language.startswith("en"),
    }


def summary(found):
    """Return how many findings there are of each kind."""
    return {
        "missing_count": sum(one.is_open and one.verdict == Verdict.MISSING for one in found),
        "decide_count": sum(one.is_open and one.verdict == Verdict.DECIDE for one in found),
        "met_count": sum(one.verdict == Verdict.MET for one in found),
        "kept_count": sum(one.answer is not None for one in found),
    }


def open_findings(revision):
    """Return what the page before publishing says of the checks: counts, and (title, number) of what is open."""
    found = checks.findings(revision)
    counts = {}
    for one in found:
        if one.is_open:
            counts[one.check] = counts.get(one.check, 0) + 1
    return summary(found) | {"open": [(checks.TITLES[check], number) for check, number in counts.items()]}


def by_check(shown, is_wanted):
    """Return findings in groups of one check: (check, title, [(finding, anchor, heading)])."""
    groups = {}
    for one in shown:
        if is_wanted(one[0]):
            groups.setdefault(one[0].check, []).append(one)
    return [(check, checks.TITLES[check], ones) for check, ones in groups.items()]


def rows_in_form(article, revision, posted):
    """Return how the form names the rows of a revision: {key: "sections-0"}."""
    if posted is None:
        return {
            row["key"]: f"{prefix}-{index}"
            for prefix in ("sections", "sources")
            for index, row in enumerate(getattr(revision, prefix))
        }
    found = {}
    base = joining.as_posted(Revision.of(article).text())
    for prefix in joining.ROWS:
        names = {fields.get("row_key") or f"+{index}": index for index, fields in joining.posted_rows(posted, prefix)}
        keys = [row["key"] for row in joining.rows_of(posted, prefix, base[prefix])]
        for row, key in zip(getattr(revision, prefix), keys, strict=False):
            if key in names:
                found[row["key"]] = f"{prefix}-{names[key]}"
    return found


def anchor(finding, rows):
    """Return the id of the field that a finding is about."""
    row = rows.get(finding.place)
    if row:
        return f"id_{row}-{finding.field or FIRST[row.partition('-')[0]]}"
    return GROUPS.get(finding.place, f"id_{finding.place}")


def heading_of(finding, revision):
    """Return what an editor calls the place of a finding."""
    for section in revision.sections:
        if section["key"] == finding.place:
            return section["heading"]
    names = {field.name: field.verbose_name for field in Article._meta.get_fields() if hasattr(field, "verbose_name")}
    name = names.get(finding.place, "")
    return f"{name[:1].upper()}{name[1:]}" if name else ""


def marked_texts(revision, found):
    """Return the fields in which words are concerned, as (heading, pieces of its text, each with the names of checks).

    Where findings overlap, a piece has the names of both.
    """
    spots = {}
    for finding in found:
        if finding.is_open:
            for spot in finding.spots:
                spots.setdefault((finding.place, finding.field), []).append((*spot, checks.TITLES[finding.check]))
    return [
        (heading_of(Finding("", "", place=field.place), revision), pieces(field.text, sorted(spots[key], key=by_place)))
        for field in fields_of(revision)
        if (key := (field.place, field.name)) in spots
    ]


def by_place(spot):
    return spot[0], -spot[1]


def pieces(text, spots):
    """Return a text in pieces: (words, what checks say of them, or an empty text)."""
    edges = sorted({0, len(text), *(place for start, end, _title in spots for place in (start, end))})
    said = []
    for start, end in pairwise(edges):
        titles = {str(title): None for begins, ends, title in spots if begins <= start and end <= ends}
        said.append((text[start:end], ", ".join(titles)))
    return said
