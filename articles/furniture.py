"""What a page has around its text and nobody meant as text: the way back home, “Share”, the footer. No database.

Only certain rules: what they name is looked for among the first and last blocks, and each block that is left out
is in the report with its rule. In the middle of a text the same words stay.
"""

import re
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from articles.reading_blocks import lines_of

EDGE = 6  # blocks of text beyond which furniture is not looked for
LONGEST = 300  # letters
SEPARATOR = r"\s*(?:»|›|>|→|/|\||::|•|·|\\)\s*"

# Phrases that are never a paragraph of an article by themselves: the rule's name, and what it is.
PLAIN = (
    (
        _("asks to rate"),
        r"(?:please )?rate (?:the|this) (?:article|page|post)(?: from 1 to 5)?[\s★☆✩✭⭐*]*",
        r"was this (?:page|article|information) (?:helpful|useful)\??(?: yes(?: ?[/|]? ?no)?)?",
    ),
    (
        _("asks to share"),
        r"share (?:the|this)(?: (?:article|page|post|story))?(?: (?:on|via|with) .{1,40})?",
        r"share on \w{1,20}|tweet this|e-?mail this (?:page|article)(?: to a friend)?|send to a friend",
    ),
    (
        _("asks to print"),
        r"print (?:the|this) (?:page|article)|print(?:er)?[- ]friendly(?: version| page)?",
    ),
    (
        _("leads elsewhere on the page"),
        r"(?:back|return|go) to (?:the )?top(?: of (?:the )?page)?|skip to (?:the )?(?:main )?content",
        r"skip (?:to )?navigation|jump to navigation|toggle navigation",
    ),
    (
        _("about cookies"),
        r"(?:this (?:web)?site|we) uses? cookies.{0,200}|(?:accept|reject) (?:all )?cookies",
        r"cookie (?:settings|policy|preferences)",
    ),
    (
        _("a copyright line"),
        r"(?:copyright|©|\(c\))\s?(?:copyright\s?)?(?:©\s?)?(?:\d{4}|by ).{0,150}",
        r".{0,80}all rights reserved.{0,40}|©\s?[^.]{1,80}",
    ),
    (
        _("names the software"),
        r"(?:powered by|(?:proudly )?(?:generated|published|created|built|made) (?:by|with|using)) .{1,80}",
        r"(?:theme:?(?: by)?|documentation built with) .{1,80}",
    ),
    (
        _("says when the page was changed"),
        r"(?:page )?(?:last (?:updated|modified|changed|edited|reviewed)|updated|modified)(?: on)?:?\s.{0,40}\d.{0,30}",
    ),
)
# Words that could be text: only at the very edge, or next to other furniture.
WORD = "|".join(
    (
        r"share|print|e-?mail|tweet|facebook|twitter|whatsapp|linkedin|pinterest|reddit|pin it|like|follow us",
        r"top|up|↑|menu|search|log ?in|sign (?:in|up)|register|subscribe|newsletter|contact(?: us)?|about(?: us)?",
        r"sitemap|site map|privacy(?: policy)?|terms(?: (?:of use|(?:and|&) conditions))?|disclaimer|imprint|impressum",
        r"accessibility|next|previous|prev|back|home|comments?(?: \(\d+\))?|leave a (?:comment|reply)|no comments",
        r"add a comment|tags?:.{0,80}|categor(?:y|ies):.{0,80}|bookmark|favou?rites?|submit|close|×|advertisement|¶",
        r"(?:view )?page source|[1-5](?:[\s/|]+[1-5]){4}|[★☆✩✭⭐\s]+",
        r"(?:poor|fair|good|very good|excellent)(?:[\s/|,]+(?:poor|fair|good|very good|excellent))+",
    )
)
RULES = [(name, re.compile("|".join(rules), re.IGNORECASE)) for name, *rules in PLAIN]
NEAR = ((_("a button or link of the page"), re.compile(WORD, re.IGNORECASE)),)
START = (
    (
        _("the way back home"),
        re.compile(rf"(?:you are here:?\s*)?(?:home|start|home ?page|main page){SEPARATOR}.{{1,200}}", re.IGNORECASE),
    ),
    (_("the way back home"), re.compile(r"you are here:?.{0,200}", re.IGNORECASE)),
)


def without(blocks, title):
    """Return an article's blocks without furniture, and what was left out: (block, rule) pairs."""
    blocks, left = trimmed(blocks, title, is_start=True)
    blocks, more = trimmed(blocks[::-1], title, is_start=False)
    return blocks[::-1], left + more


def trimmed(blocks, title, is_start):
    """Return blocks without the furniture among the first of them, and what was left out."""
    kept, left, is_near = [], [], True
    for index, block in enumerate(blocks):
        if len(kept) >= EDGE:
            return kept + blocks[index:], left
        parts = lines_apart(block, title, is_start)
        for part in parts if is_start else parts[::-1]:
            rule = rule_of(part, title, is_start, is_near)
            is_near = bool(rule)
            if rule:
                left.append((part, rule))
            else:
                kept.append(part)
    return kept, left


def lines_apart(block, title, is_start):
    """Return a paragraph's lines as blocks if one of them is furniture, else the block as it is."""
    lines = lines_of(block.runs)
    sources = block.source.split("\n") if block.source else [""] * len(lines)
    if block.kind != "paragraph" or len(lines) < 2 or len(lines) != len(sources):
        return [block]
    parts = [replace(block, runs=runs, source=source) for runs, source in zip(lines, sources, strict=True) if runs]
    return parts if any(rule_of(part, title, is_start, is_near=True) for part in parts) else [block]


def rule_of(block, title, is_start, is_near):
    """Return by which rule a block near an edge is furniture, or None."""
    said = " ".join(block.said.split()).strip(" |·•»›>-–*_")
    if is_start and title and same(said, title):
        return _("repeats the title")
    if is_near and block.is_navigation and block.kind in ("list", "paragraph"):
        return _("nothing but links of the site")
    if not 0 < len(said) <= LONGEST:
        return None
    rules = [*(START if is_start else ()), *RULES, *(NEAR if is_near else ())]
    if name := named(said, rules):
        return name
    parts = [part.strip() for part in re.split(r"\s[|·•/]\s", said)]
    return _("links of the page") if len(parts) > 1 and all(named(part, rules) for part in parts) else None


def named(said, rules):
    """Return the name of the rule that a line is furniture by, or None."""
    return next((name for name, rule in rules if rule.fullmatch(said.rstrip(" .:!")) or rule.fullmatch(said)), None)


def same(text, title):
    """Return whether a line says nothing but the title."""
    return letters_of(text) == letters_of(title) != ""


def letters_of(text):
    return "".join(filter(str.isalnum, text.casefold()))
