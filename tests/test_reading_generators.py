"""Our own text as real tools write it, read again: the same words in the same order, and nothing of what is around."""

import pytest

from articles import reading
from articles.reading_blocks import letters, said_in
from articles.rendering import AS_WRITTEN
from tests import generators

CONVERTERS = ("python_markdown", "mistune", "marked", "showdown", "remark")
SITES = ("mkdocs", "readthedocs", "sphinx")
EDITORS = ("quill", "trix", "contenteditable")


@pytest.fixture(scope="session")
def from_npm():
    return generators.from_npm()


@pytest.fixture(scope="session")
def from_editors(browser):
    return generators.from_editors(browser)


def words(markdown):
    """Return the words that readers are shown of a Markdown text, its headings among them, but no footnotes."""
    found = []
    for token in AS_WRITTEN.parse(markdown, {"prefix": "", "sources": ()}):
        if token.type == "footnote_block_open":
            break
        if token.type in ("inline", "fence", "code_block"):
            said = "".join(" " if part.type == "softbreak" else said_in(part) for part in token.children or [token])
            found += [letters(word) for word in said.split()]
    return found


def notes(markdown):
    tokens = AS_WRITTEN.parse(markdown, {"prefix": "", "sources": ()})
    starts = [index for index, token in enumerate(tokens) if token.type == "footnote_block_open"]
    return {letters(said_in(token)) for index in starts for token in tokens[index:] if token.type == "inline"}


def lists(markdown):
    """Return each list item of a text: how deep it stands, whether it has a number, and its letters."""
    depth, found = [], []
    for token in AS_WRITTEN.parse(markdown, {"prefix": "", "sources": ()}):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth.append(token.type)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth.pop()
        elif token.type == "inline" and depth:
            found.append((len(depth), depth[-1], letters(said_in(token))))
    return found


def as_markdown(found):
    """Return all of a reading as one text, without the heading that stands above what has none."""
    parts = []
    for section in found.sections:
        parts += [] if section["heading"] == "Overview" else [f"## {section['heading']}"]
        parts.append(section["body"])
    return "\n\n".join(parts)


def assert_same(content, name="page.html", has_lists=True, has_notes=False):
    found = reading.read(name, content)
    source, result = generators.first_article(with_notes=has_notes), as_markdown(found)
    assert words(result) == words(source)
    assert notes(result) == notes(source)
    assert found.title == generators.TITLE
    assert [row["heading"] for row in found.sections[1:]] == headings(source)
    if has_lists:
        assert lists(result) == lists(source)
    return found


def headings(source):
    return [line.removeprefix("## ") for line in source.split("\n") if line.startswith("## ")]


@pytest.mark.parametrize("name", ["python_markdown", "mistune"])
def test_converters_of_python(name):
    assert_same(getattr(generators, name)().encode(), has_notes=True)


@pytest.mark.parametrize("name", ["marked", "showdown", "remark"])
def test_converters_of_node(name, from_npm):
    assert_same(from_npm[name].encode())


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_pages_of_mkdocs(theme, tmp_path):
    assert_same(generators.mkdocs(tmp_path, theme).encode(), has_notes=True)


def test_pages_of_sphinx(tmp_path):
    assert_same(generators.sphinx(tmp_path).encode(), has_notes=True)


@pytest.mark.browser
@pytest.mark.parametrize("name", EDITORS)
def test_what_editors_save(name, from_editors):
    assert_same(from_editors[name].encode())


def test_word_files_of_libreoffice(tmp_path):
    assert_same(generators.libre_office(tmp_path), name="first.docx")
