"""What all tests share. Nothing here touches the data of a real site."""

import pytest

from tests.factories import EDITOR, make_staff


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep uploads in a folder of the test's own, and static files under their plain names."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def editor(db):
    """Someone who writes and publishes articles."""
    return make_staff("Edith", *EDITOR)


@pytest.fixture
def editor_client(client, editor):
    client.force_login(editor)
    return client
