"""The pages' HTML, judged by the validator of the HTML standard's own test suite."""

import json
import os
import subprocess

import pytest
from django.core.management import call_command

from tests.conftest import need
from tests.factories import make_article
from tests.running import ROOT

VALIDATOR = ROOT / ".ci" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.fixture(scope="session")
def validator():
    """The command that validates files, or a skip with a line on how to have it."""
    java = need("java", "sudo apt-get install default-jre-headless")
    if not VALIDATOR.exists():
        message = "The HTML validator is not installed. To have it: npm ci --prefix .ci --ignore-scripts"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return [java, "-jar", str(VALIDATOR), "--format", "json", "--exit-zero-always"]


def test_every_page_is_valid_html(validator, editor_client, tmp_path):
    call_command("load_first_article")
    rich = "# A\n\n### B\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\nT\n: D\n\n* x[^1]\n  1. y[^1]\n\n"
    rich += "[l](https://a.example)\n\n[^1]: N\n"
    picture = "![decorative](/media/images/0123456789abcdef0123456789abcdef-10x20.webp)"
    article = make_article(sections=[("Rich", rich), ("Rich", rich), ("Picture", picture)], also_called="a, b")
    paths = ["/", "/articles/", "/articles/muscle-leg-cramps/", "/articles/sore-feet/", "/about/", "/nothing/"]
    paths += [f"/rate/{article.pk}/", f"/admin/articles/article/{article.pk}/preview/"]
    for number, path in enumerate(paths):
        (tmp_path / f"{number}.html").write_bytes(editor_client.get(path).content)
    voted = editor_client.post(f"/rate/{article.pk}/", {"value": 3})  # asked to confirm
    (tmp_path / "confirm.html").write_bytes(voted.content)
    files = sorted(str(file) for file in tmp_path.glob("*.html"))
    result = subprocess.run([*validator, *files], capture_output=True, text=True, check=True)
    messages = [
        (os.path.basename(message["url"]), message["message"], message.get("extract"))
        for message in json.loads(result.stderr)["messages"]
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
    assert messages == []
    assert len(files) == 9
