"""Which article a translation is of: chosen by its address or by words of it, for a list of all would be too long."""

from django.conf import settings
from django.http import JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import search, translating
from articles.finding_views import SHORTEST, query_of
from articles.forms import OriginalField, slug_in
from articles.widgets import OriginalInput


class OriginalsMixin:
    """For ArticleAdmin: the field, and what its script offers."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name != "translation_of":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        help_text = _(
            "The article in another language that this one says the same as. Type words of its title and choose, or "
            "write the end of its web address. The translation needs a review of its own."
        )
        return db_field.formfield(form_class=OriginalField, widget=OriginalInput, help_text=help_text)

    def get_urls(self):
        originals = self.admin_site.admin_view(self.originals)
        return [path("originals/", originals, name="articles_article_originals"), *super().get_urls()]

    def originals(self, request):
        """Answer with the articles to translate that are found by what an editor types."""
        self.ask_to_view(request)
        query, now = query_of(request), timezone.now()
        spoken = [code for code, _name in settings.LANGUAGES if len(query) >= SHORTEST]
        addresses = [address for code in spoken for _label, _of, address in search.suggestions(query, code, now)]
        slugs = list(dict.fromkeys(map(slug_in, addresses)))
        titles = dict(translating.originals().filter(slug__in=slugs).values_list("slug", "title"))
        return JsonResponse({"originals": [{"slug": slug, "title": titles[slug]} for slug in slugs if slug in titles]})
