"""The catalogues of the translations: complete, true to their placeholders, and compiled."""

import re
import shutil

import polib
import pytest
from django.conf import settings as site
from django.core.management import call_command

from tests.conftest import need

LOCALE = site.BASE_DIR / "locale"
CODES = [code for code, _name in site.LANGUAGES if code != site.LANGUAGE_CODE]
# What stands for something: %(name)s, %d, {name}, a tag, an address. "%%" is a sign of per cent.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|https?://\S*[\w/]")
ONE_NUMBER = 3  # the first forms of Arabic's plural say 0, 1 and 2 alone, so they may leave the number out


def catalogue(code):
    return polib.pofile(LOCALE / code / "LC_MESSAGES" / "django.po")


def key(entry):
    return entry.msgctxt, entry.msgid


def placeholders(text):
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(code):
    entries = [entry for entry in catalogue(code) if not entry.obsolete]
    assert len(entries) > 800
    assert [entry.msgid for entry in entries if entry.fuzzy or not entry.translated()] == []


@pytest.mark.parametrize("code", CODES)
def test_every_translation_has_the_placeholders_of_its_text(code):
    for entry in catalogue(code):
        if not entry.msgid_plural:
            assert placeholders(entry.msgstr) == placeholders(entry.msgid), entry.msgid
            continue
        for number, form in entry.msgstr_plural.items():
            found, expected = placeholders(form), placeholders(entry.msgid_plural)
            is_right = set(found) <= set(expected) if number < ONE_NUMBER else found == expected
            assert is_right, f"{entry.msgid}, form {number}"


def test_arabic_has_six_forms_of_a_plural():
    arabic = catalogue("ar")
    assert arabic.metadata["Plural-Forms"].startswith("nplurals=6;")
    plurals = [entry for entry in arabic if entry.msgid_plural]
    assert plurals
    assert {len(entry.msgstr_plural) for entry in plurals} == {6}


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_is_written(code):
    compiled = polib.mofile(LOCALE / code / "LC_MESSAGES" / "django.mo")
    said = {key(entry): (entry.msgstr, entry.msgstr_plural) for entry in compiled}
    assert said == {key(entry): (entry.msgstr, entry.msgstr_plural) for entry in catalogue(code) if not entry.obsolete}


def test_the_catalogues_have_the_texts_of_the_code_and_no_others(settings, tmp_path, monkeypatch):
    """Mend it with `make messages`, and translate what is new."""
    need("xgettext", "sudo apt-get install gettext")
    for folder in ("articles", "cramps_site", "templates"):
        shutil.copytree(site.BASE_DIR / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", locale=CODES, verbosity=0)
    for code in CODES:
        extracted = {key(entry) for entry in polib.pofile(tmp_path / "locale" / code / "LC_MESSAGES" / "django.po")}
        known = {key(entry) for entry in catalogue(code) if not entry.obsolete}
        assert (extracted - known, known - extracted) == (set(), set())
