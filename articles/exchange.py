"""An article as Markdown and as data, for programs. The names in the data are a promise: docs/machines.md."""

import json
import re
from html import unescape
from itertools import pairwise
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import to_locale

from articles import kinds, trust
from articles.kinds import LINES, POSTURES
from articles.rendering import AS_WRITTEN

# What no XML and no YAML may hold: control characters, halves of characters, and what is no character.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
SIGNS = re.compile(r"[\\`*_\[\]<>&~#]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")  # that mean something in Markdown
TAG = re.compile(r"<(?!https?://|mailto:)(?=[A-Za-z/!?])")
OWN_ADDRESS = re.compile(r"(\]\(\s*<?|^ {0,3}\[[^\]\n]+\]:\s*<?)(?=/[^/\\])", re.MULTILINE)
GROUNDS = ("known", "not_known", "sources_differ")
WEB = "!#$%&'()*+,/:;=?@[]~"  # what a web address is made of, besides letters and digits
OWN_NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:", re.MULTILINE)


def absolute(path):
    """Return the full address of a path on this site, which no request can change."""
    return settings.SITE_URL + path


def language_tag(code):
    """Return a language's code as programs write it: en-GB."""
    return to_locale(code).replace("_", "-")


def plain(value):
    """Return a text, or all texts in lists and dicts, without what can't be written in XML, YAML or JSON."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return UNPRINTABLE.sub("", LINE_ENDS.sub("\n", value)) if isinstance(value, str) else value


def one_line(text):
    return " ".join(plain(str(text)).split())


def words(template, **context):
    """Return what a part of the page says, as one line without HTML."""
    return one_line(unescape(strip_tags(render_to_string(template, context))))


def moment(at):
    """Return a time as programs read it, where the site is, or None."""
    return at and timezone.localtime(at).isoformat(timespec="seconds")


def names(revision):
    """Return what the article is also called, as a list."""
    return [one_line(name) for name in revision.other_names]


# As data


def as_data(revision, facts, standing, statement):
    """Return all that an article's page says, for JSON.

    `facts` are its Trust, `standing` is that of a translation, `statement` the site's.
    """
    article = revision.article
    return plain(
        {
            "$schema": absolute("/article.schema.json"),
            "address": absolute(revision.get_absolute_url()),
            "language": language_tag(article.language),
            "title": one_line(revision.title),
            "also_called": names(revision),
            "summary": revision.summary,
            "topic": article.topic and one_line(article.topic.name),
            "published": moment(facts.published),
            "changed": moment(facts.changed),
            "expires": moment(article.expires_at),
            "warning": warning(article),
            "translation": translation(standing),
            "review": review(facts, revision),
            "authors": [person(author) for author in revision.authors],
            "sections": [section(row, revision) for row in revision.rendered_sections],
            "known": revision.known,
            "not_known": revision.not_known,
            "sources_differ": revision.sources_differ,
            "sources": [source(row) for row in trust.sources(revision)],
            "safety": statement.safety_lines,
            "emergency_number": statement.emergency_number,
            "publisher": statement.publisher,
            "contact": statement.contact,
            "mistakes": statement.mistakes,
            "funding": revision.funding or statement.funding,
        }
    )


def warning(article):
    return article.warned_at and {"since": moment(article.warned_at), "text": article.warning}


def translation(standing):
    """Return what an article says of the one that it translates, or None. Nothing of that one's review is its own."""
    original = standing.original
    if not original:
        return None
    warned = bool(original.article.warned_at)
    states = {"original_gone": standing.is_gone, "original_no_longer_true": warned, "behind": standing.is_behind}
    parts = ("_original_gone", "_translation")
    said = [words(f"articles/{part}.html", translation=standing, original=original) for part in parts]
    return {
        "of": None if standing.is_gone else absolute(original.get_absolute_url()),
        "state": next((state for state, holds in states.items() if holds), "up_to_date"),
        "in_words": " ".join(filter(None, said)),
    }


def review(facts, revision):
    """Return what can be said of an article's review: the state by a name and in words, and who signed."""
    state = "checked" if facts.review else "earlier_version_checked" if facts.earlier else "not_checked"
    return {
        "state": state,
        "in_words": words("articles/_checked.html", trust=facts, revision=revision),
        "reviews": [
            person(vars(signed)) | {"at": moment(signed.at), "correct_until": signed.correct_until.isoformat()}
            for signed in facts.reviewers
        ],
        "due": facts.due and facts.due.isoformat(),
        "is_overdue": facts.is_overdue,
    }


def person(row):
    return {name: row[name] for name in ("name", "credentials", "interests")}


def source(row):
    known = {name: row[name] or None for name in ("publisher", "year", "url")}
    return {"key": row["key"], "title": row["title"]} | known | {"read_on": row["read_on"] and f"{row['read_on']}"}


def section(row, revision):
    """Return a section: what every kind has, and under `fields` what its own kind has."""
    return {
        "key": row["key"],
        "address": f"{absolute(revision.get_absolute_url())}#{row['key']}",
        "kind": row["kind"],
        "level": str(row["level"]),
        "heading": one_line(row["heading"]),
        "markdown": kinds.as_markdown(row),
        "html": str(row["html"]),
        "fields": {name: field(name, row[name]) for name in kinds.OWN.get(row["kind"], ()) if row.get(name)},
        "pictures": [picture(kept) for kept in row.get("pictures", ())],
    }


def field(name, value):
    if name == POSTURES:
        return value.split()
    return kinds.lines(value) if name in LINES else value


def picture(kept):
    path = static(f"drawings/{kept['drawing']}.svg") if kept["drawing"] else kept["image"]
    said = {"alt": kept["alt"], "caption": kept["caption"], "credit": kept.get("credit", "")}
    return {"address": absolute(path)} | said


# As Markdown


def as_markdown(data):
    """Return an article, as as_data gives it, as one Markdown text, which begins with its facts as YAML."""
    warned = data["warning"] and f"**{_('No longer true')}.** {escape(data['warning']['text'])}".strip()
    translated = data["translation"] and f"*{escape(data['translation']['in_words'])}*"
    sections = map(section_as_markdown, data["sections"])
    start = (front_matter(data), f"# {escape(data['title'])}", warned, translated, escape(data["summary"]))
    return blocks(*start, *sections, safety(data), about(data), sources(data)) + "\n"


def front_matter(data):
    """Return the facts of an article as YAML; what is not known is left out."""
    state = data["review"]
    facts = {name: data[name] for name in ("title", "also_called", "address", "language", "topic")}
    facts |= {name: data[name] for name in ("published", "changed", "expires")}
    facts["translation_of"] = data["translation"] and data["translation"]["of"]
    facts |= {"review": state["in_words"], "review_due": state["due"]}
    facts["reviewed_by"] = [named(signed) for signed in state["reviews"]]
    facts["authors"] = [named(author) for author in data["authors"]]
    facts["publisher"] = data["publisher"]
    facts["sources"] = [row["url"] or row["title"] for row in data["sources"]]
    # What JSON writes is YAML as well; for who takes it for Markdown, without what could be HTML.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items() if value]
    return "\n".join(["---", *lines, "---"]).replace("<", r"\u003c")


def named(person):
    return ", ".join(filter(None, (one_line(person["name"]), one_line(person["credentials"]))))


def escape(text):
    """Return plain text as one line of Markdown that reads the same."""
    return SIGNS.sub(r"\\\g<0>", one_line(text))


def section_as_markdown(row):
    pictures = map(picture_as_markdown, row["pictures"])
    heading = ": ".join(filter(None, (row["level"], row["heading"])))
    return blocks(f"## {escape(heading)}", portable(row["markdown"], row["key"]), *pictures)


def picture_as_markdown(kept):
    said = filter(None, (kept["caption"], kept["credit"] and f"{_('Picture:')} {kept['credit']}"))
    return blocks(f"![{escape(kept['alt'])}]({kept['address']})", *(f"*{escape(line)}*" for line in said))


def blocks(*texts):
    """Return texts with an empty line between, without those that say nothing."""
    return "\n\n".join(filter(None, texts))


def bullets(*lines):
    return "\n".join(f"- {line}" for line in lines if line)


def portable(text, key, first_heading=3):
    """Return a section's Markdown so that it can stand among others and elsewhere.

    Its headings stand at and below a level, its footnotes have labels of their own, addresses are full, and
    what looks like HTML stays text.
    """
    for label in dict.fromkeys(OWN_NOTE.findall(text)):
        text = text.replace(f"[^{label}]", f"[^{key}-{label}]")
    lines = OWN_ADDRESS.sub(rf"\g<1>{settings.SITE_URL}", text).split("\n")
    tokens = AS_WRITTEN.parse("\n".join(lines), {"prefix": "", "first_heading": first_heading})
    code = {number for token in tokens if token.type in ("fence", "code_block") for number in range(*token.map)}
    lines = [line if number in code else TAG.sub(r"\\<", line) for number, line in enumerate(lines)]
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0:
            first, end = token.map
            said = " ".join(TAG.sub(r"\\<", inline.content).split())
            lines[first:end] = [f"{'#' * int(token.tag[1])} {said}", *[""] * (end - first - 1)]
    return "\n".join(lines).strip("\n") + end_of_code(tokens, lines)


def end_of_code(tokens, lines):
    """Return what closes a block of code that a text leaves open, or it would swallow all that follows."""
    last = tokens[-1] if tokens else None
    if not last or last.type != "fence" or last.level:
        return ""
    first, end = last.map
    is_closed = end - first > 1 and lines[end - 1].strip().startswith(last.markup)
    return "" if is_closed else f"\n{last.markup}"


def safety(data):
    number = data["emergency_number"]
    call = number and f"**{_('In an emergency, call:')} {escape(number)}**"
    lines = blocks(call, bullets(*map(escape, data["safety"])))
    return lines and blocks(f"## {_('Stay safe')}", lines)


def about(data):
    """Return who answers for the text, how old it is, and what is known, as the page says it."""
    authors = ", ".join(map(named, data["authors"]))
    facts = bullets(
        f"{_('Published')}: {(data['published'] or '')[:10] or _('Not published')}",
        f"{_('Last changed')}: {(data['changed'] or '')[:10] or _('Not yet')}",
        escape(data["review"]["in_words"]),
        f"{_('Written by')}: {escape(authors)}" if authors else _("No author is named."),
        data["publisher"] and f"{_('Publisher')}: {escape(data['publisher'])}",
        data["funding"] and f"{_('Funding and adverts')}: {escape(data['funding'])}",
        f"{_('Address')}: <{data['address']}>",
    )
    headings = (_("What is known"), _("What is not known"), _("Where sources differ"))
    grounds = [
        blocks(f"### {heading}", portable(data[name], f"_{name}", first_heading=4))
        for name, heading in zip(GROUNDS, headings, strict=True)
        if data[name].strip()
    ]
    return blocks(f"## {_('About this article')}", facts, *grounds)


def sources(data):
    """Return the sources: those that the text cites as its notes, the others as a list."""
    text = "".join([*(row["markdown"] for row in data["sections"]), *(data[name] for name in GROUNDS)])
    cited = [row for row in data["sources"] if f"[^{row['key']}]" in text]
    notes = [f"[^{row['key']}]: {source_as_markdown(row)}" for row in cited]
    others = bullets(*(source_as_markdown(row) for row in data["sources"] if row not in cited))
    said = blocks(others, *notes) or _("No source is named.")
    return blocks(f"## {_('Sources')}", said)


def source_as_markdown(row):
    by = ", ".join(escape(str(row[name])) for name in ("publisher", "year") if row[name])
    address = row["url"] and f"<{quote(row['url'], safe=WEB)}>"
    read = row["read_on"] and _("Read on {day}.").format(day=row["read_on"])
    return " ".join(filter(None, [f"{escape(row['title'])}.", by and f"{by}.", address, read]))
