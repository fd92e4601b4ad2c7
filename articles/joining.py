"""A form that was opened before somebody else saved: what both did is joined before the form is read.

Works on what browsers post. A text is put in the form that a browser would post it in, so that the three
(as it was opened, as it is posted, as it is now) can be compared; then articles/merging.py decides.
"""

import re
from dataclasses import dataclass, field
from itertools import zip_longest

from django.core.validators import slug_re
from django.http import QueryDict

from articles import kinds, merging
from articles.models import Article, Revision

# They belong to no version, so the form says what they were: `initial-slug`
IDENTITY = ("slug", "topic", "language", "translation_of")
FIELDS = (*Revision.PLAIN, *IDENTITY)
ROWS = {  # the fields of a row, by the prefix of its form
    "sections": ("kind", "heading", "body", *kinds.FIELDS, *kinds.PICTURES),
    "sources": ("title", "publisher", "year", "url", "read_on"),
}
NOTHING = dict.fromkeys(Revision.PLAIN, "") | {"authors": [], "sections": [], "sources": []}
KEEP, THEIRS, DELETE = "keep", "theirs", "delete"
DECISION = re.compile(r"decide-([a-z_]+)-([\w-]*)")  # the field, and the key of its row


@dataclass
class Joined:
    """What to read instead of what was posted, and what to tell the editor."""

    data: QueryDict
    conflicts: list = field(default_factory=list)  # merging.Conflicts: what both changed
    taken: list = field(default_factory=list)  # names of what came from others
    overruled: list = field(default_factory=list)  # of lists that others ordered too, in vain
    since: list = field(default_factory=list)  # the revisions saved since the form was opened


def plain(value):
    """Return a value as a browser would post it, with line ends of one kind and no blanks around it."""
    return "" if value is None else plain_lines(str(value)).strip()


def plain_lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_posted(text):
    """Return a text, as Revision.text gives it, with all values as a browser would post them."""
    posted = {name: plain(text[name]) for name in Revision.PLAIN}
    posted["authors"] = [{"id": str(author["id"])} for author in text["authors"]]
    for prefix, names in ROWS.items():
        rows = map(with_picture_ids, text[prefix])
        posted[prefix] = [{"key": row["key"]} | {name: plain(row.get(name)) for name in names} for row in rows]
    return posted


def with_picture_ids(row):
    """Return a row with the ids of its pictures in the fields that a form has for them."""
    return row | {name: picture["id"] for name, picture in zip(kinds.PICTURES, row.get("pictures", ()), strict=False)}


def text_of(data, base):
    """Return what a form says, in the same shape. What it doesn't mention it leaves as it was."""
    posted = {name: plain(data.get(name, base[name])) for name in FIELDS}
    posted |= {name: base[name] for name in FIELDS if data.get(f"decide-{name}-") == THEIRS}
    posted["authors"] = [{"id": pk} for pk in data.getlist("authors")] if has_authors(data) else base["authors"]
    for prefix in ROWS:
        posted[prefix] = rows_of(data, prefix, base[prefix])
    return posted


def has_authors(data):
    """Return whether a form showed the authors: a browser does not mention a box without a tick."""
    return "authors" in data or "authors_shown" in data


def rows_of(data, prefix, base):
    """Return the rows that a form says, in the order of their numbers. New ones have keys like "+3", no slugs."""
    opened = {row["key"]: (number, row) for number, row in enumerate(base, start=1)}
    rows, seen = [], set()
    for index, fields in posted_rows(data, prefix):
        key = fields.get("row_key", "")
        if key in seen or not slug_re.fullmatch(key):
            key = f"+{index}"
        seen.add(key)
        number, before = opened.get(key, (None, {}))
        row = {"key": key} | {name: plain(fields.get(name, before.get(name))) for name in ROWS[prefix]}
        row = comparable(row) if prefix == "sections" else row
        decision = data.get(f"decide-{prefix}-{key}")
        row = before if before and decision == THEIRS else row
        is_blank = key.startswith("+") and not any(row[name] for name in ROWS[prefix] if name != "kind")
        if "DELETE" not in fields and decision != DELETE and not is_blank:
            rows.append((place(fields.get("position", number), number), row))
    rows += [((number, 0), row) for key, (number, row) in opened.items() if key not in seen]
    return [row for _place, row in sorted(rows, key=lambda pair: pair[0])]


def comparable(row):
    """Return a section as it would come back after a save: without fields of other kinds or gaps between pictures."""
    shown = [row[name] for name in kinds.PICTURES if row[name]]
    return kinds.only_own(row) | dict(zip_longest(kinds.PICTURES, shown, fillvalue=""))


def posted_rows(data, prefix):
    """Return the rows of a form as they were posted: (index, {field: value}), of ticked boxes with blanks between."""
    pattern = re.compile(rf"{prefix}-(\d{{1,4}})-(\w+)")
    rows = {}
    for name in data:
        if part := pattern.fullmatch(name):
            values = data.getlist(name) if part[2] == kinds.POSTURES else [data.get(name)]
            rows.setdefault(int(part[1]), {})[part[2]] = " ".join(filter(None, values))
    return sorted(rows.items())


def place(wanted, before):
    """Return what to sort a row by: its number; with the same one, a row that came up the page stands first.

    `wanted` is the number posted, in whatever form; `before` the one it had, None for a new row.
    """
    try:
        wanted = int(wanted)
    except (TypeError, ValueError):
        return (float("inf"), 0)
    came_down = before is not None and wanted > before
    came_up = before is None or wanted < before
    return (wanted, 1 if came_down else -1 if came_up else 0)


def join(article, data):
    """Return a posted form Joined with what was saved since it was opened.

    `data` names the version that it was opened with, and says how conflicts that it showed were decided:
    `decide-<field>-<key>` is "keep" for what the form says, "theirs", or "delete". With an unknown version
    whatever differs is a conflict.
    """
    now = article.revisions.order_by("number").last()
    if now is None:
        return Joined(data)
    opened = opened_with(article, data)
    theirs = as_posted(Revision.of(article).text()) | identity_of(article)
    base = as_posted(opened.text()) if opened else NOTHING
    base = base | {name: data.get(f"initial-{name}", theirs[name]) for name in IDENTITY}
    is_decided = any(map(DECISION.fullmatch, data))
    if opened == now and not is_decided and all(base[name] == theirs[name] for name in IDENTITY):
        return Joined(data)
    mine = text_of(data, base)
    for prefix in ROWS:
        name_twins(mine[prefix], base[prefix], theirs[prefix])
    merged = merging.merge(base, mine, theirs)
    form = as_form(article, data, merged.text, theirs)
    form["version"] = str(now.number)
    return Joined(
        form,
        conflicts=[*merged.conflicts, *undecided(data, mine, theirs, merged.conflicts)],
        taken=list(dict.fromkeys(name_of(*at, value_of(theirs, *at), value_of(base, *at)) for at in merged.taken)),
        overruled=merged.overruled,
        since=list(article.revisions.filter(number__gt=opened.number if opened else now.number - 1)),
    )


def identity_of(article):
    """Return what belongs to no version of an article, as a browser would post it: its original by the address."""
    said = {name: plain(article.serializable_value(name)) for name in IDENTITY}
    return said | {"translation_of": article.translation_of.slug if article.translation_of else ""}


def opened_with(article, data):
    """Return the revision that a form was opened with, or None for an unknown one."""
    version = data.get("version", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    return article.revisions.filter(number=int(version)).first() if is_number else None


def name_twins(mine, base, theirs):
    """Give a new row the key of one that was saved meanwhile and says the same: one form that was sent twice."""
    known = {row["key"] for row in [*base, *mine]}
    added = [row for row in theirs if row["key"] not in known]
    for row in mine:
        twin = next((other for other in added if other == row | {"key": other["key"]}), None)
        if twin and row["key"].startswith("+"):
            row["key"] = twin["key"]
            added.remove(twin)


def undecided(data, mine, theirs, conflicts):
    """Return the Conflicts that the form showed and that its editor did not decide, besides those found anew."""
    found = {(conflict.field, conflict.key) for conflict in conflicts}
    for part in filter(None, map(DECISION.fullmatch, data)):
        name, key = part.groups()
        if name in (*FIELDS, *ROWS) and (name, key) not in found and data[part[0]] not in (KEEP, THEIRS, DELETE):
            pair = value_of(mine, name, key), value_of(theirs, name, key)
            if pair[0] != pair[1]:
                yield merging.Conflict(name, key, pair[1], *pair)


def value_of(text, name, key):
    """Return a field of a text, or the row of a list by its key, or None."""
    if name not in merging.ROWS:
        return text[name]
    return next((row for row in text[name] if row[merging.ROWS[name]] == key), None)


def name_of(name, key, *values):
    """Return what an editor calls a part of the text: the heading of the first row that has one, or the field."""
    if name not in ROWS:
        return str(Article._meta.get_field(name).verbose_name)
    rows = filter(None, values)
    return next(filter(None, (row["heading" if name == "sections" else "title"] for row in rows)), key)


def fields_of_other_kinds(article, data):
    """Return a function that gives of a row what its section keeps in the fields of other kinds: no text has that."""
    kept = {
        section.key: {name: plain(getattr(section, name)) for name in kinds.FIELDS}
        for section in article.sections.all()
    }
    for index, fields in posted_rows(data, "sections"):
        kept.setdefault(fields.get("row_key") or f"+{index}", {}).update(fields)

    def unseen(row):
        own, values = kinds.OWN.get(row["kind"], ()), kept.get(row["key"], {})
        return {name: values[name] for name in kinds.FIELDS if name in values and name not in own}

    return unseen


def as_form(article, data, text, theirs):
    """Return a form's data that says what a merged text says: saved rows first, those that are gone marked so."""
    rows = re.compile(rf"({'|'.join(ROWS)})-\d+-\w+|decide-.*")
    form = QueryDict(mutable=True)
    for name, values in data.lists():
        if not rows.fullmatch(name):
            form.setlist(name, values)
    for name in FIELDS:
        form[name] = text[name]
    for name in IDENTITY:
        form[f"initial-{name}"] = theirs[name]
    form.setlist("authors", [author["id"] for author in text["authors"]])
    unseen = fields_of_other_kinds(article, data)
    for prefix in ROWS:
        saved = dict(getattr(article, prefix).values_list("key", "pk"))
        gone = {row["key"]: row | {"DELETE": "on"} for row in theirs[prefix]}
        placed = gone | {row["key"]: row for row in text[prefix]}
        order = [row["key"] for row in text[prefix]]
        merging.insert_missing(order, list(gone))
        for index, key in enumerate(sorted(order, key=lambda key: key not in saved)):
            fields = placed[key] | {"id": saved.get(key, ""), "article": article.pk}
            fields |= unseen(placed[key]) if prefix == "sections" else {}
            fields["position"] = order.index(key) + 1
            fields["row_key"] = "" if key.startswith("+") else key
            for name, value in fields.items():
                form[f"{prefix}-{index}-{name}"] = str(value)
        form[f"{prefix}-TOTAL_FORMS"] = str(len(order))
        form[f"{prefix}-INITIAL_FORMS"] = str(len(saved))
    return form
