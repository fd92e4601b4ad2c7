"""How an archive is written: YAML for facts, Markdown for texts, so that a person can read it. No database.

An article or a version of it is a dict, its `sections` among it; what is empty is left out. What `write_text` writes
of it, `read_text` reads back the same, whatever the texts hold (docs/decisions/0021-archive.md).
"""

import re

import yaml

from articles.kinds import LINES, TEXTS

NAME = "cramps-archive"
VERSION = 1
MANIFEST = "archive.yaml"
SUMS = "SHA256SUMS"
PARTS = {*LINES, *TEXTS}  # what a section has as texts of their own, below its body
GROUNDS = ("known", "not_known", "sources_differ")  # and an article, below its sections
MARK = re.compile(r"\n<!-- (?:section|part: ([a-z_]+) -->)\n")
LIKE_MARK = re.compile(r"^(\\*<!-- (?:section|part: [a-z_]+ -->))$", re.MULTILINE)
ESCAPED = re.compile(r"^\\(\\*<!-- (?:section|part: [a-z_]+ -->))$", re.MULTILINE)
PLAIN_HEADING = re.compile(r"[^\s\x00-\x1f\x7f-\xa0](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\xa0])?")
# A text without any of these stands in YAML as it is; others in quotes, with escapes.
ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]| $", re.MULTILINE)
TIMES = "tag:yaml.org,2002:timestamp"  # dates stay the text that they are
DEPTH = 12


class Broken(Exception):
    """What can't be read: a sentence, and the line that it is about (0: none)."""

    def __init__(self, sentence, line=0):
        super().__init__(sentence)
        self.sentence, self.line = sentence, line


def printable(text):
    """Return a sentence as a terminal can show it, with nothing in it that would steer one."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))


def without_times(resolvers):
    return {first: [row for row in rows if row[0] != TIMES] for first, rows in resolvers.items()}


class Dumper(yaml.SafeDumper):
    """Writes the same bytes everywhere, so it is Python's own, and indents what is in a list."""

    yaml_implicit_resolvers = without_times(yaml.SafeDumper.yaml_implicit_resolvers)

    def ignore_aliases(self, data):
        return True

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    yaml_implicit_resolvers = without_times(yaml.SafeLoader.yaml_implicit_resolvers)


def represent_text(dumper, text):
    style = '"' if ODD.search(text) or text.isspace() else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, represent_text)


# Facts


def write_facts(facts):
    """Return a dict or list as YAML."""
    return yaml.dump(
        facts, Dumper=Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=float("inf")
    )


def read_facts(text, first_line=1):
    """Return what YAML says: dicts, lists, texts, whole numbers, yes or no, nothing. Anything else is Broken."""
    try:
        refuse_tricks(text, first_line)
        found = yaml.load(text, Loader=Loader)  # noqa: S506  a safe one
    except yaml.MarkedYAMLError as error:
        line = first_line + error.problem_mark.line if error.problem_mark else first_line
        raise Broken("This is not valid YAML. Compare it with the lines around it.", line) from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise Broken("This is not valid YAML.", first_line) from error
    refuse_odd(found, first_line)
    return found


def refuse_tricks(text, first_line):
    """Refuse what lets a short text become a huge one, or anything but plain data."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        line = first_line + event.start_mark.line
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Broken("An archive has no references (“&” and “*”) in its YAML. Write the text out.", line)
        if getattr(event, "tag", None):
            raise Broken("An archive has no types (“!”) in its YAML. Put the text in quotes.", line)
        if depth > DEPTH:
            raise Broken("This is nested too deeply.", line)


def refuse_odd(value, line):
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise Broken("Names before a colon must be text. Put them in quotes.", line)
        for inner in value.values():
            refuse_odd(inner, line)
    elif isinstance(value, list):
        for inner in value:
            refuse_odd(inner, line)
    elif not isinstance(value, str | int | None):
        raise Broken(f"“{value}” must be in quotes.", line)


# Texts


def escape(text):
    """Return a text in which nothing is taken for a mark."""
    return LIKE_MARK.sub(r"\\\1", text)


def unescape(text):
    return ESCAPED.sub(r"\1", text)


def write_text(doc):
    """Return an article or a version of it as Markdown that begins with its facts."""
    aside = {*GROUNDS, "sections"}
    facts = {name: value for name, value in doc.items() if name not in aside}
    sections = "".join(map(write_section, doc.get("sections", ())))
    grounds = "".join(write_part(name, doc[name]) for name in GROUNDS if doc.get(name))
    return f"---\n{write_facts(facts)}---\n{sections}{grounds}"


def write_section(section):
    """Return a section: its facts in a comment, then heading, text and parts as they are."""
    parts = {name: text for name, text in section.items() if name in PARTS and text and isinstance(text, str)}
    facts = {name: value for name, value in section.items() if name not in parts and name != "body"}
    heading = facts["heading"]
    if PLAIN_HEADING.fullmatch(heading):
        del facts["heading"]
    said = f"\n<!-- section\n{write_facts(facts)}-->\n"
    said += "" if "heading" in facts else f"\n## {heading}\n"
    return said + block(section["body"]) + "".join(write_part(name, text) for name, text in parts.items())


def write_part(name, text):
    return f"\n<!-- part: {name} -->\n**{label(name)}**\n{block(text)}"


def label(name):
    said = name.replace("_", " ")
    return {"known": "What is known", "not_known": "What is not known"}.get(name, said.capitalize())


def block(text):
    return f"\n{escape(text)}\n" if text else ""


def read_text(text):
    """Return the dict that write_text was given, and the line at which each section begins; or Broken."""
    if not text.startswith("---\n"):
        raise Broken("The first line must be “---”, with the facts below it.", 1)
    facts, mark, rest = text[4:].partition("\n---\n")
    if not mark:
        raise Broken("The facts at the beginning have no end: a line with “---” alone is missing.", 1)
    doc = dictionary(read_facts(facts + "\n", 2), 2)
    if wrong := {*GROUNDS, "sections"} & {*doc}:
        raise Broken(f"“{min(wrong)}” belongs below the facts.", 1)
    return read_blocks(doc, rest, facts.count("\n") + 4)


def dictionary(value, line):
    if not isinstance(value, dict):
        raise Broken("Here belong names and values: “title: Sore feet”.", line)
    return value


def read_blocks(doc, rest, line):
    """Read what stands below the facts into a doc; `line` is that of its beginning."""
    before, *pieces = MARK.split(rest)
    if before:
        raise Broken("Here belongs an empty line, and below it a section's mark.", line)
    sections, lines = [], []
    for name, content in zip(pieces[::2], pieces[1::2], strict=True):
        line += 1  # each mark has an empty line before it
        if name:
            read_part(name, content, doc if name in GROUNDS else sections[-1] if sections else {}, line)
        else:
            sections.append(read_section(content, line))
            lines.append(line)
        line += content.count("\n") + 1
    return doc | ({"sections": sections} if sections else {}), lines


def read_part(name, content, owner, line):
    if not owner or name in owner or name not in (*GROUNDS, *PARTS):
        raise Broken(f"The part “{name}” has no place here, or stands here twice.", line)
    first, _end, said = content.partition("\n")
    if not first.startswith("**"):
        raise Broken("Below a part's mark stands what it is, between two pairs of stars.", line + 1)
    owner[name] = unblock(said, line + 2)


def read_section(content, line):
    facts, mark, said = ("\n" + content).partition("\n-->\n")
    if not mark:
        raise Broken("The section's facts have no end: a line with “-->” alone is missing.", line)
    section = dictionary(read_facts(facts[1:] + "\n", line + 1), line + 1)
    if "body" in section:
        raise Broken("A section's text stands below its facts.", line)
    below = line + facts.count("\n") + 2
    if "heading" not in section:
        first, _end, rest = said.removeprefix("\n").partition("\n")
        if not (said.startswith("\n## ") and _end):
            raise Broken("Below a section's facts stands its heading: “## Causes”.", below)
        section["heading"], said, below = first[3:], rest, below + 2
    return section | {"body": unblock(said, below)}


def unblock(said, line):
    if said == "":
        return ""
    if len(said) < 3 or said[0] != "\n" or said[-1] != "\n":
        raise Broken("There must be an empty line before and after a text.", line)
    return unescape(said[1:-1])
