"""Strings from readers, turned into values."""

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.rating import CHOICES


class RatingForm(forms.Form):
    """A reader's vote, or the wish to take it back."""

    value = forms.TypedChoiceField(
        choices=CHOICES,
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
