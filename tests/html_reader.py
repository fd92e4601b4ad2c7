"""Reading HTML as a browser would, and what of it may be on a page."""

import re
from html.parser import HTMLParser

OWN = f"/media/images/{'0123456789abcdef' * 2}-800x600.webp"

PLAIN = "blockquote br code dd dl dt em hr p pre s strong table tbody thead tr ul"
# What may be in the output, written out once more, so that a change of the sanitiser's own list is noticed.
ALLOWED = {
    "a": {"aria-label", "class", "href", "id", "rel", "title"},
    "div": {"aria-label", "class", "role", "tabindex"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "img": {"alt", "decoding", "height", "loading", "src", "width"},
    "li": {"class", "id"},
    "ol": {"start"},
    "span": {"class"},
    "sup": {"class"},
    "td": {"class"},
    "th": {"class", "scope"},
} | {tag: set() for tag in PLAIN.split()}
# And where words of the glossary are explained:
WITH_TERMS = ALLOWED | {"button": {"class", "popovertarget", "type"}, "span": {"class", "id", "popover"}}
CLASSES = {
    *("external", "back", "table", "footnote-item", "footnotes", "visually-hidden", "footnote-ref"),
    *("align-left", "align-center", "align-right", "term", "meaning"),
}


class Reader(HTMLParser):
    """Reads HTML as a browser would, into its tags with their attributes and its words."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {self.get_starttag_text()}"
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.tags.append((f"<!--{data}", {}))

    handle_decl = handle_pi = unknown_decl = handle_comment

    def all(self, name):
        """Return the values of an attribute, in order."""
        return [attrs[name] for _, attrs in self.tags if name in attrs]


def tags(html, name):
    """Return the attributes of each tag of a name."""
    return [attrs for tag, attrs in Reader(html).tags if tag == name]


def words(html):
    return "".join(Reader(html).words)


def assert_safe(html, allowed=ALLOWED):
    for tag, attrs in Reader(html).tags:
        assert tag in allowed
        assert set(attrs) <= allowed[tag]
        assert set((attrs.get("class") or "").split()) <= CLASSES
        if "href" in attrs:
            # Browsers leave out tabs, line ends and leading control characters, and take \ for /.
            address = re.sub(r"[\x00-\x20\x7f-\x9f]", "", attrs["href"]).replace("\\", "/")
            assert re.match(r"https?://[^/]|mailto:[^/]|tel:[+\d]|#|/(?!/)", address, re.IGNORECASE)
        if tag == "img":
            assert re.fullmatch(r"/media/images/[0-9a-f]{32}-[0-9]{1,5}x[0-9]{1,5}\.webp", attrs["src"])
