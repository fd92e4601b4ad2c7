"""Pictures from editors: made anew by Pillow, so that nothing of the file they sent is ever served."""

import contextlib
import logging
from io import BytesIO
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

from articles.rendering import PICTURE, WIDTHS, smaller

logger = logging.getLogger(__name__)
MAX_PIXELS = 30_000_000
MAX_SIDE = 1_600  # pixels; twice the width of the text, for fine screens
FOLDER = settings.MEDIA_URL + settings.MARKDOWNX_MEDIA_PATH
FORMATS = ("JPEG", "PNG", "WEBP")


class NotStored(ValidationError):
    """The storage could not be asked, or took nothing."""


def store(file):
    """Store an uploaded picture as WebP under a name of ours and return its address on this site.

    A file that is too large, has too many pixels or is no JPEG, PNG or WebP is a ValidationError.
    """
    if file.size > settings.MARKDOWNX_UPLOAD_MAX_SIZE:
        raise ValidationError(
            _("This picture has %(size)d MB. Choose one of at most %(limit)d MB."),
            code="too_large",
            params={"size": -(-file.size // 1_000_000), "limit": settings.MARKDOWNX_UPLOAD_MAX_SIZE // 1_000_000},
        )
    picture = read(file)
    mark = "w" if picture.width > min(WIDTHS) else ""
    address = f"{FOLDER}{uuid4().hex}-{picture.width}x{picture.height}{mark}.webp"
    # The smaller ones first: what names the picture names them all.
    store_smaller(address, picture)
    keep(address, picture)
    return address


def store_smaller(address, picture):
    """Store those smaller files of a picture that its address promises and that are not there yet."""
    for width, name in smaller(address).items():
        with told():
            is_there = default_storage.exists(file_of(name))
        if not is_there:
            keep(name, picture.resize((width, max(1, round(picture.height * width / picture.width)))))


def make_smaller(address):
    """Make the smaller files that an address promises, where only the picture itself is stored."""
    with default_storage.open(file_of(address)) as file, Image.open(file, formats=["WEBP"]) as picture:
        store_smaller(address, picture)


def keep(address, picture):
    content = BytesIO()
    picture.save(content, "WEBP", quality=82)
    with told():
        default_storage.save(file_of(address), ContentFile(content.getvalue()))


@contextlib.contextmanager
def told():
    """Make what goes wrong with the storage (a full disk, a bucket that gives no answer) NotStored."""
    try:
        yield
    except OSError as error:
        logger.error("A picture could not be stored: %s", error)
        words = _("The picture could not be stored at this moment. Nothing else is lost: try again in a minute.")
        raise NotStored(words) from error


def file_of(address):
    """Return the name in the storage of what stands at an address."""
    return address.removeprefix(settings.MEDIA_URL)


def is_stored(address):
    """Return whether an address is that of a picture of ours whose file there is."""
    with told():
        return bool(PICTURE.fullmatch(address)) and default_storage.exists(file_of(address))


def read(file):
    """Return a picture's pixels upright, in sRGB and no larger than a page needs, without its metadata."""
    try:
        # Naming the formats keeps Pillow's many other readers, and their faults, out of reach.
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            shrunk = to_mixable(picture)
            shrunk.thumbnail((MAX_SIDE, MAX_SIDE))
            # First upright: the change of colours leaves behind what says how a picture lies.
            upright = to_srgb(ImageOps.exif_transpose(shrunk))
            pixels = Image.new(upright.mode, upright.size)
            pixels.paste(upright)
            return pixels
    except Image.DecompressionBombError as error:  # ours, or Pillow's for a still larger one
        raise ValidationError(
            _("This picture has more than %(limit)d million pixels. Choose a smaller one."),
            code="too_many_pixels",
            params={"limit": MAX_PIXELS // 1_000_000},
        ) from error
    except Exception as error:  # Pillow's readers raise a dozen kinds for a broken file
        raise ValidationError(
            _("This file can't be read as a picture. Choose a JPEG, PNG or WebP file."), code="unreadable"
        ) from error


def to_mixable(picture):
    """Return the picture with a colour of 8 bits per channel for each pixel, for shrinking mixes neighbours."""
    if picture.mode.startswith("I"):
        # Pillow cuts 16 bits off at 255, which would leave little but white.
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in ("1", "P") or "transparency" in picture.info:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture


def to_srgb(picture):
    """Return the picture in the colours of the web, since its colour profile goes with the metadata."""
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the colours as they are
    return picture.convert(mode)
