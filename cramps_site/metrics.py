"""Numbers for Prometheus at an address of their own (METRICS), which the site's own address never leads to.

Each worker keeps what it counted in a file of DATA_DIR/metrics, and each of them can answer for all, for they listen at
one address together. What a worker that ended had counted is kept in one file more, so that no count goes back when
workers are replaced. Nothing here tells of anybody: names from the code and numbers.
"""

import contextlib
import fcntl
import json
import logging
import os
import shutil
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from articles import condition

logger = logging.getLogger(__name__)
ENDED = "ended.json"
KINDS = {  # name: (what it says, its type)
    "cramps_requests_total": ("Requests answered, by the name of the address's pattern.", "counter"),
    "cramps_request_seconds": ("Time from a request's arrival to its answer.", "histogram"),
    "cramps_response_bytes_total": ("Bytes of answers, without headers and streams.", "counter"),
    "cramps_page_cache_total": ("Pages answered from a worker's memory (hit), and asked of Django (miss).", "counter"),
    "cramps_votes_total": ("Votes that were kept, withdrawn, or refused.", "counter"),
    "cramps_database_errors_total": ("Requests that the database failed.", "counter"),
    "cramps_policy_reports_total": ("Reports of browsers on the security policy.", "counter"),
    "cramps_info": ("Versions of what runs.", "gauge"),
    "cramps_database_up": ("1 while the database answers.", "gauge"),
    "cramps_edition": ("The number of the last change that readers may see.", "gauge"),
    "cramps_publications_total": ("Publications in the record of events.", "counter"),
    "cramps_chore_last_run_timestamp_seconds": ("When a chore was done last.", "gauge"),
    "cramps_chore_overdue": ("1 where a chore should have been done.", "gauge"),
    "cramps_disk_free_bytes": ("Room for DATA_DIR.", "gauge"),
    "cramps_last_backup_timestamp_seconds": ("When a backup was made last.", "gauge"),
}


def folder():
    return settings.DATA_DIR / "metrics"


def clear():
    """Forget what was counted before the site's start."""
    shutil.rmtree(folder(), ignore_errors=True)
    folder().mkdir(exist_ok=True)


@contextlib.contextmanager
def locked(how):
    with open(folder() / "lock", "a") as file:
        fcntl.flock(file, how)
        yield


class Kept:
    """What a worker counted, in memory and in its file."""

    def __init__(self):
        folder().mkdir(exist_ok=True)
        self.totals, self.path = Counter(), folder() / f"{os.getpid()}.json"
        fold()

    def add(self, found):
        if found:
            self.totals.update(found)
            with contextlib.suppress(OSError):  # a full disk: the numbers wait in memory
                keep(self.path, self.totals)


def keep(path, totals):
    """Put totals into a file whole, for somebody may be reading it."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps([[name, labels, value] for (name, labels), value in totals.items()]))
    new.replace(path)


def read(path):
    """Return the totals of a file; none of one that is not there."""
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return Counter()
    return Counter({(name, tuple(tuple(pair) for pair in labels)): value for name, labels, value in kept})


def fold():
    """Add the files of workers that ended to the one for these."""
    with locked(fcntl.LOCK_EX):
        gone = [path for path in folder().glob("[0-9]*.json") if not is_running(int(path.stem))]
        if gone:
            totals = read(folder() / ENDED)
            for path in gone:
                totals.update(read(path))
            keep(folder() / ENDED, totals)
            for path in gone:
                path.unlink()


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()  # whose number an earlier worker had


def counted():
    """Return the totals of all workers together."""
    with locked(fcntl.LOCK_SH):
        totals = Counter()
        for path in folder().glob("*.json"):
            totals.update(read(path))
    return totals


def looked_up():
    """Return what is not counted but looked up when somebody asks, in the same form."""
    versions = tuple(sorted(condition.versions().items()))
    found = {("cramps_info", versions): 1, ("cramps_disk_free_bytes", ()): condition.disk_free()}
    if at := condition.last_backup():
        found["cramps_last_backup_timestamp_seconds", ()] = at.timestamp()
    try:
        found["cramps_edition", ()] = condition.edition()
        found["cramps_publications_total", ()] = condition.publications()
        for chore in condition.chores_now():
            label = (("chore", chore.name),)
            found["cramps_chore_overdue", label] = int(chore.is_overdue)
            if chore.done_at:
                found["cramps_chore_last_run_timestamp_seconds", label] = chore.done_at.timestamp()
        found["cramps_database_up", ()] = 1
    except DatabaseError:
        found["cramps_database_up", ()] = 0
    return found


def text():
    """Return all of it as Prometheus reads it (text format 0.0.4)."""
    totals = {**counted(), **looked_up()}
    lines = []
    for kind, (says, type_) in KINDS.items():
        own = (kind, f"{kind}_bucket", f"{kind}_sum", f"{kind}_count") if type_ == "histogram" else (kind,)
        samples = [(name, labels, value) for (name, labels), value in totals.items() if name in own]
        if samples:
            lines += [f"# HELP {kind} {says}", f"# TYPE {kind} {type_}"]
            lines += [f"{name}{in_braces(labels)} {value}" for name, labels, value in sorted(samples, key=in_order)]
    return "\n".join(lines) + "\n"


def in_order(sample):
    """Return the key by which a family's samples are sorted: buckets by their limit."""
    name, labels, _value = sample
    known = dict(labels)
    return known.get("route", ""), name, float(known.get("le", 0)), labels


def in_braces(labels):
    if not labels:
        return ""
    pairs = (f'{name}="{escaped(value)}"' for name, value in labels)
    return "{" + ",".join(pairs) + "}"


def escaped(value):
    return str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Handler(BaseHTTPRequestHandler):
    timeout = 5  # seconds for a request to arrive

    def do_GET(self):
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        try:
            body = text().encode()
        except Exception:
            logger.exception("The metrics could not be given.")
            self.send_error(500)
            return
        finally:
            close_old_connections()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self):
        return "cramps"

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    allow_reuse_port = True  # with the other workers, and for a moment with the one that this one takes over from
    daemon_threads = True

    def server_bind(self):
        TCPServer.server_bind(self)  # HTTPServer's own would ask for the host's name in the network


def start(address):
    """Answer at an address of (host, port), beside the other workers of this site."""
    host, _port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = type("Server", (Server,), {"address_family": family})(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="metrics").start()
    return server
