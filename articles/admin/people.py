"""Accounts at the desk: who is switched off is out at once, and who has lost a second factor can be helped."""

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from articles import accounts, sessions

admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class PersonAdmin(UserAdmin):
    actions = ["sign_out", "take_second_factors"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not (obj.is_active and obj.is_staff):
            sessions.end(obj)  # else they would go on when the account is switched on again

    @admin.action(description=_("End all sessions of the chosen people"), permissions=["change"])
    def sign_out(self, request, queryset):
        ended = sum(sessions.end(user) for user in queryset)
        said = ngettext("%(number)d session is ended.", "%(number)d sessions are ended.", ended) % {"number": ended}
        messages.success(request, said)

    @admin.action(description=_("Take away second factors, of people who lost them, and end their sessions"))
    def take_second_factors(self, request, queryset):
        for user in queryset:
            accounts.take_second_factors(user)
            sessions.end(user)
            self.log_change(request, user, _("Second factors taken away"))
        messages.success(
            request, _("They are taken away: the passwords alone are asked for, until new ones are set up.")
        )

    def get_actions(self, request):
        actions = super().get_actions(request)
        if not request.user.is_superuser:
            actions.pop("take_second_factors", None)
        return actions
