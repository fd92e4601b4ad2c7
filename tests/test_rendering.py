"""The renderer: what Markdown becomes, and what keeps a text from going out."""

import re
from collections import Counter

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from articles.rendering import MAX_BYTES, MAX_CELLS, MAX_QUOTES, problems, render_markdown, validate_length
from tests.html_reader import OWN, Reader, tags, words

# Text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ("**bold** and *italics*", "<p><strong>bold</strong> and <em>italics</em></p>\n"),
        ("do ~~not~~ rest", "<p>do <s>not</s> rest</p>\n"),
        ("`a < b`", "<p><code>a &lt; b</code></p>\n"),
        ("one  \ntwo\\\nthree", "<p>one<br>\ntwo<br>\nthree</p>\n"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        ("***", "<hr>\n"),
        ("```html\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
        ("    indented", "<pre><code>indented\n</code></pre>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        (r"\*plain\* &copy; &#42;", "<p>*plain* © *</p>\n"),
        ("5 < 6 & <b>7</b>", "<p>5 &lt; 6 &amp; &lt;b&gt;7&lt;/b&gt;</p>\n"),
        ("[a]\n\n[a]: /there", '<p><a href="/there">a</a></p>\n'),
        ("<me@example.org>", '<p><a href="mailto:me@example.org">me@example.org</a></p>\n'),
        ("[call](tel:112)", '<p><a href="tel:112">call</a></p>\n'),
        ("a\0b", "<p>a\ufffdb</p>\n"),
    ],
)
def test_markdown_becomes_html(text, html):
    assert render_markdown(text) == html


def test_the_setting_of_markdownx_names_this_renderer():
    assert import_string(site_settings.MARKDOWNX_MARKDOWNIFY_FUNCTION) is render_markdown


def test_the_html_goes_into_templates_as_it_is():
    assert isinstance(render_markdown("*a*"), SafeString)


def test_the_same_text_gives_the_same_html_each_time():
    text = "# A\n\n# A\n\nb[^1] ![x](/y) [c](https://c.example)\n\n[^1]: note"
    assert render_markdown(text) == render_markdown(text)


@pytest.mark.parametrize(("mark", "tag"), [("-", "ul"), ("*", "ul"), ("+", "ul"), ("1.", "ol")])
def test_nested_lists_are_nested(mark, tag):
    html = render_markdown(f"{mark} a\n    {mark} b\n        {mark} c\n{mark} d").replace("\n", "")
    assert html == f"<{tag}><li>a<{tag}><li>b<{tag}><li>c</li></{tag}></li></{tag}></li><li>d</li></{tag}>"


@pytest.mark.parametrize(
    ("straight", "curly"),
    [
        ('"rest"', "“rest”"),
        ("'rest'", "‘rest’"),
        ("don't", "don’t"),
        ("\"it's 'so'\"", "“it’s ‘so’”"),
        ('*"a"*', "“a”"),
        ('`"a"`', '"a"'),
        ('\\"a\\"', '"a"'),
    ],
)
def test_straight_quotes_become_curly_but_not_in_code(straight, curly):
    assert words(render_markdown(straight)).strip() == curly


def test_a_paragraph_with_hundreds_of_quotes_keeps_them_and_its_neighbours_do_not():
    most, too_many = '"a" ' * (MAX_QUOTES // 2), '"a" ' * (MAX_QUOTES // 2) + "'"
    html = render_markdown(f'{most}\n\n{too_many}\n\n"b"')
    curled, kept, after, _ = html.split("\n")
    assert '"' not in curled
    assert "“" not in kept
    assert after == "<p>“b”</p>"


def test_terms_are_defined_in_a_definition_list():
    html = render_markdown("Cramp\n: A muscle that *tightens*\n: A clamp\n\nSprain\n: A torn ligament")
    assert html.replace("\n", "") == (
        "<dl><dt>Cramp</dt><dd>A muscle that <em>tightens</em></dd><dd>A clamp</dd>"
        "<dt>Sprain</dt><dd>A torn ligament</dd></dl>"
    )


# Length


@pytest.mark.parametrize("text", ["a" * MAX_BYTES, "é" * (MAX_BYTES // 2), "😀" * (MAX_BYTES // 4)])
def test_a_text_at_the_limit_is_rendered_and_one_byte_more_is_not(text):
    validate_length(text)
    assert words(render_markdown(text)).strip() == text
    with pytest.raises(ValidationError, match=r"50001 bytes.* at most 50000"):
        validate_length(f"{text}a")
    with pytest.raises(ValidationError):
        render_markdown(f"{text}a")


# Headings


def headings(html):
    return [(tag, attrs["id"]) for tag, attrs in Reader(html).tags if re.fullmatch(r"h\d", tag)]


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("1", "3"),
        ("2", "3"),
        ("6", "3"),
        ("12", "34"),
        ("13", "34"),
        ("123456", "345666"),
        ("31", "33"),
        ("2412", "3434"),
        ("1646", "3445"),
        ("16352", "34454"),
        ("135135", "345345"),
        ("1111", "3333"),
    ],
)
def test_headings_follow_the_sections_own_without_a_gap(written, levels):
    html = render_markdown("\n\n".join(f"{'#' * int(level)} Part" for level in written))
    assert "".join(tag[1] for tag, _ in headings(html)) == levels


def test_headings_fit_wherever_they_stand():
    html = render_markdown("Big\n===\n\n> ### Quoted\n\n- # Listed\n\nnote[^1]\n\n[^1]: ## Noted")
    assert [tag for tag, _ in headings(html)] == ["h3", "h4", "h3", "h4"]


def test_heading_ids_begin_with_the_prefix_and_repeated_ones_are_numbered():
    html = render_markdown("# Feet\n\n## Feet\n\n# FEET!\n\n# Feet 2\n\n# 足\n\n# 手", prefix="care")
    assert [name for _, name in headings(html)] == [
        "care--feet",
        "care--feet--2",
        "care--feet--3",
        "care--feet-2",
        "care--part",
        "care--part--2",
    ]


def test_ids_of_different_sections_never_collide():
    keys = ["a", "a-b", "a-2", "b", "fn", "fnref", "note", "ref", "part", "1", "note-1", "2"]
    text = "\n\n".join(f"# {heading.replace('-', ' ')}" for heading in keys * 3)
    text += "\n\n[^1] [^1] ^[inline] [^2]\n\n[^1]: one\n[^2]: two"
    ids = [*keys, *(name for key in keys for name in Reader(render_markdown(text, prefix=key)).all("id"))]
    assert [name for name, count in Counter(ids).items() if count > 1] == []


# Footnotes


def test_footnotes_and_the_text_lead_to_each_other():
    html = render_markdown("Rest[^1] helps[^b].^[Mostly.]\n\n[^1]: Or sleep.\n\n[^b]: See *there*.", prefix="care")
    links, notes = tags(html, "a"), tags(html, "li")
    assert [link["href"] for link in links[:3]] == [f"#{note['id']}" for note in notes]
    assert [link["href"] for link in links[3:]] == [f"#{link['id']}" for link in links[:3]]
    assert [link["aria-label"] for link in links[3:]] == ["Back to the text"] * 3
    assert all(name.startswith("care--") for name in Reader(html).all("id"))
    assert "[1] helps[2].[3]" in words(html)


def test_a_footnote_used_twice_leads_back_to_both_places():
    html = render_markdown("a[^1] b[^1]\n\n[^1]: note")
    first, second, *back = tags(html, "a")
    assert first["href"] == second["href"] == f"#{tags(html, 'li')[0]['id']}"
    assert [link["href"] for link in back] == [f"#{first['id']}", f"#{second['id']}"]


@pytest.mark.parametrize(
    "text",
    [
        f"![a[^1]]({OWN})\n\n[^1]: only in a description",
        f"![a^[inline]]({OWN}) b^[c]",
        "[^a]: nobody refers here, but see[^b]\n\n[^b]: b",
        "a[^1]\n\n[^1]: dropped[^2]\n\n[^1]: kept\n\n[^2]: lost",
        "a[^1]\n\n[^1]: itself[^1]",
        "a[^1] b[^2]\n\n[^1]: > [^2]: nested",
        "a[^1]\n\n[^1]:",
        "a[^1]\n\n[^1]: # heading\n\n    - list",
        "# a[^1]\n\n|b[^1]|\n|-|\n|c[^1]|\n\n[^1]: d",
        "^[a ^[b ^[c]]]",
        "[link ^[note [inner](/x)]](/y)",
        "[^1]",
        "[^ ] [^]: [^]",
    ],
)
def test_no_link_of_a_footnote_leads_nowhere(text):
    page = Reader(render_markdown(text))
    ids = page.all("id")
    assert {href[1:] for href in page.all("href") if href.startswith("#")} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_footnotes_label_is_never_shown_and_has_a_limit():
    text = 'a[^"onclick=x] b[^{0}]\n\n[^"onclick=x]: c\n\n[^{0}]: d'
    assert words(render_markdown(text.format("x" * 90))).split() == ["a[1]", "b[2]", "c", "↩", "d", "↩"]
    assert f"b[^{'x' * 200}]" in words(render_markdown(text.format("x" * 200)))


# Tables


def test_tables_are_aligned_by_classes_and_have_header_cells():
    html = render_markdown("|a|b|c|d|\n|---|:--|:-:|--:|\n|1|2|3|4|")
    classes = [None, "align-left", "align-center", "align-right"]
    assert [cell.get("class") for cell in tags(html, "th")] == classes
    assert [cell.get("class") for cell in tags(html, "td")] == classes
    assert [cell["scope"] for cell in tags(html, "th")] == ["col"] * 4
    assert "style" not in html


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches():
    html = render_markdown("|a|\n|-|\n|b|")
    assert tags(html, "div") == [{"class": "table", "role": "region", "tabindex": "0", "aria-label": "Table"}]


def test_a_table_fills_up_short_rows():
    assert len(tags(render_markdown("|a|b|c|\n|-|-|-|\n|1|\n|1|2|3|4|"), "td")) == 6


@pytest.mark.parametrize(("columns", "rows"), [(2, 4), (22, 44), (181, 362), (500, 20_000), (2_000, 20_000)])
def test_rows_without_cells_do_not_multiply_a_text(columns, rows):
    table = "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + "a\n" * rows + "\n"
    html = render_markdown((table * 2_000)[:MAX_BYTES])
    assert 0 < html.count("<td") <= MAX_CELLS
    assert "<p>a\na" in html or columns == 2  # what is left over stays readable


# Links


@pytest.mark.parametrize(
    "address",
    ["https://example.org", "http://example.org/a?b#c", "HTTPS://Example.org", "https://www.site.example.evil.example/",
     "https://www.site.example@evil.example/", "https://site.example/", "http://www.site.example/"],
)  # fmt: skip
def test_links_to_other_sites_say_so(settings, address):
    settings.SITE_URL = "https://www.site.example"
    html = render_markdown(f"[there]({address})")
    assert tags(html, "a") == [{"href": address, "class": "external", "rel": "external noopener"}]
    assert '<span class="visually-hidden"> (another website)</span></a>' in html


@pytest.mark.parametrize(
    "address",
    ["/articles/", "#part", "mailto:a@b.example", "tel:+44123", "https://www.site.example", "HTTPS://www.site.example/a",
     "https://www.site.example?a", "https://www.site.example#a", "https://www.site.example/a"],
)  # fmt: skip
def test_links_within_this_site_are_plain(settings, address):
    settings.SITE_URL = "https://www.site.example"
    assert render_markdown(f"[there]({address})") == f'<p><a href="{address}">there</a></p>\n'


def test_only_the_links_that_leave_are_marked_among_others():
    html = render_markdown("[a](/a) [b](https://b.example) [![c](/c)](https://c.example) [d](#d)")
    assert ["class" in link for link in tags(html, "a")] == [False, True, True, False]
    assert html.count("(another website)") == 2


@pytest.mark.parametrize("address", ["page", "../page", "?page", "", "//example.org", "ftp://example.org", "https:x"])
def test_a_link_that_is_not_allowed_is_none(address):
    assert not Reader(render_markdown(f"[a]({address})")).all("href")


@pytest.mark.parametrize("text", ["[a](page)", "![a](page)", "[a](javascript:b)", "[a](//b)"])
def test_what_is_not_allowed_stays_as_it_was_written(text):
    assert render_markdown(text) == f"<p>{text}</p>\n"


def test_one_long_address_used_often_does_not_multiply_a_text():
    for definition in (f"[a]: https://example.org/{'x' * 20_000}", f'[a]: /x "{"x" * 20_000}"'):
        html = render_markdown(f"{definition}\n\n{'[a] ' * 7_000}")
        assert len(html) < 20 * MAX_BYTES
        assert len(tags(html, "a")) == 7_000


def test_all_links_of_a_long_list_work():
    text = "\n".join(f"- [n](https://example.org/{number})" for number in range(1_200))
    assert len(Reader(render_markdown(text)).all("href")) == 1_200


# Pictures


def test_a_picture_of_this_site_keeps_its_place_free():
    assert tags(render_markdown(f"![A foot]({OWN})"), "img") == [
        {"src": OWN, "alt": "A foot", "width": "800", "height": "600", "loading": "lazy", "decoding": "async"}
    ]


@pytest.mark.parametrize(
    ("written", "alt"),
    [
        ("A foot", "A foot"),
        ("decorative", ""),
        (" Decorative ", ""),
        ("", ""),
        ("Tom &amp; *Jerry*", "Tom & Jerry"),
        (r"1 \* 2 `x`", "1 * 2 x"),
        ('"a" <b>', '"a" <b>'),
        ("a [link](/x) and ![inner](/y)", "a link and inner"),
    ],
)
def test_the_description_of_a_picture_is_plain_words(written, alt):
    assert [picture["alt"] for picture in tags(render_markdown(f"![{written}]({OWN})"), "img")] == [alt]


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/a.png",
        f"https://example.org{OWN}",
        "/static/icon.svg",
        "/media/images/a.webp",
        OWN.replace("webp", "svg"),
        f"{OWN}?a",
        f"{OWN}#a",
        f"/x/..{OWN}",
        OWN.replace("/images/", "/images/../images/"),
        OWN.replace("800", "123456"),
        OWN.replace("800", "８００"),
        OWN.upper(),
    ],
)
def test_of_a_picture_from_elsewhere_only_the_description_is_left(source):
    assert render_markdown(f"![a *foot* <b>]({source})") == "<p>a foot &lt;b&gt;</p>\n"


# What keeps a text from going out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[a](page)", "The link to “page” can't be used"),
        ("[a]()", "The link to “” can't be used"),
        ("[a](//example.org)", "The link to “//example.org” can't be used"),
        ("[a](javascript:x)", "The link to “javascript:x” can't be used"),
        ("<ftp://example.org>", "The link to “ftp://example.org” can't be used"),
        ("[a][b]\n\n[b]: page", "The link to “page” can't be used"),
        ("[b]\n\n[b]: page", "The link to “page” can't be used"),
        ("|[a](page)|\n|-|", "The link to “page” can't be used"),
        ("x[^1]\n\n[^1]: [a](page)", "The link to “page” can't be used"),
        ("x^[[a](page)]", "The link to “page” can't be used"),
        ("- > # [a](page)", "The link to “page” can't be used"),
        ("Term\n: [a](page)", "The link to “page” can't be used"),
        ("![a](https://example.org/a.png)", "The picture “https://example.org/a.png” is not one of this site's"),
        ("![a](a.png)", "The picture “a.png” is not one of this site's"),
        ("![a](data:image/png;base64,AA)", "The picture “data:image/png;base64,AA” is not one of this site's"),
        ("![a][b]\n\n[b]: /b.png", "The picture “/b.png” is not one of this site's"),
        ("[![a](/b.png)](/c)", "The picture “/b.png” is not one of this site's"),
        ("|a|\n|-|\n|![a](/b.png)|", "The picture “/b.png” is not one of this site's"),
        (f"![]({OWN})", f"The picture “{OWN}” has no description"),
        (f"![ &nbsp; ]({OWN})", f"The picture “{OWN}” has no description"),
        (f"![describe this picture]({OWN})", f"The picture “{OWN}” has no description"),
        (f"![Describe This Picture ]({OWN})", f"The picture “{OWN}” has no description"),
        (f"![**describe this picture**]({OWN})", f"The picture “{OWN}” has no description"),
        (f"[![]({OWN})](/a)", f"The picture “{OWN}” has no description"),
        (f"|![]({OWN})|\n|-|", f"The picture “{OWN}” has no description"),
        (f"x[^1]\n\n[^1]: ![]({OWN})", f"The picture “{OWN}” has no description"),
        (f"![][b]\n\n[b]: {OWN}", f"The picture “{OWN}” has no description"),
    ],
)
def test_a_fault_in_a_text_is_named_in_a_sentence(text, sentence):
    (found,) = problems(text)
    assert found.startswith(sentence)
    assert found.endswith((".", "…"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rest your feet.",
        "[a](/b) [c](#d) [e](https://example.org) [f](mailto:a@b.example) [g](tel:112)",
        f"![A foot]({OWN}) ![decorative]({OWN}) ![*Decorative*]({OWN})",
        f"[![A foot]({OWN})](/a)",
        f"![A foot][b] [c][d] [d]\n\n[b]: {OWN}\n[d]: /d",
        "`[a](page)`\n\n    ![a](b.png)",
        r"\[a](page) [a] (page) [a]",
        "a[^1]\n\n[^1]: b",
        "5 < 6, see <here>",
    ],
)
def test_a_good_text_has_no_problems(text):
    assert problems(text) == []


def test_all_faults_are_named_in_order_and_each_once():
    found = problems(f"[a](b) ![c](d) [a](b)\n\n![]({OWN})\n\n![c](d)")
    assert [sentence.split("“")[1].split("”")[0] for sentence in found] == ["b", "d", OWN]


def test_a_fault_used_often_does_not_multiply_a_text():
    assert len(problems(f"[a]: x/{'x' * 20_000}\n\n{'[a]' * 9_000}")) == 1
