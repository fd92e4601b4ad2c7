"""The tables of the reports: rows of values, the header first. A page shows them in words, a file keeps them raw."""

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.rating import CHOICES

STEPS = {"day": "j M", "week": "j M", "month": "M Y", "year": "Y"}
HELPFUL = gettext_lazy("Helpful or very helpful")


class Share(float):
    """A part of a whole, from 0 to 1."""


def words(value):
    """Return a value as a page shows it."""
    if value is None:
        return "–"
    if isinstance(value, Share):
        return f"{number_format(round(value * 100))}%"
    if isinstance(value, float):
        return number_format(round(float(value), 1), decimal_pos=1)
    if isinstance(value, date):
        return date_format(value, "j M Y")
    return number_format(value, force_grouping=True) if isinstance(value, int) else value


def when(day, step):
    """Return the label of a bar that begins with a day."""
    return date_format(day, STEPS[step])


def shown(rows):
    """Return rows as a page shows them."""
    return [[words(value) for value in row] for row in rows]


def raw(rows):
    """Give rows as a file keeps them: shares from 0 to 1, days as 2027-03-28."""
    for row in rows:
        yield [plain(value) for value in row]


def plain(value):
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return round(float(value), 4) if isinstance(value, float) else value


def share(votes):
    return Share(votes.share) if votes.count else None


def time(bars, span):
    head = {"day": _("Day"), "week": _("Week from"), "month": _("Month from"), "year": _("Year from")}[span.step]
    yield [head, _("Votes"), HELPFUL, *(label for _value, label in CHOICES)]
    for bar in bars:
        yield [bar.first, bar.votes.count, share(bar.votes), *bar.votes.by_value]


def answers(votes):
    yield [_("Answer"), _("Votes"), _("Share")]
    for (_value, label), count in zip(CHOICES, votes.by_value, strict=True):
        yield [label, count, Share(count / votes.count) if votes.count else None]


def reasons(found):
    yield [_("Reason"), _("Readers")]
    yield from ([label, count] for label, count in found)


def sections(found):
    yield [_("Section"), _("Key"), _("Gone"), _("Readers"), _("Reason"), _("Readers who gave it")]
    for named in found:
        head = [named.heading, named.key, _("Yes") if named.is_gone else _("No"), named.count]
        yield from ([*head, label, count] for label, count in named.reasons or [("", None)])


def versions(found):
    yield [
        *(_("Version"), _("Published on"), _("What is new"), _("Votes"), _("Average")),
        *(HELPFUL, _("At least"), _("At most")),
        *(_("Change"), _("At least"), _("At most"), _("Did it help?")),
    ]
    for version in found:
        votes = version.votes
        said = [votes.average, Share(votes.share), *map(Share, votes.interval)] if votes.count else [None] * 4
        change = map(Share, version.change) if version.change else [None] * 3
        yield [version.number, version.day, version.note, votes.count, *said, *change, version.verdict]


def version_words(version):
    """Return what a page shows of a version."""
    votes = version.votes
    said = {"version": version, "day": words(version.day), "count": words(votes.count)}
    if not votes.count:
        return said | {"average": "–", "share": "–"}
    low, high = (words(Share(end)) for end in votes.interval)
    pattern = _("%(share)s (%(low)s to %(high)s)")
    said |= {
        "average": words(votes.average),
        "share": pattern % {"share": words(share(votes)), "low": low, "high": high},
    }
    if version.change:
        points = [f"{round(number * 100):+d}".replace("-", "−") for number in version.change]
        said["change"] = _("%(middle)s points (%(low)s to %(high)s)") % dict(
            zip(("middle", "low", "high"), points, strict=True)
        )
    return said


def articles(ranked):
    yield [_("Article"), _("Address"), _("Votes"), _("Average"), HELPFUL]
    for row in ranked:
        yield [row.article.title, row.article.slug, row.count, row.average, Share(row.share)]
