"""Where pictures are used, which files nothing shows, and one picture replaced by another everywhere."""

import os
import re
import time
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from articles import chores, library, picture_replacing, pictures, publishing
from articles.models import Article, Event, Picture, PictureUse, SiteStatement
from articles.rendering import SANITISER, render_markdown, smaller, srcset
from articles.workflow import Refused
from tests.factories import make_article, make_role
from tests.test_picture_library import LIBRARY, SAID, image_file, make_picture, make_user, page_of

pytestmark = pytest.mark.django_db
REPLACE = f"{LIBRARY}replace/"


def stored(width=40, height=30):
    """Return the address of an uploaded image."""
    file = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "PNG")
    return pictures.store(SimpleUploadedFile("foot.png", file.getvalue(), "image/png"))


def files(settings):
    return sorted(path.name for path in (settings.MEDIA_ROOT / "images").glob("*"))


def make_old(settings, days=2):
    """Let all stored files be some days old."""
    for path in (settings.MEDIA_ROOT / "images").glob("*"):
        os.utime(path, (time.time() - days * 86_400,) * 2)


def body_of(article):
    return article.sections.get().body


def page(client, address):
    return client.get(address).content.decode()


# Widths


@pytest.mark.parametrize(
    ("width", "widths"), [(40, []), (480, []), (481, [480]), (800, [480]), (801, [480, 800]), (2_000, [480, 800])]
)
def test_a_picture_has_smaller_files_and_none_that_are_larger_than_itself(settings, width, widths):
    address = stored(width, 100)
    assert list(smaller(address)) == widths
    assert len(files(settings)) == len(widths) + 1
    for own, name in smaller(address).items():
        with Image.open(settings.MEDIA_ROOT / pictures.file_of(name)) as picture:
            assert (picture.format, picture.width) == ("WEBP", own)


def test_every_file_that_a_page_names_is_there(client):
    address = stored(1_000, 500)
    html = render_markdown(f"![A foot]({address})")
    named = re.findall(r"/media/images/\S+?\.webp", html)
    assert len(set(named)) == 3
    assert 'width="1000" height="500"' in html
    for name in named:
        response = client.get(name)
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert "immutable" in response["Cache-Control"]


def test_a_picture_stored_before_has_no_choice_of_widths():
    old = f"/media/images/{'0' * 32}-1600x1200.webp"
    assert srcset(old) == ""
    assert "srcset" not in render_markdown(f"![A foot]({old})")


def test_a_smaller_file_is_none_that_a_text_may_name():
    html = render_markdown(f"![A foot](/media/images/{'0' * 32}-1600x1200w480.webp)")
    assert "<img" not in html


def test_smaller_files_are_made_again_where_only_the_picture_came(settings):
    address = stored(1_000, 500)
    for name in smaller(address).values():
        (settings.MEDIA_ROOT / pictures.file_of(name)).unlink()
    pictures.make_smaller(address)
    assert len(files(settings)) == 3


@pytest.mark.parametrize(
    "choice",
    [
        'srcset="https://evil.example/x.webp 1x"',
        f'srcset="/media/images/{"0" * 32}-1600x1200w480.webp 480w"',
        f'srcset="/media/images/{"0" * 32}-1600x1200w.webp 1600w"',
        f'srcset="/admin/logout/ 480w, /media/images/{"0" * 32}-1600x1200w.webp 1600w"',
        'sizes="expression(alert(1))"',
    ],
)
def test_the_sanitiser_keeps_only_the_choice_that_a_picture_has(choice):
    address = f"/media/images/{'0' * 32}-1600x1200w.webp"
    assert SANITISER.clean(f'<img src="{address}" {choice}>') == f'<img src="{address}">'
    whole = f'<img src="{address}" srcset="{srcset(address)}">'
    assert SANITISER.clean(whole) == whole


def test_nothing_that_is_hidden_in_a_file_is_in_any_width(settings):
    file = BytesIO()
    Image.effect_noise((1_000, 900), 60).convert("RGB").save(file, "JPEG", comment=b"<script>", exif=b"Exif\0\0secret")
    pictures.store(SimpleUploadedFile("foot.jpg", file.getvalue() + b"<script>", "image/jpeg"))
    for name in files(settings):
        content = (settings.MEDIA_ROOT / "images" / name).read_bytes()
        assert b"<script>" not in content
        assert b"secret" not in content
    assert len(files(settings)) == 3


# Credits


def test_readers_see_the_credit_and_versions_from_before_have_none(client):
    picture = make_picture()
    article = make_user(picture)
    before = publishing.newest(article)
    assert "credit" not in before.sections[0]["pictures"][0]
    assert publishing.record(article, by=None) == before
    Picture.objects.update(credit="R. Roe, <free>")
    publishing.publish(article, by=None)
    shown = page(client, "/articles/sore-feet/")
    assert "Picture: R. Roe, &lt;free&gt;" in shown
    assert "*Picture: R. Roe, \\<free\\>*" in page(client, "/articles/sore-feet.md")
    assert client.get("/articles/sore-feet.json").json()["sections"][0]["pictures"][0]["credit"] == "R. Roe, <free>"
    publishing.restore(before, by=None)
    assert article.sections.get().picture == picture


def test_a_picture_that_comes_back_has_its_credit():
    picture = make_picture(credit="R. Roe")
    article = make_user(picture)
    revision = publishing.newest(article)
    article.sections.update(picture=None)
    publishing.record(article, by=None)
    picture.delete()
    publishing.restore(revision, by=None)
    assert article.sections.get().picture.credit == "R. Roe"


# Use


def test_use_is_told_by_working_copy_and_version():
    picture = make_picture()
    article = make_user(picture)
    assert library.counts([picture]) == {picture.pk: (1, 1)}
    article.sections.update(picture=None)
    publishing.record(article, by=None)
    assert library.counts([picture]) == {picture.pk: (0, 1)}
    publishing.publish(article, by=None)
    (place,) = library.places(picture)
    assert (place.is_working, place.live, place.older) == (False, None, [1])


def test_an_image_of_the_library_within_a_text_is_a_use_of_it(editor_client):
    picture = make_picture(drawing="", image=stored())
    make_article(sections=[f"![describe this picture]({picture.image})"], published=False)
    publishing.record(Article.objects.get(), by=None)
    listed = page(editor_client, f"{LIBRARY}?use=used&description=missing")
    assert "Missing within a text" in listed
    assert "Foot" not in page(editor_client, f"{LIBRARY}?use=unused").partition("results")[2]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("use=used", ["Used"]),
        ("use=unused", ["Bare", "Pattern"]),
        ("description=missing", ["Bare"]),
        ("description=decorative", ["Pattern"]),
        ("description=there", ["Used"]),
        ("kind=drawings", ["Used", "Pattern"]),
        ("kind=images", ["Bare"]),
        ("q=somebody", ["Used"]),
        ("use=nonsense&kind=%00", ["Used", "Bare", "Pattern"]),
    ],
)
def test_the_library_is_filtered(editor_client, query, names):
    make_user(make_picture(title="Used", credit="Somebody"))
    make_picture(title="Bare", drawing="", image=stored(), alt="Describe this picture")
    make_picture(title="Pattern", alt="", is_decorative=True)
    found = re.findall(r'change/[^"]*">(\w+)</a>', page(editor_client, f"{LIBRARY}?{query}"))
    assert sorted(set(found) & {"Used", "Bare", "Pattern"}) == sorted(names)


def test_a_page_of_the_library_asks_the_same_number_of_questions_however_much_there_is(
    editor_client, django_assert_max_num_queries
):
    for number in range(60):
        make_picture(title=f"Picture {number}")
    article = make_user(Picture.objects.first())
    for number in range(5):
        article.sections.update(body=f"{number}")
        publishing.record(article, by=None)
    with django_assert_max_num_queries(12):
        page(editor_client, LIBRARY)


def test_images_within_texts_are_listed_with_what_they_lack(editor_client):
    first, second = stored(), stored(60)
    make_article("One", sections=[f"![A foot]({first})"])
    make_article("Two", sections=[f"![]({second})"], published=False)
    publishing.record(Article.objects.get(title="Two"), by=None)
    everything = page(editor_client, f"{LIBRARY}within/")
    assert ">One</a>" in everything
    assert "Missing in 1 article" in everything
    lacking = page(editor_client, f"{LIBRARY}within/?missing&p=99")
    assert ">One</a>" not in lacking
    assert ">Two</a>" in lacking


# Files that nothing shows


def test_only_files_that_nothing_names_are_deleted(settings, editor_client):
    kept = [stored() for _ in range(6)]
    gone = stored(1_000)
    make_picture(drawing="", image=kept[0])
    article = make_article(sections=[f"![A foot]({kept[1]})"])
    article.sections.update(
        body=f"![A foot]({kept[2].replace('/', '&#47;')}) ![B]({kept[5].replace('-', chr(92) + '-')})"
    )
    publishing.record(article, by=None)
    article.sections.update(body="Nothing.", benefit=f"![A foot]({kept[3]})")  # of another kind: the page hides it
    publishing.record(article, by=None)
    SiteStatement.objects.create(safety="Care.", about=f"![Us]({kept[4]})")
    SiteStatement.objects.create(safety="Care.", about="Us.")
    make_old(settings)
    assert [image.address for image in library.unused()] == [gone]
    call_command("unused_pictures")
    assert len(files(settings)) == 9
    editor_client.post(f"{LIBRARY}unused/", {"sure": ""})
    assert len(files(settings)) == 9
    answer = editor_client.post(f"{LIBRARY}unused/", {"sure": "1"}, follow=True).content.decode()
    assert "1 image was deleted." in answer
    assert files(settings) == sorted(address.rpartition("/")[2] for address in kept)
    assert gone.rpartition("/")[2] in Event.objects.get(action="picture").note


def test_a_file_of_the_last_day_stays(settings, editor_client):
    stored()
    make_old(settings, days=0.9)
    assert "It stays for now." in page(editor_client, f"{LIBRARY}unused/")
    assert library.delete_unused(by=None) == 0
    assert len(files(settings)) == 1


def test_other_files_in_the_folder_are_left_alone(settings):
    stored()
    (settings.MEDIA_ROOT / "images" / "notes.txt").write_text("mine")
    make_old(settings)
    assert library.delete_unused(by=None) == 1
    assert files(settings) == ["notes.txt"]


def test_what_a_killed_upload_left_goes_after_a_day(settings):
    whole = stored().rpartition("/")[2]
    folder = settings.MEDIA_ROOT / "images"
    (folder / f"{whole}.{'a1' * 16}").write_bytes(b"half")
    make_old(settings)
    (folder / f"{whole}.{'b2' * 16}").write_bytes(b"being written")
    assert chores.run(["uploads"]) == (["uploads"], [])
    assert files(settings) == [whole, f"{whole}.{'b2' * 16}"]


def test_a_site_without_any_file_has_none_to_delete(editor_client):
    assert "There are none." in page(editor_client, f"{LIBRARY}unused/")


# Replacing


def test_a_picture_is_replaced_in_all_working_copies_and_readers_see_it_later(editor_client, client):
    old, new = make_picture(), make_picture(title="Better", drawing="wall-1-stand", alt="A wall.")
    articles = [make_user(old, "Sore feet"), make_user(old, "Sore legs", "picture_2")]
    address = f"{REPLACE}?old={old.pk}&new={new.pk}"
    shown = page(editor_client, address)
    assert all(article.title in shown for article in articles)
    answer = editor_client.post(address, {"article": [article.pk for article in articles]}, follow=True)
    assert "Replaced in 2 articles." in answer.content.decode()
    for article in articles:
        newest = publishing.newest(article)
        assert newest.number == 2
        assert newest.published_at is None
        assert newest.note == "The picture “Foot” was replaced by “Better”."
        assert Event.objects.filter(action="replace_picture", revision=newest).count() == 1
        assert [kept["id"] for kept in newest.sections[0]["pictures"]] == [new.pk]
    assert SAID["alt"] in page(client, "/articles/sore-feet/")
    assert not library.annotated(Picture.objects).get(pk=old.pk).used


def test_an_image_within_texts_is_replaced_with_its_description(editor_client):
    old = stored()
    new = make_picture(drawing="", image=stored(60), alt="A [new] foot.")
    body = f'Look: ![An old \\[foot\\]]({old} "title") and ![again](<{old}>).\n\n[x]: {old}'
    article = make_article(sections=[body])
    editor_client.post(f"{REPLACE}?old={old}&new={new.pk}", {"article": article.pk})
    shown = f"![A \\[new\\] foot.]({new.image})"
    assert body_of(article) == f"Look: {shown} and {shown}.\n\n[x]: {new.image}"


def test_a_drawing_cannot_stand_within_a_text(editor_client):
    old, new = stored(), make_picture()
    article = make_article(sections=[f"![A foot]({old})"])
    assert "where a drawing can&#x27;t stand" in page(editor_client, f"{REPLACE}?old={old}&new={new.pk}")
    answer = editor_client.post(f"{REPLACE}?old={old}&new={new.pk}", {"article": article.pk}, follow=True)
    assert "where a drawing can&#x27;t stand" in answer.content.decode()
    assert publishing.newest(article).number == 1


def test_what_others_save_meanwhile_is_kept(editor):
    old, new = make_picture(), make_picture(title="Better", drawing="wall-1-stand")
    article = make_user(old)
    stale = Article.objects.get(pk=article.pk)
    article.sections.update(body="Saved meanwhile.")
    publishing.record(article, by=editor)
    picture_replacing.replace(stale, old, new, by=editor)
    assert body_of(article) == "Saved meanwhile."


def test_a_second_confirmation_and_a_deleted_article_are_refused_with_a_sentence(editor_client, editor):
    old, new = make_picture(), make_picture(title="Better", drawing="wall-1-stand")
    article = make_user(old)
    post = f"{REPLACE}?old={old.pk}&new={new.pk}", {"article": article.pk}
    editor_client.post(*post)
    again = editor_client.post(*post, follow=True).content.decode()
    assert "It does not show the picture any more." in again
    assert publishing.newest(article).number == 2
    gone = make_user(old, "Gone")
    publishing.withdraw(gone, by=editor)
    publishing.delete(gone, by=editor)
    with pytest.raises(Refused, match="The article is deleted"):
        picture_replacing.replace(gone, old, new, by=editor)


def test_a_new_image_is_uploaded_and_takes_the_place(editor_client):
    old = make_picture()
    make_user(old)
    address = f"{REPLACE}?old={old.pk}"
    empty = editor_client.post(address, SAID | {"title": "New foot"}).content.decode()
    assert "Choose an image." in empty
    assert 'value="New foot"' in empty
    answer = editor_client.post(address, SAID | {"title": "New foot", "upload": image_file()}, follow=True)
    new = Picture.objects.get(title="New foot")
    assert answer.redirect_chain == [(f"?old={old.pk}&new={new.pk}", 302)]
    assert "Replace it in these articles" in answer.content.decode()


@pytest.mark.parametrize("old", ["", "0", "x", "9" * 40, "/media/images/x.webp", "%00"])
def test_an_unknown_picture_is_not_found(editor_client, old):
    assert editor_client.get(f"{REPLACE}?old={old}").status_code == 404


def test_a_picture_does_not_replace_itself_and_a_search_finds_others(editor_client):
    old = make_picture()
    make_picture(title="Better", drawing="wall-1-stand")
    assert "What becomes of each article" not in page(editor_client, f"{REPLACE}?old={old.pk}&new={old.pk}")
    assert "Better" in page(editor_client, f"{REPLACE}?old={old.pk}&q=bett%00er")
    assert "Nothing was found." in page(editor_client, f"{REPLACE}?old={old.pk}&q=zzz")


@pytest.mark.parametrize(
    ("role", "reads", "weeds"), [("Author", 200, 403), ("Editor", 200, 200), ("Reviewer", 403, 403), (None, 302, 302)]
)
def test_editors_weed_and_replace_and_authors_look(client, role, reads, weeds):
    picture = make_picture()
    if role:
        client.force_login(make_role(role))
    for name in ("within", "unused"):
        assert client.get(f"{LIBRARY}{name}/").status_code == reads
    assert client.get(f"{REPLACE}?old={picture.pk}").status_code == weeds
    deleting = client.post(f"{LIBRARY}unused/", {"sure": "1"}).status_code
    assert deleting == (302 if role in ("Editor", None) else 403)
    assert ("Replace everywhere" in page(client, page_of(picture))) == (role == "Editor")


def test_the_migration_finds_what_a_save_would_have_found():
    picture = make_picture(drawing="", image=stored())
    article = make_user(picture)
    article.sections.update(body=f"![]({stored()})", picture_2=picture)
    Article.objects.update(known=f"![]({stored()})")
    publishing.record(Article.objects.get(), by=None)
    fields = ("article", "revision", "number", "name", "is_missing")
    before = set(PictureUse.objects.values_list(*fields))
    PictureUse.objects.all().delete()
    import_module("articles.migrations.0020_picture_uses").find_uses(apps, None)
    assert set(PictureUse.objects.values_list(*fields)) == before
    assert len(before) == 7
