"""What a worker answers, told and counted: a line of JSON for each request, and the numbers for the metrics.

It stands in front of everything, the memory of pages too, where most requests end in some millionths of a second. So a
request leaves its line in a queue and goes on; a thread takes them out twice a second, and writes and counts.
"""

import json
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing.util import Finalize
from operator import itemgetter
from time import perf_counter

from articles import counting
from articles.logs import method_of

EVERY = 0.5  # second
MOST = 100_000  # requests that wait to be told; a disk or a pipe that takes no more lines costs the oldest of them
LIMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds, of the metrics
PROBES = {"healthz", "readyz"}  # a line for each of these would be all that the log says; when they fail, it is told

UNKNOWN = None, 500, None, ""


class Watched:
    """A WSGI application in front of the site that notes each answer with a Watcher.

    What answered has left "cramps.seen": (route, status, bytes or None, "hit" or "miss" or "").
    """

    def __init__(self, application, watcher):
        self.application, self.note = application, watcher.note

    def __call__(self, environ, start_response):
        began = perf_counter()
        body = self.application(environ, start_response)
        self.note(began, perf_counter(), environ["REQUEST_METHOD"], environ.get("cramps.seen") or UNKNOWN)
        return body


class Watcher:
    """Takes what was noted: `log` is "all", "errors" or "off", `metrics` what gets the numbers, or None."""

    def __init__(self, log, metrics=None, output=None):
        self.lines, self.noted = deque(maxlen=MOST), deque(maxlen=MOST)
        self.metrics, self.output = metrics, output or sys.stderr
        self.least = {"all": 0, "errors": 400, "off": 1000}[log]
        self.taking = threading.Lock()
        self.ahead = time.time() - perf_counter()

    def start(self):
        threading.Thread(target=self.go_on, daemon=True, name="watcher").start()
        Finalize(None, self.take, exitpriority=0)  # the last lines of a worker that ends

    def go_on(self):
        while True:
            time.sleep(EVERY)
            self.take()

    def note(self, *answer):
        """Keep an answer for later: when it began and ended by perf_counter, its method, and what was seen of it.

        Each writes its own line. All lines at once would hold up those who are asking just then.
        """
        began, ended, method, seen = answer
        if seen[1] >= self.least and (told := in_json(method, seen)):
            line = f'{{"time": "{stamp(began + self.ahead)}", {told}, "ms": {(ended - began) * 1000:.1f}}}\n'
            self.lines.append(line)
        if self.metrics:
            self.noted.append(answer)

    def take(self):
        """Write and count what has been noted until now."""
        with self.taking:
            if lines := emptied(self.lines):
                self.output.write("".join(lines))
                self.output.flush()
            if self.metrics:
                self.metrics.add(numbers(emptied(self.noted)))
        self.ahead = time.time() - perf_counter()  # which changes when the clock is set


def emptied(queue):
    """Take out what is in a queue now, while others go on to add to it."""
    return [queue.popleft() for _ in range(len(queue))]


@lru_cache(maxsize=1024)
def in_json(method, seen):
    """Return what a line tells beside its times, or "" for what has no line. Most requests are like others in it."""
    route, status, size, cache = seen
    if route in PROBES and status == 200:
        return ""
    line = {"level": "error" if status >= 500 else "info", "logger": "request", "message": "answered"}
    line |= {"method": method_of(method), "route": route, "status": status}
    line |= {"bytes": 0 if method == "HEAD" else size, "cache": cache or None}
    return json.dumps(line)[1:-1]


@lru_cache(maxsize=16)
def second(moment):
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp(moment):
    """Return a moment as the other lines of the log have it."""
    return f"{second(int(moment))}.{int(moment % 1 * 1000):03}+00:00"


def numbers(noted):
    """Return what is to be added to the metrics: {(name, labels as pairs): number}."""
    found, buckets, took = Counter(), Counter(), Counter()
    for began, ended, _method, seen in noted:
        buckets[seen[0], bisect_left(LIMITS, ended - began)] += 1
        took[seen[0]] += ended - began
    for (method, (route, status, size, cache)), count in Counter(map(itemgetter(2, 3), noted)).items():
        labels = ("method", method_of(method)), ("route", route or "none"), ("status", str(status))
        found["cramps_requests_total", labels] += count
        found["cramps_response_bytes_total", ()] += count * (size or 0) * (method != "HEAD")
        if cache:
            found["cramps_page_cache_total", (("answer", cache),)] += count
    for (route, place), count in buckets.items():
        label = ("route", route or "none")
        found["cramps_request_seconds_count", (label,)] += count
        for number, limit in enumerate((*LIMITS, "+Inf")):  # each bucket has those below it, too
            found["cramps_request_seconds_bucket", (("le", str(limit)), label)] += count if number >= place else 0
    for route, seconds in took.items():
        found["cramps_request_seconds_sum", (("route", route or "none"),)] += seconds
    for (name, outcome), count in counting.taken().items():
        found[f"cramps_{name}_total", (("outcome", outcome),) if outcome else ()] += count
    return found
