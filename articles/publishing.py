"""What people do to an article: save, submit, publish, withdraw, restore, and undo of each.

Every function locks the article, does its work whole or raises Refused, and records an Event. Moves of the
workflow ask its table whether they are possible and allowed. `by` is the user who does it, or None for a command.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import editions, finding, gate, kinds, merging, outside_links, showing, work
from articles.models import (
    Answer,
    Article,
    Change,
    Contributor,
    Event,
    FormerSlug,
    Picture,
    PictureUse,
    Review,
    Revision,
    Section,
    Source,
    State,
    validate_review_due,
)
from articles.standing import held_reviews, last_public, newest, scheduled
from articles.workflow import Refused, require

UNCHANGED = object()
UNPLACED = {"state": State.DRAFT, "published_at": None, "public_note": "", "change": "", "reviewed_as": None}


def log(action, article=None, revision=None, *, by=None, who="", note="", more=False):
    """Record who did what, and what it leaves to do, unless there is `more` to come of it.

    `who` is for people without an account.
    """
    who = who or (by.get_username() if by else _("The site itself"))
    event = Event.objects.create(action=action, article=article, revision=revision, by=by, who=who, note=note)
    if article and not more:
        work.update(article)  # here, since whatever changes an article comes by
    editions.changed()
    return event


def lock(article):
    """Return an article afresh, held until the transaction ends, so that two moves can't cross."""
    return Article.objects.select_for_update().get(pk=article.pk)


def current(article, version):
    """Return the newest revision, or raise Refused when someone has saved another since `version` was looked at."""
    revision = newest(article)
    if revision is None:
        raise Refused([_("The article has no text yet. Add a section and write in it.")])
    if version is not None and version != revision.number:
        raise Refused([_("The text has changed meanwhile. Look at the newest version, then decide again.")])
    return revision


def set_place(revision, **fields):
    """Change where a revision stands in the workflow, and with its time, what readers can find."""
    for name, value in fields.items():
        setattr(revision, name, value)
    revision.save(update_fields=list(fields))
    if "published_at" in fields:
        finding.index(revision.article)
        outside_links.note_links(revision.article)


# The working copy


@transaction.atomic
def record(article, *, by, note="", action="save", more=False):
    """Keep the working copy as a revision, if its text has changed, and return the newest one.

    With `more` the caller goes on to `set_place` and `log`, which do what else follows from a text.
    """
    article = lock(article)
    if not more:
        finding.index(article)  # its topic or language may be another now
    PictureUse.keep(article.pk, showing.of_working_copy(article))
    before = newest(article)
    revision = Revision.of(article, number=before.number + 1 if before else 1, created_by=by, note=note)
    if not more:
        outside_links.note_links(article, revision)
    if before and revision.same_text(before):
        return before
    revision.save()
    log(action, article, revision, by=by, note=note, more=more)
    return revision


def write(article, text):
    """Make a working copy say what a text says, as Revision.text gives it. Keys of sections stay.

    A picture comes with what the library says of it now.
    """
    for name in Revision.PLAIN:
        setattr(article, name, text[name])
    article.save()
    article.authors.set(Contributor.objects.filter(pk__in=[author["id"] for author in text["authors"]]))
    for model, rows in ((Section, map(section_fields, text["sections"])), (Source, text["sources"])):
        rows = list(rows)
        for position, row in enumerate(rows, start=1):
            model.objects.update_or_create(article=article, key=row["key"], defaults=row | {"position": position})
        model.objects.filter(article=article).exclude(key__in=[row["key"] for row in rows]).delete()


def section_fields(row):
    """Return the values of a section's columns for what a revision keeps of it; what that doesn't have is blank."""
    blank = {name: None if name in kinds.NUMBERS else "" for name in kinds.FIELDS} | dict.fromkeys(kinds.PICTURES)
    shown = zip(kinds.PICTURES, map(in_library, row.get("pictures", ())), strict=False)
    return blank | {name: value for name, value in row.items() if name != "pictures"} | dict(shown)


def in_library(kept):
    """Return the picture of the library that a revision's section shows; one that is gone comes back."""
    same = Picture.objects.filter(drawing=kept["drawing"], image=kept["image"])
    found = same.filter(pk=kept["id"]).first() or same.first()
    if found:
        return found
    stem = (kept["alt"] or kept["drawing"] or kept["image"])[:110]
    taken = set(Picture.objects.filter(title__startswith=stem).values_list("title", flat=True))
    titles = (stem, *(f"{stem} ({number})" for number in range(2, len(taken) + 3)))
    said = {name: kept.get(name, "") for name in ("drawing", "image", "alt", "caption", "credit")}
    title = next(title for title in titles if title not in taken)
    return Picture.objects.create(title=title, is_decorative=not kept["alt"], **said)


@transaction.atomic
def restore(revision, *, by):
    """Make the working copy say what an earlier revision said, as a new revision, and return that."""
    article = lock(revision.article)
    if article.deleted_at:
        raise Refused([_("The article is deleted. Undo that first.")])
    record(article, by=by)
    write(article, revision.text())
    return record(
        article, by=by, note=_("Restored from version %(number)d") % {"number": revision.number}, action="restore"
    )


@transaction.atomic
def duplicate(article, *, by):
    """Return a new article with the same text: a draft without history or reviews."""
    article = lock(article)  # two copies at once get two addresses
    text = Revision.of(article).text()
    text |= {"title": _("Copy of %(title)s") % {"title": article.title[:100]}, "based_on": None}
    copy = Article.objects.create(
        slug=free_slug(f"{article.slug[:100]}-copy"), topic=article.topic, language=article.language, copy_of=article
    )
    write(copy, text)
    carry_answers(article, copy)
    record(copy, by=by, note=_("Copy of “%(title)s”") % {"title": article.title}, action="duplicate")
    return copy


def carry_answers(article, copy):
    """Let a copy say why findings are kept, as the article does: its words stand in the same places."""
    answers = list(article.answers.all())
    for answer in answers:
        answer.pk, answer.article = None, copy
    Answer.objects.bulk_create(answers)


@transaction.atomic
def translate(article, language, *, by):
    """Return a new article, to be translated into a language: a draft that says what readers see of the original.

    It has no history, no reviews, no topic and no day by which it is to be reviewed: all these are its own.
    """
    article = lock(article)
    original = article.revisions.published().first()
    if reasons := gate.reasons_against_translating(article, original, language):
        raise Refused(reasons)
    slug = free_slug(f"{article.slug[:100]}-{language}")
    copy = Article.objects.create(slug=slug, language=language, translation_of=article)
    write(copy, original.text() | {"based_on": original.number, "review_due": None})
    words = {"title": article.title, "number": original.number}
    record(copy, by=by, note=_("To translate: “%(title)s”, version %(number)d") % words, action="translate")
    return copy


def free_slug(stem):
    """Return an address that no article has or had, which begins so."""
    taken = {
        *Article.objects.filter(slug__startswith=stem).values_list("slug", flat=True),
        *FormerSlug.objects.filter(slug__startswith=stem).values_list("slug", flat=True),  # lead elsewhere
    }
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


# Review


@transaction.atomic
def submit(article, *, by, version=None, note=""):
    """Ask for a review of the newest revision, and return it."""
    article = lock(article)
    if version is None:
        record(article, by=by)
    revision = current(article, version)
    require("submit", revision, by)
    set_place(revision, state=State.IN_REVIEW)
    log("submit", article, revision, by=by, note=note)
    return revision


@transaction.atomic
def take_back(article, *, by, version=None):
    """Make the newest revision a draft again, and return it."""
    article = lock(article)
    revision = current(article, version)
    require("take_back", revision, by)
    set_place(revision, state=State.DRAFT)
    log("take_back", article, revision, by=by)
    return revision


@transaction.atomic
def review(revision, *, contributor, by=None, correct_until=None, message="", remarks=None, correction=None):
    """Sign a revision as checked and correct until a day, or, without a day, ask for changes; return the Review.

    Without `by` the contributor came by a link, which was checked before. `remarks` are by section key.
    """
    article = lock(revision.article)
    revision = article.revisions.get(pk=revision.pk)
    action = "sign" if correct_until else "request_changes"
    move = require(action, revision, by)
    reasons = gate.reasons_against_review(article, revision, contributor)
    if correct_until:
        try:
            validate_review_due(correct_until)
        except ValidationError as error:
            reasons += error.messages
    if reasons:
        raise Refused(reasons)
    signed = Review.objects.create(
        revision=revision,
        contributor=contributor,
        **{name: value for name, value in contributor.as_text().items() if name != "id"},
        correct_until=correct_until,
        message=message,
        remarks=remarks or {},
        correction=correction,
    )
    if move.target in (State.APPROVED, State.CHANGES_REQUESTED):
        set_place(revision, state=move.target, published_at=None, public_note="", change="", reviewed_as=None)
    log(action, article, revision, by=by, who=contributor.name, note=message)
    return signed


# Publication


@transaction.atomic
def publish(
    article,
    *,
    by,
    note="",
    version=None,
    at=None,
    change="",
    waiting="",
    expires_at=UNCHANGED,
    puts_back=False,
    clears_warning=False,
):
    """Put the newest revision out, now or `at` a time, and return it.

    `change` is a Change where an earlier text was reviewed; `waiting` says whether to "keep", "rebase" or
    "cancel" a revision that waits for its time; `expires_at` is the article's, None for never. Without
    `puts_back` a withdrawn article is Refused; `clears_warning` takes the "no longer true" banner away.
    """
    article, now = lock(article), timezone.now()
    if version is None:
        record(article, by=by, more=True)
    revision = current(article, version)
    live = article.revisions.published().first()
    if live and revision.same_text(live):
        raise Refused(gate.reasons_against(revision, live))
    action = "schedule" if at else "publish"
    require(action, revision, by)
    other = article.revisions.scheduled().exclude(pk=revision.pk).first()
    expires_at = article.expires_at if expires_at is UNCHANGED else expires_at
    kept = gate.reviewed_before(revision)
    reasons = [
        *gate.reasons_against(revision),
        *gate.reasons_against_time(article, at, expires_at, now),
        *gate.reasons_against_reappearing(article, at, puts_back, clears_warning),
        *gate.reasons_against_change(revision, kept, change, note),
        *gate.reasons_against_scheduled(other, at, waiting, expires_at),
    ]
    if reasons:
        raise Refused(reasons)
    article.expires_at, article.withdrawn_at, article.withdrawal_reason = expires_at, None, ""
    article.save()
    if clears_warning and article.warned_at:
        clear_warning(article, by=by)
    put_out(revision, kept=kept, change=change, at=at or now, note=note)
    log(action, article, revision, by=by, note=note)
    if other:
        decide_waiting(other, waiting, onto=revision, base=live, by=by)
    return revision


def decide_waiting(other, waiting, *, onto, base, by):
    """Do with the revision that waits for its time what the editor chose when another one went out."""
    if waiting == "cancel":
        cancel(other.article, by=by)
    if waiting == "rebase":
        rebase(other, onto=onto, base=base, by=by)


def put_out(revision, *, kept, change, at, note):
    """Give a revision its time, and the review of an earlier one where the editor said that it still holds."""
    asked = kept is not None and not held_reviews(revision)
    set_place(
        revision,
        state=State.PUBLISHED,
        published_at=at,
        public_note=note,
        change=change if asked else revision.change,  # a scheduled one keeps what was said of it
        reviewed_as=(kept if change == Change.SMALL else None) if asked else revision.reviewed_as,
    )


@transaction.atomic
def cancel(article, *, by):
    """Take a scheduled revision back to a draft, and return it."""
    article = lock(article)
    # Where a correction was just scheduled in its place, the older one is meant.
    revision = article.revisions.scheduled().order_by("number").first()
    if revision is None:
        raise Refused([_("No version of this article waits for its time.")])
    require("cancel", revision, by)
    set_place(revision, **UNPLACED)
    log("cancel", article, revision, by=by)
    return revision


def rebase(waiting, *, onto, base, by):
    """Carry what was just published over to a revision that waits for its time: a new one takes its place.

    The working copy follows, so that the next edit begins with both. Refused where both changed the same.
    """
    if base is None:
        raise Refused(
            [_("Nothing was public before, so there is nothing to carry over. Keep the waiting version, or cancel it.")]
        )
    merged = merging.merge(base.text(), waiting.text(), onto.text())
    if merged.conflicts:
        names = ", ".join(f"“{conflict.key or conflict.field}”" for conflict in merged.conflicts)
        raise Refused([_("Both change the same: %(names)s. Keep or cancel the waiting version.") % {"names": names}])
    if merged.text == onto.text():
        return cancel(waiting.article, by=by)  # all that it has is out by now
    article, place = lock(waiting.article), {name: getattr(waiting, name) for name in Revision.WORKFLOW}
    if held := held_reviews(waiting):
        # Only an editor's word says that what is carried over is small; another reviewer's signature doesn't.
        kept = {"reviewed_as": held[-1].revision, "change": Change.SMALL}
        place |= kept if onto.change == Change.SMALL else {"reviewed_as": None, "change": Change.SUBSTANTIAL}
    set_place(waiting, **UNPLACED)
    write(article, merged.text)
    note = _("Version %(a)d with what version %(b)d corrected") % {"a": waiting.number, "b": onto.number}
    revision = record(article, by=by, note=note, action="rebase")
    if place["reviewed_as"] and (reasons := gate.reasons_against_keeping(held_reviews(place["reviewed_as"]), article)):
        raise Refused(reasons)
    set_place(revision, **place)
    return revision


# An article that is out


def require_out(name, article, by):
    """Return the revision that is out, or would be, for a move of the article itself; or raise Refused."""
    revision = last_public(article)
    if revision is None:
        raise Refused([_("The article was never published.")])
    revision.article = article
    require(name, revision, by)
    return revision


@transaction.atomic
def withdraw(article, *, by, reason=""):
    """Take an article away from readers, who are told `reason`, a sentence, if there is one.

    A version that waits for its time becomes a draft again, so that `put_back` shows what readers saw.
    """
    article = lock(article)
    revision = require_out("withdraw", article, by)
    if waiting := scheduled(article):
        set_place(waiting, **UNPLACED)
        log("cancel", article, waiting, by=by)
    article.withdrawn_at, article.withdrawal_reason = timezone.now(), reason
    article.save()
    log("withdraw", article, revision, by=by, note=reason)


@transaction.atomic
def put_back(article, *, by):
    """Undo a withdrawal: readers see again what they saw before, unless it has expired meanwhile."""
    article = lock(article)
    revision = require_out("put_back", article, by)
    article.withdrawn_at, article.withdrawal_reason = None, ""
    article.save()
    log("put_back", article, revision, by=by)


@transaction.atomic
def set_expiry(article, *, by, at):
    """Let an article expire at a time to come, or never (None)."""
    article = lock(article)
    revision = require_out("set_expiry", article, by)
    waiting = scheduled(article)
    if at and at <= timezone.now():
        raise Refused([_("The time to expire is past. Choose a later one, or withdraw the article.")])
    if at and waiting and at <= waiting.published_at:
        raise Refused([_("The article would expire before its waiting version is published. Choose a later time.")])
    article.expires_at = at
    article.save()
    log("set_expiry", article, revision, by=by, note=timezone.localtime(at).isoformat(" ", "minutes") if at else "")


@transaction.atomic
def warn(article, *, by, text=""):
    """Put the dated "no longer true" banner on an article that is out, with a sentence if there is one."""
    article = lock(article)
    revision = require_out("warn", article, by)
    article.warned_at, article.warning = timezone.now(), text
    article.save()
    log("warn", article, revision, by=by, note=text)


@transaction.atomic
def clear_warning(article, *, by):
    article = lock(article)
    revision = require_out("clear_warning", article, by)
    if article.warned_at is None:
        raise Refused([_("There is no such banner on the article.")])
    article.warned_at, article.warning = None, ""
    article.save()
    log("clear_warning", article, revision, by=by)


@transaction.atomic
def add_note(article, *, by, text):
    """Add a dated line to the history that readers see."""
    article = lock(article)
    revision = require_out("add_note", article, by)
    log("add_note", article, revision, by=by, note=text)


@transaction.atomic
def delete(article, *, by):
    """Put an article that readers don't see out of the editors' sight too; `undelete` brings it back whole."""
    article = lock(article)
    if scheduled(article):
        raise Refused([_("A version of the article waits for its time. Cancel that first.")])
    if article.revisions.published().exists():
        raise Refused([_("Readers see this article. Withdraw it first.")])
    revision = last_public(article) or newest(article) or record(article, by=by)
    revision.article = article
    require("delete", revision, by)
    article.deleted_at = timezone.now()
    article.save()
    log("delete", article, revision, by=by)


@transaction.atomic
def undelete(article, *, by):
    """Bring a deleted article back: one that was public as withdrawn, any other as a draft."""
    article = lock(article)
    revision = last_public(article) or newest(article)
    if revision is None:
        raise Refused([_("The article is not deleted.")])
    revision.article = article
    require("undelete", revision, by)
    article.deleted_at = None
    article.save()
    log("undelete", article, revision, by=by)
