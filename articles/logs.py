"""Log lines without the secret ends of signed links: whoever has an address may open what it shows."""

import logging
import re

from django.utils.log import ServerFormatter as DjangoServerFormatter

ADDRESS = re.compile(r"\b(p?review/|reset/key/)[^\s/?#'\"<>]{8,}")  # shorter ones are numbers in the admin's addresses
# As django.core.signing makes them, wherever they stand, the colons perhaps encoded
TOKEN = re.compile(r"[\w-]+(?::|%3a)\w{6}(?::|%3a)[\w-]{43}", re.IGNORECASE)


def hide_tokens(text):
    """Return a text with what stands in the addresses of signed links left out."""
    return TOKEN.sub("[hidden]", ADDRESS.sub(r"\1[hidden]", text))


class Formatter(logging.Formatter):
    """Every handler of ours has one of these two. What it hides is gone from the traceback, too."""

    def format(self, record):
        return hide_tokens(super().format(record))


class ServerFormatter(DjangoServerFormatter):
    """The same for the lines of the developers' server, one for each request."""

    def format(self, record):
        return hide_tokens(super().format(record))
