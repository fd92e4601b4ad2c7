"""Very many plain published sample articles, quickly: rows as publishing makes them, some hundreds at once.

The first of them is made by `publishing.publish` itself; the others get the same rows with other words. A test
compares the two. What stands in the database says where to go on after an interruption.
"""

import random
from datetime import timedelta

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from articles import finding, publishing, samples, work
from articles.models import Article, Contributor, Event, Revision, Section, State, Task, Topic, next_key

AT_ONCE = 500  # articles in one transaction
STEM = "sample-plastic-plant-"
SHELF, SHELVES = "sample-shelf-", 4  # topics
ALIKE = 10  # articles in a row whose plants have the same name, however many there are
SYLLABLES = "ba da fo ga ku la mo na po ra ta vu zo ki lu ma no pa ro tu"
COLOURS = "amber beige black blue brown bronze copper coral cream gold green grey lilac pink purple red silver white"
THINGS = "fern palm ivy cactus moss bamboo clover daisy lily orchid poppy rose tulip violet aster lotus reed willow"
PLACES = "window door stair table desk lamp mirror clock carpet curtain bookcase bench bucket basket cupboard cellar"
BODIES = (
    "This is sample text, made to try this site out. It is no health advice. The {colour} {thing} is a plastic plant. "
    "It stands by the {place}. It needs no water. Its name is {name}.",
    "Somebody put the {thing} near the {other}. Nobody moved it.\n\n- It is {colour}.\n- It stays {colour}.\n"
    "- It has number {number}.",
)
HEADINGS = ("About the {colour} {thing}", "Where the {thing} stands")


def words(number):
    """Return the words of a sample by its number, always the same."""
    dice = random.Random(number)  # noqa: S311  the same words in each run
    colour, thing = dice.choice(COLOURS.split()), dice.choice(THINGS.split())
    place, other = dice.sample(PLACES.split(), 2)
    return {
        "number": number,
        "name": name_of(number),
        "colour": colour,
        "thing": thing,
        "place": place,
        "other": other,
    }


def name_of(number):
    """Return the made-up name of a sample's plant. Words grow in number with the articles, as in real texts."""
    rest, name, syllables = (number - 1) // ALIKE, "", SYLLABLES.split()
    for _place in range(4):
        rest, digit = divmod(rest, len(syllables))
        name += syllables[digit]
    return name


def article_of(number, shelves):
    """Return an article, unsaved, by its number."""
    said = words(number)
    return Article(
        title="Sample: a {colour} {thing} by the {place} ({number})".format(**said),
        slug=f"{STEM}{number:06}",
        also_called="Sample {thing} {number}".format(**said),
        summary="Sample text about a {colour} {thing} of plastic. It is no health advice.".format(**said),
        topic=shelves[number % SHELVES],
        review_due=timezone.localdate() + timedelta(days=number * 37 % 1000),
    )


def sections_of(article, number):
    """Return the sections of an article, unsaved; their headings are never the same, so neither are their keys."""
    found = []
    for position, (heading, body) in enumerate(zip(HEADINGS, BODIES, strict=True), start=1):
        section = Section(article=article, position=position)
        section.heading, section.body = heading.format(**words(number)), body.format(**words(number))
        section.key = next_key(section.heading, set())
        found.append(section)
    return found


def topics():
    """Return the sample topics of these articles, which are made when there are none."""
    said = {"description": "Many sample articles, made to try the site out."}
    slugs = {f"{SHELF}{number}": f"Sample: shelf {number}" for number in range(1, SHELVES + 1)}
    return [Topic.objects.get_or_create(slug=slug, defaults=said | {"name": name})[0] for slug, name in slugs.items()]


def fill(wanted):
    """Make plain samples until there are so many, and yield how many there are, after each transaction."""
    samples.people()
    shelves = topics()
    present = Article.objects.filter(slug__startswith=STEM).count()
    if present < wanted and not present:
        first(shelves)
        present = 1
        yield present
    while present < wanted:
        numbers = range(present + 1, min(present + AT_ONCE, wanted) + 1)
        some(numbers, shelves)
        present = numbers[-1]
        yield present


def author():
    return Contributor.objects.get(name="Sample author")


@transaction.atomic
def first(shelves):
    """Make the first by the functions that editors' articles are made by."""
    article = article_of(1, shelves)
    article.save()
    article.authors.add(author())
    for section in sections_of(article, 1):
        section.save()
    publishing.publish(article, by=None)
    samples.sign(article)


@transaction.atomic
def some(numbers, shelves):
    """Make those of some numbers with few statements."""
    pattern = Article.objects.get(slug=f"{STEM}{1:06}")
    now, writer = timezone.now(), author()
    articles = [article_of(number, shelves) for number in numbers]
    for article in articles:
        article.links_noted_at = now
    Article.objects.bulk_create(articles)
    written = Article.authors.through
    written.objects.bulk_create(written(article=article, contributor=writer) for article in articles)
    sections = [sections_of(article, number) for article, number in zip(articles, numbers, strict=True)]
    Section.objects.bulk_create(section for own in sections for section in own)
    revisions = [revision_of(article, own, writer, now) for article, own in zip(articles, sections, strict=True)]
    Revision.objects.bulk_create(revisions)
    Event.objects.bulk_create(copies(pattern.events.order_by("pk"), revisions, at=now))
    Task.objects.bulk_create(tasks_of(revisions, pattern))
    finding.add(*revisions)


def revision_of(article, sections, writer, now):
    """Return the published revision of an article, unsaved."""
    return Revision(
        article=article,
        number=1,
        **{name: getattr(article, name) for name in Revision.PLAIN},
        sections=[section.as_text() for section in sections],
        authors=[writer.as_text()],
        state=State.PUBLISHED,
        published_at=now,
    )


def tasks_of(revisions, pattern):
    """Yield the tasks of the first sample once for each of others, a review's with its own day."""
    prefetch_related_objects(revisions, "reviews")
    overdue = {revision.article_id: work.overdue(revision, [revision]) for revision in revisions}
    for task in copies(pattern.tasks.all(), revisions):
        if task.kind == Task.Kind.OVERDUE:
            task.rank, task.due, task.detail = overdue[task.article_id]
        yield task


def copies(rows, revisions, **fields):
    """Yield the rows of the first sample once for each of others."""
    kept = [
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
        for row in rows
    ]
    for revision in revisions:
        for row in kept:
            own = row | {"article_id": revision.article_id} | fields
            if row.get("revision_id"):
                own["revision_id"] = revision.pk
            if "topic_id" in row:
                own["topic_id"] = revision.article.topic_id
            yield type(rows[0])(**own)
