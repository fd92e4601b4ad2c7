"""What a section of each kind must be, told in sentences for its editor. No database.

Rules are for a section that is new or changed: an older one that breaks them stays as it is, so that the rest of
its article can always be corrected.
"""

from itertools import islice, takewhile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import kinds
from articles.kinds import CARE_CARDS, Kind
from articles.rendering import AS_WRITTEN, MAX_BYTES, description

STEPS = 4  # of act now, all of them on a phone's first screen
BULLETS = range(2, 8)  # of a care card
PARAGRAPH = 300  # letters of a care card beside its list: two or three sentences
ROOM = 1_000  # bytes for what the page writes between the parts, in whatever language
LIST_OPEN, ITEM_OPEN = "bullet_list_open", "list_item_open"
ENDS_IN_IF = gettext_lazy("Let the heading of a care card end in “if:”, so that it leads to the list.")
TOO_MUCH = gettext_lazy(
    "Beside its list, a care card has one short paragraph at most. "
    "Put what else there is to say into a section of its own, with a heading."
)
ENOUGH = 5  # sentences about the lines of one field


def problems(section, language="en"):
    """Return what is wrong with a section in itself, as (field, sentence) pairs; `language` is its text's.

    What hangs on English words is asked of English texts only.
    """
    found = [problem for name in kinds.LINES for problem in islice(line_problems(section, name), ENOUGH)]
    if section["kind"] in CARE_CARDS:
        found += card_problems(section)
    elif section["kind"] in CHECKS:
        found += CHECKS[section["kind"]](section)
    if language.startswith("en") and section["kind"] in WORDING:
        found += islice(WORDING[section["kind"]](section), ENOUGH)
    size = len(kinds.as_markdown(section).encode(errors="replace"))
    if size > MAX_BYTES - ROOM and kinds.OWN.get(section["kind"]):
        found.append(("body", _("All parts of this section together are too long. Divide it into several sections.")))
    return found


def repeated(sections):
    """Return the indexes of sections of a kind that an article can have only once, with the sentence that says so."""
    for kind, sentence in (
        (Kind.ACT_NOW, _("An article has one “act now” section at most.")),
        *((card, _("An article has one care card of each level at most.")) for card in CARE_CARDS),
    ):
        places = [index for index, section in enumerate(sections) if section["kind"] == kind]
        if len(places) > 1:
            yield from ((index, sentence) for index in places)


def blocks(text):
    """Return the tokens of a Markdown text's blocks, as the page's parser reads them."""
    return AS_WRITTEN.parse(text, {"prefix": ""})


def plain(text):
    """Return a line of Markdown as readers read it."""
    return "".join(description(token) for token in blocks(text) if token.type == "inline").strip()


def line_problems(section, name):
    """Yield why a line of a field with one thing on each is more than a line of text."""
    own = name in kinds.OWN.get(section["kind"], ())
    for line in kinds.lines(section.get(name, "")) if own else ():
        if [token.type for token in blocks(line)] != ["paragraph_open", "inline", "paragraph_close"]:
            sentence = _("Write each line as a plain sentence. This one is something else: “%(line)s”")
            yield name, sentence % {"line": line[:80]}


def act_now_problems(section):
    count = sum(token.type == ITEM_OPEN and token.markup in ".)" for token in blocks(section["body"]))
    if not count:
        yield "body", _("Write the steps as a numbered list: “1. ” and the first step, each on a line of its own.")
    if count > STEPS:
        sentence = _("There are %(count)d steps. At most %(limit)d can stand on a phone's first screen.")
        yield "body", sentence % {"count": count, "limit": STEPS}


def card_problems(section):
    with_notes = blocks(section["body"])
    tokens = list(takewhile(lambda token: token.type != "footnote_block_open", with_notes))
    outermost = [token.type for token in tokens if token.level == 0 and token.nesting >= 0]
    items = sum(token.type == ITEM_OPEN and token.level == 1 for token in tokens)
    if not section["heading"].strip().endswith(":"):
        yield "heading", ENDS_IN_IF
    if outermost.count(LIST_OPEN) != 1 or items not in BULLETS:
        yield "body", _("A care card has one list, of 2 to 7 signs: “- ” and a sign, each on a line of its own.")
    lengths = [len(description(token)) for token in tokens if token.type == "inline" and token.level == 1]
    if len(lengths) > 1 or any(size > PARAGRAPH for size in lengths) or {*outermost} - {LIST_OPEN, "paragraph_open"}:
        yield "body", TOO_MUCH
    if section["kind"] == Kind.EMERGENCY and any(map(leads_away, with_notes)):
        yield "body", _("Nobody should read on in an emergency: leave out links, except to telephone numbers.")


def leads_away(block):
    """Return whether a block has a link to anything but a telephone."""
    links = [str(token.attrs["href"]) for token in block.children or [] if token.type == "link_open"]
    return any(not link.lower().startswith("tel:") for link in links)


def do_dont_problems(section):
    if not kinds.lines(section.get("do", "") + "\n" + section.get("do_not", "")):
        yield "do", _("Write at least one thing to do, or not to do.")


def exercise_problems(section):
    if not section.get("when"):
        yield "when", _("Say whether it is for during a cramp, or to prevent cramps.")
    if not kinds.lines(section.get("steps", "")):
        yield "steps", _("Write the steps, one on each line.")
    if not section.get("hold") and (section.get("rest") or section.get("repeats")):
        yield "hold", _("Say how long to hold it: the rest and the number of times only make sense with that.")
    if section.get("repeats") and section.get("minutes"):
        yield "minutes", _("Give either how many times, or for how many minutes. Leave the other empty.")


def option_problems(section):
    if not section.get("benefit", "").strip():
        yield "benefit", _("Say what good it can do. A treatment needs both its benefit and its risk.")
    if not section.get("risk", "").strip():
        yield "risk", _("Say what harm it can do. A treatment needs both its benefit and its risk.")


def questions_problems(section):
    if not kinds.lines(section.get("questions", "")):
        yield "questions", _("Write at least one question.")


def card_wording(section):
    heading = section["heading"].strip().lower()
    if heading.endswith(":") and not heading.endswith(" if:"):
        yield "heading", ENDS_IN_IF


def do_not_wording(section):
    for line in kinds.lines(section.get("do_not", "")):
        if not plain(line).lower().startswith("do not "):
            sentence = _(
                "Start each line with “do not”, so that nobody misreads it. This one starts otherwise: “%(line)s”"
            )
            yield "do_not", sentence % {"line": line[:80]}


CHECKS = {
    Kind.ACT_NOW: act_now_problems,
    Kind.DO_DONT: do_dont_problems,
    Kind.EXERCISE: exercise_problems,
    Kind.OPTION: option_problems,
    Kind.QUESTIONS: questions_problems,
}
WORDING = dict.fromkeys(CARE_CARDS, card_wording) | {Kind.DO_DONT: do_not_wording}
