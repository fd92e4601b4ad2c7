"""A site with one of everything that an archive keeps, and the same site emptied again."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from articles import pictures, publishing
from articles.models import (
    Article,
    Contributor,
    Event,
    Link,
    Picture,
    Review,
    Revision,
    SiteStatement,
    Term,
    Topic,
    Vote,
)
from tests.factories import make_article, make_contributor, make_role

BODY = (
    "Rest.\r\n\r\n---\n<!-- section\n\\<!-- part: steps -->\n\tTab, two spaces  \n## Like a heading\n🦵 \u202eעברית\n\n"
)


def uploaded(colour="red"):
    """Return the address of a new picture."""
    content = BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "PNG")
    return pictures.store(SimpleUploadedFile("x.png", content.getvalue()))


def make_site():
    """Fill a site: each kind of section, people of one name, pictures, reviews, and articles in each state."""
    call_command("load_first_article")
    edith, ruth = make_role("Editor", "edith"), make_role("Reviewer", "ruth")
    author = make_contributor("Rosa Test", credentials="Writer", interests="None declared\nsince 2020")
    reviewer = make_contributor("Rosa Test", credentials="Physiotherapist: “no”", user=ruth)
    stranger = make_contributor("ليلى")
    in_library = Picture.objects.create(title="A red one: 1.10", image=uploaded(), alt="Red.", credit="By us")
    Picture.objects.create(title="Nothing", image=uploaded("blue"), is_decorative=True)
    Term.objects.create(term="no", forms="1.10, ~", meaning="Not: yes")
    make_rich(edith, author, reviewer, in_library)
    make_others(edith, stranger)
    SiteStatement.objects.create(safety="Stop.\nHold on.", about=f"![Green]({uploaded('green')})", created_by=edith)
    publishing.log("topic", by=edith, note="Muscles → Muscles & joints")
    first = Article.objects.get(slug="muscle-leg-cramps")
    Vote.objects.create(article=first, revision=first.revisions.get(), voter="x", value=5)


def make_rich(edith, author, reviewer, in_library):
    """Make an article with a long history."""
    article = make_article("Sore feet", sections=[("Odd", BODY), (" two  spaces ", "x ")], published=False)
    article.authors.add(author)
    more = {
        "exercise": {
            "when": "during",
            "postures": "in_bed sitting",
            "steps": "Stand.\nLean.",
            "hold": 5,
            "sides": "each",
        },
        "do_dont": {"do": "Rest.", "do_not": "Do not run.\n\n", "sides": "each"},
        "option": {"benefit": "Some[^a-journal]", "risk": "- Some", "certainty": f"![Red]({in_library.image})"},
        "questions": {"questions": "Why?", "steps": "of another kind"},
    }
    for kind, fields in more.items():
        article.sections.create(kind=kind, heading=f"Of {kind}", **fields, picture=in_library)
    drawing = Picture.objects.filter(drawing="toes-to-shin").first()
    article.sections.create(kind="urgent", heading="Get help if:", body="- x\n- y", picture_2=drawing)
    article.sources.create(title="On feet", publisher="A journal", year=2020, url="https://example.org/?a=1#b")
    article.known, article.not_known, article.funding = "- This\n- that", "\nNothing\n", "Us"
    article.save()
    publishing.submit(article, by=edith)
    day = timezone.localdate() + timedelta(days=300)
    correction = {"name": "Rosa Test", "credentials": "Dr", "interests": ""}
    revision = publishing.newest(article)
    publishing.review(revision, contributor=reviewer, message="Too short", remarks={"odd": "This: ~"})
    publishing.take_back(article, by=edith)
    publishing.submit(article, by=edith)
    publishing.review(revision, contributor=reviewer, correct_until=day, correction=correction)
    publishing.publish(article, by=edith, note="First: out")
    article.refresh_from_db()
    article.title, article.slug, article.summary = "Sore feet 2", "sore-feet-2", "One\nTwo  \nThree"
    article.save()
    publishing.publish(article, by=edith, note="A typo", change="small")
    article.answers.create(finding="long_words", place="odd", because="It is the word", by=edith, who="edith")
    article.sections.first().delete()
    Article.objects.get(pk=article.pk).sections.filter(heading="Of option").update(position=None, body="Not saved yet")
    Link.objects.create(revision=revision, expires_at=timezone.now())
    publishing.warn(article, by=edith, text="Not so")


def make_others(edith, stranger):
    """Make articles that wait, are withdrawn, have expired, are deleted, say the same in Arabic, or are old."""
    later, soon = timezone.now() + timedelta(days=9), timezone.now() + timedelta(days=3)
    publishing.publish(
        make_article("Waiting", published=False), by=edith, at=later, expires_at=later + timedelta(days=1)
    )
    publishing.withdraw(make_article("Withdrawn"), by=edith, reason="It was: wrong")
    expired = make_article("Expired")
    publishing.set_expiry(expired, by=edith, at=soon)
    Article.objects.filter(pk=expired.pk).update(expires_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    publishing.delete(make_article("Deleted", published=False), by=edith)
    Article.objects.create(title="", slug="Empty_1", summary="")
    original = make_article("Original", topic=Topic.objects.create(name="No: 1", slug="no-1"))
    translation = publishing.translate(original, "ar", by=edith)
    translation.topic = Topic.objects.create(name="عضلات", slug="ar-1", language="ar", description="وصف")
    translation.title = "أصل"
    translation.save()
    translation.authors.add(stranger)
    publishing.publish(translation, by=edith)
    publishing.duplicate(translation, by=edith)
    old = make_article("Old")
    shown = {"id": 999_999, "drawing": "wall-1-stand", "image": "", "alt": "A wall.", "caption": ""}
    people = [{"id": 999_999, "name": "Gone", "credentials": "", "interests": ""}]
    section = {"key": "a", "kind": "text", "heading": "A", "body": "Text"}
    sections = [section, section | {"key": "b", "kind": "exercise", "hold": "5", "pictures": [shown]}]
    old.revisions.create(number=2, title="Old", summary="", sections=sections, authors=people)


def empty_site():
    """Take all of it away, until the site is as its migrations leave it."""
    Revision.objects.update(reviewed_as=None)
    Article.objects.update(translation_of=None, copy_of=None)
    for model in (Vote, Link, Event, Review, Revision, Article, Topic, Term, Picture, Contributor, SiteStatement):
        model.objects.all().delete()
    get_user_model().objects.all().delete()
    SiteStatement.objects.create(safety="As it came.", about="As it came.", note="As the site came")
