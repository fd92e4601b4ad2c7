"""What a browser sends is received before Django begins with it.

Else a sender who is slow, or stops halfway, would hold a connection to the database meanwhile, and a worker has few.
"""

import tempfile

IN_MEMORY = 500_000  # bytes of a body; more goes into a file
MOST = 32_000_000  # bytes; more is passed on as it comes, and refused by whoever reads it


class Received:
    """A WSGI application that calls another once the request's body is here."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        size = environ.get("CONTENT_LENGTH") or "0"
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") or not size.isdecimal() or not 0 < int(size) <= MOST:
            return self.application(environ, start_response)
        try:
            body = receive(environ["wsgi.input"], int(size))
        except OSError:  # no room on the disk for a large one, say
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"Nothing was kept: this could not be received. Please go back, and send it again in a minute."]
        environ["wsgi.input"] = body
        return self.application(environ, start_response)


def receive(source, left):
    """Return a file with so many bytes of a stream, or fewer if it ends before."""
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed with the request
    while left and (piece := source.read(min(left, 65_536))):
        body.write(piece)
        left -= len(piece)
    body.seek(0)
    return body
