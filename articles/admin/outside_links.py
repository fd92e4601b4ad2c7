"""The links in articles: what was found at each address, where it stands, and another in its place."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import outside_links
from articles.admin.records import ReadOnly
from articles.admin.replacing import AddressForm, replacing_page
from articles.models import Article, OutsideLink

SECONDS = 12  # that a check within a request may take
SHOWN = 3  # articles in a row of the list
CHANGE = "articles.change_article"


class FindingFilter(admin.SimpleListFilter):
    title = gettext_lazy("what was found")
    parameter_name = "found"

    def lookups(self, request, model_admin):
        return [
            *OutsideLink.Finding.choices,
            ("unclear", gettext_lazy("Could not be checked")),
            ("good", gettext_lazy("In order")),
            ("new", gettext_lazy("Not checked yet")),
        ]

    def queryset(self, request, queryset):
        is_there = Q(detail__startswith="2") | Q(detail__startswith="3") | Q(detail="moved")
        conditions = {name: Q(finding=name) for name in OutsideLink.Finding.values} | {
            "unclear": Q(finding="", checked_at__isnull=False) & ~is_there,
            "good": Q(finding="", checked_at__isnull=False) & is_there,
            "new": Q(checked_at=None),
        }
        return queryset.filter(conditions[self.value()]) if self.value() in conditions else queryset


@admin.register(OutsideLink)
class OutsideLinkAdmin(ReadOnly, admin.ModelAdmin):
    fields = ["address", "found", "used", "checked_at"]
    readonly_fields = fields
    list_display = ["url", "found", "some_articles", "checked_at"]
    list_filter = [FindingFilter]
    list_per_page = 50
    search_fields = ["url", "articles__title"]
    show_full_result_count = False
    actions = None

    def has_view_permission(self, request, obj=None):
        """Who may change articles mends their links."""
        return request.user.has_perm(CHANGE)

    def has_module_permission(self, request):
        return request.user.has_perm(CHANGE)

    def get_queryset(self, request):
        here = Article.objects.filter(deleted_at=None)
        found = outside_links.in_use() & super().get_queryset(request)
        number = Count("articles", filter=Q(articles__deleted_at=None), distinct=True)
        return found.annotate(number=number).prefetch_related(Prefetch("articles", here[:SHOWN], to_attr="some"))

    @admin.display(description=gettext_lazy("Address"))
    def address(self, link):
        """The address, to open it; a browser tells the other site nothing of where it stands."""
        return format_html('<a href="{0}" rel="external noopener noreferrer">{0}</a>', link.url)

    @admin.display(description=gettext_lazy("What was found"), ordering="finding")
    def found(self, link):
        label = link.get_finding_display()
        tag = format_html('<span class="tag {}">{}</span> ', link.finding, label) if label else ""
        return format_html("{}{}", tag, outside_links.said(link))

    @admin.display(description=gettext_lazy("Where it stands"), ordering="number")
    def some_articles(self, link):
        rest = link.number - len(link.some)
        more = ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest} if rest > 0 else ""
        return format_html("{} {}", links_to(link.some), more)

    @admin.display(description=gettext_lazy("Where it stands"))
    def used(self, link):
        return links_to(link.articles.filter(deleted_at=None)[:200])

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("check/", wrap(self.check_due), name="articles_outsidelink_check_due"),
            path("<int:link_id>/check/", wrap(self.check_one), name="articles_outsidelink_check"),
            path("<int:link_id>/replace/", wrap(self.replace), name="articles_outsidelink_replace"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Links in articles")} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return super().change_view(request, object_id, form_url, {"title": _("A link")} | (extra_context or {}))

    def open_link(self, request, link_id):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(OutsideLink, pk=link_id)

    def check_due(self, request):
        """Check those whose turn it is, as many as a request has time for; by POST alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            outside_links.note_some(100)
            tell(request, outside_links.check(outside_links.due()[:100], seconds=SECONDS))
        return redirect("admin:articles_outsidelink_changelist")

    def check_one(self, request, link_id):
        """Check one again; by POST alone."""
        link = self.open_link(request, link_id)
        if request.method == "POST":
            tell(request, outside_links.check([link], seconds=SECONDS))
        return redirect("admin:articles_outsidelink_change", link.pk)

    def replace(self, request, link_id):
        """Put another address in a link's place, in all articles or some."""
        link = self.open_link(request, link_id)
        asked = request.POST if request.method == "POST" else request.GET
        form = AddressForm(asked if "new" in asked else None, link=link, initial={"new": link.leads_to})
        context = self.admin_site.each_context(request) | {
            "title": _("Replace a link everywhere"),
            "opts": self.opts,
            "link": link,
            "found": self.found(link),
            "lead": _(
                "Each change is shown before it is made. Readers see none of it before the articles are published."
            ),
        }
        return replacing_page(request, form, context, self.admin_site.get_model_admin(Article))

    replace.shows_unsaved = True  # a form sent after being signed out comes back here (articles/signing_in.py)


def links_to(articles):
    """Return links to the forms of articles."""
    rows = ((reverse("admin:articles_article_change", args=[article.pk]), article.title) for article in articles)
    return format_html_join(", ", '<a href="{}">{}</a>', rows)


def tell(request, summary):
    """Say in a message what a check came to."""
    if summary.checked:
        number = sum(count for finding, count in summary.findings.items() if finding)
        words = ngettext("%(count)d link was checked.", "%(count)d links were checked.", summary.checked)
        needs = ngettext("%(count)d needs you.", "%(count)d need you.", number) if number else _("None needs you.")
        messages.success(request, f"{words % {'count': summary.checked}} {needs % {'count': number}}")
    if summary.is_offline:
        words = _("No other site could be reached. Perhaps this one has no connection; nothing was changed.")
        messages.warning(request, words)
    elif summary.left:
        words = ngettext("%(count)d is left for later.", "%(count)d are left for later.", summary.left)
        messages.info(request, words % {"count": summary.left})
    elif not summary.checked:
        messages.info(request, _("There is no link to check now."))


class LinkChecksMixin:
    """For ArticleAdmin: the panel about an article's links, and its button."""

    def get_urls(self):
        check = self.admin_site.admin_view(self.check_links)
        return [path("<int:article_id>/check-links/", check, name="articles_article_check_links"), *super().get_urls()]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj:
            found = obj.outside_links.exclude(finding="")
            context |= {
                "links_number": obj.outside_links.count(),
                "links_found": [(link, outside_links.said(link)) for link in found[:50]],
                "links_left": found.count() - 50,
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def check_links(self, request, article_id):
        """Check the links of an article, as many as a request has time for; by POST alone."""
        article = self.open_article(request, article_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        if request.method == "POST":
            outside_links.note_links(article)
            oldest_first = outside_links.in_turn(article.outside_links.all())
            tell(request, outside_links.check(oldest_first, seconds=SECONDS))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article_id]) + "#article-links")
