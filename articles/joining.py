"""A form that was opened before somebody else saved: what both did is joined before the form is read.

Works on what browsers post. A text is put in the form that a browser would post it in, so that the three
(as it was opened, as it is posted, as it is now) can be compared; then articles/merging.py decides.
"""

import re
from dataclasses import dataclass, field

from django.http import QueryDict

from articles import merging
from articles.models import Revision, Section, Source

ROWS = {  # the fields of a row, by the prefix of its form
    "sections": ("kind", "heading", "body"),
    "sources": ("title", "publisher", "year", "url", "read_on"),
}
MODELS = {"sections": Section, "sources": Source}
THEIRS, DELETE = "theirs", "delete"


@dataclass
class Joined:
    """What to read instead of what was posted; `conflicts` are for the editor, `taken` is to be told."""

    data: QueryDict
    conflicts: list = field(default_factory=list)
    taken: list = field(default_factory=list)


def plain(value):
    """Return a value as a browser would post it, with line ends of one kind and no blanks around it."""
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def as_posted(text):
    """Return a text, as Revision.text gives it, with all values as a browser would post them."""
    posted = {name: plain(text[name]) for name in Revision.PLAIN}
    posted["authors"] = [{"id": str(author["id"])} for author in text["authors"]]
    for prefix, names in ROWS.items():
        posted[prefix] = [{"key": row["key"]} | {name: plain(row[name]) for name in names} for row in text[prefix]]
    return posted


def text_of(data, base):
    """Return what a form says, in the same shape. New rows have a key that no slug can be: "+" and their number."""
    posted = {name: plain(data.get(name)) for name in Revision.PLAIN}
    posted["authors"] = [{"id": pk} for pk in data.getlist("authors")]
    for prefix, names in ROWS.items():
        opened = {row["key"]: (place, row) for place, row in enumerate(base[prefix], start=1)}
        rows, seen = [], set()
        for index, fields in rows_of(data, prefix):
            key = fields.get("row_key") or f"+{index}"
            key = f"+{index}" if key in seen else key
            seen.add(key)
            decision = data.get(f"decide-{prefix}-{key}")
            row = {"key": key} | {name: plain(fields.get(name)) for name in names}
            before, theirs = opened.get(key, (None, row))
            row = theirs if decision == THEIRS else row
            is_empty = not any(row[name] for name in names if name != "kind")
            if "DELETE" not in fields and decision != DELETE and not (is_empty and key.startswith("+")):
                rows.append((place(fields.get("position"), before), row))
        # What the form doesn't mention, it leaves as it was.
        rows += [((at, 0), row) for key, (at, row) in opened.items() if key not in seen]
        posted[prefix] = [row for _place, row in sorted(rows, key=lambda pair: pair[0])]
    return posted


def rows_of(data, prefix):
    """Return a formset's rows, (index, {field: value}), of those that the form says it has."""
    pattern = re.compile(rf"{prefix}-(\d{{1,4}})-(\w+)")
    rows = {}
    for name in data:
        if part := pattern.fullmatch(name):
            rows.setdefault(int(part[1]), {})[part[2]] = data.get(name)
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
    `decide-<field>-<key>` is "keep" for what the form says, "theirs", or "delete".
    """
    now = article.revisions.order_by("number").last()
    version = data.get("version", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    opened = article.revisions.filter(number=int(version)).first() if is_number else None
    is_decided = any(name.startswith("decide-") for name in data)
    if now is None or opened is None or (opened == now and not is_decided):
        return Joined(data)
    base = as_posted(opened.text())
    mine = text_of(data, base)
    mine |= {name: base[name] for name in Revision.PLAIN if data.get(f"decide-{name}-") == THEIRS}
    merged = merging.merge(base, mine, as_posted(now.text()))
    joined = Joined(as_form(article, data, merged.text), merged.conflicts, merged.taken)
    joined.data["version"] = str(now.number)
    for name, current in (("slug", article.slug), ("topic", article.topic_id)):  # they belong to no version
        if data.get(name) == data.get(f"initial-{name}", data.get(name)):
            joined.data[name] = plain(current)
    return joined


def as_form(article, data, text):
    """Return a form's data that says what a merged text says: saved rows first, those that are gone marked so."""
    rows = re.compile(rf"({'|'.join(ROWS)})-\d+-\w+|decide-.*")
    form = QueryDict(mutable=True)
    for name, values in data.lists():
        if not rows.fullmatch(name):
            form.setlist(name, values)
    for name in Revision.PLAIN:
        form[name] = text[name]
    form.setlist("authors", [author["id"] for author in text["authors"]])
    for prefix, model in MODELS.items():
        saved = dict(model.objects.filter(article=article).values_list("key", "pk"))
        placed = [row | {"position": position} for position, row in enumerate(text[prefix], start=1)]
        keys = {row["key"] for row in placed}
        gone = [{"key": key, "DELETE": "on"} for key in saved if key not in keys]
        placed.sort(key=lambda row: row["key"] not in saved)
        for index, row in enumerate(gone + placed):
            fields = {"id": saved.get(row["key"], ""), "article": article.pk} | row
            key = fields.pop("key")
            fields["row_key"] = "" if key.startswith("+") else key
            for name, value in fields.items():
                form[f"{prefix}-{index}-{name}"] = str(value)
        form[f"{prefix}-TOTAL_FORMS"] = str(len(gone + placed))
        form[f"{prefix}-INITIAL_FORMS"] = str(len(saved))
    return form
