"""The library of pictures: where each is shown, and which files nothing shows.

Where pictures are shown is asked of PictureUse alone, for the pictures of one page at a time. Which files there are
only the storage knows: its list of names is read once, and the names that the database has with one query.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import pausing, pictures, publishing, showing
from articles.models import Article, Picture, PictureUse, Revision, SiteStatement
from articles.rendering import PICTURE, placeholders

WRITING = timedelta(days=1)  # a younger file may stand in a text that somebody has not saved yet
MOST_PLACES = 500  # uses that a picture's page lists
WITHIN = Q(number=None)
MISSING = Q(is_decorative=False) & Q(*(Q(alt__iexact=words) for words in placeholders()), _connector=Q.OR)


# Where pictures are shown


def in_working_copies():
    """Return the uses by working copies that are not deleted."""
    return PictureUse.objects.filter(revision=None, article__deleted_at=None)


def uses_of(picture):
    """Return a condition for the uses of a picture, or of an image that is not in the library, given as Picture."""
    within = Q(number=None, name=picture.image) if picture.image else Q(pk__in=[])
    return within | Q(number=picture.pk) if picture.pk else within


def annotated(queryset):
    """Return pictures with `used`, whether a working copy shows them, and `is_missing`, whether one lacks words."""
    own, within = Q(number=OuterRef("pk")), Q(number=None, name=OuterRef("image"))
    uses = in_working_copies()
    return queryset.annotate(
        used=Exists(uses.filter(own)) | Exists(uses.filter(within)),
        lacks=Exists(uses.filter(own, is_missing=True)) | Exists(uses.filter(within, is_missing=True)),
    )


def counts(found):
    """Return {id: (working copies, versions that are or were public)} of some pictures, with one query."""
    images = {picture.image: picture.pk for picture in found if picture.image}
    uses = PictureUse.objects.filter(Q(number__in=[picture.pk for picture in found]) | Q(number=None, name__in=images))
    working = Count("article", distinct=True, filter=Q(revision=None, article__deleted_at=None))
    public = Count("revision", distinct=True, filter=Q(revision__published_at__lte=timezone.now()))
    numbers = {picture.pk: (0, 0) for picture in found}
    for row in uses.order_by().values("number", "name").annotate(working=working, public=public):
        pk = row["number"] or images[row["name"]]
        numbers[pk] = (numbers[pk][0] + row["working"], numbers[pk][1] + row["public"])
    return numbers


@dataclass
class Place:
    """An article that shows a picture: its working copy, the version that readers see, and older versions."""

    article: Article
    is_working: bool = False
    live: int | None = None
    older: list = field(default_factory=list)


def places(picture):
    """Return the articles that show a picture, by title, as Places; of very many the first."""
    uses = PictureUse.objects.filter(uses_of(picture)).select_related("article")
    uses = uses.annotate(version=F("revision__number")).order_by("article__title", "article", "version")[:MOST_PLACES]
    found = {}
    for use in uses:
        place = found.setdefault(use.article_id, Place(use.article))
        if use.version is None:
            place.is_working = True
        elif use.version not in place.older:
            place.older.append(use.version)
    for article, number in Revision.objects.published().filter(article__in=found).values_list("article", "number"):
        if number in found[article].older:
            found[article].older.remove(number)
            found[article].live = number
    return list(found.values())


def within_texts(missing=False):
    """Return the images that stand within working copies but not in the library, by how many lack words there.

    Each is a dict: name, copies, missing.
    """
    uses = in_working_copies().filter(WITHIN).exclude(Exists(Picture.objects.filter(image=OuterRef("name"))))
    found = uses.order_by().values("name")
    found = found.annotate(copies=Count("article"), missing=Count("article", filter=Q(is_missing=True)))
    return (found.filter(missing__gt=0) if missing else found).order_by("-missing", "name")


def articles_within(names, most=5):
    """Return {name: the first articles whose working copy has that image within its text}, with one query."""
    found = {name: [] for name in names}
    uses = in_working_copies().filter(WITHIN, name__in=names).select_related("article").order_by("article__title")
    for use in uses[: most * 100]:
        if len(found[use.name]) < most:
            found[use.name].append(use.article)
    return found


# Files that nothing shows


@dataclass
class Unused:
    """An image that was uploaded and that nothing shows, with all its files."""

    address: str
    files: list
    uploaded_at: datetime

    @property
    def is_young(self):
        return timezone.now() - self.uploaded_at < WRITING


def stored():
    """Return the files of all uploaded images by the image's address, smaller widths beside the whole one."""
    try:
        _folders, names = default_storage.listdir(pictures.file_of(pictures.FOLDER))
    except FileNotFoundError:
        return {}
    found = {}
    for name in names:
        address = pictures.FOLDER + re.sub(r"w\d+(?=\.webp$)", "w", name)
        if PICTURE.fullmatch(address):
            found.setdefault(address, []).append(pictures.file_of(pictures.FOLDER + name))
    return found


def known(addresses=None):
    """Return the addresses that a working copy, a version, the library or a site statement names.

    With `addresses`, only these are asked for.
    """
    uses, library = PictureUse.objects.all(), Picture.objects.exclude(image="")
    if addresses is not None:
        uses, library = uses.filter(name__in=addresses), library.filter(image__in=addresses)
    statements = SiteStatement.objects.filter(about__contains="images").values_list("about", flat=True)
    return {
        *uses.order_by().values_list("name", flat=True).distinct(),
        *library.values_list("image", flat=True),
        *(name for text in statements for name in showing.named(text)),
    }


def unused():
    """Return the images that nothing shows, the oldest first."""
    files = stored()
    found = [unused_image(address, files[address]) for address in files.keys() - known()]
    return sorted(filter(None, found), key=lambda image: (image.uploaded_at, image.address))


def unused_image(address, files):
    """Return an Unused, or None where its files have gone meanwhile."""
    try:
        return Unused(address, files, max(map(default_storage.get_modified_time, files)))
    except FileNotFoundError:
        return None


def delete_unused(*, by):
    """Delete the files of images that nothing shows and that are a day old; return how many images these were.

    Each is asked for once more right before its files go, with the database held where it can be. None goes while a
    backup is made (OSError).
    """
    gone = []
    try:
        with pausing.no_backup():
            for image in unused():
                with transaction.atomic():
                    if not image.is_young and image.address not in known([image.address]):
                        for name in image.files:
                            default_storage.delete(name)
                        gone.append(image.address)
    finally:  # a bucket may give no answer in the middle
        log_deleted(gone, by)
    return len(gone)


def delete_unfinished():
    """Delete what uploads left that ended with their process, once it is a day old; not while a backup is made."""
    with pausing.no_backup():
        default_storage.delete_unfinished(older=WRITING.total_seconds())


def log_deleted(gone, by):
    if gone:
        names = ", ".join(address.rpartition("/")[2] for address in gone[:20])
        words = _("Images that nothing showed were deleted: %(number)d. %(names)s")
        publishing.log("picture", by=by, note=words % {"number": len(gone), "names": names})
