"""What the admin's form asks for while someone writes: the preview, a place for a picture, a token to save with.

The first two stand in for markdownx's own views, which serve anybody (docs/decisions/0004-markdownx-wrapped.md).
"""

from functools import wraps

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles import accounts, pictures, reading
from articles.models import Term
from articles.rendering import PLACEHOLDER, render_markdown

MAX_PASTE = 500_000  # letters of HTML: ten times what a section can have as text
WRITING = ("articles.change_article", "articles.add_article", "articles.change_sitestatement")


class PreviewForm(forms.Form):
    content = forms.CharField(strip=False, required=False)
    prefix = forms.CharField(required=False, max_length=80)


class PasteForm(forms.Form):
    too_much = gettext_lazy("That is too much to paste at once. Paste it in parts, or import it as a file.")
    html = forms.CharField(
        strip=False,
        max_length=MAX_PASTE,
        error_messages={"max_length": too_much, "required": gettext_lazy("There is nothing to paste.")},
    )


class UploadForm(forms.Form):
    image = forms.FileField()


def plain(message, status):
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")


def refusal(request):
    """Return why someone may write neither articles nor what the site says of itself, or an empty text."""
    if not accounts.may_enter(request):
        return _("You are signed out. Nothing you typed is lost: sign in again in another tab, then go on here.")
    if not any(map(request.user.has_perm, WRITING)):
        return _("You are not allowed to write articles.")
    return ""


def editors_only(view):
    """Let a view serve posts of signed-in people who may write articles, and tell others why not."""

    @wraps(view)
    def checked(request):
        if request.method != "POST":
            response = plain(_("Send this as a POST request."), 405)
            response["Allow"] = "POST"
            return response
        reason = refusal(request)
        return plain(reason, 403) if reason else view(request)

    checked.goes_on_paused = True  # none of them writes to the database
    return checked


@never_cache
@require_safe
def session(request):
    """Give the token to send a form with: signing in again in another tab has changed it.

    It is for everybody, so that a form of someone who is signed out reaches articles/signing_in.py.
    """
    return JsonResponse({"token": get_token(request)})


@editors_only
def markdownify(request):
    """Return a text as the page would show it."""
    form = PreviewForm(request.POST)
    if "content" not in request.POST or not form.is_valid():
        return plain(_("There is no text to show."), 400)
    try:
        prefix = slugify(form.cleaned_data["prefix"]) or "preview"
        html = render_markdown(form.cleaned_data["content"], prefix=prefix, sources=None, terms=Term.glossary())
    except ValidationError as error:
        return plain(error.messages[0], 400)
    return HttpResponse(html)


@editors_only
def upload(request):
    """Store a picture and return the Markdown that shows it, with a place for its description."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return plain(_("There is no picture in what was sent, or it is empty."), 400)
    try:
        address = pictures.store(form.cleaned_data["image"])
    except ValidationError as error:
        return plain(error.messages[0], 400)
    return JsonResponse({"image_code": f"![{PLACEHOLDER}]({address})"})


@editors_only
def paste(request):
    """Return what was copied from a web page or a word processor as Markdown."""
    form = PasteForm(request.POST)
    if not form.is_valid():
        return plain(form.errors["html"][0], 400)
    try:
        return JsonResponse({"markdown": reading.html_to_markdown(form.cleaned_data["html"])})
    except reading.Unreadable as error:
        return plain(str(error), 400)
