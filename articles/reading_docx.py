"""Word files to HTML that reading_html reads, with all of their text. No database.

A Word file is a ZIP archive of XML. Only the parts that have text are opened, after a look at their size; a file that
declares what XML should stand for is refused. What the converter leaves out is looked for, word by word.
"""

import io
import re
import zipfile
from collections import Counter
from xml.etree import ElementTree
from xml.parsers import expat

import mammoth
from bs4 import BeautifulSoup
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.reading_blocks import Line, Unreadable, letters, refuse_long, shortened
from articles.reading_bytes import refuse_others

MAX_UNZIPPED = 20_000_000  # bytes of all parts that are read
MAX_PARTS = 5_000
MAX_ELEMENTS = 500_000
MAX_PARAGRAPHS = 10_000
MAX_DEPTH = 100
MAIN = "word/document.xml"
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels"
    r"|word/(?:_rels/)?(?:document|styles|numbering|footnotes|endnotes)2?\.xml(?:\.rels)?"
)
ASIDE = re.compile(r"word/(header|footer|comments)\d{0,3}\.xml")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
VALUE = f"{W}val"
TEXT, MATH = f"{W}t", f"{M}t"
STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Quotations'] => blockquote > p:fresh
p[style-name='Block Text'] => blockquote > p:fresh
p[style-name='Block Quotation'] => blockquote > p:fresh
p[style-name='Preformatted Text'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='List Continue'] => ul|ol > li > p:fresh
p.continues0 => ul|ol > li > p:fresh
p.continues1 => ul|ol > li > ul|ol > li > p:fresh
p.continues2 => ul|ol > li > ul|ol > li > ul|ol > li > p:fresh
p[style-name='List Heading'] => dl > dt:fresh
p[style-name='List Contents'] => dl > dd:fresh
"""


def to_html(content):
    """Return a Word file's text as HTML, and the lines of the report so far. Raises Unreadable."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            _("This Word file has a password or is of an old kind (.doc). Save it as .docx without a password.")
        )
    if not content.startswith(b"PK"):
        refuse_others(content)
        raise Unreadable(
            _("This is no Word file, whatever its name says. Save the text as .docx in Word or LibreOffice.")
        )
    parts = read_parts(content)
    trees = {name: tree_of(part) for name, part in parts.items() if not name.endswith(".rels")}
    refuse_endless(trees)
    report = tell_aside(trees)
    report += tell_changes(trees[MAIN])
    try:
        html = mammoth.convert_to_html(
            rezipped(parts, trees[MAIN]),
            style_map=STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(lambda picture: {"src": "picture", "alt": picture.alt_text or ""}),
        ).value
    except (RecursionError, KeyError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise broken() from error
    return html + as_html(lost(trees, html, report)), report


def refuse_endless(trees):
    """Raise Unreadable for more than an article has, before the converter spends half a minute on it."""
    refuse_long("".join(text.text or "" for tree in trees.values() for text in tree.iter(TEXT)))
    if sum(1 for _paragraph in trees[MAIN].iter(f"{W}p")) > MAX_PARAGRAPHS:
        raise Unreadable(_("This Word file is larger or more nested than any text. Copy its text into a new one."))


def broken():
    return Unreadable(_("This Word file is broken. Open it in Word or LibreOffice, save it anew, and try again."))


def read_parts(content):
    """Return the parts of a Word file that have text, by name."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            refuse_hostile(entries)
            return {entry.filename: archive.read(entry) for entry in entries if is_read(entry.filename)}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise broken() from error
    except RuntimeError as error:  # that is what an encrypted entry raises
        raise Unreadable(_("This file has a password. Save it without one, and try again.")) from error


def is_read(name):
    return bool(PARTS.fullmatch(name) or ASIDE.fullmatch(name))


def refuse_hostile(entries):
    """Raise Unreadable for an archive that is no Word file, or would not stay small."""
    names = Counter(entry.filename for entry in entries)
    size = sum(entry.file_size for entry in entries if is_read(entry.filename))
    if MAIN not in names or "[Content_Types].xml" not in names:
        raise Unreadable(_("This archive is no Word file (.docx)."))
    if len(entries) > MAX_PARTS or size > MAX_UNZIPPED or max(names.values()) > 1:
        sentence = _("Unpacked, the text of this file would be larger than %(limit)d MB. Divide it into several files.")
        raise Unreadable(sentence % {"limit": MAX_UNZIPPED // 1_000_000})
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(_("This file has a password. Save it without one, and try again."))


def tree_of(part):
    """Return a part as a tree. Raises Unreadable where it is no plain XML."""
    builder, depth, count = ElementTree.TreeBuilder(), 0, 0
    parser = expat.ParserCreate(namespace_separator="}")

    def start(name, attributes):
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise Unreadable(_("This Word file is larger or more nested than any text. Copy its text into a new one."))
        builder.start(qualified(name), {qualified(key): value for key, value in attributes.items()})

    def end(name):
        nonlocal depth
        depth -= 1
        builder.end(qualified(name))

    def refuse(*_arguments):
        raise Unreadable(_("This Word file declares things that no word processor writes, so it is not opened."))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise broken() from error
    return builder.close()


def qualified(name):
    return f"{{{name}" if "}" in name else name


def rezipped(parts, tree):
    """Return an archive of nothing but these parts, for the converter; the main one as what its tree has become."""
    raise_letters(tree)
    belong_to_items(tree)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            if PARTS.fullmatch(name):
                archive.writestr(name, ElementTree.tostring(tree, "UTF-8") if name == MAIN else part)
    file.seek(0)
    return file


def raise_letters(tree):
    """Say in Word's own way what LibreOffice says by moving letters up or down."""
    for position in tree.iter(f"{W}position"):
        moved = position.get(VALUE, "0")
        if re.fullmatch(r"-?[1-9]\d{0,3}", moved):
            position.tag = f"{W}vertAlign"
            position.set(VALUE, "subscript" if moved.startswith("-") else "superscript")


def belong_to_items(tree):
    """Let a paragraph whose number was taken away belong to the item before it, where the same list goes on below."""
    last, between = None, []
    for paragraph in tree.iter(f"{W}p"):
        own = paragraph.find(f"{W}pPr/{W}numPr/{W}numId")
        number = own.get(VALUE) if own is not None else None
        if number == "0" and last:
            between.append(paragraph)
            continue
        for inner in between if number == last else ():
            style = inner.find(f"{W}pPr/{W}pStyle")
            level = inner.find(f"{W}pPr/{W}numPr/{W}ilvl")
            if style is not None:
                style.set(VALUE, f"continues{level.get(VALUE) if level is not None else 0}")
        last, between = number if number != "0" else None, []


# What is not in the text


def tell_aside(trees):
    """Return the lines of the report for page headers, page footers and comments."""
    rules = {
        "header": _("the header of each page"),
        "footer": _("the footer of each page"),
        "comments": _("a comment in the margin"),
    }
    report = []
    for name, tree in trees.items():
        found = ASIDE.fullmatch(name)
        said = paragraphs_of(tree) if found else []
        report += [Line(0, shortened(text), _("left out: {rule}").format(rule=rules[found[1]])) for text in said]
    return report


def tell_changes(tree):
    """Return the lines of the report for tracked changes: insertions stay, deletions don't."""
    report = []
    inserted = sum(1 for _found in tree.iter(f"{W}ins")) + sum(1 for _found in tree.iter(f"{W}moveTo"))
    if inserted:
        sentence = ngettext("%d tracked insertion is now text", "%d tracked insertions are now text", inserted)
        report.append(Line(0, "", sentence % inserted))
    for deleted in (*tree.iter(f"{W}del"), *tree.iter(f"{W}moveFrom")):
        texts = [part.text or "" for part in deleted.iter() if part.tag in (f"{W}delText", TEXT)]
        if said := shortened("".join(texts)):
            report.append(Line(0, said, _("left out: {rule}").format(rule=_("deleted, as tracked changes say"))))
    return report


def paragraphs_of(tree):
    """Return the text of each paragraph, as it is without tracked deletions; one in another counts for itself."""
    found, open_ones = [], []

    def walk(element):
        tag = element.tag
        if tag in (f"{W}del", f"{W}moveFrom", f"{W}instrText"):
            return
        if tag == f"{W}p":
            open_ones.append([])
            found.append(open_ones[-1])
        if open_ones and tag in (TEXT, MATH):
            open_ones[-1].append(element.text or "")
        if open_ones and tag in (f"{W}tab", f"{W}br", f"{W}cr"):
            open_ones[-1].append(" ")
        for child in element:
            walk(child)
        if tag == f"{W}p":
            open_ones.pop()

    walk(tree)
    return [text for texts in found if (text := "".join(texts).strip())]


def lost(trees, html, report):
    """Return the paragraphs of a Word file that its HTML doesn't have, and report them."""
    said = letters(plain_of(html))
    names = [name for name in trees if re.fullmatch(r"word/(document|footnotes|endnotes)\.xml", name)]
    missing, place = [], 0
    for name in names:
        for text in paragraphs_of(trees[name]):
            at = said.find(letters(text), place)
            at = at if at >= 0 else said.find(letters(text))
            if at < 0:
                missing.append(text)
                report.append(Line(0, shortened(text), _("stood apart from the text; kept at its end")))
            else:
                place = at
    return missing


def plain_of(html):
    return BeautifulSoup(html, "html.parser").get_text()


def as_html(paragraphs):
    return "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
