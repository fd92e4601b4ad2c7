"""What the editor in the admin asks for: the preview and a place for a picture, and who gets them."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from PIL import Image

from articles.rendering import MAX_BYTES, PICTURE, render_markdown
from articles.widgets import MarkdownWidget
from tests.factories import make_staff

PREVIEW, UPLOAD = reverse("markdownx_markdownify"), reverse("markdownx_upload")
TEXT = "# Feet\n\nRest[^1] *now* ![x](/y) <b>\n\n[^1]: [There](https://example.org)"


def picture(name="foot.png"):
    file = BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


def post(client, address, **headers):
    """Post something that is in order to one of the two addresses."""
    return client.post(address, {"content": TEXT} if address == PREVIEW else {"image": picture()}, **headers)


def files(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def assert_refused(settings, response, status, *words):
    """Check that an answer is a sentence in plain text, and that nothing was stored."""
    sentence = response.content.decode()
    assert response.status_code == status
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert sentence.endswith(".")
    assert all(word in sentence for word in words)
    assert files(settings) == []


# Who gets in


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_a_stranger_is_told_to_sign_in(settings, client, db, address):
    assert_refused(settings, post(client, address), 403, "sign in again in another tab")


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_someone_who_is_no_staff_is_refused(settings, client, db, address):
    user = make_staff("Rita", "add_article", "change_article")
    user.is_staff = False
    user.save()
    client.force_login(user)
    assert_refused(settings, post(client, address), 403)


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_someone_whose_account_was_closed_is_refused(settings, editor_client, editor, address):
    assert post(editor_client, PREVIEW).status_code == 200
    editor.is_active = False
    editor.save()
    assert_refused(settings, post(editor_client, address), 403)


@pytest.mark.parametrize("permissions", [(), ("view_article", "view_section", "change_section", "change_topic")])
@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_staff_who_may_not_write_articles_are_refused(settings, client, db, permissions, address):
    client.force_login(make_staff("Stan", *permissions))
    assert_refused(settings, post(client, address), 403, "not allowed to write articles")


@pytest.mark.parametrize("permission", ["add_article", "change_article"])
@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_staff_who_may_write_articles_are_served(client, db, permission, address):
    client.force_login(make_staff("Edith", permission))
    assert post(client, address).status_code == 200


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_whoever_signed_out_is_refused_again(settings, editor_client, address):
    editor_client.logout()
    assert_refused(settings, post(editor_client, address), 403, "signed out")


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_both_addresses_take_posts_only(client, editor_client, address, method):
    for visitor in (Client(), editor_client):
        response = getattr(visitor, method)(address)
        assert response.status_code == 405
        assert response["Allow"] == "POST"


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_a_post_from_another_site_is_refused(settings, editor, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert post(client, address).status_code == 403
    assert post(client, address, headers={"X-CSRFToken": "a" * 64}).status_code == 403
    assert files(settings) == []


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_a_post_with_the_pages_token_is_served(editor, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    form = client.get(reverse("admin:articles_article_add")).content.decode()
    token = re.search('name="csrfmiddlewaretoken" value="([^"]*)"', form)[1]
    assert post(client, address, headers={"X-CSRFToken": token}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/markdownx/", "/markdownx/markdownify/", "/markdownx/upload/", "/admin/markdownx/"]
)
def test_markdownxs_own_addresses_do_not_exist(settings, editor_client, address):
    assert editor_client.get(address).status_code == 404
    assert editor_client.post(address, {"content": "a", "image": picture()}).status_code == 404
    assert files(settings) == []


@pytest.mark.parametrize("name", ["markdownx:markdownx_markdownify", "markdownx:markdownx_upload"])
def test_markdownxs_own_views_have_no_name(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


# The token to save with


def test_a_form_gets_a_token_that_will_do_also_after_signing_in_elsewhere(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    token = client.get(reverse("editor_session")).json()["token"]
    assert post(client, PREVIEW, headers={"X-CSRFToken": token}).status_code == 200


def test_whoever_is_signed_out_gets_a_token_too_and_no_cache_keeps_it(client, db):
    response = client.get(reverse("editor_session"))
    assert set(response.json()) == {"token"}
    assert "no-store" in response["Cache-Control"]
    assert client.post(reverse("editor_session")).status_code == 405


# The preview


@pytest.mark.parametrize(
    "text", ["", " ", "a", TEXT, "a\r\n\r\nb\r\n", "“é” 😀", "<script>alert(1)</script>", "a" * MAX_BYTES]
)
@pytest.mark.parametrize("prefix", ["preview", "sections-0-body"])
def test_the_preview_is_what_the_page_will_show(editor_client, text, prefix):
    response = editor_client.post(PREVIEW, {"content": text, "prefix": prefix})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response.content.decode() == render_markdown(text, prefix=prefix)


@pytest.mark.parametrize(
    ("prefix", "used"),
    [
        (None, "preview"),
        ("", "preview"),
        ("???", "preview"),
        ("sections-__prefix__-body", "sections-__prefix__-body"),
        ('a" onclick="b', "a-onclickb"),
        ("<script>", "script"),
        ("a--b", "a-b"),
    ],
)
def test_ids_in_the_preview_begin_with_a_harmless_prefix(editor_client, prefix, used):
    data = {"content": TEXT} | ({} if prefix is None else {"prefix": prefix})
    assert editor_client.post(PREVIEW, data).content.decode() == render_markdown(TEXT, prefix=used)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "no text to show"),
        ({"prefix": "a"}, "no text to show"),
        ({"text": "a"}, "no text to show"),
        ({"content": "a\0b"}, "no text to show"),
        ({"content": "a", "prefix": "\0"}, "no text to show"),
        ({"content": "a", "prefix": "a" * 81}, "no text to show"),
        ({"content": "a" * (MAX_BYTES + 1)}, "50001 bytes"),
        ({"content": "é" * (MAX_BYTES // 2) + "a"}, "50001 bytes"),
    ],
)
def test_a_preview_that_cannot_be_made_is_refused_with_a_sentence(settings, editor_client, data, words):
    assert_refused(settings, editor_client.post(PREVIEW, data), 400, words)


def test_a_preview_changes_nothing(settings, editor_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):  # the session, the user, their permissions, and the glossary
        post(editor_client, PREVIEW)
    assert files(settings) == []


# Pictures


def test_an_uploaded_picture_comes_back_as_markdown(settings, editor_client):
    response = post(editor_client, UPLOAD)
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["image_code"]
    assert re.fullmatch(
        r"!\[describe this picture\]\(/media/images/[0-9a-f]{32}-60x40\.webp\)", response.json()["image_code"]
    )
    assert len(files(settings)) == 1


def uploaded(client):
    """Upload a picture and return its address."""
    return PICTURE.search(post(client, UPLOAD).json()["image_code"])[0]


def test_the_preview_shows_an_uploaded_picture(editor_client):
    address = uploaded(editor_client)
    html = editor_client.post(PREVIEW, {"content": f"![A foot]({address})"}).content.decode()
    assert f'<img src="{address}" alt="A foot" width="60" height="40"' in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "no picture"),
        ({"image": "words"}, "no picture"),
        ({"image": SimpleUploadedFile("foot.png", b"", "image/png")}, "no picture"),
        ({"picture": SimpleUploadedFile("foot.png", b"a", "image/png")}, "no picture"),
        ({"image": SimpleUploadedFile("foot.gif", b"<script>alert(1)</script>", "image/gif")}, "can't be read"),
        ({"image": SimpleUploadedFile("foot.svg", b"<svg onload=alert(1)>", "image/svg+xml")}, "can't be read"),
        ({"image": SimpleUploadedFile("foot.png", b"\x89PNG\r\n\x1a\n", "image/png")}, "can't be read"),
        ({"image": SimpleUploadedFile("../../x.html", b"\xff\xd8\xff", "text/html")}, "can't be read"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_with_a_sentence(settings, editor_client, data, words):
    assert_refused(settings, editor_client.post(UPLOAD, data), 400, words)


def test_a_picture_that_is_too_large_is_refused_with_a_sentence(settings, editor_client):
    settings.MARKDOWNX_UPLOAD_MAX_SIZE = 50
    assert_refused(settings, post(editor_client, UPLOAD), 400, "MB")


def test_a_picture_is_served_to_all_for_ever_and_locked_in_a_sandbox(settings, editor_client):
    address = uploaded(editor_client)
    response = Client().get(address)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == files(settings)[0].read_bytes()
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "attachment" not in response.get("Content-Disposition", "")


def test_a_picture_is_the_same_for_everybody(editor_client):
    address = uploaded(editor_client)
    for client in (Client(), editor_client):
        response = client.get(address)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_a_picture_can_be_asked_about_but_not_changed(editor_client):
    address = uploaded(editor_client)
    head = Client().head(address)
    assert (head.status_code, head["Content-Type"]) == (200, "image/webp")
    assert b"".join(head) == b""
    for method in ("post", "put", "patch", "delete"):
        assert getattr(editor_client, method)(address).status_code == 405


NAME = f"{'a' * 32}-6x4.webp"


@pytest.mark.parametrize(
    "path",
    [
        NAME,
        "",
        "..",
        "../db.sqlite3",
        "../../secret-key",
        "%2e%2e/db.sqlite3",
        "%2e%2e%2fdb.sqlite3",
        "..%5cdb.sqlite3",
        "..%252fdb.sqlite3",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        f"../images/{NAME}/../x",
        f"x/{NAME}",
        f"{NAME}/",
        f"{NAME}%00",
        f"%00{NAME}",
        f"{NAME}%0a",
        f"{NAME}.html",
        NAME.replace("webp", "html"),
        NAME.replace("webp", "svg"),
        NAME.replace("webp", "WEBP"),
        NAME.replace(".webp", ""),
        NAME.replace("a", "A"),
        NAME.replace("6x4", "6x4444444"),
        NAME.replace("6x4", "６x４"),
        NAME[1:],
        f"a{NAME}",
        "secret.txt",
        "%ff%fe.webp",
        "\u202e.webp",
        "a" * 5_000,
    ],
)
def test_no_other_path_of_the_media_leads_to_a_file(settings, client, db, path):
    for file in ("db.sqlite3", "secret.txt", "images/secret.txt", f"images/{NAME}.html"):
        place = settings.MEDIA_ROOT / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("secret")
    response = client.get(f"/media/images/{path}")
    assert response.status_code == 404
    assert b"secret" not in response.content


@pytest.mark.parametrize(
    "path", ["/media/", "/media/images", "/media/secret.txt", "/media/../db.sqlite3", "/media//images/a"]
)
def test_the_folder_of_the_media_is_not_served(client, db, path):
    assert client.get(path).status_code == 404


# The field


def field(text="", name="sections-0-body"):
    return MarkdownWidget().render(name, text, attrs={"id": f"id_{name}"})


def test_the_field_has_markdownxs_attributes():
    html = field()
    for attribute in (
        'class="vLargeTextField markdownx-editor"',
        f'data-markdownx-urls-path="{PREVIEW}"',
        f'data-markdownx-upload-urls-path="{UPLOAD}"',
        "data-markdownx-latency=",
        "data-markdownx-editor-resizable=",
    ):
        assert attribute in html


@pytest.mark.django_db
def test_the_field_shows_the_preview_at_once():
    html = field(TEXT)
    assert f">{render_markdown(TEXT, prefix='sections-0-body')}</div>" in html
    assert "Rest[^1] *now* ![x](/y) &lt;b&gt;" in html


@pytest.mark.parametrize("text", [None, ""])
def test_an_empty_field_has_an_empty_preview(text):
    assert 'aria-label="Preview"></div>' in field(text)


@pytest.mark.django_db
def test_a_field_with_too_long_a_text_keeps_it_and_shows_no_preview():
    html = field("a" * (MAX_BYTES + 1))
    assert "a" * (MAX_BYTES + 1) in html
    assert 'aria-label="Preview"></div>' in html


@pytest.mark.django_db
def test_nothing_gets_out_of_the_field():
    html = field("</textarea><script>alert(1)</script>", name='"><script>')
    assert "<script" not in html
    assert html.count("</textarea>") == 1


@pytest.mark.django_db
def test_previews_of_two_fields_have_ids_of_their_own():
    ids = re.findall(r' id="([^"]+)"', field(TEXT) + field(TEXT, name="sections-1-body"))
    assert len(ids) == len(set(ids))


def test_the_fields_script_is_ours_and_the_packages_own_is_not_loaded():
    media = str(MarkdownWidget().media)
    assert 'src="/static/js/markdown-editor.js"' in media
    assert 'type="module"' in media
    assert "markdownx" not in media


def test_the_form_of_an_article_has_the_field(editor_client):
    html = editor_client.get(reverse("admin:articles_article_add")).content.decode()
    assert 'name="sections-0-body"' in html or 'name="sections-__prefix__-body"' in html
    assert "markdownx-editor" in html
    assert "js/markdown-editor.js" in html
