"""Bodies that are too large, too slow or no request: the running site stays small, and serves readers."""

import errno
import io
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cramps_site import bodies

SIZE = 50_000_000
GROWS_BY = 200  # MiB at most
PARTS = b'--x\r\nContent-Disposition: form-data; name="image"; filename="\xe2\x80\xaegnp.png"\r\n\r\n'
KINDS = {"application/x-www-form-urlencoded": b"value=", "multipart/form-data; boundary=x": PARTS, "text/plain": b""}
KEY = """
from django.contrib.auth.models import Group, User
from django.test import Client
user, _ = User.objects.get_or_create(username="Large", defaults={"is_staff": True})
user.groups.set(Group.objects.filter(name="Editor"))
client = Client()
client.force_login(user)
print(client.cookies["sessionid"].value)
"""


def connected(site):
    return closing(socket.create_connection(("127.0.0.1", site.port), timeout=30))


def status(connection):
    """Return the status that comes, or 0 where the site hangs up."""
    try:
        start = connection.recv(40)
    except ConnectionError:
        return 0
    return int(start.split()[1]) if start else 0


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()


def largest(pid):
    """Return the most memory, in MiB, that a process or one that it started ever had."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    return max([own, *map(largest, children)])


@pytest.mark.parametrize("kind", KINDS)
def test_fifty_megabytes_are_no_error_and_not_kept_in_memory(site, kind):
    before, key, block = largest(site.process.pid), site.shell(KEY).strip(), b"a" * 1_000_000
    token = "t" * 32
    lines = [f"Content-Length: {SIZE}", f"Cookie: sessionid={key}; csrftoken={token}"]
    lines += [f"X-CSRFToken: {token}", f"Origin: {site.url}"]
    addresses = ["/rate/1/", "/search/", "/review/x/", "/no-such-page/", "/accounts/login/"]
    addresses += ["/admin/articles/article/import/", "/admin/markdownx/upload/", "/admin/articles/article/add/"]
    for address in addresses:
        with connected(site) as connection:
            try:
                connection.sendall(head("POST", address, f"Content-Type: {kind}", *lines) + KINDS[kind])
                for _ in range(SIZE // len(block)):
                    connection.sendall(block)
            except ConnectionError:  # the site has answered already, and hung up
                pass
            assert status(connection) < 500, address
    assert largest(site.process.pid) - before < GROWS_BY


def test_thirty_senders_who_stop_halfway_hold_up_nobody(site):
    with ExitStack() as stack:
        for number in range(30):
            path = ("/rate/1/", "/accounts/login/", "/search/")[number % 3]
            slow = stack.enter_context(connected(site))
            kind = "Content-Type: application/x-www-form-urlencoded"
            slow.sendall(head("POST", path, kind, "Content-Length: 1000") + b"value=")
        for path in ("/", "/about/", "/search/?q=cramp", "/rate/1/", "/accounts/login/"):
            with connected(site) as reader:
                reader.sendall(head("GET", path, "Connection: close"))
                assert status(reader) == 200, path


@pytest.mark.parametrize(
    "request_",
    [
        head("POST", "/rate/1/", "Content-Length: shell"),
        head("POST", "/rate/1/", "Content-Length: -5"),
        head("POST", "/rate/1/", "Content-Length: 5", "Content-Length: 6"),
        head("GET", "/", "A: " + "x" * 2_000_000),
        head("GET", "/", *[f"A{number}: x" for number in range(5000)]),
        head("GET", "/" + "x" * 200_000),
        head("GET", "/\0"),
        head("GET", "/", "A: a\0b"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 5000,
    ],
    ids=lambda request_: ascii(request_[:40]),
)
def test_the_server_refuses_what_is_no_request(site, request_):
    with connected(site) as connection:
        try:
            connection.sendall(request_ + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            assert status(connection) < 500
        except OSError:  # the site has hung up
            pass
    with connected(site) as reader:
        reader.sendall(head("GET", "/about/", "Connection: close"))
        assert status(reader) == 200


def received(size, *, method="POST", sent=b"", where=None):
    """Return what an application behind Received reads of what was sent, and the status of the answer."""
    seen, said = [], []

    def application(environ, start_response):
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    environ = {"REQUEST_METHOD": method, "CONTENT_LENGTH": size, "wsgi.input": where or io.BytesIO(sent)}
    bodies.Received(application)(environ, lambda status, headers: said.append(status))
    return seen, said


@pytest.mark.parametrize("size", ["3", "9", "", "0", "-3", "three", str(bodies.MOST + 1)])
def test_a_body_is_passed_on_whole_whatever_its_length_is_said_to_be(size):
    assert received(size, sent=b"abc") == ([b"abc"], ["200 OK"])


def test_a_large_body_is_in_a_file_meanwhile(monkeypatch):
    monkeypatch.setattr(bodies, "IN_MEMORY", 10)
    assert received("200000", sent=b"a" * 200_000) == ([b"a" * 200_000], ["200 OK"])


def test_a_body_for_which_there_is_no_room_is_told_plainly(monkeypatch):
    def full(source, left):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bodies, "receive", full)
    assert received("3", sent=b"abc") == ([], ["503 Service Unavailable"])
