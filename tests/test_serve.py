"""Starting and stopping: the first start, the second, and the sentences for what stands in the way."""

import os
import pty
import socket
import stat
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.running import ROOT, Site, free_port, run


def read(site, path):
    with urllib.request.urlopen(site.url + path, timeout=20) as response:
        return response.read().decode()


def test_the_first_start_serves_the_first_article(site):
    assert "Muscle leg cramps" in read(site, "/topics/muscles/")
    assert "What to do now" in read(site, "/articles/muscle-leg-cramps/")


def test_the_first_start_keeps_a_password_for_the_owner_alone(site):
    path = site.data / "first_administrator.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    name, password = site.administrator()
    check = f"__import__('django.contrib.auth').contrib.auth.authenticate(username={name!r}, password={password!r})"
    assert site.ask(check) == name
    assert password not in (site.data / "output.txt").read_text()


def test_it_prints_its_address(site):
    output = (site.data / "output.txt").read_text()
    assert f"Cramps is at http://127.0.0.1:{site.port}/" in output
    assert f"http://localhost:{site.port}/" in output


def test_it_stops_cleanly_and_a_second_start_keeps_all_data(tmp_path):
    with Site(tmp_path) as own_site:
        own_site.ask("m.Article.objects.update(title='Changed')")
        assert own_site.stop() == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", own_site.port)) != 0
        (own_site.data / "first_administrator.txt").unlink()
        own_site.start()
        assert own_site.ask("m.Article.objects.get().title, m.Revision.objects.count()") == "Changed 1"
        assert not (own_site.data / "first_administrator.txt").exists()


def test_static_files_are_compressed_and_kept_for_ever(site):
    css = read(site, "/").partition('rel="stylesheet" href="')[2].partition('"')[0]
    request = urllib.request.Request(site.url + css, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.headers["Content-Encoding"] == "br"
        assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize(("path", "start"), [("/favicon.ico", b"\0\0\1\0"), ("/apple-touch-icon.png", b"\x89PNG")])
def test_icons_are_where_browsers_look(site, path, start):
    with urllib.request.urlopen(site.url + path, timeout=20) as response:
        assert response.read().startswith(start)


def test_on_a_terminal_the_password_is_shown_once(tmp_path):
    ours, theirs = pty.openpty()
    environment = os.environ | {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "CHORES": "false"}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=theirs, stderr=theirs
    )
    shown = ""
    while "shown only this once" not in shown:
        shown += os.read(ours, 4096).decode()
    process.terminate()
    process.wait(timeout=30)
    assert "Name:     admin" in shown
    assert "Password: " in shown
    assert not (tmp_path / "first_administrator.txt").exists()


def test_a_taken_port_is_told_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", DATA_DIR=tmp_path, PORT=port)
    assert result.returncode == 1
    [line] = result.stderr.strip().splitlines()
    assert f"The site can't listen at 127.0.0.1:{port}: another program does." in line
    assert "PORT=8001 make run" in line


def test_an_address_that_is_not_this_machines_is_told_in_a_sentence(tmp_path):
    result = run("serve", DATA_DIR=tmp_path, PORT=free_port(), HOST="192.0.2.1")
    assert "this machine has no such address" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path):
    (tmp_path / "db.sqlite3").write_text("not a database, but a text of some length " * 50)
    result = run("serve", DATA_DIR=tmp_path, PORT=free_port(), DATABASE_URL="")
    assert "The database can't be opened: file is not a database" in result.stderr
    assert "Traceback" not in result.stderr


def test_two_first_starts_at_once_both_serve(tmp_path):
    with ThreadPoolExecutor() as pool:
        sites = list(pool.map(lambda _: Site(tmp_path, DATABASE_URL="").__enter__(), range(2)))
    for site in sites:
        assert "Muscle leg cramps" in read(site, "/topics/muscles/")
        assert site.stop() == 0


def test_the_database_is_for_its_owner_alone(site):
    for path in site.data.glob("db.sqlite3*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_that_can_not_be_reached_is_told_in_a_sentence(tmp_path):
    result = run("serve", DATA_DIR=tmp_path, PORT=free_port(), DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert result.returncode == 1
    assert "The database can't be opened" in result.stderr
    assert "Traceback" not in result.stderr
