"""Joining what two people did to one text, section by section. No database: texts in, a text out.

A text is what Revision.text gives. What only one of the two changed is taken from that one; what both
changed differently is a conflict, for a person to decide, and the merged text holds "mine" there.
"""

from dataclasses import dataclass, field

ROWS = {"sections": "key", "sources": "key", "authors": "id"}  # lists of rows, and what tells a row


@dataclass
class Conflict:
    """What both changed: a field, or a row of a list. `mine` or `theirs` is None where it was deleted."""

    field: str
    key: str
    base: object
    mine: object
    theirs: object


@dataclass
class Merged:
    """The joined text, and what a person must decide.

    `taken` names what came from them: (field, key) pairs; `overruled` the lists whose order both changed: mine stands.
    """

    text: dict
    conflicts: list = field(default_factory=list)
    taken: list = field(default_factory=list)
    overruled: list = field(default_factory=list)


def merge(base, mine, theirs):
    """Return two changed forms of one text joined."""
    merged = Merged({})
    for name in base:
        if name in ROWS:
            merged.text[name] = merge_rows(merged, name, base[name], mine[name], theirs[name])
        else:
            merged.text[name] = choose(merged, name, "", base[name], mine[name], theirs[name])
    return merged


def choose(merged, name, key, base, mine, theirs):
    """Return the one of two that was changed; if both were, mine, and note the conflict."""
    if theirs in (base, mine):
        return mine
    if mine == base:
        merged.taken.append((name, key))
        return theirs
    merged.conflicts.append(Conflict(name, key, base, mine, theirs))
    return mine if mine is not None else theirs  # a text deleted here and changed there stays to be looked at


def merge_rows(merged, name, base, mine, theirs):
    """Return the rows of a list joined, in the order of whoever changed the order; of both, mine."""
    by = ROWS[name]
    base_rows, my_rows, their_rows = ({row[by]: row for row in rows} for rows in (base, mine, theirs))
    rows = {}
    for key in dict.fromkeys([*my_rows, *their_rows]):
        chosen = choose(merged, name, key, base_rows.get(key), my_rows.get(key), their_rows.get(key))
        if chosen is not None:
            rows[key] = chosen
    is_mine, is_theirs = reordered(base_rows, my_rows), reordered(base_rows, their_rows)
    first, second = (my_rows, their_rows) if is_mine else (their_rows, my_rows)
    if is_mine and is_theirs and reordered(their_rows, my_rows):
        merged.overruled.append(name)
    order = [key for key in first if key in rows]
    insert_missing(order, [key for key in second if key in rows])
    return [rows[key] for key in order]


def reordered(base, rows):
    """Return whether the rows that were there before stand in another order now."""
    kept = [key for key in base if key in rows]
    return kept != [key for key in rows if key in base]


def insert_missing(order, keys):
    """Put keys that an order lacks behind those they follow elsewhere."""
    for index, key in enumerate(keys):
        if key not in order:
            before = next((other for other in reversed(keys[:index]) if other in order), None)
            order.insert(order.index(before) + 1 if before is not None else 0, key)
