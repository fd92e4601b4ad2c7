"""System checks that refuse to start a site which is not safe, and say what to set.

Django's own are those of `manage.py check --deploy`; these are errors, so that `make run` ends with them.
"""

import stat
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register

LOCAL = ("localhost", ".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa")  # names that nobody owns
WIDEST = {4: 8, 6: 16}  # the fewest bits of a network of proxies: 10.0.0.0/8 is somebody's own, /7 is not


@register(Tags.security)
def encryption(app_configs, **kwargs):
    """Passwords and votes go over the network as they are, unless the address says https."""
    site = urlsplit(settings.SITE_URL)
    if site.scheme == "https" or is_own(site.hostname):
        return []
    hint = f"Write SITE_URL=https://{site.hostname}, and let a proxy do the encryption (deploy/README.md)."
    return [Error(f"Passwords would be sent to {settings.SITE_URL} for all to read.", hint=hint, id="cramps.E001")]


def is_own(host):
    """Return whether a host is of one's own machine or network, where no authority certifies names."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(LOCAL)
    return address.is_private or address.is_loopback or address.is_link_local


@register(Tags.security)
def debugging(app_configs, **kwargs):
    """The error pages of developers show the settings and what was sent."""
    here = ("localhost", "127.0.0.1", "::1")
    if not settings.DEBUG or {settings.HOST, urlsplit(settings.SITE_URL).hostname} <= {*here}:
        return []
    hint = "Leave DEBUG out, or else HOST and SITE_URL."
    return [Error("Strangers would see developers' error pages.", hint=hint, id="cramps.E002")]


@register(Tags.security)
def proxies(app_configs, **kwargs):
    """Who is trusted as a proxy says where a request came from, and so how often a network has voted."""
    networks = [ip_network(text) for text in settings.TRUSTED_PROXIES]
    wide = [str(network) for network in networks if network.prefixlen < WIDEST[network.version]]
    if not wide:
        return []
    hint = "Write in TRUSTED_PROXIES the addresses of your proxies alone: 10.0.0.5"
    return [Error(f"Anybody of {', '.join(wide)} could pretend to be anywhere.", hint=hint, id="cramps.E003")]


@register(Tags.security)
def secret_key(app_configs, **kwargs):
    """Who has the key can sign in as anybody."""
    path = settings.DATA_DIR / "secret_key"
    if not path.exists() or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return []
    hint = f"Run: chmod 600 {path}. If others have used this machine, delete the file: all are signed out then."
    return [Error("Others on this machine may read the secret key.", hint=hint, id="cramps.E004")]
