"""Reading without a connection: the service worker, the page of what is saved, and how all of it is forgotten."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from articles import offline
from articles.views import message_page, share, uncached
from articles.vote_views import comes_from_here

PAPER = "#fdfcf8"  # of static/css/site.css, for what the device draws around the pages


@require_safe
def service_worker(request):
    response = HttpResponse(offline.worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, no-cache"
    return response


@require_safe
def manifest(request):
    """Return what a device needs to know to install the site."""
    icons = [("512", "any"), ("maskable", "maskable")]
    # The drawing first: a browser that takes it has it from the page already, and fetches no other.
    drawing = {"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    said = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:30],
        "description": _("Health information in plain words. What to do now comes first."),
        "lang": settings.LANGUAGE_CODE,
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [drawing, *map(icon, icons)],
    }
    return share(JsonResponse(said, content_type="application/manifest+json"))


def icon(kind):
    """Return what the manifest says of an icon, by the name of its file and its purpose."""
    name, purpose = kind
    return {"src": static(f"icons/{name}.png"), "sizes": "512x512", "type": "image/png", "purpose": purpose}


@require_safe
def saved(request):
    """Return the page that leads to what is saved; it also stands in for a page that is not."""
    return share(render(request, "articles/offline.html"))


@csrf_exempt  # comes_from_here stands in for it: readers have no token
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request):
    """Let the browser remove the site's cookies and what it holds of its pages; a script removes what is saved.

    The cookies of votes have a path each, so nothing else reaches them all (docs/decisions/0011-offline.md).
    """
    if request.method != "POST":
        return redirect(f"{reverse('privacy')}#_forget")
    if not comes_from_here(request):
        title, sentence = _("Nothing was removed"), _("We could not tell that this was asked for on our own page.")
        way = _("You can remove what this site has stored in your browser's settings.")
        return message_page(request, 403, title, sentence, way)
    response = uncached(render(request, "articles/forgotten.html"))
    response["Clear-Site-Data"] = '"cache", "cookies"'
    return response


forget.goes_on_paused = True  # it writes nothing here
