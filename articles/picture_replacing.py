"""A picture replaced in all working copies. What readers see stays until an editor publishes.

Nothing of an article that others save meanwhile is lost: each is locked and changed as it stands then.
"""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles import library, publishing, showing
from articles.exchange import escape
from articles.kinds import FIELDS, PICTURES
from articles.models import Article
from articles.rendering import validate_length
from articles.workflow import Refused

TEXTS = ("body", *FIELDS)


def concerned(old):
    """Return the articles whose working copy shows a picture (in the library, or Picture(image=…) within texts)."""
    uses = library.in_working_copies().filter(library.uses_of(old))
    return Article.objects.filter(pk__in=uses.values("article")).order_by("title", "pk")


def in_text(text, old, new):
    """Return a Markdown text with another image in an image's place, with that one's description."""
    if not old.image or old.image not in showing.named(text):
        return text
    if not new.image:
        raise Refused([_("The picture stands within the text, where a drawing can't stand. Choose an image instead.")])
    said = "decorative" if new.is_decorative else escape(new.alt)
    shown = rf"!\[(?:\\.|[^\[\]\\])*\]\(\s*<?{re.escape(old.image)}>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
    changed = re.sub(shown, lambda _found: f"![{said}]({new.image})", text).replace(old.image, new.image)
    if old.image in showing.named(changed):
        raise Refused([_("The picture's address is written there with signs that can't be replaced. Do it by hand.")])
    validate_length(changed)
    return changed


def in_row(row, names, old, new):
    """Change the texts of an article or a section that name the old picture; return the names of those changed."""
    changed = []
    for name in names:
        before = getattr(row, name)
        if isinstance(before, str) and (after := in_text(before, old, new)) != before:
            setattr(row, name, after)
            changed.append(name)
    return changed


def in_section(section, old, new):
    """Change a section; return the names of the fields that were changed."""
    shown = [getattr(section, name) for name in PICTURES]
    changed = in_row(section, TEXTS, old, new)
    if old.pk and old in shown:
        kept = list(dict.fromkeys(new if picture == old else picture for picture in shown if picture))
        for name, picture in zip(PICTURES, [*kept, None, None], strict=False):
            setattr(section, name, picture)
        changed += PICTURES
    return changed


def changes(article, old, new):
    """Return the rows of an article that a replacement changes, changed but not saved, as (row, its fields).

    Raises Refused with the reasons why it can't be.
    """
    try:
        rows = [(article, in_row(article, showing.GROUNDS, old, new))]
        rows += [(row, in_section(row, old, new)) for row in article.sections.select_related(*PICTURES)]
    except ValidationError as error:
        raise Refused(error.messages) from error
    return [(row, names) for row, names in rows if names]


@transaction.atomic
def replace(article, old, new, *, by):
    """Put a picture in the place of another in an article's working copy, and return the new revision.

    Raises Refused where the article is deleted, or does not show the old one any more.
    """
    article = publishing.lock(article)
    if article.deleted_at:
        raise Refused([_("The article is deleted. Undo that first.")])
    publishing.record(article, by=by)
    found = changes(article, old, new)
    if not found:
        raise Refused([_("It does not show the picture any more.")])
    for row, names in found:
        row.save(update_fields=[*names, "updated_at"] if row is article else names)
    name = old.title or old.image.rpartition("/")[2]
    note = _("The picture “%(old)s” was replaced by “%(new)s”.") % {"old": name[:60], "new": new.title[:60]}
    return publishing.record(article, by=by, note=note, action="replace_picture")
