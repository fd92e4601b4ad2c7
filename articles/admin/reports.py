"""What readers say, on pages of the desk: of one article, and of the site, with each table as CSV. Nothing changes."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from articles import csv_files, plots, reports
from articles.admin import report_tables as tables

SPANS = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    "all": gettext_lazy("All time"),
}


class ReportsMixin:
    """For ArticleAdmin: the pages that show what readers say. Whoever may see an article may see its report."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("readers/", wrap(self.site_report), name="articles_article_reports"),
            path("readers/<slug:table>.csv", wrap(self.site_csv), name="articles_article_reports_csv"),
            path("<int:article_id>/readers/", wrap(self.report), name="articles_article_report"),
            path("<int:article_id>/readers/<slug:table>.csv", wrap(self.csv), name="articles_article_report_csv"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def report(self, request, article_id):
        """Show what readers say of an article."""
        article = self.open_article(request, article_id)
        span = reports.span(request.GET.get("span"), article)
        told = reports.told(article, span.where)
        versions = reports.versions(article, limit=reports.VERSIONS)
        context = self.history_context(request, article, _("What readers say"))
        context |= shared(span, reports.over_time(span, article), reports.reasons(told)) | {
            "versions": [tables.version_words(version) for version in versions],
            "versions_plot": versions_plot(versions),
            "least": reports.ENOUGH,
            "sections": with_editors(article, reports.sections(article, told)),
            "files": files("report_csv", article.pk),
        }
        return render(request, "admin/articles/article/report.html", context)

    @method_decorator(require_safe)
    def csv(self, request, article_id, table):
        """Send a table of an article's report."""
        article = self.open_article(request, article_id)
        span = reports.span(request.GET.get("span"), article)
        if table == "versions":
            rows = tables.versions(reports.versions(article))
        elif table == "sections":
            rows = tables.sections(reports.sections(article, reports.told(article, span.where)))
        elif table == "reasons":
            rows = tables.reasons(reports.reasons(reports.told(article, span.where)))
        else:
            rows = votes_table(table, span, article)
        return csv_files.answer(tables.raw(rows), f"{article.slug}-{table}")

    @method_decorator(require_safe)
    def site_report(self, request):
        """Show what readers say of all articles together, and of which they say the worst."""
        self.ask_to_view(request)
        span = reports.span(request.GET.get("span"))
        context = self.admin_site.each_context(request) | {"title": _("What readers say"), "opts": self.opts}
        context |= shared(span, reports.over_time(span), reports.site_reasons(span)) | {
            "ranking": [(row, tables.words(tables.Share(row.share))) for row in reports.ranking(span)],
            "least": reports.ENOUGH,
            "files": files("reports_csv"),
        }
        return render(request, "admin/articles/article/reports.html", context)

    @method_decorator(require_safe)
    def site_csv(self, request, table):
        """Send a table of the site's report; that of the articles has all of them."""
        self.ask_to_view(request)
        span = reports.span(request.GET.get("span"))
        if table == "articles":
            rows = tables.articles(reports.all_ranked(span))
        elif table == "reasons":
            rows = tables.reasons(reports.site_reasons(span))
        else:
            rows = votes_table(table, span)
        return csv_files.answer(tables.raw(rows), f"readers-{table}")

    def ask_to_view(self, request):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied


def files(name, *arguments):
    """Return the addresses of the CSV files by the names of their tables."""
    names = ("time", "answers", "versions", "sections", "reasons", "articles")
    return {table: reverse(f"admin:articles_article_{name}", args=[*arguments, table]) for table in names}


def votes_table(table, span, article=None):
    """Return the rows of a table that the article's and the site's reports both have, or raise 404."""
    bars = reports.over_time(span, article)
    if table == "time":
        return tables.time(bars, span)
    if table == "answers":
        return tables.answers(reports.together(bar.votes for bar in bars))
    raise Http404(table)


def shared(span, bars, reasons):
    """Return what the article's page and the site's show alike: votes over time, the answers, and reasons."""
    votes = reports.together(bar.votes for bar in bars)
    return {
        "span": span,
        "spans": SPANS.items(),
        "votes": votes if votes.count else None,
        "said": votes_in_words(votes),
        "time_plot": time_plot(bars, span),
        "time_table": tables.shown(tables.time(bars, span)),
        "answers_plot": answers_plot(votes) if votes.count else "",
        "answers_table": tables.shown(tables.answers(votes)),
        "reasons_plot": reasons_plot(reasons) if reasons else "",
        "reasons_table": tables.shown(tables.reasons(reasons)),
    }


def votes_in_words(votes):
    if not votes.count:
        return _("No votes in this time.")
    text = ngettext(
        "%(count)d vote. %(share)s found it helpful or very helpful. The average is %(average)s of 5.",
        "%(count)d votes. %(share)s found it helpful or very helpful. The average is %(average)s of 5.",
        votes.count,
    )
    share, average = tables.words(tables.Share(votes.share)), tables.words(votes.average)
    return text % {"count": votes.count, "share": share, "average": average}


def time_plot(bars, span):
    rows = []
    for bar in bars:
        words = {"when": tables.when(bar.first, span.step), "count": bar.votes.count, "helpful": bar.votes.helpful}
        tip = _("%(when)s: votes: %(count)d, helpful: %(helpful)d") % words
        rows.append((words["when"], bar.votes.helpful, bar.votes.count - bar.votes.helpful, tip))
    days = {"first": tables.words(span.first), "last": tables.words(span.last)}
    description = _("Bars from %(first)s to %(last)s. The table below has the numbers.") % days
    return plots.stacked(rows, ("votes-over-time", _("Votes over time"), description))


def answers_plot(votes):
    rows = [
        (
            label,
            count / votes.count,
            f"{count} · {tables.words(tables.Share(count / votes.count))}",
            value >= reports.HELPFUL,
        )
        for (value, label), count in zip(tables.CHOICES[::-1], votes.by_value[::-1], strict=True)
    ]
    return plots.lying(rows, ("answers", _("What readers answered"), _("The table below has the numbers.")))


def reasons_plot(reasons):
    most = max(count for _label, count in reasons)
    rows = [(label, count / most, str(count), True) for label, count in reasons]
    return plots.lying(rows, ("reasons", _("Reasons that readers gave"), _("The table below has the numbers.")))


def versions_plot(versions):
    """Return the share of each version with its interval, or nothing while no version has a vote."""
    if not any(version.votes.count for version in versions):
        return ""
    points = []
    for version in versions:
        said, count = tables.version_words(version), version.votes.count
        share, reach = (version.votes.share, version.votes.interval) if count else (None, (None, None))
        tip = _("Version %(number)d: %(share)s") % {"number": version.number, "share": said["share"]}
        points.append((str(version.number), share, *reach, version.votes.is_enough, tip))
    description = _("A point for each version, with the line of its interval. The table below has the numbers.")
    return plots.whiskers(points, ("versions", _("How many found each version helpful"), description))


def with_editors(article, sections):
    """Return the sections that readers named, each with the address of its editor where it has one."""
    form = reverse("admin:articles_article_change", args=[article.pk])
    order = {key: number for number, key in enumerate(article.sections.values_list("key", flat=True))}
    return [(named, f"{form}#sections-{order[named.key]}" if named.key in order else "") for named in sections]
