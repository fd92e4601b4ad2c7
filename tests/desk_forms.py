"""The forms of the editors' desk as a browser fills them in and posts them."""

from functools import cached_property
from html.parser import HTMLParser

from django.test import Client

from tests.html_reader import words


def change_path(article):
    return f"/admin/articles/article/{article.pk}/change/"


def form_of(article, sections=None, **fields):
    """Return what an editor's browser would post: each section as saved, changed by {number: {field: value}}."""
    saved = list(article.sections.all()) if article else []
    changes = sections or {}
    total = max([len(saved), *(index + 1 for index in changes)])
    data = {name: getattr(article, name, "") for name in ("title", "slug", "also_called", "summary")}
    data |= {"topic": "", "authors_shown": "1", "language": "en-gb"}
    data |= {"sections-TOTAL_FORMS": total, "sections-INITIAL_FORMS": len(saved)}
    sources = list(article.sources.all()) if article else []
    data |= {"sources-TOTAL_FORMS": len(sources), "sources-INITIAL_FORMS": len(sources)}
    for index, source in enumerate(sources):
        values = {name: getattr(source, name) or "" for name in ("title", "publisher", "year", "url", "read_on")}
        values |= {"id": source.pk, "article": article.pk, "row_key": source.key, "position": source.position}
        data |= {f"sources-{index}-{name}": value for name, value in values.items()}
    if article:
        data |= {"version": article.revisions.count(), "authors": [author.pk for author in article.authors.all()]}
        data |= {name: getattr(article, name) for name in ("known", "not_known", "sources_differ", "funding")}
    for index in range(total):
        section = saved[index] if index < len(saved) else None
        values = {"id": getattr(section, "pk", ""), "article": getattr(article, "pk", ""), "kind": "text"}
        if section:
            values |= {"heading": section.heading, "body": section.body, "position": section.position}
            values |= {"kind": section.kind, "row_key": section.key}
        values |= changes.get(index, {})
        data |= {f"sections-{index}-{name}": value for name, value in values.items()}
    return data | fields


class FieldReader(HTMLParser):
    """Reads what a browser would post of the article's form: `fields`, {name: [values]}."""

    def __init__(self, html):
        super().__init__()
        self.fields, self.is_inside, self.area, self.select = {}, False, None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.is_inside = attrs.get("id") == "article_form"
        name = attrs.get("name")
        if tag == "select":
            self.select = None if "disabled" in attrs else name
        if not self.is_inside or "disabled" in attrs:
            return
        if tag == "textarea":
            self.area = name
            self.put(name, "")
        elif tag == "option" and ("selected" in attrs or self.select not in self.fields):
            self.fields.pop(self.select, None)
            self.put(self.select, attrs.get("value", ""))
        elif tag == "input" and name and attrs.get("type") not in ("submit", "file"):
            is_choice = attrs.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in attrs:
                self.put(name, attrs.get("value", "on" if is_choice else ""))

    def handle_data(self, data):
        if self.area:
            self.fields[self.area][-1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            self.fields[self.area][-1] = self.fields[self.area][-1].removeprefix("\n")
            self.area = None
        if tag == "form":
            self.is_inside = False

    def put(self, name, value):
        if name:
            self.fields.setdefault(name, []).append(value)


class AtDesk:
    """Someone who has an article's form open, in a browser of their own."""

    def __init__(self, user, article):
        self.client, self.path = Client(), change_path(article)
        self.client.force_login(user)
        self.open()

    def open(self):
        self.read(self.client.get(self.path))

    def read(self, response):
        self.response = response
        for looked_at in ("text", "fields"):
            self.__dict__.pop(looked_at, None)

    @cached_property
    def text(self):
        """The page that came, or to which a save led; fetched when it is looked at, for that takes most of the time."""
        page = self.client.get(self.response.url) if self.is_saved else self.response
        return page.content.decode()

    @cached_property
    def fields(self):
        return FieldReader(self.text).fields

    def row(self, heading):
        """Return the beginning of the names of a row's fields, by its heading or title."""
        found = (name for name in self.fields if name.endswith(("-heading", "-title")) and self[name] == heading)
        return next(found).rpartition("-")[0]

    def __getitem__(self, name):
        return self.fields[name][-1]

    def write(self, row=None, /, **values):
        """Type into fields: the article's own, or those of the section or source with a heading or title."""
        start = "" if row is None else f"{self.row(row)}-"
        for name, value in values.items():
            self.fields[start + name] = value if isinstance(value, list) else [str(value)]

    def add(self, heading, body="", position="", rows="sections"):
        """Add an empty section, or a source, and type into it."""
        index = int(self[f"{rows}-TOTAL_FORMS"])
        self.fields[f"{rows}-TOTAL_FORMS"] = [str(index + 1)]
        name = {"sections": "heading", "sources": "title"}[rows]
        values = {name: heading, "body": body, "position": position, "id": "", "row_key": "", "kind": "text"}
        self.fields |= {f"{rows}-{index}-{name}": [str(value)] for name, value in values.items()}

    def save(self, **decisions):
        """Press “Save”, with decisions by the end of their names, and look at what comes."""
        for name, value in decisions.items():
            self.fields.setdefault(f"decide-{name.replace('__', '-')}", []).append(value)
        self.read(self.client.post(self.path, self.fields))
        return self

    @property
    def is_saved(self):
        return self.response.status_code == 302

    @property
    def undecided(self):
        """The names of the decisions that the form asks for."""
        return [name.removeprefix("decide-") for name in self.fields if name.startswith("decide-")]

    @property
    def words(self):
        return " ".join(words(self.text).split())
