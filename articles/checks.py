"""The checks of an article's text: what is met, what is missing, and what the editor decides.

A finding says where it is and what to do, and names the words concerned with their exact place. It refuses nothing:
articles/gate.py does. What an editor has answered, "kept because …", belongs to the check, the place and the words,
and holds as long as these words stand there.
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import readability, soundness, wording
from articles.checking import Finding, Verdict, fields_of, joined
from articles.models import Answer, Revision, Term

TITLES = {  # of the checks, in the order of the list
    "summary": gettext_lazy("Main message"),
    "act_now": gettext_lazy("What to do now"),
    "care_card": gettext_lazy("When to get help"),
    "care_card_rules": gettext_lazy("Care cards"),
    "do_dont_rules": gettext_lazy("Do and don't"),
    "benefit_risk": gettext_lazy("Benefit and risk"),
    "kind_rules": gettext_lazy("Kinds of section"),
    "uncertainty": gettext_lazy("What is known and not known"),
    "sources": gettext_lazy("Sources"),
    "source_age": gettext_lazy("Age of the sources"),
    "source_read": gettext_lazy("When sources were read"),
    "source_publisher": gettext_lazy("Who stands behind sources"),
    "cited_missing": gettext_lazy("References without a source"),
    "uncited": gettext_lazy("Sources without a reference"),
    "authors": gettext_lazy("Authors"),
    "funding": gettext_lazy("Funding"),
    "review_due": gettext_lazy("Next review"),
    "reviewed": gettext_lazy("Review"),
    "outline": gettext_lazy("Outline"),
    "list_length": gettext_lazy("Length of lists"),
    "alt_text": gettext_lazy("Descriptions of pictures"),
    "link_unsafe": gettext_lazy("Unsafe links"),
    "link_insecure": gettext_lazy("Links without encryption"),
    "link_dead": gettext_lazy("Dead links"),
    "link_moved": gettext_lazy("Links that lead elsewhere"),
    "denominators": gettext_lazy("Shares and their denominators"),
    "long_sentence": gettext_lazy("Long sentences"),
    "long_paragraph": gettext_lazy("Long paragraphs"),
    "passive": gettext_lazy("Passive voice"),
    "contraction": gettext_lazy("Contractions of “not”"),
    "plain_word": gettext_lazy("Plainer words"),
    "long_word": gettext_lazy("Long words"),
    "number_word": gettext_lazy("Numbers in words"),
}
SENTENCES = {
    "long_sentence": gettext_lazy("%(count)d words in one sentence. Can you make two of it?"),
    "long_paragraph": gettext_lazy("%(count)d sentences in one paragraph. Divide it after at most 3."),
    "passive": gettext_lazy("Passive voice. Say who does it, or speak to the reader: “you”."),
    "contraction": gettext_lazy("Write it out, so that nobody misses the “not”: “%(plainer)s”."),
    "plain_word": gettext_lazy("Plainer: “%(plainer)s”."),
    "long_word": gettext_lazy("A long word. Use a shorter one, or explain it in the glossary."),
    "number_word": gettext_lazy("Write numbers as figures: %(digits)s is read faster than a word."),
    "denominators": gettext_lazy(
        "Shares of different wholes are hard to compare: %(wholes)s. Use one of them throughout."
    ),
}
WELL = {
    "long_sentence": gettext_lazy("No sentence has more than 20 words."),
    "long_paragraph": gettext_lazy("No paragraph has more than 3 sentences."),
    "passive": gettext_lazy("No passive voice was found."),
    "contraction": gettext_lazy("Each “not” is written out."),
    "plain_word": gettext_lazy("No word is on the list of those with a plainer one."),
    "long_word": gettext_lazy("Long words are in the glossary, or there are none."),
    "number_word": gettext_lazy("Numbers are written as figures."),
    "denominators": gettext_lazy("Shares have the same denominator, or there are none."),
}
ORDER = {name: number for number, name in enumerate(TITLES)}


def findings(revision):
    """Return the Findings of a revision, saved or not, in the order of the checks, each with its answer, if any."""
    fields = fields_of(revision)
    found = [finding for check in soundness.ALL for finding in check(revision, fields)]
    if revision.article.language.startswith("en"):
        found += language(fields, Term.glossary(language=revision.article.language))
    answers = {(answer.finding, answer.place, answer.words): answer for answer in answers_of(revision.article)}
    found = [replace(one, answer=answers.get(one.key)) if one.verdict != Verdict.MET else one for one in joined(found)]
    return sorted(found, key=lambda finding: ORDER[finding.check])


def answers_of(article):
    return article.answers.select_related("by") if article.pk else Answer.objects.none()


def unanswered(article):
    """Return how many findings of an article's working copy nobody has mended or answered."""
    return sum(finding.is_open for finding in findings(Revision.of(article)))


def language(fields, glossary):
    """Yield the Findings of an English text's wording."""
    hits = [(field, hit) for field in fields for hit in wording.hits(field.text, field.how)]
    wholes = {hit.about["whole"] for _field, hit in hits if hit.check == "denominators"}
    explained = {form for form, _meaning in glossary.meanings.items()}
    seen, found = set(), set()
    for field, hit in hits:
        if hit.check == "denominators" and len(wholes) < 2:
            continue
        if hit.check == "long_word":
            word = hit.about["word"]
            if word in explained or word in seen:
                continue
            seen.add(word)
        found.add(hit.check)
        said = readability.as_read(field.text, [(hit.start, hit.end)])[0]
        about = hit.about | {"wholes": in_words(wholes)}
        yield field.finding(hit.check, Verdict.DECIDE, SENTENCES[hit.check] % about, hit.start, hit.end, said)
    yield from (Finding(check, Verdict.MET, str(said)) for check, said in WELL.items() if check not in found)


def in_words(wholes):
    numbers = sorted(whole for whole in wholes if whole != "%")
    said = [_("“in %(number)d”") % {"number": number} for number in numbers]
    return ", ".join([*said, *([_("per cent")] if "%" in wholes else [])])


def grade(revision):
    """Return the reading Grade of an English revision, or None."""
    if not revision.article.language.startswith("en"):
        return None
    return readability.grade([field.prose() for field in fields_of(revision)])
