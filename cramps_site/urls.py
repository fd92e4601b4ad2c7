"""The addresses of the site."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from articles import editor
from articles import urls as reader
from articles.admin import status

urlpatterns = [
    # markdownx's own addresses are not included: they serve anybody (docs/decisions/0004-markdownx-wrapped.md)
    path("admin/markdownx/markdownify/", editor.markdownify, name="markdownx_markdownify"),
    path("admin/markdownx/upload/", editor.upload, name="markdownx_upload"),
    path("admin/markdownx/paste/", editor.paste, name="editor_paste"),
    path("admin/session/", editor.session, name="editor_session"),
    path("admin/status/", admin.site.admin_view(status.status), name="site_status"),
    path("admin/", admin.site.urls),
    path("accounts/", include("articles.account_views")),
    *reader.once,
    *i18n_patterns(path("", include(reader)), prefix_default_language=False),
]

handler400 = "articles.views.bad_request"
handler403 = "articles.views.forbidden"
handler429 = "articles.account_views.too_often"  # allauth asks for it
handler404 = "articles.views.not_found"
handler500 = "articles.views.server_error"
