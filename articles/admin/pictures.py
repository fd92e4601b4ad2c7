"""The library of pictures: the project's drawings and images from editors, described once for all sections."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import library, publishing
from articles.admin.picture_forms import SAID, PictureForm, thumbnail
from articles.admin.picture_pages import PicturePages
from articles.admin.records import UNSAVED, ShownAgain, differences
from articles.kinds import PICTURES
from articles.models import Article, Picture
from articles.rendering import is_placeholder


def used_in(picture):
    """Return a condition for the articles whose working copy shows a picture."""
    condition = Q()
    for name in PICTURES:
        condition |= Q(**{f"sections__{name}": picture})
    return condition


def places_html(picture):
    """Return where a picture is shown as a list with links, or an empty text."""
    lines = []
    for place in library.places(picture):
        history = reverse("admin:articles_article_history", args=[place.article.pk])
        older = ", ".join(map(str, place.older))
        said = [
            place.is_working and _("working copy"),
            place.live and _("version %(number)d, which readers see") % {"number": place.live},
            older and _("older versions: %(numbers)s") % {"numbers": older},
            place.article.deleted_at and _("the article is deleted"),
        ]
        words = format_html('<a href="{}">{}</a>', history, "; ".join(filter(None, said)))
        address = reverse("admin:articles_article_change", args=[place.article.pk])
        lines.append((address, place.article, words))
    listed = format_html_join("", '<li><a href="{}"><strong>{}</strong></a>: {}</li>', lines)
    return listed and format_html('<ul class="places">{}</ul>', listed)


class UseFilter(admin.SimpleListFilter):
    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("used", _("Used in a working copy")), ("unused", _("Used in none"))]

    def queryset(self, request, queryset):
        return queryset.filter(used=self.value() == "used") if self.value() in ("used", "unused") else queryset


class DescriptionFilter(admin.SimpleListFilter):
    title = gettext_lazy("description")
    parameter_name = "description"

    def lookups(self, request, model_admin):
        return [("missing", _("Missing")), ("there", _("There")), ("decorative", _("Decorative"))]

    def queryset(self, request, queryset):
        missing = library.MISSING | Q(lacks=True)
        conditions = {"missing": missing, "there": Q(is_decorative=False) & ~missing}
        conditions["decorative"] = Q(is_decorative=True)
        return queryset.filter(conditions.get(self.value(), Q()))


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [("drawings", _("Drawings")), ("images", _("Images"))]

    def queryset(self, request, queryset):
        conditions = {"drawings": Q(image=""), "images": Q(drawing="")}
        return queryset.filter(conditions.get(self.value(), Q()))


class CountedList(ChangeList):
    """A page of the library, with how often each of its pictures is used."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        numbers = library.counts(self.result_list)
        for picture in self.result_list:
            picture.copies, picture.versions = numbers[picture.pk]


@admin.register(Picture)
class PictureAdmin(PicturePages, ShownAgain, admin.ModelAdmin):
    form = PictureForm
    list_display = ["small", "title", "said", "in_copies", "in_versions"]
    list_display_links = ["title"]
    list_filter = [UseFilter, DescriptionFilter, KindFilter]
    list_per_page = 50
    search_fields = ["title", "alt", "caption", "credit"]
    actions = None

    class Media:
        js = [UNSAVED]

    def get_fields(self, request, obj=None):
        """What a picture shows is fixed: its description and the revisions that have it say so."""
        return ["title", "drawing", "upload", "kept", *SAID[1:]] if obj is None else ["small", *SAID, "articles"]

    def get_readonly_fields(self, request, obj=None):
        return [] if obj is None else ["small", "articles"]

    def get_changelist(self, request, **kwargs):
        return CountedList

    def get_queryset(self, request):
        return library.annotated(super().get_queryset(request))

    @admin.display(description=gettext_lazy("Picture"))
    def small(self, picture):
        return thumbnail(picture)

    @admin.display(description=gettext_lazy("Description"), ordering="alt")
    def said(self, picture):
        if picture.is_decorative:
            return _("Decorative")
        if is_placeholder(picture.alt):
            return format_html('<strong class="missing">{}</strong>', _("Missing"))
        lacks = picture.lacks and format_html('<strong class="missing">{}</strong>', _("Missing within a text"))
        return format_html("{} {}", picture.alt, lacks) if lacks else picture.alt

    @admin.display(description=gettext_lazy("Working copies"))
    def in_copies(self, picture):
        return picture.copies

    @admin.display(description=gettext_lazy("Published versions"))
    def in_versions(self, picture):
        return picture.versions

    @admin.display(description=gettext_lazy("Used in"))
    def articles(self, picture):
        """Link to the articles that show it: the working copy, what readers see, and older versions."""
        return places_html(picture) or _("No article")

    def save_model(self, request, obj, form, change):
        """Save, and keep the working copies that now say something else as versions of theirs."""
        before = Picture.objects.get(pk=obj.pk) if change else Picture()
        super().save_model(request, obj, form, change)
        changes = differences(before, obj, SAID if change else ["drawing", "image", *SAID])
        if not changes:
            return
        publishing.log("picture", by=request.user, note=f"{before.title or obj.title}. {changes}")
        for article in Article.objects.filter(used_in(obj), deleted_at=None).distinct():
            note = _("The picture “%(title)s” was changed in the library.") % {"title": obj.title}
            publishing.record(article, by=request.user, note=note)

    # Deletion. An image's file stays, for revisions show it.

    def delete_view(self, request, object_id, extra_context=None):
        picture = self.get_object(request, unquote(object_id))
        if picture and self.has_delete_permission(request, picture):
            if picture.used:
                return self.refuse(request, picture)
            try:
                with transaction.atomic():
                    return super().delete_view(request, object_id, extra_context)
            except IntegrityError:  # a section took it at the same moment
                return self.refuse(request, picture)
        return super().delete_view(request, object_id, extra_context)

    def refuse(self, request, picture):
        titles = Article.objects.filter(used_in(picture)).distinct().values_list("title", flat=True)
        names = ", ".join(f"“{title}”" for title in titles)
        words = _("“%(picture)s” was not deleted, for these articles use it: %(names)s. Take it out there first.")
        messages.error(request, words % {"picture": picture, "names": names})
        return redirect("admin:articles_picture_change", picture.pk)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        publishing.log("picture", by=request.user, note=_("%(name)s was deleted.") % {"name": obj.title})
