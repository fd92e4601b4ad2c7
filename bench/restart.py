"""Change the code of a running site again and again under load, and count what was lost.

    .venv/bin/python bench/restart.py [UPGRADES]

It runs a copy of the site behind nginx with deploy/nginx.conf. Each upgrade brings new code, a new template, a new
style sheet and a migration, and sends SIGHUP, as `systemctl reload cramps` does. Meanwhile readers ask the site
directly, each time by a new connection, and through nginx, by connections kept open; voters send votes through nginx,
each once. It ends with 1 if a request had no answer or another than it should have, if a vote is missing in the
database, or if a worker went on with old code. It needs nginx.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["PATH"] += ":/usr/sbin"  # where Debian has nginx

from bench.traffic import Load, direct, through, voter
from tests.proxied import NAME, Nginx
from tests.running import Site
from tests.upgrading import copy_code, is_all_of, read, reload, style_sheet, upgrade

ARTICLE = "/articles/muscle-leg-cramps/"


def unseen(thread, number):
    return f"/about/?{thread}-{number}"


def report(load):
    """Print what each kind of request was answered, and return how many answers were not what they should be."""
    wrong = 0
    for name in dict.fromkeys(name for name, _ in load.counts):
        answers = load.answers(name)
        right = 303 if name.startswith("votes") else 200
        others = {answer: count for answer, count in answers.items() if answer != right}
        wrong += sum(others.values())
        print(f"{name:38} {answers.total():6} sent {answers[right]:6} answered {right}, others: {others or 'none'}")
    return wrong


def main(upgrades):
    code, data, proxy = (Path(tempfile.mkdtemp()) for _ in range(3))
    site = Site(data, root=copy_code(code), TRUSTED_PROXIES="127.0.0.1", ALLOWED_HOSTS=NAME, VOTES_PER_HOUR=1_000_000)
    with site, Nginx(proxy, site.port) as nginx:
        sheets, load = [style_sheet(site)], Load()
        load.add("readers, new connections", 2, direct(site, lambda: ARTICLE))
        load.add("first version's style sheet", 1, direct(site, lambda: sheets[0].removeprefix(site.url)))
        load.add("readers through nginx, from its cache", 2, through(nginx, lambda *_: ARTICLE))
        load.add("readers through nginx, from the site", 2, through(nginx, unseen))
        load.add("votes through nginx", 2, voter(nginx))
        with load:
            for version in range(1, upgrades + 1):
                upgrade(site, version)
                seconds = reload(site)
                if not is_all_of(site, version):
                    sys.exit(f"A worker goes on without version {version}.")
                sheets.append(style_sheet(site))
                print(f"Version {version}: all workers have its code {seconds:.1f} s after the signal.", flush=True)
        kept = int(site.ask("m.Vote.objects.count()"))
        held = all(read(sheet) for sheet in sheets) and len(set(sheets)) == upgrades + 1
    wrong = report(load)
    acknowledged = load.answers("votes through nginx")[303]
    print(f"Votes acknowledged: {acknowledged}, in the database: {kept}.")
    print(f"Style sheets of all {upgrades + 1} versions are served: {'yes' if held else 'NO'}.")
    sys.exit(bool(wrong) or not held or kept != acknowledged)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
