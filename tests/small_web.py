"""A small internet on this machine: servers whose answers a test writes down, and a visitor that finds nothing else."""

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from articles.visiting import Failed, Visitor

CERTIFICATE = Path(__file__).parent / "certificates" / "good.example.pem"  # for good.example and old.example


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        web = self.server.web
        host = self.headers["Host"]
        web.asked.append(f"{self.command} {self.server.scheme}://{host}{self.path}")
        web.headers.append(dict(self.headers))
        answer = web.answers.get(f"{self.server.scheme}://{host}{self.path}", 404)
        answer = answer.get(self.command, 404) if isinstance(answer, dict) else answer
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        if status is None:
            headers(self)  # something that no web server does
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815  its name is http.server's

    def log_message(self, *arguments):
        pass


class Web:
    """`answers` are by address: a status, (status, headers), or {method: answer}. `asked` is what was."""

    def __init__(self):
        self.answers, self.asked, self.headers, self.hosts = {}, [], [], {}
        self.servers = {scheme: self.serve(scheme) for scheme in ("http", "https")}

    def serve(self, scheme):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        server.web, server.scheme, server.daemon_threads = self, scheme, True
        server.handle_error = lambda request, address: None  # clients that hang up are meant to
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        return server

    def look_up(self, host, port):
        """Lead every name that has answers to this machine, and other names nowhere."""
        known = {address.split("/")[2] for address in self.answers} | {*self.hosts}
        if host not in known:
            raise Failed("no_host")
        if host in self.hosts:
            return [(socket.AF_INET, (self.hosts[host], port))]
        return [(socket.AF_INET, ("127.0.0.1", self.servers["https" if port == 443 else "http"].server_port))]

    def visitor(self, **options):
        tls = ssl.create_default_context(cafile=CERTIFICATE)
        network = {"look_up": self.look_up, "is_allowed": lambda address: True, "tls": tls, "gap": 0, "longest": 5}
        return Visitor(**network | options)

    def close(self):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()
