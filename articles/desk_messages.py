"""What a page of the desk has to say of what was done on the one before: in a cookie, so that no database is needed."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class Cookie(CookieStorage):
    """Named like the other cookies of an encrypted site (cramps_site/settings.py)."""

    cookie_name = "__Host-messages" if urlsplit(settings.SITE_URL).scheme == "https" else "messages"


class Storage(FallbackStorage):
    """Django's own choice: the cookie, and for what is too long for it the session."""

    storage_classes = (Cookie, SessionStorage)
