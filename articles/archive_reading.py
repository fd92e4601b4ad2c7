"""An archive's files as plain data, checked as a whole before anything of it is kept. It asks the site nothing.

An archive may come from anywhere: links are not followed, huge files not opened, and each fault is a sentence with
the file and the line.
"""

import hashlib
import os
import re
import stat
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image

from articles import archive_checks as checks
from articles.archive_format import MANIFEST, NAME, SUMS, VERSION, Broken, printable, read_facts, read_text
from articles.models import SiteStatement, Term, Topic
from articles.pictures import MAX_PIXELS
from articles.rendering import PICTURE

MAX_BYTES = 50_000_000  # of one file
MOST_TOLD = 20  # faults, before the rest is only counted
LISTS = ("people.yaml", "topics.yaml", "glossary.yaml", "pictures.yaml", "statements.yaml", "events.yaml")
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,120}")
HISTORY = re.compile(r"\d{4,9}\.md")


class Folder:
    """An archive on disk. `faults` are sentences about what can't be kept."""

    def __init__(self, root):
        self.root, self.faults, self.count = Path(root), [], 0

    def fault(self, path, broken, text=""):
        """Note a fault; the line is looked up by the field's name where only that is known."""
        self.count += 1
        line = broken.line
        if name := getattr(broken, "name", None):
            found = re.compile(rf"(?:- |\s)*{re.escape(name)}:").match
            lines = text.split("\n")
            line = next((number for number, said in enumerate(lines, 1) if number >= line and found(said)), line)
        if len(self.faults) < MOST_TOLD:
            self.faults.append(printable(f"{path}{f', line {line}' if line else ''}: {broken.sentence}"))

    @contextmanager
    def noting(self, path, text="", line=0):
        """Go on after a fault, with the next part of the archive."""
        try:
            yield
        except Broken as broken:
            broken.line = broken.line or line
            self.fault(path, broken, text)

    def content(self, path):
        """Return the bytes of a file; one that is none of its own, or huge, is Broken."""
        try:
            # Neither a link nor a pipe, which would wait for ever.
            handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode):
                    raise Broken("This is not a file.")
                if found.st_size > MAX_BYTES:
                    raise Broken(f"This file has more than {MAX_BYTES // 1_000_000} MB, so it is not of an archive.")
                return file.read(MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise Broken("This file is missing.") from error
        except OSError as error:
            raise Broken(f"This file can't be read: {error.strerror}.") from error

    def text(self, path):
        content = self.content(path)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Broken("This is not a text in UTF-8.", line) from error

    def facts(self, path, kind=list):
        """Return a YAML file's list or dict, and its text."""
        text = self.text(path)
        found = read_facts(text)
        if not isinstance(found, kind) or (kind is list and not all(isinstance(row, dict) for row in found)):
            raise Broken("Here belongs a list, each row beginning with “- ”." if kind is list else "Here belong names.")
        return found, text

    # Which files there are

    def slugs(self):
        """Return the names of the articles' folders, in order."""
        return sorted(self.names("articles"))

    def names(self, path):
        """Return what is in a folder, but what systems and editors hide there; without a folder, nothing."""
        folder = self.root / path
        if folder.is_symlink() or not folder.is_dir():
            return []
        return [name for name in os.listdir(folder) if not name.startswith(".")]

    def images(self):
        """Return the names of the picture files that it has."""
        return sorted(f"images/{name}" for name in self.names("media/images"))

    def links(self):
        """Yield what in it leads elsewhere, which no archive has."""
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                path = Path(folder, name)
                if path.is_symlink():
                    yield path.relative_to(self.root).as_posix()

    def bundle(self, slug):
        """Return an article with its versions, events and answers: dicts as archive_rows makes them."""
        base = f"articles/{slug}"
        article, _lines = read_text(self.text(f"{base}/article.md"))
        history = sorted(filter(HISTORY.fullmatch, self.names(f"{base}/history")), key=lambda name: int(name[:-3]))
        versions = [read_text(self.text(f"{base}/history/{name}"))[0] for name in history]
        events, _text = self.facts(f"{base}/events.yaml")
        has_answers = "answers.yaml" in self.names(base)
        answers = self.facts(f"{base}/answers.yaml")[0] if has_answers else []
        return {"article": article, "versions": versions, "events": events, "answers": answers}


def is_archive(path):
    """Return whether a path is a folder that export_articles wrote, of whatever version."""
    try:
        facts, _text = Folder(path).facts(MANIFEST, dict)
    except Broken:
        return False
    return facts.get("format") == NAME


def look_through(folder):
    """Check all of an archive and return the lists it begins with, by their names; faults are in `folder.faults`."""
    with folder.noting(MANIFEST):
        facts, _text = folder.facts(MANIFEST, dict)
        if facts.get("version") != VERSION:
            raise Broken(f"This archive has format {facts.get('version')}. This site reads format {VERSION}.")
    for path in folder.links():
        folder.fault(path, Broken("This leads elsewhere. An archive has files and folders of its own alone."))
    check_sums(folder)
    lists = {name.removesuffix(".yaml"): check_list(folder, name) for name in LISTS}
    known = {
        "people": lists["people"],
        "pictures": {str(row.get("title")) for row in lists["pictures"]},
        "topics": {str(row.get("slug")): row.get("language") for row in lists["topics"]},
    }
    for name in folder.images():
        with folder.noting(f"media/{name}"):
            check_image(name, folder.content(f"media/{name}"))
    check_articles(folder, known)
    return lists


def check_sums(folder):
    """Compare the files with the list of their fingerprints, where there is one."""
    if SUMS not in folder.names("."):
        return
    with folder.noting(SUMS):
        for number, line in enumerate(folder.text(SUMS).splitlines(), 1):
            wanted, gap, path = line.partition("  ")
            if not gap or path.startswith("/") or ".." in path.split("/") or "\0" in path:
                raise Broken("Here belong a fingerprint and the name of a file in the archive.", number)
            with folder.noting(path):
                if hashlib.sha256(folder.content(path)).hexdigest() != wanted:
                    words = "This file was changed or damaged. If you changed it on purpose, delete {name}."
                    raise Broken(words.format(name=SUMS))


def row_of(model, doc, *, required):
    names = [field.name for field in model._meta.concrete_fields if field.name != "id"]
    checks.only(doc, *names)
    return checks.fields(model, doc, names, required)


def statement(doc):
    """Return the values of a statement of the site."""
    names = ("language", *SiteStatement.TEXT, "note", "created_at")
    checks.only(doc, *names, "created_by")
    checks.account(doc, "created_by")
    values = checks.fields(SiteStatement, doc, names, ["language", "created_at", "safety"])
    if not values["safety"].strip():  # every page says them
        raise checks.BrokenField("safety", "Write the safety lines.")
    return values


CHECKS = {  # of each row, and the fields in which no two may say the same
    "pictures.yaml": (checks.picture, ("title",)),
    "topics.yaml": (partial(row_of, Topic, required=("slug", "name", "language")), ("slug",)),
    "glossary.yaml": (partial(row_of, Term, required=("language", "term", "meaning")), ("language", "term")),
    "statements.yaml": (statement, ()),
    "events.yaml": (checks.event, ()),
}


def check_list(folder, path):
    """Return the rows of one of the lists of the whole site; none where it can't be read."""
    kind = dict if path == "people.yaml" else list
    found, text = kind(), ""
    with folder.noting(path):
        found, text = folder.facts(path, kind)
    if kind is dict:
        for key, doc in found.items():
            with folder.noting(path, text, line_of(text, rf"['\"]?{re.escape(key)}['\"]?:")):
                checks.person(doc if isinstance(doc, dict) else {})
        return found
    check_each(folder, path, text, found, *CHECKS[path])
    return found


def check_each(folder, path, text, found, check, same):
    """Check the rows of a list, of which no two may have the same in the fields that are named."""
    starts = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith("- ")]
    seen = set()
    for doc, line in zip(found, starts, strict=False):
        with folder.noting(path, text, line):
            check(doc)
            key = tuple(doc.get(name, "") for name in same)
            if any(key) and key in seen:
                raise Broken(f"“{', '.join(filter(None, key))}” is here twice.", line)
            seen.add(key)


def line_of(text, pattern):
    found = re.search(rf"^{pattern}", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def check_image(name, content):
    """Refuse a file that this site can't have written as a picture (articles/pictures.py)."""
    size = PICTURE.fullmatch(settings.MEDIA_URL + name)
    if not size:
        raise Broken("This is not the name of a picture that a site like this one made.")
    width, height = map(int, size.groups())
    if len(content) > settings.MARKDOWNX_UPLOAD_MAX_SIZE or not 0 < width * height <= MAX_PIXELS:
        raise Broken("This picture is too large.")
    if content[:4] != b"RIFF" or int.from_bytes(content[4:8], "little") + 8 != len(content):
        raise Broken("This is not a whole WebP picture.")
    try:
        with Image.open(BytesIO(content), formats=["WEBP"]) as picture:
            told = bool({"exif", "xmp", "icc_profile"} & {*picture.info}) or getattr(picture, "n_frames", 1) != 1
            if picture.size != (width, height) or told:
                raise Broken("This picture was not made by a site like this one. Add it in the library instead.")
            picture.load()
    except Broken:
        raise
    except Exception as error:  # Pillow's readers raise a dozen kinds for a broken file
        raise Broken("This picture can't be read. The file is damaged.") from error


# The articles


def check_articles(folder, known):
    """Check each article, then how they refer to each other."""
    facts = {}
    for slug in folder.slugs():
        path = f"articles/{slug}"
        if not SLUG.fullmatch(slug):
            folder.fault(path, Broken("This is no folder of an article. Its name is the end of a web address."))
            continue
        doc = check_working_copy(folder, f"{path}/article.md", slug, known)
        numbers = check_history(folder, f"{path}/history", known)
        check_rows(folder, f"{path}/events.yaml", partial(checks.event, numbers=numbers), ())
        if "answers.yaml" in folder.names(path):
            check_rows(folder, f"{path}/answers.yaml", checks.answer, ("finding", "place", "words"))
        if doc:
            names = ("language", "translation_of", "copy_of", "former_addresses", "topic")
            facts[slug] = {name: doc[name] for name in names if name in doc}
    check_family(folder, facts, known)


def check_rows(folder, path, check, same):
    with folder.noting(path):
        found, text = folder.facts(path)
        check_each(folder, path, text, found, check, same)


def check_working_copy(folder, path, slug, known):
    """Return the working copy of an article, or None where it can't be kept."""
    before, text = folder.count, ""
    with folder.noting(path):
        text = folder.text(path)
        doc, lines = read_text(text)
        with folder.noting(path, text, 1):
            checks.article(doc)
            if doc["slug"] != slug:
                raise checks.BrokenField("slug", "This must be the name of the folder.")
            for key in doc.get("authors", ()):
                checks.one_of("authors", key, known["people"])
            if "topic" in doc:
                checks.one_of("topic", doc["topic"], known["topics"])
        with folder.noting(path, text, line_of(text, "sources:")):
            each(checks.listed("sources", doc.get("sources", [])), checks.source)
        for section, line in zip(doc.get("sections", ()), lines, strict=True):
            with folder.noting(path, text, line):
                checks.section(section, known["pictures"])
        with folder.noting(path, text):
            once(doc.get("sections", []))
    return doc if folder.count == before else None


def each(docs, check, *known):
    for doc in docs:
        check(doc, *known)
    once(docs)


def once(docs):
    """Refuse two parts of one key."""
    keys = [doc.get("key") for doc in docs]
    if double := [key for key in keys if keys.count(key) > 1 and key is not None][:1]:
        raise checks.BrokenField("key", f"“{double[0]}” is the key of two parts.")


def check_history(folder, path, known):
    """Check all versions of an article and return their numbers."""
    found = set()
    for name in folder.names(path):
        if not HISTORY.fullmatch(name):
            folder.fault(f"{path}/{name}", Broken("This is no version. Their files are 0001.md, 0002.md and so on."))
            continue
        found.add(int(name.removesuffix(".md")))
    for number in sorted(found):
        check_version(folder, f"{path}/{number:04}.md", number, found, known)
    return found


def check_version(folder, path, number, numbers, known):
    with folder.noting(path):
        text = folder.text(path)
        doc, lines = read_text(text)
        with folder.noting(path, text, 1):
            if checks.version(doc)["number"] != number:
                raise checks.BrokenField("number", "This must be the number in the file's name.")
            if "reviewed_as" in doc and doc["reviewed_as"] not in numbers - {number}:
                raise checks.BrokenField("reviewed_as", "The article has no such other version.")
        for name, check, *own in (
            ("sources", checks.kept_source),
            ("authors", checks.kept_person, known["people"]),
            ("reviews", checks.review, known["people"]),
        ):
            with folder.noting(path, text, line_of(text, f"{name}:")):
                docs = checks.listed(name, doc.get(name, []))
                for row in docs:
                    check(row, *own)
        for section, line in zip(doc.get("sections", ()), lines, strict=True):
            with folder.noting(path, text, line):
                checks.kept_section(section, known["pictures"])


def check_family(folder, facts, known):
    """Check what articles say of each other: originals, copies, and addresses that they had."""
    translated, had = set(), {}
    for slug, doc in facts.items():
        path = f"articles/{slug}/article.md"
        with folder.noting(path):
            if "topic" in doc and known["topics"][doc["topic"]] != doc["language"]:
                raise Broken("Its topic is for articles in another language.")
            if original := doc.get("translation_of"):
                check_translation(doc, facts.get(original), translated)
            if "copy_of" in doc:
                check_copy(slug, facts)
            for former in doc.get("former_addresses", ()):
                if former in facts or former in had:
                    raise Broken(f"The former address “{former}” is that of another article, too.")
                had[former] = slug


def check_translation(doc, original, translated):
    key = (doc["translation_of"], doc["language"])
    if original is None:
        raise Broken(f"The article “{key[0]}”, of which it is a translation, is not in the archive, or broken.")
    if "translation_of" in original or original["language"] == doc["language"] or key in translated:
        raise Broken(
            "It can't be a translation of that article, for that is one itself, "
            "is in the same language, or has one in this language."
        )
    translated.add(key)


def check_copy(slug, facts):
    """Refuse copies that are copies of one another."""
    seen, now = {slug}, facts[slug].get("copy_of")
    while now:
        if now not in facts:
            raise Broken(f"The article “{now}”, of which it is a copy, is not in the archive, or broken.")
        if now in seen:
            raise Broken("It is a copy of itself.")
        seen.add(now)
        now = facts[now].get("copy_of")
