"""What a reviewer fills in."""

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from articles.models import Contributor, three_years_after, validate_review_due

REMARK = "remark-"


class TextField(forms.CharField):
    """Text of several lines. A line's end counts as one character, as browsers count it."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")

    def widget_attrs(self, widget):
        return {}  # no "maxlength", by which browsers cut pasted text off without a word


class ReviewForm(forms.Form):
    """A review of one revision: it is signed as correct until a day, or changes are asked for.

    There is a field for each section's remark, which may stand anywhere on the page (the HTML `form`
    attribute), so what is sent for sections that the revision lacks is not read.
    """

    use_required_attribute = False  # what must be filled in depends on the button

    decision = forms.ChoiceField(
        choices=[("sign", ""), ("changes", "")],
        error_messages={
            "required": _("Press one of the two buttons at the end."),
            "invalid_choice": _("Press one of the two buttons at the end."),
        },
    )
    name = forms.CharField(
        label=_("Your name, as readers shall see it"),
        max_length=Contributor._meta.get_field("name").max_length,
        error_messages={"required": _("Write your name.")},
    )
    credentials = forms.CharField(
        label=_("Your profession, qualifications or post"),
        max_length=Contributor._meta.get_field("credentials").max_length,
        required=False,
        help_text=_("What makes you fit to check this page."),
    )
    interests = TextField(
        label=_("Your interests"),
        max_length=Contributor._meta.get_field("interests").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "What readers should know that could sway you, such as payment by a maker of medicines. "
            "If there is nothing, write “None declared”."
        ),
    )
    correct_until = forms.DateField(
        label=_("Checked, and correct until"),
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[validate_review_due],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("By this day someone should check the page again. Choose it yourself, at most three years ahead."),
        error_messages={"invalid": _("This is not a day of the calendar. Write year, month and day: 2027-05-31.")},
    )
    message = TextField(
        label=_("A message to the editors"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Readers do not see it."),
    )
    has_read = forms.BooleanField(label=_("I have read the whole page."), required=False)

    def __init__(self, *args, revision, contributor, **kwargs):
        super().__init__(*args, auto_id="_review-%s", label_suffix="", initial=self.said_of(contributor), **kwargs)
        self.contributor = contributor
        self.sections = {f"{REMARK}{section['key']}": section for section in revision.sections}
        today = timezone.localdate()
        self.fields["correct_until"].widget.attrs |= {"min": today, "max": three_years_after(today)}
        for name, section in self.sections.items():
            self.fields[name] = TextField(
                label=_("Your remark on “%(heading)s”") % {"heading": section["heading"]},
                max_length=2000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3, "form": "_review-form"}),
                help_text=_("For the editors. It is sent with your review, at the end of the page."),
            )

    @staticmethod
    def said_of(contributor):
        return {name: value for name, value in contributor.as_text().items() if name != "id"}

    def remark(self, key):
        """Return the field for a section's remark, or None for one that the revision lacks."""
        name = f"{REMARK}{key}"
        return self[name] if name in self.sections else None

    @cached_property
    def remarks(self):
        return {
            section["key"]: self.cleaned_data[name]
            for name, section in self.sections.items()
            if self.cleaned_data.get(name)
        }

    def clean(self):
        if self.cleaned_data.get("decision") == "sign":
            self.clean_signature()
        elif self.cleaned_data.get("decision") == "changes":
            self.errors.pop("correct_until", None)  # no day is needed
            wrote = any(self.data.get(name, "").strip() for name in ("message", *self.sections))
            if not wrote:
                self.add_error("message", _("Say what should change: in this message, or in a remark on a section."))

    def clean_signature(self):
        """Demand what only a signature needs."""
        needed = {
            "credentials": _("Write what makes you fit to check this page."),
            "interests": _("Write what could sway you or, if there is nothing, “None declared”."),
            "correct_until": _("Choose the day until which the page is correct."),
            "has_read": _("Tick this when you have read the whole page."),
        }
        for name, reason in needed.items():
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, reason)

    def said(self):
        """Return what publishing.review keeps."""
        cleaned, known = self.cleaned_data, self.said_of(self.contributor)
        said = {name: cleaned[name] for name in known}
        known = {name: value.replace("\r\n", "\n").strip() for name, value in known.items()}
        return {
            "correct_until": cleaned["correct_until"] if cleaned["decision"] == "sign" else None,
            "message": cleaned["message"],
            "remarks": self.remarks,
            "correction": said if said != known else None,
        }
