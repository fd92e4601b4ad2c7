"""The library of pictures at the editors' desk: what it takes, refuses, keeps and says."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles import pictures, publishing
from articles.models import Event, Picture
from tests.factories import make_article, make_role

pytestmark = pytest.mark.django_db

LIBRARY = "/admin/articles/picture/"
ADD = f"{LIBRARY}add/"
SAID = {"title": "Foot", "alt": "A foot seen from the side.", "caption": "The left one."}
DRAWING = SAID | {"drawing": "toes-to-shin"}


def image_file(name="foot.png", content=None):
    file = BytesIO()
    Image.new("RGB", (40, 30), (10, 120, 90)).save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue() if content is None else content, "image/png")


def add(client, **fields):
    return client.post(ADD, fields, follow=True).content.decode()


def make_picture(**fields):
    return Picture.objects.create(**SAID | {"drawing": "toes-to-shin"} | fields)


def make_user(picture, title="Sore feet", name="picture"):
    """Return a published article that shows a picture."""
    article = make_article(title, published=False)
    article.sections.update(**{name: picture})
    publishing.publish(article, by=None)
    return article


def page_of(picture):
    return f"{LIBRARY}{picture.pk}/change/"


def kept_in(page):
    """Return the address of the image that a form came back with."""
    return re.search(r'name="kept" value="([^"]*)"', page)[1]


# What it takes


def test_an_editor_chooses_a_drawing(editor_client):
    add(editor_client, **DRAWING)
    picture = Picture.objects.get()
    assert (picture.drawing, picture.image, picture.alt) == ("toes-to-shin", "", SAID["alt"])


def test_an_editor_uploads_an_image_which_is_made_anew(editor_client, settings):
    add(editor_client, **SAID, upload=image_file())
    picture = Picture.objects.get()
    assert picture.drawing == ""
    assert re.fullmatch(r"/media/images/[0-9a-f]{32}-40x30\.webp", picture.image)
    with Image.open(settings.MEDIA_ROOT / picture.image.removeprefix("/media/")) as stored:
        assert stored.format == "WEBP"


def test_a_decorative_picture_has_no_description(editor_client):
    add(editor_client, **DRAWING | {"alt": "", "is_decorative": "on"})
    assert Picture.objects.get().as_text()["alt"] == ""


# What it refuses, with a sentence, and without losing what was typed


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"drawing": ""}, "Choose one of the drawings, or upload an image."),
        ({"drawing": "../icon"}, "Select a valid choice."),
        ({"drawing": "toes-to-shin", "upload": "a file"}, "Choose a drawing or upload an image, not both."),
        ({"alt": ""}, "Write what the picture shows."),
        ({"alt": " Describe this picture "}, "Write what the picture shows."),
        ({"alt": "decorative"}, "tick “decorative”."),
        ({"is_decorative": "on"}, "A decorative picture needs no description."),
        ({"alt": "x" * 126}, "at most 125 characters"),
        ({"title": ""}, "This field is required."),
        ({"title": "Nul\0"}, "Null characters are not allowed."),
    ],
)
def test_what_breaks_a_rule_is_refused_with_a_sentence(editor_client, fields, sentence):
    if "upload" in fields:
        fields = fields | {"upload": image_file()}
    page = add(editor_client, **DRAWING | fields)
    assert sentence in page
    assert 'value="The left one."' in page
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<script>alert(1)</script>",
        b"GIF89a\1\0\1\0\0\0\0;",
        b"\x89PNG\r\n\x1a\nbroken",
    ],
)
def test_a_file_that_is_no_picture_is_kept_out_and_what_was_typed_is_kept(editor_client, settings, content):
    page = add(editor_client, **SAID, upload=image_file(content=content))
    assert re.search(r"This file (is empty|can&#x27;t be read as a picture)", page)
    assert 'value="A foot seen from the side."' in page
    assert not Picture.objects.exists()
    assert not settings.MEDIA_ROOT.exists()


def test_an_image_need_not_be_chosen_again_while_the_rest_is_mended(editor_client):
    page = add(editor_client, **SAID | {"alt": ""}, upload=image_file())
    address = kept_in(page)
    assert "You need not choose it again." in page
    assert f'src="{address}"' in page
    add(editor_client, **SAID, kept=address)
    assert Picture.objects.get().image == address


def test_a_drawing_that_is_chosen_instead_takes_the_place_of_a_kept_image(editor_client):
    address = pictures.store(image_file())
    add(editor_client, **DRAWING, kept=address)
    assert (Picture.objects.get().drawing, Picture.objects.get().image) == ("toes-to-shin", "")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x.webp",
        "/media/images/../../secret_key",
        "/media/images/" + "a" * 32 + "-40x30.webp",  # as one of ours, but there is no such file
        '"><script>alert(1)</script>',
    ],
)
def test_a_kept_image_can_only_be_one_of_ours(editor_client, address):
    page = add(editor_client, **SAID, kept=address)
    assert "Choose one of the drawings, or upload an image." in page
    assert "<script>alert" not in page
    assert not Picture.objects.exists()


def test_a_name_can_be_had_once(editor_client):
    make_picture()
    assert "Picture with this Name already exists." in add(editor_client, **DRAWING)


# What it shows


def test_the_list_shows_thumbnails_descriptions_and_use(editor_client, django_assert_max_num_queries):
    make_user(make_picture())
    make_picture(title="Pattern", drawing="wall-1-stand", alt="", is_decorative=True)
    with django_assert_max_num_queries(12):
        page = editor_client.get(LIBRARY).content.decode()
    assert page.count('<svg class="drawing" aria-hidden="true"') == 2
    assert SAID["alt"] in page
    assert "Decorative" in page
    for name in ("in_copies", "in_versions"):
        assert re.findall(rf'field-{name}">(\d)<', page) == ["1", "0"]


def test_a_picture_whose_drawing_has_gone_is_still_listed(editor_client):
    make_picture(drawing="no-more")
    assert "Foot" in editor_client.get(LIBRARY).content.decode()


@pytest.mark.parametrize("name", ["picture", "picture_2", "picture_3"])
def test_a_picture_says_which_articles_use_it(editor_client, name):
    picture = make_picture()
    article = make_user(picture, "Legs & feet", name)
    page = editor_client.get(page_of(picture)).content.decode()
    assert f'<a href="/admin/articles/article/{article.pk}/change/"><strong>Legs &amp; feet</strong></a>' in page
    assert "working copy; version 1, which readers see" in page


# Changing and deleting


def test_what_a_picture_shows_never_changes(editor_client):
    picture = make_picture()
    editor_client.post(page_of(picture), DRAWING | {"drawing": "wall-1-stand", "upload": image_file()})
    picture.refresh_from_db()
    assert (picture.drawing, picture.image) == ("toes-to-shin", "")


def test_a_better_description_reaches_readers_with_the_next_publication(editor_client, editor, client):
    article = make_user(picture := make_picture())
    editor_client.post(page_of(picture), DRAWING | {"alt": "A bare foot."})
    newest = publishing.newest(article)
    assert newest.sections[0]["pictures"][0]["alt"] == "A bare foot."
    assert newest.note == "The picture “Foot” was changed in the library."
    assert "A foot seen from the side." in client.get("/articles/sore-feet/").content.decode()
    publishing.publish(article, by=editor)
    assert "A bare foot." in client.get("/articles/sore-feet/").content.decode()


def test_a_picture_in_use_is_not_deleted_and_the_sentence_names_the_articles(editor_client):
    picture = make_picture()
    make_user(picture, "Legs & feet")
    for method in (editor_client.get, editor_client.post):
        page = method(f"{LIBRARY}{picture.pk}/delete/", {"post": "yes"}, follow=True).content.decode()
        assert "“Foot” was not deleted, for these articles use it: “Legs &amp; feet”." in page
    assert Picture.objects.exists()


def test_the_file_of_a_deleted_picture_stays_for_the_revisions_that_show_it(editor_client, settings):
    picture = make_picture(drawing="", image=pictures.store(image_file()))
    editor_client.post(f"{LIBRARY}{picture.pk}/delete/", {"post": "yes"})
    assert not Picture.objects.exists()
    assert (settings.MEDIA_ROOT / picture.image.removeprefix("/media/")).exists()


def test_every_change_is_in_the_audit(editor_client):
    add(editor_client, **DRAWING)
    picture = Picture.objects.get()
    editor_client.post(page_of(picture), DRAWING | {"caption": "The right one."})
    editor_client.post(page_of(picture), DRAWING | {"caption": "The right one."})
    editor_client.post(f"{LIBRARY}{picture.pk}/delete/", {"post": "yes"})
    notes = list(Event.objects.filter(action="picture").order_by("pk").values_list("note", flat=True))
    assert notes[0].startswith("Foot. drawing: “” → “toes-to-shin”, name: “” → “Foot”")
    assert notes[1:] == ["Foot. caption: “The left one.” → “The right one.”", "Foot was deleted."]


# Who may


@pytest.mark.parametrize(
    ("role", "adds", "deletes"), [("Author", True, False), ("Editor", True, True), ("Reviewer", False, False)]
)
def test_authors_fill_the_library_and_editors_weed_it(client, role, adds, deletes):
    client.force_login(make_role(role))
    picture = make_picture()
    add(client, **DRAWING | {"title": "Another"})
    assert Picture.objects.filter(title="Another").exists() == adds
    client.post(f"{LIBRARY}{picture.pk}/delete/", {"post": "yes"})
    assert Picture.objects.filter(pk=picture.pk).exists() != deletes
