"""Samples taken away again (articles/samples.py): these and nothing else."""

import contextlib

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q

from articles import finding, library, pausing, samples
from articles.bulk_samples import SHELF
from articles.models import (
    Article,
    Contributor,
    Event,
    ImportedFile,
    Link,
    OutsideLink,
    Picture,
    PictureUse,
    Review,
    Revision,
    Tally,
    Term,
    Topic,
    Vote,
)

AT_ONCE = 200  # articles in one transaction
OF_REVISIONS = (Link, Review)


def remove():
    """Take all samples away, and yield after each transaction how many articles are gone."""
    while pks := list(samples.made().order_by("-pk").values_list("pk", flat=True)[:AT_ONCE]):
        shown = PictureUse.objects.filter(article__in=pks, number=None).values_list("name", flat=True)
        images = set(shown)
        remove_articles(pks)
        remove_files(images)
        yield len(pks)
    remove_others()


@transaction.atomic
def remove_articles(pks):
    """Delete articles with all that belongs to them. A copy or a translation that an editor made stays."""
    own, revisions = {"article__in": pks}, Revision.objects.filter(article__in=pks)
    finding.remove(*pks)
    Article.objects.filter(copy_of__in=pks).update(copy_of=None)
    Article.objects.filter(translation_of__in=pks).update(translation_of=None, based_on=None)
    for model in OF_REVISIONS:
        model.objects.filter(revision__in=revisions).delete()
    for model in (Vote, Tally, Event, ImportedFile):
        model.objects.filter(**own).delete()
    revisions.update(reviewed_as=None)
    revisions.delete()
    Article.objects.filter(pk__in=pks).delete()


@transaction.atomic
def remove_others():
    """Delete what samples were made with, unless an editor has used it for something else."""
    text = samples.text()
    people = Contributor.objects.filter(name__in=("Sample author", "Sample reviewer"), articles=None)
    own = Q(slug__in=[row["slug"] for row in text["topics"]]) | Q(slug__startswith=SHELF)
    links = OutsideLink.objects.filter(url__contains="//sample.example.org/", articles=None)
    terms = Term.objects.filter(term__in=[row["term"] for row in text["terms"]])
    names = [f"sample-{role.lower()}" for role in samples.ROLES]
    shown = Picture.objects.filter(title__in=[row["title"] for row in text["pictures"]])
    for row in (*people, *Topic.objects.filter(own), *terms, *links):
        delete(row)
    remove_files([picture.image for picture in shown if delete(picture) and picture.image])
    for user in get_user_model().objects.filter(username__in=names):
        if not delete(user):  # somebody signed in as it, and its name stands in a history
            user.is_active = False
            user.save()


def delete(row):
    """Delete a row, unless something else needs it; return whether it is gone."""
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, IntegrityError):
        return False
    return True


def remove_files(images):
    """Delete the files of images that nothing shows any more."""
    files = library.stored()
    with contextlib.suppress(pausing.BackingUp), pausing.no_backup():  # else they are found as unused later
        for address in set(images) - library.known(images):
            for name in files.get(address, ()):
                default_storage.delete(name)
