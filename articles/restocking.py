"""What all articles of an archive share, put into a site: accounts, people, topics, glossary, pictures, statements."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from articles import archive_checks as checks
from articles import archive_rows as rows
from articles import editions, finding, pictures
from articles.models import (
    Answer,
    Article,
    Contributor,
    Event,
    ImportedFile,
    Link,
    Picture,
    Review,
    Revision,
    SiteStatement,
    Tally,
    Term,
    Topic,
    Vote,
)

AS_IT_CAME = Q(created_by=None, note="As the site came")  # a statement that a migration wrote


def shipped():
    """Return the first article where the site is as `make run` makes it and nobody has worked on it; else None."""
    articles = list(Article.objects.all()[:2])
    others = (Vote, Tally, Review, Link, Contributor, Answer, ImportedFile)
    if len(articles) != 1 or any(model.objects.exists() for model in others):
        return None
    article, versions = articles[0], list(Revision.objects.all()[:2])
    events = list(Event.objects.order_by("pk")[:3])
    untouched = (
        len(versions) == 1
        and versions[0].created_by_id is None
        and versions[0].public_note == "First version"
        and versions[0].same_text(Revision.of(article))
        and [event.action for event in events] == ["save", "publish"]
        and not any(event.by_id for event in events)
    )
    return article if untouched and not SiteStatement.objects.exclude(AS_IT_CAME).exists() else None


@transaction.atomic
def clear():
    """Take away what `make run` puts into a new site, for what an archive says of the same."""
    for article in Article.objects.all():
        finding.remove(article)
    for model in (Event, Revision, Article, Topic, Term, Picture):
        model.objects.all().delete()


class Stock:
    """The rows of this site that stand for those of an archive: `people`, `pictures` and `topics` by its keys.

    `names` tells them back. In a dry run nothing is added, so those that the site doesn't have are missing; with
    `afresh`, all are, since what is here would go.
    """

    def __init__(self, lists, *, dry_run, afresh):
        self.lists, self.dry_run, self.afresh = lists, dry_run, afresh
        self.people, self.pictures, self.topics, self.accounts = {}, {}, {}, {}

    @transaction.atomic
    def fill(self, folder):
        """Add what the site doesn't have, and return sentences about what it has in other words."""
        parts = (self.add_people, self.add_topics, self.add_terms, self.add_pictures)
        lines = [line for part in (lambda: self.copy_images(folder), *parts) for line in part()]
        self.names = rows.Names()
        for own, found in ((self.names.people, self.people), (self.names.pictures, self.pictures)):
            for pk, key in own.items():
                own[pk] = f"{key} (here)"  # so that it is nobody of the archive
            own.update({pk: key for key, pk in found.items()})
        editions.changed()
        return [*lines, *self.add_statements(), *self.add_events()]

    def here(self, model, *names):
        """Return the rows of a table that were here before and stay, by the values of some columns."""
        found = {}
        for row in [] if self.afresh else model.objects.order_by("pk"):
            found.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
        return found

    def account(self, doc, name="account"):
        """Return the number of the account that a row names, or None. Where there is none of that name, it is made.

        It has no password and is switched off: it is there so that the history says who.
        """
        username = doc.get(name)
        if username is not None and username not in self.accounts:
            users = get_user_model()
            own = {users.USERNAME_FIELD: username}
            user = users.objects.filter(**own).first()
            if user is None:
                user = users(**own, is_active=False)
                user.set_unusable_password()
                user.save()
            self.accounts[username] = user.pk
        return self.accounts.get(username)

    def copy_images(self, folder):
        """Put the files of pictures where the site keeps its own, byte for byte; none that is there is touched."""
        for name in folder.images():
            if not self.dry_run and not default_storage.exists(name):
                stored = default_storage.save(name, ContentFile(folder.content(f"media/{name}")))
                if stored != name:  # somebody was quicker
                    default_storage.delete(stored)
                    yield _("The site has another file under the name “%(name)s”.") % {"name": name}
            if not self.dry_run:
                pictures.make_smaller(settings.MEDIA_URL + name)

    def add_people(self):
        """Take those of the same name and credentials, each once, and add the others."""
        here = self.here(Contributor, "name", "credentials")
        linked = set(Contributor.objects.exclude(user=None).values_list("user", flat=True))
        for key, doc in self.lists["people"].items():
            own = dict.fromkeys(rows.PERSON, "") | checks.person(doc)
            same = here.get((own["name"], own["credentials"]))
            found = same.pop(0) if same else None
            if found and found.interests != own["interests"]:
                yield left(found.name)
            if found is None and not self.dry_run:
                user = self.account(doc)
                found = Contributor.objects.create(**own, user_id=None if user in linked else user)
                linked.add(user)
            if found:
                self.people[key] = found.pk

    def add_topics(self):
        by_slug, by_name = self.here(Topic, "slug"), self.here(Topic, "name")
        for doc in self.lists["topics"]:
            [found] = by_slug.get((doc["slug"],)) or by_name.get((doc["name"],)) or [None]
            if found and rows.told(found, rows.TOPIC) != doc:
                yield left(found.name)
            if found is None and not self.dry_run:
                found = Topic.objects.create(**doc)
                by_name[(found.name,)] = [found]
            if found and found.language == doc["language"]:
                self.topics[doc["slug"]] = found.pk

    def add_terms(self):
        here = self.here(Term, "language", "term")
        for doc in self.lists["glossary"]:
            [found] = here.get((doc["language"], doc["term"]), [None])
            if found and rows.told(found, rows.TERM) != doc:
                yield left(found.term)
            if found is None and not self.dry_run:
                Term.objects.create(**doc)

    def add_pictures(self):
        """Take those that are here with the same file and name, then those with the same file; add the others."""
        docs = [{"drawing": "", "image": ""} | doc for doc in self.lists["pictures"]]
        taken = {title for (title,) in self.here(Picture, "title")}
        for names in (("title", "drawing", "image"), ("drawing", "image")):
            here, claimed = self.here(Picture, *names), set(self.pictures.values())
            for doc in docs:
                same = here.get(tuple(doc[name] for name in names), ())
                found = next((picture for picture in same if picture.pk not in claimed), None)
                if found and doc["title"] not in self.pictures:
                    claimed.add(found.pk)
                    self.pictures[doc["title"]] = found.pk
                    if rows.told(found, rows.PICTURE) != rows.said(doc):
                        yield left(found.title)
        if not self.dry_run:
            yield from self.new_pictures([doc for doc in docs if doc["title"] not in self.pictures], taken)

    def new_pictures(self, docs, taken):
        for doc in docs:
            numbered = (f"{doc['title'][:110]} ({number})" for number in range(2, len(taken) + 3))
            title = next(title for title in (doc["title"], *numbered) if title not in taken)
            taken.add(title)
            self.pictures[doc["title"]] = Picture.objects.create(**doc | {"title": title}).pk
            if doc["image"] and not pictures.is_stored(doc["image"]):
                yield _("The file of the picture “%(title)s” is missing.") % {"title": doc["title"]}

    def add_statements(self):
        """Add what the site said of itself, where it has said nothing else here."""
        docs = self.lists["statements"]
        own = SiteStatement.objects.all()
        if docs and (self.afresh or not own.exclude(AS_IT_CAME).exists()) and not self.dry_run:
            own.delete()
        here = [] if self.afresh else rows.statements(self.names)
        if here not in (docs[: len(here)], [*docs, *here[len(docs) :]]) and own.exclude(AS_IT_CAME).exists():
            return [left(_("Site statement"))]
        for doc in docs[len(here) :] if not self.dry_run else ():
            values = {name: value for name, value in doc.items() if name not in ("created_by", "created_at")}
            at = checks.moment("created_at", doc["created_at"])
            SiteStatement.objects.create(**values, created_at=at, created_by_id=self.account(doc, "created_by"))
        return []

    def add_events(self):
        """Add to the record of events those that it doesn't have."""
        here = {tuple(sorted(doc.items())) for doc in rows.site_events(self.names)}
        docs = [doc for doc in self.lists["events"] if tuple(sorted(doc.items())) not in here]
        if not self.dry_run:
            Event.objects.bulk_create(Event(**checks.event(doc), by_id=self.account(doc)) for doc in docs)
        return []


def left(name):
    return _("“%(name)s” is here in other words, which stay.") % {"name": name}
