"""Foreign files to an article's structure: title, facts and sections, and a report of what became of each line.

Nothing of the text is lost: what isn't recognised stays as text. No database.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from django.utils.text import slugify
from django.utils.translation import gettext as _

from articles import furniture
from articles.reading_blocks import (
    STRONG,
    Block,
    Line,
    Unreadable,
    faithful,
    indented,
    plain,
    refuse_long,
    shortened,
    with_runs,
    write_all,
)
from articles.reading_bytes import clean, decode, mend, report_spaces, spaced
from articles.reading_docx import to_html
from articles.reading_html import BULK, DATA, Page
from articles.reading_lists import relisted
from articles.reading_markdown import front_matter, markdown_blocks, with_definitions
from articles.reading_page import article_of
from articles.reading_sections import MAX_HEADING, cut, one_line
from articles.reading_text import blocks_of, is_capitals, is_short, read_lines
from articles.rendering import LINK

__all__ = ["Line", "Reading", "Unreadable", "html_to_markdown", "read"]
MAX_BYTES = 20_000_000  # of a file
MAX_SECTIONS = 200


@dataclass
class Reading:
    """A file that was read: its title, the facts of its front matter, sections ready for Section, and the report."""

    title: str = ""
    facts: dict = field(default_factory=dict)
    sections: list = field(default_factory=list)
    report: list = field(default_factory=list)
    unit: str = "block"  # what the report's numbers count: lines of the file or blocks of its text


def read(name, content):
    """Return the Reading of a file by its name and bytes. Raises Unreadable with a sentence for the editor."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        raise Unreadable(_("Only .md, .txt, .html and .docx files can be read. Save it as one of these."))
    if not content.strip():
        raise Unreadable(_("This file is empty."))
    if len(content) > MAX_BYTES:
        sentence = _("This file has %(size)d MB; at most %(limit)d can be read. Divide it, or take the pictures out.")
        raise Unreadable(sentence % {"size": len(content) // 1_000_000, "limit": MAX_BYTES // 1_000_000})
    reading = READERS[suffix](PurePath(name).stem, content)
    if not reading.sections:
        raise Unreadable(_("There is no text of an article in this file, only what stands around one."))
    if len(reading.sections) > MAX_SECTIONS:
        sentence = _("This text has %(count)d sections; at most %(limit)d can be read. Divide it into several files.")
        raise Unreadable(sentence % {"count": len(reading.sections), "limit": MAX_SECTIONS})
    reading.report.sort(key=lambda line: line.number)
    return reading


def read_bytes(content, is_html=False):
    """Return the text of bytes, and the report's first lines."""
    text, encoding = decode(content, is_html)
    if not text.strip():
        raise Unreadable(_("This file is empty."))
    report = [Line(0, "", _("read as {encoding}").format(encoding=encoding))] if encoding else []
    text, mended = mend(text)
    return text, report + mended


def bare(html):
    """Return HTML without what can be long and is no text."""
    return BULK.sub("", DATA.sub("", html))


def read_text(stem, content):
    text, report = read_bytes(content)
    refuse_long(text)
    if re.match(r"\s*<(?:!doctype html|html)\b", text, re.IGNORECASE):
        raise Unreadable(_("This is a web page, not plain text. Let its name end in .html."))
    text, cleaned = clean(text)
    counts = Counter()
    blocks = blocks_of(read_lines(spaced(text, counts)))
    return compose(blocks, stem, report=report + cleaned + report_spaces(counts), unit="line")


def read_html(stem, content):
    text, report = read_bytes(content, is_html=True)
    refuse_long(bare(text))
    if not re.search(r"<[A-Za-z!]", text):
        raise Unreadable(_("This is plain text, not a web page. Let its name end in .txt."))
    page = Page(text)
    root = article_of(page)
    blocks = relisted(page.read(root))
    return with_notes(compose(blocks, stem, report + page.report, hint=page.title), page)


def read_markdown(stem, content):
    text, report = read_bytes(content)
    refuse_long(text)
    text, cleaned = clean(text)
    facts, text, first = front_matter(text)
    blocks, defined = markdown_blocks(text, first, report)
    reading = compose(blocks, stem, report + cleaned, "line", title=as_line(facts.get("title")))
    reading.facts = facts
    with_definitions(reading.sections, defined)
    return reading


def as_line(value):
    """Return a fact as one line of text, if it is one."""
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def read_docx(stem, content):
    html, report = to_html(content)
    page = Page(html)
    blocks = relisted(page.read())
    return with_notes(compose(blocks, stem, report + page.report), page)


def with_notes(reading, page):
    """Put the page's footnotes into the sections that cite them."""
    notes = {label: note(label, resolved(blocks, reading.report)) for label, blocks in page.notes.items()}
    for label, blocks in page.notes.items():
        said = " ".join(block.said for block in blocks)
        reading.report.append(Line(0, shortened(said), _("footnote {label}").format(label=label[1:])))
    with_definitions(reading.sections, notes)
    return reading


def note(label, blocks):
    """Return the blocks of a footnote as Markdown."""
    return indented(write_all(map(faithful, blocks)), f"[{label}]: ", "    ")


def html_to_markdown(html):
    """Return pasted HTML as Markdown, whatever program it comes from. Raises Unreadable."""
    refuse_long(bare(html))
    page = Page(html)
    blocks = resolved(relisted(page.read()), [])
    notes = [note(label, resolved(inner, [])) for label, inner in page.notes.items()]
    return "\n\n".join(filter(None, [write_all(map(faithful, blocks)), *notes]))


# Blocks to sections


def compose(blocks, stem, report, unit="block", hint="", title=""):
    """Return the Reading of a file's blocks.

    `title` is what its facts say; `hint` is what the head of a page says, perhaps with the site's name.
    """
    blocks = [block for block in map(worded, blocks) if block]
    if not title:
        title, blocks = take_title(blocks, stem, hint, report)
    blocks, left = furniture.without(blocks, title)
    left_out = _("left out: {rule}")
    report += [Line(block.number, shortened(block.said), left_out.format(rule=rule)) for block, rule in left]
    if len(title) > MAX_HEADING:
        blocks.insert(0, Block("paragraph", plain(title)))
        title = f"{title[: MAX_HEADING - 1].rsplit(' ', 1)[0]}…"
    blocks = with_headings(blocks)
    sections = cut(resolved(blocks, report), report)
    return Reading(title, {}, sections, report, unit)


def worded(block):
    """Return a heading that says nothing as the paragraph that it is, or None where there is nothing at all."""
    if block.kind != "heading" or one_line(block):
        return block
    return replace(block, kind="paragraph") if block.source else None


def take_title(blocks, stem, hint, report):
    """Return the title, and the blocks without the one that says it."""
    top = [block for block in blocks if block.kind == "heading" and block.level == 1]
    text, _left = furniture.trimmed(blocks, "", is_start=True)
    if len(top) == 1:
        chosen = top[0]
    else:
        chosen = next(iter(text), None)
        if not chosen or not is_title(chosen, text, hint):
            return titled(hint, blocks) or stem_as_title(stem), blocks
    report.append(Line(chosen.number, shortened(chosen.said), _("the title")))
    return one_line(chosen), [block for block in blocks if block is not chosen]


def is_title(block, blocks, hint):
    """Return whether the first block of a text is its title."""
    if block.kind == "heading":
        levels = [other.level for other in blocks if other.kind == "heading"]
        return levels.count(block.level) == 1 and block.level == min(levels)
    said = one_line(block)
    is_line = block.kind == "paragraph" and "\n" not in block.said and len(said) <= MAX_HEADING
    return is_line and len(blocks) > 1 and not hint and (is_short(said) or is_capitals(said))


def titled(hint, blocks):
    """Return the article's part of the title in a page's head, which often names the site too."""
    parts = [part.strip() for part in re.split(r"\s+[|»›·•–—-]+\s+|\s*::\s*", hint) if part.strip()]
    said = {one_line(block) for block in blocks[:5]}
    return next((part for part in parts if part in said), parts[0] if parts else "")


def stem_as_title(stem):
    words = " ".join(re.split(r"[\s_-]+", stem)).strip()
    return words[:1].upper() + words[1:] or _("Untitled")


def with_headings(blocks):
    """Return blocks in which, should there be no headings, lines that stand like headings are such."""
    if any(block.kind == "heading" for block in blocks):
        return blocks
    for rule, note in (
        (is_bold_line, _("a bold line on its own")),
        (is_capital_line, _("a line in capitals on its own")),
        (is_line_before_text, _("a short line on its own")),
    ):
        marked = [index for index in range(len(blocks) - 1) if rule(blocks, index)]
        if marked:
            headings = {index: replace(blocks[index], kind="heading", level=2, note=note) for index in marked}
            return [headings.get(index, block) for index, block in enumerate(blocks)]
    return blocks


def is_line(block):
    return block.kind == "paragraph" and "\n" not in block.said


def is_bold_line(blocks, index):
    block = blocks[index]
    is_bold = all(STRONG in run.marks for run in block.runs if run.text.strip())
    return is_line(block) and is_bold and len(block.said) <= 80 and block.said.rstrip()[-1] not in ".,;"


def is_capital_line(blocks, index):
    return is_line(blocks[index]) and is_capitals(blocks[index].said)


def is_line_before_text(blocks, index):
    """Return whether a short line stands before a text, or before one other such line that does."""
    short = [is_line(block) and is_short(block.said) for block in blocks[max(0, index - 1) : index + 3]]
    before, (this, *after) = short[0] if index else False, short[1:] if index else short
    if not this or not after:
        return False
    return not after[0] or (not before and len(after) > 1 and not after[1])


def resolved(blocks, report):
    """Return blocks in which links within the page lead to the section that their target has become, if any."""
    places = {}
    for block in blocks:
        if block.kind == "heading":
            places |= {anchor: slugify(one_line(block)) for anchor in block.anchors}

    def resolve(run):
        if not run.href or is_full(run.href):
            return run
        if place := places.get(run.href[1:] if run.href.startswith("#") else None):
            return replace(run, href=f"#{place}")
        sentence = _("a link within the page; its words stay as text")
        if not run.href.startswith("#"):
            sentence = _("a link whose full address nobody can tell; its words stay as text")
        report.append(Line(number, shortened(f"{run.text} ({run.href})"), sentence))
        return replace(run, href="")

    found = []
    for block in blocks:
        number = block.number
        found.append(with_runs(block, resolve) if has_links(block) else block)
    return found


def has_links(block):
    cells = [cell for row in block.rows for cell in row]
    inner = [part for item in block.items for part in item]
    return any(run.href for runs in (block.runs, *cells) for run in runs) or any(map(has_links, inner))


def is_full(address):
    return bool(LINK.match(address)) and not address.startswith(("/", "#"))


READERS = {
    ".txt": read_text,
    ".text": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".md": read_markdown,
    ".docx": read_docx,
}
