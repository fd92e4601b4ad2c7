"""A copy of the site's code that is brought from version to version while the site runs from it."""

import os
import re
import shutil
import signal
import time
from urllib.request import urlopen

from tests.running import ROOT

WITHIN = 120  # seconds that a reload may take on a busy machine
PARTS = ["articles", "cramps_site", "locale", "static", "staticfiles", "templates"]
META = '<meta charset="utf-8"><meta name="version" content="{}">'
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("articles", "{before}")]
    operations = [migrations.RunSQL("CREATE TABLE version_{version} (number integer)")]
"""


def copy_code(folder):
    """Return a folder with the code that a site needs to run."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    return folder


def upgrade(site, version):
    """Do what an operator does before the reload: new code, template, style sheet and migration, of this version."""
    root = site.root
    replace(root / "articles/views.py", r'lines = \["(# \d+", ")?', f'lines = ["# {version}", "')
    replace(root / "templates/base.html", r'<meta charset="utf-8">(<meta name="version" .*?>)?', META.format(version))
    with open(root / "static/css/site.css", "a") as css:
        css.write(f"\n.version-{version} {{ color: inherit; }}\n")
    migrations = root / "articles/migrations"
    before = max(path.stem for path in migrations.glob("[0-9]*.py"))
    (migrations / f"{9000 + version}_version.py").write_text(MIGRATION.format(before=before, version=version))
    for command in (["collectstatic", "--noinput", "--verbosity", "0"], ["migrate", "--no-input", "--verbosity", "0"]):
        result = site.manage(*command)
        assert result.returncode == 0, result.stderr


def reload(site):
    """Send SIGHUP, wait until no worker is left that was there before, and return how many seconds that took."""
    before, start = workers_of(site), time.monotonic()
    os.kill(site.process.pid, signal.SIGHUP)
    while before & workers_of(site):
        assert time.monotonic() - start < WITHIN, "An old worker goes on."
        time.sleep(0.2)
    return time.monotonic() - start


def workers_of(site):
    pid = site.process.pid
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return set(children.read().split())


def replace(path, pattern, text):
    path.write_text(re.sub(pattern, text, path.read_text(), count=1))


def read(url):
    with urlopen(url, timeout=20) as response:
        return response.read().decode()


def style_sheet(site):
    """Return the address of the style sheet that the site's pages name now."""
    return site.url + re.search(r'rel="stylesheet" href="([^"]+)"', read(site.url + "/about/"))[1]


def is_all_of(site, version):
    """Return whether twelve new connections, which both workers take, find code and template of this version."""
    return all(
        f"# {version}\n" in read(site.url + "/robots.txt") and META.format(version) in read(site.url + "/about/")
        for _ in range(12)
    )
