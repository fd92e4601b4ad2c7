"""The pages' HTML, judged by the validator of the HTML standard's own test suite."""

import json
import os
import subprocess

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles import publishing
from articles.models import SiteStatement
from tests.conftest import VNU, need_java, need_package
from tests.factories import make_article, make_contributor


@pytest.fixture(scope="session")
def validator():
    """The command that validates files, or a skip with a line on how to have it."""
    return [need_java(), "-jar", str(need_package(VNU)), "--format", "json", "--exit-zero-always"]


def say_everything(article, text):
    """Let the page of an article show people, sources, reviews, notes and a warning."""
    article.known = article.not_known = article.sources_differ = text
    article.save()
    article.authors.add(make_contributor("Ann Author"))
    article.sources.create(title="Of feet", publisher="Feet", url="https://feet.example/")
    article.sections.filter(position=2).update(body="It hurts.[^feet]")
    revision = publishing.publish(article, by=None)
    publishing.review(revision, contributor=make_contributor(), correct_until=timezone.localdate())
    article.sections.filter(position=1).update(body=f"{text}\nMore.")
    publishing.publish(article, by=None, change="small", note="Spelling")
    publishing.warn(article, by=None, text="Wrong.")
    statement = {"emergency_number": "999", "contact": "a@b.example", "safety": "Care.", "about": text}
    SiteStatement.objects.create(**statement)


def make_translation(article):
    """Return the address of an Arabic translation that is behind its original."""
    translation = publishing.translate(article, "ar", by=None)
    translation.title = "أقدام"
    translation.save()
    publishing.publish(translation, by=None)
    article.sections.filter(position=1).update(body="Newer.")
    publishing.publish(article, by=None, change="small", note="Spelling")
    return translation.get_absolute_url()


def test_every_page_is_valid_html(validator, editor_client, tmp_path):
    call_command("load_first_article")
    rich = "# A\n\n## B\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\nT\n: D\n\n* x[^1]\n  1. y[^1]\n\n"
    rich += "[l](https://a.example)\n\n[^1]: N\n"
    picture = "![decorative](/media/images/0123456789abcdef0123456789abcdef-10x20.webp)"
    article = make_article(sections=[("Rich", rich), ("Rich", rich), ("Picture", picture)], also_called="a, b")
    say_everything(article, rich)
    publishing.withdraw(make_article("Cold hands"), by=None)
    paths = ["/", "/articles/", "/articles/muscle-leg-cramps/", "/articles/sore-feet/", "/about/", "/nothing/"]
    paths += ["/articles/muscle-leg-cramps/sheet/", "/offline/"]
    paths += ["/articles/cold-hands/"]
    paths += ["/topics/muscles/", "/articles/?letter=%23", "/search/?q=musle+<b>rich", "/search/?q=zebra", "/search/"]
    paths += [f"/rate/{article.pk}/", f"/admin/articles/article/{article.pk}/preview/"]
    paths += ["/ar/", "/ar/articles/", "/ar/about/", "/ar/nothing/", make_translation(article)]
    for number, path in enumerate(paths):
        (tmp_path / f"{number}.html").write_bytes(editor_client.get(path).content)
    voted = editor_client.post(f"/rate/{article.pk}/", {"value": 3})  # asked to confirm
    (tmp_path / "confirm.html").write_bytes(voted.content)
    forgotten = editor_client.post("/forget/", headers={"Sec-Fetch-Site": "same-origin"})
    (tmp_path / "forgotten.html").write_bytes(forgotten.content)
    files = sorted(str(file) for file in tmp_path.glob("*.html"))
    result = subprocess.run([*validator, *files], capture_output=True, text=True, check=True)
    messages = [
        (os.path.basename(message["url"]), message["message"], message.get("extract"))
        for message in json.loads(result.stderr)["messages"]
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
    assert messages == []
    assert len(files) == 23
