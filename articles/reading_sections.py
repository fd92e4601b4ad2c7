"""An article's blocks to sections that the page can show, and what the report says of each. No database."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.kinds import Kind
from articles.reading_blocks import Line, faithful, shortened, write_all
from articles.rendering import MAX_BYTES as MAX_BODY

MAX_HEADING = 120
ROOM = 1_000  # bytes of a section's body that stay free


def one_line(block):
    return " ".join(block.said.split())


def cut(blocks, report):
    """Return the sections of an article's blocks."""
    blocks = [demoted(block) for block in blocks]
    top = min((block.level for block in blocks if block.kind == "heading"), default=0)
    parts = []
    for block in blocks:
        if block.kind == "heading" and block.level == top:
            parts.append((one_line(block), [], len(report)))
            tell(block, _("the heading of a section"), report)
            continue
        if not parts:
            parts.append((_("Overview"), [], None))
        if block.kind == "heading":
            block = lowered(block, block.level - top + 2)
        parts[-1][1].append(written(block, report))
    return [section for heading, inner, _line in with_text(parts, report) for section in fitting(heading, inner)]


def with_text(parts, report):
    """Return the parts that are more than a heading, and say of the others, as above footnotes, that they go.

    A file of nothing but headings keeps them all: somebody has begun with an outline.
    """
    full = [part for part in parts if write_all(part[1]).strip()]
    for _heading, _inner, at in parts if full else ():
        if at is not None and all(part[2] != at for part in full):
            report[at] = replace(report[at], became=_("left out: {rule}").format(rule=_("a heading without a text")))
    return full or parts


def lowered(block, level):
    """Return a heading at another level."""
    source = f"{'#' * level} {block.source}" if block.source else ""
    return replace(block, level=min(level, 6), source=source)


def demoted(block):
    """Return a heading that is too long for one as a paragraph."""
    if block.kind != "heading" or len(one_line(block)) <= MAX_HEADING:
        return block
    return replace(block, kind="paragraph", note=_("too long for a heading"))


def written(block, report):
    """Return a block that reads the same once it is written, and report it."""
    found = faithful(block)
    if found.kind != block.kind or found is not block:
        found = replace(found, note=_("without its marks, which would not have read the same"))
    tell(found, BECAME[found.kind], report)
    return found


BECAME = {
    "heading": gettext_lazy("a heading within the section"),
    "paragraph": gettext_lazy("a paragraph"),
    "list": gettext_lazy("a list"),
    "definitions": gettext_lazy("a list of terms and what they mean"),
    "quote": gettext_lazy("a quotation"),
    "table": gettext_lazy("a table"),
    "code": gettext_lazy("text kept as it is"),
}


def tell(block, became, report):
    """Report what became of a block, and of each item of a list."""
    became = f"{became} ({block.note})" if block.note else str(became)
    if not block.items or block.kind != "list":
        report.append(Line(block.number, shortened(block.said), became))
        return
    for item in block.items:
        for inner in item:
            if inner.kind == "list":
                tell(inner, _("a list in a list"), report)
            else:
                is_item = inner is item[0]
                text = _("an item of {what}").format(what=became) if is_item else _("part of an item")
                report.append(Line(inner.number, shortened(inner.said), text))


def fitting(heading, blocks):
    """Return a section, or several if its text is too long for one."""
    whole = write_all(blocks)
    bodies = [whole] if fits(whole) else packed(part for block in blocks for part in divided(write_all([block])))
    return [
        {"kind": str(Kind.TEXT), "heading": numbered(heading, number), "body": body}
        for number, body in enumerate(bodies, 1)
    ]


def fits(text):
    return len(text.encode()) <= MAX_BODY - ROOM


def packed(parts):
    """Return texts joined to as few as have room for them."""
    bodies = []
    for part in parts:
        if bodies and fits(f"{bodies[-1]}\n\n{part}"):
            bodies[-1] += f"\n\n{part}"
        else:
            bodies.append(part)
    return bodies


def divided(text):
    """Return a text in pieces that fit, each of whole lines, or else of whole words."""
    if fits(text):
        return [text]
    pieces, separator = (text.split("\n"), "\n") if "\n" in text else (text.split(" "), " ")
    if len(pieces) == 1:
        return [text[start : start + 10_000] for start in range(0, len(text), 10_000)]
    found = [""]
    for piece in pieces:
        for part in divided(piece):
            if fits(f"{found[-1]}{separator}{part}"):
                found[-1] += separator + part
            else:
                found.append(part)
    return [part.strip(separator) for part in found if part.strip(separator)]


def numbered(heading, number):
    end = f" ({number})" if number > 1 else ""
    return heading[: MAX_HEADING - len(end)] + end
