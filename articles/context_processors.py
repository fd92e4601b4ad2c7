from django.conf import settings


def site(request):
    """Give every template the name and the address of the site."""
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
