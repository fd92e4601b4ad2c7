"""The drawings that come with the project: safe, small, described, and the same for ever."""

import gzip
import hashlib
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils import timezone

import articles
from articles import drawings, publishing
from articles.models import Picture
from articles.templatetags.drawings import picture_html
from tests.factories import make_article, make_contributor

# A revision never changes, nor the files it shows. To change a drawing, add a new one under a new name, and a
# line here; the old one stays for the revisions that show it.
RELEASED = {
    "toes-to-shin": "97ab1f3cff1e5ac902ebf345abc571623a75268ca355fd66eb58c9fd569b8e54",
    "walking-on-heels": "f4381ce8622bacef5c41c986afc9527f2123386b6fda7941eaeddb44eff5d3ac",
    "wall-1-stand": "1e19a2418bfeed879a309640fcc38d10757029c83921147bad361e2fa4eb59a4",
    "wall-2-lean": "678255ba1b3082016255b39c363c9d092223989c70070b5702203aa30fe3aecf",
    "wall-3-hold": "4bb720ae83eaa32e0de4ccf1d88f7b0357e6bdf51aa0627490c66aa2fc4e6f25",
}
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {f"{SVG}svg", f"{SVG}path", f"{SVG}g", f"{SVG}circle", f"{SVG}ellipse"}
SAID = {
    *("viewBox", "class", "d", "fill", "stroke", "color", "stroke-width", "stroke-linecap", "stroke-linejoin"),
    *("stroke-dasharray", "cx", "cy", "r", "rx", "ry"),
}
COLOURED = {"body", "ground", "soft", "move", "muscle"}
UNCHECKED = "No health professional has checked the drawing"
EITHER = "No doctor or other health professional has checked this text or its drawings."


def file_of(name):
    return (drawings.FOLDER / f"{name}.svg").read_bytes()


def parsed(name):
    return ElementTree.fromstring(file_of(name))  # noqa: S314  our own file


def make_picture(drawing="toes-to-shin", **fields):
    return Picture.objects.create(**{"title": "Toes", "drawing": drawing, "alt": "Toes point to the shin."} | fields)


def make_pictured(*shown, **fields):
    """Return the revision of a new, published article whose one section shows pictures."""
    article = make_article(published=False)
    article.sections.update(**dict(zip(("picture", "picture_2", "picture_3"), shown, strict=False)), **fields)
    return publishing.publish(article, by=None)


def page_of(client):
    return client.get("/articles/sore-feet/").content.decode()


# The files


def test_a_released_drawing_never_changes():
    assert {name: hashlib.sha256(file_of(name)).hexdigest() for name in drawings.names()} == RELEASED


def test_a_drawing_holds_shapes_and_nothing_that_acts_refers_or_needs_translation():
    """Everything but a few elements and attributes is out: scripts, styles, ids, links, texts, other files."""
    for name in drawings.names():
        for element in parsed(name).iter():
            assert element.tag in DRAWN, name
            assert set(element.attrib) <= SAID, name
            assert not ((element.text or "") + (element.tail or "")).strip(), name
            assert element.get("class", "body") in COLOURED, name


def test_the_page_colours_every_part_of_a_drawing():
    css = (settings.BASE_DIR / "static/css/site.css").read_text()
    assert [name for name in COLOURED if f".drawing .{name} " not in css] == []


def test_drawings_are_small():
    files = [file_of(name) for name in drawings.names()]
    assert max(map(len, files)) < 2_000
    assert len(gzip.compress(b"".join(files))) < 3_000


def test_a_drawing_has_a_frame_and_begins_where_the_page_names_it():
    for name in drawings.names():
        root = parsed(name)
        left, top, width, height = map(int, root.get("viewBox").split())
        assert (left, top) == (0, 0), name
        assert min(width, height) > 200, name
        assert drawings.source(name).startswith("<svg "), name


def test_the_first_article_shows_every_drawing_with_a_description_of_its_own():
    text = tomllib.loads((Path(articles.__file__).parent / "first_article.toml").read_text())
    alts = {picture["drawing"]: picture["alt"] for picture in text["pictures"]}
    shown = {name for section in text["sections"] for name in section.get("pictures", ())}
    assert set(alts) == shown == set(drawings.names())
    assert len(set(alts.values())) == len(alts)
    assert all(20 < len(alt) <= 125 for alt in alts.values())


@pytest.mark.parametrize("name", ["", "nothing", "../icon", "toes-to-shin.svg", "wall-1-stand/../toes-to-shin"])
def test_a_name_that_no_drawing_has_is_never_a_path(name):
    with pytest.raises(ValueError, match="There is no drawing"):
        drawings.source(name)


# On the page


def test_a_drawing_is_said_as_what_it_shows_and_a_decorative_one_is_not_said():
    assert 'role="img" aria-label="&lt;A &amp; &quot;B&quot;&gt;"' in drawings.svg("toes-to-shin", '<A & "B">')
    decorative = drawings.svg("toes-to-shin", "")
    assert 'aria-hidden="true"' in decorative
    assert "role=" not in decorative


@pytest.mark.django_db
def test_a_section_shows_its_pictures_numbered_with_captions(client):
    make_pictured(
        make_picture(caption="Before <b>"), make_picture("wall-2-lean", title="Lean", alt="", is_decorative=True)
    )
    page = page_of(client)
    assert page.count('<svg class="drawing"') == 2
    assert '<span class="number">1</span> Before &lt;b&gt;</figcaption>' in page
    assert '<span class="number">2</span> </figcaption>' in page
    assert 'aria-label="Toes point to the shin."' in page


@pytest.mark.django_db
def test_one_picture_has_no_number_and_without_a_caption_no_line_for_it(client):
    make_pictured(make_picture())
    assert "figcaption" not in page_of(client)


@pytest.mark.django_db
def test_drawings_are_marked_as_not_checked_until_somebody_has(client):
    revision = make_pictured(make_picture())
    page = page_of(client)
    assert f"Drawn for this site. {UNCHECKED}." in page
    assert EITHER in page
    publishing.review(revision, contributor=make_contributor(), correct_until=timezone.localdate())
    page = page_of(client)
    assert UNCHECKED not in page
    assert EITHER not in page


@pytest.mark.django_db
def test_what_to_do_now_stays_short_for_the_line_below_it_says_the_same(client):
    make_pictured(make_picture(), kind="act_now")
    page = page_of(client)
    assert UNCHECKED not in page
    assert EITHER in page


@pytest.mark.django_db
def test_an_image_is_not_said_to_be_made_for_this_site(client):
    address = f"/media/images/{'0' * 32}-40x30.webp"
    make_pictured(make_picture(drawing="", image=address))
    page = page_of(client)
    assert f'<img src="{address}" alt="Toes point to the shin." width="40" height="30"' in page
    assert UNCHECKED not in page
    assert EITHER not in page


@pytest.mark.django_db
def test_of_a_drawing_that_has_gone_the_page_shows_the_description(client):
    make_pictured(make_picture("no-more"))
    assert '<p class="gone">Toes point to the shin.</p>' in page_of(client)


def test_an_address_that_is_none_of_ours_is_never_shown():
    row = {"drawing": "", "image": "https://example.org/track.png", "alt": "A <foot>", "caption": ""}
    assert picture_html(row) == '<p class="gone">A &lt;foot&gt;</p>'
