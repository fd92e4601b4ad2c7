"""Reading settings from the environment, with one plain sentence for a value that can't be used."""

import contextlib
import importlib.util
import os
import re
import secrets
import sys
import tempfile
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from environs import Env

env = Env()


def read(name, parse, default, advice):
    """Return variable `name` as `parse(text)` gives it, or `default` when it is unset or empty.

    A value that `parse` refuses (with any exception) ends the program with a sentence that names
    the variable and says, by `advice`, what to write instead.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        return parse(text)
    except Exception:  # parsers of several libraries, each with exceptions of its own
        sys.exit(f"{name} is set to {text!r}, which can't be used. {advice}")


def boolean(text):
    """Return True or False for the usual words; anything else is a ValueError."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def whole_number(at_least, at_most):
    """Return a parser of whole numbers within these limits, both included."""

    def parse(text):
        number = int(text)
        if not at_least <= number <= at_most:
            raise ValueError(text)
        return number

    return parse


def words(text):
    """Return the parts of a comma-separated list, without blanks around them."""
    return [word.strip() for word in text.split(",") if word.strip()]


def host_names(text):
    """Return a comma-separated list of host names, each checked; a leading dot stands for all names below."""
    for word in words(text):
        if not re.fullmatch(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\]", word):
            raise ValueError(word)
    return words(text)


def long_text(text):
    """Return a text of at least 50 characters, which Django asks of a secret key."""
    if len(text) < 50:
        raise ValueError(text)
    return text


def passphrase(text):
    """Return a text of at least 16 characters, which can't be guessed where they are random."""
    if len(text) < 16:
        raise ValueError(text)
    return text


def networks(text):
    """Return a comma-separated list of addresses and networks as text, each checked."""
    for word in words(text):
        ip_network(word)
    return words(text)


def origin(text):
    """Return `scheme://host[:port]` of a site's address; a path or another scheme is a ValueError."""
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or "@" in text:
        raise ValueError(text)
    parts.port  # noqa: B018  reading it raises ValueError when it is no number
    return f"{parts.scheme}://{parts.netloc}"


def web_address(text):
    """Return an address of the web with a host; anything else is a ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not text.isprintable() or " " in text:
        raise ValueError(text)
    return text


def http_header(text):
    """Return a header as one line of its name, a colon and its value."""
    if not re.fullmatch(r"[A-Za-z0-9-]+: *[\x21-\x7e][\x20-\x7e]*", text):
        raise ValueError(text)
    return text


def time_zone(text):
    """Return the name of a time zone that exists."""
    return ZoneInfo(text).key


def database(text, variable="DATABASE_URL", kinds=("postgresql", "sqlite3")):
    """Return Django's settings for the database address in a variable."""
    settings = env.dj_db_url(variable)
    if settings["ENGINE"].removeprefix("django.db.backends.") not in kinds or not settings["NAME"]:
        raise ValueError(text)
    return settings


def replica(text):
    """Return Django's settings for the address of a standby, which only PostgreSQL has."""
    return database(text, "REPLICA_URL", ("postgresql",))


def cache(text):
    """Return Django's settings for the address of a Redis or Valkey server, which has a second for each answer."""
    settings = env.dj_cache_url("CACHE_URL")
    if not settings["BACKEND"].endswith("RedisCache") or not urlsplit(text).hostname:
        raise ValueError(text)
    urlsplit(text).port  # noqa: B018  reading it raises ValueError when it is no number
    waits = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return settings | {"OPTIONS": settings.get("OPTIONS", {}) | waits, "KEY_PREFIX": "cramps"}


def media_storage(text):
    """Return Django's settings for the address of a bucket. Keys in it are percent-encoded."""
    parts = urlsplit(text)
    bucket, _slash, folder = parts.path.strip("/").partition("/")
    asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if parts.scheme != "s3" or not parts.hostname or not bucket or asked.keys() - {"region", "tls"}:
        raise ValueError(text)
    if bool(parts.username) != bool(parts.password):
        raise ValueError(text)
    host = parts.netloc.rpartition("@")[2]
    parts.port  # noqa: B018  reading it raises ValueError when it is no number
    options = {
        "endpoint_url": f"{'https' if boolean(asked.get('tls', 'yes')) else 'http'}://{host}",
        "bucket_name": bucket,
        "location": folder,
        "region_name": asked.get("region", "us-east-1"),
    }
    if parts.username:  # else boto3 finds them where it always does
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password)}
    return {"BACKEND": "cramps_site.bucket.BucketStorage", "OPTIONS": options}


def need_package(module, variable, package):
    """End the program with a sentence where a package is missing that a variable's value needs."""
    if not importlib.util.find_spec(module):
        sys.exit(f"{variable} needs a package that is not installed. Install it: .venv/bin/pip install '{package}'")


def mail_server(text):
    """Return Django's settings for the address of a mail server."""
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "submission") or not parts.hostname:
        raise ValueError(text)
    settings = env.dj_email_url("EMAIL_URL")
    return settings | {"EMAIL_TIMEOUT": settings["EMAIL_TIMEOUT"] or 20}


def mail_address(text):
    """Return an e-mail address, checked as far as it can be without sending to it."""
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(text)
    return text


def mail_addresses(text):
    """Return a comma-separated list of e-mail addresses, each checked."""
    return [mail_address(word) for word in words(text)]


def closed_address(text):
    """Return (host, port) of an address of this machine that no stranger reaches: neither public, nor all it has."""
    parts = urlsplit(f"//{text}")
    host = ip_address(parts.hostname)
    if host.is_global or host.is_unspecified or not parts.port or "@" in text or parts.netloc != text:
        raise ValueError(text)
    return str(host), parts.port


def sentry_dsn(text):
    """Return the address at which a Sentry takes errors: with a key, a host, and a project's number at its end."""
    parts = urlsplit(web_address(text))
    parts.port  # noqa: B018  reading it raises ValueError when it is no number
    if not parts.username or not parts.path.rpartition("/")[2].isdecimal():
        raise ValueError(text)
    return text


def one_of(*choices):
    """Return a parser of these words alone, in small letters."""

    def parse(text):
        return choices[choices.index(text.lower())]

    return parse


def data_directory(path):
    """Return `path`, made if need be, or end with a sentence when nothing can be written there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds passwords' hashes
    except OSError as error:
        sys.exit(f"DATA_DIR {path} can't be made ({error.strerror}). Choose a folder you may write to.")
    if not os.access(path, os.W_OK | os.X_OK):
        sys.exit(f"DATA_DIR {path} can't be written to. Choose another, or change its owner.")
    return path


def secret_key(directory):
    """Return the site's secret key, made at the first start and kept in `directory`/secret_key for its owner alone."""
    path = directory / "secret_key"
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=directory) as file:
                file.write(secrets.token_urlsafe(50))
                file.flush()
                os.fsync(file.fileno())  # or after a power cut it may be empty
                # Of two programs that start at once, one puts its key in place whole, and both read that.
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        key = path.read_text().strip()
    except OSError as error:
        sys.exit(f"{path} can't be read ({error.strerror}). Make it yours, or set SECRET_KEY.")
    return key or sys.exit(f"{path} is empty. Delete it, or set SECRET_KEY.")
