"""No database: how often things happened in this process, for the metrics (cramps_site/metrics.py).

What is counted here has a name and an outcome that stand in the code, so that there are never more than a few.
"""

import threading
from collections import Counter

counted, changing = Counter(), threading.Lock()


def count(name, outcome=""):
    """Count one more of a name, such as "votes", and of what became of it, such as "kept"."""
    with changing:
        counted[name, outcome] += 1


def taken():
    """Return what was counted since the last call, as {(name, outcome): how often}."""
    with changing:
        found = dict(counted)
        counted.clear()
    return found
