"""What all contenders share: a folder where they are built once, the article they show, and processes that end."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

from bench.report import NotMeasured
from tests.running import ROOT

FOLDER = ROOT / "var" / "bench"
BUILDING, STARTING, ENDING = 300, 60, 10  # seconds that each may take
SAYS = b"Lean forward with your arms outstretched"  # what every contender's page must say
# Of our own environment, not for the others:
OURS = ("DATA_DIR", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CACHE_URL", "SECRET_KEY", "PYTHONPATH")


@dataclass(frozen=True)
class Contender:
    """A running site: the address of its article, and what its server and software are."""

    name: str
    url: str
    version: str = ""
    headers: dict = field(default_factory=dict)  # sent with each request


def article():
    """Return our first article's title and its text as plain HTML, as any editor would type it."""
    text = tomllib.loads((ROOT / "articles" / "first_article.toml").read_text())
    parts = [text["summary"]]
    for section in text["sections"]:
        steps = section.get("steps", "").strip().splitlines()
        parts += [f"## {section['heading']}", section.get("body", ""), "\n".join(f"1. {step}" for step in steps)]
    return text["title"], MarkdownIt().render(re.sub(r"\[\^\w+\]", "", "\n\n".join(parts)))


def program(name, package):
    """Return the path of an installed program; servers are often where only the superuser looks."""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not path:
        raise NotMeasured(f"{name} is missing. On Debian or Ubuntu: sudo apt-get install {package}")
    return path


def run(*command, cwd=None, **environment):
    """Run a command of building to its end and return what it prints, or raise with its last words."""
    own = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        command, cwd=cwd, env=own | environment, capture_output=True, text=True, timeout=BUILDING, check=False
    )
    if done.returncode:
        last = " ".join((done.stderr or done.stdout).splitlines()[-3:])
        raise NotMeasured(f"“{' '.join(map(str, command))[:80]}” failed: {last}")
    return done.stdout


def built(name, build, *ingredients):
    """Return the folder that `build` filled; an earlier one is used again as long as it was built in the same way."""
    folder = FOLDER / name
    source = Path(sys.modules[build.__module__].__file__).read_text()
    recipe = hashlib.sha256(repr((source, ingredients, sys.version)).encode()).hexdigest()
    mark = folder / "built"
    if not mark.exists() or mark.read_text() != recipe:
        print(f"Building {name} in {folder.relative_to(ROOT)}, once…", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        mark.write_text(recipe)
    return folder


def environment_of_packages(folder, *packages):
    """Make a venv with packages of the newest versions that fit, and return its folder of programs."""
    run(sys.executable, "-m", "venv", folder / "venv")
    run(folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    return folder / "venv" / "bin"


@contextmanager
def running(command, log, cwd=None, **environment):
    """Run a server as long as the block lasts; it and all its processes are ended then, whatever happens."""
    own = {name: value for name, value in os.environ.items() if name not in OURS}
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=own | environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDING)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(ENDING)


def until(answers, process, log):
    """Wait until a server answers; `answers` is called again and again until it returns something true."""
    deadline = time.monotonic() + STARTING
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotMeasured(f"it did not start: {' '.join(Path(log).read_text(errors='replace').splitlines()[-3:])}")
        time.sleep(0.1)


def answers(url):
    """Return whether there is an answer at an address, be it an error's."""
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def granian(programs, application, port, log, cwd, **environment):
    """Serve a WSGI application as `make run` serves ours: granian with two workers."""
    command = [programs / "granian", application, "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--workers-kill-timeout", "5", "--log-level", "error"]
    with running(command, log, cwd, **environment) as process:
        until(lambda: answers(f"http://127.0.0.1:{port}/"), process, log)
        yield


def versions(programs, *packages):
    """Return packages with their installed versions, as a text."""
    code = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    return run(programs / "python", "-c", code, *packages).strip()
