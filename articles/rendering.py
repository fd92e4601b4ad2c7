"""Markdown in, safe HTML out: the one renderer, for the editor's preview and the page alike.

Raw HTML stays text, and what Markdown made passes a sanitiser last. No database is asked.
"""

import re

import nh3
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.rules_block import blockquote, table
from markdown_it.rules_core.smartquotes import process_inlines
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

MAX_BYTES = 50_000
FIRST_HEADING = 3  # the page has its title as h1 and a section's heading as h2
MAX_QUOTES = 400  # in one paragraph: the time to pair them grows with their square
MAX_LABEL = 100  # characters of a footnote's label: one without an end would be looked for in all the rest of a text
MAX_CELLS = 20_000  # in the tables of one text: a row may leave its cells out, so they cost no bytes
MAX_LOOKAHEAD = 20_000  # lines in which all block quotes of one text look for their ends
MAX_ADDRESSES = 4 * MAX_BYTES  # characters of all links: one defined once can be used ten thousand times

PLACEHOLDER = _("describe this picture")
DECORATIVE = _("decorative")

# The name of an uploaded picture carries its size in pixels (articles/pictures.py), so that the page
# can keep its place free without asking the database. A "w" says that there are files of smaller WIDTHS
# beside it, of those that are smaller than itself: …-1600x1200w480.webp. Older names have none.
PICTURE = re.compile(rf"{re.escape(settings.MEDIA_URL)}images/[0-9a-f]{{32}}-(\d{{1,5}})x(\d{{1,5}})w?\.webp")
WIDTHS = (480, 800)  # pixels; what "w" promises, so a change needs another letter
SIZES = "(max-width: 46rem) 92vw, 42rem"  # as wide as the text (static/css/site.css)
# A slash alone would not do: browsers read //host and /\host as another site's address.
LINK = re.compile(r"https?://[^/\\]|mailto:[^/]|tel:[+\d]|#|/(?![/\\])", re.IGNORECASE)


def validate_length(text):
    """Raise a ValidationError for a text that is too long to render, the field's validator."""
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise ValidationError(
            _("This text has %(size)d bytes; a section can have at most %(limit)d. Divide it into several sections."),
            code="too_long",
            params={"size": size, "limit": MAX_BYTES},
        )


def is_external(url):
    """Return whether a link leaves this site."""
    origin = re.match(r"https?://[^/?#]*", url.lower())
    return bool(origin) and origin[0] != settings.SITE_URL.lower()


def description(token):
    """Return what is written about a picture in plain words, without Markdown's signs."""
    return PAGE.renderer.renderInlineAsText(token.children, PAGE.options, {})


def fit_table(state, start, end, silent):
    """The parser's rule for tables, of which only the rows that there is room for are read as such."""
    columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
    room = state.env.setdefault("cells", MAX_CELLS)
    if not table(state, start, min(end, start + 2 + room // columns), silent):
        return False
    if not silent:
        state.env["cells"] -= columns * (state.line - start)
    return True


def fit_quote(state, start, end, silent):
    """The parser's rule for block quotes, which look for their ends up to an empty line, while there is room.

    After that, a quote ends where its marks do.
    """

    def is_marked(line):
        return state.src.startswith(">", state.bMarks[line] + state.tShift[line])

    if not silent and is_marked(start):
        room = state.env.setdefault("lookahead", MAX_LOOKAHEAD)
        ends = (line for line in range(start, end) if state.isEmpty(line) or (room <= 0 and not is_marked(line)))
        end = next(ends, end)
        state.env["lookahead"] -= end - start
    return blockquote(state, start, end, silent)


def refer_to_footnote(state, silent):
    """The plugin's rule for references, where the end of the label is near."""
    return state.src.find("]", state.pos, state.pos + MAX_LABEL) >= 0 and footnote_ref(state, silent)


def fit_headings(state):
    """Put headings below the page's own without a gap, and give each an id that starts with the section's."""
    open_levels, seen = [], {}
    for index, token in enumerate(state.tokens):
        if token.type != "heading_open":
            continue
        level = int(token.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        first = state.env.get("first_heading", FIRST_HEADING)
        token.tag = state.tokens[index + 2].tag = f"h{min(first - 1 + len(open_levels), 6)}"
        slug = slugify(state.tokens[index + 1].content) or "part"
        seen[slug] = seen.get(slug, 0) + 1
        number = f"--{seen[slug]}" if seen[slug] > 1 else ""
        # No section's key and no slug contains two dashes in a row, so ids of two sections can't collide;
        # nor do they contain the colon that a footnote's ids have.
        token.attrSet("id", f"{state.env['prefix']}--{slug}{number}")


def curl_quotes(state):
    """Make straight quotes curly, but in a paragraph of nothing but quotes."""
    for token in state.tokens:
        if token.type == "inline" and 0 < token.content.count('"') + token.content.count("'") <= MAX_QUOTES:
            process_inlines(token.children, state)


def align_by_class(state):
    """Turn the style that aligns a table's column into a class, for the page allows no styles in HTML."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open"):
            style = str(token.attrs.pop("style", ""))
            if style:
                token.attrSet("class", f"align-{style.removeprefix('text-align:')}")
            if token.type == "th_open":
                token.attrSet("scope", "col")


def drop_lost_ways_back(state):
    """Take the way back off a footnote when its reference is not on the page, but in a picture's description, say."""
    inline = [token for block in state.tokens for token in block.children or []]
    references = {reference_id(token, state.env) for token in inline if token.type == "footnote_ref"}
    state.tokens = [
        token
        for token in state.tokens
        if token.type != "footnote_anchor" or reference_id(token, state.env) in references
    ]


def explain_terms(state):
    """Let the words of the glossary be explained where they are first used: in plain text, not in headings or links."""
    terms = state.env.get("terms")
    for block, before in zip(state.tokens, [None, *state.tokens], strict=False):
        if terms and block.children and not (before and before.type == "heading_open"):
            block.children = [part for token in outside_links(block.children) for part in explained(*token, terms)]


def outside_links(tokens):
    """Return tokens, each with whether it is text that stands in no link."""
    depth, found = 0, []
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        found.append((token, token.type == "text" and not depth))
    return found


def explained(token, is_open, terms):
    """Return what a token becomes when the terms in it are explained: itself, or text and terms in turn."""
    uses = terms.first_uses(token.content) if is_open else []
    parts, end = [], 0
    for start, stop, key, term, meaning in uses:
        parts.append(token.copy(content=token.content[end:start]))
        parts.append(Token("term", "", 0, content=token.content[start:stop], meta={"key": key, "of": (term, meaning)}))
        end = stop
    return [*parts, token.copy(content=token.content[end:])] if uses else [token]


def open_link(renderer, tokens, index, options, env):
    token = tokens[index]
    external = is_external(str(token.attrs["href"]))
    env["room"] = env.get("room", MAX_ADDRESSES) - sum(len(str(value)) for value in token.attrs.values())
    if env["room"] < 0:
        token.attrs = {}
    env.setdefault("links", []).append(external)
    if external:
        token.attrSet("class", "external")
        token.attrSet("rel", "external noopener")
    return renderer.renderToken(tokens, index, options, env)


def close_link(renderer, tokens, index, options, env):
    said = f'<span class="visually-hidden"> ({escape(gettext("another website"))})</span>' if env["links"].pop() else ""
    return f"{said}</a>"


def image(renderer, tokens, index, options, env):
    """A picture of this site's own; of any other, its description alone."""
    source, alt = str(tokens[index].attrs["src"]), description(tokens[index])
    if not PICTURE.fullmatch(source):
        return escape(alt)
    return image_html(source, "" if is_decorative(alt) else alt)


def smaller(address):
    """Return the addresses of the smaller files of a picture, by their widths; of one stored without any, {}."""
    picture = PICTURE.fullmatch(address)
    if not picture or not address.endswith("w.webp"):
        return {}
    return {width: address.replace("w.webp", f"w{width}.webp") for width in WIDTHS if width < int(picture[1])}


def srcset(address):
    """Return the files of a picture for a browser to choose from, or an empty text where there is but one."""
    files = smaller(address)
    if not files:
        return ""
    files[int(PICTURE.fullmatch(address)[1])] = address
    return ", ".join(f"{name} {width}w" for width, name in files.items())


def image_html(address, alt, sizes=SIZES):
    """Return an uploaded picture as HTML, by its address; `sizes` is how wide the page shows it."""
    width, height = PICTURE.fullmatch(address).groups()
    choice = format_html(' srcset="{}" sizes="{}"', files, sizes) if (files := srcset(address)) else ""
    return format_html(
        '<img src="{}"{} alt="{}" width="{}" height="{}" loading="lazy" decoding="async">',
        address,
        choice,
        alt,
        width,
        height,
    )


def open_table(renderer, tokens, index, options, env):
    # A wide table scrolls in a box of its own, which the keyboard must reach too.
    return f'<div class="table" role="region" tabindex="0" aria-label="{escape(gettext("Table"))}"><table>\n'


def close_table(renderer, tokens, index, options, env):
    return "</table></div>\n"


def open_footnotes(renderer, tokens, index, options, env):
    return '<div class="footnotes"><ol>\n'


def close_footnotes(renderer, tokens, index, options, env):
    return "</ol>\n</div>\n"


def cite(state, silent):
    """The parser's rule for `[^key]` where the key is one of the article's sources; else a footnote may be meant.

    Without a list of sources, while someone writes, every key that no footnote has is taken for one.
    """
    end = state.src.find("]", state.pos, state.pos + MAX_LABEL) if state.src.startswith("[^", state.pos) else -1
    key = state.src[state.pos + 2 : end] if end > 0 else ""
    sources, notes = state.env.get("sources"), state.env.get("footnotes", {}).get("refs", {})
    if f":{key}" in notes or not (CITABLE.fullmatch(key) if sources is None else key in sources):
        return False
    if not silent:
        state.push("citation", "", 0).content = key
    state.pos = end + 1
    return True


def citation(renderer, tokens, index, options, env):
    key, sources = tokens[index].content, env.get("sources")
    shown = escape(key) if sources is None else sources.index(key) + 1
    label = escape(gettext("Source {number}").format(number=shown))
    return f'<sup class="source-ref"><a href="#_source-{escape(key)}" aria-label="{label}">[{shown}]</a></sup>'


def explained_term(renderer, tokens, index, options, env):
    """A word that opens its plain meaning below itself, without a script; all of it may stand within a line."""
    token, (term, meaning) = tokens[index], tokens[index].meta["of"]
    own, hint = f"{env['prefix']}--term:{token.meta['key']}", gettext("what it means")
    return (
        f'<button type="button" class="term" popovertarget="{own}">{escape(token.content)}'
        f'<span class="visually-hidden"> ({escape(hint)})</span></button>'
        f'<span class="meaning" id="{own}" popover=""><strong>{escape(term)}</strong> {escape(meaning)}</span>'
    )


def footnote_id(token, env):
    return f"{env['prefix']}--note:{token.meta['id'] + 1}"


def reference_id(token, env):
    return f"{env['prefix']}--ref:{token.meta['id'] + 1}:{token.meta.get('subId', 0) + 1}"


def footnote_reference(renderer, tokens, index, options, env):
    token = tokens[index]
    target, own, number = footnote_id(token, env), reference_id(token, env), token.meta["id"] + 1
    return f'<sup class="footnote-ref"><a href="#{target}" id="{own}">[{number}]</a></sup>'


def open_footnote(renderer, tokens, index, options, env):
    return f'<li id="{footnote_id(tokens[index], env)}" class="footnote-item">'


def footnote_back(renderer, tokens, index, options, env):
    token = tokens[index]
    target, label = reference_id(token, env), escape(gettext("Back to the text"))
    if repeat := token.meta["subId"]:
        label += f", {repeat + 1}"
    return f' <a class="back" href="#{target}" aria-label="{label}">↩</a>'


def make_parser(is_allowed_link):
    """Return a Markdown parser with this project's rules; a link that is not allowed stays text."""
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True})
    parser.enable(["table", "strikethrough", "smartquotes"]).use(footnote_plugin).use(deflist_plugin)
    parser.validateLink = is_allowed_link
    parser.block.ruler.at("blockquote", fit_quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.at("table", fit_table, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.at("footnote_ref", refer_to_footnote)
    parser.inline.ruler.before("footnote_ref", "citation", cite)
    parser.core.ruler.at("smartquotes", curl_quotes)
    parser.core.ruler.push("fit_headings", fit_headings)
    parser.core.ruler.push("align_by_class", align_by_class)
    parser.core.ruler.push("drop_lost_ways_back", drop_lost_ways_back)
    parser.core.ruler.push("explain_terms", explain_terms)
    rules = {
        "link_open": open_link,
        "link_close": close_link,
        "image": image,
        "table_open": open_table,
        "table_close": close_table,
        "footnote_block_open": open_footnotes,
        "footnote_block_close": close_footnotes,
        "citation": citation,
        "term": explained_term,
        "footnote_ref": footnote_reference,
        "footnote_open": open_footnote,
        "footnote_anchor": footnote_back,
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


PAGE = make_parser(lambda url: bool(LINK.match(url)))
AS_WRITTEN = make_parser(lambda url: True)


def keep_attribute(tag, name, value):
    """Drop an address that is not allowed, should one have come this far."""
    if (tag, name) == ("img", "src"):
        return value if PICTURE.fullmatch(value) else None
    if (tag, name) == ("img", "srcset"):
        return value if value == srcset(value.rpartition(", ")[2].partition(" ")[0]) else None
    if (tag, name) == ("img", "sizes"):
        return value if value == SIZES else None
    if (tag, name) == ("button", "type"):
        return value if value == "button" else None
    if (tag, name) == ("a", "href"):
        return value if LINK.match(value) else None
    return value


# No SVG and no MathML: every known hole of the sanitiser needed them.
TAGS = (
    "a blockquote br button code dd div dl dt em h2 h3 h4 h5 h6 hr img li ol p pre s span strong sup "
    "table tbody td th thead tr ul"
)
OPTIONS = {
    "attributes": {
        "a": {"href", "rel", "id", "aria-label"},
        "button": {"type", "popovertarget"},
        "div": {"role", "tabindex", "aria-label"},
        "h2": {"id"},
        "h3": {"id"},
        "h4": {"id"},
        "h5": {"id"},
        "h6": {"id"},
        "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding"},
        "li": {"id"},
        "ol": {"start"},
        "span": {"id", "popover"},
        "th": {"scope"},
    },
    "allowed_classes": {
        "a": {"external", "back"},
        "button": {"term"},
        "div": {"table", "footnotes"},
        "li": {"footnote-item"},
        "span": {"visually-hidden", "meaning"},
        "sup": {"footnote-ref", "source-ref"},
        "td": {"align-left", "align-center", "align-right"},
        "th": {"align-left", "align-center", "align-right"},
    },
    "url_schemes": {"http", "https", "mailto", "tel"},
    "attribute_filter": keep_attribute,
    "link_rel": None,
}
SANITISER = nh3.Cleaner(tags=set(TAGS.split()), **OPTIONS)
MARKED = nh3.Cleaner(tags={*TAGS.split(), "ins", "del"}, **OPTIONS)  # for comparisons (articles/comparing.py)
CITABLE = re.compile(r"[a-z0-9-]{1,80}")


def render_markdown(text, prefix="preview", sources=(), first_heading=FIRST_HEADING, terms=None):
    """Return a section's Markdown as safe HTML.

    `prefix` begins every id in it: on a page, the section's key. `sources` are the keys of those that the
    text may cite as `[^key]`, in their order; None takes any key for one, while someone writes.
    `first_heading` is the level of its topmost headings. `terms` is a Glossary whose words are explained where
    the page first uses them.
    A text over 50 kB is a ValidationError.
    """
    validate_length(text)
    text = text.encode(errors="replace").decode()  # half a character, which no page can have, becomes “?”
    env = {"prefix": prefix, "sources": sources, "first_heading": first_heading, "terms": terms}
    return mark_safe(SANITISER.clean(PAGE.render(text, env)))  # noqa: S308  sanitised here


def plain_text(text):
    """Return what a Markdown text says, without its signs, in one line: blocks that don't end as a sentence get a dot.

    What it cites, and pictures that say nothing, are left out.
    """
    tokens = PAGE.parse(text.encode(errors="replace").decode(), {"prefix": ""})
    blocks = (said(token).strip() for token in tokens if token.type in ("inline", "code_block", "fence"))
    line = ""
    for block in filter(None, blocks):
        line += f"{'' if not line else ' ' if line[-1] in '.!?:;,' else ' · '}{block}"
    return " ".join(line.split())


def said(token):
    """Return the words of a block or of a part of one."""
    if token.type == "inline":
        return "".join(map(said, token.children))
    if token.type == "image":
        alt = description(token)
        return "" if is_decorative(alt) else alt
    return " " if token.type in ("softbreak", "hardbreak") else token.content if token.type != "citation" else ""


def placeholders():
    """Return what stands for a missing description: nothing, or what the editor was asked to replace."""
    return {"", str(PLACEHOLDER).lower(), "describe this picture"}


def is_placeholder(alt):
    """Return whether a picture's description still is the one the editor was asked to replace, or none."""
    return alt.strip().lower() in placeholders()


def is_decorative(alt):
    """Return whether an editor has marked a picture as one that says nothing the text does not say."""
    return alt.strip().lower() in {str(DECORATIVE).lower(), "decorative"}


def problems(text):
    """Return sentences, each once, about pictures and links that must be mended before this text goes out."""
    found = {}
    for block in AS_WRITTEN.parse(text, {"prefix": ""}):
        for token in block.children or []:
            if token.type == "image":
                found |= dict.fromkeys(picture_problems(str(token.attrs["src"]), description(token)))
            elif token.type == "link_open" and not LINK.match(str(token.attrs["href"])):
                sentence = gettext("The link to “%(url)s” can't be used. Start it with https://, with / or with #.")
                found[sentence % {"url": token.attrs["href"]}] = None
    return list(found)


def picture_problems(source, alt):
    if not PICTURE.fullmatch(source):
        return [gettext("The picture “%(url)s” is not one of this site's. Upload it here.") % {"url": source}]
    if is_placeholder(alt):
        return [
            gettext(
                "The picture “%(url)s” has no description. Write one between the square brackets, "
                "or the word “decorative” if the text already says what it shows."
            )
            % {"url": source}
        ]
    return []
