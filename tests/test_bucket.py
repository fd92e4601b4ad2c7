"""Pictures in a bucket of S3-compatible storage: served, listed, deleted, exported and imported as from a folder."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image

from articles import archive, backups, library, pictures, restoring, unarchive
from articles.models import Picture
from articles.workflow import Refused
from cramps_site import environment
from tests.archived_site import empty_site, make_site
from tests.factories import make_article
from tests.running import free_port
from tests.test_archive import tree

LATER = "The picture could not be stored at this moment. Nothing else is lost: try again in a minute."


@pytest.fixture(scope="module")
def server():
    """The address of an S3 server on this machine."""
    from moto.server import ThreadedMotoServer  # takes seconds

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server, settings):
    """A new bucket, in which the site keeps its pictures."""
    import boto3

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "se/cret", "region_name": "eu-west-1"}
    made = boto3.resource("s3", endpoint_url=f"http://{server}", **keys).Bucket(uuid4().hex)
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    use(settings, f"s3://key:se%2Fcret@{server}/{made.name}/site?region=eu-west-1&tls=no")
    return made


@pytest.fixture
def no_bucket(settings):
    """An address where nothing answers."""
    use(settings, f"s3://key:secret@127.0.0.1:{free_port()}/pictures?tls=no")


def use(settings, address):
    settings.STORAGES = settings.STORAGES | {"default": environment.media_storage(address)}


def picture(size=(1000, 600)):
    content = BytesIO()
    Image.new("RGB", size, "red").save(content, "PNG")
    return SimpleUploadedFile("foot.png", content.getvalue(), "image/png")


def names(bucket):
    return sorted(found.key.rpartition("/")[2] for found in bucket.objects.all())


def upload(client):
    return client.post("/admin/markdownx/upload/", {"image": picture()})


def test_an_upload_is_in_the_bucket_in_all_widths_and_served_from_the_sites_address(editor_client, client, bucket):
    address = upload(editor_client).json()["image_code"].partition("(")[2].rstrip(")")
    assert [key.key.partition("/images/")[0] for key in bucket.objects.all()] == ["site"] * 3
    sizes = [name.partition("-")[2] for name in names(bucket)]
    assert sizes == ["1000x600w.webp", "1000x600w480.webp", "1000x600w800.webp"]
    for width, end in ((1000, "w.webp"), (480, "w480.webp"), (800, "w800.webp")):
        response = client.get(address.replace("w.webp", end))
        content = response.getvalue()
        assert response.status_code == 200
        assert response["Content-Type"] == "image/webp"
        assert response["Content-Length"] == str(len(content))
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "sandbox" in response["Content-Security-Policy"]
        assert Image.open(BytesIO(content)).width == width


def test_a_picture_that_is_not_there_is_not_found(client, bucket, db):
    assert client.get(f"/media/images/{'0' * 32}-40x30.webp").status_code == 404


def test_of_the_same_name_none_takes_anothers_place(bucket):
    assert not pictures.is_stored("/media/images/x.webp")
    storage = pictures.default_storage
    assert storage.save("images/x.webp", picture()) == "images/x.webp"
    assert storage.save("images/x.webp", picture()) != "images/x.webp"
    assert len(names(bucket)) == 2


def test_unused_files_are_listed_and_deleted(editor_client, bucket, capsys, monkeypatch):
    used, unused = pictures.store(picture()), pictures.store(picture())
    Picture.objects.create(title="Used", image=used, is_decorative=True)
    assert unused in editor_client.get("/admin/articles/picture/unused/").content.decode()
    monkeypatch.setattr(library, "WRITING", timedelta(0))
    call_command("unused_pictures")
    assert f"{unused}\n1 images that nothing shows." in capsys.readouterr().out
    call_command("unused_pictures", delete=True)
    assert len(names(bucket)) == 3
    assert pictures.is_stored(used)
    assert library.unused_image(unused, [pictures.file_of(unused)]) is None


def test_a_site_goes_out_and_comes_back_byte_by_byte(bucket, tmp_path, db):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    bucket.objects.all().delete()
    list(unarchive.restore(tmp_path / "one", publish=True))
    list(archive.export(tmp_path / "two"))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len([name for name in tree(tmp_path / "two") if name.endswith(".webp")]) >= 3


def test_without_an_answer_a_picture_says_so_and_pages_are_read(client, no_bucket, db):
    response = client.get(f"/media/images/{'0' * 32}-40x30.webp")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert response["Cache-Control"] == "no-store"
    assert "We could not get that picture" in response.content.decode()
    shown = make_article(sections=[f"![A foot](/media/images/{'0' * 32}-40x30.webp)"])
    assert client.get(shown.get_absolute_url()).status_code == 200


def test_without_an_answer_an_upload_is_refused_with_a_sentence(editor_client, no_bucket):
    response = upload(editor_client)
    assert (response.status_code, response.content.decode()) == (400, LATER)


def test_without_an_answer_the_librarys_form_keeps_what_was_typed(editor_client, no_bucket):
    typed = {"title": "A foot", "alt": "Toes point up.", "upload": picture(), "drawing": ""}
    html = editor_client.post("/admin/articles/picture/add/", typed).content.decode()
    assert LATER in html
    assert 'value="A foot"' in html
    assert "Toes point up." in html
    assert not Picture.objects.exists()


def test_without_an_answer_lists_and_commands_say_so(editor_client, no_bucket, tmp_path, archived):
    page = editor_client.get("/admin/articles/picture/unused/")
    assert "be read at this moment. Try again in a minute." in page.content.decode()
    with pytest.raises(CommandError, match="The files can't be read or deleted: The bucket of MEDIA_STORAGE gave no"):
        call_command("unused_pictures")
    with pytest.raises(Refused, match="The pictures can't be read or stored at this moment: The bucket of"):
        list(unarchive.restore(archived))
    make_article(sections=[f"![A foot](/media/images/{'0' * 32}-40x30.webp)"])
    with pytest.raises(Refused, match="The bucket of MEDIA_STORAGE gave no answer"):
        list(archive.export(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_backup_has_the_buckets_files_and_puts_them_back(db, bucket, tmp_path):
    make_site()
    before = {key.key: key.get()["Body"].read() for key in bucket.objects.all()}
    list(backups.make(tmp_path / "site.backup"))
    bucket.objects.all().delete()
    bucket.put_object(Key=min(before), Body=b"damaged")
    list(restoring.restore(tmp_path / "site.backup", replace=True))
    assert {key.key: key.get()["Body"].read() for key in bucket.objects.all()} == before
    assert len(before) == 3


def test_without_an_answer_no_backup_is_made_and_none_restored(db, server, settings, no_bucket, tmp_path):
    with pytest.raises(backups.NotMade, match="could not be made: The bucket of MEDIA_STORAGE gave no answer"):
        list(backups.make(tmp_path / "site.backup"))
    assert not list(tmp_path.glob("*.backup"))
    address = settings.STORAGES["default"]
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    make_site()
    list(backups.make(tmp_path / "site.backup"))
    settings.STORAGES = settings.STORAGES | {"default": address}
    with pytest.raises(restoring.NotRestored, match="The bucket of MEDIA_STORAGE gave no answer"):
        list(restoring.restore(tmp_path / "site.backup", replace=True))


def test_a_bucket_that_is_not_there_is_no_empty_one(client, server, settings, db):
    use(settings, f"s3://key:secret@{server}/none-of-ours?tls=no")
    assert client.get(f"/media/images/{'0' * 32}-40x30.webp").status_code == 503


def test_the_address_says_where_the_bucket_is():
    found = environment.media_storage("s3://a%2Bb:c%2Fd@store.example.org:9000/pictures/of/site?region=eu-1")
    assert found["OPTIONS"] == {
        "endpoint_url": "https://store.example.org:9000",
        "bucket_name": "pictures",
        "location": "of/site",
        "region_name": "eu-1",
        "access_key": "a+b",
        "secret_key": "c/d",
    }
    without_keys = environment.media_storage("s3://store.example.org/pictures")["OPTIONS"]
    assert "access_key" not in without_keys


def test_a_missing_package_ends_with_a_sentence():
    with pytest.raises(SystemExit, match=r"MEDIA_STORAGE needs a package that is not installed\. Install it: "):
        environment.need_package("no_such_package", "MEDIA_STORAGE", "django-storages[s3]")
