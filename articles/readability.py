"""A text as people read it: its sentences, words and syllables, each with its place, and its reading grade.

No database. Places are those in the text as it was written, so that what is found can be marked there. What counts
as what: a list item, a cell of a table and a term of a definition each end a sentence, whether they have a full stop
or not; headings are read, but don't count for the reading grade; Markdown's signs, addresses, citations and pictures
are not read at all.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from articles import kinds, rendering
from articles.rendering import AS_WRITTEN
from articles.syllables import syllables

PLAIN, MARKDOWN, LINES = "plain", "markdown", "lines"  # how a field is written: lines have one thing on each
HEADING, PARAGRAPH, ITEM, CELL = "heading", "paragraph", "item", "cell"

# A letter or digit, and what may stand within a word or number: well-known, don't, 2.5, 1,000.
WORD = re.compile(r"[^\W_]+(?:[.,'’‑-][^\W_]+)*")
# Where a sentence may end. It looks at a run of signs once, from its first, so that long runs cost nothing.
END = re.compile(r"(?<![.!?…])([.!?…]+)[\"'”’»)\]]*(?=\s)")
SIGNS = re.compile(
    r"""(?P<drop>!\[[^\[\]]{0,300}\]\([^()\s]{0,500}(?:\s[^()]{0,200})?\)   # a picture
    |\[\^[^\[\]\s]{1,100}\]                                                 # a citation or a note
    |\]\([^()\s]{0,500}(?:\s[^()]{0,200})?\)|\]\[[^\[\]]{0,100}\]           # the end of a link
    |<?(?:https?://|mailto:|tel:)[^\s<>]{1,500}>?                           # an address
    |[*`~]+|(?<![^\W_])_+|_+(?![^\W_])|[\[\]]|\\(?=[^\w\s]))
    |(?P<blank>&nbsp;)""",
    re.VERBOSE,
)
ABBREVIATIONS = {
    *("dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr", "e.g", "i.e", "eg", "ie", "vs", "cf", "ca", "approx", "fig"),
    *("no", "vol", "ed", "eds", "al", "dept", "tel", "min", "max", "jan", "feb", "mar", "apr", "jun", "jul", "aug"),
    *("sep", "sept", "oct", "nov", "dec"),
}


class Word(NamedTuple):
    text: str
    start: int  # in the text as it was written
    end: int


@dataclass
class Block:
    """A paragraph, list item, heading or cell: its words as read, and where each letter of them was written."""

    kind: str
    said: str
    places: list = field(repr=False)  # of each letter of `said`

    def written(self, start, end):
        """Return where the letters of `said` from one to before another stand in the text as it was written."""
        return self.places[start], self.places[end - 1] + 1

    @cached_property
    def words(self):
        return [Word(found[0], found.start(), found.end()) for found in WORD.finditer(self.said)]

    @cached_property
    def sentences(self):
        """The sentences as (start, end, words); places are those in `said`."""
        starts = [0, *ends(self.said)]
        found, begins = [], [word.start for word in self.words]
        for start, stop in zip(starts, [*starts[1:], len(self.said)], strict=True):
            inside = self.words[bisect_right(begins, start - 1) : bisect_right(begins, stop - 1)]
            if inside:
                while self.said[start].isspace():
                    start += 1
                found.append((start, start + len(self.said[start:stop].rstrip()), inside))
        return found


@dataclass
class Prose:
    """What is read of one field: its blocks, and what stands in it besides words."""

    blocks: list
    headings: list = field(default_factory=list)  # (level as written, words, start, end)
    lists: list = field(default_factory=list)  # (number of items, start, end)
    links: list = field(default_factory=list)  # (address, start, end)
    pictures: list = field(default_factory=list)  # (address, description, start, end)
    cited: list = field(default_factory=list)  # (key, start, end)


@dataclass
class Grade:
    """How hard a text is to read, with what was counted for it; None for a text without a sentence."""

    words: int
    sentences: int
    syllables: int
    long_words: int  # of three syllables or more
    items: int  # list items among the sentences

    @property
    def flesch_kincaid(self):
        """The grade of J. P. Kincaid and others, Research Branch Report 8-75, Naval Technical Training, 1975."""
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59

    @property
    def smog(self):
        """The grade of G. H. McLaughlin, "SMOG grading", Journal of Reading 12, 1969: meant for 30 sentences or more.

        For others, its long words are scaled to 30 sentences, as the formula there does.
        """
        return 1.043 * (self.long_words * 30 / self.sentences) ** 0.5 + 3.1291

    @property
    def is_rough(self):
        return self.sentences < 30


def ends(said):
    """Return where sentences of a block end, its own end aside."""
    found, at = [], 0
    for sign in END.finditer(said):
        after = sign.end()
        while after < len(said) and said[after].isspace():
            after += 1
        if after == len(said):
            break
        before = WORD_BEFORE.search(said, max(at, sign.start() - 20), sign.start())
        if not goes_on(before[0] if before else "", sign[1], said[after], before and before.start() == 0):
            at = after
            found.append(after)
    return found


WORD_BEFORE = re.compile(r"[^\W_]+(?:\.[^\W_]+)*$")


def goes_on(word, sign, following, is_first):
    """Return whether a sentence goes on behind a sign: an abbreviation, an initial, a number that leads a line."""
    if following.islower():
        return True
    if sign != ".":
        return False
    is_initial = len(word) == 1 and word.isalpha() and word.isupper() and word != "I"
    return word.lower() in ABBREVIATIONS or is_initial or (is_first and word.isdigit())


def as_read(text, pieces):
    """Return what is read of pieces of a text, as (start, end), and where each letter of it stands."""
    said, places = [], []
    for start, stop in pieces:
        if said:
            said.append(" ")
            places.append(places[-1] if places else start)
        at = start
        for sign in [*SIGNS.finditer(text, start, stop), None]:
            until = sign.start() if sign else stop
            said.append(text[at:until])
            places.extend(range(at, until))
            if sign and sign["blank"]:
                said.append(" ")
                places.append(until)
            at = sign.end() if sign else stop
    return "".join(said), places


def same_length(text):
    """Return a text with line ends of one kind, each letter in its place."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


@lru_cache(maxsize=256)
def read(text, how=MARKDOWN):
    """Return the Prose of a field's text, which is written as plain text, as Markdown, or with one thing on each line.

    It is kept for a while, so that a form that is checked while someone types is read again only where it changed.
    """
    text = same_length(text)
    if how in (PLAIN, HEADING):
        kind = HEADING if how == HEADING else PARAGRAPH
        return Prose([Block(kind, text, list(range(len(text))))] if text.strip() else [])
    if how == LINES:
        return read_lines(text)
    return read_markdown(text)


def read_lines(text):
    prose, at = Prose([]), 0
    for line in text.splitlines(keepends=True):
        mark = kinds.MARK.match(line.lstrip())
        start = at + len(line) - len(line.lstrip()) + (mark.end() if mark else 0)
        stop = at + len(line.rstrip())
        if start < stop:
            prose.blocks.append(Block(ITEM, *as_read(text, [(start, stop)])))
            add_inline(prose, AS_WRITTEN.parse(text[start:stop], {"prefix": ""}), text, start)
        at += len(line)
    return prose


def read_markdown(text):
    prose, tokens = Prose([]), AS_WRITTEN.parse(text.encode(errors="replace").decode(), {"prefix": "", "sources": None})
    starts = line_starts(text)
    parents, cursor, open_lists = [], 0, []
    for token in tokens:
        if token.nesting == 1:
            parents.append(token)
        elif token.nesting == -1 and parents:
            parents.pop()
        if token.type in ("bullet_list_open", "ordered_list_open"):
            open_lists.append([0, token.map])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            count, lines = open_lists.pop()
            prose.lists.append((count, *span(lines, starts, text)))
        elif token.type == "list_item_open" and open_lists:
            open_lists[-1][0] += 1
        elif token.type == "inline":
            lines = token.map or next((parent.map for parent in reversed(parents) if parent.map), None)
            if lines:
                cursor = add_block(prose, token, parents, text, starts, lines, cursor)
    return prose


def line_starts(text):
    return [0, *(index + 1 for index, letter in enumerate(text) if letter == "\n"), len(text)]


def span(lines, starts, text):
    """Return where lines, as the parser counts them, begin and end in a text."""
    if not lines:
        return 0, 0
    first, last = (min(line, len(starts) - 1) for line in lines)
    start, stop = starts[first], starts[last]
    return start, start + len(text[start:stop].rstrip())


def add_block(prose, token, parents, text, starts, lines, cursor):
    """Put what the parser found between two lines into a Prose; return from where to look for the next."""
    first, last = span(lines, starts, text)
    at = max(first, cursor) if cursor < last else first
    pieces = []
    for line in token.content.split("\n"):
        place = text.find(line.strip(), at, last) if line.strip() else -1
        if place >= 0:
            pieces.append((place, place + len(line.strip())))
            at = pieces[-1][1]
    kind = kind_of(parents)
    if not pieces:
        if kind == HEADING:  # one without words
            prose.headings.append((level_of(parents), "", first, last))
        return cursor
    start, stop = pieces[0][0], pieces[-1][1]
    said, places = as_read(text, pieces)
    if kind == HEADING:
        prose.headings.append((level_of(parents), said.strip(), start, stop))
    if said.strip():
        prose.blocks.append(Block(kind, said, places))
    add_inline(prose, [token], text, start, stop)
    return stop


def level_of(parents):
    """Return the level of a heading as it was written: by its signs #, or underlined."""
    markup = next(parent.markup for parent in reversed(parents) if parent.type == "heading_open")
    return {"=": 1, "-": 2}.get(markup[:1], len(markup))


def kind_of(parents):
    types = {parent.type for parent in parents}
    if "heading_open" in types:
        return HEADING
    if types & {"th_open", "td_open"}:
        return CELL
    return ITEM if types & {"list_item_open", "dt_open", "dd_open"} else PARAGRAPH


def add_inline(prose, tokens, text, start, stop=None):
    """Put links, pictures and citations of blocks into a Prose, each where its address stands."""
    stop = len(text) if stop is None else stop
    for token in (part for block in tokens for part in block.children or []):
        if token.type in ("link_open", "image"):
            address = str(token.attrs["href" if token.type == "link_open" else "src"])
            place = text.find(address, start, stop)
            spot = (place, place + len(address)) if place >= 0 and address else (start, stop)
            start = spot[1] if place >= 0 else start
            if token.type == "image":
                prose.pictures.append((address, rendering.description(token), *spot))
            else:
                prose.links.append((address, *spot))
        elif token.type == "citation":
            place = text.find(f"[^{token.content}]", start, stop)
            spot = (place, place + len(token.content) + 3) if place >= 0 else (start, start)
            prose.cited.append((token.content, *spot))


def grade(texts):
    """Return the Grade of several Prose together, or None when there is no sentence in them."""
    blocks = [block for prose in texts for block in prose.blocks if block.kind != HEADING]
    words = [word.text for block in blocks for word in block.words if word.text[0].isalpha()]
    sentences = sum(len(block.sentences) for block in blocks)
    if not words:
        return None
    counts = [syllables(word) for word in words]
    items = sum(block.kind == ITEM for block in blocks)
    return Grade(len(words), sentences, sum(counts), sum(count > 2 for count in counts), items)
