"""What search engines read beside a page: facts in the words of schema.org. Nothing that the page does not say."""

import json

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import languages, trust
from articles.exchange import absolute, language_tag, moment, names, one_line, plain
from articles.kinds import CARE_CARDS, Kind, When

CONTEXT = "https://schema.org"
ASPECTS = {
    Kind.ACT_NOW: "SelfCareHealthAspect",
    Kind.OPTION: "TreatmentsHealthAspect",
    Kind.QUESTIONS: "SeeDoctorHealthAspect",
    **dict.fromkeys(CARE_CARDS, "SeeDoctorHealthAspect"),
}
EXERCISE_ASPECTS = {When.DURING: "SelfCareHealthAspect", When.PREVENT: "PreventionHealthAspect"}
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def as_script(data):
    """Return data as JSON that can stand in a script element: nothing in it can end that."""
    return json.dumps(plain(data), ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)


def known(**facts):
    """Return facts without those that are missing."""
    return {name.replace("at_", "@", 1): value for name, value in facts.items() if value}


def of_article(revision, facts, standing, statement):
    """Return what a published article's page says of itself, its subject and its place on the site.

    `facts` are its Trust, `standing` is that of a translation, `statement` the site's.
    """
    address = absolute(revision.get_absolute_url())
    page = known(
        at_type="MedicalWebPage",
        at_id=address,
        url=address,
        headline=one_line(revision.title),
        description=one_line(revision.summary),
        inLanguage=language_tag(revision.article.language),
        translationOfWork=original(standing),
        image=absolute(revision.get_absolute_url("article_picture")),
        datePublished=moment(facts.published),
        dateModified=moment(facts.changed or facts.published),
        lastReviewed=facts.review and timezone.localtime(facts.review.at).date().isoformat(),
        reviewedBy=[person(signed.name, signed.credentials) for signed in facts.reviewers],
        author=[person(author["name"], author["credentials"]) for author in revision.authors],
        publisher=organization(statement),
        audience={"@type": "PeopleAudience", "audienceType": "General public"},
        citation=[source["url"] or one_line(source["title"]) for source in trust.sources(revision)],
        about=condition(revision),
        hasPart=[said for section in revision.sections if (said := part(section, address))],
        isPartOf=website(),
    )
    return {"@context": CONTEXT, "@graph": [page, breadcrumb(revision)]}


def of_home(statement):
    """Return what the first page says of the site."""
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": absolute(reverse("search")) + "?q={search_term_string}"},
        "query-input": "required name=search_term_string",
    }
    own = known(publisher=organization(statement), inLanguage=language_tag(languages.active()))
    return {"@context": CONTEXT} | website() | own | {"potentialAction": search}


def website():
    return {"@type": "WebSite", "name": settings.SITE_NAME, "url": absolute(reverse("home"))}


def original(standing):
    """Return the page that one translates, while readers see it."""
    shown = standing.original and not standing.is_gone
    return shown and {"@type": "WebPage", "@id": absolute(standing.original.get_absolute_url())}


def person(name, credentials):
    return known(at_type="Person", name=one_line(name), description=one_line(credentials))


def organization(statement):
    return statement.publisher and {"@type": "Organization", "name": one_line(statement.publisher)}


def condition(revision):
    """Return what an article is about, with the treatments that have a section of their own."""
    options = [section["heading"] for section in revision.sections if section["kind"] == Kind.OPTION]
    return known(
        at_type="MedicalCondition",
        name=one_line(revision.title),
        alternateName=names(revision),
        possibleTreatment=[{"@type": "MedicalTherapy", "name": one_line(heading)} for heading in options],
    )


def part(section, address):
    """Return what a section's kind says it is about, or nothing for one whose kind says nothing."""
    aspect = ASPECTS.get(section["kind"]) or EXERCISE_ASPECTS.get(section.get("when"))
    types, about = [], {}
    if aspect:
        types, about = ["HealthTopicContent"], {"hasHealthAspect": f"{CONTEXT}/{aspect}"}
    if section["kind"] == Kind.EXERCISE:
        types, about = [*types, "ExercisePlan"], about | timings(section)
    name = {"name": one_line(section["heading"]), "url": f"{address}#{section['key']}"}
    return types and {"@type": types if len(types) > 1 else types[0]} | name | about


def timings(section):
    """Return how long and how often an exercise is done, as far as an editor has said so."""
    minutes, rest, often = (section.get(name) for name in ("minutes", "rest", "times_a_day"))
    return known(
        activityDuration=minutes and f"PT{minutes}M",
        activityFrequency=often and {"@type": "QuantitativeValue", "value": often, "unitText": "times a day"},
        repetitions=section.get("repeats"),
        restPeriods=rest and {"@type": "QuantitativeValue", "value": rest, "unitCode": "SEC"},
    )


def breadcrumb(revision):
    """Return the way to an article, as it stands above its title."""
    steps = [(_("Home"), reverse("home")), (_("Articles"), reverse("article_list"))]
    steps.append((one_line(revision.title), revision.get_absolute_url()))
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": {"@type": "WebPage", "@id": absolute(path)}}
        for number, (name, path) in enumerate(steps, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
