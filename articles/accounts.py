"""Who may come to the desk, and how they prove who they are: django-allauth, told what is different here.

Nobody can sign up. The staff sign in by password and, where they have one, a second factor: a code of an app, a passkey
or a recovery code; or by a passkey alone. With an https:// SITE_URL nobody is at the desk without one.
"""

import logging
import threading
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from allauth.account import forms as account_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as second_factors
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as BaseActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from articles import sessions

logger = logging.getLogger(__name__)


# The rule


def may_enter(request):
    """Return whether somebody is at the desk by right: of the staff, and by a second factor where one is required."""
    user = request.user
    if not (user.is_active and user.is_staff):
        return False
    return not settings.SECOND_FACTOR_REQUIRED or (used_second_factor(request) and has_second_factor(user))


def has_second_factor(user):
    """Return whether an account has what is asked for after its password. Recovery codes alone are not that."""
    return Authenticator.objects.filter(user=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def used_second_factor(request):
    """Return whether the one who is signed in has shown a second factor, or a passkey, in this session."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def is_half_in(request):
    """Return whether somebody has a second factor that this session has not shown, as one from before it was set up."""
    return request.user.is_authenticated and not used_second_factor(request) and has_second_factor(request.user)


def take_second_factors(user):
    """Take an account's second factors and recovery codes away; return how many there were."""
    deleted, _of_what = Authenticator.objects.filter(user=user.pk).delete()
    return deleted


def passkeys_work(request):
    """Return whether browsers allow passkeys at the address that was asked for: they want a name, and encryption."""
    host, ours = urlsplit(f"//{request.get_host()}").hostname, urlsplit(settings.SITE_URL)
    is_number = ":" in host or host.replace(".", "").isdigit()
    return host == "localhost" or (ours.scheme == "https" and host == ours.hostname and not is_number)


# Told to allauth


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The name or the password is not right. Capital letters count in both."),
        "too_many_login_attempts": _("That was tried too often. Try again in five minutes."),
        "rate_limited": _("That was tried too often. Try again in five minutes."),
        "incorrect_password": _("The password is not right."),
        "invalid_password_reset": _("This address is no longer valid."),
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104  behind trusted proxies it is what they saw

    def _get_login_attempts_cache_key(self, request, **credentials):
        # Without the host, of which a request can choose one of several
        return credentials.get("username", "").lower()

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        return user if user and user.is_staff else None

    def pre_login(self, request, user, **kwargs):
        if user.is_active and user.is_staff:
            return None
        clear_login(request)
        messages.error(request, _("This account can't be used here."))
        return redirect("account_login")

    def login(self, request, user):
        if not (user.is_active and user.is_staff):  # switched off since the first step
            raise PermissionDenied
        super().login(request, user)
        sessions.note(request)

    def is_safe_url(self, url):
        return is_ours(self.request, url)

    def is_reauthentication_required(self, *, app, **kwargs):
        """Ask for the password again, except of who has just signed in, to set up a second factor perhaps."""
        return not sessions.is_new(self.request)


class Undecipherable(ValidationError):
    """A second factor that was kept under another SECRET_KEY; in a template it is nothing."""

    silent_variable_failure = True


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": _("The code is not right.")}

    def encrypt(self, text):
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        try:
            return cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise Undecipherable(
                _("The site's secret key has changed, so this can't be checked. Whoever runs the site can help.")
            ) from None

    def get_public_key_credential_rp_entity(self):
        secure = settings.SITE_URL.startswith("https://")
        host = urlsplit(settings.SITE_URL if secure else f"//{context.request.get_host()}").hostname
        return {"id": host, "name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user):
        number = user_pk_to_url_str(user).encode()
        return {"id": number, "display_name": user.get_full_name() or user.username, "name": user.username}

    def get_totp_label(self, user):
        return user.username

    def generate_authenticator_name(self, user, type):
        return f"{_('Passkey')} {Authenticator.objects.filter(user=user.pk, type=type).count() + 1}"


def cipher():
    """Return what keeps second factors unreadable for who has the database alone."""
    key = salted_hmac("articles.accounts", "second factors", algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(key))


def is_ours(request, address):
    """Return whether an address to go on to is on this site."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


# Forms


LABELS = {
    "login": _("Username"),
    "oldpassword": _("Password that you have now"),
    "password1": _("New password"),
    "password2": _("The new password again"),
    "email": _("E-mail address of your account"),
    "code": _("Code"),
}


class Plain:
    """Mixed into forms of allauth's: labels in our words, and no hints within fields that only repeat them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
        if "login" in self.fields:
            self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        if "code" in self.fields:
            self.fields["code"].widget.attrs["inputmode"] = "numeric"


class LoginForm(Plain, account_forms.LoginForm):
    pass


class ChangePasswordForm(Plain, account_forms.ChangePasswordForm):
    pass


class SetPasswordForm(Plain, account_forms.SetPasswordForm):
    pass


class NewPasswordForm(Plain, account_forms.ResetPasswordKeyForm):
    pass


class PasswordAgainForm(Plain, account_forms.ReauthenticateForm):
    pass


class CodeForm(Plain, AuthenticateForm):
    pass


class CodeAgainForm(Plain, ReauthenticateForm):
    pass


class ActivateTOTPForm(Plain, BaseActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code that the app shows")

    def clean_code(self):
        code = super().clean_code()
        record_authentication(context.request, self.user, "mfa", type="totp")  # who has set it up has shown it
        return code

    def qr_code(self):
        """Return what an app reads the secret from: how many squares wide it is, and a path that draws it."""
        import qrcode  # which takes each worker 4 MB, and is needed once for each account

        code = qrcode.QRCode(border=4)
        code.add_data(second_factors().build_totp_url(self.user, self.secret))
        rows = code.get_matrix()
        squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
        return {"width": len(rows), "path": "".join(squares)}


class ForgedCredentials:
    """Mixed into forms that take what a browser says of a passkey: whatever is wrong with that is a wrong code."""

    def checked(self, check):
        try:
            return check()
        except ValidationError:
            raise
        except Exception:  # the library that reads it expects what browsers send, and anyone can send anything
            raise second_factors().validation_error("incorrect_code") from None

    def clean_credential(self):
        return self.checked(super().clean_credential)


class SignInByPasskeyForm(ForgedCredentials, LoginWebAuthnForm):
    pass


class PasskeyForm(ForgedCredentials, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(ForgedCredentials, ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(ForgedCredentials, AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["name"].label = _("Name, so that you know it again")
        self.fields["passwordless"].label = _("Sign in by it alone, without a password")
        self.fields["passwordless"].help_text = _("The device then asks for your finger, your face or its PIN.")
        self.fields["passwordless"].initial = True

    def clean_credential(self):
        return self.cleaned_data["credential"]  # `clean` checks it

    def clean(self):
        cleaned = self.checked(super().clean)
        if cleaned.get("credential") and not self.errors:
            record_authentication(context.request, self.user, "mfa", type="webauthn")
        return cleaned


class ResetPasswordForm(Plain, account_forms.ResetPasswordForm):
    """Ask for a new password by mail. Whether there is an account shows neither in the answer nor in its time."""

    def clean_email(self):
        email = self.cleaned_data["email"]
        people = get_user_model().objects.filter(email__iexact=email, is_active=True, is_staff=True)
        self.users = [user for user in people if user.has_usable_password()]
        return email

    def save(self, request, **kwargs):
        language = translation.get_language()
        threading.Thread(target=send_new_password_links, args=(self.users, language)).start()


def send_new_password_links(users, language):
    """Send each of some people an address by which to choose a new password. Asks the database nothing."""
    for user in users:
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        address = settings.SITE_URL + path.replace("UID-KEY", key)
        with translation.override(language):
            said = {"user": user, "address": address, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
            text = render_to_string("account/email/new_password.txt", said)
            subject = _("{site}: a new password").format(site=settings.SITE_NAME)
        try:
            EmailMessage(subject, text, to=[user.email]).send()
        except OSError as error:
            logger.error("The mail to choose a new password could not be sent: %s", error)
