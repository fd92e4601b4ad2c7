from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Content")

    def ready(self):
        if settings.SENTRY_DSN:
            from cramps_site import sentry  # its package is there only where it is asked for

            sentry.start(settings.SENTRY_DSN)
