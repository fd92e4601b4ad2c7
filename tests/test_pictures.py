"""Uploaded pictures: each is made anew as WebP, and a file that is none is refused with a sentence."""

import random
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve
from PIL import Image, ImageCms, PngImagePlugin

from articles import pictures
from articles.rendering import PICTURE

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UNREADABLE = r"can't be read as a picture\. Choose a JPEG, PNG or WebP file\."
TOO_MANY_PIXELS = "more than 30 million pixels. Choose a smaller one"


def quarters(width=120, height=80):
    """Return a picture whose quarters are red and green, over blue and white."""
    picture = Image.new("RGB", (width, height))
    for index, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        left, top = index % 2 * width // 2, index // 2 * height // 2
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def encode(picture, kind="PNG", **options):
    """Return a picture's file as bytes; WebP without loss."""
    file = BytesIO()
    picture.save(file, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}) | options)
    return file.getvalue()


def upload(content, name="foot.jpg", kind="image/jpeg"):
    return SimpleUploadedFile(name, content, kind)


def stored(settings, address):
    """Return the bytes that were stored for an address."""
    return (settings.MEDIA_ROOT / address.removeprefix("/media/")).read_bytes()


def store(settings, content, **names):
    """Store a file and return the picture that was made of it."""
    picture = Image.open(BytesIO(stored(settings, pictures.store(upload(content, **names)))))
    picture.load()
    return picture


def files(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def corners(picture):
    """Return the colours in the middle of the four quarters, line by line."""
    width, height = picture.size
    return [picture.convert("RGB").getpixel((width * x // 4, height * y // 4)) for y in (1, 3) for x in (1, 3)]


def alike(colours, others, tolerance=12):
    return all(
        abs(one - other) <= tolerance
        for pixel, expected in zip(colours, others, strict=True)
        for one, other in zip(pixel, expected, strict=True)
    )


def chunk(name, content):
    """Return a part of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, rows, *, depth=8, colour=0, extra=b""):
    """Return a PNG file written by hand, which may lie."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# What comes out


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_jpeg_png_and_webp_become_webp_under_a_name_of_ours(settings, kind):
    address = pictures.store(upload(encode(quarters(), kind)))
    picture = Image.open(BytesIO(stored(settings, address)))
    assert resolve(address).url_name == "media"
    assert PICTURE.fullmatch(address).groups() == ("120", "80")
    assert (picture.format, picture.size) == ("WEBP", (120, 80))
    assert alike(corners(picture), [RED, GREEN, BLUE, WHITE])


def test_the_same_file_twice_is_two_pictures(settings):
    content = encode(quarters())
    assert pictures.store(upload(content)) != pictures.store(upload(content))
    assert len(files(settings)) == 2


@pytest.mark.parametrize(
    ("size", "shrunk"),
    [
        ((1600, 1600), (1600, 1600)),
        ((1601, 100), (1600, 100)),
        ((3200, 1000), (1600, 500)),
        ((1000, 3200), (500, 1600)),
        ((1, 5000), (1, 1600)),
        ((5000, 1), (1600, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_picture_has_at_most_1600_pixels_on_its_long_side(settings, size, shrunk):
    address = pictures.store(upload(encode(Image.new("RGB", size))))
    assert PICTURE.fullmatch(address).groups() == tuple(map(str, shrunk))
    assert Image.open(BytesIO(stored(settings, address))).size == shrunk


# The turn that a camera left to the viewer, and how a picture lies in the file before it
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("profile", [None, SRGB, b"broken"])
def test_a_picture_stands_upright(settings, orientation, kind, profile):
    turn = TURNS[orientation]
    lying = quarters() if turn is None else quarters().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = store(settings, encode(lying, kind, exif=exif, icc_profile=profile))
    assert picture.size == (120, 80)
    assert alike(corners(picture), [RED, GREEN, BLUE, WHITE])


def test_a_large_picture_that_lies_on_its_side_shrinks_upright(settings):
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = quarters(2000, 3200).transpose(Image.Transpose.ROTATE_90)
    address = pictures.store(upload(encode(lying, "JPEG", exif=exif)))
    assert PICTURE.fullmatch(address).groups() == ("1000", "1600")


def test_nothing_but_pixels_is_kept(settings):
    exif = Image.Exif()
    exif[0x010E], exif[0x0131] = "secret-description", "secret-software"
    exif.get_ifd(0x8825)[29] = "secret-gps-date"
    exif.get_ifd(0x8769)[0x9286] = b"secret-comment"
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "secret-author")
    text.add_itxt("XML:com.adobe.xmp", "secret-xmp")
    text.add_text("Notes", "secret-notes" * 20, zip=True)
    sources = [
        encode(quarters(), "JPEG", exif=exif, icc_profile=SRGB, comment="secret", xmp=b"secret-xmp", dpi=(72, 72)),
        encode(quarters(), "PNG", exif=exif, icc_profile=SRGB, pnginfo=text, dpi=(72, 72)),
        encode(quarters(), "WEBP", exif=exif, icc_profile=SRGB, xmp=b"secret-xmp"),
        encode(quarters(), "PNG", exif=exif, icc_profile=b"secret-profile"),
    ]
    for source in sources:
        content = stored(settings, pictures.store(upload(source)))
        picture = Image.open(BytesIO(content))
        assert not any(word in content for word in (b"secret", b"EXIF", b"Exif", b"XMP ", b"ICCP"))
        assert pictures.read(BytesIO(source)).info == {}
        assert not dict(picture.getexif())
        assert not {"exif", "icc_profile", "xmp", "comment", "dpi"} & set(picture.info)


@pytest.mark.parametrize(
    "source",
    [
        encode(Image.new("RGBA", (40, 40), (*RED, 0))),
        encode(Image.new("RGBA", (40, 40), (*RED, 0)), "WEBP"),
        encode(Image.new("RGBA", (40, 40), (*RED, 0)), icc_profile=SRGB),
        encode(Image.new("RGBA", (40, 40), (*RED, 0)), icc_profile=b"broken"),
        encode(Image.new("RGBA", (4000, 40), (*RED, 0))),
        encode(Image.new("LA", (40, 40), (9, 0)), icc_profile=SRGB),
        encode(Image.new("L", (40, 40), 9), transparency=9),
        encode(Image.new("RGB", (40, 40), RED), transparency=RED),
        encode(Image.new("RGB", (40, 40), RED), transparency=RED, icc_profile=SRGB),
        encode(Image.new("RGB", (40, 40), RED).quantize(), transparency=0),
        encode(Image.new("RGB", (4000, 40), RED).quantize(), transparency=0),
        encode(Image.new("RGBA", (40, 40), (*RED, 0)).quantize()),
        png(16, 1, b"\0\xff\xff", depth=1, extra=chunk(b"tRNS", b"\0\1")),
    ],
)
def test_transparency_stays(settings, source):
    picture = store(settings, source)
    assert picture.mode == "RGBA"
    assert picture.getchannel("A").getextrema() == (0, 0)


def test_half_of_transparency_stays_too(settings):
    picture = store(settings, encode(Image.new("RGBA", (40, 40), (*BLUE, 128))))
    assert picture.getchannel("A").getextrema() == (128, 128)


GREY = (128, 128, 128)


@pytest.mark.parametrize(
    ("source", "colour"),
    [
        (encode(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG"), RED),
        (encode(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", icc_profile=SRGB), RED),
        (encode(Image.new("L", (40, 40), 128), "JPEG"), GREY),
        (encode(Image.new("L", (40, 40), 128), icc_profile=SRGB), GREY),
        (encode(Image.new("LA", (40, 40), (128, 255))), GREY),
        (encode(Image.new("RGB", (40, 40), BLUE).convert("P")), BLUE),
        (encode(Image.new("RGB", (40, 40), BLUE).convert("P"), icc_profile=SRGB), BLUE),
        (encode(Image.new("1", (40, 40), 1)), WHITE),
        (encode(Image.new("I;16", (40, 40), 0x8000)), GREY),
        (encode(Image.new("I;16", (4000, 40), 0x8000)), GREY),
        (png(4, 4, (b"\0" + b"\x80\x00" * 12) * 4, depth=16, colour=2), GREY),
        (png(4, 4, (b"\0" + (b"\x80\x00" * 3 + b"\xff\xff") * 4) * 4, depth=16, colour=6), GREY),
        (png(4, 4, b"\0\xaa" * 4, depth=2), (170, 170, 170)),
        (encode(quarters(), "JPEG", progressive=True)[:2] + encode(Image.new("RGB", (40, 40), RED), "JPEG")[2:], RED),
        (encode(Image.new("RGB", (40, 40), RED), "MPO", save_all=True, append_images=[quarters()]), RED),
    ],
    ids=range(15),
)
def test_pictures_of_all_kinds_keep_their_colours(settings, source, colour):
    picture = store(settings, source).convert("RGB")
    assert alike([picture.getpixel((0, 0)), picture.getpixel((picture.width - 1, picture.height - 1))], [colour] * 2)


def test_a_picture_with_a_palette_shrinks_smoothly(settings):
    stripes = Image.new("RGB", (4800, 60), WHITE)
    for left in range(0, 4800, 3):
        stripes.paste((0, 0, 0), (left, 0, left + 1, 60))
    for mode in ("P", "1"):
        colours = store(settings, encode(stripes.convert(mode))).convert("L").getextrema()
        assert colours[0] > 100  # a third black, two thirds white, mixed
        assert colours[1] < 230


def test_a_colour_profile_is_converted():
    # A profile in which red and blue have changed places: what a viewer must show as blue is stored as blue.
    swapped = SRGB.replace(b"rXYZ", b"swap").replace(b"bXYZ", b"rXYZ").replace(b"swap", b"bXYZ")
    picture = pictures.read(BytesIO(encode(Image.new("RGB", (40, 40), RED), icc_profile=swapped)))
    assert alike([picture.getpixel((0, 0))], [BLUE])


@pytest.mark.parametrize(
    "profile",
    [b"x", b"broken" * 100, SRGB[:100], SRGB[:200], SRGB[:128] + b"\xff" * 400, bytes(600),
     ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()],
    ids=["a letter", "words", "100 bytes", "200 bytes", "a wrong table", "zeros", "LAB"],  # profiles hold the time
)  # fmt: skip
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_broken_or_unfit_colour_profile_does_no_harm(settings, profile, mode):
    picture = store(settings, encode(quarters().convert(mode), icc_profile=profile))
    assert alike(corners(picture), corners(quarters().convert(mode)))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_moment_is_kept(settings, kind):
    moving = encode(quarters(), kind, save_all=True, append_images=[Image.new("RGB", (120, 80))], duration=100)
    picture = store(settings, moving)
    assert getattr(picture, "n_frames", 1) == 1
    assert alike(corners(picture), [RED, GREEN, BLUE, WHITE])


# What is refused


def assert_refused(settings, content, message=UNREADABLE, **names):
    with pytest.raises(ValidationError, match=message):
        pictures.store(upload(content, **names))
    assert files(settings) == []


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PDF", "PPM", "ICO", "TGA", "JPEG2000", "PCX", "SGI", "EPS"])
def test_other_kinds_of_pictures_are_refused(settings, kind):
    assert_refused(settings, encode(quarters(), kind))


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", "foot.jpg", "image/jpeg"),
        (b"\x00", "foot.jpg", "image/jpeg"),
        (b"These are words.", "foot.png", "image/png"),
        (b"<html><script>alert(1)</script></html>", "foot.gif", "image/gif"),
        (b"GIF89a/*<script>alert(1)</script>*/", "foot.png", "image/png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "foot.svg", "image/svg+xml"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "foot.webp", "image/webp"),
        (b"%PDF-1.7\n%", "foot.jpg", "image/jpeg"),
        (b"PK\x03\x04" + bytes(100), "foot.jpg", "image/jpeg"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run", "foot.jpg", "image/jpeg"),
        (b"push graphic-context\nfill 'url(https://example.org/)'", "foot.png", "image/png"),
        (b"<script>alert(1)</script>" + encode(quarters(), "JPEG"), "foot.jpg", "image/jpeg"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(settings, content, name, kind):
    assert_refused(settings, content, name=name, kind=kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_ends_too_soon_is_refused(settings, kind):
    content = encode(Image.effect_noise((60, 40), 90).convert("RGB"), kind)
    for length in [*range(60), *range(60, len(content) - 30, len(content) // 40)]:
        assert_refused(settings, content[:length])


@pytest.mark.parametrize(
    "start",
    [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
     b"RIFF\xf0\x01\0\0WEBPVP8 ", b"RIFF\xf0\x01\0\0WEBPVP8L", b"RIFF\xf0\x01\0\0WEBPVP8X"],
)  # fmt: skip
def test_noise_that_begins_like_a_picture_is_refused(settings, start):
    noise = random.Random(1)  # noqa: S311  the same noise in each run
    for _ in range(60):
        assert_refused(settings, start + noise.randbytes(500), f"{UNREADABLE}|{TOO_MANY_PIXELS}")


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the faults
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_with_faults_is_a_picture_or_refused_but_never_an_error(kind):
    noise = random.Random(2)  # noqa: S311  the same faults in each run
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encode(quarters(), kind, exif=exif, icc_profile=SRGB)
    for _ in range(200):
        broken = bytearray(content)
        for _ in range(noise.randint(1, 20)):
            broken[noise.randrange(len(broken))] = noise.randrange(256)
        with suppress(ValidationError):
            assert pictures.read(BytesIO(broken)).mode in ("RGB", "RGBA")


def test_a_file_of_too_many_bytes_is_refused_and_one_of_just_as_many_is_not(settings):
    settings.MARKDOWNX_UPLOAD_MAX_SIZE = 1_000_000
    content = encode(quarters(), "JPEG")
    assert_refused(settings, content.ljust(1_000_001, b"\0"), r"has 2 MB\. Choose one of at most 1 MB\.")
    assert store(settings, content.ljust(1_000_000, b"\0")).size == (120, 80)


@pytest.mark.parametrize("side", [6_000, 20_000, 100_000, 2**31 - 1])
def test_a_header_that_claims_too_many_pixels_is_refused(settings, side):
    assert_refused(settings, png(side, side, b"\0"), TOO_MANY_PIXELS)


def test_a_small_file_of_very_many_pixels_is_refused(settings):
    bomb = png(7_000, 7_000, bytes(7_000 * 876), depth=1)
    assert len(bomb) < 10_000
    assert_refused(settings, bomb, TOO_MANY_PIXELS)
    assert_refused(settings, encode(Image.new("L", (7_000, 7_000)), "JPEG"), TOO_MANY_PIXELS)


def test_as_many_pixels_as_allowed_are_read(settings):
    assert store(settings, png(30_000, 1_000, bytes(3_751 * 1_000), depth=1)).size == (1600, 53)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_small_file_of_very_much_text_is_no_error(name):
    inflating = zlib.compress(bytes(20_000_000))
    text = b"a\0\1\0\0\0" + inflating if name == b"iTXt" else b"a\0\0" + inflating
    with suppress(ValidationError):
        assert pictures.read(BytesIO(png(4, 4, bytes(20), extra=chunk(name, text)))).size == (4, 4)


# What was hidden in a file

PAYLOADS = [
    b"<html><script>alert(1)</script>",
    b"<?php system($_GET['c']); ?>",
    b"PK\x05\x06" + bytes(18),
    b"*/=alert(1)/*",
    b"<svg onload=alert(1)>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_hidden_behind_a_picture_is_not_stored(settings, kind, payload):
    content = stored(settings, pictures.store(upload(encode(quarters(), kind) + payload)))
    assert payload not in content
    assert content[:4] == b"RIFF"
    assert len(content) == 8 + struct.unpack("<I", content[4:8])[0]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_hidden_inside_a_picture_is_not_stored(settings, payload):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", payload.decode("latin-1"))
    text.add(b"evIl", payload)
    palette = Image.new("P", (40, 40))
    palette.putpalette((payload * 30)[:768].ljust(768, b"\0"))
    for source in (
        encode(quarters(), "JPEG", comment=payload, xmp=payload),
        encode(quarters(), pnginfo=text),
        encode(palette),
        encode(quarters(), "WEBP", xmp=payload),
    ):
        assert payload not in stored(settings, pictures.store(upload(source)))


@pytest.mark.parametrize(
    "name",
    ["../../settings.py", "/etc/passwd", "..\\..\\x.jpg", "foot.html", "foot.jpg.php", "foot.jpg\x00.html", "x" * 5_000,
     "\u202egpj.exe", "<script>alert(1)</script>.jpg", "CON", ".htaccess", " ", "\r\nSet-Cookie: a=b", "\udcff.jpg",
     "%2e%2e%2f"],
)  # fmt: skip
def test_the_name_of_a_file_has_no_influence(settings, name):
    file = upload(encode(quarters()), kind="text/html; charset=utf-8")
    file._name = name  # as it came, before Django takes the folders off
    address = pictures.store(file)
    assert resolve(address).url_name == "media"
    assert [f"/media/images/{path.name}" for path in files(settings)] == [address]
    assert files(settings)[0].parent == settings.MEDIA_ROOT / "images"
