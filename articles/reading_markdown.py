"""Markdown files: the facts at their start, and their text by its headings, as it was written. No database."""

import re

import yaml
from django.utils.translation import gettext as _

from articles.reading_blocks import Block, Line, Unreadable, plain_lines, said_in, shortened
from articles.reading_text import BULLETS
from articles.rendering import AS_WRITTEN, LINK, PICTURE

FRONT = re.compile(r"\A\s*---[ \t]*\n(.*?)(?:\n|\A)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
MAX_FRONT = 50_000  # letters


class Loader(yaml.SafeLoader):
    """Plain values only: whole numbers, true, false, null, all else text. So “no”, 1:30 and dates stay as written."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError(_("it refers to parts of itself"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_scalar(key) for key, _value in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.constructor.ConstructorError(
                None, None, _("it has “{key}” twice").format(key=twice), node.start_mark
            )
        values = [self.construct_object(value, deep=True) for _key, value in node.value]
        return dict(zip(keys, values, strict=True))


Loader.yaml_implicit_resolvers = {}
for kind, pattern, starts in (
    ("bool", r"true|false|True|False", "tTfF"),
    ("int", r"0|-?[1-9][0-9]{0,14}", "-0123456789"),
    ("null", r"~|null|Null|", ["~", "n", "N", ""]),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"), list(starts))


def front_matter(text):
    """Return the facts at the start of a text, the text below them, and the number of its first line."""
    found = FRONT.match(text)
    if not found:
        return {}, text, 1
    if len(found[1]) > MAX_FRONT:
        raise Unreadable(_("The facts between the two lines “---” at the start are too long."))
    try:
        facts = yaml.load(found[1], Loader)  # noqa: S506  a safe one
    except Exception as error:  # its readers of types (“!!bool x”) raise a dozen kinds
        raise Unreadable(unreadable_facts(error)) from error
    if facts is None:
        facts = {}
    if not isinstance(facts, dict):
        return {}, text, 1
    return facts, text[found.end() :], text.count("\n", 0, found.end()) + 1


def unreadable_facts(error):
    """Return what is wrong with front matter, and in which line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or ""
    where = _("line {number}").format(number=mark.line + 2) if mark else _("somewhere")
    sentence = _(
        "The facts between the two lines “---” at the start can't be read ({where}: {problem}). "
        "Write each as “name: value”, and put quotation marks round a value that has a colon."
    )
    return sentence.format(where=where, problem=problem or str(error) or _("it is nested too deeply"))


# The text

KINDS = {
    "heading_open": "heading",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "blockquote_open": "quote",
    "dl_open": "definitions",
    "fence": "code",
    "code_block": "code",
}
IMAGE = re.compile(r"(?<!\\)!\[([^\[\]\\]{0,500})\]\(\s{0,9}<?([^\s()<>]{0,2000})>?(?:\s[^()]{0,300})?\)")
ADDRESS = re.compile(r"(?<![!\\])\[([^\[\]\\]{1,500})\]\(\s{0,9}<?([^\s()<>]{1,2000})>?(?:\s[^()]{0,300})?\)")
COMMENT = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
TAG = re.compile(r"</?[a-z][a-z0-9]{0,12}(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
BULLET = re.compile(rf"^(\s*)[{BULLETS}][ \t]*", re.MULTILINE)
DEFINITION = re.compile(r"^ {0,3}\[(\^?[^\]\n]{1,200})\]:", re.MULTILINE)


def markdown_blocks(text, first, report):
    """Return the blocks of a Markdown text, each with its source, and its definitions of links and notes by label.

    `first` is the number of the text's first line in the file.
    """
    lines = text.split("\n")
    tokens = AS_WRITTEN.parse(text, {"prefix": "", "sources": ()})
    blocks, covered, depth = [], set(), 0
    for index, token in enumerate(tokens):
        if token.type == "footnote_block_open":
            break
        if depth == 0 and token.map and token.type != "hr":
            start, end = token.map
            covered |= set(range(start, end))
            blocks.append(markdown_block(tokens, index, "\n".join(lines[start:end]).rstrip(), first + start, report))
        elif depth == 0 and token.map:
            covered |= set(range(*token.map))
        depth += token.nesting
    rest = "\n".join("" if number in covered else line for number, line in enumerate(lines))
    return [block for block in blocks if block], definitions(rest)


def markdown_block(tokens, index, source, number, report):
    """Return the block that begins with a token, or None for a comment."""
    token = tokens[index]
    kind = KINDS.get(token.type, "paragraph")
    if kind == "paragraph" and COMMENT.fullmatch(source):
        report.append(Line(number, shortened(source), _("left out: {rule}").format(rule=_("a comment"))))
        return None
    said = said_from(tokens, index)
    if kind == "heading":
        level = len(token.markup) if token.markup.startswith("#") else 1 if token.markup == "=" else 2
        block = Block(kind, plain_lines(said), level=level, number=number)
        block.source = tokens[index + 1].content.replace("\n", " ")
        return block
    if kind != "code":
        source = with_own_addresses(source, addresses_in(tokens, index), number, report)
    note = ""
    if kind == "paragraph" and BULLET.search(source):
        source, note = BULLET.sub(r"\1- ", source), _("from lines with bullets or numbers")
        kind = "list"
    if kind != "code" and (html := TAG.search(source)):
        report.append(Line(number, html[0], _("HTML, which stays as text")))
    return Block(kind, plain_lines(said), number=number, source=source, note=note)


def tokens_of(tokens, index):
    """Return the tokens of the block that begins with one."""
    depth = 0
    for end in range(index, len(tokens)):
        depth += tokens[end].nesting
        if depth == 0:
            return tokens[index : end + 1]
    return tokens[index:]


def said_from(tokens, index):
    """Return what a block says."""
    said = [token for token in tokens_of(tokens, index) if token.type in ("inline", "fence", "code_block")]
    return "\n".join("".join(map(said_lines, token.children or [token])) for token in said)


def addresses_in(tokens, index):
    """Return the addresses of a block's links and pictures."""
    inner = [part for token in tokens_of(tokens, index) for part in token.children or []]
    return {str(part.attrs.get("href") or part.attrs.get("src")) for part in inner if part.attrs}


def said_lines(token):
    return "\n" if token.type in ("softbreak", "hardbreak") else said_in(token)


def with_own_addresses(source, addresses, number, report):
    """Return Markdown in which pictures are our own, and links lead somewhere; of others the words stay."""

    def image(found):
        if PICTURE.fullmatch(found[2]) or found[2] not in addresses:
            return found[0]
        became = _("a picture, which was not taken: upload it here if the text needs it")
        report.append(Line(number, shortened(found[1] or found[2]), became))
        return _("[Picture: {alt}]").format(alt=found[1]) if found[1].strip() else ""

    def address(found):
        if LINK.match(found[2]) or found[2] not in addresses:
            return found[0]
        became = _("a link whose full address nobody can tell; its words stay as text")
        report.append(Line(number, shortened(f"{found[1]} ({found[2]})"), became))
        return found[1]

    return ADDRESS.sub(address, IMAGE.sub(image, source))


def definitions(text):
    """Return what a text defines of links and notes, by label."""
    starts = list(DEFINITION.finditer(text))
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return {found[1].casefold(): text[found.start() : end].rstrip() for found, end in zip(starts, ends, strict=False)}


def with_definitions(sections, defined):
    """Put what sections use of the definitions at their ends; what none uses, at the end of the last."""
    unused = dict(defined)
    for section in sections:
        body = section["body"].casefold()
        used = [label for label in defined if f"[{label}]" in body]
        add(section, [defined[label] for label in used])
        unused = {label: text for label, text in unused.items() if label not in used}
    if sections and unused:
        add(sections[-1], unused.values())


def add(section, texts):
    section["body"] = "\n\n".join(filter(None, [section["body"], *texts]))
