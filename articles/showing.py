"""Which pictures a text shows or names, for the record of their use. No database.

An address counts wherever it stands, also where no page would show it (in code, or in a field that the section's
kind hides), since by this record it is decided which files may go.
"""

from html import unescape

from articles.kinds import FIELDS, PICTURES
from articles.rendering import AS_WRITTEN, PICTURE, description, is_placeholder

GROUNDS = ("known", "not_known", "sources_differ")


def named(text):
    """Return all addresses of pictures in a text, each once; also those written with Markdown's or HTML's escapes."""
    plain = unescape(text).replace("\\", "")
    return list(dict.fromkeys(found[0] for found in PICTURE.finditer(plain)))


def in_text(text):
    """Return {address: whether it is shown there without a description} of all pictures that a Markdown text names."""
    found = dict.fromkeys(named(text), False)
    if found:
        for source, alt in images(text):
            if source in found:
                found[source] |= is_placeholder(alt)
    return found


def images(text):
    """Return (address, description) of each picture that a Markdown text shows."""
    tokens = (token for block in AS_WRITTEN.parse(text, {"prefix": ""}) for token in block.children or [])
    return [(str(token.attrs["src"]), description(token)) for token in tokens if token.type == "image"]


def uses(library, texts):
    """Return what a version shows as a list of (number in the library or None, name, without a description).

    `library` are (number, name) of its sections' pictures; a name is that of a drawing, or an image's address.
    """
    found = {}
    for text in texts:
        for name, is_missing in in_text(text).items():
            found[name] = found.get(name, False) or is_missing
    # What stands in a section's own place and within a text as well is one use.
    shown = [(number, name, found.pop(name, False)) for number, name in dict.fromkeys(library)]
    return [*shown, *((None, name, is_missing) for name, is_missing in found.items())]


def of_revision(revision):
    """Return the uses of a revision."""
    rows = revision.sections
    library = [(kept["id"], kept["drawing"] or kept["image"]) for row in rows for kept in row.get("pictures", ())]
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    return uses(library, [*texts, *(getattr(revision, name) for name in GROUNDS)])


def of_working_copy(article):
    """Return the uses of an article's sections as they stand, also of what its sections' kinds hide."""
    sections = list(article.sections.select_related(*PICTURES))
    shown = (getattr(section, name) for section in sections for name in PICTURES)
    library = [(picture.pk, picture.drawing or picture.image) for picture in shown if picture]
    texts = [
        value for section in sections for name in ("body", *FIELDS) if isinstance(value := getattr(section, name), str)
    ]
    return uses(library, [*texts, *(getattr(article, name) for name in GROUNDS)])
