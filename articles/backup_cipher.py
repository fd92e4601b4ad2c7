"""A stream encrypted with a passphrase, in pieces that each prove where they stand and which of them is the last.

That is the construction STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with ChaCha20-Poly1305: what was changed,
cut off, put elsewhere or taken from another file is refused before a byte of it is given on. The file is

    MAGIC, 16 bytes of salt, then for each piece its bytes encrypted and 16 bytes that prove them.

A piece has 64 KiB, the last one less or as much. The key is made from passphrase and salt by scrypt, and is of no other
file, so the number of the piece and whether it is the last are a nonce that is never used twice.
"""

import hashlib
import io
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC = b"cramps backup, encrypted, 1\n"
SALT, PIECE, PROOF = 16, 65_536, 16  # bytes


class NotOpened(Exception):
    """The passphrase is wrong, or the stream was changed: nothing tells which."""


def cipher(passphrase, salt):
    # 64 MiB and a fifth of a second for each guess
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=2**16, r=8, p=1, maxmem=2**27, dklen=32)
    return ChaCha20Poly1305(key)


def nonce(number, is_last):
    return number.to_bytes(11, "big") + bytes([is_last])


class Encrypting:
    """Encrypts what is written to it into a file; `finish` writes the last piece."""

    def __init__(self, file, passphrase):
        salt = os.urandom(SALT)
        self.file, self.head, self.cipher = file, MAGIC + salt, cipher(passphrase, salt)
        self.number, self.waiting = 0, bytearray()
        file.write(self.head)

    def write(self, data):
        self.waiting += data
        while len(self.waiting) > PIECE:  # a full one may still be the last
            self.put(self.waiting[:PIECE], is_last=False)
            del self.waiting[:PIECE]
        return len(data)

    def finish(self):
        self.put(self.waiting, is_last=True)

    def put(self, piece, is_last):
        self.file.write(self.cipher.encrypt(nonce(self.number, is_last), bytes(piece), self.head))
        self.number += 1


class Decrypting(io.RawIOBase):
    """What was encrypted into a file, whose MAGIC has been read; raises NotOpened where that can't be had."""

    def __init__(self, file, passphrase):
        salt = file.read(SALT)
        self.file, self.head, self.cipher = file, MAGIC + salt, cipher(passphrase, salt)
        self.number, self.ready = 0, b""
        self.ahead = file.read(PIECE + PROOF)
        self.is_over = False

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.ready and not self.is_over:
            self.ready = self.next()
        size = min(len(buffer), len(self.ready))
        buffer[:size], self.ready = self.ready[:size], self.ready[size:]
        return size

    def next(self):
        piece, self.ahead = self.ahead, self.file.read(PIECE + PROOF)
        self.is_over = not self.ahead
        try:
            opened = self.cipher.decrypt(nonce(self.number, self.is_over), piece, self.head)
        except InvalidTag as error:
            raise NotOpened from error
        self.number += 1
        return opened
