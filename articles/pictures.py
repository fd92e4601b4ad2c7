"""Pictures from editors: made anew by Pillow, so that nothing of the file they sent is ever served."""

from io import BytesIO
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

MAX_PIXELS = 30_000_000
MAX_SIDE = 1_600  # pixels; twice the width of the text, for fine screens
FORMATS = ("JPEG", "PNG", "WEBP")


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
    content = BytesIO()
    picture.save(content, "WEBP", quality=82)
    name = f"{settings.MARKDOWNX_MEDIA_PATH}{uuid4().hex}-{picture.width}x{picture.height}.webp"
    return settings.MEDIA_URL + default_storage.save(name, ContentFile(content.getvalue()))


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
