from django.conf import settings
from django.utils.functional import SimpleLazyObject

from articles.models import SiteStatement


def site(request):
    """Give every template the site's name, address and statement, which is fetched where it is used.

    `offline` is whether devices may keep its pages.
    """
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "offline": settings.OFFLINE,
        "statement": SimpleLazyObject(SiteStatement.current),
    }
