"""Measure what becomes of pages, and of a worker's memory, when 100 articles become 100,000.

    make bench PART=growth
    .ci/with-postgres make bench PART=growth
    .venv/bin/python bench/growth.py [ARTICLES ARTICLES]

Two sites with databases of their own are filled by populate_demo_data, which says how far it is. Then each page is
asked for in turn, once of the one and once of the other, so that what else the machine does strikes both alike. For
memory both are served as `make run` does, and all pages are visited. The table goes into bench/GROWTH.md.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SIZES = (100, 100_000)
RUNS = 15  # of each page
AT_MOST, MEMORY_AT_MOST = 1.5, 1.2  # the goals: how often as long, and as large
INTRODUCTION = """\
Measured by `.venv/bin/python bench/growth.py`, and by the same behind `.ci/with-postgres`: two sites, asked in turn for
each page. Of the times it is the median, of queries and of rows that were read the most. The times are those of a
machine that may do much else at once; what counts are the ratios.
"""


# In a process of its own for each site: what one page takes


def answer():
    """Ask for the pages that are named on standard input, a line each, and say what each took."""
    import django

    django.setup()
    from django.test import Client

    from tests.growing import counted, facts

    client, page = Client(SERVER_NAME="127.0.0.1", headers={"accept-encoding": "br"}), facts()
    client.force_login(prepared())
    for number, line in enumerate(sys.stdin):
        path = line.strip().format(**page(number))
        with counted() as count:
            start = perf_counter()
            response = client.get(path)
            took = (perf_counter() - start) * 1000
        if response.status_code != 200:
            sys.exit(f"{path} answered {response.status_code}")
        print(json.dumps({"took": took, "queries": count.queries, "rows": count.rows, "path": path}), flush=True)


def prepared():
    """Let a tenth of the reviews be overdue, and return somebody who may sign in.

    PostgreSQL looks at its tables and tidies them by itself, but not at once, so it is asked to.
    """
    from datetime import timedelta

    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.db.models import F

    from articles.models import Task

    old = Task.objects.filter(kind=Task.Kind.OVERDUE, article__slug__endswith="7")
    old.update(due=F("due") - timedelta(days=2000))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return get_user_model().objects.create_superuser("bench", password=None)


# For both sites: filling, asking, serving


class Grown:
    """A site with so many articles, and the process that asks for its pages."""

    def __init__(self, articles):
        from tests.running import Site

        self.articles, self.folder = articles, tempfile.TemporaryDirectory()  # gone with this program
        self.site = Site(self.folder.name)
        self.environment = os.environ | {name: str(value) for name, value in self.site.environment.items()}
        start = perf_counter()
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "populate_demo_data", "--articles", str(articles))
        self.filled_in = perf_counter() - start
        own = self.environment | {"DJANGO_SETTINGS_MODULE": "cramps_site.settings"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.asked = subprocess.Popen([sys.executable, __file__, "--answer"], cwd=ROOT, env=own, **pipes)

    def run(self, *arguments):
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True)

    def ask(self, path):
        """Return what a page took, as `answer` says it."""
        self.asked.stdin.write(f"{path}\n")
        self.asked.stdin.flush()
        line = self.asked.stdout.readline()
        if not line:
            sys.exit("A page could not be measured. See above.")
        return json.loads(line)

    def memory(self, paths):
        """Return the largest memory of a worker in MiB, once it has served all pages."""
        self.asked.stdin.close()
        self.asked.wait()
        with self.site:
            cookie = f"sessionid={self.site.shell(SESSION)}"
            for path in paths * 3:
                for _worker in range(2):
                    urlopen(Request(self.site.url + path, headers={"Cookie": cookie})).close()
            return max(map(proportional, self.workers()))

    def workers(self):
        """Return the processes of the server but its own, by their ids."""
        return [int(pid) for pid in children(self.site.process.pid)]


SESSION = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, get_user_model
user = get_user_model().objects.get(username="bench")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session.update({SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()})
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.save()
print(session.session_key)
"""


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def proportional(pid):
    """Return the memory of a process in MiB, of what it shares with others its share (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def measured(small, large):
    """Return of each page what it took of both sites: the median time, the most queries and rows."""
    from tests.growing import OTHERS, PAGES

    pages, said = PAGES | OTHERS, {}
    for number, (name, path) in enumerate(pages.items(), start=1):
        runs = [(small.ask(path), large.ask(path)) for _run in range(RUNS + 2)][2:]  # two to warm up
        said[name] = [together(own) for own in zip(*runs, strict=True)]
        print(f"{number} of {len(pages)}", line(name, *said[name]), flush=True)
    return said


def together(runs):
    found = {what: max(run[what] for run in runs) for what in ("queries", "rows")}
    return found | {"took": median(run["took"] for run in runs), "path": runs[-1]["path"]}


def verdict(ratio, goal):
    return "met" if ratio <= goal else "**missed**"


def line(name, small, large):
    """Return the line of a page in the table."""
    shown = [f"{one['took']:.1f} ms, {one['queries']} queries, {one['rows']} rows" for one in (small, large)]
    ratio = large["took"] / small["took"]
    return f"| {name} | {' | '.join(shown)} | {ratio:.2f} | {verdict(ratio, AT_MOST)} |"


def table(said, memory, sites):
    """Return the results as lines of Markdown."""
    few, many = (f"{site.articles:,}" for site in sites)
    lines = [
        f"| Page | {few} articles | {many} articles | times as long, at most {AT_MOST} | |",
        "|---|--:|--:|--:|---|",
    ]
    lines += [line(name, *both) for name, both in said.items()]
    ratio = memory[1] / memory[0]
    lines.append(
        f"| memory of a worker, at most {MEMORY_AT_MOST} times as large | {memory[0]:.1f} MiB | {memory[1]:.1f} MiB "
        f"| {ratio:.2f} | {verdict(ratio, MEMORY_AT_MOST)} |"
    )
    made = sites[1].articles / sites[1].filled_in
    lines += ["", f"Making {many} articles took {sites[1].filled_in:.0f} seconds, {made:.0f} a second."]
    return lines


def write(database, lines):
    """Print the results, and keep them with those of the other database in bench/GROWTH.md."""
    print(*lines, sep="\n")
    file, heading = ROOT / "bench" / "GROWTH.md", f"## On {database}\n"
    parts = file.read_text(encoding="utf-8").split("## ")[1:] if file.exists() else []
    others = [f"## {part.strip()}\n" for part in parts if not f"## {part}".startswith(heading)]
    parts = sorted([heading + "\n" + "\n".join(lines) + "\n", *others])
    file.write_text("# From 100 to 100,000 articles\n\n" + INTRODUCTION + "\n" + "\n".join(parts), encoding="utf-8")


def main(sizes=SIZES):
    sites = [Grown(articles) for articles in sizes]
    said = measured(*sites)
    memory = [site.memory([both[at]["path"] for both in said.values()]) for at, site in enumerate(sites)]
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    write(database, table(said, memory, sites))


if __name__ == "__main__":
    if sys.argv[1:] == ["--answer"]:
        answer()
    else:
        main([int(number) for number in sys.argv[1:]] or SIZES)
