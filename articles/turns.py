"""Taking turns: what one thread of all workers of this machine does at a time."""

import contextlib
import fcntl
import threading
from collections import defaultdict

from django.conf import settings

HERE = defaultdict(threading.Lock)  # so that of a worker's threads one alone waits for the other worker
OPEN = {}  # the files by their paths; who has the lock of HERE has the file


@contextlib.contextmanager
def turn(name):
    """Wait until nobody else of this machine is within a turn of the same name."""
    with HERE[name]:
        try:
            path = settings.DATA_DIR / "locks" / name
            file = OPEN.get(path) or opened(path)
        except OSError:  # a disk that is full or can't be written to keeps nobody from reading
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def opened(path):
    """Return the file that stands for a turn; it stays open, for to open it takes longer than all else here."""
    path.parent.mkdir(exist_ok=True)
    OPEN[path] = open(path, "w")  # noqa: SIM115
    return OPEN[path]
