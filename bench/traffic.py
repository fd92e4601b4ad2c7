"""Threads that read and vote without end, and exact counts of what they were answered."""

import http.client
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.proxied import NAME

NOT_KEPT = "503, told plainly"  # the answer to a vote that was not kept
PAUSE = 0.02  # seconds between two requests of a thread
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


class Threads:
    """Runs `threads` as a context, until it sets `over`."""

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        for thread in self.threads:
            thread.join()


class Load(Threads):
    """Adds threads, runs them as a context, and counts their answers in each phase."""

    def __init__(self):
        self.over, self.phase, self.threads, self.counts, self.longest = threading.Event(), "", [], [], Counter()

    def add(self, name, threads, ask):
        """Let threads call `ask(thread, number)`, whose answers are counted under a name."""
        for thread in range(threads):
            count = Counter()  # its own: the sum is exact without a lock
            self.counts.append((name, count))
            self.threads.append(threading.Thread(target=self.go_on, args=(name, ask, thread, count)))

    def go_on(self, name, ask, thread, count):
        number = 0
        while not self.over.wait(PAUSE):
            number += 1
            phase, start = self.phase, time.monotonic()
            try:
                answer = ask(thread, number)
            except (OSError, http.client.HTTPException) as error:
                answer = type(error).__name__
            count[phase, answer] += 1
            self.longest[phase, name] = max(self.longest[phase, name], time.monotonic() - start)

    def answers(self, name, phase=None):
        """Return how often each answer was given, in one phase or in all."""
        found = Counter()
        for of, count in self.counts:
            for (when, answer), times in count.items():
                if of == name and phase in (None, when):
                    found[answer] += times
        return found


def answer_of(connection, *request):
    """Return the status of the answer to a request, and its text."""
    connection.request(*request)
    response = connection.getresponse()
    return response.status, response.read().decode(errors="replace")


def direct(site, path):
    """Return a reader who asks the site itself, by a new connection each time."""

    def ask(thread, number):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        try:
            return answer_of(connection, "GET", path())[0]
        finally:
            connection.close()

    return ask


def through(nginx, path):
    """Return a reader whose browser keeps its connection to nginx and asks for `path(thread, number)`."""
    connections = {}

    def ask(thread, number):
        connection = connections.setdefault(thread, nginx.connect(30))
        return answer_of(connection, "GET", path(thread, number), None, {"Host": NAME})[0]

    return ask


def voter(nginx):
    """Return one who votes as a new reader each time: without a cookie, only another browser makes another vote."""
    connections = {}

    def ask(thread, number):
        connection = connections.setdefault(thread, nginx.connect(30))
        headers = FORM | {"Host": NAME, "User-Agent": f"reader {thread} {number}"}
        status, text = answer_of(connection, "POST", "/rate/1/", "value=4", headers)
        return NOT_KEPT if status == 503 and "could not keep" in text else status

    return ask
