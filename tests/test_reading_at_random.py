"""Whatever an article's structure: written as text, HTML, Markdown or Word and read again, it says the same words."""

import io
import zipfile
from html import escape

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from articles import reading
from articles.reading_blocks import Block, Run, faithful, letters, spoken, text_of, tidy, write_all
from articles.rendering import MAX_BYTES

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Words as people write them, among them signs that mean something in Markdown.
SIGNS = st.sampled_from(
    [
        "*",
        "_x_",
        "<b>",
        "&amp;",
        "[^1]",
        "[a](b)",
        "|",
        "#",
        "1.",
        "-",
        "`",
        "~~",
        "\\",
        "“q”",
        "it's",
        ":",
        "=",
        "!",
        ">",
        "2)",
        "__",
        "*x*",
        "![a](b)",
        "^[a]",
    ]
)
LETTERS = st.text("abcdefgäéß", min_size=1, max_size=8)
WORD = st.one_of(LETTERS, LETTERS, LETTERS, SIGNS)
SENTENCE = st.lists(WORD, min_size=4, max_size=14).map(lambda words: f"Abc {' '.join(words)} end of it.")
ITEMS = st.recursive(
    st.lists(st.tuples(SENTENCE, st.just(())), min_size=2, max_size=4),
    lambda inner: st.lists(st.tuples(SENTENCE, st.one_of(st.just(()), inner)), min_size=2, max_size=3),
    max_leaves=6,
)
PART = st.one_of(SENTENCE.map(lambda text: ("p", text)), ITEMS.map(lambda items: ("ul", items)))
SECTION = st.tuples(st.text("abcdefg", min_size=3, max_size=10), st.lists(PART, min_size=1, max_size=4))
ARTICLE = st.lists(SECTION, min_size=1, max_size=4)


def sentences(items):
    return [said for text, inner in items for said in (text, *sentences(inner))]


def said_in(article):
    """Return all that an article says, in order."""
    found = []
    for heading, parts in article:
        found.append(f"Head {heading}")
        for kind, value in parts:
            found += [value] if kind == "p" else sentences(value)
    return letters("".join(found))


def said_by(found):
    return "".join(letters(section["heading"]) + spoken(section["body"]) for section in found.sections)


def as_html(article):
    def items(rows):
        return f"<ul>{''.join(f'<li>{escape(text)}{items(inner) if inner else str()}' for text, inner in rows)}</ul>"

    parts = []
    for heading, inner in article:
        parts.append(f"<h2>Head {heading}</h2>")
        parts += [f"<p>{escape(value)}" if kind == "p" else items(value) for kind, value in inner]
    return f"<title>Of all</title><h1>Of all</h1>{''.join(parts)}"


def as_text(article):
    def items(rows, depth=0):
        for text, inner in rows:
            yield f"{'    ' * depth}• {text}"
            yield from items(inner, depth + 1)

    parts = ["Of all"]
    for heading, inner in article:
        parts.append(f"Head {heading}\n{'-' * (len(heading) + 5)}")
        parts += [value if kind == "p" else "\n".join(items(value)) for kind, value in inner]
    return "\n\n".join(parts)


def blocks_of(article):
    def items(rows):
        return Block("list", items=[[paragraph(text), *([items(inner)] if inner else [])] for text, inner in rows])

    def paragraph(text):
        return Block("paragraph", [Run(text)])

    for heading, inner in article:
        yield Block("heading", [Run(f"Head {heading}")], level=2)
        yield from (paragraph(value) if kind == "p" else items(value) for kind, value in inner)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
NUMBERING = (
    f"<w:numbering {W}><w:abstractNum w:abstractNumId='0'>"
    + "".join(f"<w:lvl w:ilvl='{level}'><w:numFmt w:val='bullet'/></w:lvl>" for level in range(9))
    + "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num></w:numbering>"
)


def word_file(body, **parts):
    """Return the bytes of a Word file with a body in XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/numbering.xml", NUMBERING)
        for name, text in parts.items():
            archive.writestr(f"word/{name}.xml", text)
    return file.getvalue()


def word_paragraph(text, style="", level=None):
    properties = f"<w:pStyle w:val='{style}'/>" if style else ""
    if level is not None:
        properties += f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='1'/></w:numPr>"
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{escape(text)}</w:t></w:r></w:p>"


def as_word(article):
    def items(rows, depth=0):
        for text, inner in rows:
            yield word_paragraph(text, level=depth)
            yield from items(inner, depth + 1)

    parts = [word_paragraph("Of all", "Heading1")]
    for heading, inner in article:
        parts.append(word_paragraph(f"Head {heading}", "Heading2"))
        for kind, value in inner:
            parts += [word_paragraph(value)] if kind == "p" else list(items(value))
    return word_file("".join(parts))


@SLOW
@given(ARTICLE)
def test_html_says_the_same_again(article):
    assert said_by(reading.read("a.html", as_html(article).encode())) == said_in(article)


@SLOW
@given(ARTICLE)
def test_text_says_the_same_again(article):
    assert said_by(reading.read("a.txt", as_text(article).encode())) == said_in(article)


@SLOW
@given(ARTICLE)
def test_markdown_says_the_same_again(article):
    markdown = f"# Of all\n\n{write_all(blocks_of(article))}"
    assert said_by(reading.read("a.md", markdown.encode())) == said_in(article)


@SLOW
@given(ARTICLE)
def test_word_files_say_the_same_again(article):
    assert said_by(reading.read("a.docx", as_word(article))) == said_in(article)


@SLOW
@given(ARTICLE)
def test_the_structure_comes_back_as_well(article):
    for name, content in (("a.html", as_html(article).encode()), ("a.docx", as_word(article))):
        found = reading.read(name, content)
        assert [row["heading"] for row in found.sections] == [f"Head {heading}" for heading, _parts in article]


TAGS = "<p> </p> <li> <ul> </ul> <ol> <table> <tr> <td> </td> </table> <b> </b> <pre> <dl> <dt> <dd> <sup> <h1> <h2>"
SCRAPS = "<!-- --> <![if ]> & &#0; &#xD800; --- a: [^1] [^1]: ``` ~~~ | > # 1. • o - Share x <a\xa0href='#x'>"
HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode(errors="surrogatepass")),
    st.lists(
        st.sampled_from([*TAGS.split(" "), *SCRAPS.split(" "), "\t", "\n", "\r", "\x00", "\xa0", "\u200b"]), max_size=60
    ).map(lambda parts: " ".join(parts).encode()),
)


@settings(max_examples=100, deadline=None)
@given(HOSTILE, st.sampled_from([".txt", ".md", ".html", ".docx"]))
@example(b"PK\x03\x04", ".docx")
@example(b"---\n? [a]\n---\nx", ".md")
@example(b"---\n- [a, {b: *c}]\n---\nx", ".md")
@example(b"#\n#", ".md")
@example(b"!\n#", ".md")
@example(b"# ![](x.png)\n#", ".md")
@example(b"<h1></h1><p>a</p><h2><img src=x></h2>", ".html")
def test_any_bytes_are_read_or_refused_in_a_sentence(content, suffix):
    found = read_or_refused(lambda: reading.read(f"a{suffix}", content))
    assert isinstance(found, str) or 0 < len(found.title) <= 120
    for section in [] if isinstance(found, str) else found.sections:
        assert 0 < len(section["heading"]) <= 120
        assert len(section["body"].encode()) <= MAX_BYTES


def read_or_refused(read):
    """Return what was read, or the sentence that says why it could not be."""
    try:
        return read()
    except reading.Unreadable as refused:
        return str(refused)


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_anything_pasted_is_read_or_refused(content):
    text = content.decode(errors="surrogateescape")
    assert isinstance(read_or_refused(lambda: reading.html_to_markdown(text)), str)


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"]) | st.just(" "), max_size=80)
)
def test_any_text_reads_the_same_as_a_paragraph(text):
    block = Block("paragraph", tidy([Run(text)]))
    if text_of(block.runs):
        assert spoken(write_all([faithful(block)])) == letters(text)
