"""The picture that goes with a link to a page, where somebody shares it. Made of words alone; no database."""

import unicodedata
from functools import cache, lru_cache
from io import BytesIO

import font_source_serif_pro
from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 84
# The site's colours, as static/css/site.css has them
PAPER, INK, ACCENT, ACCENT_SOFT = "#fdfcf8", "#1b2a2d", "#0b6b5e", "#e6f2ee"
FINE = 3  # shapes are drawn as many times as large, so that shrinking makes them smooth
TITLE_SIZES = range(104, 47, -4)
MAX_LINES = 4
TITLE_HEIGHT = 270
LINE_HEIGHT = 1.14
ELLIPSIS = "…"
# The line of the mark (templates/_mark.html) in its square of 32: straight, then a curve; and one that comes to rest
STRAIGHT = [(5, 16), (8, 10), (12, 22), (16, 12)]
CURVE, CALM = [(16, 12), (18.5, 7), (20, 22), (27, 16)], [(16, 12), (18.5, 5), (20, 16), (29, 16)]


@lru_cache(maxsize=64)
def draw(title, topic, site):
    """Return a PNG of 1200 × 630 pixels with the site's mark and name, a title and the topic above it.

    A text in letters that the font does not have is left out whole.
    """
    said = writable(title)
    picture = background(has_words=bool(said)).copy()
    pen = ImageDraw.Draw(picture)
    write(pen, writable(site), (MARGIN + 88, 112), size=42, anchor="lm")
    if said:
        write_title(pen, said, writable(topic))
    file = BytesIO()
    picture.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def write(pen, text, place, *, size, anchor):
    """Write one line, cut where the room ends."""
    if text:
        [line] = cut([text], size, WIDTH - MARGIN - place[0])
        pen.text(place, line, font=font(size), fill=ACCENT, anchor=anchor)


def write_title(pen, title, topic):
    """Write the title as large as it fits, its last line always at the same height, and the topic above it."""
    size, lines = fit(title)
    height = size * LINE_HEIGHT
    top = 350 - height * len(lines) / 2
    if topic:
        top += 26
        write(pen, topic, (MARGIN, top - 22), size=38, anchor="ls")
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + height * (number + 0.8)), line, font=font(size), fill=INK, anchor="ls")


def fit(title):
    """Return the largest size in which a title fits, and its lines, of about the same length."""
    room = WIDTH - 2 * MARGIN
    for size in TITLE_SIZES:
        lines = wrap(title, size, room)
        if len(lines) * size * LINE_HEIGHT <= TITLE_HEIGHT and all(
            font(size).getlength(line) <= room for line in lines
        ):
            narrow = (wrap(title, size, width) for width in range(room // 2, room, 20))
            return size, next((found for found in narrow if len(found) == len(lines)), lines)
    return size, cut(lines, size, room)


def wrap(text, size, width):
    """Return the lines of a text, none wider than `width` but a word that is wider by itself."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def cut(lines, size, width):
    """Return the lines of a title that is too long for the picture, cut where the room ends."""
    kept = []
    for line in lines[:MAX_LINES]:
        end = next(end for end in range(len(line), 0, -1) if font(size).getlength(line[:end] + ELLIPSIS) <= width)
        kept.append(line if end == len(line) else line[:end] + ELLIPSIS)
    if len(lines) > MAX_LINES:
        kept[-1] = kept[-1].rstrip(ELLIPSIS) + ELLIPSIS
    return kept


@cache
def font(size):
    return ImageFont.truetype(font_source_serif_pro.font_files_ttf["SourceSerifProSemibold"], size)


@lru_cache(maxsize=4096)
def has_glyph(letter):
    """Return whether the font draws a character as something else than what it draws for unknown ones."""
    return bytes(font(20).getmask(letter)) != bytes(font(20).getmask("\U0010ffff"))


def writable(text):
    """Return a text without signs that the font lacks, or nothing if it lacks letters or digits of it."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    text = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C")  # marks that nobody sees
    missing = {letter for letter in text if letter != " " and not has_glyph(letter)}
    if any(unicodedata.category(letter)[0] in "LMN" for letter in missing - {"\ufe0e", "\ufe0f"}):
        return ""
    return " ".join("".join(letter for letter in text if letter not in missing).split())


@cache
def background(has_words):
    """Return the picture without words: the mark, and its line once more, large; quiet where words stand over it."""
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    pen = ImageDraw.Draw(picture)
    line = [(-90, 16), *STRAIGHT, *curve(CALM), (140, 16)]
    stroke(pen, line, (760, 386), 9, 2, ACCENT_SOFT) if has_words else stroke(pen, line, (330, 90), 18, 1.4, ACCENT)
    box = [MARGIN * FINE, 80 * FINE, (MARGIN + 64) * FINE, 144 * FINE]
    pen.rounded_rectangle(box, radius=18 * FINE, fill=ACCENT)
    stroke(pen, STRAIGHT + curve(CURVE), (MARGIN, 80), 2, 2.5, "#fff")
    pen.rectangle([0, (HEIGHT - 14) * FINE, WIDTH * FINE, HEIGHT * FINE], fill=ACCENT)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def curve(controls):
    """Return the points of a cubic curve."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = controls
    steps = [number / 24 for number in range(1, 25)]
    weights = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3) for t in steps]
    return [(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3) for a, b, c, d in weights]


def stroke(pen, points, corner, scale, width, colour):
    """Draw a line with round joints and ends through points that begin at a corner and are made larger."""
    placed = [((corner[0] + x * scale) * FINE, (corner[1] + y * scale) * FINE) for x, y in points]
    thickness = width * scale * FINE
    pen.line(placed, fill=colour, width=round(thickness))
    for x, y in placed:
        pen.circle((x, y), thickness / 2, fill=colour)
