"""Plain text to blocks: paragraphs over several lines, lists by their bullets, headings by their rules. No database."""

import re
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from articles.reading_blocks import Block, Run, lines_of, plain, text_of, tidy, without_start

BULLETS = "•·▪◦‣●○■□∙➢➤►✓✔§"
MARKER = re.compile(
    rf"(?P<bullet>[{BULLETS}])[ \t]*"
    r"|(?P<dash>[-*+–—])[ \t]+"
    r"|(?P<letter>o)[ \t]+"
    r"|(?P<number>\d{1,3})[.)](?:[ \t]+|$)"
)
UNDERLINE = re.compile(r"([=\-~_*^])\1{2,}")
RULE = re.compile(r"(?:[=\-~_*#+·.]\s*){3,}")
WIDEST = 120  # letters of a line that somebody may have broken by hand; longer ones are paragraphs
NARROWEST = 45  # a text whose lines are all shorter than that is not wrapped, its lines end where they should
HEADING = 80
ROWS = 500  # of one table; what follows is the next


@dataclass
class TextLine:
    """A line: its number, how far it stands in, and its runs."""

    number: int
    indent: int
    runs: list

    @property
    def said(self):
        return text_of(self.runs)


def read_lines(text):
    """Return the lines of a plain text."""
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip().expandtabs(4) if not line.strip("\t ").count("\t") else line.rstrip()
        said = line.lstrip(" \t")
        lines.append(TextLine(number, len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()), plain(said)))
    return lines


def marker_of(line):
    """Return what marks a line as an item: the kind of mark, its number if it has one, and its length; or None."""
    found = MARKER.match(line.said)
    if not found:
        return None
    kind = found.lastgroup
    mark = found[kind]
    return (mark if kind == "bullet" else kind), int(mark) if kind == "number" else 0, found.end()


def blocks_of(lines, is_file=True):
    """Return the blocks of lines. `is_file`: of a text file, where a line may go on in the next one."""
    return Reader(lines, wrapped_at(lines) if is_file else 0).read()


def wrapped_at(lines):
    """Return the width at which somebody, or an editor, broke the lines; 0 for a text that isn't broken so."""
    widths = [line.indent + len(line.said) for line, after in pairwise(lines) if line.said and after.said]
    widths = [width for width in widths if width <= WIDEST]
    return max(widths, default=0) if max(widths, default=0) >= NARROWEST else 0


class Reader:
    """Reads lines one by one; what was begun is open until something else begins."""

    def __init__(self, lines, width):
        self.lines, self.width = lines, width
        self.blocks, self.paragraph, self.stack = [], [], []
        self.after_blank = True

    def read(self):
        index = 0
        while index < len(self.lines):
            index += self.take(index)
        self.end_paragraph()
        return [block for block in self.blocks if block.said.strip()]

    def take(self, index):
        """Read on at a line, and return how many lines that took."""
        line = self.lines[index]
        if not line.said:
            self.end_paragraph()
            self.after_blank = True
            return 1
        taken = self.table(index) or self.underlined(index) or self.rule(line) or self.item(index) or self.text(index)
        self.after_blank = False
        return taken

    # What a line can be

    def table(self, index):
        count = self.lines[index].said.count("\t")
        end = index
        while count and end < min(len(self.lines), index + ROWS) and self.lines[end].said.count("\t") == count:
            end += 1
        if end - index < 2 or marker_of(self.lines[index]):
            return 0
        self.end_list()
        rows = [[tidy(plain(cell)) for cell in line.said.split("\t")] for line in self.lines[index:end]]
        self.blocks.append(Block("table", rows=rows, number=self.lines[index].number))
        return end - index

    def underlined(self, index):
        line, after = self.lines[index], self.lines[index + 1] if index + 1 < len(self.lines) else None
        found = after and UNDERLINE.fullmatch(after.said)
        if not found or not self.after_blank or len(line.said) > HEADING or RULE.fullmatch(line.said):
            return 0
        if abs(len(after.said) - len(line.said)) > max(5, len(line.said) // 2):
            return 0
        self.end_list()
        self.blocks.append(Block("heading", tidy(line.runs), level=1 if found[1] == "=" else 2, number=line.number))
        return 2

    def rule(self, line):
        if not RULE.fullmatch(line.said) or len(set(line.said.replace(" ", ""))) > 1:
            return 0
        self.end_list()
        return 1

    def item(self, index):
        line = self.lines[index]
        marker = marker_of(line)
        if not marker or not (self.continues(marker, line) or self.begins(marker, index)):
            return 0
        if marker[0] == "number" and self.is_numbered_heading(index, marker[2]):
            return 0
        kind, number, length = marker
        runs = without_start(line.runs, length)
        taken = 1
        if not runs and index + 1 < len(self.lines) and not marker_of(self.lines[index + 1]):
            runs, taken = self.lines[index + 1].runs, 2  # the bullet stands on a line of its own
        self.end_paragraph()
        self.find_list(kind, number, line)
        self.stack[-1][2].items.append([])
        self.paragraph = [TextLine(line.number, line.indent, runs)]
        return taken

    def begins(self, marker, index):
        """Return whether a line with a mark begins a list: by a sign that means nothing else, or others follow."""
        kind, number, _length = marker
        if (
            kind in BULLETS
            or (kind == "letter" and self.stack)
            or (self.stack and self.lines[index].indent > self.stack[-1][0] + 1)
        ):
            return True
        for line in self.lines[index + 1 : index + 12]:
            other = marker_of(line)
            if other and other[0] == kind and other[1] in (0, number + 1):
                return True
        return kind == "dash" and self.lines[index].said[0] in "-*" and (self.after_blank or bool(self.stack))

    def is_numbered_heading(self, index, length):
        """Return whether “1. Causes” stands on its own above a text."""
        blank, *after = [*self.lines[index + 1 : index + 4], None]
        text = next((line for line in after if line and line.said), None)
        if not self.after_blank or not blank or blank.said or not text or marker_of(text):
            return False
        return is_short(self.lines[index].said[length:]) and len(text.said) >= NARROWEST

    def continues(self, marker, line):
        kind, number, _length = marker
        return any(kind == open_kind and self.is_next(block, number) for _indent, open_kind, block in self.stack)

    def is_next(self, block, number):
        return not block.is_ordered or number == block.start + len(block.items)

    def text(self, index):
        """Take a line as part of a paragraph: of the open one, of an item, or of a new one."""
        line = self.lines[index]
        if self.stack and self.after_blank:
            if line.indent <= self.stack[0][0] and not self.is_stray(index):
                self.end_list()
            elif line.indent <= self.stack[0][0]:
                self.blocks[-1].note = _("the list goes on after a line between its items")
            while len(self.stack) > 1 and line.indent <= self.stack[-1][0]:
                self.stack.pop()
        if self.paragraph and not self.goes_on(self.paragraph[-1], line):
            is_wide = max(len(self.paragraph[-1].said), len(line.said)) > WIDEST
            if not self.stack and (is_wide or self.is_heading_line(self.paragraph, line)):
                self.end_paragraph()
            else:
                line = TextLine(line.number, line.indent, [Run("\n"), *line.runs])
        elif self.paragraph:
            line = TextLine(line.number, line.indent, [Run(" "), *line.runs])
        self.paragraph.append(line)
        return 1

    def is_stray(self, index):
        """Return whether a line only breaks a numbered list, which counts on below it."""
        after = [line for line in self.lines[index + 1 : index + 4] if line.said][:1]
        marker = marker_of(after[0]) if after else None
        return bool(marker) and marker[0] == "number" and self.continues(marker, after[0])

    def goes_on(self, line, after):
        """Return whether a line was only broken because the next one's first word had no more room."""
        first = after.said.split(" ", 1)[0]
        said = line.said.strip("\n ")
        return bool(self.width) and len(said) <= WIDEST and line.indent + len(said) + 1 + len(first) > self.width

    def is_heading_line(self, paragraph, after):
        said = paragraph[0].said
        is_marked = is_capitals(said) and not is_capitals(after.said)
        return len(paragraph) == 1 and (is_marked or (is_short(said) and len(after.said) >= NARROWEST))

    # What is open

    def find_list(self, kind, number, line):
        """Let the innermost open list be the one that an item belongs to."""
        for depth in range(len(self.stack) - 1, -1, -1):
            indent, open_kind, block = self.stack[depth]
            if open_kind == kind and self.is_next(block, number) and abs(indent - line.indent) <= 1:
                del self.stack[depth + 1 :]
                return
        while self.stack and line.indent < self.stack[-1][0] - 1:
            self.stack.pop()
        for depth in range(len(self.stack) - 1, -1, -1):
            indent, open_kind, block = self.stack[depth]
            if open_kind == kind and line.indent <= indent + 1 and self.is_next(block, number):
                del self.stack[depth + 1 :]
                return
        is_level = bool(self.stack) and line.indent <= self.stack[-1][0] + 1
        if is_level and kind == "number" and not self.stack[-1][2].is_ordered:
            self.stack.pop()
        if is_level and self.after_blank:
            self.stack = []
        block = Block("list", is_ordered=kind == "number", start=number, number=line.number)
        (self.stack[-1][2].items[-1] if self.stack else self.blocks).append(block)
        self.stack.append((line.indent, kind, block))

    def end_paragraph(self):
        if not self.paragraph:
            return
        runs = tidy([run for line in self.paragraph for run in line.runs])
        block = Block("paragraph", runs, number=self.paragraph[0].number)
        (self.stack[-1][2].items[-1] if self.stack else self.blocks).append(block)
        self.paragraph = []

    def end_list(self):
        self.end_paragraph()
        self.stack = []


def is_short(said):
    """Return whether a line on its own can be a heading: short, and no sentence."""
    said = said.strip()
    return (
        0 < len(said) <= 60
        and len(said.split()) <= 10
        and said[-1] not in ".,;:!…"
        and (said[0].isupper() or said[0].isdigit() or not said[0].isascii())
        and any(map(str.isalpha, said))
    )


def is_capitals(said):
    return len(said) <= HEADING and said.isupper() and sum(map(str.isalpha, said)) > 3 and said[-1] not in ".,;"


def lines_in(block):
    """Return the lines of a paragraph that has line breaks."""
    return [TextLine(block.number, block.level, runs) for runs in lines_of(block.runs) if runs]
