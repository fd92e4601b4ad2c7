"""Files that become drafts: what an import of one would do (`plan`), and doing it (`apply`).

articles/reading.py tells what a file says, articles/facts.py what of its front matter an article can have; here both
meet the articles that there are. A file is known by its name, which is its path in the folder it was imported with.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import archive_file, exchange, facts, kinds, publishing, reading
from articles.kinds import Kind
from articles.models import Article, ImportedFile, Revision
from articles.models.writing import next_key
from articles.rendering import MAX_BYTES
from articles.workflow import Refused, may

MAX_NAME = 300
MAX_TITLE = 120  # of an article, and of a section's heading
MAX_SECTIONS = 100  # as many as the article's form takes
ATTEMPTS = 5  # when others take the same address or import the same file at the same moment
TAKE, KEEP, NEW = "take", "keep", "new"  # what an editor chooses where file and article both changed


class Action(models.TextChoices):
    """What an import of a file would do."""

    NEW = "new", gettext_lazy("New draft")
    UPDATE = "update", gettext_lazy("Changes its draft")
    UNCHANGED = "unchanged", gettext_lazy("Unchanged")
    EDITED = "edited", gettext_lazy("Edited since")
    DELETED = "deleted", gettext_lazy("Deleted since")
    REFUSED = "refused", gettext_lazy("Can't be imported")


SAME = gettext_lazy("The file is the same as at its last import.")
CHOICES = {Action.EDITED: (TAKE, KEEP, NEW), Action.DELETED: (NEW,)}  # of an editor; the others need none


@dataclass
class Plan:
    """What an import of a file would do, and why. `text` is what the draft would say, as Revision.text gives it."""

    name: str
    action: Action
    sentence: str = ""
    fingerprint: str = ""
    reading: object = None
    taken: object = None  # facts.Taken
    text: dict = field(default_factory=dict)
    article: Article | None = None
    newest: Revision | None = None  # of the article, when this was planned
    warnings: list = field(default_factory=list)

    @property
    def seen(self):
        """What an editor who agrees has seen; a plan that says something else asks again."""
        number = self.newest.number if self.newest else 0
        return f"{self.action}-{self.article.pk if self.article else 0}-{number}-{self.fingerprint}"


@dataclass
class Result:
    """What came of a file: `action` of the plan, whether something `was_done`, sentences, and the article if any."""

    action: Action
    was_done: bool
    sentences: list
    article: Article | None = None
    revision: Revision | None = None


def plan(name, content):
    """Return the Plan for a file; nothing is changed."""
    name, fingerprint = clean_name(name), hashlib.sha256(content).hexdigest()
    same = ImportedFile.objects.filter(name=name, fingerprint=fingerprint, article__deleted_at=None)
    if file := same.select_related("article").first():  # most files, when a folder is imported again
        return Plan(name, Action.UNCHANGED, SAME, fingerprint, article=file.article)
    try:
        said = archive_file.read(content) or reading.read(name, content)
    except reading.Unreadable as error:
        return Plan(name, Action.REFUSED, str(error))
    return decide(name, fingerprint, said)


def clean_name(name):
    """Return a file's name as it is remembered: a path without ways up, with “_” for what nobody sees."""
    shown = (letter if letter.isprintable() else "_" for letter in name.replace("\\", "/"))
    parts = "".join(shown).split("/")
    clean = "/".join(part.strip() for part in parts if part.strip() not in ("", ".", "..")) or "-"
    if len(clean) <= MAX_NAME:
        return clean
    mark = hashlib.sha256(clean.encode()).hexdigest()[:16]  # two long names that begin alike stay two
    suffix = PurePosixPath(clean).suffix[:10]
    return f"{clean[: MAX_NAME - 30]}…{mark}{suffix}"


def decide(name, fingerprint, said, *, hold=False):
    """Return the Plan for what was read of a file. `hold` locks what it depends on, in a transaction."""
    files = ImportedFile.objects.select_for_update(of=("self",)) if hold else ImportedFile.objects
    file = files.select_related("article", "revision").filter(name=name).first()
    article = file and (publishing.lock(file.article) if hold else file.article)
    newest = article and publishing.newest(article)
    made = Plan(name, Action.NEW, fingerprint=fingerprint, reading=said, article=article, newest=newest)
    if file is None or article.deleted_at:
        return decide_new(made, file)
    if reason := fill(made, article):
        return Plan(name, Action.REFUSED, reason)
    if file.fingerprint == fingerprint:
        made.action, made.sentence = Action.UNCHANGED, SAME
    elif made.text == newest.text():
        made.action, made.sentence = Action.UNCHANGED, _("The article says what the file says already.")
    elif newest.text() == file.revision.text():
        made.action, made.sentence = Action.UPDATE, sentence_of_update(article, newest)
    else:
        made.action = Action.EDITED
        made.sentence = _("The article was edited since the file was last imported. Choose which text it shall have.")
    return made


def decide_new(made, file):
    """Complete the Plan for a file that no article belongs to, or only one that is deleted (`file`)."""
    twin = ImportedFile.objects.filter(fingerprint=made.fingerprint, article__deleted_at=None).first()
    if reason := fill(made, None):
        return Plan(made.name, Action.REFUSED, reason)
    if file:
        made.action = Action.DELETED
        made.sentence = _("The article that came of this file was deleted. You can make a new one, or undo that.")
    elif twin:
        made.action, made.article = Action.UNCHANGED, twin.article
        made.newest = publishing.newest(twin.article)
        made.sentence = _("The same text was imported already, as “%(name)s”.") % {"name": twin.name}
    else:
        made.sentence = _("It becomes a new article, a draft.")
        if Article.objects.filter(title__iexact=made.text["title"], deleted_at=None).exists():
            made.warnings.append(_("There is an article with this title already. This would be a second one."))
    return made


def sentence_of_update(article, newest):
    """Return what an update does, and what it doesn't."""
    if newest.state == "in_review" or newest.state == "approved":
        return _("It changes the article's draft, which is then to be submitted for review again.")
    if article.revisions.public().exists():
        return _("It changes the article's draft. What readers see stays until you publish.")
    return _("It changes the article's draft.")


# The text


def fill(made, article):
    """Give a Plan the text that its article would have, or return why there can be none.

    What a file says nothing of, such as a summary, stays in an article as it is.
    """
    said = made.reading
    made.taken = facts.take(said.facts, article)
    before = made.newest.text() if article else {**dict.fromkeys(Revision.PLAIN, ""), **NOTHING}
    title, sections = fitted(said, fallback=before["title"] or title_of(made.name))
    if not sections:
        return _("There is no text in it. Nothing was changed.")
    if len(sections) > MAX_SECTIONS:
        words = {"count": len(sections), "limit": MAX_SECTIONS}
        return _("It has %(count)d sections; an article can have %(limit)d. Divide the file into several.") % words
    own = title_of(made.name)
    if title == own and not said.facts.get("title") and not any(line.said == own for line in said.report):
        made.warnings.append(_("The file gives no title, so the article is called like the file."))
    rows = keyed(sections, before["sections"])
    made.text = before | made.taken.fields | {"title": title, "sections": rows}
    if not made.text["summary"]:
        made.warnings.append(_("The file gives no summary. Write one before you publish."))
    return ""


NOTHING = {"sections": [], "sources": [], "authors": [], "review_due": None, "based_on": None}


def title_of(name):
    """Return the title that a file's name gives: “leg-cramps.html” is called “Leg cramps”."""
    return reading.stem_as_title(PurePosixPath(name).stem)


def fitted(said, fallback):
    """Return the title and the sections of a Reading so that an article has room for all: none of it is lost."""
    title = exchange.one_line(said.title) or fallback
    rows = [exchange.plain(row) for row in said.sections]
    if len(title) > MAX_TITLE:
        rows = [{"kind": Kind.TEXT, "heading": shortened(title), "body": title}, *rows]
    fitting = [part for row in rows for part in parts_of(row)]
    return shortened(title), fitting


def parts_of(row):
    """Return a section as one or more that a form takes: a long heading stands in the text, a long text is divided."""
    heading, body = exchange.one_line(row["heading"]) or _("Text"), row["body"]
    if len(heading) > MAX_TITLE:
        body = f"{heading}\n\n{body}"
    kind = row["kind"] if row.get("kind") in Kind.values else Kind.TEXT
    own = {name: row[name] for name in ("key", *kinds.FIELDS, "pictures") if row.get(name)}
    for number, piece in enumerate(divided(body), start=1):
        mark = f" ({number})" if number > 1 else ""
        yield {"kind": kind, "heading": shortened(heading, MAX_TITLE - len(mark)) + mark, "body": piece} | own
        kind, own = Kind.TEXT, {}


def shortened(text, limit=MAX_TITLE):
    return text if len(text) <= limit else f"{text[: limit - 1].rsplit(' ', 1)[0].rstrip()[: limit - 1]}…"


def divided(text):
    """Return a text in pieces of at most MAX_BYTES, cut between paragraphs, else lines, words or letters."""
    if len(text.encode()) <= MAX_BYTES:
        return [text]
    start = text.encode()[:MAX_BYTES].decode(errors="ignore")
    cut = next((at for gap in ("\n\n", "\n", " ") if (at := start.rfind(gap)) > 0), len(start))
    return [text[:cut].rstrip(), *divided(text[cut:].lstrip("\n "))]


def keyed(sections, before):
    """Return sections with their keys: one whose heading stays keeps its key, so that links to it hold.

    With it stay the pictures that were chosen for it, where the file says nothing of them.
    """
    known = {}
    for row in before:
        known.setdefault(row["heading"].casefold(), []).append(row)
    taken, rows = {row["key"] for row in before}, []
    for section in sections:
        same = known.get(section["heading"].casefold())
        old = same.pop(0) if same else {"key": next_key(section.get("key") or section["heading"], taken)}
        taken.add(old["key"])
        pictures = {"pictures": old["pictures"]} if old.get("pictures") else {}
        rows.append(pictures | section | {"key": old["key"]})
    return rows


# Doing it


def apply(made, *, by, choice=None, publish=False):
    """Do what a Plan says, all of it or nothing, and return the Result.

    Where the article was edited or deleted since, `choice` (TAKE, KEEP, NEW) says which text stands; without one it
    is left alone. `publish` puts out what may go out; `by` is None for a command.
    """
    if made.action == Action.REFUSED:
        return Result(made.action, was_done=False, sentences=[made.sentence])
    if made.action == Action.UNCHANGED:
        return leave(made, by, publish)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return carry_out(made, by, choice, publish)
        except IntegrityError:  # somebody else took the address or imported the file at the same moment
            if attempt == ATTEMPTS:
                raise
    return None


@transaction.atomic
def carry_out(made, by, choice, publish):
    now = decide(made.name, made.fingerprint, made.reading, hold=True)
    if now.action == Action.UNCHANGED:
        return leave(now, by, publish)
    if now.seen != made.seen:
        sentence = _("The article has changed at the same moment, so nothing was done. Look at it again.")
        return Result(now.action, was_done=False, sentences=[sentence], article=now.article)
    if now.action in CHOICES and choice not in CHOICES[now.action]:
        return Result(now.action, was_done=False, sentences=[now.sentence], article=now.article)
    if choice == KEEP and now.action == Action.EDITED:
        return keep(now)
    if (choice == NEW and now.action in CHOICES) or now.action == Action.NEW:
        return make(now, by, publish)
    return update(now, by, publish)


def make(now, by, publish):
    """Make the article of a file."""
    if now.article:  # of one that the file had before, nothing goes over
        fill(now, None)
    taken = now.taken
    slug = publishing.free_slug(taken.slug or slugify(now.text["title"])[:100].strip("-") or "article")
    article = Article(slug=slug, language=taken.language, topic=taken.topic)
    return write(now, article, by, publish)


def update(now, by, publish):
    """Let an article say what its file says now. A topic belongs to no version, so readers would see it at once."""
    topic, article = now.taken.topic, now.article
    is_new = topic and topic.pk != article.topic_id
    is_held = is_new and article.revisions.public().exists() and not may("publish", by)
    if topic and not is_held:
        article.topic = topic
    result = write(now, article, by, publish)
    if is_held:
        result.sentences.append(
            _("The topic was not taken over: readers know the article, so who may publish sets it.")
        )
    return result


def write(now, article, by, publish):
    """Put the text into an article, and remember of which file it came."""
    article.title = now.text["title"]
    article.save()
    publishing.write(article, now.text)
    note = _("Imported from “%(name)s”") % {"name": shortened(now.name, 150)}
    revision = publishing.record(article, by=by, note=note, action="import")
    known = {"fingerprint": now.fingerprint, "article": article, "revision": revision, "at": timezone.now()}
    ImportedFile.objects.update_or_create(name=now.name, defaults=known)
    sentence = _("Imported as a draft.") if now.article != article else _("Its draft has the file's text now.")
    result = Result(now.action, was_done=True, sentences=[sentence], article=article, revision=revision)
    if publish:
        put_out(result, by)
    return result


def leave(now, by, publish):
    """Change nothing. A draft that nobody has edited since its import can still be published."""
    newest = publishing.newest(now.article)
    result = Result(now.action, was_done=False, sentences=[now.sentence], article=now.article, revision=newest)
    files = now.article.imported_files.select_related("revision")
    if publish and not newest.published_at and any(newest.same_text(file.revision) for file in files):
        put_out(result, by)
    return result


def put_out(result, by):
    """Publish what was imported, or say why it stays a draft."""
    try:
        publishing.publish(result.article, by=by)
        result.sentences = [_("Imported and published.")]
    except Refused as error:
        result.sentences += [_("Not published:"), *map(str, error.reasons)]


def keep(now):
    """Leave an article as it is, and don't ask again until its file changes."""
    ImportedFile.objects.filter(name=now.name).update(fingerprint=now.fingerprint, at=timezone.now())
    return Result(now.action, was_done=True, sentences=[_("The article stays as it is.")], article=now.article)
