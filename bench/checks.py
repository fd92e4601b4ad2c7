"""Measure how long the checks of a 3,000-word article take, in the processor's time, and print it.

`python bench/checks.py` makes an article of the first one's text, repeated, in a database of its own in memory.
Nothing is written.
"""

import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
WORDS, RUNS = 3_000, 15


def main():
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "cramps_site.settings",
            "DATA_DIR": folder,
            "DATABASE_URL": "sqlite://:memory:",
        }
        import django

        django.setup()
        measure()


def measure():
    from django.core.management import call_command

    from articles import checks, readability, wording
    from articles.models import Article, Revision

    call_command("migrate", verbosity=0)
    call_command("load_first_article", verbosity=0)
    revision = Revision.of(Article.objects.get())
    sections, count, number = [], 0, 0
    while count < WORDS:
        row = revision.sections[number % len(revision.sections)]
        number += 1
        # Each copy is a text of its own, so that nothing is known from the one before.
        body = f"{row['body']}\n\nThis is part {number} of the text.\n"
        sections.append(row | {"key": f"{row['key']}-{number}", "body": body})
        count += len(body.split())
    revision.sections = sections
    times = []
    for _run in range(RUNS):
        for cache in (readability.read, wording.hits):
            cache.cache_clear()
        began = time.process_time()
        found = checks.findings(revision)
        checks.grade(revision)
        times.append((time.process_time() - began) * 1000)
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{count} words in {len(sections)} sections, {len(found)} findings, {RUNS} runs. {machine}")
    print(f"Read anew each time: {median(times):.0f} ms in the median, {min(times):.0f} to {max(times):.0f} ms")
    began = time.process_time()
    checks.findings(revision)
    print(f"As while writing, when most is known: {(time.process_time() - began) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
