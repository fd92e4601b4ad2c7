"""Facts held against the words of schema.org itself: do the types and properties exist, and fit each other?"""

import re
from collections import defaultdict
from functools import cache

from tests.conftest import need_package

VOCABULARY = "@vocabulary/schema/schema.nq"
TRIPLE = re.compile(r"<https?://schema.org/(\w+)> <[^>]*[/#](\w+)> <[^>]*[/#](\w+)>")
URL = re.compile(r"https?://[^\s/]+(/\S*)?$")
SHAPES = {
    "Text": lambda value: isinstance(value, str) and value.strip() == value != "",
    "URL": lambda value: isinstance(value, str) and bool(URL.match(value)),
    "Date": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)),
    "DateTime": lambda value: (
        isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)", value))
    ),
    "Number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
    "Duration": lambda value: (
        isinstance(value, str) and bool(re.fullmatch(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", value))
    ),
}


@cache
def vocabulary():
    """Return what schema.org says, as (subject, predicate) to objects."""
    said = defaultdict(set)
    for subject, predicate, thing in TRIPLE.findall(need_package(VOCABULARY).read_text(encoding="utf-8")):
        said[subject, predicate].add(thing)
    return said


def of(subject, predicate):
    return vocabulary().get((subject, predicate), set())


def kinds_of(name):
    """Return a type with all that are wider."""
    return {name}.union(*(kinds_of(wider) for wider in of(name, "subClassOf")))


def mistakes(data, where="data"):
    """Return what is wrong with JSON-LD, as sentences."""
    assert data["@context"] == "https://schema.org"
    things = data.get("@graph") or [{name: value for name, value in data.items() if name != "@context"}]
    found = [mistake for thing in things for mistake in of_thing(thing, where)]
    declared = {thing["@id"] for thing in things if "@id" in thing}
    return found + [f"{id} is named and not described" for id in references(things) - declared]


def references(value):
    """Return the ids of things that are described elsewhere."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    return {value["@id"]} if set(value) == {"@id"} else references(list(value.values()))


def of_thing(thing, where):
    if set(thing) == {"@id"}:
        return []
    types = thing["@type"] if isinstance(thing["@type"], list) else [thing["@type"]]
    unknown = [f"{where}: no type {name}" for name in types if "Class" not in of(name, "type")]
    wide = set().union(*map(kinds_of, types))
    properties = [(name, value) for name, value in thing.items() if not name.startswith("@")]
    return unknown + [wrong for name, value in properties for wrong in of_property(wide, name, value, where)]


def of_property(types, name, value, where):
    where = f"{where}.{name}"
    if name == "query-input":  # the one that stands for an action's input, which schema.org writes with a dash
        return [] if "Action" in types else [f"{where}: only of an action"]
    if "Property" not in of(name, "type"):
        return [f"{where}: no such property"]
    if of(name, "supersededBy"):
        return [f"{where}: out of date"]
    if not of(name, "domainIncludes") & types:
        return [f"{where}: not of {sorted(types)}"]
    values = value if isinstance(value, list) else [value]
    empty = [] if values else [f"{where}: empty"]
    return empty + [wrong for one in values for wrong in of_value(of(name, "rangeIncludes"), one, where)]


def of_value(ranges, value, where):
    if isinstance(value, dict):
        types = value.get("@type", [])
        types = set().union(*map(kinds_of, types if isinstance(types, list) else [types]))
        fits = set(value) == {"@id"} or ranges & types
        return of_thing(value, where) + (
            [] if fits else [f"{where}: a {value.get('@type')} is none of {sorted(ranges)}"]
        )
    member = str(value).removeprefix("https://schema.org/")
    fits = any(name in SHAPES and SHAPES[name](value) for name in ranges) or ranges & of(member, "type")
    return [] if fits else [f"{where}: {value!r} is none of {sorted(ranges)}"]
