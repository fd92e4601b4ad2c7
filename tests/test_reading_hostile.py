"""Files that are broken, foreign, wrongly encoded or mean harm: a sentence, or all of their text."""

import io
import zipfile

import pytest

from articles import reading, reading_docx
from articles.rendering import render_markdown
from tests.html_reader import assert_safe
from tests.test_reading import became, read, unreadable
from tests.test_reading_at_random import W, word_file, word_paragraph

SENTENCE = "The muscle’s “calf” – 5\u00a0km, café."
PAGE = f"<h1>Feet</h1><h2>One</h2><p>{SENTENCE}</p>"


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "cp1252"])
def test_text_is_read_in_the_encoding_it_is_written_in(encoding):
    found = reading.read("a.txt", f"Feet\n\nOne\n\n{SENTENCE} {SENTENCE}\n".encode(encoding))
    assert found.sections[0]["body"] == f"{SENTENCE} {SENTENCE}"


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252"])
def test_html_that_says_latin_is_read_as_browsers_do(declared):
    page = f'<meta charset="{declared}">{PAGE}'.encode("cp1252")
    assert reading.read("a.html", page).sections[0]["body"] == SENTENCE


def test_html_whose_declared_encoding_is_wrong_is_read_anyway():
    page = f'<meta charset="no-such-thing">{PAGE}'.encode()
    assert reading.read("a.html", page).sections[0]["body"] == SENTENCE


def test_text_read_in_a_wrong_encoding_once_is_put_right_if_that_is_certain():
    twice = PAGE.encode().decode("cp1252", errors="replace")
    assert "\ufffd" in twice  # some bytes are no sign in Windows-1252: not certain
    assert "please check" in " ".join(became(read("a.html", twice)).values())
    twice = "<h1>Feet</h1><h2>One</h2><p>The muscle’s café.</p>".encode().decode("cp1252")
    found = read("a.html", twice)
    assert found.sections[0]["body"] == "The muscle’s café."
    assert "was put right" in " ".join(became(found).values())


def test_spaces_that_do_not_break_stay_where_they_belong():
    found = read("a.html", "<h1>Feet</h1><h2>One</h2><p>&nbsp;Walk&nbsp;for 10&nbsp;km.&nbsp; Or\u00adrest\u200b.</p>")
    assert found.sections[0]["body"] == "Walk for 10\u00a0km. Orrest."
    assert {"2 invisible characters left out", "1 non-breaking space kept"} <= {line.became for line in found.report}


# What can't be read


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"", "empty"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "password"),
        ("a.docx", b"plain text", "no Word file"),
        ("a.docx", b"PK\x03\x04 and nothing more", "broken"),
        ("a.docx", zipped(**{"a.txt": "x"}), "no Word file"),
        ("a.docx", zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": "<x"}), "broken"),
        ("a.docx", zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "broken"),
        ("a.docx", word_file("x" * 21_000_000), "larger than"),
        ("a.docx", word_file("<w:p>" * 200 + "</w:p>" * 200), "nested"),
        ("a.txt", b"\x00\x01\x02\x03" * 50, "no text|tell"),
        ("a.txt", b"\xff\xfe\x00\xd8\x00\xd8", "UTF-16"),
        ("a.txt", b"PK\x03\x04", "ZIP"),
        ("a.txt", b"<!doctype html><p>x", "web page"),
        ("a.txt", b"x" * 600_000, "letters"),
        ("a.md", b"x" * 20_000_001, "MB"),
        ("a.html", b"only text", "plain text"),
        ("a.html", b"<nav>Home</nav><footer>Mine</footer>", "no text of an article"),
        ("a.html", b"<b>x" * 2000, "stand in each other|never closed"),
        ("a.md", b"---\na: [1\n---\nx", "can't be read"),
        ("a.md", b"---\na: &x [1]\nb: *x\n---\nx", "itself"),
        ("a.md", b"---\na: 1\na: 2\n---\nx", "twice"),
        ("a.md", b"---\na: !!bool maybe\n---\nx", "can't be read"),
        ("a.md", b"---\na: !!timestamp soon\n---\nx", "can't be read"),
        ("a.md", b"# x\n\ny\n\n" + b"## z\n\ny\n\n" * 300, "sections"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_what_cannot_be_read_is_a_sentence(name, content, said):
    sentence = unreadable(name, content)
    assert any(part in sentence for part in said.split("|")), sentence
    assert sentence.endswith(".")


def test_a_word_file_that_declares_entities_is_not_opened():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    content = zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": f"{bomb}<w:document {W}>&b;</w:document>"})
    assert "declares" in unreadable("a.docx", content)


# Word files


def test_nothing_of_a_word_file_is_lost_that_the_converter_leaves_out():
    box = "<w:p><w:r><m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'><m:r><m:t>x=2</m:t></m:r></m:oMath></w:r></w:p>"
    found = reading.read("a.docx", word_file(word_paragraph("Feet", "Heading1") + box + word_paragraph("They hurt.")))
    assert found.sections[-1]["body"].endswith("x=2")
    assert any(line.said == "x=2" and "kept at its end" in line.became for line in found.report)


def test_tracked_changes_and_comments_are_told():
    changed = (
        "<w:p><w:r><w:t>They hurt</w:t></w:r><w:ins><w:r><w:t> much</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> never</w:delText></w:r></w:del></w:p>"
    )
    comment = f"<w:comments {W}><w:comment>{word_paragraph('Check this')}</w:comment></w:comments>"
    found = reading.read("a.docx", word_file(word_paragraph("Feet", "Heading1") + changed, comments=comment))
    assert found.sections[0]["body"] == "They hurt much"
    assert "tracked" in became(found)["never"]
    assert "comment" in became(found)["Check this"]


# What Word and web pages put on the clipboard


def test_lists_of_words_clipboard_are_lists():
    html = (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><!--[if gte mso 9]><xml>x</xml><![endif]-->"
        "<style>p.MsoNormal {margin:0}</style><p class=MsoNormal>Eat:<o:p></o:p></p>"
        "<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'><![if !supportLists]><span>"
        "<span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span></span><![endif]>bread<o:p></o:p></p>"
        "<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><![if !supportLists]><span>o<span>&nbsp; </span>"
        "</span><![endif]>brown</p></html>"
    )
    assert reading.html_to_markdown(html) == "Eat:\n\n- bread\n  - brown"


def test_google_docs_wrapper_is_not_bold():
    html = (
        "<b style='font-weight:normal' id='docs-internal-guid-1'><p>Not <span style='font-weight:700'>so</span></p></b>"
    )
    assert reading.html_to_markdown(html) == "Not **so**"


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick=x><script>alert(1)</script><a href='javascript:alert(1)'>x</a>y</p>",
        "<img src=x onerror=alert(1) alt='<script>alert(1)</script>'>text",
        "<a href='data:text/html,<script>'>x</a><iframe srcdoc='<script>'></iframe>text",
        "<svg><style><img src=x onerror=alert(1)></style></svg>text",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_what_is_pasted_stays_harmless(html):
    assert_safe(render_markdown(reading.html_to_markdown(html)))


def test_a_relative_link_is_whole_where_the_page_says_its_address():
    page = f"<link rel=canonical href='https://old.example/a/'>{PAGE}<p>See <a href='../b'>b</a> there.</p>"
    assert "[b](https://old.example/b)" in read("a.html", page).sections[0]["body"]
    found = read("a.html", f"{PAGE}<p>See <a href='../b'>b</a> there.</p>")
    assert found.sections[0]["body"].endswith("See b there.")
    assert "full address" in became(found)["b (../b)"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (word_paragraph("Walk. " * 100_000), "600000 letters"),
        (word_paragraph("Walk.") * 10_001, "larger or more nested than any text"),
    ],
)
def test_a_small_word_file_with_endless_text_is_refused_before_it_is_converted(body, words, monkeypatch):
    monkeypatch.setattr(reading_docx.mammoth, "convert_to_html", None)
    file = word_file(body)
    assert len(file) < 100_000
    assert words in unreadable("a.docx", file)
