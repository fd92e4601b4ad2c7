from django.conf import settings
from django.utils.functional import SimpleLazyObject

from articles.models import SiteStatement


def site(request):
    """Give every template the name and the address of the site, and its statement, fetched where one is used."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "statement": SimpleLazyObject(SiteStatement.current),
    }
