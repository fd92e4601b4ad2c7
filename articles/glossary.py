"""The words of the glossary in a text: which they are, and where a page first uses each. No database."""

import re
from functools import lru_cache

WORD = re.compile(r"\w+")
COMMA = re.compile("[,،]")  # Arabic has its own


def plain(text):
    """Return what is compared of a word or phrase: not its case, its kind of apostrophe, or its line ends."""
    return " ".join(text.casefold().replace("’", "'").split())


def forms(term, others):
    """Return the ways in which a term is written, as they are compared, each from its first word to its last."""
    found = [list(WORD.finditer(plain(form))) for form in (term, *COMMA.split(others))]
    return [words[0].string[words[0].start() : words[-1].end()] for words in found if words]


@lru_cache(maxsize=8)
def index(rows):
    """Return ({form: (key, term, meaning)}, {first word: numbers of words}) of rows (key, term, other forms, meaning).

    With it a text is looked through word by word, at a cost that the number of terms does not raise.
    """
    meanings, lengths = {}, {}
    for key, term, others, meaning in rows:
        for form in forms(term, others):
            words = WORD.findall(form)
            meanings.setdefault(form, (key, term, meaning))
            lengths.setdefault(words[0], set()).add(len(words))
    return meanings, {word: sorted(numbers, reverse=True) for word, numbers in lengths.items()}


class Glossary:
    """The terms that a page explains, each where it is first used. `rows` are (key, term, other forms, meaning)."""

    def __init__(self, rows):
        self.meanings, self.lengths = index(tuple(rows))
        self.used = set()

    def first_uses(self, text):
        """Return where a text uses terms that the page has not used before, as (start, end, key, term, meaning)."""
        words, found, end = list(WORD.finditer(text)), [], 0
        for place, word in enumerate(words):
            if word.start() < end:
                continue
            for number in self.lengths.get(plain(word[0]), ()):
                last = words[min(place + number, len(words)) - 1]
                key, term, meaning = self.meanings.get(plain(text[word.start() : last.end()]), (None, "", ""))
                if key is not None and key not in self.used:
                    self.used.add(key)
                    end = last.end()
                    found.append((word.start(), end, key, term, meaning))
                    break
        return found
