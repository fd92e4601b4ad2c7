"""Taking turns: what one process of this machine does at a time, whichever thread of which worker wants to."""

import contextlib
import fcntl

from django.conf import settings


@contextlib.contextmanager
def turn(name):
    """Wait until nobody else of this machine is within a turn of the same name."""
    folder = settings.DATA_DIR / "locks"
    try:
        folder.mkdir(exist_ok=True)
        file = open(folder / name, "w")  # noqa: SIM115  closed below
    except OSError:  # a disk that is full or can't be written to keeps nobody from reading
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
