"""What an article's form says before anybody saves it, for those who look at it or check it meanwhile."""

from django.core.exceptions import ValidationError

from articles import joining, kinds
from articles.models import Contributor, Picture, Revision, Section, Source, next_key


def revision_of(article, data):
    """Return what a posted form says of a saved article, as a Revision that is never saved.

    A value that no column takes, such as a number in letters, is as if it were not there.
    """
    base = joining.as_posted(Revision.of(article).text()) | joining.identity_of(article)
    text = joining.text_of(data, base)
    return Revision(
        article=article,
        **{name: read(Revision, name, text[name]) for name in Revision.PLAIN},
        sections=sections_of(text["sections"]),
        sources=[Source(**values(Source, row, joining.ROWS["sources"])).as_text() for row in keyed(text["sources"])],
        authors=[author.as_text() for author in found(Contributor, [row["id"] for row in text["authors"]])],
    )


def sections_of(rows):
    """Return posted sections as a revision keeps them."""
    names = ("kind", "heading", "body", *kinds.FIELDS)
    ids = {pk for row in rows for name in kinds.PICTURES if (pk := row[name])}
    pictures = {str(picture.pk): picture for picture in found(Picture, ids)}
    shown = ({name: pictures.get(row[name]) for name in kinds.PICTURES} for row in rows)
    return [
        Section(**values(Section, row, names), **own).as_text() for row, own in zip(keyed(rows), shown, strict=True)
    ]


def keyed(rows):
    """Give rows in order, new ones with a key as the first save would give them one."""
    taken = {row["key"] for row in rows}
    for row in rows:
        if not row["key"].startswith("+"):
            yield row
            continue
        key = next_key(row.get("heading") or row.get("publisher") or row.get("title"), taken)
        taken.add(key)
        yield row | {"key": key}


def values(model, row, names):
    return {"key": row["key"]} | {name: read(model, name, row[name]) for name in names}


def read(model, name, text):
    """Return what a column makes of posted text; nothing where it can make nothing of it."""
    column = model._meta.get_field(name)
    try:
        return column.to_python(text) if text or not column.null else None
    except ValidationError:
        return None if column.null else ""


def found(model, ids):
    """Return the rows of posted ids, in the model's order, without those that there are none of."""
    return model.objects.filter(pk__in=[pk for pk in ids if pk.isascii() and pk.isdigit() and len(pk) < 19])
