"""A backup as a file: opened by other programs, refused where a bit of it is not as it was, and never believed."""

import gzip
import hashlib
import io
import json
import random
import subprocess
import tarfile
import zipfile

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from articles import backup_cipher, backup_file
from articles.backup_file import BLOCK, HEAD, MEDIA, SUMS, Damaged, Writer, members, seal

KEY = "a long passphrase"
chance = random.Random  # the same each time
HEAD_TEXT = json.dumps(
    {
        "format": "cramps-backup",
        "version": 1,
        "made_at": "2026-11-30T06:00:00+00:00",
        "site": "https://www.example.org",
        "migrations": [["articles", "0001_initial"]],
        "tables": {"articles_x": {"columns": ["id", "name"], "rows": 1}},
    }
).encode()
CONTENT = {HEAD: HEAD_TEXT, "rows/000001-articles_x.jsonl": b'[1,"x"]\n', f"{MEDIA}images/a.webp": b"RIFF" * 700}


cipher = backup_cipher.cipher


@pytest.fixture(autouse=True)
def quick_key(monkeypatch):
    """Make keys without the time that guessing them shall take."""
    monkeypatch.setattr(
        backup_cipher, "cipher", lambda key, salt: ChaCha20Poly1305(hashlib.sha256(key.encode() + salt).digest())
    )


def written(content=None, key=""):
    file = io.BytesIO()
    writer = Writer(file, key)
    for name, text in (content or CONTENT).items():
        writer.put(name, text)
    writer.finish()
    return file.getvalue()


def read(data, key=""):
    return {name: content.read() for name, _size, content in members(io.BytesIO(data), key)}


def refusal(data, key=""):
    with pytest.raises(Damaged) as refused:
        read(data, key)
    [sentence] = refused.value.args
    return sentence


@pytest.mark.parametrize("key", ["", KEY])
def test_what_was_written_is_read(key):
    assert read(written(key=key), key) == CONTENT


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_an_encrypted_stream_of_any_length_comes_back(size):
    file, data = io.BytesIO(), chance(size).randbytes(size)
    encrypting = backup_cipher.Encrypting(file, KEY)
    for start in range(0, size, 7_777):
        encrypting.write(data[start : start + 7_777])
    encrypting.finish()
    assert data not in file.getvalue() or not data[1:]
    file.seek(len(backup_cipher.MAGIC))
    assert io.BufferedReader(backup_cipher.Decrypting(file, KEY)).read() == data


def test_the_key_is_made_from_the_passphrase_and_no_file_has_that_of_another(monkeypatch):
    monkeypatch.setattr(backup_cipher, "cipher", cipher)
    one, two = written(key=KEY), written(key=KEY)
    assert read(one, KEY) == read(two, KEY) == CONTENT
    start = len(backup_cipher.MAGIC)
    assert one[:start] == two[:start]
    assert one[start:][:100] != two[start:][:100]
    assert refusal(one, f"{KEY}.").startswith("It can't be decrypted. BACKUP_KEY is another passphrase")


def test_other_programs_open_it(tmp_path):
    (tmp_path / "x.backup").write_bytes(written())
    subprocess.run(["gzip", "--test", "--suffix", ".backup", "x.backup"], cwd=tmp_path, check=True)
    said = subprocess.run(["tar", "xzf", "x.backup"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=tmp_path, check=True)
    assert {name: (tmp_path / name).read_bytes() for name in CONTENT} == CONTENT


@pytest.mark.parametrize("key", ["", KEY])
def test_no_bit_can_be_another(key):
    data, bits = written(key=key), chance(7)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << bits.randrange(8)
        refusal(bytes(changed), key)


@pytest.mark.parametrize("key", ["", KEY])
def test_nothing_can_be_cut_off_put_to_it_or_left_out(key):
    data = written(key=key)
    for end in range(0, len(data), 7):
        refusal(data[:end], key)
    for more in (b"\0", b"x", data, data[-backup_file.SEAL :], gzip.compress(b"")):
        refusal(data + more, key)
    for start in range(1, len(data) - 40, 31):
        refusal(data[:start] + data[start + 16 :], key)


@pytest.mark.parametrize("order", [(0,), (0, 2), (1, 0, 2), (0, 1, 1, 2), (0, 1), (2,)])
def test_encrypted_pieces_stand_where_they_stood(order):
    content = CONTENT | {f"{MEDIA}b": chance(1).randbytes(140_000)}
    data, piece = written(content, KEY), backup_cipher.PIECE + backup_cipher.PROOF
    start = len(backup_cipher.MAGIC) + backup_cipher.SALT
    pieces = [data[place : place + piece] for place in range(start, len(data), piece)]
    assert len(pieces) == 3
    refusal(data[:start] + b"".join(pieces[number] for number in order), KEY)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(HEAD, HEAD_TEXT)
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("readme"), io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"A letter", zipped(), tarred(), b"SQLite format 3\0" * 90, gzip.compress(b""), gzip.compress(b"x" * 2000)],
    ids=["nothing", "a text", "a zip", "another tar", "a database", "nothing packed", "something packed"],
)
def test_what_comes_from_elsewhere_is_refused(data):
    assert "no backup of a site like this one" in refusal(data) or "can't be unpacked" in refusal(data)


def test_the_key_is_asked_for():
    assert refusal(written(key=KEY)) == "It is encrypted. Set BACKUP_KEY to the passphrase that it was made with."
    assert read(written(), KEY) == CONTENT  # one that needs none


# Made by somebody who knows how


def forged(*changes, sums=None):
    """Return a backup with a seal of its own, whose members are as in CONTENT and then those of `changes`.

    Each is (name, text, what its header says besides).
    """
    packed, fingerprints = io.BytesIO(), {}
    for name, text, header in [*((name, text, {}) for name, text in CONTENT.items()), *changes]:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        vars_ = {"format": tarfile.GNU_FORMAT, **header}
        form = vars_.pop("format")
        for field, value in vars_.items():
            setattr(info, field, value)
        packed.write(info.tobuf(form) + text + bytes(-len(text) % BLOCK))
        fingerprints[name] = hashlib.sha256(text).hexdigest()
    lines = "".join(f"{digest}  {name}\n" for name, digest in fingerprints.items()) if sums is None else sums
    info = tarfile.TarInfo(SUMS)
    info.size = len(lines.encode())
    packed.write(info.tobuf(tarfile.USTAR_FORMAT) + lines.encode() + bytes(-info.size % BLOCK) + bytes(2 * BLOCK))
    data = gzip.compress(packed.getvalue(), mtime=0)
    return data + seal(hashlib.sha256(data).digest())


def test_the_forger_can_forge():
    assert read(forged()) == CONTENT
    assert read(forged((f"{MEDIA}images/b.webp", b"x", {})))[f"{MEDIA}images/b.webp"] == b"x"


@pytest.mark.parametrize(
    "change",
    [
        *[
            (name, b"x", {})
            for name in (
                *(
                    "../x",
                    "/etc/passwd",
                    "media/../x",
                    "media//x",
                    "media/./x",
                    "media/a/../../x",
                    "media/",
                    "media/a/",
                ),
                *("media/a\\b", "media/c:x", "media/\n", "media/\u202ex", "media/..", "rows/x", "rows/1-x.jsonl"),
                *(
                    "rows/000002-articles_x.jsonl/x",
                    "rows/000002-../x.jsonl",
                    "db.sqlite3",
                    "secret_key/x",
                    "SHA256SUM",
                ),
                *("rows/000002-articles_x\n.jsonl", "cramps-backup.json ", f"media/{'x/' * 200}x"),
            )
        ],
        ("media/link", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("media/link", b"", {"type": tarfile.LNKTYPE, "linkname": HEAD}),
        *[("media/special", b"", {"type": kind}) for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)],
        ("media/folder", b"", {"type": tarfile.DIRTYPE}),
        ("media/sparse", b"", {"type": tarfile.GNUTYPE_SPARSE}),
        ("media/pax", b"20 path=../../../x\n", {"type": tarfile.XHDTYPE}),
        ("media/long", b"", {"size": 1 << 40}),
        ("media/endless", b"", {"size": (1 << 62)}),
        ("media/less", b"", {"size": -5}),
        (HEAD, HEAD_TEXT, {}),
        ("secret_key", bytes(backup_file.MOST + 1), {}),
    ],
    ids=str,
)
def test_names_kinds_and_lengths_that_no_backup_has_are_refused(change):
    refusal(forged(change))


@pytest.mark.parametrize("sums", ["", "0" * 64 + f"  {HEAD}\n", "x", "\n" * 9, "é"])
def test_a_list_of_fingerprints_that_is_wrong_is_refused(sums):
    assert "damaged or changed" in refusal(forged(sums=sums))


def test_a_longer_list_of_fingerprints_is_refused():
    first = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in CONTENT.items())
    assert read(forged(sums=first)) == CONTENT
    assert "files are missing in it" in refusal(forged(sums=f"{first}{'0' * 64}  media/more\n"))


@pytest.mark.parametrize("text", [b"[1]", b"[1]" * 40 + b"\n"], ids=["without its end", "far too long"])
def test_a_line_that_is_none_of_ours_is_refused(text, monkeypatch):
    monkeypatch.setattr(backup_file, "LONGEST", 100)
    with pytest.raises(Damaged, match="a line of it does not end"):
        list(backup_file.lines_of(io.BufferedReader(io.BytesIO(text))))


def head(**changes):
    return json.dumps(json.loads(HEAD_TEXT) | changes).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        head(format="zip"),
        head(migrations=5),
        head(migrations=["articles"]),
        head(migrations=[[1, 2]]),
        head(tables=[]),
        head(tables={"../x": {"columns": ["id"], "rows": 1}}),
        head(tables={"x": {"columns": ["id"], "rows": -1}}),
        head(tables={"x": {"columns": ["id"], "rows": "1"}}),
        head(tables={"x": {"columns": [1], "rows": 1}}),
        head(tables={"x": []}),
        head(site=None),
        head(site="\x1b[2J"),
        head(made_at=5),
    ],
)
def test_what_does_not_say_what_it_is_is_refused(text):
    with pytest.raises(Damaged, match="no backup of a site like this one"):
        backup_file.read_head(io.BytesIO(text))


@pytest.mark.parametrize("version", [2, 0, "1", None])
def test_a_later_format_is_refused(version):
    with pytest.raises(Damaged, match="made by a newer version"):
        backup_file.read_head(io.BytesIO(head(version=version)))


def test_a_file_that_changes_while_it_is_read_is_told():
    writer = Writer(io.BytesIO())
    with pytest.raises(OSError, match="changed while it was read"):
        list(writer.put_pieces(f"{MEDIA}x", 5, [b"abc"]))
