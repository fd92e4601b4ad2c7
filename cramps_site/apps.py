"""The admin with the site of our own, which loses no form."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "articles.signing_in.Desk"

    def ready(self):
        super().ready()
        from cramps_site import safety  # noqa: F401  its checks are registered
