"""The editors' desk, in Django's admin: a file for each thing that people do there."""

from django.conf import settings
from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from articles.admin import audit, people, pictures, records, statement, writing  # noqa: F401  they register what is theirs

admin.site.site_header = format_lazy("{} · {}", settings.SITE_NAME, _("Editors' desk"))
admin.site.site_title = _("Editors' desk")
admin.site.index_title = _("What would you like to work on?")
