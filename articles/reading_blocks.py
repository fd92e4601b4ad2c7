"""What every foreign file becomes first: blocks of text, and how they are written as Markdown. No database.

A text is a list of Runs, so that nothing of it is Markdown before it is written: signs that mean something there
are escaped, and each block that was written is read back. Should it say anything else, it is written more plainly.
"""

import re
from dataclasses import dataclass, field, replace
from itertools import groupby

from django.utils.translation import gettext as _

from articles.rendering import AS_WRITTEN, description, said

STRONG, EM, CODE, STRIKE = "strong", "em", "code", "strike"
NOTE = "note"  # the text is the mark of a footnote, as Markdown has it
MARKS = {STRONG: "**", EM: "*", STRIKE: "~~"}  # from the outermost to the innermost
SHOWN = 80  # letters of a line that a report repeats
MAX_LETTERS = 500_000  # of a text, tags and all, without scripts and pictures in it: some 50,000 words


class Unreadable(Exception):
    """Why a file can't be read, in a sentence for the editor."""


def refuse_long(text):
    """Raise Unreadable for more text than an article has."""
    if len(text) > MAX_LETTERS:
        sentence = _("This text has %(size)d letters; at most %(limit)d can be read. Divide it into several files.")
        raise Unreadable(sentence % {"size": len(text), "limit": MAX_LETTERS})


@dataclass(frozen=True)
class Run:
    """A piece of text with the same marks throughout; "\\n" is a line break. With `src`, one of our own pictures."""

    text: str
    marks: frozenset = frozenset()
    href: str = ""
    src: str = ""


@dataclass
class Block:
    """A heading, paragraph, list, definitions, quote, table or code.

    `items` are the blocks in each item of a list; of definitions, the term's and the meaning's in turn; of a quote,
    one. `rows` are the cells of a table, each a list of runs. `number` is where it stood in the file.
    """

    kind: str
    runs: list = field(default_factory=list)
    level: int = 0
    items: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    is_ordered: bool = False
    start: int = 1
    number: int = 0
    anchors: tuple = ()
    is_navigation: bool = False  # nothing but links
    note: str = ""  # what else the report should say of it
    source: str = ""  # its Markdown, if it was that already

    @property
    def said(self):
        """All that it says, as plain text; what stands apart is on lines of its own."""
        parts = [text_of(self.runs)]
        parts += [text_of(cell) for row in self.rows for cell in row]
        parts += [block.said for item in self.items for block in item]
        return "\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Line:
    """A line of the report: its number in the file, what it said (shortened), and what became of it."""

    number: int
    said: str
    became: str


def text_of(runs):
    return "".join(run.text for run in runs)


def shortened(text):
    """Return a text as one short line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1].rstrip()}…"


def letters(text):
    """Return a text without what reading it aloud would not show: spaces, and which way quotation marks curl."""
    return "".join(text.translate(STRAIGHT).split())


STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")


# Runs


def plain(text):
    return [Run(text)] if text else []


def tidy(runs):
    """Return runs with equal neighbours joined, single spaces, and none at the ends of lines."""
    joined = []
    for (marks, href, src), same in groupby(runs, key=lambda run: (run.marks, run.href, run.src)):
        text = "".join(run.text for run in same)
        joined += [Run(part, marks, href, src) for part in re.split("(\n)", text) if part]
    kept, before = [], "\n"
    for run in joined:
        text = run.text if run.text == "\n" or CODE in run.marks else re.sub(r"[ \t\r\f\v]+", " ", run.text)
        if before[-1] in " \n" and CODE not in run.marks:
            text = text.lstrip(" ")
        if text == "\n":
            trim(kept)
            run = Run("\n")
        if text:
            kept.append(replace(run, text=text))
            before = text
    trim(kept)
    while kept and kept[-1].text == "\n":
        kept.pop()
        trim(kept)
    while kept and kept[0].text == "\n":
        kept.pop(0)
    return kept


def trim(runs):
    """Take the spaces off the end of runs."""
    while runs and runs[-1].text != "\n" and not runs[-1].text.rstrip(" "):
        runs.pop()
    if runs and runs[-1].text != "\n":
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip(" "))


def lines_of(runs):
    """Return runs divided at their line breaks."""
    lines = [[]]
    for run in runs:
        if run.text == "\n":
            lines.append([])
        else:
            lines[-1].append(run)
    return lines


def without_start(runs, count):
    """Return runs without their first so many letters, and the spaces after them."""
    kept = []
    for run in runs:
        text = run.text[count:] if count else run.text
        count = max(0, count - len(run.text))
        if text:
            kept.append(replace(run, text=text))
    return tidy(kept)


# As Markdown

ESCAPED = re.compile(
    r"""[*`~|]
      | \\(?=[!-/:-@\[-`{-~\n]|$)     # a backslash that would escape the next sign, or break the line
      | (?<![^\W_])_ | _(?![^\W_])    # not within a word
      | \[(?=\^) | \](?=[(\[:]) | \^(?=\[)
      | <(?=[A-Za-z/!?])
      | &(?=\#?\w+;)
    """,
    re.VERBOSE,
)
BRACKETS = re.compile(r"(?<!\\)[\[\]]")
LINE_START = re.compile(r"(?:[#>+=:]|-|\d{1,9}(?=[.)]))")


def escape(text):
    return ESCAPED.sub(r"\\\g<0>", text)


def escape_brackets(text):
    return BRACKETS.sub(r"\\\g<0>", text)


def escape_start(line):
    """Return a line of Markdown that begins nothing but a paragraph."""
    found = LINE_START.match(line)
    if not found:
        return line
    end = found.end()
    return f"{line[:end]}\\{line[end:]}" if found[0].isdigit() else f"\\{line}"


def inline(runs):
    """Return runs as Markdown, on as many lines as they have."""
    lines = [escape_start(one_line(line)) for line in lines_of(runs)]
    return "\\\n".join(line for line in lines if line)


def one_line(runs):
    """Return runs without line breaks as Markdown."""
    written = ""
    for href, linked in groupby(runs, key=lambda run: run.href):
        part = marked(list(linked), list(MARKS))
        if href and part.strip():
            part = f"[{escape_brackets(part)}]({address(href)})"
        if written.endswith("!") and part.startswith("["):
            written = f"{written[:-1]}\\!"
        written += part
    return written


def address(href):
    """Return a link's address as Markdown takes it."""
    href = re.sub(r"[\x00-\x20<>\\`]", lambda found: f"%{ord(found[0]):02X}", href)
    return f"<{href}>" if re.search(r"[()\[\]*_~|]", href) else href


def marked(runs, marks):
    """Return runs of one link with their marks as Markdown; the first of `marks` stands outermost."""
    if not marks:
        return "".join(map(leaf, runs))
    mark, *inner = marks
    written = ""
    for has, same in groupby(runs, key=lambda run: mark in run.marks and CODE not in run.marks):
        part = marked(list(same), inner)
        if has and part.strip():
            text = part.strip(" ")
            start = part[: len(part) - len(part.lstrip(" "))]
            end = part[len(part.rstrip(" ")) :]
            part = f"{start}{MARKS[mark]}{text}{MARKS[mark]}{end}"
        written += part
    return written


def leaf(run):
    if NOTE in run.marks:
        return run.text
    if run.src:
        return f"![{escape_brackets(escape(run.text))}]({run.src})"
    if CODE not in run.marks or not run.text.strip():
        return escape(run.text)
    longest = max(map(len, re.findall("`+", run.text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or run.text.startswith(" ") else ""
    return f"{fence}{space}{run.text}{space}{fence}"


def write(block, variant=0):
    """Return a block as Markdown. `variant` differs between two lists that stand side by side and are two."""
    return block.source or WRITERS[block.kind](block, variant)


def write_heading(block, variant):
    text = one_line([run for line in lines_of(block.runs) for run in [*line, Run(" ")]]).strip()
    closing = len(text) - len(text.rstrip("#"))  # would be taken for the heading's own end
    text = text[: len(text) - closing] + r"\#" * closing
    return f"{'#' * block.level} {text}"


def write_paragraph(block, variant):
    return inline(block.runs)


def write_all(blocks, separator="\n\n"):
    """Return blocks as Markdown, each list apart from the one before it."""
    parts, variant, before = [], 0, None
    for block in blocks:
        is_next = before and before.kind == block.kind == "list" and before.is_ordered == block.is_ordered
        variant = 1 - variant if is_next else 0
        parts.append(write(block, variant))
        before = block
    return separator.join(filter(None, parts))


def write_list(block, variant):
    is_tight = all(
        [inner.kind for inner in item[1:]] in ([], ["list"]) and item[0].kind in ("paragraph", "list")
        for item in block.items
    )
    items = []
    for number, item in enumerate(block.items, block.start):
        marker = f"{number}{'.)'[variant]} " if block.is_ordered else f"{'-*'[variant]} "
        items.append(indented(write_all(item, "\n" if is_tight else "\n\n"), marker, " " * len(marker)))
    return ("\n" if is_tight else "\n\n").join(items)


def indented(text, first, others):
    """Return lines that begin with one mark, and the others with another."""
    lines = text.split("\n")
    return "\n".join([f"{first}{lines[0]}", *(f"{others}{line}" if line else "" for line in lines[1:])])


def write_definitions(block, variant):
    pairs = zip(block.items[::2], block.items[1::2], strict=True)
    return "\n\n".join(
        f"{one_line(term[0].runs) or '…'}\n{indented(write_all(meaning), ':   ', '    ')}" for term, meaning in pairs
    )


def write_quote(block, variant):
    return "\n".join(f"> {line}".rstrip() for line in write_all(block.items[0]).split("\n"))


def write_table(block, variant):
    rows = [[one_line([*map(unbroken, cell)]) or " " for cell in row] for row in block.rows]
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body])


def unbroken(run):
    return replace(run, text=run.text.replace("\n", " "))


def write_code(block, variant):
    text = text_of(block.runs)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


WRITERS = {
    "heading": write_heading,
    "paragraph": write_paragraph,
    "list": write_list,
    "definitions": write_definitions,
    "quote": write_quote,
    "table": write_table,
    "code": write_code,
}


# Reading back


def spoken(markdown):
    """Return the letters that a reader is shown of a Markdown text."""
    tokens = AS_WRITTEN.parse(markdown, {"prefix": "", "sources": ()})
    return letters("".join(said_in(token) for token in tokens if token.type in ("inline", "code_block", "fence")))


def said_in(token):
    """Return the words of a block or of a part of one, with those of every picture."""
    if token.type == "inline":
        return "".join(map(said_in, token.children))
    return description(token) if token.type == "image" else said(token)


def faithful(block):
    """Return a block that reads the same once it is written: itself, or else with fewer marks, or as plain text."""
    if block.source:
        return block
    expected = letters(block.said)
    for simpler in (block, *simplifications(block)):
        if spoken(write(simpler)) == expected:
            return simpler
    return Block("code", plain(block.said), number=block.number, note=block.note)


def simplifications(block):
    yield with_runs(block, lambda run: replace(run, marks=frozenset()))
    yield with_runs(block, lambda run: Run(run.text))
    yield Block("paragraph", plain_lines(block.said), number=block.number, note=block.note)


def plain_lines(text):
    """Return the runs of a text of several lines."""
    runs = []
    for line in text.split("\n"):
        runs += [Run("\n"), Run(line)]
    return tidy(runs)


def with_runs(block, change):
    """Return a block with each of its runs changed."""
    return replace(
        block,
        runs=[change(run) for run in block.runs],
        rows=[[[change(run) for run in cell] for cell in row] for row in block.rows],
        items=[[with_runs(inner, change) for inner in item] for item in block.items],
    )
