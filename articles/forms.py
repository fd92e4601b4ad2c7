"""Strings from readers and editors, turned into values."""

import re
from collections import defaultdict

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
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


class SectionFormSet(BaseInlineFormSet):
    """Sections of one article; after a save they are numbered from 1 without gaps."""

    def __init__(self, data=None, *args, instance=None, prefix=None, **kwargs):
        self.lost = []
        if data is not None and instance is not None and instance.pk:
            data = self.with_lost_as_new(data, prefix or self.get_default_prefix(), instance)
        super().__init__(data, *args, instance=instance, prefix=prefix, **kwargs)

    def with_lost_as_new(self, data, prefix, instance):
        """Return the posted data with sections that someone else has deleted meanwhile as new ones at the end.

        Django would neither save nor show them again, and their text would be gone.
        """
        present = {str(pk) for pk in instance.sections.values_list("pk", flat=True)}
        pattern = re.compile(rf"{prefix}-(\d{{1,4}})-(\w+)")
        posted = defaultdict(dict)
        for name in data:
            if part := pattern.fullmatch(name):
                posted[int(part[1])][part[2]] = data.get(name)
        lost = [index for index, fields in sorted(posted.items()) if fields.get("id") and fields["id"] not in present]
        if not lost:
            return data
        kept = [fields for index, fields in sorted(posted.items()) if index not in lost]
        new = [posted[index] | {"id": ""} for index in lost if not posted[index].get("DELETE")]
        self.lost = [fields.get("heading", "") for fields in new]
        changed = QueryDict(mutable=True)
        changed.update({name: data.get(name) for name in data if not pattern.fullmatch(name)})
        for index, fields in enumerate(kept + new):
            changed.update({f"{prefix}-{index}-{name}": value for name, value in fields.items()})
        changed[f"{prefix}-TOTAL_FORMS"] = str(len(kept + new))
        changed[f"{prefix}-INITIAL_FORMS"] = str(sum(bool(fields.get("id")) for fields in kept))
        return changed

    def clean(self):
        super().clean()
        if self.lost:
            raise ValidationError(
                _(
                    "Someone else has deleted this meanwhile: %(headings)s. What you wrote stands below "
                    "as a new section. Save again to keep it, or remove it."
                ),
                params={"headings": ", ".join(f"“{heading}”" for heading in self.lost)},
            )

    def save(self, commit=True):
        saved = super().save(commit)
        if commit:
            self.number()
        return saved

    def number(self):
        """Put each section where its number says.

        It comes in front of the one that has the number already, or behind it when it came down the page.
        """
        kept = [form for form in self.forms if form.instance.pk and form not in self.deleted_forms]
        for position, form in enumerate(sorted(kept, key=self.place), start=1):
            if form.instance.position != position:
                form.instance.position = position
                form.instance.save(update_fields=["position"])

    @staticmethod
    def place(form):
        wanted, before = form.cleaned_data.get("position"), form.initial.get("position")
        if wanted is None:
            return (float("inf"), 0)
        came_down = before is not None and wanted > before
        came_up = before is None or wanted < before
        return (wanted, 1 if came_down else -1 if came_up else 0)


class PublishForm(forms.Form):
    """What an editor says of a publication."""

    publication_note = forms.CharField(required=False, max_length=200)
