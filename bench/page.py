"""Measure the article page against its budget: bytes, requests, first paint and Lighthouse's scores.

`make bench` starts the real site with data of its own, loads the page in Chromium, and writes bench/RESULTS.md.
Chromium must be installed, and Lighthouse by `npm ci --prefix bench --ignore-scripts`.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.running import Site  # noqa: E402

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
    sys.exit(f"Lighthouse failed {TRIES} times: {report['runtimeError']['message']}")


def rows(reports):
    """Return the table's rows as (what, goal, measured, whether the goal is met)."""
    yield from (
        (f"Lighthouse: {name}", "100", worst, worst == 100)
        for name in CATEGORIES
        for worst in [min(round(report["categories"][name]["score"] * 100) for report in reports)]
    )
    # Lighthouse reckons it from the processor's time as well, which on a shared machine is never the same twice.
    paints = sorted(report["audits"]["first-contentful-paint"]["numericValue"] / 1000 for report in reports)
    paint = median(paints)
    measured = f"{paint:.2f} s in the median, {paints[0]:.2f} to {paints[-1]:.2f} s"
    yield "first contentful paint", "at most 1.0 s", measured, paint <= 1
    items = [report["audits"]["network-requests"]["details"]["items"] for report in reports]
    requests = max(len(list_) for list_ in items)
    yield "requests of a first visit", "at most 4", requests, requests <= 4
    size = max(sum(item["transferSize"] for item in list_) for list_ in items) / 1024
    yield "transferred, headers included", "at most 20 KiB", f"{size:.1f} KiB", size <= 20


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium or not LIGHTHOUSE.exists():
        sys.exit(
            "This needs Chromium (sudo apt-get install chromium) "
            "and Lighthouse (npm ci --prefix bench --ignore-scripts)."
        )
    with tempfile.TemporaryDirectory() as folder, Site(folder) as site:
        reports = [lighthouse(site.url + ARTICLE, chromium, folder, run) for run in range(RUNS)]
    version = reports[0]["lighthouseVersion"]
    lines = [
        "# The article page against its budget",
        "",
        f"Measured on {date.today():%d %B %Y} by `make bench`: Lighthouse {version} (mobile, simulated slow 4G)",
        f"on the site as `make run` serves it, {RUNS} runs, the worst of each unless said otherwise.",
        f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        "| What | Goal | Measured | |",
        "| --- | --- | --- | --- |",
        *(
            f"| {what} | {goal} | {worst} | {'met' if met else '**missed**'} |"
            for what, goal, worst, met in rows(reports)
        ),
    ]
    (ROOT / "bench" / "RESULTS.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
