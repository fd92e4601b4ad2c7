"""Has the site do its chores by itself: runs a command now and then, beside the server, and ends with it.

    clock.py SECONDS COMMAND…

It runs without Django and without a library, since it is there all the time; the command is there only while there is
something to do. Its standard input is a pipe that nobody writes to: when the server ends, however it does, its end of
the pipe closes, and that is what the clock waits for.
"""

import os
import select
import signal
import sys


def is_over(seconds):
    """Wait so long, and return at once with True when the server has ended."""
    return bool(select.select([0], [], [], seconds)[0])


def main(seconds, command):
    os.nice(10)  # readers come first
    while not is_over(seconds):
        try:
            child = os.posix_spawn(command[0], command, os.environ)
        except OSError as error:  # no memory at this moment, say: the next time it may go well
            print(f"{command[0]} could not be run: {error.strerror}.", file=sys.stderr)
            continue
        while not os.waitpid(child, os.WNOHANG)[0]:
            if is_over(0.5):
                os.kill(child, signal.SIGTERM)
                return


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
