"""bench/RESULTS.md: parts that are each measured and written alone, with goals that are met or missed."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
BEGINNING = """# What was measured

Written by `make bench`, each part by itself with `make bench PART=…`; [README.md](README.md) says how, and what each
part needs. Speed is compared within one run, since machines and days differ.
"""


class NotMeasured(Exception):
    """A part, or something it compares with, lacks what it needs or fails. The message says what."""


def require(holds, problem):
    """Measure nothing that isn't right: raise NotMeasured with the problem unless something holds."""
    if not holds:
        raise NotMeasured(problem)


@dataclass(frozen=True)
class Goal:
    """A row of a part: what must hold, what was measured, and whether it holds (None where it wasn't measured)."""

    what: str
    goal: str
    measured: str
    met: bool | None

    def __str__(self):
        verdict = {True: "met", False: "**missed**", None: "not measured"}[self.met]
        return f"| {self.what} | {self.goal} | {self.measured} | {verdict} |"


def table(header, rows):
    """Return the lines of a Markdown table; a row is a goal, or what each of its columns says."""
    lines = [row if isinstance(row, Goal) else f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}", *map(str, lines), ""]


def goals(rows):
    return table(["What", "Goal", "Measured", ""], rows)


def at_least(what, least, ratios):
    """Return the goal that the median of the rounds' ratios reaches a number."""
    middle = median(ratios)
    return Goal(what, f"at least {least} ×", f"{times(middle)} ({rounds(ratios)})", middle >= least)


def rounds(ratios):
    return f"{times(min(ratios))} to {times(max(ratios))} in the rounds"


def times(ratio):
    return f"{ratio:,.1f} ×" if ratio >= 10 else f"{ratio:.2g} ×"


def machine():
    """Return a sentence that says when and on what a part is measured."""
    cpu = value("/proc/cpuinfo", "model name", ":")
    system = value("/etc/os-release", "PRETTY_NAME", "=").strip('"') or platform.system()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {date.today():%-d %B %Y}: {os.cpu_count()} cores{f' ({cpu})' if cpu else ''}, {memory:.0f} GiB, "
        f"{system}, Python {platform.python_version()}. "
        f"The load average before it was {os.getloadavg()[0]:.1f}."
    )


def value(path, name, sign):
    """Return what a system's file says after a name, or nothing."""
    return next((line.partition(sign)[2].strip() for line in read(path) if line.startswith(name)), "")


def read(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def write(title, lines):
    """Put a part into RESULTS.md in place of the one with the same title, or at the end. The others stay."""
    parts = dict(part.split("\n", 1) for part in "\n".join(read(RESULTS)).split("\n## ")[1:])
    parts[title] = "\n" + "\n".join(lines)
    text = [BEGINNING, *(f"## {name}\n\n{part.strip()}\n" for name, part in parts.items())]
    RESULTS.write_text("\n".join(text))
