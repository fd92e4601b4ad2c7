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
                raise ValidationError(
                    _("This picture has %(size)d million pixels. Choose one of at most %(limit)d million."),
                    code="too_many_pixels",
                    params={"size": picture.width * picture.height // 1_000_000, "limit": MAX_PIXELS // 1_000_000},
                )
            picture.thumbnail((MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(to_srgb(picture))
            pixels = Image.new(upright.mode, upright.size)
            pixels.paste(upright)
            return pixels
    except ValidationError:
        raise
    except Exception as error:  # Pillow's readers raise a dozen kinds for a broken file
        raise ValidationError(
            _("This file can't be read as a picture. Choose a JPEG, PNG or WebP file."), code="unreadable"
        ) from error


def to_srgb(picture):
    """Return the picture in the colours of the web, since its colour profile goes with the metadata."""
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except ImageCms.PyCMSError:
            pass  # a broken profile: the colours as they are
    return picture.convert(mode)
