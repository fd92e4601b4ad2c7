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
HSTS = environment.read(
    "HSTS", environment.one_of("site", "subdomains", "preload"), "site", "Write site, subdomains or preload."
)
VOTES_PER_HOUR = environment.read(
    "VOTES_PER_HOUR", environment.whole_number(1, 1_000_000), 60, "Write a whole number above 0."
)
OFFLINE = environment.read("OFFLINE", environment.boolean, not DEBUG, "Write true or false.")
LOG_FORMAT = environment.read(
    "LOG_FORMAT",
    environment.one_of("json", "plain"),
    "plain" if DEBUG or sys.stderr.isatty() else "json",  # the one for people, the other for programs
    "Write json or plain.",
)
LOG_REQUESTS = environment.read(
    "LOG_REQUESTS", environment.one_of("all", "errors", "off"), "all", "Write all, errors or off."
)
METRICS = environment.read(
    "METRICS",
    environment.closed_address,
    None,
    "Write an address that only your own machines reach, and a port: 127.0.0.1:9100",
)
CHORES = environment.read("CHORES", environment.boolean, not DEBUG, "Write true or false.")
PAGE_CACHE = environment.read(
    "PAGE_CACHE", environment.whole_number(0, 4096), 32, "Write how many MB each worker may keep of pages, 0 for none."
)
BACKUP_KEY = environment.read(
    "BACKUP_KEY", environment.passphrase, "", "Write a passphrase of at least 16 characters, or leave it out."
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
ERRORS_TO = environment.read(
    "ERRORS_TO", environment.mail_addresses, [], "Write e-mail addresses, with commas between: ops@example.org"
)
SENTRY_DSN = environment.read(
    "SENTRY_DSN",
    environment.sentry_dsn,
    "",
    "Write what your Sentry shows as the DSN: https://key@sentry.example.org/2",
)
if SENTRY_DSN:
    environment.need_package("sentry_sdk", "SENTRY_DSN", "sentry-sdk")
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
REPLICA = environment.read(
    "REPLICA_URL",
    environment.replica,
    {},
    "Write the address of a standby of the database, postgres://user:password@host:5432/name, or leave it out.",
)
if REPLICA and DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    sys.exit("REPLICA_URL is set, but the database is SQLite. Write DATABASE_URL too, or leave REPLICA_URL out.")
if REPLICA and DATABASES["default"] == REPLICA:
    sys.exit("REPLICA_URL and DATABASE_URL name the same database. Write that of a standby, or leave REPLICA_URL out.")
DATABASE_ROUTERS = ["articles.replica.Router"]
CACHE = environment.read(
    "CACHE_URL",
    environment.cache,
    {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},  # nothing asks for it then
    "Write redis://host:6379/0, for Valkey too, or leave it out.",
)
IS_CACHE_SHARED = "LOCATION" in CACHE
if IS_CACHE_SHARED:
    environment.need_package("redis", "CACHE_URL", "redis[hiredis]")
CACHES = {
    "default": {"BACKEND": "articles.remembering.Cache"},  # for sign-in alone
    "shared": CACHE,
}

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
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "cramps_site.health.HealthMiddleware",
    "articles.middleware.SecretPagesMiddleware",
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
    "allauth.account.middleware.AccountMiddleware",
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
if ERRORS_TO and not EMAIL:
    sys.exit("ERRORS_TO is set, but there is no mail server. Write EMAIL_URL too, or leave ERRORS_TO out.")
if METRICS and METRICS[1] == PORT:
    sys.exit(f"METRICS has port {PORT}, which is the site's own. Write another: 127.0.0.1:9100")

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
    if REPLICA:
        DATABASES["replica"] = REPLICA | {"TEST": {"MIRROR": "default"}}
    for name, database in DATABASES.items():
        options = {
            # A machine that is gone without a word is given up after these milliseconds, not a quarter of an hour, and
            # a server that takes a connection and says nothing after these seconds, not two minutes.
            "tcp_user_timeout": 2000,
            "connect_timeout": 5,
            # Where there are very many articles, PostgreSQL's own estimates let it compile quick queries first, which
            # takes 20 ms each, and read tables rather than indexes, as if they were on turning disks.
            "options": "-c jit=off -c random_page_cost=1.1",
        } | database.get("OPTIONS", {})
        options["pool"] = {
            # Seconds that a request waits for a connection; readers, who alone ask a replica, wait less
            "timeout": 1 if name == "replica" else 5,  # (articles/replica.py)
            "reconnect_timeout": 5,  # else it tries ever more seldom, and goes on to after the database is back
        }
        database["OPTIONS"] = options
        database["CONN_MAX_AGE"] = 0  # the pool keeps them
        # Else each connection that the database closed, by a restart, say, would fail one more request.
        database["CONN_HEALTH_CHECKS"] = True

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

# Signing in (articles/accounts.py)

SECOND_FACTOR_REQUIRED = SITE_URL.startswith("https://")
SESSION_ENGINE = "articles.sessions"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = 7_200  # seconds
ACCOUNT_ADAPTER = "articles.accounts.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = True  # for two weeks, as Django's own
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "reset_password": "20/m/ip,5/h/key"}
ACCOUNT_FORMS = {
    "login": "articles.accounts.LoginForm",
    "change_password": "articles.accounts.ChangePasswordForm",
    "set_password": "articles.accounts.SetPasswordForm",
    "reset_password": "articles.accounts.ResetPasswordForm",
    "reset_password_from_key": "articles.accounts.NewPasswordForm",
    "reauthenticate": "articles.accounts.PasswordAgainForm",
}
MFA_ADAPTER = "articles.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # half a minute by which a telephone's clock may be wrong
MFA_FORMS = {
    "authenticate": "articles.accounts.CodeForm",
    "reauthenticate": "articles.accounts.CodeAgainForm",
    "activate_totp": "articles.accounts.ActivateTOTPForm",
    "add_webauthn": "articles.accounts.AddPasskeyForm",
    "authenticate_webauthn": "articles.accounts.PasskeyForm",
    "login_webauthn": "articles.accounts.SignInByPasskeyForm",
    "reauthenticate_webauthn": "articles.accounts.PasskeyAgainForm",
}

# Safety

CSRF_FAILURE_VIEW = "articles.signing_in.form_expired"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "articles.desk_messages.Storage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if SITE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    # By these names browsers let no other site below the same domain set them, nor anybody without encryption.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = HSTS in ("subdomains", "preload"), HSTS == "preload"
    # Both bind names beyond this site's own, so they are the operator's choice, not ours.
    wider = {"security.W005": SECURE_HSTS_INCLUDE_SUBDOMAINS, "security.W021": SECURE_HSTS_PRELOAD}
    SILENCED_SYSTEM_CHECKS = [check for check, is_chosen in wider.items() if not is_chosen]

# A reader's address appears in no log line of ours, nor does a signed link's; request errors go to standard error.
told = ["stderr", "mail"] if ERRORS_TO else ["stderr"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "articles.logs.Formatter"},
        "json": {"()": "articles.logs.JsonFormatter"},
        "server": {
            "()": "articles.development_logs.ServerFormatter",
            "format": "[{server_time}] {message}",
            "style": "{",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "server": {"class": "logging.StreamHandler", "formatter": "server" if LOG_FORMAT == "plain" else "json"},
        "mail": {"class": "articles.error_mail.Handler", "level": "ERROR", "formatter": "plain"},
    },
    "root": {"handlers": told, "level": "WARNING"},
    "loggers": {
        "django": {"handlers": told, "level": "INFO" if DEBUG else "ERROR", "propagate": False},
        "django.server": {"handlers": ["server"], "level": "INFO", "propagate": False},
        # A stranger's doing, answered with a page; and what a request error says again, once a second
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "CRITICAL"},
    },
}
