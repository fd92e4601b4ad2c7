"""What differs between two texts, for people to read. No database: texts in, marked words out."""

import re
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate, pairwise

from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from articles.kinds import Kind, in_words
from articles.rendering import MARKED

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
TOKENS = re.compile(r'<(?:[^>"]|"[^"]*")*>|&#?\w+;|\s+|\w+|[^\w\s<]')
PHRASE = re.compile(r"</(?:p|li|d[td]|t[hd]|h[2-6]|strong|em|a|s|code|blockquote)>")  # words may stand before these
BREAK = re.compile(r"</(?:p|li|d[td]|t[hd]|h[2-6]|blockquote)>|<br[^>]*>")
VOID = re.compile(r"<(?:img|br|hr)\b")
OPENING_OR_BLANK = re.compile(r"<[^/].*|\s+", re.DOTALL)
NO_BLANK_BEFORE = re.compile(r"$|[.,:;!?)\]”’]|</")
ADDRESS = re.compile(r' href="[^"]*"')
SENTENCE_ENDS = tuple(".!?:;")
STEPS = 1_200_000  # pairs of the same word that are looked at for two texts, and
PAGE_STEPS = 3_000_000  # for all of a page: about a second


@dataclass
class Part:
    """A section or a source in a comparison: `status` is "same", "changed", "added" or "removed"."""

    key: str
    heading: list  # runs, as `words` gives them
    body: list
    status: str
    moved: bool = False
    kinds: tuple = ()  # the labels of both, where a section became one of another kind


def share(count):
    """Return the steps for each of a number of texts that are compared for one page."""
    return min(STEPS, PAGE_STEPS // max(1, count))


class Effort:
    """The steps that are left for two texts."""

    def __init__(self, steps):
        self.left = steps

    def take(self, steps):
        """Return whether so many steps are left, and take them."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


class Matcher(SequenceMatcher):
    """Compares two lists in the steps of an Effort. Then only what begins or ends alike counts as the same."""

    def __init__(self, old, new, effort):
        super().__init__(None, old, new, autojunk=False)
        self.effort = effort
        self.steps = [0, *accumulate(len(self.b2j.get(word, ())) + 1 for word in old)]

    def find_longest_match(self, alo, ahi, blo, bhi):
        if self.effort.take(self.steps[ahi] - self.steps[alo]):
            return super().find_longest_match(alo, ahi, blo, bhi)
        room = min(ahi - alo, bhi - blo)
        start = next((n for n in range(room) if self.a[alo + n] != self.b[blo + n]), room)
        if start:
            return Match(alo, blo, start)
        end = next((n for n in range(room) if self.a[ahi - n - 1] != self.b[bhi - n - 1]), room)
        return Match(ahi - end, bhi - end, end)


def lines(text):
    """Return a list of words cut where a line or a sentence begins, as tuples."""
    cuts = [n for n in range(1, len(text)) if seam(text, n) > 2 and "\n" not in text[n]]
    return [tuple(text[start:end]) for start, end in pairwise([0, *cuts, len(text)])]


def opcodes(old, new, effort):
    """Return SequenceMatcher's opcodes of two lists of words; long ones are compared line by line first."""
    matcher = Matcher(old, new, effort)
    if matcher.steps[-1] <= effort.left // 8:
        return matcher.get_opcodes()
    before, after = lines(old), lines(new)
    a_at, c_at = ([0, *accumulate(map(len, cut))] for cut in (before, after))
    codes = []
    for kind, *ends in Matcher(before, after, effort).get_opcodes():
        a, b, c, d = (at[end] for at, end in zip((a_at, a_at, c_at, c_at), ends, strict=True))
        inner = [(kind, 0, b - a, 0, d - c)]
        if kind == "replace":
            inner = Matcher(old[a:b], new[c:d], effort).get_opcodes()
        codes += [(word, a + i, a + j, c + k, c + m) for word, i, j, k, m in inner]
    return codes


def changes(old, new, steps=STEPS):
    """Return how one list of words became another: (is_same, a, b, c, d) for old[a:b] and new[c:d], in order."""
    codes = [list(code) for code in opcodes(old, new, Effort(steps))]
    for before, code, after in zip(codes, codes[1:], codes[2:], strict=False):
        slide(before, code, after, old, new)
    joined = []
    for kind, a, b, c, d in codes:
        if a == b and c == d:
            continue
        if len(joined) > 1 and kind != "equal" and is_bridge(joined, kind, old):
            joined.pop()
        if joined and (kind == "equal") == (joined[-1][0] == "equal"):
            joined[-1] = ["replace" if kind != "equal" else kind, joined[-1][1], b, joined[-1][3], d]
        else:
            joined.append([kind, a, b, c, d])
    return [(kind == "equal", a, b, c, d) for kind, a, b, c, d in joined]


def slide(before, code, after, old, new):
    """Shift a removal or an addition to where a line or a sentence begins, if the words around it are alike.

    So that it is “Two. ” that went of “One. Two. Three.”, and not “. Two”.
    """
    kind, a, b, c, d = code
    if kind not in ("delete", "insert"):
        return
    text, start, end = (old, a, b) if kind == "delete" else (new, c, d)
    right = next((n for n in range(after[2] - after[1]) if text[start + n] != text[end + n]), after[2] - after[1])
    room = before[2] - before[1]
    left = next((n for n in range(room) if text[start - n - 1] != text[end - n - 1]), room)
    best = max(range(-left, right + 1), key=lambda n: (seam(text, start + n), -abs(n)))
    code[1:] = [place + best for place in code[1:]]
    before[2], before[4] = before[2] + best, before[4] + best
    after[1], after[3] = after[1] + best, after[3] + best


def seam(text, place):
    """Return how well a text can be cut at a place: best between lines, then sentences, then words."""
    before = text[place - 1] if place else "\n"
    after = text[place] if place < len(text) else "\n"
    if "\n" in before:
        return 4
    if "\n" in after or (before.isspace() and place > 1 and text[place - 2] in SENTENCE_ENDS):
        return 3
    if before in SENTENCE_ENDS and after.isspace():
        return 2
    return 1 if before.isspace() or after.isspace() else 0


def is_bridge(joined, kind, old):
    """Return whether what stayed between two changes is a lone blank or sign: whole phrases read better than scraps."""
    (other, *_), (middle, a, b, *_) = joined[-2:]
    between = "".join(old[a:b])
    short = len(between) < 3 and "\n" not in between and not any(map(str.isalnum, between))
    return middle == "equal" and short and {kind, other} not in ({"insert"}, {"delete"})


def words(old, new, steps=STEPS):
    """Return how one text became another, as (kind, text) runs: "same", "removed" or "added"."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    runs = []
    for is_same, a, b, c, d in changes(before, after, steps):
        removed, added = "".join(before[a:b]), "".join(after[c:d])
        runs += [("same", added)] if is_same else [("removed", removed), ("added", added)]
    return [(kind, text) for kind, text in runs if text]


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
    """Return the Parts of two lists of sections or sources, in the new order, removed ones where they stood."""
    before, after = ({row["key"]: row for row in rows} for rows in (old, new))
    moved = moved_keys(list(before), list(after))
    order = list(after)
    for index, key in enumerate(before):
        if key not in after:
            above = next((other for other in reversed(list(before)[:index]) if other in order), None)
            order.insert(order.index(above) + 1 if above else 0, key)
    steps = share(sum(before.get(key) != after.get(key) for key in order))
    return [part(key, before.get(key), after.get(key), key in moved, steps) for key in order]


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


def part(key, old, new, moved, steps):
    status = "added" if old is None else "removed" if new is None else "same" if old == new else "changed"
    (a, a_text), (b, b_text) = ((row["heading"], said(row)) if row else ("", "") for row in (old, new))
    names = [Kind(row["kind"]).label for row in (old, new) if row and "kind" in row]
    is_other = len(set(names)) > 1
    return Part(key, words(a, b), words(a_text, b_text, steps), status, moved, tuple(names) if is_other else ())


def said(row):
    """Return what a section or a source says, as one text."""
    return in_words(row) if "kind" in row else row["body"]


def marked(old, new, steps=STEPS):
    """Return safe HTML `new` with the words marked that were not in safe HTML `old`, and those that went.

    Words alone are compared. `restyled` says whether more has changed.
    """
    before = [word for word in map(comparable, TOKENS.findall(old)) if word]
    after = TOKENS.findall(new)
    places = [index for index, token in enumerate(after) if comparable(token)]
    page = MarkedPage()
    for is_same, a, b, c, d in changes(before, [comparable(after[index]) for index in places], steps):
        if not is_same:
            page.removed += "".join(before[a:b])
        for place in places[c:d]:
            page.tags(after[page.read : place])
            page.word(after[place], is_new=not is_same)
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
            self.flush(word)
        elif self.removed:
            self.removed += " "
        marked = is_new and word.strip() and not BREAK.fullmatch(word)
        self.html.append(f"<ins>{word}</ins>" if marked else word)
        self.read += 1

    def flush(self, following=""):
        """Put the removed words here, before what follows, each line of them on one of its own."""
        lines = [" ".join(line.split()) for line in self.removed.split("\n")]
        end = "<br>" if self.removed.rstrip(" ").endswith("\n") else ""
        words = "<br>".join(filter(None, lines))
        self.removed = ""
        if words:
            blank = "" if self.html and OPENING_OR_BLANK.fullmatch(self.html[-1]) else " "
            self.html.append(f"{blank}<del>{words}{end}</del>{'' if NO_BLANK_BEFORE.match(following) else ' '}")

    def finish(self):
        if self.removed.strip():
            self.removed = self.removed.rstrip()
            self.html.append("<p>")
            self.flush()
            self.html.append("</p>")
        html = re.sub(r"</ins>(\s*)<ins>", r"\1", "".join(self.html))
        for tag, said in (("ins", gettext("added:")), ("del", gettext("removed:"))):
            html = html.replace(f"<{tag}>", f'<{tag}><span class="visually-hidden"> {escape(said)} </span>')
        return mark_safe(MARKED.clean(html))  # noqa: S308  sanitised here


def comparable(token):
    """Return what stands for a token in the comparison: words, pictures and line ends; of other tags nothing."""
    if BREAK.fullmatch(token):
        return "\n"
    if token.isspace():
        return " "
    return "" if token.startswith("<") and not token.startswith("<img") else token


def restyled(old, new, steps=STEPS):
    """Return whether words that are in both of two safe HTMLs look different now, or lead elsewhere."""
    before, after = styles(old), styles(new)
    return any(
        is_same and any(x != y for x, y in zip(before[a:b], after[c:d], strict=True) if not x[0].isspace())
        for is_same, a, b, c, d in changes([word for word, _ in before], [word for word, _ in after], steps)
    )


def styles(html):
    """Return each comparable word of safe HTML with the tags that are open around it, of links with the address."""
    found, opened = [], []
    for token in TOKENS.findall(html):
        if comparable(token):
            found.append((comparable(token), tuple(opened)))
        if token.startswith("</"):
            opened.pop()
        elif token.startswith("<") and not VOID.match(token):
            address = ADDRESS.search(token)
            opened.append(token.strip("<>").split()[0] + (address[0] if address else ""))
    return found
