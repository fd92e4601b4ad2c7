"""Measure how often the syllable rule is right, against the CMU Pronouncing Dictionary, and print it.

The dictionary comes from npm (ISC licence) when this is measured, and is never part of the project:
`npm ci --prefix bench --ignore-scripts`, then `python bench/syllables.py`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
LIST = ROOT / "bench" / "node_modules" / "cmu-pronouncing-dictionary" / "index.js"
ENTRY = re.compile(r"""^\s+"?([^":]+)"?: "([^"]+)""", re.MULTILINE)


def reference(text):
    """Return {word: numbers of syllables that it can have}; a sound with a stress is a syllable."""
    found = {}
    for word, sounds in ENTRY.findall(text):
        word = re.sub(r"\(\d+\)$", "", word)
        if re.fullmatch("[a-z]+(?:['-][a-z]+)*", word):
            found.setdefault(word, set()).add(sum(map(str.isdigit, sounds)))
    return found


def main():
    from articles.syllables import syllables

    if not LIST.exists():
        sys.exit("This needs the dictionary: npm ci --prefix bench --ignore-scripts")
    known = reference(LIST.read_text())
    wrong = [(syllables(word), counts) for word, counts in known.items() if syllables(word) not in counts]
    by_one = sum(min(abs(count - right) for right in counts) == 1 for count, counts in wrong)
    total = sum(min(counts) for counts in known.values())
    ours = sum(map(syllables, known))
    print(f"{len(known)} words, names and forms included: {100 * (1 - len(wrong) / len(known)):.1f} % right,")
    print(f"{len(wrong)} wrong, of these {by_one} by one. All syllables together: {100 * (ours / total - 1):+.1f} %.")


if __name__ == "__main__":
    main()
