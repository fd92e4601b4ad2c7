"""What an editor may want to say more plainly: long sentences, passive voice, hard words. English texts only.

No database. Each function yields the Hits of one check in one field; nothing here is a fault by itself.
"""

import re
import tomllib
from functools import cache, lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from articles import readability
from articles.readability import HEADING, ITEM, PARAGRAPH
from articles.syllables import syllables

LONG_SENTENCE = 20  # words
LONG_PARAGRAPH = 3  # sentences
LONG_WORD = 4  # syllables
ENOUGH = 50  # hits of one check in one field: more would not help anybody

FOLDER = Path(__file__).parent
BE = r"(?:am|is|are|was|were|be|been|being|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|it['’]s|they['’]re|you['’]re)"
BETWEEN = r"(?:[a-z]+ly|not|also|often|never|always|only|just|then|still|now|usually|sometimes|first|already|best)"
IRREGULAR = (
    "begun bitten born borne bought bound bred broken brought built burnt caught chosen cut dealt done drawn driven "
    "drunk dug eaten fallen fed felt fought found frozen ground given gone grown heard held hidden hit hurt kept known "
    "laid led left lent lit lost made meant met paid proven put read said seen sent set sewn shaken shed shot shown "
    "shut slept sold spent split spoken spread stolen struck stuck sung sunk swollen sworn swum taken taught thought "
    "thrown told torn understood withdrawn won worn wound written"
)
# Words in -ed that say how something is, or that are no participles at all.
ADJECTIVES = (
    "bed red need feed speed seed indeed hundred naked sacred wicked embed shed tired worried concerned interested "
    "scared frightened excited bored pleased ashamed relaxed confused surprised married experienced advanced "
    "overweight swollen ed allowed supposed gone left"
)
PASSIVE = re.compile(
    rf"\b{BE}\s+(?:{BETWEEN}\s+){{0,2}}(?P<how>[a-z]+ed|{'|'.join(IRREGULAR.split())})\b", re.IGNORECASE
)
CONTRACTION = re.compile(r"\b[a-z]+n['’]t\b", re.IGNORECASE)
SMALL = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
)
NUMBERS = {word: number for number, word in enumerate(f"{SMALL} nineteen twenty".split(), start=2)}
NUMBERS |= {
    word: ten * 10
    for ten, word in enumerate(["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=3)
}
NUMBER_WORD = re.compile(rf"\b({'|'.join(NUMBERS)})(?:-[a-z]+)?\b", re.IGNORECASE)
AMOUNT = rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,9}}|one|{'|'.join(NUMBERS)}|hundred|thousand)"
RATIO = re.compile(rf"\b(?P<of>{AMOUNT})\s+(?:in|out\s+of)\s+(?:every\s+|an?\s+)?(?P<all>{AMOUNT})\b", re.IGNORECASE)
PERCENT = re.compile(r"\b\d{1,9}(?:\.\d{1,9})?\s?(?:%|per\s?cent\b)", re.IGNORECASE)


class Hit(NamedTuple):
    """A place in a field's text, where something could be plainer; `about` is what the sentence for it needs."""

    check: str
    start: int
    end: int
    about: dict


def found(check, block, start, end, **about):
    return Hit(check, *block.written(start, end), about)


def long_sentences(block):
    for start, end, words in block.sentences if block.kind != HEADING else ():
        if len(words) > LONG_SENTENCE:
            yield found("long_sentence", block, start, end, count=len(words))


def long_paragraphs(block):
    count = len(block.sentences) if block.kind in (PARAGRAPH, ITEM) else 0
    if count > LONG_PARAGRAPH:
        yield found("long_paragraph", block, block.sentences[0][0], block.sentences[-1][1], count=count)


def passives(block):
    for match in PASSIVE.finditer(block.said):
        if match["how"].lower() not in adjectives():
            yield found("passive", block, match.start(), match.end())


def contractions(block):
    for match in CONTRACTION.finditer(block.said):
        yield found("contraction", block, match.start(), match.end(), plainer=spelt_out(match[0]))


def spelt_out(word):
    stem = word.lower().replace("’", "'").removesuffix("n't")
    return {"ca": "cannot", "wo": "will not", "sha": "shall not", "ai": "is not"}.get(stem, f"{stem} not")


def plain_words(block):
    """Yield words and phrases with a plainer equivalent; of several that begin at a word, the longest."""
    index, words, at = plainer(), block.words, 0
    while at < len(words):
        step = 1
        for phrase, instead in index.get(words[at].text.lower(), ()):
            inside = words[at : at + len(phrase)]
            if [word.text.lower() for word in inside] == phrase:
                yield found("plain_word", block, inside[0].start, inside[-1].end, plainer=instead)
                step = len(phrase)
                break
        at += step


def number_words(block):
    for match in NUMBER_WORD.finditer(block.said):
        number = NUMBERS[match[1].lower()]
        yield found("number_word", block, match.start(), match.end(), digits=number)


def long_words(block):
    begins = {id(words[0]) for _start, _end, words in block.sentences}
    for word in block.words:
        is_name = word.text[0].isupper() and any(map(str.isupper, word.text[1:]))
        is_name |= word.text[0].isupper() and id(word) not in begins
        if len(word.text) > 6 and word.text.isalpha() and word.text.isascii() and not is_name:
            plain = word.text.lower()
            if plain not in familiar() and plain not in plainer() and syllables(plain) >= LONG_WORD:
                yield found("long_word", block, word.start, word.end, word=plain)


def shares(block):
    """Yield how big something is said to be, as a share: its denominator, or "%"."""
    for match in RATIO.finditer(block.said):
        part, whole = amount(match["of"]), amount(match["all"])
        is_year = part > 1 and 1900 <= whole <= 2100
        if part < whole and not is_year:
            yield found("denominators", block, match.start(), match.end(), whole=whole)
    for match in PERCENT.finditer(block.said):
        yield found("denominators", block, match.start(), match.end(), whole="%")


def amount(text):
    text = text.lower().replace(",", "")
    names = NUMBERS | {"one": 1, "hundred": 100, "thousand": 1000}
    return names[text] if text in names else int(text)


ALL = (long_sentences, long_paragraphs, passives, contractions, plain_words, number_words, long_words, shares)


@lru_cache(maxsize=256)
def hits(text, how):
    """Return the Hits in a field's text, ordered by check, each place as it was written."""
    blocks = readability.read(text, how).blocks
    every = (islice(chain.from_iterable(map(check, blocks)), ENOUGH) for check in ALL)
    return tuple(chain.from_iterable(every))


@cache
def adjectives():
    return frozenset(ADJECTIVES.split())


@cache
def familiar():
    return frozenset(tomllib.loads((FOLDER / "familiar_words.toml").read_text())["words"].lower().split())


@cache
def plainer():
    """Return {first word: [(words, what to write instead)]}, of each first word the longest phrase first."""
    said = tomllib.loads((FOLDER / "plain_words.toml").read_text())
    pairs = said["words"] | said["phrases"]
    pairs |= {form: instead for verb, instead in said["verbs"].items() for form in forms(verb)}
    index = {}
    for phrase, instead in pairs.items():
        words = phrase.split()
        index.setdefault(words[0], []).append((words, instead))
    return {word: sorted(found, key=lambda pair: -len(pair[0])) for word, found in index.items()}


def forms(verb):
    """Return the forms of a regular verb: utilise, utilises, utilised, utilising."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    if verb in DOUBLED:
        return verb, f"{verb}s", f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"
    return verb, f"{verb}es" if verb.endswith(("s", "sh", "ch", "x")) else f"{verb}s", f"{verb}ed", f"{verb}ing"


DOUBLED = {"occur", "permit", "transmit"}
