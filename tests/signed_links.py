"""Signed links of the running site, and answers to them over the network."""

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from urllib.parse import urlencode

MAKE = """
from datetime import date
from articles import publishing, reviewing
from articles.models import Article, Contributor
title = {title!r}
article = Article.objects.create(title=title, slug=title.lower().replace(" ", "-"), summary="About " + title)
for heading, body in (("Rest", "Rest your feet."), ("Walk", "Walk slowly."), ("Shoes", "Wear wide ones.")):
    article.sections.create(heading=heading, body=body)
first = publishing.record(article, by=None)
publishing.submit(article, by=None)
publishing.review(first, contributor=Contributor.objects.create(name="Nurse Ned Test"), correct_until=date.today())
article.sections.filter(key="rest").update(body="Rest both feet. See [shoes](#shoes).")
article.sections.filter(key="walk").delete()
article.sections.create(heading="Soak", body="Use warm water.")
second = publishing.record(article, by=None)
reviewer = Contributor.objects.create(name="Dr Rosa Test", credentials="Podiatrist", interests="None declared")
link = reviewing.make_link(second, by=None, days=1, contributor=reviewer if {is_review} else None)
print(reviewing.address_of(link))
"""


def make_link(site, title, *, is_review=True):
    """Return the path of a new link to the second version of a new article, whose first one was signed."""
    code = MAKE.format(title=title, is_review=is_review)
    return site.shell(code).removeprefix(site.url)


def send(site, method, path, fields=None, **headers):
    """Return the status, body and cookie of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    if fields:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(fields or {}), headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body, response.headers.get("Set-Cookie", "").partition(";")[0]


def answer_together(site, count):
    """Sign one link `count` times at once; return the statuses, and how many reviews there are."""
    path = make_link(site, "Race")
    _, body, cookie = send(site, "GET", path)
    fields = {
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body)[1],
        "decision": "sign",
        "name": "Dr Rosa Test",
        "credentials": "Podiatrist",
        "interests": "None declared",
        "correct_until": (date.today() + timedelta(days=300)).isoformat(),
        "has_read": "on",
    }
    with ThreadPoolExecutor(max_workers=count) as pool:
        sent = pool.map(lambda _: send(site, "POST", path, fields, Cookie=cookie)[0], range(count))
        statuses = list(sent)
    reviews = site.ask("m.Review.objects.filter(revision__article__slug='race', revision__number=2).count()")
    return statuses, int(reviews)
