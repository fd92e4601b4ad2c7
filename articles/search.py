"""Search over published text: what a reader's words find, mended where nothing has them, with marked excerpts."""

from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from articles import finding
from articles.models import Entry, Name, Revision, Word
from articles.search_index import BACKEND, HEADING, LANGUAGE, NAMES, TEXT
from articles.words import LONGEST, WORD, stem, stems, tokens

CANDIDATES = 200  # parts of articles that are looked at, however many there are
MOST_WORDS = 8
MENDED = 4  # words of a search that are mended, at most
POOL = 3000  # words that a mistaken one is compared with, of each of two groups
TRIED = 5  # of these, how many are looked for
EXCERPTS = 3  # of one article
EXCERPT = 32  # words
LOOKED_AT = 20_000  # letters of a text in which an excerpt is looked for
SUGGESTIONS = 8

# The entry of an article's beginning, in words that keep PostgreSQL from looking through an index of all of them
BEGINNING = Exact(Length("key"), 0)

# Words that say nothing of what is meant; a search of nothing else keeps them.
SAYS_NOTHING = (
    "a about after all am an and any are as at be because been but by can could did do does doing for from get getting "
    "had has have having he her him his how i if im in into is it its ive me my of on or our she should so that the "
    "their them there these they this to was we were what when where which who why will with would you your"
)
COMMON = frozenset(SAYS_NOTHING.split())


@dataclass(frozen=True)
class Term:
    """A word of a search, folded, with its stem. It stands for all words that begin so, where `is_prefix`."""

    word: str
    stem: str
    is_prefix: bool = False

    def on(self, *columns):
        """Return the query for entries that have the word in one of some columns."""
        exact = BACKEND.term(self.stem, columns)
        return BACKEND.any_of([exact, BACKEND.term(self.word, columns, prefix=True)]) if self.is_prefix else exact


@dataclass
class Found:
    """An article that was found, with its parts as (address, heading, excerpt); texts are lists of (piece, is hit)."""

    revision: Revision
    title: list
    summary: list
    names: list = field(default_factory=list)  # what else it is called, if that was found
    parts: list = field(default_factory=list)


@dataclass
class Answer:
    """What a search found: the keys of articles, the best first, and the words that were looked for in the end."""

    typed: list
    terms: list
    hits: dict  # by the number of a revision, the numbers of its entries
    is_more: bool = False  # than were looked at
    has_all: bool = True  # words, each article

    @property
    def mended(self):
        """The words that were looked for, where they are not the ones that were typed."""
        words = [term.word for term in self.terms]
        return " ".join(words) if words != [term.word for term in self.typed] else ""


def search(text, language, at):
    """Return the Answer to what a reader typed."""
    look = Look(finding.readable(Entry.objects.all(), at), language)
    with BACKEND.looking(look.entries.db):
        return first_look(text, look)


def first_look(text, look):
    """Return the Answer to a text: what has all words, else all mended ones, else one of them."""
    typed = terms_of(text, look.language)
    hits, is_more = look.for_all(typed)
    if hits or not typed:
        return Answer(typed, typed, first_by_name(text, hits), is_more)
    terms = look.mend(typed)
    hits, is_more = look.for_all(terms) if terms != typed else ({}, False)
    if hits:
        return Answer(typed, terms, first_by_name(" ".join(term.word for term in terms), hits), is_more)
    hits, is_more = look.for_any(terms)
    return Answer(typed, terms, hits, is_more, has_all=False)


def first_by_name(text, hits):
    """Return hits with those first whose article is called just what was looked for."""
    called = Name.objects.filter(revision__in=hits, sort=finding.sort_key(text)) if hits else []
    named = {name.revision_id for name in called}
    return {pk: hits[pk] for pk in sorted(hits, key=lambda pk: pk not in named)}


def terms_of(text, language):
    """Return the Terms of a search, each once; common words only where there are no others."""
    words = list(dict.fromkeys(word[:LONGEST] for word in tokens(text)))  # one sign can stand for many letters
    words = [word for word in words if word not in COMMON] or words
    return [Term(word, stem(word, language)) for word in words[:MOST_WORDS]]


@dataclass
class Look:
    """A look through the entries that readers may see."""

    entries: object
    language: str

    def matching(self, query):
        in_language = BACKEND.term(finding.sign(self.language), [LANGUAGE])
        return BACKEND.matching(self.entries, BACKEND.all_of([in_language, query]))

    def for_all(self, terms):
        """Return entries that have all words: first those of titles, then those of headings, then all others."""
        if not terms:
            return {}, False
        anywhere = [term.on(NAMES, HEADING, TEXT) for term in terms]
        own = BACKEND.any_of([term.on(HEADING, TEXT) for term in terms])
        in_names = BACKEND.all_of([term.on(NAMES) for term in terms])
        in_heading = BACKEND.all_of([term.on(HEADING) for term in terms])
        return self.gather((in_names, BEGINNING), (in_heading, Q()), (BACKEND.all_of([*anywhere, own]), Q()))

    def for_any(self, terms):
        """Return entries that have one of the words, first those of titles."""
        if not terms:
            return {}, False
        names = BACKEND.any_of([term.on(NAMES) for term in terms])
        return self.gather((names, BEGINNING), (BACKEND.any_of([term.on(HEADING, TEXT) for term in terms]), Q()))

    def gather(self, *steps):
        """Return what several queries find, by revision, those of the first query first; and whether there is more."""
        found, first = {}, {}
        for number, (query, only) in enumerate(steps):
            matches = self.matching(query).filter(only).values_list("pk", "revision")
            for pk, revision in matches[: CANDIDATES + 1]:
                found.setdefault(pk, revision)
                first.setdefault(revision, number)
        hits = {}
        for pk, revision in list(found.items())[:CANDIDATES]:
            hits.setdefault(revision, []).append(pk)
        best = sorted(hits, key=lambda revision: (first[revision], -len(hits[revision]), revision))
        return {revision: hits[revision] for revision in best}, len(found) > CANDIDATES

    def has(self, term):
        return self.matching(term.on(NAMES, HEADING, TEXT)).exists()

    def mend(self, terms):
        """Return terms of which each is found somewhere, where one could be put in the place of one that isn't."""
        mended, room = [], MENDED
        for term in terms:
            if self.has(term) or room == 0:
                mended.append(term)
                continue
            room -= 1
            mended.append(next(filter(self.has, self.instead_of(term)), term))
        return list(dict.fromkeys(mended))

    def instead_of(self, term):
        """Return terms that may be meant by one: words that begin so, then words that are written nearly so."""
        if len(term.word) >= 4:
            yield replace(term, is_prefix=True)
        for word in dict.fromkeys([*nearly(term.word), *nearly(term.stem)]):
            yield Term(word, stem(word, self.language))


def nearly(word):
    """Return known words that one may be a mistake for, the nearest first: they begin or end as it does."""
    if len(word) < 3:
        return []
    alike = Word.objects.filter(length__gte=len(word) - 2, length__lte=len(word) + 2)
    pool = {
        known
        for group in (alike.filter(beginning=word[0]), alike.filter(ending=word[-2:]))
        for known in group.values_list("word", flat=True)[:POOL]
        if known not in COMMON
    }
    limit = 1 if len(word) <= 4 else 2 if len(word) <= 10 else 3
    near = process.extract(word, sorted(pool), scorer=OSA.distance, score_cutoff=limit, limit=50)
    best = sorted(near, key=lambda match: (match[1], -JaroWinkler.similarity(word, match[0])))
    return [known for known, _distance, _index in best[:TRIED]]


# What a page shows of it


def show(answer, revisions, language):
    """Return a Found for each of the revisions, in their order."""
    texts = {entry.pk: entry for entry in Entry.objects.filter(pk__in=shown_entries(answer, revisions))}
    marker = Marker(answer.terms, language)
    return [
        found(revision, [texts[pk] for pk in answer.hits[revision.pk] if pk in texts], marker) for revision in revisions
    ]


def shown_entries(answer, revisions):
    """Return the numbers of the entries that a page may show, the best of each revision."""
    return [pk for revision in revisions for pk in answer.hits[revision.pk][: EXCERPTS + 1]]


def found(revision, entries, marker):
    """Return the Found of a revision whose entries were hit."""
    names = [name for name in revision.other_names if marker.hits(name)]
    parts = [entry for entry in entries if entry.key][:EXCERPTS]
    address = revision.get_absolute_url()
    return Found(
        revision,
        title=marker.mark(revision.title),
        summary=marker.mark(revision.summary),
        names=[marker.mark(name) for name in names],
        parts=[(f"{address}#{entry.key}", marker.mark(entry.heading), marker.excerpt(entry.text)) for entry in parts],
    )


@dataclass
class Marker:
    """Marks in texts what a search has found. Pieces are plain text: the template escapes them."""

    terms: list
    language: str

    def is_hit(self, word):
        return any(self.is_meant(folded) for folded in tokens(word))

    def is_meant(self, folded):
        own = stem(folded, self.language)
        return any(own == term.stem or (term.is_prefix and folded.startswith(term.word)) for term in self.terms)

    def hits(self, text):
        """Return the matches of the words in a text that are hits, and all words, as numbers and matches."""
        return [match for match in WORD.finditer(text) if self.is_hit(match[0])]

    def mark(self, text):
        """Return a text as pieces, (piece, whether it is a hit)."""
        pieces, end = [], 0
        for match in self.hits(text):
            pieces += [(text[end : match.start()], False), (match[0], True)]
            end = match.end()
        return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]

    def excerpt(self, text):
        """Return some words of a text, about where it says most of what was looked for, as pieces."""
        text = text[:LOOKED_AT]
        words = list(WORD.finditer(text))
        hits = [number for number, match in enumerate(words) if self.is_hit(match[0])]
        if not words:
            return []
        first = self.densest(words, hits) - EXCERPT // 4
        first = 0 if first < EXCERPT // 4 else first  # a beginning is read rather than a few words cut off
        last = min(first + EXCERPT, len(words)) - 1
        cut = text[words[first].start() if first else 0 : words[last].end() if last < len(words) - 1 else len(text)]
        before, after = [("… ", False)] * (first > 0), [(" …", False)] * (last < len(words) - 1)
        return [*before, *self.mark(cut), *after]

    def densest(self, words, hits):
        """Return the number of the hit after which most different words of the search follow."""

        def following(hit):
            near = {
                stem(part, self.language) for n in hits if hit <= n < hit + EXCERPT // 2 for part in tokens(words[n][0])
            }
            return len(near)

        return max(hits[:50], key=following, default=0)


# While a reader types


def suggestions(text, language, at):
    """Return what may be meant by what is typed so far, as (label, of which article, address): names, then headings."""
    typed = terms_of(text, language)
    if not typed:
        return []
    terms = [*typed[:-1], replace(typed[-1], is_prefix=True)]
    look = Look(finding.readable(Entry.objects.all(), at), language)
    marker, found = Marker(terms, language), {}
    for column, only in ((NAMES, BEGINNING), (HEADING, Q())):
        query = BACKEND.all_of([term.on(column) for term in terms])
        entries = look.matching(query).filter(only).select_related("revision__article")
        entries = entries.defer("text", *(f"revision__{name}" for name in finding.MUCH))[:SUGGESTIONS]
        with BACKEND.looking(entries.db):
            offered = list(entries)
        for entry in offered:
            label = entry.heading if entry.key else best_name(entry.revision, marker)
            address = entry.revision.get_absolute_url() + (f"#{entry.key}" if entry.key else "")
            found.setdefault(address, (label, "" if label == entry.revision.title else entry.revision.title, address))
    return list(found.values())[:SUGGESTIONS]


def best_name(revision, marker):
    """Return the name of a revision's article that has most of what was typed, its title in doubt."""
    names = [revision.title, *revision.other_names]
    return max(
        names, key=lambda name: len({stem for hit in marker.hits(name) for stem in stems(hit[0], marker.language)})
    )
