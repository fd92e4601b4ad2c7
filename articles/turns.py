"""Taking turns: what one thread of all workers of this machine does at a time."""

import contextlib
import fcntl
import threading
from collections import defaultdict

from django.conf import settings

HERE = defaultdict(threading.Lock)  # so that of a worker's threads one alone waits for the other worker


@contextlib.contextmanager
def turn(name):
    """Wait until nobody else of this machine is within a turn of the same name."""
    folder = settings.DATA_DIR / "locks"
    with HERE[name]:
        try:
            folder.mkdir(exist_ok=True)
            file = open(folder / name, "w")  # noqa: SIM115  closed below
        except OSError:  # a disk that is full or can't be written to keeps nobody from reading
            yield
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
