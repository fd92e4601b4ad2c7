"""One request, looked at closely; and wrk, which makes many."""

import gzip
import http.client
import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import brotli

from bench.contenders import SAYS, program
from bench.report import NotMeasured, require

SCRIPT = Path(__file__).resolve().parent / "wrk.lua"
CONNECTIONS = 16
LATE = 30  # seconds after its time at which wrk is given up
DECODE = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


@dataclass(frozen=True)
class Run:
    """What wrk says of a run; the latencies are milliseconds, `kept` votes took `voting` seconds."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    failed: int
    kept: int
    voting: float

    @property
    def rate(self):
        return self.requests / self.seconds


def ask(contender, **headers):
    """Return status, headers and body of a contender's article."""
    address = urlsplit(contender.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    path = f"{address.path}?{address.query}" if address.query else address.path
    connection.request("GET", path, headers=contender.headers | headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def body_of(contender):
    """Return the article's body as it was sent, or raise when it isn't the article."""
    status, headers, body = ask(contender)
    plain = DECODE[headers.get("Content-Encoding", "identity")](body)
    require(status == 200, f"{contender.name} answered {status}")
    require(SAYS in plain, f"{contender.name} does not show the article")
    return body


def command(url, seconds, connections, headers, *arguments):
    # One thread asks as fast as two (of nginx a little faster), and takes less from the servers on the same processors.
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--script", SCRIPT]
    sent = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    return [program("wrk", "wrk"), *options, *sent, url, "--", *map(str, arguments)]


def wrk(line, seconds):
    """Run wrk to its end and return the Run that it tells of."""
    try:
        return said(subprocess.run(line, capture_output=True, text=True, timeout=seconds + LATE, check=True).stdout)
    except subprocess.SubprocessError as error:
        raise NotMeasured(f"wrk failed: {error}") from None


def said(output):
    return Run(**json.loads(output.strip().splitlines()[-1]))


def read(contender, seconds):
    """Read a contender's article as fast as it can; every answer must be the article's size at least."""
    article = body_of(contender)
    line = command(contender.url, seconds, CONNECTIONS, contender.headers, "read")
    run = wrk(line, seconds)
    require(not run.failed, f"{contender.name} failed {run.failed} of {run.requests} times")
    require(run.bytes >= run.requests * len(article), f"{contender.name} sent less than its article")
    require(body_of(contender) == article, f"{contender.name} changed its article")
    return run


@contextmanager
def reading(contender, seconds, connections, pause):
    """Read a contender's article all the while, at a pace of its own; gives a function that waits for the run."""
    line = command(contender.url, seconds, connections, contender.headers, "read", pause)
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield lambda: said(process.communicate(timeout=seconds + LATE)[0])
        finally:
            process.kill()


def vote(url, headers, number, seconds, more, *arguments):
    """Send votes for some seconds, and wait some `more` for their answers (bench/wrk.lua has the arguments)."""
    line = command(url, seconds + more, CONNECTIONS, headers, "vote", number, seconds, *arguments)
    return wrk(line, seconds + more)
