"""Pages of the library: images within texts, files that nothing shows, and a picture replaced everywhere."""

import logging
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import library, picture_replacing
from articles.admin.picture_forms import ImageForm, thumbnail
from articles.models import Article, Picture
from articles.rendering import PICTURE
from articles.workflow import Refused

logger = logging.getLogger(__name__)
AT_ONCE = 50  # rows of a page, and articles in which a picture is replaced by one confirmation
OFFERED = 24  # pictures to choose from; a search finds the others


def number_of(text):
    """Return a number that an address names, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


class PicturePages:
    """For PictureAdmin."""

    def get_urls(self):
        views = [("within", self.within), ("unused", self.unused), ("replace", self.replace)]
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"articles_picture_{name}") for name, view in views
        ]
        return [*own, *super().get_urls()]

    def may_weed(self, request):
        """Return whether someone may replace pictures in all articles and delete files."""
        return request.user.has_perm("articles.delete_picture") and request.user.has_perm("articles.change_article")

    def show(self, request, template, title, **context):
        own = {"title": title, "opts": self.opts, "may_weed": self.may_weed(request)}
        context = self.admin_site.each_context(request) | own | context
        return render(request, f"admin/articles/picture/{template}.html", context)

    def changelist_view(self, request, extra_context=None):
        context = {"title": _("Pictures"), "tab": "library"} | (extra_context or {})
        return super().changelist_view(request, context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_weed": self.may_weed(request)} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    # Images within texts

    def within(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        missing = "missing" in request.GET
        shown = Paginator(library.within_texts(missing), AT_ONCE).get_page(request.GET.get("p"))
        articles = library.articles_within([row["name"] for row in shown])
        rows = [
            row | {"thumbnail": thumbnail(Picture(image=row["name"])), "articles": articles[row["name"]]}
            for row in shown
        ]
        title = _("Images within texts")
        return self.show(request, "within", title, tab="within", shown=shown, rows=rows, missing=missing)

    # Files that nothing shows

    def unused(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return self.delete_unused(request) if request.method == "POST" else self.list_unused(request)
        except OSError as error:
            logger.error("The files of pictures could not be listed or deleted: %s", error)
            words = _("The files of pictures can't be read at this moment. Try again in a minute.")
            return self.show(request, "unused", _("Unused files"), tab="unused", problem=words)

    def list_unused(self, request):
        found = library.unused()
        shown = Paginator(found, AT_ONCE).get_page(request.GET.get("p"))
        rows = [(image, thumbnail(Picture(image=image.address))) for image in shown]
        old = sum(not image.is_young for image in found)
        return self.show(request, "unused", _("Unused files"), tab="unused", shown=shown, rows=rows, old=old)

    def delete_unused(self, request):
        if not self.may_weed(request):
            raise PermissionDenied
        if request.POST.get("sure"):
            number = library.delete_unused(by=request.user)
            words = ngettext("%(number)d image was deleted.", "%(number)d images were deleted.", number)
            messages.success(request, words % {"number": number})
        else:
            messages.warning(request, _("Nothing was deleted. Tick that you are sure, then press the button again."))
        return HttpResponseRedirect(reverse("admin:articles_picture_unused"))

    # Replacing

    def replace(self, request):
        """Choose what to put in a picture's place, look at what becomes of each article, and confirm."""
        if not self.may_weed(request):
            raise PermissionDenied
        old, new = self.old_picture(request), self.new_picture(request)
        if old == new:
            new = None
        if new is None:
            return self.choose(request, old)
        if request.method == "POST":
            return self.replace_in(request, old, new)
        found = picture_replacing.concerned(old)
        rows = [(article, *outcome(article, old, new)) for article in found[:AT_ONCE]]
        words = {"old": old, "new": new, "old_shown": thumbnail(old), "new_shown": thumbnail(new), "rows": rows}
        words |= {"number": found.count(), "can_any": any(places for _article, places, _reason in rows)}
        words |= {"name": name_of(old), "back": f"?{urlencode({'old': request.GET['old']})}"}
        return self.show(request, "replace", _("Replace a picture"), **words)

    def old_picture(self, request):
        """Return the picture that an address names: one of the library, or an image within texts."""
        wanted = request.GET.get("old", "")
        if PICTURE.fullmatch(wanted):
            return Picture.objects.filter(image=wanted).first() or Picture(image=wanted)
        found = Picture.objects.filter(pk=number_of(wanted)).first()
        if found is None:
            raise Http404("picture")
        return found

    def new_picture(self, request):
        return Picture.objects.filter(pk=number_of(request.GET.get("new"))).first()

    def choose(self, request, old):
        """Offer the library's pictures, found by a search, and a form to upload an image."""
        if request.method == "POST" and not self.has_add_permission(request):
            raise PermissionDenied
        form = ImageForm(request.POST, request.FILES) if request.method == "POST" else ImageForm()
        if form.is_valid():
            self.save_model(request, form.instance, form, change=False)
            return HttpResponseRedirect(f"?{urlencode({'old': request.GET['old'], 'new': form.instance.pk})}")
        wanted = request.GET.get("q", "").replace("\0", "").strip()[:100]
        found = Picture.objects.exclude(pk=old.pk)
        for word in wanted.split()[:10]:
            found = found.filter(Q(title__icontains=word) | Q(alt__icontains=word) | Q(caption__icontains=word))
        offered = [(picture, thumbnail(picture)) for picture in found[:OFFERED]]
        words = {"old": old, "name": name_of(old), "shown": thumbnail(old), "offered": offered, "q": wanted}
        words |= {"form": form, "number": picture_replacing.concerned(old).count(), "more": len(offered) == OFFERED}
        return self.show(request, "choose", _("Replace a picture"), of=request.GET["old"], **words)

    def replace_in(self, request, old, new):
        """Replace in those articles that the page showed, each for itself, and say what came of it."""
        numbers = list(filter(None, map(number_of, request.POST.getlist("article")[:AT_ONCE])))
        done, refused = 0, []
        for article in Article.objects.filter(pk__in=numbers).order_by("title"):
            try:
                picture_replacing.replace(article, old, new, by=request.user)
                done += 1
            except Refused as error:
                refused.append(f"“{article}”: {error}")
        if done:
            words = ngettext(
                "Replaced in %(number)d article. Readers see it when the article is published.",
                "Replaced in %(number)d articles. Readers see it when these are published.",
                done,
            )
            messages.success(request, words % {"number": done})
        else:
            messages.warning(request, _("Nothing was replaced."))
        for sentence in refused[:10]:
            messages.warning(request, sentence)
        left = picture_replacing.concerned(old).exclude(pk__in=numbers).exists()
        return HttpResponseRedirect(request.get_full_path() if left and done else self.address_of(new))

    def address_of(self, picture):
        return reverse("admin:articles_picture_change", args=[picture.pk])


def name_of(picture):
    return picture.title or picture.image.rpartition("/")[2]


def outcome(article, old, new):
    """Return what a replacement changes in an article, as headings, and a sentence where it can't be."""
    try:
        found = picture_replacing.changes(article, old, new)
    except Refused as error:
        return [], str(error)
    return [row.heading if row is not article else _("How sure we are") for row, _names in found], ""
