"""Numbers in, SVG out. No database, and no style attributes: the desk's style sheet colours the classes.

A plot has no frame of its own size. Places across are in per cent and places down in pixels, so that it is as wide as
its page while its letters keep their size, at 320 pixels too.
"""

import textwrap

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT = 180  # of what a plot with an axis shows, in pixels
ABOVE, BELOW = 26, 26  # it, for letters
LEFT, RIGHT = 11, 99  # where the bars begin and end, in per cent
GAP = 0.22  # between bars, as a part of one
LINE, BAR = 18, 28  # pixels down for each line of a name, and for the bar below it
LETTERS = 32  # of a name that fit into one line on a phone


def drawing(kind, said, height, content):
    """Return a whole SVG. `said` is its id on the page, and the name and description for who can't see it."""
    name, title, description = said
    return format_html(
        '<svg class="plot {}" role="img" aria-labelledby="{}-title {}-text" width="100%" height="{}" direction="ltr">'
        '<title id="{}-title">{}</title><desc id="{}-text">{}</desc>{}</svg>',
        *(kind, name, name, height, name, title, name, description, content),
    )


def each(pattern, rows):
    return format_html_join("", pattern, rows)


def per_cent(number):
    """Return a number as SVG wants it, whatever the language: 12.5%."""
    return f"{number:.2f}%"


def round_up(number):
    """Return the next number that reads well on an axis and has a whole half: 2, 4, 10, 20, 40, 100 …"""
    step = 1
    while True:
        for nice in (2, 4, 6, 10):
            if nice * step >= number:
                return nice * step
        step *= 10


def down(value, top):
    """Return how far down a value stands on an axis that ends with `top`."""
    return round(ABOVE + HEIGHT * (1 - value / top), 1)


def axis(marks, top):
    """Return the quiet lines across, each with its label at the left; `marks` are of (value, label)."""
    rows = [(down(value, top), down(value, top) - 5, label) for value, label in marks]
    lines = '<line class="grid" x1="0" x2="100%" y1="{}" y2="{}"/>'
    return each(lines, [(y, y) for y, _label, _text in rows]) + each(
        '<text class="mark" x="0" y="{1}">{2}</text>', rows
    )


def places(number):
    """Return for each of a number of things in a row where it begins, its middle and how wide it is, in per cent."""
    width = (RIGHT - LEFT) / max(number, 1)
    return [(LEFT + width * i, LEFT + width * (i + 0.5), width) for i in range(number)]


def labels_below(labels, spots):
    """Return the labels under what stands in a row: about six of them, and three where the page is narrow."""
    step = -(-len(labels) // 6) or 1
    shown = range(0, len(labels), step)
    rows = [
        ("mark below" + (" spare" if turn % 2 else ""), per_cent(spots[i][1]), ABOVE + HEIGHT + 19, labels[i])
        for turn, i in enumerate(shown)
    ]
    return each('<text class="{}" x="{}" y="{}">{}</text>', rows)


def stacked(bars, said):
    """Return bars over time; `bars` are of (label, lower part, upper part, what they say).

    The lower part has the accent colour.
    """
    top = round_up(max((lower + upper for _label, lower, upper, _tip in bars), default=0) or 1)
    spots, parts = places(len(bars)), SafeString("")
    for (_label, lower, upper, tip), (start, _middle, width) in zip(bars, spots, strict=True):
        x, across = per_cent(start + width * GAP / 2), per_cent(width * (1 - GAP))
        ends = (down(0, top), down(lower, top), down(lower + upper, top))
        if upper:
            parts += piece("rest", x, ends[2], across, ends[1] - ends[2], tip)
        if lower:
            parts += piece("main", x, ends[1], across, ends[0] - ends[1], tip)
    marks = [(value, number_format(value, force_grouping=True)) for value in (0, top // 2, top)]
    content = axis(marks, top) + parts + labels_below([bar[0] for bar in bars], spots)
    return drawing("stacked", said, ABOVE + HEIGHT + BELOW, content)


def piece(kind, x, y, width, height, tip):
    """Return one rectangle. What is too small to see keeps a pixel."""
    shape = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    return format_html(shape, kind, x, y, width, round(max(height, 1), 1), tip)


def lying(rows, said):
    """Return bars that lie, each below its name; `rows` are of (name, how long from 0 to 1, words, is main)."""
    parts, y = SafeString(""), 0
    for name, length, words, is_main in rows:
        lines = textwrap.wrap(name, LETTERS) or [""]
        parts += each(
            '<text class="name" x="0" y="{}">{}</text>', [(y + 15 + LINE * i, t) for i, t in enumerate(lines)]
        )
        y += LINE * len(lines)
        parts += format_html('<text class="said" x="100%" y="{}">{}</text>', y - 3, words)
        parts += format_html('<rect class="track" x="0" y="{}" width="100%" height="10" rx="5"/>', y + 5)
        if length:
            bar = '<rect class="{}" x="0" y="{}" width="{}" height="10" rx="5"/>'
            parts += format_html(bar, "main" if is_main else "rest", y + 5, per_cent(max(length * 100, 1)))
        y += BAR
    return drawing("lying", said, y, parts)


def whiskers(points, said):
    """Return shares with their intervals in a row.

    `points` are of (label, share, lowest, highest, are enough, what they say); a share of None leaves its place empty.
    """
    spots, parts = places(len(points)), SafeString("")
    for (_label, share, lowest, highest, is_enough, tip), (_start, middle, _width) in zip(points, spots, strict=True):
        if share is None:
            continue
        x, ends = per_cent(middle), (down(lowest, 1), down(highest, 1))
        shape = '<g class="{}"><title>{}</title><line class="reach" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        parts += format_html(shape, "point" if is_enough else "point few", tip, x, x, *ends)
        parts += format_html('<circle cx="{}" cy="{}" r="5"/></g>', x, down(share, 1))
    marks = [(0, "0%"), (0.5, "50%"), (1, "100%")]
    content = axis(marks, 1) + parts + labels_below([point[0] for point in points], spots)
    return drawing("whiskers", said, ABOVE + HEIGHT + BELOW, content)
