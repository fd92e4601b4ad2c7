"""Backups of sites of earlier versions, in tests/released/, from which the tests upgrade. A release adds one:

.venv/bin/python -m tests.releases 1.0.0
"""

import sys
import tempfile
from pathlib import Path

from tests.running import ROOT, Data

FOLDER = ROOT / "tests" / "released"
FULL = "from tests.archived_site import make_site; make_site()"
# As the site was before there was a workflow: what the first migration made, filled as tests/test_migrations.py does.
FIRST = """
from tests.test_migrations import FIRST, make_site, migrate
make_site(migrate([
    *FIRST,
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("sessions", "0001_initial"),
]))
"""


def released():
    """Return the files of all backups, the oldest first."""
    return sorted(FOLDER.glob("*.backup"))


def make(name, code=FULL):
    """Write the backup of a new site that code has filled."""
    with tempfile.TemporaryDirectory() as folder, Data(folder, DATABASE_URL="") as site:
        (site.with_tables() if code == FULL else site).shell(code)
        done = site.manage("backup", str(FOLDER / f"{name}.backup"))
        print(done.stdout, done.stderr)
    return Path(FOLDER, f"{name}.backup")


if __name__ == "__main__":
    make(*sys.argv[1:])
