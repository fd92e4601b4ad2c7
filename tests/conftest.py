"""What all tests share. Nothing here touches the data of a real site."""

import gc
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.template import Template
from django.test import override_settings
from django.test.utils import _TestState
from django.utils import timezone
from hypothesis import settings as hypothesis

from articles import archive, editions, vote_views
from articles.models import Edition
from tests import tables
from tests.archived_site import make_site
from tests.factories import make_role
from tests.running import ROOT, Data, Site

# A change is judged by the same examples each time. Whoever works on the code looks for new ones with each run.
hypothesis.register_profile("ci", derandomize=True, database=None)
hypothesis.register_profile("soak", database=None)  # very many: tests/test_fuzzing.py
if os.environ.get("CI") == "true":
    hypothesis.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption("--once", action="store_true", help="of a test with several examples, run the first alone")


def pytest_collection_modifyitems(config, items):
    """Let the tests with a browser come last: after one, its process can't use the database by itself.

    Before them stand those that empty the tables, of pytest-django's doing. So no worker may take tests out of order,
    as with `--dist worksteal`.
    """
    items.sort(key=lambda item: "playwright" in item.fixturenames)
    if config.getoption("once"):
        first = {}
        for item in items:
            first.setdefault(item.nodeid.partition("[")[0], item)
        config.hook.pytest_deselected(items=[*({*items} - {*first.values()})])
        items[:] = first.values()


@pytest.fixture(autouse=True, scope="session")
def quick_pages(django_test_environment):
    """Render as the site does: without Django's copies of each context, which are a third of a form's time.

    So a response in a test has no `context`. And what was loaded for all tests is not looked through for garbage again.
    """
    Template._render = _TestState.saved_data.template_render
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep uploads in a folder of the test's own, and static files under their plain names."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    vote_views.tidy.due = 0  # for the first vote
    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks at all static files first
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def editions_at_once(monkeypatch):
    """Begin an edition with the change itself: what waits for a test's own transaction waits for ever."""
    monkeypatch.setattr(editions, "changed", Edition.next)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Make users without the time that a real password's hash takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """On SQLite, give the tables to the database of the tests before Django migrates that, and finds nothing to do."""
    if connection.vendor != "sqlite":
        yield
        return
    address = connection.creation._get_test_db_name()
    with closing(sqlite3.connect(address, uri=True)):  # in memory, it is there as long as a connection to it is
        tables.give(address)
        yield


@pytest.fixture(scope="module")
def raced(request, tmp_path_factory):
    """A function that calls another one of the test's file in a process of its own, and returns what that returned.

    That process has a database of its own, as a site has it.
    """
    with Data(tmp_path_factory.mktemp("races")).with_tables() as data:
        yield data.race


@pytest.fixture
def now(monkeypatch):
    """The moment at which the site's clock stands still, for what is soon must not come during a slow test."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


@pytest.fixture
def editor(db):
    """Someone who writes and publishes articles."""
    return make_role("Editor", "Edith")


@pytest.fixture
def editor_client(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The real site, running for all tests that ask it over the network.

    It trusts this machine as its proxy, so that a test can speak for readers of many networks.
    """
    with Site(tmp_path_factory.mktemp("site"), TRUSTED_PROXIES="127.0.0.1") as running:
        yield running


@pytest.fixture(scope="session")
def archive_of_all(tmp_path_factory, django_db_setup, django_db_blocker):
    """An archive of a site with one of everything, of which nothing is left in the database."""
    folder = tmp_path_factory.mktemp("archive")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder / "media"), transaction.atomic():
        make_site()
        list(archive.export(folder / "one"))
        transaction.set_rollback(True)
    return folder / "one"


@pytest.fixture
def archived(archive_of_all, tmp_path):
    """A copy of that archive to change and to restore."""
    return shutil.copytree(archive_of_all, tmp_path / "one")


def need(program, how):
    """Return the path of a program, or skip the test with a line on how to have it; under CI, fail instead."""
    path = os.environ.get(program.upper()) or shutil.which(program)
    if path:
        return path
    message = f"{program} is not installed. To have it: {how}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    return pytest.skip(message)


VNU = "vnu-jar/build/dist/vnu.jar"  # the HTML validator; it brings one for RELAX NG


def need_java():
    return need("java", "sudo apt-get install default-jre-headless")


def need_package(path):
    """Return the path of a file of an npm package, or skip the test, or fail it, as `need` does."""
    path = ROOT / ".ci" / "node_modules" / path
    if path.exists():
        return path
    message = f"{path.name} is not installed. To have it: npm ci --prefix .ci --ignore-scripts"
    return pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive the system's Chromium; playwright's own can't be installed from a package registry.

    The one without windows, where there is one, takes half the time.
    """
    shell = shutil.which("chromium-headless-shell")
    path = shell or need("chromium", "sudo apt-get install chromium-headless-shell")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": [*root, "--disable-background-networking"]}
