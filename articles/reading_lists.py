"""Lists that a page only looks like having, and those that something broke, as lists. No database."""

from dataclasses import replace

from django.utils.translation import gettext as _

from articles.reading_blocks import Block
from articles.reading_text import blocks_of, lines_in, marker_of

STRAY = 100  # letters of a line that may stand between two parts of one list


def relisted(blocks):
    """Return blocks in which paragraphs that begin with bullets or numbers are lists, and broken lists are whole."""
    found, lines = [], []
    for block in [replace(block, items=[relisted(item) for item in block.items]) for block in blocks]:
        if block.kind == "paragraph" and is_listed(block, bool(lines)):
            lines += lines_in(block)
            continue
        found += [*as_list(lines), block]
        lines = []
    return joined(found + as_list(lines))


def is_listed(block, goes_on):
    """Return whether a paragraph has lines that are marked as items."""
    marks = [marker_of(line) for line in lines_in(block)]
    if block.level >= 4 and marks[0]:  # Word says so
        return True
    return any(marks) if goes_on else any(marks) and (len(marks) > 1 or marks[0] is not None)


def as_list(lines):
    """Return the blocks of lines, lists where they are such."""
    blocks = blocks_of(lines, is_file=False) if lines else []
    for block in blocks:
        block.note = block.note or (_("from lines with bullets or numbers") if block.kind == "list" else "")
    return blocks


def joined(blocks):
    """Return blocks in which a list that was broken, by nothing or by a line, is one again."""
    found = []
    for block in blocks:
        before = found[-1] if found else None
        if is_continued(before, block):
            before.items += block.items
            before.note = _("two lists that were one")
        elif len(found) > 1 and is_stray(before) and block.is_ordered and is_continued(found[-2], block):
            found.pop()
            found[-1].items[-1].append(before)
            found[-1].items += block.items
            found[-1].note = _("the list goes on after a line between its items")
        else:
            found.append(block)
    return found


def is_continued(before, block):
    """Return whether a list goes on with what the next one has."""
    if not isinstance(before, Block) or before.kind != "list" or block.kind != "list":
        return False
    if before.is_ordered or block.is_ordered:
        return before.is_ordered and block.is_ordered and block.start == before.start + len(before.items)
    return True


def is_stray(block):
    return block.kind == "paragraph" and len(block.said) <= STRAY
