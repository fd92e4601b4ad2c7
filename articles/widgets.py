"""The fields of the desk that Django has none of: Markdown, ticks, an article among very many."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.text import slugify
from markdownx.widgets import AdminMarkdownxWidget

from articles.models import Term
from articles.rendering import render_markdown


class MarkdownWidget(AdminMarkdownxWidget):
    """markdownx's widget with its attributes, but our template and script (docs/decisions/0004-markdownx-wrapped.md).

    The preview comes with the page, so that opening it asks the server for nothing more. `glossary` gives the terms
    that it explains.
    """

    template_name = "markdownx/widget.html"

    class Media:
        extend = False
        js = [forms.Script("js/markdown-editor.js", type="module"), forms.Script("js/paste.js", type="module")]

    def __init__(self, attrs=None, glossary=Term.glossary):
        super().__init__(attrs)
        self.glossary = glossary

    def get_context(self, name, value, attrs=None):
        context = super().get_context(name, value, attrs)
        try:
            terms = self.glossary() if value else None
            context["preview"] = render_markdown(value or "", prefix=slugify(name), sources=None, terms=terms)
        except ValidationError:
            context["preview"] = ""  # too long: the field's own message says so
        return context


class TicksWidget(forms.CheckboxSelectMultiple):
    """Tick boxes that a browser mentions even when none is ticked: a form without them leaves things as they are.

    Several ticks may come as one text, too, with blanks between (articles/joining.py).
    """

    template_name = "widgets/ticks.html"

    def __init__(self, label="", **kwargs):
        super().__init__(**kwargs)
        self.label = label

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["group_label"] = self.label
        return context

    def value_from_datadict(self, data, files, name):
        return " ".join(data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []).split()


class OriginalInput(forms.TextInput):
    """An article to translate, by its address. A script offers those that are found by words, for many are too many."""

    template_name = "widgets/original.html"

    class Media:
        js = [forms.Script("js/originals.js", type="module")]

    def get_context(self, name, value, attrs):
        list_id = f"{(attrs or {}).get('id', name)}-found"
        own = {"list": list_id, "data-offers": reverse("admin:articles_article_originals"), "autocomplete": "off"}
        context = super().get_context(name, value, {"class": "vTextField", **(attrs or {}), **own})
        return context | {"list_id": list_id}
