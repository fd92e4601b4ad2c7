"""The work list: what somebody may mend, by kind, topic and person, in words, and where it is mended.

No count and no page looks at more than AT_MOST tasks of a kind, so that it takes as long however many there are.
"""

from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Contributor, Revision, State, Task, Topic
from articles.work import FIRST, STEP, Kind
from articles.workflow import PUBLISH, REVIEW

PER_PAGE = 25
AT_MOST = 1000  # tasks of a kind that are counted and listed
LONG_AGO = 60  # days, from which on a date says more than their number
MINE = "me"


@dataclass
class Choice:
    """What somebody chose to see. A value of the address that makes no sense counts as none."""

    user: object
    kind: str = ""
    topic: int | None = None
    person: int | None = None
    page: int = 1
    now: object = field(default_factory=timezone.now)

    @classmethod
    def of(cls, request):
        asked = request.GET.get
        mine = asked("person") == MINE
        kinds = [kind.value for kind in bands(request.user)]
        return cls(
            request.user,
            kind=asked("kind") if asked("kind") in kinds else "",
            topic=known(Topic, asked("topic")),
            person=request.user.pk if mine else known(get_user_model(), asked("person")),
            page=number(asked("page")) or 1,
        )

    def tasks(self, kind):
        """Return the tasks of a kind, in order. The order names the person, whom the index begins with."""
        first, after = bands(self.user)[kind]
        found = Task.objects.filter(person=self.person, due__lte=self.now)
        # Of what comes by its day alone, no row whose day is still to come is passed over: the index ends before it.
        found = found.filter(rank=first) if after == first + 1 else found.filter(rank__gte=first, rank__lt=after)
        return found.filter(topic=self.topic) if self.topic else found

    def counts(self):
        """Return how many tasks there are of each kind, AT_MOST for more."""
        return {kind: self.tasks(kind)[:AT_MOST].count() for kind in bands(self.user)}

    def slice(self, counts, start, length):
        """Return some tasks of the whole list, or of the chosen kind."""
        found = []
        for kind, count in counts.items():
            if self.kind in ("", kind) and start < count and len(found) < length:
                end = min(count, start + length - len(found))
                rows = self.tasks(kind).select_related("article", "topic")
                found += rows.only("kind", "due", "detail", "article__title", "topic__name")[start:end]
            if self.kind in ("", kind):
                start = max(start - count, 0)
        return found


def number(text):
    """Return what somebody wrote as a whole number above 0 that any database knows, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def known(model, text):
    """Return the id that somebody wrote if there is such a row, else None."""
    pk = number(text)
    return pk if pk and model.objects.filter(pk=pk).exists() else None


def bands(user):
    """Return the kinds of tasks that somebody may see, with their ranks as (the first, the one after the last).

    Reviewers see what they can sign: what waits for a review, and what readers see with an old one.
    """
    ranks = {kind: (FIRST[kind], FIRST[kind] + (1 if kind == Kind.OVERDUE else STEP)) for kind in Kind}
    if user.has_perm("articles.change_article"):
        return ranks
    if user.has_perm(REVIEW) and user.has_perm("articles.view_article"):
        waits = FIRST[Kind.WAITING_REVIEW]
        return {Kind.OVERDUE: ranks[Kind.OVERDUE], Kind.WAITING_REVIEW: (waits, waits + 1)}
    return {}


# In words


def why(task, now):
    """Return the sentence that says why a task is on the list."""
    said, day = task.detail, date_format(timezone.localtime(task.due), "j F Y")
    if task.kind == Kind.OVERDUE:
        return why_overdue(said, timezone.localdate(now))
    if task.kind == Kind.LOW_RATING:
        words = {"average": number_format(said["average"], 1), "count": said["count"]}
        return (
            ngettext("%(average)s of 5 from %(count)d vote.", "%(average)s of 5 from %(count)d votes.", said["count"])
            % words
        )
    if task.kind == Kind.BROKEN_LINKS:
        return why_broken(said.get("dead", 0), said.get("others", 0))
    if task.kind == Kind.FINDINGS:
        return (
            ngettext("%(count)d finding without an answer.", "%(count)d findings without an answer.", said["count"])
            % said
        )
    sentences = {
        State.IN_REVIEW: _("It has waited for a review since %(day)s."),
        State.CHANGES_REQUESTED: _("A reviewer asked for changes on %(day)s."),
        State.APPROVED: _("It was approved on %(day)s, and is not published yet."),
    }
    return sentences[said["state"]] % {"day": day}


def why_overdue(said, today):
    due = date.fromisoformat(said["day"])
    days = (today - due).days
    if days > LONG_AGO:
        first, again = _("The first review was due on %(day)s."), _("The review was due on %(day)s.")
        return (first if said["is_first"] else again) % {"day": date_format(due, "j F Y")}
    if said["is_first"]:
        words = ngettext(
            "The first review was due %(days)d day ago.", "The first review was due %(days)d days ago.", days
        )
    else:
        words = ngettext("The review was due %(days)d day ago.", "The review was due %(days)d days ago.", days)
    return words % {"days": days}


def why_broken(dead, others):
    sentences = []
    if dead:
        sentences.append(ngettext("%(number)d dead link.", "%(number)d dead links.", dead) % {"number": dead})
    if others:
        text = ngettext(
            "%(number)d link leads elsewhere or is not encrypted.",
            "%(number)d links lead elsewhere or are not encrypted.",
            others,
        )
        sentences.append(text % {"number": others})
    return " ".join(sentences)


# Where it is mended


@dataclass
class Hands:
    """What somebody may do about tasks, asked once for all that a page shows."""

    user: object
    own: set  # the ids of articles that they wrote, and so can't review

    @classmethod
    def of(cls, user, tasks):
        own, articles = set(), [task.article_id for task in tasks]
        if user.has_perm(REVIEW):
            people = Contributor.objects.filter(user=user)
            own = set(people.filter(articles__in=articles).values_list("articles", flat=True))
            own |= set(Revision.objects.filter(article__in=articles, created_by=user).values_list("article", flat=True))
            if not people.exists():
                own = set(articles)  # without a contributor of theirs they can sign nothing
        return cls(user, own)

    def mend(self, task):
        """Return (what to do, the address where it is done) for a task."""
        change = reverse("admin:articles_article_change", args=[task.article_id])
        if task.kind == Kind.LOW_RATING:
            return _("See what readers say"), reverse("admin:articles_article_report", args=[task.article_id])
        if task.kind == Kind.BROKEN_LINKS:
            return _("Mend the links"), f"{change}#article-links"
        if task.kind == Kind.FINDINGS:
            return _("Go through them"), f"{change}#checks"
        return self.review(task, change)

    def review(self, task, change):
        """Return the same for a task about a review: to sign it, or whatever else leads to it."""
        state, revision = task.detail.get("state"), task.detail["revision"]
        if state == State.CHANGES_REQUESTED:
            return _("See what was asked"), f"{change}#standing"
        if state == State.APPROVED and self.user.has_perm(PUBLISH):
            return _("Publish it"), reverse("admin:articles_article_move", args=[task.article_id, "publish"])
        if state != State.APPROVED and self.user.has_perm(REVIEW) and task.article_id not in self.own:
            return _("Review it"), reverse("admin:articles_article_review", args=[task.article_id, revision])
        if state != State.APPROVED and self.user.has_perm(PUBLISH):
            return _("Ask for a review"), reverse("admin:articles_article_links", args=[task.article_id])
        return _("Open the article"), change


def shown(tasks, user, now):
    """Return what the page and the digest say of tasks."""
    hands = Hands.of(user, tasks)
    lines = []
    for task in tasks:
        action, address = hands.mend(task)
        line = {"task": task, "title": task.article.title, "why": why(task, now), "action": action, "address": address}
        lines.append(line)
    return lines


# The page


def context(request):
    """Return what the admin's first page shows of the work list; nothing to somebody who may mend nothing."""
    if not bands(request.user):
        return {}
    choice = Choice.of(request)
    counts = choice.counts()
    length = sum(count for kind, count in counts.items() if choice.kind in ("", kind))
    pages = max(1, -(-length // PER_PAGE))
    choice.page = min(choice.page, pages)
    tasks = choice.slice(counts, (choice.page - 1) * PER_PAGE, PER_PAGE)
    listed = {
        "choice": choice,
        "chips": chips(choice, counts),
        "lines": shown(tasks, request.user, choice.now),
        "pages": pages,
        "before": choice.page - 1,
        "after": choice.page + 1 if choice.page < pages else 0,
        "topics": topics(),
        "people": people(),
        "is_mine": choice.person == request.user.pk,
        "is_filtered": bool(choice.kind or choice.topic or choice.person),
        "is_cut": AT_MOST in counts.values(),
        "at_most": AT_MOST,
    }
    return {"title": _("What needs doing next"), "work": listed}


def chips(choice, counts):
    """Return the filters by kind as (value, label, count in words, whether it is chosen)."""
    each = [(kind.value, kind.label, in_words(count), choice.kind == kind) for kind, count in counts.items()]
    return [("", _("All"), in_words(*counts.values()), not choice.kind), *each]


def in_words(*counts):
    """Return how many there are together; “999+” where one of them was not counted to its end."""
    number = sum(counts)
    return f"{number - 1}+" if AT_MOST in counts else str(number)


def topics():
    """Return the topics whose articles have tasks."""
    return Topic.objects.filter(Exists(Task.objects.filter(person=None, topic=OuterRef("pk"))))


def people():
    """Return the accounts whose articles have tasks, as (id, name)."""
    users = get_user_model().objects.filter(Exists(Task.objects.filter(person=OuterRef("pk"))))
    return [(user.pk, user.get_full_name() or user.get_username()) for user in users.order_by("username")]
