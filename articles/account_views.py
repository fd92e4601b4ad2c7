"""The pages to sign in by and of one's own account: those of allauth, and what it has none for."""

from functools import wraps

from allauth.account import views as account
from allauth.core.internal import ratelimit
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import path, re_path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from articles import accounts, sessions, views


@never_cache
def to_sign_in(request):
    """Lead to where somebody signs in, and from there on to `next`; or to what their account lacks for the desk."""
    asked = request.GET.get("next", "")
    goes_on = asked if accounts.is_ours(request, asked) else reverse("admin:index")
    user = request.user
    if accounts.may_enter(request):
        return redirect(goes_on)
    if user.is_authenticated and user.is_staff and not accounts.has_second_factor(user):
        return redirect("mfa_index")
    return anew(request, goes_on)


def anew(request, goes_on):
    """Lead to where somebody signs in, and end the session of who is no longer of the staff, or only half in."""
    if request.user.is_authenticated:
        logout(request)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': goes_on})}")


def own(view):
    """Return a view of somebody's own account, closed to a session without the second factor that the account has."""

    @never_cache
    @login_required
    @wraps(view)
    def answer(request, *args, **kwargs):
        if accounts.is_half_in(request) or not request.user.is_staff:
            return anew(request, request.get_full_path())
        return view(request, *args, **kwargs)

    return answer


@own
@require_http_methods(["GET", "HEAD", "POST"])
def session_list(request):
    """List the sessions in which somebody is signed in, and end one or all others."""
    key = request.session.session_key
    if request.method == "POST":
        ended = sessions.end(request.user, but=key, only=request.POST.get("session"))
        messages.success(request, _("It is ended.") if ended else _("It had ended already."))
        return redirect("account_sessions")
    found = sessions.of(request.user, key)
    return render(request, "account/sessions.html", {"sessions": found, "others": len(found) > 1})


@never_cache
def reset_password(request):
    """Ask for a new password by mail, where the site sends any."""
    if settings.EMAIL:
        return account.password_reset(request)
    return render(request, "account/no_mail.html", status=200 if request.method in ("GET", "HEAD") else 403)


def too_often(request, exception=None):
    """Answer who tried something too often."""
    sentence = _("That was tried too often from your network. Wait a few minutes, then try again.")
    return views.message_page(request, 429, _("Please wait a little"), sentence)


@never_cache
@require_safe
def first_page(request):
    return to_sign_in(request) if request.user.is_anonymous else redirect("mfa_index")


# A passkey's challenge is kept in a session, so that asking for one is limited too.
sign_in_by_passkey = ratelimit.decorator(app="allauth.mfa", action="webauthn_login", limit_get=True)(
    never_cache(passkeys.login_webauthn)
)

# Not allauth's own list: nobody signs up, adds an e-mail address or signs in by a code that is sent.
urlpatterns = [
    path("", first_page),
    path("login/", account.login, name="account_login"),
    path("logout/", never_cache(account.logout), name="account_logout"),
    path("password/change/", own(account.password_change), name="account_change_password"),
    path("password/set/", own(account.password_set), name="account_set_password"),
    path("password/reset/", reset_password, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        never_cache(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("reauthenticate/", own(account.reauthenticate), name="account_reauthenticate"),
    path("sessions/", session_list, name="account_sessions"),
    path("2fa/", own(second_factor.index), name="mfa_index"),
    path("2fa/authenticate/", second_factor.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", own(second_factor.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", own(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/codes/generate/", own(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/codes/download/", own(recovery_codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("2fa/webauthn/", own(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", own(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", own(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", own(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("2fa/webauthn/login/", sign_in_by_passkey, name="mfa_login_webauthn"),
]
