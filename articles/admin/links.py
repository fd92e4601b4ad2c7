"""Links for people without an account: a reviewer's, or anyone's to read a version before it is out."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import publishing, review_views, reviewing
from articles.models import Contributor, Link
from articles.workflow import Refused


class LinkForm(forms.Form):
    """For whom the link is, to which version, and for how long."""

    contributor = forms.ModelChoiceField(
        label=gettext_lazy("Reviewer"),
        queryset=Contributor.objects.all(),
        required=False,
        empty_label=gettext_lazy("Nobody: a link to read, not to sign"),
        help_text=gettext_lazy("Authors of the article can't review it. A draft is submitted by making the link."),
    )
    version = forms.TypedChoiceField(label=gettext_lazy("Version"), coerce=int)
    days = forms.IntegerField(
        label=gettext_lazy("Works for (days)"), min_value=1, max_value=reviewing.MAX_DAYS, initial=14
    )

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, **kwargs)
        newest, out = publishing.newest(article), publishing.last_public(article)
        versions = [(newest.number, _("%(number)d, the newest") % {"number": newest.number})]
        if out and out != newest:
            versions.append((out.number, _("%(number)d, which readers see") % {"number": out.number}))
        self.fields["version"].choices = versions


class LinksMixin:
    """For ArticleAdmin: the page for an article's links, and the one where people with an account review it."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:article_id>/review/<int:revision_id>/",
                wrap(review_views.account_review),
                name="articles_article_review",
            ),
            path("<int:article_id>/links/", wrap(self.links), name="articles_article_links"),
            path("<int:article_id>/links/<int:link_id>/revoke/", wrap(self.revoke), name="articles_article_revoke"),
            *super().get_urls(),
        ]

    def links(self, request, article_id):
        """Show the links, or make one."""
        article = self.open_article(request, article_id)
        if not request.user.has_perm("articles.publish_article") or publishing.newest(article) is None:
            raise PermissionDenied
        form = LinkForm(request.POST if request.method == "POST" else None, article=article)
        if request.method == "POST" and not request.unsaved and form.is_valid():
            chosen = form.cleaned_data
            revision = article.revisions.get(number=chosen["version"])
            try:
                reviewing.make_link(revision, by=request.user, days=chosen["days"], contributor=chosen["contributor"])
            except Refused as error:
                form.add_error(None, [str(reason) for reason in error.reasons])
            else:
                messages.success(request, _("The link is made. Copy it below, and send it."))
                return HttpResponseRedirect(request.path)
        context = self.history_context(request, article, _("Links for reviewers and readers")) | {
            "form": form,
            "links": [shown(link) for link in links_of(article)],
        }
        return render(request, "admin/articles/article/links.html", context, status=400 if form.errors else 200)

    links.shows_unsaved = True  # a form sent after being signed out comes back here (articles/signing_in.py)

    def revoke(self, request, article_id, link_id):
        """Take a link back."""
        article = self.open_article(request, article_id)
        if not request.user.has_perm("articles.publish_article"):
            raise PermissionDenied
        link = get_object_or_404(links_of(article), pk=link_id)
        if request.method == "POST":
            try:
                reviewing.revoke(link, by=request.user)
                messages.success(request, _("The link shows nothing any more."))
            except Refused as error:
                messages.warning(request, error.reasons[0])
        return HttpResponseRedirect(reverse("admin:articles_article_links", args=[article_id]))


def links_of(article):
    related = ("revision__article", "contributor", "created_by", "review")
    return Link.objects.filter(revision__article=article).select_related(*related)


def shown(link):
    """Return what the list of links shows of one: its address while it works, else why it doesn't."""
    reason = reviewing.reason_against(link)
    return {"link": link, "address": "" if reason else reviewing.address_of(link), "reason": reason}
