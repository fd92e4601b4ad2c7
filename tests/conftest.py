"""What all tests share. Nothing here touches the data of a real site."""

import os
import shutil

import pytest

from tests.factories import make_role
from tests.running import Site


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep uploads in a folder of the test's own, and static files under their plain names."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Make users without the time that a real password's hash takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


def need(program, how):
    """Return the path of a program, or skip the test with a line on how to have it; under CI, fail instead."""
    path = os.environ.get(program.upper()) or shutil.which(program)
    if path:
        return path
    message = f"{program} is not installed. To have it: {how}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    return pytest.skip(message)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive the system's Chromium; playwright's own can't be installed from a package registry."""
    path = need("chromium", "sudo apt-get install chromium")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": [*root, "--disable-background-networking"]}
