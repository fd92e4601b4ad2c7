"""The admin with the site of our own, which loses no form."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "articles.signing_in.Desk"

    def ready(self):
        super().ready()
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from django.contrib import admin

        from cramps_site import safety  # noqa: F401  its checks are registered

        # Addresses are those of the accounts themselves, and second factors are nobody else's to change by hand.
        admin.site.unregister([EmailAddress, Authenticator])
