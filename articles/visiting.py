"""Visits to addresses on other sites: polite ones, and never to a private address. No database.

An address comes from an editor, so it may name a machine that only this one can reach. The name of its host is
looked up here, all that it leads to is judged, and the connection goes to exactly what was judged; at each redirect
anew (docs/decisions/0023-visiting-links.md).
"""

import ipaddress
import logging
import queue
import re
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from django.conf import settings
from markdown_it.common.normalize_url import normalizeLink

AT_ONCE = 5  # hosts
GAP = 1.0  # seconds between two requests to one host
CONNECT, REQUEST, VISIT = 5, 12, 40  # seconds that a connection, a request and all of a visit may take
REDIRECTS = 5
PORTS = frozenset({80, 443, 8080, 8443})

PERMANENT = (301, 308)
TEMPORARY = (302, 303, 307)
GONE = (404, 410)
CLOSED = (401, 403, 405, 406, 407, 451, 999)  # the site is there, and lets no program in
WAIT = "wait"

CLEAN = re.compile(r"[!-\[\]-~]+")  # no blank, no backslash: programs read these in different ways
HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")
NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")  # however an address is written, a browser takes it for one
LOCAL = re.compile(r"[^.:]+|.*\.(?:localhost|local|internal|lan|home\.arpa)")
WELL_KNOWN_NAT64 = ipaddress.ip_network("64:ff9b::/96")
CLOUD = {ipaddress.ip_address("168.63.129.16")}  # public by its number, and answers a cloud's own machines alone


class Failed(Exception):
    """A visit without an answer; `code` says why (articles/outside_links.py has the words)."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Outcome(NamedTuple):
    """What a visit found: `code` is a status, or what Failed says. `leads_to` is where the link should lead now."""

    code: str
    is_dead: bool = False
    is_insecure: bool = False
    is_failure: bool = False  # not dead at once, but when it stays so
    answered: bool = False  # so there is a network
    leads_to: str = ""


DEAD_AT_ONCE = {"malformed", "private", "no_host", "not_web"}
NO_FAILURE = {"private_name", "port", "credentials", WAIT}
ANSWERED = {"certificate", "loop", "broken", "not_web"}


def is_public(address):
    """Return whether an IP address is one that everybody reaches: no private, local, shared or reserved one."""
    if address in WELL_KNOWN_NAT64:
        address = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    if address.version == 6:
        # Others hold an IPv4 address, which a gateway may unpack, or are not given to anybody.
        is_plain = address in ipaddress.ip_network("2000::/3") and not (address.sixtofour or address.teredo)
        return is_plain and address.is_global
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in CLOUD


def look_up(host, port):
    """Return what a host's name leads to, as (family, socket address)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Failed("no_host" if error.errno == socket.EAI_NONAME else "no_lookup") from None
    except UnicodeError:
        raise Failed("malformed") from None
    return [(family, address) for family, _type, _protocol, _name, address in found]


def split(url, ports=PORTS):
    """Return (scheme, host, port, what to ask for) of an address that may be visited."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Failed("malformed") from None
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in ("http", "https") or not CLEAN.fullmatch(url) or not HOST.fullmatch(host):
        raise Failed("malformed")
    if "@" in parts.netloc:
        raise Failed("credentials")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port not in ports:
        raise Failed("port")
    return parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class Connection(HTTPConnection):
    """A connection to an address that was judged before; it asks no proxy, and looks up no name."""

    def __init__(self, host, port, goals, tls):
        super().__init__(host, port, timeout=CONNECT)
        self.goals, self.tls, self.is_cut = goals, tls, False
        self.default_port = 443 if tls else 80  # which goes unsaid in the Host header

    def connect(self):
        for number, (family, address) in enumerate(self.goals, start=1):
            try:
                self.sock = socket.socket(family, socket.SOCK_STREAM)
                self.sock.settimeout(self.timeout)
                self.sock.connect(address)
                break
            except OSError:
                self.close()
                if self.is_cut or number == len(self.goals):
                    raise
        if self.tls:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        if self.is_cut:
            raise TimeoutError

    def cut(self):
        """End whatever waits for an answer, however slowly it drips in."""
        self.is_cut = True
        with suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # not TLS's own, which would wait again


@dataclass
class Visitor:
    """Visits addresses; remembers when it last asked each host, and which want to be left alone.

    Tests give it a network of their own.
    """

    look_up: callable = look_up
    is_allowed: callable = is_public
    ports: frozenset = PORTS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    gap: float = GAP
    longest: float = REQUEST

    def __post_init__(self):
        self.next, self.lock = {}, threading.Lock()
        self.is_over, self.resting = threading.Event(), set()
        self.headers = {
            "User-Agent": f"{agent_name()}-link-check/1.0 (+{normalizeLink(settings.SITE_URL)}/)",
            "Accept": "*/*",
            "Connection": "close",
        }

    def wait_for_turn(self, host):
        """Wait until a host may be asked again."""
        with self.lock:
            now = time.monotonic()
            turn = max(now, self.next.get(host, now))
            self.next[host] = turn + self.gap
        if host in self.resting or self.is_over.wait(turn - now):
            raise Failed(WAIT)

    def goals(self, host, port):
        """Return where to connect to for a host. One address that is not public makes all of them suspect."""
        goals = self.look_up(host, port)
        if not goals or not all(self.is_allowed(ipaddress.ip_address(address[0])) for _family, address in goals):
            is_plainly = NUMBER.fullmatch(host) or LOCAL.fullmatch(host) or ":" in host
            raise Failed("private" if is_plainly else "private_name")
        return goals[:2]

    def ask(self, method, url):
        """Return the status of an answer, and where it leads. Its text is not read."""
        scheme, host, port, path = split(url, self.ports)
        goals = self.goals(host, port)
        self.wait_for_turn(host)
        connection = Connection(host, port, goals, self.tls if scheme == "https" else None)
        clock = threading.Timer(self.longest, connection.cut)
        clock.daemon = True
        clock.start()
        try:
            connection.request(method, path, headers=self.headers)
            response = connection.getresponse()
        except ssl.SSLCertVerificationError:
            raise Failed("certificate") from None
        except (OSError, HTTPException, ValueError) as error:
            raise Failed(reason(error, connection.is_cut)) from None
        finally:
            clock.cancel()
            connection.close()
        if response.status == 429 or (response.status == 503 and response.getheader("Retry-After")):
            self.resting.add(host)
            raise Failed(WAIT)
        return response.status, response.getheader("Location")

    def answer(self, url):
        """Ask for the head alone first; some servers answer that wrongly, or not at all."""
        try:
            status, location = self.ask("HEAD", url)
        except Failed as failure:
            if failure.code != "broken":
                raise
            status = 400
        return self.ask("GET", url) if status >= 400 else (status, location)

    def follow(self, url):
        """Return the last answer's status, the address that gave it, and the one that is for good now."""
        ends, for_good, is_for_good = time.monotonic() + VISIT, url, True
        for _hop in range(REDIRECTS + 1):
            status, location = self.answer(url)
            if status not in PERMANENT + TEMPORARY or not location:
                return status, url, for_good
            url = target(url, location)
            is_for_good = is_for_good and status in PERMANENT
            for_good = url if is_for_good else for_good
            if time.monotonic() > ends:
                raise Failed("timeout")
        raise Failed("loop")

    def visit(self, url):
        """Return the Outcome of a visit to an address, which names no part of a page."""
        try:
            status, _last, for_good = self.follow(url)
        except Failed as failure:
            return failed(failure.code)
        if status >= 400:
            return Outcome(str(status), is_dead=status in GONE, is_failure=status not in GONE + CLOSED, answered=True)
        secure = self.secure(url, for_good) if url.lower().startswith("http:") else ""
        leads_to = secure or (for_good if for_good != url else "")
        return Outcome(str(status), is_insecure=bool(secure), answered=True, leads_to=leads_to)

    def secure(self, url, for_good):
        """Return an encrypted address that says the same as one that is not, or ""."""
        if for_good.lower().startswith("https:"):
            return for_good
        try:
            status, last, for_good = self.follow("https" + url[4:])
        except Failed:
            return ""
        return for_good if status < 400 and last.lower().startswith("https:") else ""


def agent_name():
    """Return the site's name in the signs that a header may have."""
    return re.sub(r"[^A-Za-z0-9]+", "-", settings.SITE_NAME).strip("-") or "site"


def reason(error, was_cut):
    """Return in a code why a connection gave no answer."""
    if was_cut or isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "certificate"
    return "refused" if isinstance(error, ConnectionRefusedError) else "broken" if is_talk(error) else "unreachable"


def is_talk(error):
    """Return whether something answered, but not as a web server does."""
    return isinstance(error, HTTPException | ValueError | ConnectionResetError | BrokenPipeError)


def target(url, location):
    """Return where a redirect leads; what it sends beyond ASCII is written as an address has it."""
    try:
        url = urldefrag(normalizeLink(urljoin(url, text_of(location.strip()))))[0]
    except (ValueError, UnicodeError):
        raise Failed("malformed") from None
    if not url.lower().startswith(("http://", "https://")):
        raise Failed("not_web")
    return url


def text_of(header):
    """Return a header's text, which mostly is UTF-8 where it is not ASCII; http.client takes it for Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header


def failed(code):
    is_dead = code in DEAD_AT_ONCE
    is_failure = not is_dead and code not in NO_FAILURE
    return Outcome(code, is_dead, code == "credentials", is_failure, answered=code in ANSWERED)


def visits(urls, visitor, seconds=None):
    """Visit addresses, those on one host one after another, and give (address, Outcome) as they come.

    After so many seconds what is left is left.
    """
    hosts = {}
    for url in urls:
        hosts.setdefault(host_of(url), []).append(url)
    ends = None if seconds is None else time.monotonic() + seconds
    found, pool = queue.Queue(), ThreadPoolExecutor(max_workers=AT_ONCE)
    for own in hosts.values():
        pool.submit(visit_all, own, visitor, found)
    try:
        for _url in urls:
            yield found.get(timeout=None if ends is None else max(0.001, ends - time.monotonic()))
    except queue.Empty:
        pass
    finally:
        visitor.is_over.set()
        pool.shutdown(wait=False, cancel_futures=True)


def visit_all(urls, visitor, found):
    for url in urls:
        try:
            outcome = visitor.visit(url)
        except Exception:  # one address must not end the visits to all others
            logging.getLogger(__name__).exception("A link could not be checked")
            outcome = failed("broken")
        if visitor.is_over.is_set():
            return
        found.put((url, outcome))


def host_of(url):
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""
