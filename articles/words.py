"""Words as the search compares them: folded, and cut to their stems. No database."""

import re
import unicodedata
from functools import cache, lru_cache
from threading import Lock

import snowballstemmer

# Marks above and below letters: of Latin, Hebrew and Arabic letters.
MARKS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
WORD = re.compile(rf"(?:[^\W_]|[{MARKS}]|(?<=[^\W_])['’](?=[^\W_]))+")
LONGEST = 40  # letters; a longer word is none that anybody searches for
STEMMERS = {"en": "english", "ar": "arabic"}
ONE_AT_A_TIME = Lock()  # a stemmer works in place


def fold(text):
    """Return a text without accents, capitals and apostrophes."""
    if text.isascii():
        return text.replace("'", "").casefold()
    bare = unicodedata.normalize("NFKD", text)
    return "".join(char for char in bare if not unicodedata.combining(char) and char not in "'’").casefold()


def tokens(text):
    """Return the words of a text, folded."""
    return re.findall(r"[^\W_]+", fold(text))


@cache
def stemmer(language):
    """Return the stemmer of a language such as en-gb, or None."""
    name = STEMMERS.get(language.partition("-")[0])
    return name and snowballstemmer.stemmer(name)


@lru_cache(maxsize=20_000)
def stem(word, language):
    """Return what a folded word has in common with its other forms in a language: cramp, of cramps and cramping."""
    word = word[:LONGEST]
    if cut := stemmer(language):
        with ONE_AT_A_TIME:
            return cut.stemWord(word) or word
    return word


def stems(text, language):
    """Return the stems of a text's words, in their order."""
    return [stem(word, language) for word in tokens(text)]
