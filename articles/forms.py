"""Strings from readers and editors, turned into values."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from articles.joining import place, plain_lines
from articles.models import Article
from articles.rating import CHOICES


class RatingForm(forms.Form):
    """A reader's vote, or the wish to take it back."""

    value = forms.TypedChoiceField(
        choices=lambda: CHOICES,  # as a list, each form would make a deep copy of them
        coerce=int,
        required=False,
        error_messages={"invalid_choice": _("Please choose one of the five answers. Nothing was kept.")},
    )
    # What the page said when it was made; a wrong one only means that the current revision is taken.
    revision = forms.CharField(required=False, max_length=20)
    withdraw = forms.CharField(required=False, max_length=10)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned["withdraw"] and not cleaned["value"]:
            self.add_error("value", _("Please choose one of the five answers. Nothing was kept."))
        return cleaned

    @property
    def wants_withdrawal(self):
        return bool(self.cleaned_data["withdraw"])

    @property
    def revision_id(self):
        """The id of the revision that was read as a number, or None."""
        text = self.cleaned_data["revision"]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class FollowUpForm(forms.Form):
    """What a reader chose to say of their vote. What it offers is checked where it is kept (rating.tell)."""

    section = forms.CharField(required=False, max_length=80)
    reason = forms.CharField(required=False, max_length=20)

    @property
    def said(self):
        """What was sent, by name; "" was taken back, and what was not sent at all stays as it was."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.data}


def with_plain_lines(data):
    """Return posted data with line ends of one kind, so that a browser's own count neither as a change nor twice."""
    plain = data.copy()
    for name, values in data.lists():
        plain.setlist(name, map(plain_lines, values))
    return plain


def slug_in(address):
    """Return the slug at the end of a web address, or an empty text where no slug is."""
    end = re.split("[?#]", address.strip())[0].rstrip("/").rpartition("/")[2]
    return end if slug_re.fullmatch(end) and len(end) <= 120 else ""


class OriginalField(forms.ModelChoiceField):
    """An article by its web address, of which the end suffices. No page lists all that there are to choose from."""

    default_error_messages = {
        "invalid_choice": _(
            "There is no article to translate at “%(value)s”. Write the end of its web address, as it stands "
            "under “Address” in its own form."
        )
    }

    def prepare_value(self, value):
        if isinstance(value, int):
            value = Article.objects.filter(pk=value).first()
        return value.slug if isinstance(value, Article) else value

    def to_python(self, value):
        if value in self.empty_values:
            return None
        found = self.queryset.filter(slug=slug_in(str(value))).first()
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return found


class RowForm(forms.ModelForm):
    """A section or a source. Its key goes with the form, so that it is known even after someone deleted the row."""

    row_key = forms.CharField(required=False, widget=forms.HiddenInput)


class RowFormSet(BaseInlineFormSet):
    """Ordered rows of one article; after a save they are numbered from 1 without gaps."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["row_key"].initial = form.instance.key

    def save_new(self, form, commit=True):
        """Save a new row; one that somebody deleted meanwhile comes back under its old key."""
        key = form.cleaned_data.get("row_key", "")
        is_key = slug_re.fullmatch(key) and len(key) <= self.model._meta.get_field("key").max_length
        if is_key and not self.model.objects.filter(article=self.instance, key=key).exists():
            form.instance.key = key
        return super().save_new(form, commit)

    def save(self, commit=True):
        saved = super().save(commit)
        if commit:
            self.number()
        return saved

    def number(self):
        """Put each row where its number says.

        It comes in front of the one that has the number already, or behind it when it came down the page.
        """
        kept = [form for form in self.forms if form.instance.pk and form not in self.deleted_forms]

        def wanted(form):
            return place(form.cleaned_data.get("position"), form.initial.get("position"))

        for position, form in enumerate(sorted(kept, key=wanted), start=1):
            if form.instance.position != position:
                form.instance.position = position
                form.instance.save(update_fields=["position"])
