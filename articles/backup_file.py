"""A backup as a file: a tar archive compressed by gzip, which ends with a seal, and is encrypted if there is a key.

Any `tar xzf` opens one that is not encrypted. In it are, in this order,

    cramps-backup.json              what it is: format, time, migrations, tables with their columns and numbers of rows
    rows/000001-articles_x.jsonl    rows of a table, one a line, as a list in the order of its columns
    secret_key                      only if it is encrypted
    media/images/x.webp             files of the storage
    SHA256SUMS                      the fingerprint of each of these, for `sha256sum --check`

The seal is a last, empty part as gzip allows them, with the fingerprint of all bytes before it. Whatever was changed or
cut off is found by it. Files from elsewhere may say anything, so nothing is believed: names, kinds and lengths are
those that are written here, and no length makes this read more than a line or a piece at a time.
"""

import contextlib
import gzip
import hashlib
import io
import json
import re
import struct
import tarfile
import zlib

from articles.backup_cipher import MAGIC, Decrypting, Encrypting, NotOpened

FORMAT, VERSION = "cramps-backup", 1
HEAD, KEY, SUMS, ROWS, MEDIA = "cramps-backup.json", "secret_key", "SHA256SUMS", "rows/", "media/"
NAME = re.compile(rf"{re.escape(HEAD)}|rows/\d{{6,9}}-[a-z0-9_]{{1,63}}\.jsonl|{KEY}|{SUMS}|{MEDIA}(?P<file>.+)", re.S)
GZIP = b"\x1f\x8b"
BLOCK = tarfile.BLOCKSIZE
PIECE = 1 << 20  # bytes read at once
LONGEST = 1 << 26  # bytes of a line: a hundred sections at their limit, each sign of them escaped
MOST = 1 << 20  # bytes of what it is and of a key


class Damaged(Exception):
    """The file can't be used: its argument is a sentence that says why."""


def changed(what):
    return Damaged(f"It was damaged or changed since it was written: {what}.")


# Writing


class Sum:
    """Passes on what is written to it, and knows the fingerprint of all that."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data):
        self.digest.update(data)
        return self.file.write(data)


def seal(digest):
    """Return an empty part of a gzip file that holds a fingerprint in an extra field."""
    field = b"CR" + struct.pack("<H", len(digest)) + digest
    return GZIP + b"\x08\x04" + bytes(4) + b"\x00\xff" + struct.pack("<H", len(field)) + field + b"\x03\x00" + bytes(8)


SEAL = len(seal(bytes(32)))


class Writer:
    """Writes a backup into an open file, encrypted where there is a passphrase."""

    def __init__(self, file, passphrase=""):
        self.outer = Encrypting(file, passphrase) if passphrase else file
        self.sum = Sum(self.outer)
        self.gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=self.sum, mtime=0)
        self.sums = {}

    def put(self, name, content):
        for _done in self.put_pieces(name, len(content), [content]):
            pass

    def put_pieces(self, name, size, pieces):
        """Write a member from pieces of bytes, and yield how many bytes of it are written; a wrong size is OSError."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        digest, done = hashlib.sha256(), 0
        self.gzip.write(member.tobuf(tarfile.USTAR_FORMAT))
        for piece in pieces:
            digest.update(piece)
            self.gzip.write(piece)
            done += len(piece)
            yield done
        if done != size:
            raise OSError(None, f"{name} changed while it was read")
        self.gzip.write(bytes(-size % BLOCK))
        self.sums[name] = digest.hexdigest()

    def finish(self):
        lines = "".join(f"{digest}  {name}\n" for name, digest in self.sums.items())
        self.put(SUMS, lines.encode())
        self.gzip.write(bytes(2 * BLOCK))
        self.gzip.close()
        self.outer.write(seal(self.sum.digest.digest()))
        if isinstance(self.outer, Encrypting):
            self.outer.finish()


# Reading


class Sealed(io.RawIOBase):
    """All bytes of a file, of which it knows in the end whether they had their seal."""

    def __init__(self, file):
        self.file, self.digest, self.ahead = file, hashlib.sha256(), b""

    def readable(self):
        return True

    def readinto(self, buffer):
        read = self.file.read(len(buffer))
        self.ahead += read
        if len(self.ahead) > SEAL:
            self.digest.update(self.ahead[:-SEAL])
            self.ahead = self.ahead[-SEAL:]
        buffer[: len(read)] = read
        return len(read)

    def is_whole(self):
        return self.ahead == seal(self.digest.digest())


class Content(io.RawIOBase):
    """The bytes of one member."""

    def __init__(self, stream, size):
        self.stream, self.left, self.digest = stream, size, hashlib.sha256()

    def readable(self):
        return True

    def readinto(self, buffer):
        with told():
            read = self.stream.read(min(len(buffer), self.left, PIECE))
            if not read and self.left and len(buffer):
                raise EOFError
        self.left -= len(read)
        self.digest.update(read)
        buffer[: len(read)] = read
        return len(read)


def opened(file, passphrase):
    """Return the bytes of a backup's gzip file, decrypted where that is needed."""
    file.seek(0)
    start = file.read(len(MAGIC))
    if start == MAGIC:
        if not passphrase:
            raise Damaged("It is encrypted. Set BACKUP_KEY to the passphrase that it was made with.")
        return io.BufferedReader(Decrypting(file, passphrase), PIECE)
    if not start.startswith(GZIP):
        raise Damaged("It is no backup of a site like this one.")
    file.seek(0)
    return file


def members(file, passphrase=""):
    """Yield what is in a backup as (name, size, its bytes as a file to read before the next); raise Damaged.

    That its end is reached without Damaged means that each byte is as it was written.
    """
    with told():
        yield from read_members(opened(file, passphrase))


@contextlib.contextmanager
def told():
    """Make what goes wrong with a file that is none of ours, or none any more, Damaged."""
    try:
        yield
    except NotOpened:
        raise Damaged("It can't be decrypted. BACKUP_KEY is another passphrase, or the file was damaged.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.HeaderError, UnicodeDecodeError) as error:
        raise changed(f"it can't be unpacked ({str(error) or 'it ends too early'})") from error


def read_members(raw):
    sealed, sums = Sealed(raw), {}
    stream = gzip.GzipFile(fileobj=sealed, mode="rb")
    while SUMS not in sums:
        name, size = read_header(stream, sums)
        content = Content(stream, size)
        buffered = io.BufferedReader(content)
        if name == SUMS:
            check_sums(buffered, sums)
        else:
            yield name, size, buffered
        while buffered.read(PIECE):
            pass
        if any(stream.read(-size % BLOCK)):
            raise changed("there is something between its files")
        sums[name] = content.digest.hexdigest()
    while piece := stream.read(PIECE):
        if any(piece):
            raise changed("there is something after its end")
    if not sealed.is_whole():
        raise changed("its seal is not that of its bytes")


def read_header(stream, before):
    """Return (name, size) of the next member, where it may stand after those before it."""
    block = stream.read(BLOCK)
    if len(block) < BLOCK or not any(block):
        raise EOFError
    header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    found = NAME.fullmatch(header.name)
    if not before and header.name != HEAD:
        raise Damaged("It is no backup of a site like this one.")
    if not found or header.type != tarfile.REGTYPE or header.size < 0 or header.name in before:
        raise changed(f"it has “{header.name[:80]}”, which no backup has")
    if found["file"] is not None and not is_safe(found["file"]):
        raise changed(f"it has a file with a name that can't be kept, “{header.name[:80]}”")
    if header.name in (HEAD, KEY) and header.size > MOST:
        raise changed(f"“{header.name}” is too long")
    return header.name, header.size


def is_safe(name):
    """Return whether a file's name leads to a place within the storage, on any system."""
    parts = name.split("/")
    return name.isprintable() and not re.search(r'[\\:*?"<>|]', name) and not {"", ".", ".."} & {*parts}


def check_sums(content, sums):
    """Compare the list of fingerprints with what was read."""
    lines = iter(lines_of(content))
    for name, digest in sums.items():
        if next(lines, b"").decode() != f"{digest}  {name}\n":
            raise changed(f"“{name[:80]}” is not as it was")
    if next(lines, None) is not None:
        raise changed("files are missing in it")


def lines_of(content):
    """Yield the lines of a member; one that is longer than any of ours is refused."""
    while line := content.readline(LONGEST):
        if not line.endswith(b"\n"):
            raise changed("a line of it does not end")
        yield line


def read_head(content):
    """Return what a backup says that it is, checked as far as the program relies on it; raise Damaged."""
    try:
        head = json.loads(content.read(MOST))
        if head["format"] != FORMAT:
            raise ValueError(head["format"])
        if head["version"] != VERSION:
            raise Damaged("It was made by a newer version of the program. Install that, then restore.")
        for app, name in head["migrations"]:
            (app + name).encode()
        for table, said in head["tables"].items():
            if not re.fullmatch(r"[a-z0-9_]{1,63}", table) or said["rows"] + 0 < 0 or not all(said["columns"]):
                raise ValueError(table)
            "".join(said["columns"]).encode()
        if not (head["made_at"] + head["site"]).isprintable():  # they are shown on a terminal
            raise ValueError(head["site"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("It is no backup of a site like this one.") from error
    return head
