"""An archive may come from anywhere: what is wrong with it is said with file and line, and nothing is changed."""

import hashlib
import os
import re
from io import BytesIO

import pytest
from PIL import Image

from articles import archive, archive_reading
from articles.models import Article, Contributor, Event, Picture, SiteStatement, Topic
from articles.workflow import Refused

MODELS = (Article, Contributor, Event, Picture, SiteStatement, Topic)
FEET = "articles/sore-feet-2/article.md"
FIRST = "articles/sore-feet-2/history/0001.md"


@pytest.fixture
def folder(db, archived, settings):
    """An archive, and a site that has nothing of it."""
    settings.MEDIA_ROOT = archived.parent / "other"
    (archived / "SHA256SUMS").unlink()
    return archived


def refusal(folder):
    """Return what is said of an archive that can't be restored; nothing of it is kept."""
    before = [model.objects.count() for model in MODELS]
    with pytest.raises(Refused) as refused:
        list(archive.restore(folder, by=None, publish=True, dry_run=False))
    assert [model.objects.count() for model in MODELS] == before
    assert not (folder.parent / "other").exists()
    return refused.value.reasons


def change(folder, path, old, new):
    text = (folder / path).read_bytes().decode()
    assert old in text
    (folder / path).write_bytes(text.replace(old, new, 1).encode())


CHANGES = [
    (FEET, "title: Sore feet 2", "title: &a x\nb: *a", FEET + ", line 2: An archive has no references"),
    (
        FEET,
        "title: Sore feet 2",
        "title: !!python/object/apply:os.system [x]",
        FEET + ", line 2: An archive has no types",
    ),
    (FEET, "title: Sore feet 2", "title: " + "x" * 121, FEET + ", line 2: “title”: Ensure this value has at most 120"),
    (FEET, "title: Sore feet 2", "title: [x]", FEET + ", line 2: “title”: Write a text."),
    (FEET, "title: Sore feet 2", "title: 2", FEET + ", line 2: “title”: Write a text."),
    (FEET, "title: Sore feet 2", 'title: "\\ud800"', FEET + ", line 2: This is not valid YAML."),
    (FEET, "title: Sore feet 2", "colour: red", FEET + ", line 2: “colour”: This has no meaning here."),
    (FEET, "slug: sore-feet-2", "slug: other", FEET + ", line 3: “slug”: This must be the name of the folder."),
    (FEET, "slug: sore-feet-2", "slug: ../x", FEET + ", line 3: “slug”: Enter a valid"),
    (FEET, "slug: sore-feet-2\n", "", FEET + ", line 1: “slug”: This is missing."),
    (FEET, "language: en-gb", "language: tlh", FEET + ", line 4: “language”: There is no “tlh” on this site."),
    (FEET, "funding: Us", "topic: none", "“topic”: There is no “none” in the archive's own list of these."),
    (FEET, "  - rosa-test-2", "  - nobody", "“authors”: There is no “nobody” in the archive's own list of these."),
    (FEET, "created_at: 2026", "created_at: 20260", "“created_at”: Write a time like 2026-11-22T09:30:00+00:00."),
    (FEET, "+00:00\nupdated", "\nupdated", "“created_at”: Write a time like"),
    (FEET, "funding: Us", "review_due: soon", "“review_due”: Write a day like 2026-11-22."),
    (FEET, "funding: Us", "copy_of: sore-feet-2", "It is a copy of itself."),
    (FEET, "funding: Us", "copy_of: nothing", "The article “nothing”, of which it is a copy, is not in the archive"),
    (FEET, "funding: Us", "translation_of: original", "It can't be a translation of that article"),
    (FEET, "  - sore-feet\n", "  - original\n", "The former address “original” is that of another article, too."),
    (FEET, "kind: exercise", "kind: poem", "“kind”: There is no “poem” on this site."),
    (FEET, "hold: 5", "hold: 601", "“hold”: Ensure this value is less than or equal to 600."),
    (FEET, "hold: 5", "hold: true", "“hold”: Write a number."),
    (FEET, "key: of-exercise", "key: two-spaces", "“key”: “two-spaces” is the key of two parts."),
    (FEET, "key: of-exercise", "key: a b", "“key”: Enter a valid “slug”"),
    (FEET, "picture: 'A red one: 1.10'", "picture: Nobody's", "“picture”: There is no “Nobody's”"),
    (FEET, "year: 2020", "year: -1", "“year”: Ensure this value is greater than or equal to 1800."),
    (FEET, "Not saved yet", "x" * 50_001, "“body”: This text has 50001 bytes"),
    (FIRST, "number: 1", "number: 2", FIRST + ", line 2: “number”: This must be the number in the file's name."),
    (FIRST, "state: published", "state: withdrawn", "“state”: A version is draft, in_review"),
    (FIRST, "state: published", "state: draft", "“published_at”: A published version has a time"),
    (
        FIRST,
        "state: published",
        "state: published\nreviewed_as: 9",
        "“reviewed_as”: The article has no such other version.",
    ),
    (FIRST, "kind: exercise", "kind: ../../base", "“kind”: There is no “../../base” on this site."),
    (FIRST, "drawing: toes-to-shin", "drawing: ../x", "“drawing”: This site has no drawing “../x”."),
    (FIRST, "image: /media/", "image: https://example.org/", "is no address that this site gave to a picture."),
    (FIRST, "year: 2020", "year: [1]", "“year”: Write a number."),
    (FIRST, "read_on: null", "read_on: soon", "“read_on”: Write a day like 2026-11-22."),
    (FIRST, "person: rosa-test\n", "person: nobody\n", "“person”: There is no “nobody”"),
    (FIRST, "remarks:", "remarks: []\n    x:", "“x”: This has no meaning here."),
    (FIRST, "-->", "", "The section's facts have no end"),
    ("people.yaml", "name: ", "colour: ", "people.yaml, line 2: “colour”: This has no meaning here."),
    ("people.yaml", "account: ruth", "account: a b", "“account”: This is no name that an account can have."),
    ("topics.yaml", "slug: no-1", "slug: muscles", "“muscles” is here twice."),
    ("pictures.yaml", "drawing: wall-1-stand", "image: /media/../../etc/passwd", "is no address that this site gave"),
    ("pictures.yaml", "- title: Nothing", "- title: Nothing\n  drawing: wall-1-stand", "either an image or a drawing."),
    ("statements.yaml", "safety: |-\n", 'safety: ""\n  #', "statements.yaml"),
    ("events.yaml", "  action: topic", "  action: [topic]", "events.yaml, line 2: “action”: Write a text."),
    ("events.yaml", "- at", "- at: x\n- at", "events.yaml, line 1: “action”: This is missing."),
    ("articles/sore-feet-2/events.yaml", "version: 1", "version: [1]", "“version”: The article has no such version."),
    ("articles/sore-feet-2/events.yaml", "- at: 2026", "- at: 0001-01-01T00:00:00+14:00 #", "“at”: Write a time like"),
    ("articles/sore-feet-2/events.yaml", "version: 2", "version: 7", "“version”: The article has no such version."),
    ("articles/sore-feet-2/answers.yaml", "because", "why", "“why”: This has no meaning here."),
    ("archive.yaml", "version: 1", "version: 2", "archive.yaml: This archive has format 2. This site reads format 1."),
]


@pytest.mark.parametrize(("path", "old", "new", "said"), CHANGES, ids=range(len(CHANGES)))
def test_a_wrong_value_is_said_with_its_place(folder, path, old, new, said):
    change(folder, path, old, new)
    reasons = refusal(folder)
    assert any(said in str(reason) for reason in reasons), reasons


def test_all_faults_are_said_at_once(folder):
    change(folder, FEET, "hold: 5", "hold: 601")
    change(folder, "events.yaml", "action", "deed")
    assert len(refusal(folder)) == 2


def test_of_many_faults_the_rest_is_counted(folder):
    for path in folder.glob("articles/*/history/*.md"):
        path.write_text("x")
    change(folder, FEET, "hold: 5", "hold: 601")
    (folder / "events.yaml").write_text("- {}\n" * 30)
    reasons = refusal(folder)
    assert len(reasons) == 21
    assert reasons[-1].endswith("more.")


def picture_path(folder):
    return next((folder / "media" / "images").iterdir())


def webp(size, **options):
    content = BytesIO()
    Image.new("RGB", size).save(content, "WEBP", **options)
    return content.getvalue()


def animation():
    content = BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(content, "WEBP", save_all=True, append_images=frames[1:])
    return content.getvalue()


def with_place():
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    return webp((40, 30), exif=exif)


IMAGES = {
    "of another size": lambda: webp((41, 30)),
    "cut off": lambda: webp((40, 30))[:-9],
    "with something behind it": lambda: webp((40, 30)) + b"<script>",
    "that says where": with_place,
    "that moves": animation,
    "of another kind": lambda: b"GIF89a" + b"x" * 99,
    "empty": lambda: b"",
}


@pytest.mark.parametrize("name", IMAGES)
def test_a_picture_that_is_not_ours_is_refused(folder, name):
    path = picture_path(folder)
    path.write_bytes(IMAGES[name]())
    [reason] = refusal(folder)
    assert reason.startswith(f"media/images/{path.name}: This")


def test_a_file_of_another_name_among_the_pictures_is_refused(folder):
    (folder / "media" / "images" / "x.html").write_text("<script>")
    [reason] = refusal(folder)
    assert "not the name of a picture" in reason


def test_a_picture_that_the_site_has_otherwise_is_never_overwritten(folder, settings):
    path = picture_path(folder)
    own = settings.MEDIA_ROOT / "images" / path.name
    own.parent.mkdir(parents=True)
    own.write_bytes(b"ours")
    with pytest.raises(Refused, match="another file under the name"):
        list(archive.restore(folder, by=None, publish=True, dry_run=False))
    assert own.read_bytes() == b"ours"
    assert not Article.objects.exists()


def test_links_lead_nowhere(folder):
    path = picture_path(folder)
    path.unlink()
    path.symlink_to("/etc/passwd")
    (folder / "articles" / "sore-feet-2" / "events.yaml").unlink()
    (folder / "articles" / "sore-feet-2" / "events.yaml").symlink_to("/etc/passwd")
    assert any("This leads elsewhere" in reason for reason in refusal(folder))


def test_a_pipe_does_not_hold_it_up(folder):
    (folder / "events.yaml").unlink()
    os.mkfifo(folder / "events.yaml")
    assert "events.yaml: This is not a file." in refusal(folder)


def test_a_huge_file_is_not_read(folder):
    with (folder / "events.yaml").open("r+b") as file:
        file.truncate(1_000_000_000)
    assert "events.yaml: This file has more than 50 MB, so it is not of an archive." in refusal(folder)


@pytest.mark.parametrize("path", ["events.yaml", FEET, FIRST, "pictures.yaml", "articles/sore-feet-2/events.yaml"])
@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"[" * 5000, b"- - - x", b"a: 1", b"!!set {x}", b"\0", b"%TAG", b"? x"]
)
def test_a_broken_file_is_a_sentence(folder, path, content):
    (folder / path).write_bytes(content)
    assert any(str(reason).startswith(path) for reason in refusal(folder))


@pytest.mark.parametrize("path", ["events.yaml", FEET, "people.yaml", "articles/sore-feet-2/events.yaml"])
def test_a_missing_file_is_a_sentence(folder, path):
    (folder / path).unlink()
    assert f"{path}: This file is missing." in refusal(folder)


def test_a_folder_with_a_name_that_is_no_address_is_refused(folder):
    (folder / "articles" / "a b").mkdir()
    assert any(reason.startswith("articles/a b: This is no folder of an article.") for reason in refusal(folder))


def test_a_changed_file_is_noticed_by_its_fingerprint(folder):
    sums = "".join(f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in (FEET, FIRST))
    (folder / "SHA256SUMS").write_text(sums)
    change(folder, FEET, "Not saved yet", "Changed")
    assert refusal(folder) == [
        f"{FEET}: This file was changed or damaged. If you changed it on purpose, delete SHA256SUMS."
    ]
    (folder / "SHA256SUMS").write_text("0  ../../etc/passwd\n")
    assert refusal(folder) == ["SHA256SUMS, line 1: Here belong a fingerprint and the name of a file in the archive."]


def test_what_is_no_archive_is_told_apart(tmp_path):
    assert not archive.is_archive(tmp_path)
    assert not archive.is_archive(tmp_path / "none")
    (tmp_path / "archive.yaml").write_text("format: other")
    assert not archive.is_archive(tmp_path)
    (tmp_path / "archive.yaml").write_bytes(b"\xff")
    assert not archive.is_archive(tmp_path)
    assert archive_reading.Folder(tmp_path).slugs() == []


def test_only_administrators_restore(folder, editor):
    with pytest.raises(Refused, match="Only an administrator"):
        list(archive.restore(folder, by=editor, publish=True, dry_run=False))


@pytest.mark.parametrize("name", ["person", "picture"])
def test_a_version_without_the_key_of_a_person_or_a_picture_is_refused(folder, name):
    path = "articles/old/history/0002.md"
    before = (folder / path).read_bytes().decode()
    after = re.sub(rf"^( *)- {name}: \S*\n *", r"\1- ", before, flags=re.MULTILINE)
    assert after != before
    (folder / path).write_bytes(after.encode())
    assert f"“{name}”: This is missing." in " ".join(refusal(folder))
