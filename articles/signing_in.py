"""Signing in again without losing a form: what was sent comes back as the filled form, not saved.

Three ways lead there: somebody sends a form after being signed out; sends it with the token from before
signing in again; or takes back what the browser kept (static/js/drafts.js). In the second, anyone could have
written what was sent, so no way saves anything by itself: a person reads the form and presses its button.

The page to sign in again takes the same steps as the one at /accounts/login/, with the same forms of allauth, and
carries what was sent through all of them.
"""

import re
from functools import wraps

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.core.internal import ratelimit
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib import admin
from django.contrib.messages.storage import default_storage
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from articles import account_views, accounts, pausing, views, work_list

AGAIN = "_again"  # begins the names of our own fields
DRAFT_AGE = 24 * 3600  # seconds for which a browser is told that a text was saved


class FilledForms:
    """Mixed into every ModelAdmin: shows a posted form without saving it when the request says so."""

    def add_view(self, request, *args, **kwargs):
        return super().add_view(request, *args, **kwargs)

    def change_view(self, request, *args, **kwargs):
        return super().change_view(request, *args, **kwargs)

    add_view.shows_unsaved = change_view.shows_unsaved = True

    def get_form(self, request, *args, **kwargs):
        form = super().get_form(request, *args, **kwargs)
        if not getattr(request, "unsaved", ""):
            return form

        class Unsaved(form):
            def is_valid(self):
                return False

        return Unsaved

    def response_add(self, request, *args, **kwargs):
        return with_saved_draft(request, super().response_add(request, *args, **kwargs))

    def response_change(self, request, *args, **kwargs):
        return with_saved_draft(request, super().response_change(request, *args, **kwargs))


class Desk(admin.AdminSite):
    """The admin. A post of somebody who is signed out is kept until they have signed in again."""

    def has_permission(self, request):
        return accounts.may_enter(request)

    def login(self, request, extra_context=None):
        """Lead to the one page to sign in by: Django's own would ask for no second factor."""
        return account_views.to_sign_in(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("mfa_index")

    def register(self, model_or_iterable, admin_class=None, **options):
        admin_class = admin_class or admin.ModelAdmin
        filled = type(admin_class.__name__, (FilledForms, admin_class), {"__module__": admin_class.__module__})
        super().register(model_or_iterable, filled, **options)

    def get_urls(self):
        """Leave out the address that leads any member of staff from an id to a page, a draft's too."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]

    def index(self, request, extra_context=None):
        """Show the first page, with what needs doing next."""
        context = {"index_title": self.index_title} | work_list.context(request)
        return super().index(request, context | (extra_context or {}))

    def admin_view(self, view, cacheable=False):
        """Return a view for signed-in staff.

        One with an attribute `shows_unsaved` shows a posted form without saving it where `request.unsaved` is a
        sentence, which the page then says; a post to such a view is what is kept.
        """
        protected = super().admin_view(view, cacheable)

        @wraps(view)
        @sensitive_post_parameters(f"{AGAIN}-password", f"{AGAIN}-code", f"{AGAIN}-credential")
        def kept(request, *args, **kwargs):
            request.unsaved = given_back(request)
            if request.unsaved:
                request.POST = typed(request)
            elif request.is_paused and getattr(view, "shows_unsaved", False):
                if not (is_kept(request, view) and self.has_permission(request)):
                    return views.paused(request)
                request.POST, request.unsaved = typed(request), pausing.writing_paused()
            elif is_kept(request, view):
                if not self.has_permission(request):
                    form = take_step(request)
                    if not self.has_permission(request):
                        return page(request, form)
                    request.unsaved = _("You are signed in again. Nothing is saved yet: check the form, then save it.")
                elif AGAIN in request.POST:
                    request.unsaved = _("Your text is back in the form. Nothing is saved yet: check it, then save it.")
                request.POST = typed(request)
            return protected(request, *args, **kwargs)

        return kept


def give_back(request):
    """Return the form that could not be saved, filled as it was sent, or None where that can't be.

    It is for a database that can't be written to at this moment: a disk that is full, say, or a lock. Where it can't be
    read either, the form's view raises what says so.
    """
    match = request.resolver_match
    if given_back(request) or not (match and is_kept(request, match.func)):
        return None
    request.given_back = _("Nothing could be saved at this moment. Your text is still here: save it again in a minute.")
    request._messages = default_storage(request)  # without what was said of a save that did not happen
    response = match.func(request, *match.args, **match.kwargs)
    if response.status_code == 200:
        response.status_code = 503
    return response


def given_back(request):
    """Return why a form is shown again as unsaved, a sentence, or an empty text for any other request."""
    return getattr(request, "given_back", "")


def typed(request):
    """Return what was posted, without the token and our own fields."""
    fields = request.POST.copy()
    for name in request.POST:
        if name == "csrfmiddlewaretoken" or name.startswith(AGAIN):
            del fields[name]
    return fields


def is_kept(request, view):
    """Return whether a request brings a form that is to come back. One with a password isn't: no page repeats that."""
    if request.method != "POST" or not getattr(view, "shows_unsaved", False):
        return False
    return not any("password" in name for name in request.POST if not name.startswith(AGAIN))


def pending_step(request):
    """Return allauth's stage of somebody whose password was right and whose second factor is still to come, or None."""
    return LoginStageController.enter(request, AuthenticateStage.key)


def take_step(request):
    """Take the step of signing in that was posted, if one was; return its form where something in it is wrong."""
    posted, step = request.POST, pending_step(request)
    if f"{AGAIN}-anew" in posted:
        clear_login(request)
        return None
    if f"{AGAIN}-login" in posted and not posted.get(f"{AGAIN}-credential"):
        form = accounts.LoginForm(posted, request=request, prefix=AGAIN)
        if form.is_valid():
            form.login(request)
            return None
        return form
    if not (posted.get(f"{AGAIN}-credential") or (step and f"{AGAIN}-code" in posted)):
        return None
    if step is None:
        return take_passkey(request)
    kind = accounts.PasskeyForm if posted.get(f"{AGAIN}-credential") else accounts.CodeForm
    form = kind(posted, user=step.login.user, prefix=AGAIN)
    if form.is_valid():
        form.save()
        step.exit()
        return None
    return form


def take_passkey(request):
    """Sign in by a passkey alone; return the form where that did not succeed."""
    form = accounts.SignInByPasskeyForm(request.POST, prefix=AGAIN)
    may_try = ratelimit.consume(request, app="allauth.mfa", action="webauthn_login")
    if not (may_try and form.is_valid()):
        return form
    form.save()
    perform_login(request, Login(user=form.cleaned_data["credential"].user))
    return None


def page(request, wrong=None):
    """Return the page that carries what was posted, with the next step of signing in, or just a button.

    `wrong` is the form of a step that did not succeed, whose errors are shown.
    """
    step = pending_step(request)
    is_in = admin.site.has_permission(request)
    lacks_factor = not is_in and request.user.is_staff and not accounts.has_second_factor(request.user)
    form = None
    if not (is_in or lacks_factor):
        kind = accounts.CodeForm if step else accounts.LoginForm
        options = {"user": step.login.user} if step else {"request": request}
        form = wrong if isinstance(wrong, kind) else kind(prefix=AGAIN, **options)
    passkey = None
    if form and accounts.passkeys_work(request):
        passkey = {"request_options": begin_authentication(step.login.user if step else None)}
    title = _("You have signed in since this form was opened") if is_in else _("You were signed out")
    context = admin.site.each_context(request) | {
        "title": title,
        "form": form,
        "wrong": wrong,
        "is_second_step": bool(step),
        "lacks_factor": lacks_factor,
        "passkey": passkey,
        "address": request.get_full_path(),
        "fields": list(typed(request).lists()),
    }
    response = render(request, "admin/sign_in_again.html", context, status=403)
    add_never_cache_headers(response)
    return response


def form_expired(request, reason=""):
    """Django calls this view when a form's token is missing or old, which it is after signing in again elsewhere.

    A post that another site sent is none of our forms, so no page repeats that: Django finds it out before it looks
    at the token, or the browser says so. A view with a `form_expired` of its own is answered by that.
    """
    view = request.resolver_match and request.resolver_match.func
    if reason.startswith(("Origin", "Referer")) or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return views.form_expired(request, reason)
    if hasattr(view, "form_expired"):
        return view.form_expired(request)
    if not is_kept(request, view):
        return views.form_expired(request, reason)
    return page(request)


def with_saved_draft(request, response):
    """Return the answer to a save; it tells the browser that the text that it kept is saved, if it kept one."""
    draft = request.POST.get("kept_draft", "")
    if re.fullmatch(r"[0-9a-f]{32}", draft):
        path = reverse("admin:index")
        response.set_cookie(
            f"draft_{draft}", "saved", DRAFT_AGE, path=path, secure=request.is_secure(), samesite="Strict"
        )
    return response
