"""Whether an article has what makes health information good: its message, help, balance, sources, people and dates.

Each function yields the Findings of a few checks. What rules, the gate and the renderer know already is asked there.
"""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import addresses, gate, kinds, rendering, rules
from articles.checking import ARTICLE, Finding, Verdict
from articles.kinds import CARE_CARDS, Kind
from articles.models import OutsideLink, SiteStatement
from articles.readability import LINES, MARKDOWN
from articles.standing import counting, known_revisions

MISSING, DECIDE, MET = Verdict.MISSING, Verdict.DECIDE, Verdict.MET
SUMMARY = 40  # words
ITEMS = 7  # of a list
ALT = 125  # letters
OLD = 5  # years, after which the newest source is called old


def either(check, is_met, met, missing, place=ARTICLE, verdict=MISSING, field=""):
    """Return the Finding of a check that is met or not."""
    return Finding(check, MET if is_met else verdict, met if is_met else missing, place, field)


# What it has


def message(revision, fields):
    count = sum(len(block.words) for field in fields if field.name == "summary" for block in field.prose().blocks)
    place = {"place": "summary", "field": "summary"}
    if not count:
        yield Finding("summary", MISSING, _("Say the main message in one or two sentences."), **place)
    elif count > SUMMARY:
        sentence = _("The summary has %(count)d words. Say the main message in at most %(limit)d.")
        yield Finding("summary", DECIDE, sentence % {"count": count, "limit": SUMMARY}, **place)
    else:
        sentence = ngettext("The summary has %(count)d word.", "The summary has %(count)d words.", count)
        yield Finding("summary", MET, sentence % {"count": count}, **place)


def help_at_once(revision, fields):
    used = {section["kind"] for section in revision.sections}
    sentence = _("Say what to do first: add a section of the kind “Act now”, with at most 4 steps.")
    yield either("act_now", Kind.ACT_NOW in used, _("There is an “act now” section."), sentence)
    sentence = _("Say when to get help: add a care card.")
    yield either("care_card", used & {*CARE_CARDS}, _("There is a care card."), sentence)


def uncertainty(revision, fields):
    sentence = _("Say what is known and what is not, under “How sure we are, and who pays”.")
    is_said = revision.known.strip() and revision.not_known.strip()
    place = "not_known" if revision.known.strip() else "known"
    yield either("uncertainty", is_said, _("It says what is known and what is not."), sentence, place, MISSING, place)


RULES = dict.fromkeys(CARE_CARDS, "care_card_rules") | {Kind.OPTION: "benefit_risk", Kind.DO_DONT: "do_dont_rules"}
KEPT = {  # what to say where nothing is wrong with the sections of a kind
    "care_card_rules": gettext_lazy("Each care card has a heading that leads to its list."),
    "benefit_risk": gettext_lazy("Each treatment has its benefit and its risk."),
    "do_dont_rules": gettext_lazy("Each don't is worded so that nobody misreads it."),
    "kind_rules": gettext_lazy("The sections are as their kinds ask."),
}


def kinds_of_sections(revision, fields):
    found, checks = [], {"kind_rules"}
    for section in revision.sections:
        check = RULES.get(section["kind"], "kind_rules")
        checks.add(check)
        for name, sentence in rules.problems(section, revision.article.language):
            found.append(Finding(check, MISSING, str(sentence), section["key"], name))
    for index, sentence in rules.repeated(revision.sections):
        found.append(Finding("kind_rules", MISSING, str(sentence), revision.sections[index]["key"], "kind"))
    broken = {finding.check for finding in found}
    yield from found
    yield from (Finding(check, MET, str(KEPT[check])) for check in KEPT if check in checks - broken)


# How it is built


def lists(revision, fields):
    sentence = _("This list has %(count)d items. Divide it: more than %(limit)d are hard to take in.")
    found = []
    for field in fields:
        if field.how == LINES:
            count = len(kinds.lines(field.text))
            long = [(count, *outer(field.text))] if count > ITEMS else []
        else:
            long = [part for part in field.prose().lists if part[0] > ITEMS]
        for count, start, end in long:
            words = {"count": count, "limit": ITEMS}
            found.append(field.finding("list_length", DECIDE, sentence % words, start, end))
    yield from found or [Finding("list_length", MET, _("No list is longer than %(limit)d items.") % {"limit": ITEMS})]


def outer(text):
    return len(text) - len(text.lstrip()), len(text.rstrip())


def outline(revision, fields):
    found = [
        field.finding("outline", MISSING, sentence, start, end)
        for field in fields
        if field.how == MARKDOWN
        for start, end, sentence in gate.outline_problems(field.text)
    ]
    for section in revision.sections:
        if not section["heading"].strip():
            found.append(
                Finding("outline", MISSING, _("The section has no heading. Write one."), section["key"], "heading")
            )
    yield from found or [Finding("outline", MET, _("The headings follow each other without a gap."))]


def pictures(revision, fields):
    found = []
    for field in fields:
        for address, alt, start, end in field.prose().pictures:
            for sentence in rendering.picture_problems(address, alt) or too_long(alt):
                verdict = DECIDE if len(alt) > ALT else MISSING
                found.append(field.finding("alt_text", verdict, sentence, start, end))
    for section in revision.sections:
        for picture in section.get("pictures", ()):
            if gate.lacks_description(picture):
                found.append(Finding("alt_text", MISSING, gate.picture_problem(picture), section["key"], "picture"))
    yield from found or [Finding("alt_text", MET, _("Each picture is described, or marked as decorative."))]


def too_long(alt):
    sentence = _("The description has %(count)d characters. Say what matters in at most %(limit)d.")
    return [sentence % {"count": len(alt), "limit": ALT}] if len(alt) > ALT else []


# Links


def links(revision, fields):
    found = []
    known = {row.url: row for row in outside(revision.article)}
    for field in fields:
        for address, start, end in field.prose().links:
            for check, verdict, sentence in link_problems(
                address, known.get(addresses.full(address, revision.article))
            ):
                found.append(field.finding(check, verdict, sentence, start, end))
    for source in revision.sources:
        row = known.get(addresses.full(source["url"], revision.article))
        for check, verdict, sentence in link_problems(source["url"], row) if source["url"] else ():
            found.append(Finding(check, verdict, sentence, source["key"], "url", source["url"]))
    for sentence in gate.reasons_against_sources(revision.sources):
        found.append(Finding("link_unsafe", MISSING, sentence, "sources"))
    broken = {finding.check for finding in found}
    yield from found
    sentences = {
        "link_unsafe": _("No link is unsafe."),
        "link_insecure": _("Links to other sites are encrypted."),
        "link_dead": _("No link is known to be dead or to lead elsewhere."),
    }
    if "link_moved" in broken:
        del sentences["link_dead"]
    yield from (Finding(name, MET, said) for name, said in sentences.items() if name not in broken)


def outside(article):
    if not article.pk:
        return []
    wrong = (OutsideLink.Finding.DEAD, OutsideLink.Finding.REDIRECTING)
    return OutsideLink.objects.filter(articles=article, finding__in=wrong)


def link_problems(address, row):
    """Yield what is wrong with a link as (check, verdict, sentence); `row` says what was found at its end."""
    if not rendering.LINK.match(address):
        yield "link_unsafe", MISSING, _("This link can't be used. Start it with https://, with / or with #.")
    if address.lower().startswith("http://"):
        yield "link_insecure", DECIDE, _("This link is not encrypted. Does the address work with https://, too?")
    if row and row.finding == OutsideLink.Finding.DEAD:
        yield "link_dead", MISSING, _("This link leads nowhere any more. Replace it, or take it out.")
    if row and row.finding == OutsideLink.Finding.REDIRECTING:
        sentence = _("This address has moved to %(url)s. Is that still what you mean?")
        yield "link_moved", DECIDE, sentence % {"url": row.leads_to}


# Sources and people


def sources(revision, fields):
    count = len(revision.sources)
    sentence = ngettext("There is %(count)d source.", "There are %(count)d sources.", count) % {"count": count}
    yield either("sources", count, sentence, _("Name at least one source that the text rests on."), "sources")
    if count:
        yield source_age(revision.sources)
    for check, name, missing, met in (
        (
            "source_read",
            "read_on",
            _("Say on which day someone last read this source."),
            _("It says when each source was read."),
        ),
        (
            "source_publisher",
            "publisher",
            _("Say who stands behind this source."),
            _("It says who stands behind each source."),
        ),
    ):
        lacking = [source for source in revision.sources if not source[name]]
        yield from (Finding(check, MISSING, missing, row["key"], name, row["title"]) for row in lacking)
        if count and not lacking:
            yield Finding(check, MET, met)


def source_age(rows):
    written = [row["year"] for row in rows if row["year"]]
    if not written:
        said = _("No source says its year. Write it where you know it.")
        return Finding("source_age", DECIDE, said, "sources")
    age = timezone.localdate().year - max(written)
    if age > OLD:
        sentence = _("The newest source is of %(year)d, %(age)d years old. Is there a newer one?")
        return Finding("source_age", DECIDE, sentence % {"year": max(written), "age": age}, "sources")
    return Finding("source_age", MET, _("The newest source is of %(year)d.") % {"year": max(written)}, "sources")


def citations(revision, fields):
    keys, cited, found = {row["key"] for row in revision.sources}, set(), []
    for field in fields:
        for key, start, end in field.prose().cited:
            cited.add(key)
            if key not in keys:
                sentence = _("There is no such source. Add it, or take the reference out.")
                found.append(field.finding("cited_missing", MISSING, sentence, start, end))
    yield from found or [Finding("cited_missing", MET, _("Each reference leads to a source."))]
    uncited = [row for row in revision.sources if row["key"] not in cited]
    for row in uncited:
        sentence = _("Nothing in the text refers to this source. Write [^%(key)s] behind what rests on it.")
        yield Finding("uncited", DECIDE, sentence % {"key": row["key"]}, row["key"], "title", row["title"])
    if revision.sources and not uncited:
        yield Finding("uncited", MET, _("The text refers to each source."))


def people(revision, fields):
    yield either("authors", revision.authors, _("It says who wrote it."), _("Say who wrote the text."), "authors")
    is_said = revision.funding.strip() or SiteStatement.objects.exclude(funding="").exists()
    sentence = _("Say who pays for the article, or for the whole site in the site statement.")
    yield either("funding", is_said, _("It says who pays."), sentence, "funding", MISSING, "funding")


def dates(revision, fields):
    due, is_reviewed = due_of(revision)
    if due is None:
        yield Finding("review_due", MISSING, _("Say by when the text is to be reviewed."), "review_due", "review_due")
    else:
        words = {"day": date_format(due)}
        met = _("The next review is due on %(day)s.") % words
        sentence = _("The review was due on %(day)s. Have the text reviewed.") % words
        is_due = due < timezone.localdate()
        yield either("review_due", not is_due, met, sentence, "review_due", MISSING, "review_due")
    sentence = _("No health professional has signed a review of this article.")
    yield either("reviewed", is_reviewed, _("A review of this article counts."), sentence, ARTICLE)


def due_of(revision):
    """Return by when the text is to be reviewed, or None, and whether a review of it or an earlier text counts."""
    article = revision.article
    if not article.pk:
        return revision.review_due, False
    now = timezone.now()
    known = known_revisions(article)
    public = [other for other in known if other.published_at and other.published_at <= now]
    held, earlier = counting(next((other for other in known if other.pk == revision.pk), None), public)
    last = held[-1] if held else earlier
    return (last.correct_until if last else revision.review_due), bool(last)


ALL = (
    message,
    help_at_once,
    uncertainty,
    kinds_of_sections,
    lists,
    outline,
    pictures,
    links,
    sources,
    citations,
    people,
    dates,
)
