"""Footnotes of an HTML page, whatever wrote it: a link to a note, and in the note a link back. No database."""

import re

MAX_LINKS = 1_000  # within a page: the time to pair them grows with their square
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
CONTAINERS = ["li", "aside", "dd", "p", "div", "tr"]
FRAME = re.compile(r"[\s\[\](){},.:;^↩↑←⤴︎\ufe0e*†‡]+")  # what stands around the number of a note


def take_notes(tree):
    """Return the notes of a page by label, each the tag that has its text, taken out; where they are cited, mark it.

    A link is a citation if what it leads to has a link back to it.
    """
    places = {name: tag for tag in tree.find_all(True) for name in (tag.get("id"), tag.get("name")) if name}
    links = [link for link in tree.find_all("x-a", href=True) if link["href"].startswith("#")]
    if len(links) > MAX_LINKS:
        return {}
    by_target = {}
    for link in links:
        by_target.setdefault(link["href"][1:], []).append(link)
    notes, used = {}, set()
    for target, citing in by_target.items():
        container = container_of(places.get(target))
        if container is None or container.name in HEADINGS or container.find(HEADINGS):
            continue
        inner = container.find_all("x-a", href=True)
        citations = [link for link in citing if not is_among(link, inner) and id(link) not in used]
        own = {name for link in citations for tag in (link, link.parent) for name in names_of(tag)}
        ways = [way for way in inner if way["href"][1:] in own]
        if ways:
            used |= set(map(id, ways))
            notes[str(len(notes) + 1)] = (container, ways, citations)
    return {label: taken(tree, label, *note) for label, note in notes.items()}


def is_among(link, links):
    return any(link is other for other in links)


def names_of(tag):
    return [tag[name] for name in ("id", "name") if tag.get(name)]


def container_of(target):
    """Return the smallest part of a page that a note fills."""
    if target is None:
        return None
    return target if target.name in CONTAINERS or target.name in HEADINGS else target.find_parent(CONTAINERS)


def taken(tree, label, container, ways, citations):
    """Take a note out of the page and leave its label where it is cited."""
    for link in citations:
        mark = tree.new_tag("x-note")
        mark.string = label
        around = link.parent if link.parent.name in ("sup", "span") and is_alone(link) else link
        around.replace_with(mark)
    said = citations[0].get_text(strip=True).strip("[]()")
    for way in ways:
        way.decompose()
    texts = container.find_all(string=True)
    for ordered in (texts, texts[::-1]):
        for text in ordered:
            if FRAME.sub("", text) not in ("", said):
                break
            text.replace_with(" ")
    return container.extract()


def is_alone(link):
    return link.parent.get_text(strip=True).strip("[]") == link.get_text(strip=True).strip("[]")
