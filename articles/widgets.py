"""The field in which editors write Markdown."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from markdownx.widgets import AdminMarkdownxWidget

from articles.rendering import render_markdown


class MarkdownWidget(AdminMarkdownxWidget):
    """markdownx's widget with its attributes, but our template and script (docs/decisions/0004-markdownx-wrapped.md).

    The preview comes with the page, so that opening it asks the server for nothing more.
    """

    template_name = "markdownx/widget.html"

    class Media:
        extend = False
        js = [forms.Script("js/markdown-editor.js", type="module")]

    def get_context(self, name, value, attrs=None):
        context = super().get_context(name, value, attrs)
        try:
            context["preview"] = render_markdown(value or "", prefix=slugify(name), sources=None)
        except ValidationError:
            context["preview"] = ""  # too long: the field's own message says so
        return context
