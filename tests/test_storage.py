"""Style sheets as they are served: smaller, and saying the same."""

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from cramps_site.storage import SqueezedStaticFilesStorage, squeeze


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("a { color: red; }\n", "a{color:red}"),
        ("/* of\nlinks */\na,\nb { margin: 0 1px; /* x */ padding: 0; }", "a,b{margin:0 1px;padding:0}"),
        (".a .b > .c :is(.d, .e) { rotate: 0 }", ".a .b > .c :is(.d,.e){rotate:0}"),
        ('a::after { content: " (" attr(href) ") /* ; } */ "; }', 'a::after{content:" (" attr(href) ") /* ; } */ "}'),
        ('[data-x="a: b"] .y { width: calc(100% - 2px); }', '[data-x="a: b"] .y{width:calc(100% - 2px)}'),
        (
            "@media screen and (min-width: 1rem) {\n  a { b: c; }\n}\n@supports not (d: e) { }",
            "@media screen and (min-width:1rem){a{b:c}}@supports not (d:e){}",
        ),
    ],
)
def test_comments_and_needless_blanks_go_and_what_is_quoted_stays(written, served):
    assert squeeze(written) == served


def test_every_style_sheet_keeps_its_rules():
    for path in (settings.BASE_DIR / "static" / "css").glob("*.css"):
        css = path.read_text()
        for sign in "{}":
            assert squeeze(css).count(sign) == css.count(sign), path.name


def test_only_this_projects_own_sheets_are_squeezed_and_they_stay_so_under_their_fingerprint(tmp_path):
    storage = SqueezedStaticFilesStorage(location=tmp_path)
    names = ["css/own.css", "admin/css/base.css", "js/own.js"]
    for name in names:
        storage.save(name, ContentFile(b"a { }"))
    list(storage.post_process({name: (storage, name) for name in names}))
    for name, kept in zip(names, ["a{}", "a { }", "a { }"], strict=True):
        assert (tmp_path / storage.stored_name(name)).read_text() == kept


def collect(storage, **files):
    """Collect files as `collectstatic` does, and return the names under which they are served."""
    for name, text in files.items():
        storage.delete(name.replace("_", "."))
        storage.save(name.replace("_", "."), ContentFile(text.encode()))
    names = [name.replace("_", ".") for name in files]
    list(storage.post_process({name: (storage, name) for name in names}))
    return [storage.stored_name(name) for name in names]


def test_a_file_with_a_fingerprint_is_never_written_anew_and_outlives_the_next_version(tmp_path):
    storage = SqueezedStaticFilesStorage(location=tmp_path)
    first = collect(storage, own_css="a { color: red }" * 50, own_js="let a;" * 50)
    files = {path: path.stat().st_ino for path in tmp_path.glob("own.*.*")}
    assert len(files) == 6  # each as it is, and compressed in two ways
    times = {path: path.stat().st_mtime_ns for path in files}
    second = collect(storage, own_css="a { color: blue }" * 50, own_js="let a;" * 50)
    assert second[0] != first[0]
    assert second[1] == first[1]
    assert {path: path.stat().st_ino for path in files} == files
    assert {path: path.stat().st_mtime_ns for path in files} == times


@pytest.fixture
def served(settings, tmp_path, db):
    """A client of a site whose static files are in a folder of the test's own."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    client = Client()
    assert client.get("/static/css/new.0123456789ab.css").status_code == 404
    return client


def test_a_file_that_came_after_the_start_is_served(served, settings):
    path = settings.STATIC_ROOT / "css" / "new.0123456789ab.css"
    path.parent.mkdir()
    path.write_text("a{}")
    response = served.get("/static/css/new.0123456789ab.css")
    assert b"".join(response) == b"a{}"
    response.close()
    assert served.get("/static/css/other.0123456789ab.css").status_code == 404


@pytest.mark.parametrize("url", ["/static/../{}", "/static//{}", "/static/css/../../{}", "/static/%2e%2e/{}"])
def test_no_file_elsewhere_is_served_as_a_static_one(served, tmp_path, url):
    name = "secret.0123456789ab.txt"
    (tmp_path / name).write_text("secret")
    assert served.get(url.format(name)).status_code == 404
    assert served.get(url.format(tmp_path / name)).status_code == 404
