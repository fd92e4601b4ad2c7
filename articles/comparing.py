"""What differs between two texts, for people to read. No database: texts in, marked words out."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.safestring import mark_safe

from articles.rendering import MARKED

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
TOKENS = re.compile(r'<(?:[^>"]|"[^"]*")*>|&#?\w+;|\s+|\w+|[^\w\s<]')
PHRASE = re.compile(r"</(?:p|li|d[td]|t[hd]|h[2-6]|strong|em|a|s|code|blockquote)>")  # words may stand before these
BREAK = re.compile(r"</(?:p|li|d[td]|t[hd]|h[2-6]|blockquote)>|<br[^>]*>")
THOROUGH = 4_000_000  # pairs of words, up to which all of them are looked at


@dataclass
class Part:
    """A section or a source in a comparison: `status` is "same", "changed", "added" or "removed"."""

    key: str
    heading: list  # runs, as `words` gives them
    body: list
    status: str
    moved: bool = False


def opcodes(old, new):
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > THOROUGH)
    return matcher.get_opcodes()


def words(old, new):
    """Return how one text became another, as (kind, text) runs: "same", "removed" or "added"."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    runs = []
    for kind, a, b, c, d in opcodes(before, after):
        if kind == "equal":
            runs.append(["same", "".join(before[a:b])])
            continue
        # A lone blank or sign between two changes belongs to them: whole phrases read better than scraps.
        joined = len(runs) > 2 and runs[-1][0] == "same" and len(runs[-1][1]) < 3 and not runs[-1][1].strip().isalnum()
        bridge = runs.pop()[1] if joined else ""
        add(runs, "removed", bridge + "".join(before[a:b]))
        add(runs, "added", bridge + "".join(after[c:d]))
    return [(kind, text) for kind, text in runs if text]


def add(runs, kind, text):
    """Append to the run of a kind since the last unchanged one, or begin one: removed words first, then added."""
    for run in runs[-1:-3:-1]:
        if run[0] == "same":
            break
        if run[0] == kind:
            run[1] += text
            return
    runs.append([kind, text])


def moved_keys(old, new):
    """Return the keys, of those in both lists, that someone has moved: as few as explain the new order."""
    place = {key: index for index, key in enumerate(old)}
    order = [key for key in new if key in place]
    best = {}  # the longest run of keys in their old order that ends at a key
    for index, key in enumerate(order):
        ends = [best[other] for other in order[:index] if place[other] < place[key]]
        best[key] = [*max(ends, key=len, default=[]), key]
    stayed = set(max(best.values(), key=len, default=[]))
    return {key for key in order if key not in stayed}


def sections(old, new):
    """Return the Parts of two lists of sections, in the new order, removed ones where they stood."""
    before, after = ({row["key"]: row for row in rows} for rows in (old, new))
    moved = moved_keys(list(before), list(after))
    order = list(after)
    for index, key in enumerate(before):
        if key not in after:
            above = next((other for other in reversed(list(before)[:index]) if other in order), None)
            order.insert(order.index(above) + 1 if above else 0, key)
    return [part(key, before.get(key), after.get(key), key in moved) for key in order]


@dataclass
class Comparison:
    """What differs between two texts: `fields` are (name, runs) of those that changed, the others lists of Parts."""

    fields: list
    sections: list
    sources: list

    @property
    def is_same(self):
        return not self.fields and all(
            part.status == "same" and not part.moved for part in self.sections + self.sources
        )


def texts(old, new):
    """Return the Comparison of two texts, as Revision.text gives them."""
    plain = [name for name in new if name not in ("sections", "sources", "authors")]
    pairs = [(name, str(old[name] or ""), str(new[name] or "")) for name in plain]
    pairs.append(("authors", people_line(old["authors"]), people_line(new["authors"])))
    return Comparison(
        fields=[(name, words(before, after)) for name, before, after in pairs if before != after],
        sections=sections(old["sections"], new["sections"]),
        sources=sections(*([source_row(row) for row in text["sources"]] for text in (old, new))),
    )


def people_line(people):
    """Return people with credentials and interests as one line of text."""
    return "; ".join(", ".join(filter(None, (p["name"], p["credentials"], p["interests"]))) for p in people)


def source_row(row):
    """Return a source in the form of a section, to be compared like one."""
    said = (row["publisher"], row["year"], row["url"], row["read_on"])
    return {"key": row["key"], "heading": row["title"], "body": ", ".join(str(value) for value in said if value)}


def part(key, old, new, moved):
    status = "added" if old is None else "removed" if new is None else "same" if old == new else "changed"
    empty = {"heading": "", "body": ""}
    a, b = old or empty, new or empty
    return Part(key, words(a["heading"], b["heading"]), words(a["body"], b["body"]), status, moved)


def marked(old, new):
    """Return safe HTML `new` with the words marked that were not in safe HTML `old`, and those that went.

    Words alone are compared: that a word became bold, say, or a link leads elsewhere, is not seen here.
    """
    before = [comparable(token) for token in TOKENS.findall(old) if comparable(token)]
    after = TOKENS.findall(new)
    places = [index for index, token in enumerate(after) if comparable(token)]
    page = MarkedPage()
    for kind, a, b, c, d in opcodes(before, [comparable(after[index]) for index in places]):
        if kind in ("delete", "replace"):
            page.removed += "".join(before[a:b])
        for place in places[c:d]:
            page.tags(after[page.read : place])
            page.word(after[place], is_new=kind != "equal")
    page.tags(after[page.read :])
    return page.finish()


class MarkedPage:
    """The page that `marked` puts together. Removed words wait for a place where words may stand."""

    def __init__(self):
        self.html, self.removed, self.read = [], "", 0

    def tags(self, tokens):
        for token in tokens:
            if PHRASE.fullmatch(token):
                self.flush()
            self.html.append(token)
        self.read += len(tokens)

    def word(self, word, *, is_new):
        if word.strip():
            self.flush()
        elif self.removed:
            self.removed += " "
        marked = is_new and word.strip() and not BREAK.fullmatch(word)
        self.html.append(f"<ins>{word}</ins>" if marked else word)
        self.read += 1

    def flush(self):
        words, self.removed = " ".join(self.removed.split()), ""
        if words:
            self.html.append(f" <del>{words}</del> ")

    def finish(self):
        if self.removed.strip():
            self.html.append("<p>")
            self.flush()
            self.html.append("</p>")
        html = re.sub(r"</ins>(\s*)<ins>", r"\1", "".join(self.html))
        return mark_safe(MARKED.clean(html))  # noqa: S308  sanitised here


def comparable(token):
    """Return what stands for a token in the comparison: words, pictures and line ends; of other tags nothing."""
    if BREAK.fullmatch(token):
        return "\n"
    return "" if token.startswith("<") and not token.startswith("<img") else token
