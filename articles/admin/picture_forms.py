"""The forms of the library: what is said of a picture, and for a new one what it is."""

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import drawings, pictures
from articles.models import Picture
from articles.rendering import is_decorative, is_placeholder
from articles.templatetags.drawings import picture_html

SAID = ["title", "alt", "is_decorative", "caption", "credit"]


def thumbnail(picture):
    """Return a picture as a small image, which what stands beside it says in words."""
    return format_html('<div class="thumbnail">{}</div>', picture_html(picture.as_text() | {"alt": ""}))


def drawing_choices():
    """Return the drawings to choose from, each with its thumbnail."""
    none = ("", _("None: I upload an image instead"))
    return [none, *((name, format_html("{} {}", thumbnail(Picture(drawing=name)), name)) for name in drawings.names())]


class PictureForm(forms.ModelForm):
    """What is said of a picture, and for a new one what it is: one drawing, or an image that is uploaded.

    An image that was taken stays in the form by its address (`kept`) while the rest of it is mended.
    """

    drawing = forms.ChoiceField(
        label=gettext_lazy("Drawing"),
        choices=drawing_choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("One of those that come with the site. It takes the colours of the page."),
    )
    upload = forms.FileField(
        label=gettext_lazy("Image"),
        required=False,
        help_text=gettext_lazy(
            "Or an image of yours: JPEG, PNG or WebP, up to 10 MB. The site makes a new file from it, "
            "which no longer says where and when it was taken."
        ),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"empty": gettext_lazy("This file is empty. Choose another.")},
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("drawing", "upload", "kept"):
                del self.fields[name]

    def clean_upload(self):
        """Store an image at once, and return its address, or that of the one stored before."""
        file = self.cleaned_data["upload"]
        if file:
            return self.keep(pictures.store(file))
        address = self.data.get("kept", "")
        return self.keep(address) if pictures.is_stored(address) else ""

    def keep(self, address):
        self.data = self.data.copy()
        self.data["kept"] = address
        words = _("This image is kept in the form. You need not choose it again.")
        shown = thumbnail(Picture(image=address))
        self["upload"].help_text = format_html("{} {}", shown, words)
        return address

    def clean(self):
        cleaned = super().clean()
        if self.instance._state.adding and not {"drawing", "upload"} & set(self.errors):
            self.choose(cleaned.get("drawing", ""), cleaned["upload"])
        if "alt" not in self.errors:
            self.check_description(cleaned["alt"], cleaned["is_decorative"])
        return cleaned

    def choose(self, drawing, image):
        """Take what the picture is: a drawing or an image."""
        if drawing and self.files.get("upload"):
            self.add_error("upload", _("Choose a drawing or upload an image, not both. Take “None” to keep the image."))
        elif not drawing and not image:
            is_choice = "drawing" in self.fields
            words = _("Choose one of the drawings, or upload an image.") if is_choice else _("Choose an image.")
            self.add_error("drawing" if is_choice else "upload", words)
        self.instance.image = "" if drawing else image

    def check_description(self, alt, decorative):
        if decorative and alt:
            self.add_error("alt", _("A decorative picture needs no description. Remove it, or untick “decorative”."))
        elif not decorative and (is_placeholder(alt) or is_decorative(alt)):
            words = _("Write what the picture shows. If it says nothing that the text does not say, tick “decorative”.")
            self.add_error("alt", words)


class ImageForm(PictureForm):
    """A new image, where a drawing has been offered otherwise."""

    class Meta:
        model = Picture
        fields = SAID

    field_order = ["upload", *SAID]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["drawing"]
        self.fields["upload"].help_text = _("JPEG, PNG or WebP, up to 10 MB.")
