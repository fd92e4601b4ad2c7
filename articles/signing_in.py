"""Signing in again without losing a form: what was sent comes back as the filled form, not saved.

Three ways lead there: somebody sends a form after being signed out; sends it with the token from before
signing in again; or takes back what the browser kept (static/js/drafts.js). In the second, anyone could have
written what was sent, so no way saves anything by itself: a person reads the form and presses its button.
"""

import re
from functools import wraps

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from articles import pausing, views, work_list

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
        @sensitive_post_parameters(f"{AGAIN}-password")
        def kept(request, *args, **kwargs):
            request.unsaved = ""
            if request.is_paused and getattr(view, "shows_unsaved", False):
                if not (is_kept(request, view) and self.has_permission(request)):
                    return views.paused(request)
                request.POST, request.unsaved = typed(request), pausing.writing_paused()
            elif is_kept(request, view):
                if not self.has_permission(request):
                    form = sign_in_form(request, request.POST if f"{AGAIN}-username" in request.POST else None)
                    if not form.is_valid():
                        return page(request, form)
                    login(request, form.get_user())
                    request.unsaved = _("You are signed in again. Nothing is saved yet: check the form, then save it.")
                elif AGAIN in request.POST:
                    request.unsaved = _("Your text is back in the form. Nothing is saved yet: check it, then save it.")
                request.POST = typed(request)
            return protected(request, *args, **kwargs)

        return kept


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


def sign_in_form(request, data=None):
    form = admin.site.login_form or AdminAuthenticationForm
    return form(request, data, prefix=AGAIN)


def page(request, form=None):
    """Return the page that carries what was posted in hidden fields, with a form to sign in, or just a button."""
    context = admin.site.each_context(request) | {
        "title": _("You were signed out") if form else _("You have signed in since this form was opened"),
        "form": form,
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
    return page(request, None if admin.site.has_permission(request) else sign_in_form(request))


def with_saved_draft(request, response):
    """Return the answer to a save; it tells the browser that the text that it kept is saved, if it kept one."""
    draft = request.POST.get("kept_draft", "")
    if re.fullmatch(r"[0-9a-f]{32}", draft):
        path = reverse("admin:index")
        response.set_cookie(
            f"draft_{draft}", "saved", DRAFT_AGE, path=path, secure=request.is_secure(), samesite="Strict"
        )
    return response
