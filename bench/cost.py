"""What the site costs after it was under load: memory, and the time of a start."""

import re
import time
from pathlib import Path
from statistics import median

from bench.report import Goal

STARTS = 3


def pss(pid):
    """Return the MiB of memory that are a process's share: what it has alone, and its part of what others use too."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB", text, re.M)[1]) / 1024


def children(pid):
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def goals(site):
    """Return the goals of a site's cost. The site is started anew several times."""
    main, workers = pss(site.process.pid), [pss(pid) for pid in children(site.process.pid)]
    measured = f"{sum(workers):.0f} MiB; the process that minds them takes {main:.0f} more"
    yield Goal(f"memory of {len(workers)} workers after the load (PSS)", "under 200 MiB", measured, sum(workers) < 200)
    times = []
    for _ in range(STARTS):
        site.stop()
        began = time.monotonic()
        site.start()
        times.append(time.monotonic() - began)
    measured = f"{median(times):.1f} s in the median, {min(times):.1f} to {max(times):.1f} s"
    yield Goal("a second start, to the first answer", "under 3 s", measured, median(times) < 3)
