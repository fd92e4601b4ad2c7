"""The crash program: a site under a storm of votes, edits, publications and uploads, whose parts are killed at random.

    make soak                                   # 100 kills on SQLite, and as many on PostgreSQL where it is installed
    make soak KILLS=1000 MINUTES=600            # or as many as come in ten hours, on each database
    make soak KILLS=20 DATABASE=sqlite SEED=7

A supervisor starts again what ended, as deploy/cramps.service has it done; nothing else is done by hand. After each
kill, and at the end, all that the site acknowledged must be there: each vote, save, publication and picture; no article
may be half published, and search, the work list, kept pages and the uses of pictures must agree with the text. It
prints what it counted, and ends with 1 if anything was lost, disagrees, or was answered with an error page.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.storm import Browser, Editor, Reader, Storm, Voter, word
from bench.supervised import RESTART, Database, Supervised, kill

EDITORS, VOTERS = 2, 3
CALM = (0.5, 4)  # seconds of storm between a check and the next kill


class Soak:
    """A site in a storm, and what is known of it."""

    def __init__(self, site, database=None):
        self.site, self.database, self.kills, self.faults = site, database, Counter(), []
        self.longest = 0.0
        made = within(site, "made", EDITORS)
        cookies = sign_in(site)
        self.editors = [Editor(site, f"editor {pk}", pk, cookies) for pk, _slug in made]
        self.voters = [Voter(site, f"voter {number}") for number in range(VOTERS)]
        readers = [
            Reader(site, f"reader {ed.name}", ed, slug) for ed, (_pk, slug) in zip(self.editors, made, strict=True)
        ]
        self.storm = Storm(*self.editors, *self.voters, *readers)

    def wait_for_all(self, seconds=60):
        """Wait until everybody in the storm has been promised something."""
        ends = time.monotonic() + seconds
        while not all([*(e.publications.acknowledged for e in self.editors), *(voter.book for voter in self.voters)]):
            if time.monotonic() > ends:
                self.faults.append("Somebody could not even begin.")
                return
            time.sleep(0.05)

    def kill_one(self):
        """Kill something, wait until the site answers again, and return what it was."""
        parts = self.site.parts()
        names = [*parts, *(["the database", "one process of the database"] if self.database else [])]
        name, start, main = random.choice(names), time.monotonic(), self.site.process.pid
        if name == "the database":
            self.database.kill_server()
        elif name == "one process of the database":
            self.database.kill_backend()
        else:
            kill(parts[name])
        while main in parts.get(name, ()) and self.site.process.pid == main:
            time.sleep(0.05)  # till the supervisor starts it again, or what is left of the old one would answer
        self.site.wait()
        self.longest = max(self.longest, time.monotonic() - start)
        self.kills[name] += 1
        return name

    def check(self, when, is_thorough=False):
        """Compare what the site keeps with what it promised before."""
        promised = {editor: (editor.saves.kept, editor.publications.kept) for editor in self.editors}
        books = [(voter, dict(voter.book), {v: ledger.kept for v, ledger in voter.book.copy().items()})
                 for voter in self.voters]  # fmt: skip
        found = self.ask(is_thorough)
        faults = [*found["faults"], *self.storm.faults]
        for editor, (save, publication) in promised.items():
            faults += faults_of(editor, found["articles"][str(editor.article)], save, publication)
        for voter, book, kept in books:
            for mark, ledger in book.items():
                value = found["votes"].get(mark)
                if value not in ledger.sent[kept.get(mark, 0) :]:
                    faults.append(f"{voter.name}: a vote of {ledger.sent} kept up to {kept.get(mark)} is {value}")
        self.storm.faults.clear()
        self.faults += [f"{when}: {fault}" for fault in faults]
        for fault in faults:
            print(f"FAIL {when}: {fault}", flush=True)
        return found

    def ask(self, is_thorough):
        """Ask the database itself; one that has just been killed may want a moment."""
        for attempt in range(60):
            try:
                return within(self.site, "found", [editor.article for editor in self.editors], is_thorough)
            except AssertionError as error:
                if attempt == 59 or "OperationalError" not in str(error):
                    raise
                time.sleep(1)
        return None

    def at_the_end(self):
        """Check all when the storm is over: the pages, the search, and the number of votes too."""
        found = self.check("at the end", is_thorough=True)
        acknowledged = sum(len(voter.book) for voter in self.voters)
        new = sum(voter.new for voter in self.voters)
        if not acknowledged <= len(found["votes"]) <= new:
            self.faults.append(
                f"{acknowledged} votes were acknowledged, {new} sent, and {len(found['votes'])} are kept"
            )
        reader = Browser(self.site, "the last reader")
        for editor in self.editors:
            newest = found["articles"][str(editor.article)]["newest"]
            said = f"Soak {editor.article} edit {newest}."
            _status, page = reader.get(f"/articles/soak-{self.editors.index(editor) + 1}/")
            _status, hits = reader.get(f"/search/?q={word(editor.article, newest)}")
            self.faults += [f"“{said}” is not on its page"] * (newest and said not in page.decode())
            self.faults += [f"“{said}” is not found"] * (newest and said not in hits.decode())
        return found

    def tell(self, found):
        count = self.storm.count()
        promised = {
            "votes": sum(len(ledger.acknowledged) for voter in self.voters for ledger in voter.book.values()),
            "saves": sum(len(editor.saves.acknowledged) for editor in self.editors),
            "publications": sum(len(editor.publications.acknowledged) for editor in self.editors),
            "pictures": sum(len(editor.pictures) for editor in self.editors),
        }
        print(f"Killed {self.kills.total()} times: " + ", ".join(f"{n} {times}" for n, times in self.kills.items()))
        print(f"Started {self.site.starts} times; it answered again after at most {self.longest:.1f} s.")
        print("Acknowledged: " + ", ".join(f"{number} {name}" for name, number in promised.items()) + ".")
        print(f"Votes of {sum(len(v.book) for v in self.voters)} readers acknowledged, rows: {len(found['votes'])}.")
        print("Answers: " + ", ".join(f"{what} {code}: {n}" for (what, code), n in sorted(count.items(), key=str)))
        print(f"Faults: {len(self.faults)}", flush=True)


def faults_of(editor, kept, save, publication):
    """Yield which of an editor's promises are not kept."""
    working, sent = kept["working copy"], editor.saves.sent
    if save >= 0 and working not in sent[save:]:
        yield f"{editor.name}: edit {sent[save]} was saved, and the working copy is edit {working}"
    promised = editor.publications.acknowledged[: publication + 1]
    if publication >= 0:
        promised = [
            number for number in editor.publications.acknowledged if number <= editor.publications.sent[publication]
        ]
    if missing := set(promised) - set(kept["published"]):
        yield f"{editor.name}: edits {sorted(missing)} were published and are not"
    if promised and kept["newest"] < promised[-1]:
        yield f"{editor.name}: edit {promised[-1]} was published last, and readers see edit {kept['newest']}"


def within(site, name, *arguments):
    """Return what a function of bench/verdict.py returns within the site's own Django."""
    code = f"import json; from bench import verdict; print(json.dumps(verdict.{name}(*{arguments})))"
    return json.loads(site.shell(code))


def sign_in(site):
    """Return the cookies of the administrator's browser."""
    browser = Browser(site, "administrator")
    _status, text = browser.get("/accounts/login/")
    token = text.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    name, password = site.administrator()
    fields = {"csrfmiddlewaretoken": token, "login": name, "password": password, "next": "/admin/"}
    status = browser.post("/accounts/login/", fields, "sign in")
    if status != 302:
        sys.exit(f"The sign-in was answered {status}.")
    return browser.cookies


def soak(site, kills, minutes, database=None):
    """Kill a running site's parts so often, for so long at most, and return a Soak that knows what was found."""
    deadline, it = time.monotonic() + minutes * 60, Soak(site, database)
    with it.storm:
        it.wait_for_all()
        for number in range(1, kills + 1):
            time.sleep(random.uniform(*CALM))
            name = it.kill_one()
            it.check(f"after kill {number} ({name})")
            if number % 10 == 0:
                print(f"{number} kills, {len(it.faults)} faults", flush=True)
            if time.monotonic() > deadline:
                break
        time.sleep(1)
    it.tell(it.at_the_end())
    return it


def on_sqlite(options):
    with tempfile.TemporaryDirectory() as folder, supervised(folder, DATABASE_URL="") as site:
        return soak(site, options.kills, options.minutes)


def on_postgres(options):
    database = Database()
    database.start()
    try:
        with tempfile.TemporaryDirectory() as folder, supervised(folder, DATABASE_URL=database.url) as site:
            return soak(site, options.kills, options.minutes, database)
    finally:
        database.stop()


def supervised(folder, restart=RESTART, **environment):
    fixed = {"VOTES_PER_HOUR": 1_000_000, "CHORES": "true", "CHECK_LINKS": "false"}
    return Supervised(folder, restart=restart, **fixed, **environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60, help="for each database, at most")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"Seed {options.seed}", flush=True)
    wrong = 0
    for name, run in (("sqlite", on_sqlite), ("postgres", on_postgres)):
        if options.database not in (name, "both"):
            continue
        if name == "postgres" and options.database == "both" and not Database.programs():
            print("PostgreSQL is not installed, so it was not tried. To have it: sudo apt-get install postgresql")
            continue
        print(f"On {name}:", flush=True)
        wrong += len(run(options).faults)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
