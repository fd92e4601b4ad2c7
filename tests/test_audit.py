"""`make audit`: what it makes of the answers of pip, pip-audit and npm, and that no answer is not a good one."""

import importlib.util
import json
from importlib.machinery import SourceFileLoader

import pytest

from tests.running import ROOT

SKIPPED = {"name": "asgiref", "skip_reason": "Dependency not found on PyPI and could not be audited: asgiref (3.13.0)"}
WELL = {"name": "django", "version": "5.2.19", "vulns": []}
ILL = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


@pytest.fixture
def audit(monkeypatch):
    loader = SourceFileLoader("audit", str(ROOT / ".ci" / "audit"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("audit", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "which", lambda name: name)
    return module


def report(*dependencies):
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (report(WELL), []),
        (
            report(WELL, ILL),
            ["pillow 1.0: PYSEC-1, mended in 1.1, 2.0", "pillow 1.0: PYSEC-2, mended in no version yet"],
        ),
        (report(SKIPPED, SKIPPED), None),
        (report(WELL, SKIPPED), None),  # of one nothing is known
        (report(), None),
        ("", None),
        ("Traceback: …", None),
        ("[]", None),
    ],
)
def test_a_report_of_pip_audit(audit, said, lines):
    assert audit.read_pip_audit(said) == lines


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ('{"vulnerabilities": {}}', []),
        ('{"vulnerabilities": {"marked": {"range": "<4", "severity": "high"}}}', ["marked <4: high"]),
        ('{"message": "405 Method Not Allowed", "error": {}}', None),
        ("", None),
    ],
)
def test_a_report_of_npm(audit, said, lines):
    assert audit.read_npm_audit(said) == lines


def test_newer_versions_of_npm(audit):
    said = {"a": {"wanted": "1.0.0", "latest": "2.0.0"}, "b": {"wanted": "1.0.0", "latest": "1.0.0"}}
    assert audit.read_npm_outdated(json.dumps(said)) == ["a 1.0.0, newest 2.0.0"]
    assert audit.read_npm_outdated("") == []
    assert audit.read_npm_outdated('{"error": {"code": "ENOTFOUND"}}') is None


def test_what_is_locked_is_read_from_the_file(audit):
    ours = audit.locked((ROOT / audit.LOCKED).read_text())
    assert {"django", "granian", "pytest"} <= {*ours}
    assert ours["django"].startswith("5.2.")
    assert all(version[0].isdigit() for version in ours.values())


def answers(audit, monkeypatch, newer=(), vulnerable=(), npm=((), ())):
    monkeypatch.setattr(audit, "newer_of_pip", lambda: newer)
    monkeypatch.setattr(audit, "vulnerable_of_pip", lambda folder: vulnerable)
    monkeypatch.setattr(audit, "of_npm", lambda folder: npm)
    return audit.main()


def test_it_ends_with_0_when_all_is_known_and_well_though_something_is_old(audit, monkeypatch, capsys):
    assert answers(audit, monkeypatch, newer=["django 5, newest 6"], npm=(["a 1, newest 2"], [])) == 0
    said = capsys.readouterr().out
    assert "Newer versions of Python's packages: 1\n  django 5, newest 6\n" in said
    assert "Vulnerabilities of Python's packages: none\n" in said
    assert "could not be asked" not in said


def test_it_ends_with_1_when_something_is_vulnerable_even_if_another_source_is_away(audit, monkeypatch, capsys):
    assert answers(audit, monkeypatch, vulnerable=["pillow 1.0: PYSEC-1"], npm=(None, None)) == 1
    assert "Vulnerabilities of Python's packages: 1\n  pillow 1.0: PYSEC-1\n" in capsys.readouterr().out


@pytest.mark.parametrize("away", [{"vulnerable": None}, {"npm": ((), None)}])
def test_it_ends_with_2_and_says_so_when_a_source_is_away(audit, monkeypatch, capsys, away):
    assert answers(audit, monkeypatch, **away) == 2
    said = capsys.readouterr().out
    assert "not known\n" in said
    assert "could not be asked from here" in said
    assert "No answer is not a good one" in said


def test_without_npm_its_packages_are_not_known(audit, monkeypatch, capsys):
    monkeypatch.setattr(audit.shutil, "which", lambda name: None)
    assert answers(audit, monkeypatch) == 2
    assert "npm is not installed" in capsys.readouterr().out


def test_an_index_that_is_away_is_not_known_for_up_to_date(audit, monkeypatch):
    monkeypatch.setattr(audit, "run", lambda *command, **more: (1, ""))
    assert audit.newer_of_pip() is None
    monkeypatch.setattr(audit.venv, "create", lambda folder, with_pip: None)
    assert audit.vulnerable_of_pip("folder") is None
