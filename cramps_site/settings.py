"""The settings of the site. What an operator may change is in the environment; docs/settings.md lists it."""

import sys
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from cramps_site import environment

BASE_DIR = Path(__file__).resolve().parent.parent

# What the operator sets

DEBUG = environment.read("DEBUG", environment.boolean, False, "Write true or false.")
HOST = environment.read("HOST", str, "127.0.0.1", "")
PORT = environment.read("PORT", environment.whole_number(1, 65535), 8000, "Write a number from 1 to 65535.")
ADDRESS = f"[{HOST}]:{PORT}" if ":" in HOST else f"{HOST}:{PORT}"
SITE_URL = environment.read(
    "SITE_URL",
    environment.origin,
    f"http://127.0.0.1:{PORT}" if HOST in ("0.0.0.0", "::", "localhost") else f"http://{ADDRESS}",  # noqa: S104
    "Write the address readers use, without a path: https://www.example.org",
)
SITE_NAME = environment.read("SITE_NAME", str, "Cramps", "")
DATA_DIR = environment.data_directory(
    environment.read("DATA_DIR", Path, BASE_DIR / "var", "Write the path of a folder.").absolute()
)
SECRET_KEY = environment.read(
    "SECRET_KEY", environment.long_text, "", "Write at least 50 characters that nobody can guess, or leave it out."
) or environment.secret_key(DATA_DIR)
ALLOWED_HOSTS = [
    *environment.read(
        "ALLOWED_HOSTS",
        environment.host_names,
        [],
        "Write names alone, with commas between: example.org, www.example.org",
    ),
    urlsplit(SITE_URL).hostname,
    "127.0.0.1",
    "localhost",
    "[::1]",
]
TRUSTED_PROXIES = environment.read(
    "TRUSTED_PROXIES",
    environment.networks,
    # With https:// something in front ends the encryption, most often on this machine.
    ["127.0.0.1", "::1"] if SITE_URL.startswith("https://") else [],
    "Write the addresses or networks of your proxies, with commas between: 10.0.0.5, 10.1.0.0/16",
)
VOTES_PER_HOUR = environment.read(
    "VOTES_PER_HOUR", environment.whole_number(1, 1_000_000), 60, "Write a whole number above 0."
)
OFFLINE = environment.read("OFFLINE", environment.boolean, not DEBUG, "Write true or false.")
CHORES = environment.read("CHORES", environment.boolean, not DEBUG, "Write true or false.")
PAGE_CACHE = environment.read(
    "PAGE_CACHE", environment.whole_number(0, 4096), 32, "Write how many MB each worker may keep of pages, 0 for none."
)
PURGE_URL = environment.read(
    "PURGE_URL", environment.web_address, "", "Write an address: https://cdn.example.org/purge"
)
PURGE_HEADER = environment.read(
    "PURGE_HEADER", environment.http_header, "", "Write one header: Authorization: Bearer 0123"
)
PURGE_BODY = environment.read("PURGE_BODY", str, "", "")
CHECK_LINKS = environment.read("CHECK_LINKS", environment.boolean, True, "Write true or false.")
DIGEST = environment.read("DIGEST", environment.one_of("off", "daily", "weekly"), "off", "Write daily, weekly or off.")
EMAIL = environment.read(
    "EMAIL_URL", environment.mail_server, {}, "Write submission://user:password@host:587, or leave it out for no mail."
)
EMAIL_FROM = environment.read(
    "EMAIL_FROM", environment.mail_address, "", "Write an e-mail address alone: desk@example.org"
)
TIME_ZONE = environment.read(
    "TIME_ZONE", environment.time_zone, "UTC", "Write a name of the time zone database: Europe/London"
)
MEDIA = environment.read(
    "MEDIA_STORAGE",
    environment.media_storage,
    {"BACKEND": "cramps_site.media.MediaStorage"},
    "Write s3://KEY:SECRET@host:port/bucket?region=…, each sign of the keys that is no letter or digit as %XX; "
    "or leave it out for the folder media in DATA_DIR.",
)
if "OPTIONS" in MEDIA:
    environment.need_package("storages", "MEDIA_STORAGE", "django-storages[s3]")
DATABASES = {
    "default": environment.read(
        "DATABASE_URL",
        environment.database,
        {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"},
        "Write postgres://user:password@host:5432/name, or leave it out for SQLite.",
    )
}
CACHE = environment.read(
    "CACHE_URL",
    environment.cache,
    {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},  # nothing asks for it
    "Write redis://host:6379/0, for Valkey too, or leave it out.",
)
IS_CACHE_SHARED = "LOCATION" in CACHE
if IS_CACHE_SHARED:
    environment.need_package("redis", "CACHE_URL", "redis[hiredis]")
CACHES = {"default": CACHE}

# The application

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "articles",
    "markdownx",
    "cramps_site.apps.DeskConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "articles.middleware.SignedLinksMiddleware",
    "articles.middleware.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "cramps_site.storage.StaticFilesMiddleware",
    "articles.middleware.CompressionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "articles.middleware.LanguageMiddleware",
    "articles.middleware.PauseMiddleware",
    "articles.middleware.PlainCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "articles.middleware.DatabaseMiddleware",
]

ROOT_URLCONF = "cramps_site.urls"
WSGI_APPLICATION = "cramps_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "articles.context_processors.site",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/ may replace a widget's template

# Without a mail server, mail goes nowhere.
vars().update(EMAIL or {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"})
account = EMAIL.get("EMAIL_HOST_USER") or ""
sender = EMAIL_FROM or (account if "@" in account else f"no-reply@{urlsplit(SITE_URL).hostname}")
DEFAULT_FROM_EMAIL = formataddr((SITE_NAME, sender))
if DIGEST != "off" and not EMAIL:
    sys.exit(f"DIGEST is set to {DIGEST!r}, but there is no mail server. Write EMAIL_URL too, or leave DIGEST out.")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured: WAL alone makes "database is locked" more frequent; beginning every transaction
    # as a writer is what ends it. NORMAL can't corrupt; a power cut may undo the last commits, but none of an article:
    # these are put on the disk before they are acknowledged (articles/editions.py).
    # What was written goes from the log to the database at every 16 MB of it, not 4: under a storm of votes that was
    # ten times a second, while all waited.
    # Each thread has a cache of its own, here of 2,000 KiB: with ten times that, a worker on 100,000 articles grew by
    # 40 MiB and was no quicker, for the system keeps the file in memory anyway.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=4000;",
    }
    # A thread keeps its connection for as long as it lives: to open one takes as long as a page's queries.
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "timeout": 5,  # seconds that a request waits for a connection
        "reconnect_timeout": 5,  # else it tries ever more seldom, and goes on to after the database is back
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool keeps them
    # Else each connection that the database closed, by a restart, say, would fail one more request.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("ar", "العربية")]  # the first has addresses without a prefix
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": MEDIA,
    "staticfiles": {"BACKEND": "cramps_site.storage.SqueezedStaticFilesStorage"},
}
# favicon.ico and the like, which browsers ask for at the top of the site
WHITENOISE_ROOT = BASE_DIR / "static" / "root"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
    WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# Text and pictures of editors

MARKDOWNX_MARKDOWNIFY_FUNCTION = "articles.rendering.render_markdown"
MARKDOWNX_URLS_PATH = "/admin/markdownx/markdownify/"
MARKDOWNX_UPLOAD_URLS_PATH = "/admin/markdownx/upload/"
MARKDOWNX_MEDIA_PATH = "images/"
MARKDOWNX_UPLOAD_MAX_SIZE = 10_000_000  # bytes
# An article's form posts all of its sections at once: a hundred of them at their limit of 50 kB,
# with room for what the form encoding adds, so that no save is lost to Django's default of 2.5 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # 33 of each section, 8 of each source, of what two editors wrote at once

# Safety

CSRF_FAILURE_VIEW = "articles.signing_in.form_expired"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if SITE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    # Both bind names beyond this site's own, so they are the operator's choice, not ours.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# A reader's address appears in no log line of ours, nor does a signed link's; request errors go to standard error.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "articles.logs.Formatter"},
        "server": {"()": "articles.logs.ServerFormatter", "format": "[{server_time}] {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        "server": {"class": "logging.StreamHandler", "formatter": "server"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "ERROR", "propagate": False},
        "django.server": {"handlers": ["server"], "level": "INFO", "propagate": False},
        # A stranger's doing, answered with a page; and what a request error says again, once a second
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "CRITICAL"},
    },
}
