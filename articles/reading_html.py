"""HTML as it was saved or pasted from anywhere to blocks. No database.

The parser of the sanitiser reads it as a browser would, whatever is broken in it. Tags that such a parser opens anew
in each paragraph until they are closed go under other names, or a file could make it write without end.
"""

import re
import warnings
from collections import Counter
from urllib.parse import urljoin

import nh3
from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, NavigableString
from django.utils.translation import gettext as _

from articles.reading_blocks import (
    CODE,
    EM,
    NOTE,
    STRIKE,
    STRONG,
    Block,
    Line,
    Run,
    Unreadable,
    shortened,
    text_of,
    tidy,
)
from articles.reading_bytes import clean, report_spaces, spaced
from articles.reading_notes import take_notes
from articles.rendering import PICTURE

warnings.filterwarnings("ignore", category=MarkupResemblesLocatorWarning)  # an address alone may be all of a text

MAX_UNCLOSED = 1_000  # tags of one name: the parser's time grows with the square of the depth
MAX_NESTED = 300  # tags in each other, once the parser has closed them
MAX_DEPTH = 100  # of what the text stands in; deeper, it is text alone
REOPENED = ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
RENAMED = re.compile(rf"<(/?)({'|'.join(REOPENED)})(?=[\s>/])", re.IGNORECASE)
DATA = re.compile(r"data:[\w/+.;,=-]{0,100}base64,[A-Za-z0-9+/=\s%]{100,}", re.IGNORECASE)
START_OR_END = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})")
UNCLOSED_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot "
    "colgroup option optgroup html head body rp rt"
)
VOID = ("area", "base", "br", "hr", "img", "input", "link", "meta")
BULK = re.compile(r"<(script|style)\b.*?(?:</\1\s{0,9}>|\Z)", re.IGNORECASE | re.DOTALL)
SAVED_FROM = re.compile(r"<!--\s{0,9}saved from url=\(\d+\)(\S{1,2000})")

BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary table tbody td "
    "tfoot th thead title tr ul"
)
INLINE_NAMES = (
    "abbr acronym bdi bdo br cite data del dfn iframe img ins kbd label mark meter noscript object output picture q "
    "ruby rt rp samp span sub sup time var video audio svg math input button select textarea option base link meta "
    "canvas area map"
)
BLOCKS, NEVER_CLOSED = set(BLOCK_NAMES.split()), set(UNCLOSED_NAMES.split())
TAGS = BLOCKS | set(INLINE_NAMES.split()) | {f"x-{name}" for name in REOPENED}
ATTRIBUTES = {
    "*": {"style", "class", "id", "hidden", "role", "aria-hidden", "aria-label"},
    "x-a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "meta": {"content", "name", "property"},
    "link": {"rel", "href"},
    "base": {"href"},
    "ol": {"start"},
    "li": {"data-list"},
    "td": {"colspan"},
    "th": {"colspan"},
    "input": {"type"},
}

STRONG_TAGS, EM_TAGS = {"x-b", "x-strong"}, {"x-i", "x-em", "cite", "dfn", "var"}
CODE_TAGS, STRIKE_TAGS = {"x-code", "kbd", "samp", "x-tt"}, {"x-s", "x-strike", "del"}
HEADINGS = {f"h{level}" for level in range(1, 7)}
RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")


def parse(html):
    """Return HTML as a tree that has no tags but known ones, each closed. Raises Unreadable."""
    html = RENAMED.sub(r"<\1x-\2", DATA.sub("data:", html))
    refuse_unclosed(html)
    closed = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags={"script", "style", "template"},
        generic_attribute_prefixes=set(),
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    refuse_nested(closed)
    return BeautifulSoup(closed, "html.parser")


def refuse_nested(html):
    """Raise Unreadable for well-formed HTML whose tags stand deeper in each other than any page's do."""
    depth = 0
    for found in START_OR_END.finditer(html):
        if found[2] not in VOID:
            depth += -1 if found[1] else 1
        if depth > MAX_NESTED:
            raise Unreadable(_("This page is broken: hundreds of its tags stand in each other. Copy its text instead."))


def refuse_unclosed(html):
    """Raise Unreadable for HTML in which thousands of tags stand in each other."""
    depths = Counter()
    for found in START_OR_END.finditer(html):
        name = found[2].lower()
        if name in NEVER_CLOSED:
            continue
        depths[name] = max(0, depths[name] + (-1 if found[1] else 1))
        if depths[name] > MAX_UNCLOSED:
            sentence = _(
                "This page is broken: over %(count)d of its <%(name)s> are never closed. Mend it, or copy its text."
            )
            raise Unreadable(sentence % {"count": MAX_UNCLOSED, "name": name.removeprefix("x-")})


class Page:
    """A page that was read: its blocks, what it says of itself, and the report of what was left out."""

    def __init__(self, html):
        html, self.report = clean(html)
        saved = SAVED_FROM.search(html)
        self.tree = parse(html)
        self.spaces = Counter()
        self.number = 0
        self.base = self.address_of("link", "canonical") or self.address_of("base") or (saved[1] if saved else "")
        self.title = " ".join(self.tree.title.get_text().split()) if self.tree.title else ""
        self.blocks, self.notes = [], {}

    def address_of(self, tag, rel=""):
        """Return the site's address as the page names it, or nothing."""
        for found in self.tree.find_all(tag, href=True):
            if not rel or rel in (found.get("rel") or []):
                return found["href"] if re.match(r"https?://[^/]", found["href"]) else ""
        return ""

    def read(self, root=None):
        """Return the blocks of the page, or of what is in a part of it."""
        for tag in self.tree.find_all(["title", "base", "link", "meta"]):
            tag.decompose()
        notes = take_notes(self.tree)
        self.blocks = Walker(self).read(root or self.tree)
        for label, tag in notes.items():
            self.notes[f"^{label}"] = Walker(self).read(tag)
        self.report += report_spaces(self.spaces)
        return self.blocks

    def leave_out(self, tag, rule):
        """Take a tag out of the page, and say what it said and why."""
        if said := shortened(tag.get_text(" ")):
            self.report.append(Line(0, said, _("left out: {rule}").format(rule=rule)))
        tag.decompose()

    def say(self, text, became):
        self.report.append(Line(self.number, shortened(text), became))


class Walker:
    """Walks through a part of a page and gathers its blocks."""

    def __init__(self, page):
        self.page, self.blocks, self.runs, self.anchors = page, [], [], []

    def read(self, root, depth=0):
        self.inside(root, Run(""), depth)
        self.flush()
        return self.blocks

    def inside(self, tag, style, depth):
        for child in list(tag.children):
            if isinstance(child, NavigableString):
                text = re.sub(r"[ \t\r\n\f\v]+", " ", str(child))
                self.runs.append(Run(text, style.marks, style.href))
            elif depth > MAX_DEPTH:
                self.runs.append(Run(f" {child.get_text(' ')} "))
            else:
                self.visit(child, style, depth + 1)

    def visit(self, tag, style, depth):
        name = tag.name
        if name in VISITS:
            VISITS[name](self, tag, style, depth)
        elif name in HEADINGS:
            self.block(tag, style, depth, "heading", int(name[1]))
        elif name in BLOCKS:
            self.block(tag, style, depth)
        else:
            self.anchor(tag)
            self.inside(tag, styled(self.page, tag, style), depth)

    def anchor(self, tag):
        self.anchors += [tag[name] for name in ("id", "name") if tag.get(name)]

    def block(self, tag, style, depth, kind="paragraph", level=0):
        self.flush()
        self.anchor(tag)
        before = len(self.blocks)
        self.inside(tag, styled(self.page, tag, style), depth)
        self.flush(kind, level or mso_level(tag))
        if kind == "heading":
            for block in self.blocks[before:]:
                block.kind, block.level = ("heading", level) if block.kind == "paragraph" else (block.kind, block.level)

    def flush(self, kind="paragraph", level=0):
        """End the block that is open."""
        runs, self.runs = self.runs, []
        text = text_of(runs)
        if not text.strip():
            return
        even, position, spaced_runs = spaced(text, self.page.spaces), 0, []
        for run in runs:
            end = position + len(run.text)
            spaced_runs.append(Run(even[position:end], run.marks, run.href, run.src))
            position = end
        indent = level if kind == "heading" else level * 4 or len(text) - len(text.lstrip(" \n\u00a0"))
        for part in paragraphs(spaced_runs) if kind == "paragraph" else [spaced_runs]:
            if runs := tidy(part):
                self.add(Block(kind, runs, level=indent))

    def add(self, block):
        self.page.number += 1
        block.number = block.number or self.page.number
        block.anchors, self.anchors = tuple(self.anchors), []
        words = [run for run in block.runs if run.text.strip(" \n|·•-/»›>,")]
        block.is_navigation = len(words) > 1 and all(run.href for run in words)
        self.blocks.append(block)

    # Tags that are more than their text

    def line_break(self, tag, style, depth):
        self.runs.append(Run("\n"))

    def image(self, tag, style, depth):
        source, alt = tag.get("src") or "", " ".join((tag.get("alt") or "").split())
        if PICTURE.fullmatch(source):
            self.runs.append(Run(alt, src=source))
            return
        name = source.rsplit("/", 1)[-1][:60] or _("inside the file")
        self.page.say(alt or name, _("a picture, which was not taken: upload it here if the text needs it"))
        if alt:
            self.runs += [Run(" "), Run(_("[Picture: {alt}]").format(alt=alt)), Run(" ")]

    def list(self, tag, style, depth):
        self.flush()
        if tag.find("li", attrs={"data-list": True}, recursive=False):
            self.flat_list(tag, style, depth)
            return
        start = int(tag["start"]) if str(tag.get("start", "")).isdecimal() else 1
        block = Block("list", is_ordered=tag.name == "ol", start=min(start, 10**6))
        for child in tag.children:
            walker = Walker(self.page)
            if isinstance(child, NavigableString):
                walker.runs.append(Run(str(child)))
                walker.flush()
            elif child.name == "li":
                self.anchor(child)
                walker.read_in(child, style, depth)
            else:
                walker.visit(child, style, depth + 1)
                walker.flush()
            if (child.name == "li" and walker.blocks) or (walker.blocks and not block.items):
                block.items.append(walker.blocks)
            elif walker.blocks:
                block.items[-1] += walker.blocks
        if block.items:
            self.add(block)
            inner = [part for item in block.items for part in item]
            block.is_navigation = len(inner) > 1 and all(is_link(part) for part in inner)

    def flat_list(self, tag, style, depth):
        """Take a list whose items say themselves how deep they stand and how they are marked, as Quill writes them."""
        stack = []
        for item in tag.find_all("li", recursive=False):
            level = int((re.search(r"ql-indent-(\d)", " ".join(item.get("class") or [])) or [0, 0])[1])
            walker = Walker(self.page)
            walker.read_in(item, style, depth)
            is_ordered = item.get("data-list") == "ordered"
            while stack and (stack[-1][0] > level or (stack[-1][0] == level and stack[-1][1].is_ordered != is_ordered)):
                stack.pop()
            if not stack or stack[-1][0] < level:
                block = Block("list", is_ordered=is_ordered)
                if stack:
                    stack[-1][1].items[-1].append(block)
                else:
                    self.add(block)
                stack.append((level, block))
            stack[-1][1].items.append(walker.blocks or [Block("paragraph")])

    def read_in(self, tag, style, depth):
        self.inside(tag, styled(self.page, tag, style), depth)
        self.flush()

    def definitions(self, tag, style, depth):
        self.flush()
        block = Block("definitions")
        for part in tag.find_all(["dt", "dd"]):
            if part.find_parent("dl") is not tag:
                continue
            walker = Walker(self.page)
            walker.read_in(part, style, depth)
            is_next = (part.name == "dd") == bool(len(block.items) % 2)
            if not is_next or (part.name == "dt" and len(walker.blocks) != 1):
                self.flush_definitions(block)
                block = Block("definitions")
            if part.name == "dd" and not block.items:
                self.blocks += walker.blocks
            elif walker.blocks:
                block.items.append(walker.blocks)
        self.flush_definitions(block)

    def flush_definitions(self, block):
        """Add definitions; a term without a meaning is a paragraph."""
        odd = block.items.pop() if len(block.items) % 2 else []
        if block.items:
            self.add(block)
        self.blocks += odd

    def quote(self, tag, style, depth):
        self.flush()
        walker = Walker(self.page)
        walker.read_in(tag, style, depth)
        if walker.blocks:
            self.add(Block("quote", items=[walker.blocks]))

    def code(self, tag, style, depth):
        self.flush()
        if tag.get_text().strip():
            self.add(Block("code", [Run(tag.get_text().strip("\n"))]))

    def table(self, tag, style, depth):
        """Take a table as one if each of its cells is a line of text; if it only places things, take what is in it."""
        self.flush()
        rows, is_simple = [], True
        for row in tag.find_all("tr"):
            if row.find_parent("table") is not tag:
                continue
            cells = []
            for cell in row.find_all(["td", "th"], recursive=False):
                walker = Walker(self.page)
                walker.read_in(cell, style, depth)
                is_simple &= len(walker.blocks) <= 1 and all(block.kind == "paragraph" for block in walker.blocks)
                span = cell.get("colspan", "1")
                cells += [walker.blocks, *[[]] * (min(int(span), 100) - 1 if span.isdecimal() and int(span) else 0)]
            if any(cells):
                rows.append(cells)
        if caption := tag.find("caption", recursive=False):
            self.block(caption, style, depth)
        width = max(map(len, rows), default=0)
        if is_simple and width > 1 and len(rows) > 1:
            cells = [[cell[0].runs if cell else [] for cell in [*row, *[[]] * (width - len(row))]] for row in rows]
            self.add(Block("table", rows=cells))
        else:
            self.blocks += [block for row in rows for cell in row for block in cell]

    def nothing(self, tag, style, depth):
        if said := shortened(tag.get_text(" ")):
            self.page.say(said, _("left out: part of a form or a program"))

    def horizontal(self, tag, style, depth):
        self.flush()

    def raised(self, tag, style, depth):
        """Take small letters above or below the line as such signs, or a number would become another."""
        said, table = tag.get_text().strip(), RAISED if tag.name == "sup" else LOWERED
        small = said.translate(table)
        if said and not tag.find("x-a") and all(ord(sign) in table for sign in said):
            self.runs.append(Run(small, style.marks, style.href))
        else:
            self.inside(tag, styled(self.page, tag, style), depth)

    def cited(self, tag, style, depth):
        self.runs.append(Run(f"[^{tag.get_text()}]", frozenset([NOTE])))

    def quoted(self, tag, style, depth):
        self.runs.append(Run("“", style.marks, style.href))
        self.inside(tag, style, depth)
        self.runs.append(Run("”", style.marks, style.href))


VISITS = {
    "br": Walker.line_break,
    "img": Walker.image,
    "ul": Walker.list,
    "ol": Walker.list,
    "menu": Walker.list,
    "dir": Walker.list,
    "dl": Walker.definitions,
    "blockquote": Walker.quote,
    "pre": Walker.code,
    "table": Walker.table,
    "hr": Walker.horizontal,
    "sup": Walker.raised,
    "sub": Walker.raised,
    "q": Walker.quoted,
    "x-note": Walker.cited,
    **dict.fromkeys(("button", "input", "select", "textarea", "option", "svg", "canvas"), Walker.nothing),
}


def is_link(block):
    """Return whether a block is nothing but links."""
    return block.is_navigation or (bool(block.runs) and all(run.href for run in block.runs if run.text.strip()))


def paragraphs(runs):
    """Return runs divided where two line breaks stand together."""
    parts, breaks = [[]], 0
    for run in runs:
        if run.text == "\n":
            breaks += 1
            if breaks == 2:
                parts.append([])
        elif run.text.strip():
            breaks = 0
        parts[-1].append(run)
    return parts


def styled(page, tag, style):
    """Return the style of the text in a tag."""
    css = (tag.get("style") or "").lower()
    marks = set(style.marks)
    weight = re.search(r"font-weight\s*:\s*(\w+)", css)
    is_bold = weight and (weight[1] in ("bold", "bolder") or (weight[1].isdecimal() and int(weight[1]) >= 600))
    if is_bold or (tag.name in STRONG_TAGS and not weight):
        marks.add(STRONG)
    slant = re.search(r"font-style\s*:\s*(\w+)", css)
    if (slant and slant[1] in ("italic", "oblique")) or (tag.name in EM_TAGS and not slant):
        marks.add(EM)
    if tag.name in CODE_TAGS:
        marks.add(CODE)
    if tag.name in STRIKE_TAGS or re.search(r"text-decoration[\w-]*\s*:[^;]*line-through", css):
        marks.add(STRIKE)
    href = link(page, tag) if tag.name == "x-a" and tag.get("href") else style.href
    return Run("", frozenset(marks), href)


def link(page, tag):
    """Return the address of a link, in full if the page says where it was."""
    address = tag["href"].strip()
    if page.base and not address.startswith("#") and not re.match(r"[a-z]+:", address, re.IGNORECASE):
        try:
            return urljoin(page.base, address)
        except ValueError:
            return address
    return address


def mso_level(tag):
    """Return how deep in a list a paragraph of Word's stands."""
    found = re.search(r"mso-list:[^;\"']*level(\d)", tag.get("style") or "")
    return int(found[1]) if found else 0
