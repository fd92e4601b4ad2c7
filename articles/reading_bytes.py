"""Bytes to clean text: which encoding, and which of the characters that nobody sees stay. No database."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.reading_blocks import Line, Unreadable

# What old pages and files were written in, where nothing says so. Of the Western ones Windows-1252 stands for all.
LIKELY = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r"),
    *("mac_roman", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = ("ascii", "iso8859-1", "iso-8859-1", "latin-1", "latin1", "us-ascii")  # browsers read Windows-1252 for these
DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
OTHERS = (  # begins with; what it is
    (b"%PDF", gettext_lazy("a PDF")),
    (b"\xd0\xcf\x11\xe0", gettext_lazy("an old or encrypted Office file")),
    (b"PK\x03\x04", gettext_lazy("a ZIP archive or an Office file")),
    (b"{\\rtf", gettext_lazy("rich text (RTF)")),
    (b"\x89PNG", gettext_lazy("a picture")),
    (b"\xff\xd8\xff", gettext_lazy("a picture")),
    (b"GIF8", gettext_lazy("a picture")),
    (b"\x1f\x8b", gettext_lazy("a compressed file")),
    (b"SQLite format 3", gettext_lazy("a database")),
)
SAMPLE = 100_000  # bytes or letters that an encoding is judged by


def refuse_others(content):
    """Raise Unreadable for bytes that are no text but a file of another kind."""
    for start, what in OTHERS:
        if content.startswith(start):
            sentence = _("This is %(what)s, not what its name says. Save it as .docx, .html, .md or .txt.")
            raise Unreadable(sentence % {"what": what})


def decode(content, is_html=False):
    """Return the text in bytes, and the encoding they were read in if it is not plain UTF-8. Raises Unreadable."""
    refuse_others(content)
    text, encoding = decoded(content, is_html)
    sample = text[:SAMPLE]
    strange = sum(unicodedata.category(sign) in ("Cc", "Co", "Cn") for sign in sample if sign not in "\t\n\v\f\r\x85")
    if strange > len(sample) / 20:
        raise Unreadable(_("This is no text that can be read. Save it as text in UTF-8, and try again."))
    return text, encoding


def decoded(content, is_html):
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return strictly(content, encoding), encoding if "16" in encoding or "32" in encoding else ""
    declared = DECLARED.search(content[:4096]) if is_html else None
    encoding = declared[1].decode().lower() if declared else ""
    for name in (encoding, "utf-8"):
        try:
            return content.decode("cp1252" if name in WESTERN else name), name if name != "utf-8" else ""
        except (UnicodeDecodeError, LookupError):
            continue
    return guessed(content)


def strictly(content, encoding):
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        sentence = _("The file says that it is written in %(encoding)s, but it isn't. Save it as UTF-8, and try again.")
        raise Unreadable(sentence % {"encoding": encoding.upper().removesuffix("-SIG")}) from error


def guessed(content):
    """Return text in an encoding that nothing names, as it is most likely meant."""
    if (wide := utf_16_without_mark(content)) is not None:
        return wide
    best = None if b"\0" in content else from_bytes(telling(content), cp_isolation=LIKELY).best()
    names = (best.encoding, *best.could_be_from_charset) if best else ()
    for name in ("cp1252", *names) if "cp1252" in names else names:
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("Nobody can tell how the letters of this file are written. Save it as UTF-8, and try again."))


def telling(content):
    """Return of long bytes the lines that tell most of their encoding: those with more than ASCII."""
    if len(content) <= SAMPLE:
        return content
    return b"\n".join(line[:1000] for line in content.split(b"\n") if not line.isascii())[:SAMPLE] or content[:SAMPLE]


def utf_16_without_mark(content):
    """Return UTF-16 text that lacks its mark, as every second byte of most Western texts shows; else None."""
    half = len(content) // 2
    for encoding, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if half and zeros.count(0) > half * 0.4 and len(content) % 2 == 0:
            return strictly(content, encoding), encoding
    return None


# Characters

# Of a UTF-8 text that was once read as Windows-1252: “â€™”, “Ã©”, “Â ”.
TWICE = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â[€‚„\x80][\x80-\xbf™œ\x9d˜“”¢¦šž]")
LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufff9-\uffff\U000e0000-\U000e007f]")
UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff\u180e]")
# Joiners shape Arabic, Indic and emoji; next to anything Western they are left over from somewhere.
JOINERS = re.compile("(?<![^\x00-\u02ff\u2000-\u206f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u02ff\u2000-\u206f])")
SPACES = re.compile("[ \t\u2000-\u200a\u205f\u3000]*[\u00a0\u202f\u2007][ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]*")
ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nr|Fig|Tab|p|pp|vs|ca|approx|[A-Za-z])\.?$")
C1 = {
    code: char
    for code in range(0x80, 0xA0)
    if (char := bytes([code]).decode("cp1252", errors="ignore")) and code != 0x85
}


def mend(text):
    """Return a text with what was decoded wrongly mended, if that is certain, and a line of report for it, if any."""
    text = text.translate(C1)
    found = TWICE.search(text)
    if not found:
        return text, []
    number = text.count("\n", 0, found.start()) + 1
    try:
        mended = "".join(map(byte_sign, text)).encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        sentence = _("looks as if it had been saved in a wrong encoding; kept as it is, please check such signs")
        return text, [Line(number, found[0], sentence)]
    return mended, [Line(number, found[0], _("the whole text had been saved in a wrong encoding, and was put right"))]


def byte_sign(sign):
    """Return the sign whose number is the byte that Windows-1252 writes for it."""
    try:
        return sign.encode("cp1252").decode("latin-1")
    except UnicodeEncodeError:
        return sign


def clean(text):
    """Return a text with one kind of line end and without what nobody sees, and the lines of the report for that."""
    report = []
    text = LINE_ENDS.sub("\n", text)
    for pattern, sentence in (
        (CONTROLS, lambda count: ngettext("%d control character left out", "%d control characters left out", count)),
        (UNSEEN, lambda count: ngettext("%d invisible character left out", "%d invisible characters left out", count)),
        (JOINERS, lambda count: ngettext("%d invisible joiner left out", "%d invisible joiners left out", count)),
    ):
        text, count = pattern.subn("", text)
        if count:
            report.append(Line(0, "", sentence(count) % count))
    return text, report


def spaced(text, counts):
    """Return a text, as long as before, with non-breaking spaces where they belong, and ordinary ones elsewhere.

    They belong between a number and its unit, before French punctuation, and after an abbreviation; others are left
    over from copying. `counts` is a Counter of those "kept" and "changed".
    """

    def space(found):
        before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
        is_kept = len(found[0]) == 1 and before.strip() and after.strip() and is_bound(text, found, before, after)
        counts["kept" if is_kept else "changed"] += 1
        return found[0] if is_kept else found[0].translate(BREAKING)

    return SPACES.sub(space, text)


def report_spaces(counts):
    """Return the lines of the report for the spaces of a text."""
    sentences = {
        "changed": lambda count: ngettext(
            "%d non-breaking space made an ordinary one", "%d non-breaking spaces made ordinary ones", count
        ),
        "kept": lambda count: ngettext("%d non-breaking space kept", "%d non-breaking spaces kept", count),
    }
    return [Line(0, "", sentences[name](count) % count) for name, count in sorted(counts.items()) if count]


BREAKING = dict.fromkeys(map(ord, "\u00a0\u202f\u2007"), " ")


def is_bound(text, found, before, after):
    """Return whether a non-breaking space stands where one belongs."""
    if before.isdigit() or after.isdigit() or after in ":;!?»%›" or before in "«‹":
        return True
    return bool(ABBREVIATION.search(text[max(0, found.start() - 8) : found.start()]))
