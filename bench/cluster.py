"""The proof with several machines: two servers with PostgreSQL, Redis and S3 behind nginx, under load, losing parts.

    .venv/bin/python bench/cluster.py

Both servers run on this machine, each on a port and with a folder of its own, behind deploy/nginx.conf. While readers
read and vote, an editor publishes; then one server is killed, Redis is stopped, the standby of PostgreSQL is held back
and stopped, PostgreSQL itself is, then both are, and all are started again. Pictures come from a bucket. It prints what
was seen, and ends with 1 if something else was seen than should be. It takes about seven minutes and needs some
programs: sudo apt-get install nginx postgresql redis-server
"""

import http.client
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["PATH"] += ":/usr/sbin"  # where Debian has nginx

from bench.machines import Bucket, Postgres, Redis
from bench.traffic import FORM, NOT_KEPT, Load, answer_of, through, voter
from tests.proxied import NAME, Nginx
from tests.running import Site

ARTICLE = "/articles/muscle-leg-cramps/"
CHANGE = "/admin/articles/article/1/change/"
READ = [ARTICLE, ARTICLE, "/", "/articles/", "/topics/muscles/", "/about/", "/feed/", f"{ARTICLE[:-1]}.json"]
NEW = "/search/?q=cramp&new={}"  # a page that nobody asked for before, so that it is in no memory
PUBLICATIONS, APART = 8, 5  # seconds between them
SERVER_WITHIN, CACHE_WITHIN = 2, 60  # seconds until a publication must be seen
BACK_WITHIN = 30  # seconds until votes must be kept again
AWAY = 75  # seconds without PostgreSQL: longer than any cache calls a page fresh
# Keeps a picture, and says its address.
PICTURE = """
from io import BytesIO
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from articles import pictures
content = BytesIO()
Image.new("RGB", (1200, 800), "teal").save(content, "PNG")
print(pictures.store(SimpleUploadedFile("leg.png", content.getvalue())))
"""
# Reads versions from its input and publishes each; the answer is one line.
EDITOR = """
import sys
from django.db import close_old_connections
from articles import publishing
from articles.models import Article
for line in sys.stdin:
    try:
        article = Article.objects.get(pk=1)
        article.title = f"Muscle leg cramps, version {line.strip()}."
        article.save()
        publishing.publish(article, by=None)
        print("published", flush=True)
    except Exception as error:
        print("failed:", str(error).splitlines()[0], flush=True)
    close_old_connections()
"""


class Server(Site):
    """A site server with what all share: its database, key, and cache if there is one."""

    def __init__(self, key, postgres, standby, redis, bucket):
        shared = {
            "SECRET_KEY": key,
            "CACHE_URL": redis.url,
            "MEDIA_STORAGE": bucket.url,
            "ALLOWED_HOSTS": NAME,
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        super().__init__(tempfile.mkdtemp(), DATABASE_URL="", VOTES_PER_HOUR=1_000_000, **shared)
        # Which this server is not to make or drop
        self.environment |= {"DATABASE_URL": postgres.url, "REPLICA_URL": standby.url}

    def kill(self):
        """End it as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


class Editor:
    """Somebody who publishes one version after another on a server, by a shell command."""

    def __init__(self, site):
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", EDITOR]
        environment = os.environ | {name: str(value) for name, value in site.environment.items()}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, cwd=site.root, env=environment, **pipes)
        self.version = 0

    def publish(self):
        """Publish the next version, and return what came of it."""
        self.version += 1
        self.process.stdin.write(f"{self.version}\n")
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Watch:
    """Asks for the article again and again, and notes when each version was first seen."""

    def __init__(self, ask):
        self.ask, self.seen, self.over = ask, {}, threading.Event()
        self.thread = threading.Thread(target=self.go_on)
        self.thread.start()

    def go_on(self):
        newest = 0
        while not self.over.wait(0.1):
            found = re.search(r"cramps, version (\d+)\.", self.ask())
            for version in range(newest + 1, int(found[1]) + 1 if found else 0):
                self.seen[version] = time.monotonic()
                newest = version

    def delays(self, published):
        """Wait for the last version, and return how long each took, in seconds; those never seen are missing."""
        deadline = max(published.values()) + CACHE_WITHIN + 5
        while max(published) not in self.seen and time.monotonic() < deadline:
            time.sleep(0.1)
        self.over.set()
        self.thread.join()
        return [self.seen[version] - when for version, when in published.items() if version in self.seen]


def text_of(site):
    """Return a function that asks a server itself for the article, and gives its text or an empty one."""

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        try:
            return answer_of(connection, "GET", ARTICLE)[1]
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()

    return ask


# By a form it would take a second factor, too
SEAT = """
from django.contrib.auth import get_user_model
from django.test import Client
from tests.factories import seat
print(seat(Client(), get_user_model().objects.get(username="{}")).cookies["sessionid"].value)
"""


class Desk:
    """The browser of an editor who signed in and opened the form of the article, through nginx."""

    def __init__(self, nginx, site):
        self.nginx, self.cookies, self.token = (
            nginx,
            {"sessionid": site.shell(SEAT.format(site.administrator()[0]))},
            "",
        )
        self.open(CHANGE)

    def open(self, path):
        """Get a page with a form, and keep the token that goes with it."""
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask(path, "GET").body.decode())[1]

    def post(self, path, **fields):
        return self.ask(path, "POST", urlencode(fields | {"csrfmiddlewaretoken": self.token}))

    def ask(self, path, method, body=None):
        headers = {"Referer": f"https://{NAME}/", "Content_Type": FORM["Content-Type"]}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.nginx.ask(path, method, body, **headers)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class Report:
    """Prints a line for each thing seen, and knows whether all were as they should be."""

    def __init__(self):
        self.right = True

    def line(self, what, seen, right):
        self.right &= bool(right)
        print(f"{'ok  ' if right else 'FAIL'} {what:58} {seen}", flush=True)


def only(answers, *allowed):
    return answers.total() > 0 and not set(answers) - set(allowed)


@contextmanager
def phase(load, report, name, *vote_answers, new=(200,)):
    """Let the load go on in a phase of its own, then tell how readers and voters fared in it.

    `new` are the answers that pages may get which nobody has read before.
    """
    load.phase = name
    yield
    load.phase = f"after: {name}"
    time.sleep(1)
    votes = load.answers("votes", name)
    for kind, allowed in (("reads", (200,)), ("new pages", new)):
        answers, longest = load.answers(kind, name), load.longest[name, kind]
        report.line(
            f"{name}: {kind} through nginx", f"{dict(answers)}, longest {longest:.1f} s", only(answers, *allowed)
        )
    report.line(f"{name}: votes through nginx", dict(votes), only(votes, *vote_answers))


def publish(editor, servers, nginx, report):
    """Publish again and again, and tell how soon each version is seen."""
    watches = {f"server {number}": Watch(text_of(site)) for number, site in enumerate(servers, 1)}
    watches["nginx"] = Watch(lambda: nginx.ask(ARTICLE).body.decode())
    published = {}
    for _ in range(PUBLICATIONS):
        done = editor.publish()
        if done != "published":
            sys.exit(f"The editor could not publish. {done}")
        published[editor.version] = time.monotonic()
        time.sleep(APART)
    for name, watch in watches.items():
        delays, most = watch.delays(published), CACHE_WITHIN if name == "nginx" else SERVER_WITHIN
        seen = f"{len(delays)} of {len(published)}, the last to be seen after {max(delays, default=0):.1f} s"
        right = len(delays) == len(published) and max(delays) <= most
        report.line(f"publications seen by {name} within {most} s", seen, right)


def lose_replica(standby, servers, nginx, editor, load, report):
    with phase(load, report, "standby held back", 303):
        standby.ask("pg_wal_replay_pause()")
        publish(editor, servers, nginx, report)
        standby.ask("pg_wal_replay_resume()")
    with phase(load, report, "standby stopped", 303):
        standby.stop()
        time.sleep(15)
    standby.start()
    time.sleep(5)  # until it is used again


def lose_database(postgres, standby, desk, editor, load, report):
    name = "PostgreSQL stopped"
    with phase(load, report, name, NOT_KEPT):
        load.phase = "PostgreSQL stopping"
        postgres.stop()
        time.sleep(1)
        load.phase = name
        answer = desk.post(CHANGE, title="Not to be kept")
        said = "told plainly" if "We could not save what you sent." in answer.body.decode() else "not told"
        report.line(f"{name}: an edit", f"{answer.status}, {said}", (answer.status, said) == (503, "told plainly"))
        done = editor.publish()
        report.line(f"{name}: a publication", done, done.startswith("failed"))
        time.sleep(15)
    with phase(load, report, "both PostgreSQL servers stopped", NOT_KEPT, new=(200, 503)):
        standby.stop()
        time.sleep(AWAY)
    standby.start()
    load.phase = "PostgreSQL starting"
    postgres.start()
    start = time.monotonic()
    while load.answers("votes", load.phase)[303] < 5 and time.monotonic() - start < BACK_WITHIN:
        time.sleep(0.2)
    took = time.monotonic() - start
    report.line("PostgreSQL back: votes are kept again", f"after {took:.1f} s", took < BACK_WITHIN)


def main():
    report, load = Report(), Load()
    with ExitStack() as stack:
        postgres, redis, bucket, key = Postgres(), Redis(), Bucket(), secrets.token_urlsafe(50)
        for machine in (postgres, redis, bucket):
            machine.start()
            stack.callback(machine.stop)
        standby = Postgres(postgres)
        standby.start()
        stack.callback(standby.stop)
        servers = [stack.enter_context(Server(key, postgres, standby, redis, bucket)) for _ in range(2)]
        nginx = stack.enter_context(Nginx(tempfile.mkdtemp(), *(site.port for site in servers)))
        editor = Editor(servers[0])
        stack.callback(editor.stop)
        desk = Desk(nginx, servers[0])
        pages = [*READ, servers[0].shell(PICTURE)]
        load.add("reads", 4, through(nginx, lambda thread, number: pages[(thread + number) % len(pages)]))
        load.add("new pages", 1, through(nginx, lambda _thread, number: NEW.format(number)))
        load.add("votes", 2, voter(nginx))
        stack.enter_context(load)
        lose_one_after_another(servers, nginx, (postgres, standby), redis, editor, desk, load, report)
        load.__exit__()
        count(load, servers[0], report)
    sys.exit(not report.right)


def lose_one_after_another(servers, nginx, databases, redis, editor, desk, load, report):
    with phase(load, report, "all there", 303):
        publish(editor, servers, nginx, report)
    with phase(load, report, "one server killed", 303):
        load.phase = "one server killed just now"
        servers[1].kill()
        time.sleep(1)
        load.phase = "one server killed"
        time.sleep(10)
    servers[1].start()
    with phase(load, report, "Redis stopped", 303):
        redis.stop()
        time.sleep(15)
    redis.start()
    lose_replica(databases[1], servers, nginx, editor, load, report)
    lose_database(*databases, desk, editor, load, report)
    with phase(load, report, "all back", 303):
        publish(editor, servers, nginx, report)


def count(load, site, report):
    """Compare the votes that were thanked for with the rows; one whose answer was lost may have been kept or not."""
    answers = load.answers("votes")
    kept = int(site.ask("m.Vote.objects.count()"))
    unanswered = answers.total() - answers[303] - answers[NOT_KEPT]
    seen = f"{answers[303]} acknowledged, {kept} rows; {unanswered} votes got no answer"
    report.line("votes", f"{seen}, {dict(answers)}", 0 <= kept - answers[303] <= unanswered)
    reads = load.answers("reads")
    report.line("reads in all", dict(reads), only(reads, 200))
    report.line("new pages in all", dict(load.answers("new pages")), True)


if __name__ == "__main__":
    main()
