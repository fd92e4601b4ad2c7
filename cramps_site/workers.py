"""The production server: granian with two workers, which SIGHUP replaces by new ones without losing a request.

    python -m cramps_site.workers HOST PORT [LOG_FORMAT]

Nothing of the site is imported here but how a log line is written, so that new workers begin with the code as it is
then.
"""

import socket
import sys

from granian.constants import Interfaces
from granian.errors import FatalError
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer


class Server(MPServer):
    """granian that keeps each worker's socket open while the worker is replaced.

    On Linux each worker opens a socket of its own, and who waits there is cut off when it closes. One socket for all
    would lose nobody either, but one of the workers then takes most connections (docs/decisions/0029-sockets.md).
    """

    def _init_shared_socket(self):
        super()._init_shared_socket()
        self.holders = [self._ssp.build() for _ in range(self.workers)]
        self.sockets = [socket.socket(fileno=holder.get_fd()) for holder in self.holders]
        self._ssp = None

    def _spawn_worker(self, idx, target, callback_loader):
        self._shd, self._sso = self.holders[idx], self.sockets[idx]
        return super()._spawn_worker(idx, target, callback_loader)

    def _drop_shared_socket(self):
        for kept in self.sockets:
            kept.close()


# As granian has them, but that each line has the form of the site's others
LINES = {
    "formatters": {"json": {"()": "articles.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "INFO", "propagate": False} for name in ("_granian", "granian.access")
    },
}


def main(host, port, log_format="plain"):
    server = Server(
        "cramps_site.server:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        websockets=False,
        http1_settings=HTTP1Settings(),
        workers=2,
        respawn_failed_workers=True,
        workers_kill_timeout=5,  # seconds; a client that hangs can't hold up the end
        # Many threads wait cheaply for slow senders; the default, and the warning that it is many, are meant.
        log_level=LogLevels.error,
        log_dictconfig=LINES if log_format == "json" else None,
    )
    try:
        server.serve()
    except FatalError:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
