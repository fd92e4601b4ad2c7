"""An archive put into a site: what it doesn't have is added, and nothing that it has is changed.

The whole archive is checked first, so that a broken one changes nothing. Then each article comes in a transaction of
its own, and a restore that was interrupted goes on where it ended.
"""

from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import archive_checks as checks
from articles import archive_reading as reading
from articles import archive_rows as rows
from articles import editions, finding, kinds, outside_links, showing, translating, work
from articles.archive_format import printable
from articles.archive_reading import Folder, is_archive
from articles.models import (
    Article,
    Event,
    FormerSlug,
    PictureUse,
    Revision,
    Section,
    Source,
    State,
)
from articles.pictures import NotStored
from articles.restocking import Stock, clear, shipped
from articles.workflow import Refused

__all__ = ["is_archive", "restore"]
OUT = ("published_at", "public_note", "change", "reviewed_as")


def restore(path, *, by=None, publish=False, dry_run=False):
    """Put an archive into the site and yield what became of each article, a sentence each.

    Without `publish`, what was published comes as drafts. A broken archive is Refused, with all faults at once, and
    changes nothing. `by` is None for a command; of users, only administrators may.
    """
    try:
        for line in steps(path, by=by, publish=publish, dry_run=dry_run):
            yield printable(line)
    except (OSError, NotStored) as error:
        reason = error.strerror if isinstance(error, OSError) else error.messages[0]
        words = _("The pictures can't be read or stored at this moment: %(reason)s. Run it again later.")
        raise Refused([words % {"reason": reason}]) from error


def steps(path, *, by, publish, dry_run):
    """Do what restore says."""
    if by is not None and not by.is_superuser:
        raise Refused([_("Only an administrator may put an archive into the site.")])
    folder = Folder(path)
    try:
        slugs = folder.slugs()
        words = ngettext(
            "Checking an archive of %(number)d article.", "Checking an archive of %(number)d articles.", len(slugs)
        )
        yield words % {"number": len(slugs)}
        lists = reading.look_through(folder)
    except OSError as error:
        words = _("“%(path)s” can't be read: %(reason)s.")
        raise Refused([words % {"path": error.filename, "reason": error.strerror}]) from error
    if folder.faults:
        more = folder.count - len(folder.faults)
        raise Refused([*folder.faults, *([_("And %(number)d more.") % {"number": more}] if more else [])])
    refuse_other_files(folder)
    first = shipped()
    replaces = bool(first) and first.slug in slugs
    if replaces:
        words = _("“%(title)s” is as the site came with it: the archive takes its place.")
        yield words % {"title": first.title}
        if not dry_run:
            clear()
    stock = Stock(lists, dry_run=dry_run, afresh=replaces)
    yield from stock.fill(folder)
    yield from restore_articles(folder, slugs, stock, publish=publish, dry_run=dry_run, afresh=replaces)


def refuse_other_files(folder):
    """Refuse to go on where the site has another picture under the name of one of the archive's."""
    for name in folder.images():
        if default_storage.exists(name):
            with default_storage.open(name) as file:
                if file.read() != folder.content(f"media/{name}"):
                    raise Refused([_("The site has another file under the name “%(name)s”.") % {"name": name}])


def restore_articles(folder, slugs, stock, *, publish, dry_run, afresh):
    """Add the articles that the site doesn't have, then say which of them belong together."""
    numbers, relations = {"added": 0, "same": 0, "left": 0}, {}
    for slug in slugs:
        bundle = folder.bundle(slug)
        wanted = bundle if publish else as_drafts(bundle)
        site = None if afresh and dry_run else Article.objects.filter(slug=slug).first()
        if site:
            state, sentence = compare(site, wanted, bundle, stock)
        else:
            state, sentence = try_to_add(wanted, stock, dry_run=dry_run)
        numbers[state] += 1
        if state == "added" or sentence == "":
            relations[slug] = wanted["article"]
        if sentence:
            yield f"{slug}: {sentence}"
    if not dry_run:
        for slug, doc in relations.items():
            yield from relate(slug, doc)
        editions.changed()
    words = _("Would be added: %(added)d. Here already: %(same)d. Left alone: %(left)d.")
    yield (words if dry_run else _("Added: %(added)d. Here already: %(same)d. Left alone: %(left)d.")) % numbers


def as_drafts(bundle):
    """Return an article as it comes without leave to publish: with its history, of which nothing is public."""
    versions = []
    for version in bundle["versions"]:
        if version["state"] == State.PUBLISHED:
            version = {name: value for name, value in version.items() if name not in OUT} | {"state": "draft"}
        versions.append(version)
    return bundle | {"versions": versions}


def compare(site, wanted, bundle, stock):
    """Return what becomes of an article whose address the site has: it is the same, or is left alone."""
    here = bundle_of(site, stock.names)
    if here in (wanted, bundle):
        return "same", _("is here already.")
    relations = ("translation_of", "copy_of")
    alone = {name: value for name, value in wanted["article"].items() if name not in relations}
    if here == wanted | {"article": alone}:
        return "same", ""  # an earlier restore ended before it was put beside its original
    if here == as_drafts(bundle):
        return "left", _("is here as drafts, which stay so. Publish it in the admin.")
    words = _("is here with another text or history (versions: %(here)d here, %(there)d in the archive): left alone.")
    return "left", words % {"here": len(here["versions"]), "there": len(bundle["versions"])}


def bundle_of(article, names):
    """Return an article of the site as the archive would say it."""
    article = rows.fetch(article.slug)
    return {
        "article": rows.article(article, names),
        "versions": list(rows.versions(article, names)),
        "events": list(rows.events(article.events.all(), names)),
        "answers": rows.answers(article, names),
    }


def try_to_add(bundle, stock, *, dry_run):
    """Add an article; what the database refuses after all, as when somebody took its address just now, is told."""
    try:
        return add(bundle, stock, dry_run=dry_run)
    except (IntegrityError, DataError) as error:
        return "left", _("the database refused it (%(reason)s): left alone.") % {"reason": error}


def add(bundle, stock, *, dry_run):
    """Add an article that the site doesn't have."""
    doc = bundle["article"]
    if FormerSlug.objects.filter(slug=doc["slug"]).exists():
        return "left", _("this address leads to another article here: left alone.")
    number = len(bundle["versions"])
    if dry_run:
        words = ngettext(
            "would be added, with %(number)d version.", "would be added, with %(number)d versions.", number
        )
        return "added", words % {"number": number}
    with transaction.atomic():
        article = add_working_copy(doc, stock)
        found = add_versions(article, bundle["versions"], stock)
        add_events(article, found, bundle["events"], stock)
        for answer in bundle["answers"]:
            article.answers.create(**checks.answer(answer), by_id=stock.account(answer))
        finding.index(article, anew=True)
        PictureUse.keep(article.pk, showing.of_working_copy(article))
        outside_links.note_links(article)
        work.update(article)
    words = ngettext("added, with %(number)d version.", "added, with %(number)d versions.", number)
    return "added", words % {"number": number}


def add_working_copy(doc, stock):
    """Return a new article with its sections, sources, authors and former addresses."""
    values = checks.article(doc)
    article = Article(**values, topic_id=stock.topics.get(doc.get("topic")))
    article.save()
    sections = []
    for at, section in enumerate(doc.get("sections", ()), start=1):
        columns = {"position": at} | checks.section(section, stock.pictures)
        shown = {f"{name}_id": stock.pictures[columns.pop(name)] for name in kinds.PICTURES if name in columns}
        sections.append(Section(article=article, **columns, **shown))
    Section.objects.bulk_create(sections)
    Source.objects.bulk_create(
        Source(article=article, **{"position": at} | checks.source(source))
        for at, source in enumerate(doc.get("sources", ()), start=1)
    )
    article.authors.set([stock.people[key] for key in doc.get("authors", ())])
    for slug in doc.get("former_addresses", ()):
        if not Article.objects.filter(slug=slug).exists():
            FormerSlug.objects.get_or_create(slug=slug, defaults={"article": article})
    # Saving has set these to now.
    times = {name: values[name] for name in ("created_at", "updated_at")}
    Article.objects.filter(pk=article.pk).update(**times)
    return article


def add_versions(article, docs, stock):
    """Add the versions as they were frozen and return them by number."""
    found = {}
    for doc in docs:
        values = checks.version(doc)
        revision = Revision(
            article=article,
            **values,
            sections=[thawed(section, stock) for section in doc.get("sections", ())],
            sources=doc.get("sources", []),
            authors=[with_id(author, "person", stock.people) for author in doc.get("authors", ())],
            created_by_id=stock.account(doc, "created_by"),
        )
        revision.save()
        Revision.objects.filter(pk=revision.pk).update(created_at=values["created_at"])
        found[revision.number] = revision
        for signed in doc.get("reviews", ()):
            own = checks.review(signed, stock.people)
            contributor = stock.people[own.pop("person")]
            revision.reviews.create(**own, contributor_id=contributor)
    for doc in docs:
        if "reviewed_as" in doc:
            found[doc["number"]].reviewed_as = found[doc["reviewed_as"]]
            found[doc["number"]].save(update_fields=["reviewed_as"])
    return found


def thawed(doc, stock):
    """Return a section as a version keeps it, its pictures by their numbers on this site."""
    if "pictures" not in doc:
        return doc
    return doc | {"pictures": [with_id(shown, "picture", stock.pictures) for shown in doc["pictures"]]}


def with_id(doc, name, numbers):
    """Return what a version keeps of someone or something; one that is gone has no number."""
    if name not in doc:
        return doc
    return {"id": numbers.get(doc[name])} | {key: value for key, value in doc.items() if key != name}


def add_events(article, versions, docs, stock):
    Event.objects.bulk_create(
        Event(
            article=article,
            **checks.event(doc, versions),
            revision=versions.get(doc.get("version")),
            by_id=stock.account(doc),
        )
        for doc in docs
    )


def relate(slug, doc):
    """Say of an article of what it is a translation or a copy, once all are there; yield why it can't be."""
    article = Article.objects.get(slug=slug)
    found = {
        name: Article.objects.filter(slug=doc[name]).first() for name in ("translation_of", "copy_of") if name in doc
    }
    if original := found.get("translation_of"):
        reasons = translating.reasons_against(article, original)
        yield from (f"{slug}: {reason}" for reason in reasons)
        found = {name: other for name, other in found.items() if name != "translation_of" or not reasons}
    if found:
        Article.objects.filter(pk=article.pk).update(**found)
