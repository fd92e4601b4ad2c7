"""Which parts of articles have which words: one small interface over SQLite's FTS5 and PostgreSQL's text search.

Both are given stems (articles/words.py) and make nothing of them themselves, so that both find the same. A part is
a row of Entry; its stems stand in the columns NAMES, HEADING and TEXT. A query is made of `term`, `all_of` and
`any_of`, which take and give parts of the database's own query language; no text of a reader's comes into it
but letters and digits.
"""

from contextlib import contextmanager, nullcontext

from django.db import connection, connections, transaction

NAMES, HEADING, TEXT, LANGUAGE = "names", "heading", "text", "language"
COLUMNS = (NAMES, HEADING, TEXT, LANGUAGE)


class Sqlite:
    """A table of FTS5 whose rows have the numbers of the entries'. It can hold rows of entries that are gone."""

    REMOVE = "DELETE FROM articles_stems WHERE rowid = %s"
    ADD = "INSERT OR REPLACE INTO articles_stems (rowid, names, heading, text, language) VALUES (%s, %s, %s, %s, %s)"

    @classmethod
    def add(cls, cursor, rows):
        """Add entries, given as (number, {column: stems})."""
        cursor.executemany(
            cls.ADD, [(number, *(" ".join(set(columns[name])) for name in COLUMNS)) for number, columns in rows]
        )

    @classmethod
    def remove(cls, cursor, numbers):
        cursor.executemany(cls.REMOVE, [(number,) for number in numbers])

    @staticmethod
    def term(stem, columns, prefix=False):
        return f'{{{" ".join(columns)}}} : "{stem}"{" *" if prefix else ""}'

    @staticmethod
    def all_of(parts):
        return "(" + " AND ".join(parts) + ")"

    @staticmethod
    def any_of(parts):
        return "(" + " OR ".join(parts) + ")"

    @staticmethod
    def matching(entries, query):
        return entries.extra(
            tables=["articles_stems"],
            where=["articles_stems.rowid = articles_entry.id", "articles_stems MATCH %s"],
            params=[query],
        )

    @staticmethod
    def looking(using):
        return nullcontext()


class PostgreSQL:
    """A column of the entries' own table that Django does not know of: each stem with a letter for its column."""

    ADD = "UPDATE articles_entry SET stems = %s::tsvector WHERE id = %s"
    LETTERS = dict(zip(COLUMNS, "ABCD", strict=True))

    @classmethod
    def add(cls, cursor, rows):
        cursor.executemany(cls.ADD, [(cls.vector(columns), number) for number, columns in rows])

    @classmethod
    def vector(cls, columns):
        """Return a vector as PostgreSQL writes it: 'cramp':1A,3C."""
        places = {}
        for place, name in enumerate(COLUMNS, start=1):
            for stem in set(columns[name]):
                places.setdefault(stem, []).append(f"{place}{cls.LETTERS[name]}")
        return " ".join(f"'{stem}':{','.join(where)}" for stem, where in places.items())

    @classmethod
    def remove(cls, cursor, numbers):
        """Nothing is left to do: the stems went with their rows."""

    @classmethod
    def term(cls, stem, columns, prefix=False):
        return f"'{stem}':{'*' if prefix else ''}{''.join(cls.LETTERS[name] for name in columns)}"

    @staticmethod
    def all_of(parts):
        return "(" + " & ".join(parts) + ")"

    @staticmethod
    def any_of(parts):
        return "(" + " | ".join(parts) + ")"

    @staticmethod
    def matching(entries, query):
        return entries.extra(where=["articles_entry.stems @@ %s::tsquery"], params=[query])

    @staticmethod
    @contextmanager
    def looking(using):
        """Let the queries of a block use the index of stems.

        PostgreSQL can't know how rare a word is. It guesses one entry in 200, and for the first few of so many it
        would rather read all entries.
        """
        with transaction.atomic(using):
            with connections[using].cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
            yield


def backend_of(connection):
    return Sqlite if connection.vendor == "sqlite" else PostgreSQL


BACKEND = backend_of(connection)
