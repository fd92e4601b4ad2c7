"""What a worker answers, told and counted: a line of JSON for each request, and the numbers for the metrics.

It stands in front of everything, the memory of pages too, where most requests end in some millionths of a second. So a
request leaves a few values in a queue and goes on; a thread takes them out twice a second, and writes and counts.
"""

import sys
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing.util import Finalize

from articles import counting
from articles.logs import method_of

EVERY = 0.5  # second
MOST = 100_000  # requests that wait to be told; a disk or a pipe that takes no more lines costs the oldest of them
LIMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds, of the metrics
PROBES = {"healthz", "readyz"}  # a line for each of these would be all that the log says; when they fail, it is told


class Watched:
    """A WSGI application in front of the site that notes each answer in a Watcher's queue."""

    def __init__(self, application, watcher):
        self.application, self.note = application, watcher.queue.append

    def __call__(self, environ, start_response):
        began, said = time.perf_counter(), None

        def start(status, headers, exc_info=None):
            nonlocal said
            said = status
            return start_response(status, headers)

        body = self.application(environ, start)
        size = len(body[0]) if type(body) is list else environ.get("cramps.size")
        found = environ.get("cramps.route"), environ.get("cramps.cache", "")
        self.note((began, time.perf_counter() - began, environ["REQUEST_METHOD"], said, size, *found))
        return body


class Watcher:
    """Takes what was noted: `log` is "all", "errors" or "off", `metrics` what gets the numbers, or None."""

    def __init__(self, log, metrics=None, output=None):
        self.queue = deque(maxlen=MOST)
        self.log, self.metrics, self.output = log, metrics, output or sys.stderr
        self.least = {"all": 0, "errors": 400, "off": 1000}[log]
        self.taking = threading.Lock()

    def start(self):
        threading.Thread(target=self.go_on, daemon=True, name="watcher").start()
        Finalize(None, self.take, exitpriority=0)  # the last lines of a worker that ends

    def go_on(self):
        while True:
            time.sleep(EVERY)
            self.take()

    def take(self):
        """Write and count what has been noted until now."""
        with self.taking:
            noted = []
            while self.queue and len(noted) < MOST:
                noted.append(self.queue.popleft())
            if self.log != "off":
                self.write(noted)
            if self.metrics:
                self.metrics.add(numbers(noted))

    def write(self, noted):
        lines, ahead = [], time.time() - time.perf_counter()
        for began, took, method, said, size, route, cache in noted:
            status = int(said[:3]) if said else 500
            if status >= self.least and not (route in PROBES and status == 200):
                lines.append(
                    f'{{"time": "{stamp(began + ahead)}", "level": "{"error" if status >= 500 else "info"}", '
                    f'"logger": "request", "message": "answered", "method": "{method_of(method)}", '
                    f'"route": {quoted(route)}, "status": {status}, "ms": {took * 1000:.1f}, '
                    f'"bytes": {"null" if size is None else size}, "cache": {quoted(cache)}}}\n'
                )
        if lines:
            self.output.write("".join(lines))
            self.output.flush()


@lru_cache(maxsize=16)
def second(moment):
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp(moment):
    """Return a moment as the other lines of the log have it."""
    return f"{second(int(moment))}.{int(moment % 1 * 1000):03}+00:00"


def quoted(name):
    """Return a name from the code, or None, as JSON has it."""
    return f'"{name}"' if name else "null"


def numbers(noted):
    """Return what is to be added to the metrics: {(name, labels as pairs): number}."""
    found, buckets = Counter(), Counter()
    for _began, took, method, said, size, route, cache in noted:
        route = route or "none"
        status = said[:3] if said else "500"
        found["cramps_requests_total", (("method", method_of(method)), ("route", route), ("status", status))] += 1
        found["cramps_response_bytes_total", ()] += size or 0
        found["cramps_request_seconds_sum", (("route", route),)] += took
        buckets[route, bisect_left(LIMITS, took)] += 1
        if cache:
            found["cramps_page_cache_total", (("answer", cache),)] += 1
    for (route, place), count in buckets.items():
        found["cramps_request_seconds_count", (("route", route),)] += count
        for number, limit in enumerate((*LIMITS, "+Inf")):  # each bucket has those below it, too
            label = ("le", str(limit)), ("route", route)
            found["cramps_request_seconds_bucket", label] += count if number >= place else 0
    for (name, outcome), count in counting.taken().items():
        found[f"cramps_{name}_total", (("outcome", outcome),) if outcome else ()] += count
    return found
