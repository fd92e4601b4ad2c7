"""The files in deploy/: each is tried here as it is shipped, nginx with the real site behind it."""

import os
import re
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import need
from tests.proxied import NAME, Nginx
from tests.running import ROOT, Data, Site, free_port

DEPLOY = ROOT / "deploy"
ARTICLE = "/articles/muscle-leg-cramps/"


@pytest.fixture(scope="module", autouse=True)
def _needed():
    os.environ["PATH"] += ":/usr/sbin"  # where Debian has nginx
    need("nginx", "sudo apt-get install nginx")
    need("openssl", "sudo apt-get install openssl")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """nginx, with the site behind it."""
    with (
        Site(tmp_path_factory.mktemp("site"), TRUSTED_PROXIES="127.0.0.1", ALLOWED_HOSTS=NAME) as site,
        Nginx(tmp_path_factory.mktemp("nginx"), site.port) as nginx,
    ):
        nginx.site = site
        yield nginx


class Upstream(BaseHTTPRequestHandler):
    """A site that says what the test wants, and shows the request that reached it."""

    status, cache_control = 200, ""

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = f"{self.requestline}\n{self.headers}\n".encode() + self.rfile.read(length)
        self.send_response(self.status)
        self.send_header("Cache-Control", self.cache_control)
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815  named by the library

    def log_message(self, *arguments):
        pass


@contextmanager
def upstream(port, status=200, cache_control=""):
    handler = type("Handler", (Upstream,), {"status": status, "cache_control": cache_control})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def nginx(tmp_path, port):
    """nginx without a site behind it; a test puts an upstream at `port`."""
    with Nginx(tmp_path, port) as running:
        yield running


def test_nginx_accepts_the_file(tmp_path):
    code, said = Nginx(tmp_path, 8000).check()
    assert code == 0, said
    assert "warn" not in said


# With the site


def test_a_page_is_kept_and_is_the_same_in_each_encoding(proxied):
    first, again = proxied.ask(ARTICLE), proxied.ask(ARTICLE, Cookie="sessionid=somebody")
    assert (first.status, first.headers["X-Cache"], again.headers["X-Cache"]) == (200, "MISS", "HIT")
    assert first.body == again.body
    assert b"What to do now" in first.body
    for encoding, sent in (("br", "gzip, deflate, br, zstd"), ("gzip", "gzip;q=1.0, *;q=0.1"), (None, "br;q=0")):
        answer = proxied.ask(ARTICLE, Accept_Encoding=sent)
        assert answer.headers["Content-Encoding"] == encoding
        assert proxied.ask(ARTICLE, Accept_Encoding=sent).headers["X-Cache"] == "HIT"
        assert len(answer.body) == int(answer.headers["Content-Length"])


def test_an_unchanged_page_is_answered_without_its_text(proxied):
    etag = proxied.ask(ARTICLE).headers["ETag"]
    answer = proxied.ask(ARTICLE, If_None_Match=etag)
    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("path", ["/rate/1/", "/admin/login/", "/accounts/login/", "/preview/no/", "/review/no/"])
def test_what_belongs_to_one_person_is_never_kept(proxied, path):
    for _ in range(2):
        headers = proxied.ask(path).headers
        assert headers["X-Cache"] is None
        assert re.search("no-store|private", headers["Cache-Control"])


def test_a_vote_arrives_and_its_cookie_comes_back(proxied):
    answer = proxied.ask(
        "/rate/1/",
        "POST",
        "value=4",
        Content_Type="application/x-www-form-urlencoded",
        Origin=f"https://{NAME}",
        User_Agent="A reader",
    )
    assert answer.status == 303
    assert answer.headers["Set-Cookie"].startswith("vote=")
    assert proxied.site.ask("m.Vote.objects.filter(value=4).count()") == "1"


def test_the_policy_of_pictures_passes_and_nothing_but_reading_is_let_through(proxied):
    name = f"{'a' * 32}-10x10.webp"
    folder = proxied.site.data / "media" / "images"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"picture")
    for cached in ("MISS", "HIT"):
        answer = proxied.ask(f"/media/images/{name}")
        assert (answer.body, answer.headers["X-Cache"]) == (b"picture", cached)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "image/webp"
    assert proxied.ask(f"/media/images/{name}", "POST", "a=b").status == 403
    assert proxied.ask("/media/images/../../secret_key").status in (400, 404)


@pytest.mark.parametrize(("path", "word"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_probes_are_passed_on_and_never_kept(proxied, path, word):
    for _ in range(2):
        answer = proxied.ask(path)
        assert (answer.status, answer.body, answer.headers["X-Cache"]) == (200, word, None)


def test_a_site_that_is_not_ready_is_told_as_it_is(nginx, port):
    with upstream(port, 503, "no-store"):
        answer = nginx.ask("/readyz")
    assert (answer.status, answer.body[:13]) == (503, b"GET /readyz H")


def test_reports_on_the_policy_arrive_when_they_are_small(proxied):
    report = (
        '{"csp-report": {"document-uri": "https://%s/", "blocked-uri": "inline", "effective-directive": "img-src"}}'
    )
    kind = {"Content_Type": "application/csp-report"}
    assert proxied.ask("/csp-report/", "POST", report % NAME, **kind).status == 204
    assert '"page": "/"' in (proxied.site.data / "csp_reports.json").read_text()
    assert proxied.ask("/csp-report/", "POST", "x" * 9_000, **kind).status == 413


def test_senders_who_never_finish_hold_up_no_reader(proxied):
    waiting = []
    head = f"POST /rate/1/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 60000\r\n\r\nvalue="
    for _ in range(30):
        connection = proxied.connect()
        connection.connect()
        connection.sock.sendall(head.encode())
        waiting.append(connection)
    time.sleep(0.2)
    assert [proxied.ask(f"/about/?{number}").status for number in range(20)] == [200] * 20
    assert proxied.ask("/rate/1/").status == 200
    assert connections_to(proxied.site.port) <= 2  # none of the thirty reached the site
    for connection in waiting:
        connection.close()


def connections_to(port):
    """Return how many established connections have this port as their far end, on this machine."""
    rows = (line.split() for line in open("/proc/net/tcp").readlines()[1:])  # noqa: SIM115
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def test_plain_http_leads_to_https(proxied):
    with socket.create_connection(("127.0.0.1", proxied.plain_port), timeout=20) as connection:
        connection.sendall(f"GET {ARTICLE}?a=b HTTP/1.0\r\nHost: {NAME}\r\n\r\n".encode())
        answer = connection.makefile("rb").read().decode()
    assert "308 Permanent Redirect" in answer
    assert f"Location: https://{NAME}{ARTICLE}?a=b\r\n" in answer


def test_another_sites_name_is_refused_and_its_answer_not_kept(proxied):
    for _ in range(2):
        answer = proxied.ask("/articles/", Host="evil.example")
        assert (answer.status, answer.headers["X-Cache"]) == (400, None)


# What reaches the site


def test_the_site_is_told_what_nginx_saw_and_not_what_a_reader_claims(nginx, port):
    with upstream(port):
        request = nginx.ask(
            "/seen", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="http", Accept_Encoding="gzip, br, zstd"
        ).body.decode()
        raw = nginx.connect()
        raw.putrequest("GET", "/underscores", skip_host=True)
        for name, value in (("Host", NAME), ("X_Forwarded_For", "192.0.2.1"), ("X_Forwarded_Proto", "http")):
            raw.putheader(name, value)
        raw.endheaders()
        underscored = raw.getresponse().read().decode()
        raw.close()
    for header in ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", f"Host: {NAME}", "Accept-Encoding: br"):
        assert f"{header}\n" in request.replace("\r", "")
    assert "192.0.2.1" not in request + underscored
    assert "X_Forwarded" not in underscored


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/rate/1/", 60_000, 200),
        ("/rate/1/", 17_000_000, 200),  # the site itself says that it is too much
        ("/admin/x/", 33_600_000, 413),
        ("/review/x/", 1_000_000, 200),
        ("/about/", 100_000, 413),
    ],
)
def test_what_is_too_long_for_the_site_ends_at_nginx(nginx, port, path, size, status):
    with upstream(port):
        assert nginx.ask(path, "POST", b"x" * size).status == status


def test_no_log_tells_who_read_or_looked_for_what(nginx, port):
    with upstream(port, cache_control="public, s-maxage=30"):
        nginx.ask("/search/?q=secret-illness", User_Agent="secret-browser", Referer="https://secret.example/")
        nginx.ask("/preview/secret-token/")
        nginx.ask("/accounts/password/reset/key/1-secret/")
        nginx.ask("/review/secret-token/thanks/")
    nginx.ask("/review/secret-token/")  # with the site away
    nginx.ask("/search/?q=secret-other")
    logs = "".join(path.read_text() for path in nginx.folder.glob("*.log")) + nginx.log("output.txt")
    assert "GET /search/ 200" in logs
    assert not re.search(r"secret|127\.0\.0\.1|/review/|/preview/|/reset/", logs)


# Without the site

FRESH = "public, max-age=0, s-maxage=1"


def wait_until_old():
    time.sleep(2.1)  # nginx counts whole seconds


def test_the_last_page_is_shown_as_long_as_the_site_allowed_it_and_no_longer(nginx, port):
    with upstream(port, cache_control=f"{FRESH}, stale-if-error=600"):
        nginx.ask("/long")
    with upstream(port, cache_control=f"{FRESH}, stale-if-error=0"):
        nginx.ask("/short")
    wait_until_old()
    assert kept(nginx) == [(200, "STALE"), (503, None)]
    for status in (500, 503):  # the site is there, but its database is not
        with upstream(port, status=status, cache_control="no-store"):
            assert kept(nginx) == [(200, "STALE"), (503, None)]
    for status in (404, 410):  # an answer, not a failure
        with upstream(port, status=status, cache_control="no-store"):
            assert [status for status, _ in kept(nginx)] == [status, status]


def kept(nginx):
    return [(answer.status, answer.headers["X-Cache"]) for answer in map(nginx.ask, ("/long", "/short"))]


def test_a_page_of_any_age_is_not_shown_while_it_is_fetched_anew(nginx, port):
    with upstream(port, cache_control=f"{FRESH}, stale-while-revalidate=1"):
        nginx.ask("/page")
        time.sleep(3.1)
        assert nginx.ask("/page").headers["X-Cache"] == "EXPIRED"  # and so from the site


def test_files_are_shown_without_the_site(nginx, port):
    with upstream(port, cache_control=FRESH):
        nginx.ask("/static/css/site.css")
    wait_until_old()
    answer = nginx.ask("/static/css/site.css")
    assert (answer.status, answer.headers["X-Cache"]) == (200, "STALE")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/never-seen"), ("POST", "/rate/1/"), ("POST", "/admin/"), ("POST", "/review/token/")]
)
def test_what_can_not_be_answered_is_told_in_plain_words(nginx, method, path):
    answer = nginx.ask(path, method, "a=b" if method == "POST" else None)
    assert (answer.status, answer.headers["Cache-Control"]) == (503, "no-store")
    assert "The site can’t be reached just now" in answer.body.decode()


# systemd


SERVICES = ["cramps.service", "cramps-backup.service"]


def test_systemd_accepts_the_units(tmp_path):
    need("systemd-analyze", "sudo apt-get install systemd")
    names = [*SERVICES, "cramps-backup.timer"]
    for name in names:
        # The program must exist for it; here it stands elsewhere.
        unit = (DEPLOY / name).read_text().replace("/opt/cramps/.venv/bin/python", "/usr/bin/python3")
        (tmp_path / name).write_text(unit.replace("/opt/cramps", str(ROOT)))
    result = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in names)], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_timer_comes_each_night():
    need("systemd-analyze", "sudo apt-get install systemd")
    when = re.search(r"^OnCalendar=(.+)$", (DEPLOY / "cramps-backup.timer").read_text(), re.MULTILINE)[1]
    result = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "Normalized form: *-*-* 03:15:00" in result.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_the_units_are_shut_in_well(name):
    analyze = need("systemd-analyze", "sudo apt-get install systemd")
    result = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-200:]
    assert f"Overall exposure level for {name}" in result.stdout


def test_the_backup_unit_does_what_the_command_takes(tmp_path):
    unit = (DEPLOY / "cramps-backup.service").read_text()
    command = re.search(r"^ExecStart=\S+ manage\.py (.+)$", unit, re.MULTILINE)[1].split()
    with Data(tmp_path, DATABASE_URL="").with_tables() as site:
        done = site.manage(*(part.replace("/var/lib/cramps", str(tmp_path)) for part in command))
        assert done.returncode == 0, done.stderr
    [path] = (tmp_path / "backups").iterdir()
    assert path.name.startswith("cramps-")


def test_the_unit_and_nginx_speak_of_the_same_places():
    unit, environment = (DEPLOY / "cramps.service").read_text(), (DEPLOY / "cramps.env").read_text()
    assert "EnvironmentFile=/etc/cramps.env" in unit
    port = re.search(r'^PORT="(\d+)"$', environment, re.MULTILINE)[1]
    assert (DEPLOY / "nginx.conf").read_text().count(f"server 127.0.0.1:{port};") == 2
    assert "DATA_DIR" not in environment  # the unit sets it to the folder that systemd makes
    for text in (unit, (DEPLOY / "cramps-backup.service").read_text()):
        assert "Environment=DATA_DIR=/var/lib/cramps\nStateDirectory=cramps\n" in text


def test_the_example_environment_names_documented_variables_alone():
    names = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "cramps.env").read_text(), re.MULTILINE)
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert len(names) > 8
    assert set(names) <= documented
