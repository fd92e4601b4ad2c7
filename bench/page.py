"""Measure the article page against its budget: bytes, requests, first paint and Lighthouse's scores.

`make bench PART=page` starts the real site with data of its own and loads the page in Chromium. That must be
installed, and Lighthouse by `npm ci --prefix bench --ignore-scripts`.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from bench.report import Goal, NotMeasured, goals, machine
from tests.running import ROOT, Site

TITLE = "The article page against its budget"
ARTICLE = "/articles/muscle-leg-cramps/"
RUNS = 5
TRIES = 3  # Chromium now and then fails to record a load
LIGHTHOUSE = ROOT / "bench" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]


def lighthouse(url, chromium, folder, run):
    """Return Lighthouse's report of a page, as a phone on a slow line would get it."""
    path = Path(folder) / f"{run}.json"
    flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    command = [LIGHTHOUSE, url, "--quiet", "--output", "json", "--output-path", path, f"--chrome-flags={flags}"]
    for _ in range(TRIES):
        subprocess.run(command, check=False, env=os.environ | {"CHROME_PATH": chromium})
        report = json.loads(path.read_text())
        if "runtimeError" not in report:
            return report
    raise NotMeasured(f"Lighthouse failed {TRIES} times: {report['runtimeError']['message']}")


def rows(reports):
    yield from (
        Goal(f"Lighthouse: {name}", "100", worst, worst == 100)
        for name in CATEGORIES
        for worst in [min(round(report["categories"][name]["score"] * 100) for report in reports)]
    )
    # Lighthouse reckons it from the processor's time as well, which on a shared machine is never the same twice.
    paints = sorted(report["audits"]["first-contentful-paint"]["numericValue"] / 1000 for report in reports)
    paint = median(paints)
    measured = f"{paint:.2f} s in the median, {paints[0]:.2f} to {paints[-1]:.2f} s"
    yield Goal("first contentful paint", "at most 1.0 s", measured, paint <= 1)
    items = [report["audits"]["network-requests"]["details"]["items"] for report in reports]
    requests = max(len(list_) for list_ in items)
    yield Goal("requests of a first visit", "at most 6", requests, requests <= 6)
    size = max(sum(item["transferSize"] for item in list_) for list_ in items) / 1024
    yield Goal("transferred, headers included", "at most 20 KiB", f"{size:.1f} KiB", size <= 20)


def measure():
    """Return the part's lines for RESULTS.md."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium or not LIGHTHOUSE.exists():
        raise NotMeasured(
            "it needs Chromium (sudo apt-get install chromium) and Lighthouse (npm ci --prefix bench --ignore-scripts)."
        )
    measured_on = machine()
    with tempfile.TemporaryDirectory() as folder, Site(folder) as site:
        reports = [lighthouse(site.url + ARTICLE, chromium, folder, run) for run in range(RUNS)]
    return [
        measured_on,
        f"Lighthouse {reports[0]['lighthouseVersion']} (mobile, simulated slow 4G) on the site of `make run`.",
        f"{RUNS} runs, the worst of each unless said otherwise.",
        "",
        *goals(rows(reports)),
    ]
