"""Sample articles for trying a site out: one of everything, clearly marked (articles/samples.toml).

What was made is known by an event of its own, so that an editor's article is never taken for a sample.
"""

import hashlib
import random
import tomllib
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from articles import answers, checks, drawings, folding, kinds, outside_links, pictures, publishing, rating, work
from articles.models import (
    Article,
    Contributor,
    Event,
    OutsideLink,
    Picture,
    Review,
    Revision,
    Term,
    Topic,
    Vote,
)
from articles.rendering import PLACEHOLDER

ACTION = "sample"  # of the event that says that an article is one
WHO = "populate_demo_data"
FIRST = "muscle-leg-cramps"
ROLES = ("Author", "Reviewer", "Editor")
DAY = timedelta(days=1)
OLD, RECENT = (200, 150), (80, 1)  # days ago: versions and votes of the published article


@cache
def text():
    """Return what samples are made of."""
    return tomllib.loads((Path(__file__).parent / "samples.toml").read_text(encoding="utf-8"))


def made():
    """Return the articles that are samples, deleted ones too."""
    return Article.objects.filter(pk__in=Event.objects.filter(action=ACTION).values("article"))


def others():
    """Return the articles of a site that are neither samples nor the first article."""
    return Article.objects.exclude(slug=FIRST).exclude(pk__in=made().values("pk"))


def sign(article):
    """Say of an article that it is a sample."""
    publishing.log(ACTION, article, who=WHO)
    return article


# One of everything


def fill():
    """Make one of everything that is not there yet, and return how many articles were made."""
    people(), topics(), terms()
    library = shown()
    before = made().count()
    for row in text()["articles"]:
        if not Article.objects.filter(slug=slug_of(row["title"])).exists():
            make(row, library)
    return made().count() - before  # with the translation


def slug_of(title):
    return "sample-" + "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split()[1:])


def people():
    """Make an account for each role, without a password, and the people whom readers see."""
    for role in ROLES:
        user, is_new = get_user_model().objects.get_or_create(
            username=f"sample-{role.lower()}", defaults={"is_staff": True, "first_name": "Sample", "last_name": role}
        )
        if is_new:
            user.set_unusable_password()
            user.save()
            user.groups.set(Group.objects.filter(name=role))
    for name in ("author", "reviewer"):
        user = get_user_model().objects.get(username=f"sample-{name}")
        said = {"credentials": "Sample: not a real person", "interests": "Sample: not a real person", "user": user}
        Contributor.objects.get_or_create(name=f"Sample {name}", defaults=said)


def topics():
    for row in text()["topics"]:
        Topic.objects.get_or_create(slug=row["slug"], defaults=row)


def terms():
    for row in text()["terms"]:
        Term.objects.get_or_create(term=row["term"], defaults=row)


def shown():
    """Return the sample pictures of the library by their keys; those that are missing are made."""
    found = {}
    for row in text()["pictures"]:
        own = {name: value for name, value in row.items() if name not in ("key", "drawing")}
        picture = Picture.objects.filter(title=row["title"]).first()
        if picture is None:
            what = {"drawing": drawings.names()[row["drawing"]]} if "drawing" in row else {"image": image()}
            picture = Picture.objects.create(**own, **what)
        found[row["key"]] = picture
    return found


def image():
    """Store a small image, a plant in a pot, and return its address."""
    picture = Image.new("RGB", (1200, 900), "#e6f2ee")
    pen = ImageDraw.Draw(picture)
    for left, top in ((250, 250), (450, 120), (650, 250)):
        pen.ellipse((left, top, left + 300, top + 420), fill="#0b6b5e", outline="#084f46", width=8)
    pen.polygon([(400, 560), (800, 560), (740, 840), (460, 840)], fill="#8c3b00", outline="#32210f", width=8)
    file = BytesIO()
    picture.save(file, "PNG")
    return pictures.store(ContentFile(file.getvalue(), "sample.png"))


@transaction.atomic
def make(row, library):
    """Make a sample article and bring it to its state."""
    state, title = row["state"], row["title"]
    topic = Topic.objects.get(slug=text()["topics"][0 if state in ("published", "draft", "warned") else 1]["slug"])
    said = {"also_called": row.get("also_called", ""), "summary": f"{title[8:].capitalize()}: {text()['note']['body']}"}
    article = Article.objects.create(title=title, slug=slug_of(title), topic=topic, **said)
    article.authors.add(Contributor.objects.get(name="Sample author"))
    article.sections.create(position=1, heading="This is a sample", body=text()["note"]["body"])
    if state == "published":
        write_all(article, library)
    publishing.record(article, by=None, note="Sample")
    sign(article)
    STATES[state](article)


def write_all(article, library):
    """Give an article a section of each kind, and sources."""
    for position, row in enumerate(text()["sections"], start=2):
        fields = {name: value.strip() if isinstance(value, str) else value for name, value in row.items()}
        shown = [library[key] for key in fields.pop("pictures", ())]
        fields["body"] = fields["body"].replace("{image}", library["plant"].image)
        article.sections.create(position=position, **fields, **dict(zip(kinds.PICTURES, shown, strict=False)))
    for position, row in enumerate(text()["sources"], start=1):
        article.sources.create(position=position, **row)
    Article.objects.filter(pk=article.pk).update(
        known="Sample text: the plastic plant is green.", not_known="Sample text: why it is green."
    )
    article.refresh_from_db()


# The states


def reviewer():
    return Contributor.objects.get(name="Sample reviewer")


def draft(article):
    """Leave a draft with an image that has no description yet."""
    article.sections.create(position=2, heading="An image to describe", body=f"![{PLACEHOLDER}]({image()})")
    publishing.record(article, by=None, note="Sample: an image")


def in_review(article):
    return publishing.submit(article, by=None, note="Sample")


def changes_requested(article):
    key = article.sections.first().key
    said = {"message": "Sample: please change the pot.", "remarks": {key: "Sample remark."}}
    return publishing.review(in_review(article), contributor=reviewer(), **said)


def approved(article):
    until = timezone.localdate() + 365 * DAY
    return publishing.review(in_review(article), contributor=reviewer(), correct_until=until).revision


def scheduled(article):
    publishing.publish(article, by=None, at=timezone.now() + 30 * DAY)


def out(article):
    return publishing.publish(article, by=None, note="Sample: first version")


def published(article):
    """Publish two versions, answer a finding, find links broken, let readers vote, and translate it."""
    first = out(article)
    section = article.sections.get(heading="What a sample is")
    section.body += "\n\nThe second version of this sample has one more sentence."
    section.save()
    second = publishing.publish(article, by=None, note="Sample: one more sentence")
    back_date(first, OLD[0])
    back_date(second, RECENT[0])
    vote(first, OLD, low=True)
    vote(second, RECENT)
    answer(article)
    break_links(article)
    translate(article)
    work.update(article)


def expired(article):
    out(article)
    Article.objects.filter(pk=article.pk).update(expires_at=timezone.now() - DAY)
    work.update(article)


def withdrawn(article):
    out(article)
    publishing.withdraw(article, by=None, reason="This sample was taken back, to show how that looks.")


def deleted(article):
    publishing.delete(article, by=None)


def warned(article):
    out(article)
    publishing.warn(article, by=None, text="Sample: the plastic plant has been given away.")


def overdue(article):
    revision = approved(article)
    publishing.publish(article, by=None, note="Sample: checked")
    now = timezone.now()
    signed = Review.objects.filter(revision=revision)
    signed.update(at=now - 400 * DAY, correct_until=timezone.localdate(now - 35 * DAY))
    back_date(revision, 400)
    work.update(article)


def low_rating(article):
    vote(back_date(out(article), RECENT[0]), RECENT, low=True)
    work.update(article)


STATES = {
    **{act.__name__: act for act in (draft, in_review, changes_requested, approved, scheduled, published, expired)},
    **{act.__name__: act for act in (withdrawn, deleted, warned, overdue, low_rating)},
}


def back_date(revision, days):
    """Let a publication lie some days back."""
    Revision.objects.filter(pk=revision.pk).update(published_at=timezone.now() - days * DAY)
    return revision


def vote(revision, days, low=False):
    """Let sample readers vote on a version between two days ago; votes too old for a cookie are counts."""
    dice = random.Random(revision.number)  # noqa: S311  the same votes in each run
    weights, now, votes = ((4, 5, 3, 2, 1) if low else (1, 1, 3, 6, 5)), timezone.now(), []
    keys = [row["key"] for row in revision.sections]
    for number in range(80):
        value = dice.choices(range(1, 6), weights)[0]
        at = now - (days[1] + dice.random() * (days[0] - days[1])) * DAY
        one = Vote(article=revision.article, revision=revision, value=value, created_at=at, updated_at=at)
        one.day = timezone.localdate(at)
        one.voter = hashlib.sha256(f"sample {revision.pk} {number}".encode()).hexdigest()
        one.reason = dice.choice((*rating.reasons(one), ""))
        one.section = dice.choice((*keys, rating.WHOLE, "")) if rating.fell_short(one) else ""
        votes.append(one)
    ended = [one for one in votes if one.updated_at < now - rating.COOKIE_AGE - folding.GRACE]
    for one in ended:
        folding.add({name: getattr(one, name) for name in folding.KEY}, 1)
    Vote.objects.bulk_create(one for one in votes if one not in ended)


def answer(article):
    """Say of two findings of the checks why they are kept."""
    by = get_user_model().objects.get(username="sample-editor")
    found = [one for one in checks.findings(Revision.of(article)) if one.is_open]
    for one in found[:2]:
        answers.keep(article, *one.key, "Sample answer: the words are meant so.", by=by)


def break_links(article):
    """Say of the made-up addresses that a sample links to what a check would find there."""
    outside_links.note_links(article)
    finding, now = OutsideLink.Finding, timezone.now()
    sample = OutsideLink.objects.filter(articles=article, url__contains="//sample.example.org/")
    sample.update(finding=finding.DEAD, detail="no_host", failures=outside_links.FAILURES, checked_at=now)
    for link in sample.filter(url__startswith="http://"):
        encrypted = link.url.replace("http:", "https:", 1)
        sample.filter(pk=link.pk).update(finding=finding.INSECURE, detail="200", failures=0, leads_to=encrypted)


def translate(article):
    """Make and publish a translation into Arabic, which says that it is a sample as well."""
    copy = publishing.translate(article, "ar", by=None)
    copy.title, copy.also_called, copy.known, copy.not_known = "Sample: نبتة من البلاستيك", "", "", ""
    copy.summary = "هذا نص تجريبي عن نبتة من البلاستيك، وليس نصيحة صحية."
    copy.save()
    copy.sections.exclude(pk=copy.sections.first().pk).delete()
    copy.sections.update(heading="Sample: نص تجريبي", body="النبتة من البلاستيك. هذا نص تجريبي، وليس نصيحة صحية.")
    copy.sources.all().delete()
    publishing.publish(copy, by=None)
    sign(copy)
