"""Replacing words, or an address, in all articles: what to look for, each change beforehand, and what came of it."""

import re
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import addresses, outside_links, replacing
from articles.rendering import AS_WRITTEN, LINK
from articles.visiting import Failed, split

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def validate_line(text):
    if CONTROL.search(text):
        raise ValidationError(_("Write it in one line."), code="lines")


class SearchForm(forms.Form):
    """What to replace, by what."""

    find = forms.CharField(
        label=gettext_lazy("Find"),
        max_length=200,
        strip=False,
        validators=[validate_line],
        error_messages={"required": gettext_lazy("Write what to look for.")},
        help_text=gettext_lazy("As it stands in the text. No sign in it means anything else."),
    )
    new = forms.CharField(
        label=gettext_lazy("Replace by"),
        max_length=200,
        required=False,
        strip=False,
        validators=[validate_line],
        help_text=gettext_lazy("Empty: it is taken out."),
    )
    match_case = forms.BooleanField(label=gettext_lazy("Tell capital letters from small ones"), required=False)
    whole_words = forms.BooleanField(label=gettext_lazy("Whole words only"), required=False)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and cleaned["find"] == cleaned["new"]:
            self.add_error("new", _("Both say the same. Write what shall stand there instead."))
        return cleaned

    def search(self):
        return replacing.Words(**self.cleaned_data)


class AddressForm(forms.Form):
    """The address that takes another's place."""

    new = forms.CharField(
        label=gettext_lazy("New address"),
        max_length=addresses.LONGEST,
        help_text=gettext_lazy("Start it with https://, or with / for a page of this site."),
        error_messages={"required": gettext_lazy("Write where the links shall lead.")},
    )

    def __init__(self, *args, link, **kwargs):
        super().__init__(*args, **kwargs)
        self.link = link

    def clean_new(self):
        new = self.cleaned_data["new"]
        if re.search(r"[\s<>\\]", new) or not LINK.match(new):
            raise ValidationError(_("This can't be a link. Start it with https://, with / or with #, without blanks."))
        if new.lower().startswith("http"):
            try:
                split(AS_WRITTEN.normalizeLink(new))
            except Failed as failure:
                if failure.code != "port":
                    raise ValidationError(str(outside_links.SAID[failure.code])) from None
        if new == self.link.url:
            raise ValidationError(_("This is the address that stands there now. Write another."))
        return new

    def search(self):
        return replacing.Address(self.link, self.cleaned_data["new"])


class ReplacingMixin:
    """For ArticleAdmin: find and replace in all articles."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [path("replace/", wrap(self.replace), name="articles_article_replace"), *super().get_urls()]

    def replace(self, request):
        """Ask what to replace; show each change; make those that were ticked."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        form = SearchForm(asked if "find" in asked else None)
        context = self.admin_site.each_context(request) | {
            "title": _("Find and replace"),
            "opts": self.opts,
            "lead": _(
                "Looks through what editors work on in all articles. You see each change before it is made; readers "
                "see none of it before the articles are published."
            ),
        }
        return replacing_page(request, form, context, self)

    replace.shows_unsaved = True  # a form sent after being signed out comes back here (articles/signing_in.py)


def replacing_page(request, form, context, article_admin):
    """Return the page of a search: the filled form with its preview, or what came of a change."""
    context |= {"form": form, "show": _("Show each change")}
    status = 400 if form.errors else 200
    if form.is_bound and form.is_valid():
        search, names = form.search(), set(request.POST.getlist("place"))
        if request.method == "POST" and not request.unsaved and names:
            may = lambda article: article_admin.has_change_permission(request, article)  # noqa: E731
            context["report"] = replacing.apply(search, names, by=request.user, may_change=may)
        else:
            if request.method == "POST" and not names:
                messages.warning(request, _("Nothing was replaced, for nothing was ticked."))
            context |= preview_context(request, search, names)
    return render(request, "admin/articles/replace.html", context, status=status)


def preview_context(request, search, names):
    """Return what the preview shows: for each article (group, places), these as (name, place, is ticked)."""
    after = request.GET.get("after", "")
    after = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = replacing.preview(search, after)
    groups = [
        (group, [(name, place, name in names if names else not place.is_doubtful) for name, place in named(group)])
        for group in found.groups
    ]
    asked = {name: value for name, value in request.GET.items() if name != "after"}
    return {"preview": found, "groups": groups, "further": urlencode(asked | {"after": found.after})}


def named(group):
    return [(group.name(place), place) for place in group.places]
