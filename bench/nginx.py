"""nginx with a configuration of its own, as the user who runs it: a static file, or PHP behind it."""

import os
import pwd
import subprocess
from contextlib import contextmanager

from bench.contenders import answers, program, running, until
from tests.running import free_port

CONFIGURATION = """
{user}
worker_processes 2;
daemon off;
pid "{folder}/nginx.pid";
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    {temporary}
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    default_type "text/html; charset=utf-8";
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(folder, server):
    """Serve what the directives in `server` say, and give the address."""
    folder.mkdir(parents=True, exist_ok=True)
    port, path = free_port(), program("nginx", "nginx")
    # Started by the superuser, its workers would become another user, who may not read the folder.
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    temporary = " ".join(f"{name}_temp_path '{folder}/{name}';" for name in TEMPORARY)
    text = CONFIGURATION.format(user=user, folder=folder, port=port, server=server, temporary=temporary)
    (folder / "nginx.conf").write_text(text)
    url, log = f"http://127.0.0.1:{port}/", folder / "log"
    with running([path, "-e", "stderr", "-c", folder / "nginx.conf"], log) as process:
        until(lambda: answers(url), process, log)
        yield url


@contextmanager
def static_files(folder, pages):
    """Serve files whose bytes are `pages` by encoding, each at the address of its encoding."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for encoding, body in pages.items():
        (folder / "files" / encoding).write_bytes(body)
    encoded = [name for name in pages if name != "identity"]
    locations = [f"location = /{name} {{ add_header Content-Encoding {name}; }}" for name in encoded]
    with nginx(folder, f'root "{folder}/files"; {" ".join(locations)}') as url:
        yield url


def version():
    said = subprocess.run([program("nginx", "nginx"), "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition(": ")[2].replace("/", " ")
