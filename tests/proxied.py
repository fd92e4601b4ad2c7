"""nginx with the file that we ship, in front of a running site: on a port and with folders of its own."""

import http.client
import os
import ssl
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from tests.running import ROOT, free_port

SHIPPED = ROOT / "deploy" / "nginx.conf"
NAME = "www.example.org"
# As Debian's nginx.conf surrounds it, in the foreground and with nothing of the machine's own
AROUND = """
{user}
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 768; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    gzip on;
    access_log {folder}/default.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def make_certificate(folder):
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={NAME}"]
    files = ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run(["openssl", "req", *kind, *files], check=True, capture_output=True)


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Nginx:
    """A running nginx; `port` takes https, `plain_port` http. `sites` are the ports of the sites behind it."""

    def __init__(self, folder, *sites):
        self.folder, self.port, self.plain_port = Path(folder), free_port(), free_port()
        make_certificate(folder)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder))
        (self.folder / "site.conf").write_text(self.fitted(SHIPPED.read_text(), sites))

    def fitted(self, text, sites):
        """Return the shipped file with the ports and folders of this test, and nothing else changed."""
        servers = "\n    ".join(f"server 127.0.0.1:{port};" for port in sites)
        for shipped, ours, count in (
            ("server 127.0.0.1:8000;", servers, 2),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
            ("listen [::]:80;", "", 1),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl", 1),
            ("listen [::]:443 ssl http2;", "", 1),
            (f"/etc/letsencrypt/live/{NAME}/", f"{self.folder}/", 2),
            ("/var/cache/cramps ", f"{self.folder}/cache ", 1),
            ("/var/log/nginx/", f"{self.folder}/", 2),
        ):
            assert text.count(shipped) == count, shipped
            text = text.replace(shipped, ours)
        return text

    @property
    def command(self):
        return ["nginx", "-p", f"{self.folder}/", "-e", "stderr", "-c", f"{self.folder}/nginx.conf"]

    def check(self):
        """Return what `nginx -t` says of the file, and its exit code."""
        result = subprocess.run([*self.command, "-t"], capture_output=True, text=True, timeout=30, check=False)
        return result.returncode, result.stderr

    def __enter__(self):
        self.output = open(self.folder / "output.txt", "ab")
        self.process = subprocess.Popen(self.command, stdout=self.output, stderr=self.output)
        for _ in range(100):
            try:
                self.ask("/nothing")
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError((self.folder / "output.txt").read_text())

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.output.close()

    def connect(self, timeout=20):
        context = ssl._create_unverified_context()  # noqa: S323  its certificate was made for this test
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)

    def ask(self, path, method="GET", body=None, **headers):
        """Return the answer to one request."""
        connection = self.connect()
        headers = {"Host": NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def log(self, name="cramps.access.log"):
        return (self.folder / name).read_text()
