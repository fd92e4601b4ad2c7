"""Who reaches what: every address of the site, asked by every role, against one table.

The addresses are those that the site itself knows, so one without a line in the table fails. Articles belong to nobody:
an author may write in all of them, and no more in one that names them as its author.
"""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpResponseRedirect
from django.template import Template
from django.test import Client
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver
from django.utils import timezone

from articles import importing, machine_views, outside_links, publishing, reviewing
from articles.admin.bulk import MOVES
from articles.admin.moves import PAGES
from articles.models import Article, Link, OutsideLink, Picture, Review, SiteStatement, Term, Topic, Vote
from articles.workflow import may
from tests.archived_site import uploaded
from tests.desk_forms import AtDesk
from tests.factories import make_article, make_contributor, make_role, make_staff

COLUMNS = ("anonymous", "reader", "staff", "reviewer", "author", "editor", "administrator")
# A reader here is somebody with an account who may not sign in to the desk; staff may, and belong to no group.
#
# ok: the page   on: led elsewhere   sign: led to signing in   no: forbidden   none: not found
# wrong: not by this method   bad: told what is wrong with what was sent   late: can't be done now
# One word alone stands for everybody. “both” is GET and POST. A post is empty: whoever may send one is told so.
TABLE = """
GET  /admin/markdownx/markdownify/                                  wrong
POST /admin/markdownx/markdownify/                                  no    no    no    no    bad   bad   bad
GET  /admin/markdownx/upload/                                       wrong
POST /admin/markdownx/upload/                                       no    no    no    no    bad   bad   bad
GET  /admin/markdownx/paste/                                        wrong
POST /admin/markdownx/paste/                                        no    no    no    no    bad   bad   bad
GET  /admin/session/                                                ok
POST /admin/session/                                                wrong
both /admin/                                                        sign  sign  ok    ok    ok    ok    ok
both /admin/login/                                                  sign  sign  on    on    on    on    on
GET  /admin/logout/                                                 on    on    wrong wrong wrong wrong wrong
POST /admin/logout/                                                 on    on    ok    ok    ok    ok    ok
both /admin/password_change/                                        sign  sign  on    on    on    on    on
both /admin/password_change/done/                                   sign  sign  on    on    on    on    on
GET  /admin/autocomplete/                                           sign  sign  no    no    no    no    no
POST /admin/autocomplete/                                           sign  sign  wrong wrong wrong wrong wrong
GET  /admin/jsi18n/                                                 sign  sign  ok    ok    ok    ok    ok
POST /admin/jsi18n/                                                 sign  sign  wrong wrong wrong wrong wrong
both /admin/articles/topic/                                         sign  sign  no    no    ok    ok    ok
GET  /admin/articles/topic/add/                                     sign  sign  no    no    no    ok    ok
POST /admin/articles/topic/add/                                     no    no    no    no    no    ok    ok
both /admin/articles/topic/{topic}/history/                         sign  sign  no    no    ok    ok    ok
both /admin/articles/topic/{topic}/delete/                          sign  sign  no    no    no    ok    ok
GET  /admin/articles/topic/{topic}/change/                          sign  sign  no    no    ok    ok    ok
POST /admin/articles/topic/{topic}/change/                          no    no    no    no    no    ok    ok
both /admin/articles/topic/{topic}/                                 sign  sign  on    on    on    on    on
both /admin/articles/term/                                          sign  sign  no    no    ok    ok    ok
GET  /admin/articles/term/add/                                      sign  sign  no    no    no    ok    ok
POST /admin/articles/term/add/                                      no    no    no    no    no    ok    ok
both /admin/articles/term/{term}/history/                           sign  sign  no    no    ok    ok    ok
both /admin/articles/term/{term}/delete/                            sign  sign  no    no    no    ok    ok
GET  /admin/articles/term/{term}/change/                            sign  sign  no    no    ok    ok    ok
POST /admin/articles/term/{term}/change/                            no    no    no    no    no    ok    ok
both /admin/articles/term/{term}/                                   sign  sign  on    on    on    on    on
both /admin/articles/contributor/correction/{correction}/           sign  sign  no    no    no    on    on
both /admin/articles/contributor/                                   sign  sign  no    no    ok    ok    ok
GET  /admin/articles/contributor/add/                               sign  sign  no    no    no    ok    ok
POST /admin/articles/contributor/add/                               no    no    no    no    no    ok    ok
both /admin/articles/contributor/{person}/history/                  sign  sign  no    no    ok    ok    ok
both /admin/articles/contributor/{person}/delete/                   sign  sign  no    no    no    on    on
GET  /admin/articles/contributor/{person}/change/                   sign  sign  no    no    ok    ok    ok
POST /admin/articles/contributor/{person}/change/                   no    no    no    no    no    ok    ok
both /admin/articles/contributor/{person}/                          sign  sign  on    on    on    on    on
both /admin/articles/event/export/                                  sign  sign  no    no    no    ok    ok
both /admin/articles/event/                                         sign  sign  no    no    no    ok    ok
GET  /admin/articles/event/add/                                     sign  sign  no    no    no    no    no
POST /admin/articles/event/add/                                     no
both /admin/articles/event/{event}/history/                         sign  sign  no    no    no    ok    ok
both /admin/articles/event/{event}/delete/                          sign  sign  no    no    no    no    no
GET  /admin/articles/event/{event}/change/                          sign  sign  no    no    no    ok    ok
POST /admin/articles/event/{event}/change/                          no
both /admin/articles/event/{event}/                                 sign  sign  on    on    on    on    on
both /admin/articles/picture/within/                                sign  sign  no    no    ok    ok    ok
GET  /admin/articles/picture/unused/                                sign  sign  no    no    ok    ok    ok
POST /admin/articles/picture/unused/                                sign  sign  no    no    no    on    on
both /admin/articles/picture/replace/                               sign  sign  no    no    no    none  none
both /admin/articles/picture/                                       sign  sign  no    no    ok    ok    ok
GET  /admin/articles/picture/add/                                   sign  sign  no    no    ok    ok    ok
POST /admin/articles/picture/add/                                   no    no    no    no    ok    ok    ok
both /admin/articles/picture/{picture}/history/                     sign  sign  no    no    ok    ok    ok
both /admin/articles/picture/{picture}/delete/                      sign  sign  no    no    no    ok    ok
GET  /admin/articles/picture/{picture}/change/                      sign  sign  no    no    ok    ok    ok
POST /admin/articles/picture/{picture}/change/                      no    no    no    no    ok    ok    ok
both /admin/articles/picture/{picture}/                             sign  sign  on    on    on    on    on
both /admin/articles/sitestatement/{statement}/restore/             sign  sign  no    no    no    on    on
both /admin/articles/sitestatement/                                 sign  sign  no    no    no    on    on
GET  /admin/articles/sitestatement/add/                             sign  sign  no    no    no    no    no
POST /admin/articles/sitestatement/add/                             no
both /admin/articles/sitestatement/{statement}/history/             sign  sign  no    no    no    ok    ok
both /admin/articles/sitestatement/{statement}/delete/              sign  sign  no    no    no    no    no
GET  /admin/articles/sitestatement/{statement}/change/              sign  sign  no    no    no    ok    ok
POST /admin/articles/sitestatement/{statement}/change/              no    no    no    no    no    ok    ok
both /admin/articles/sitestatement/{statement}/                     sign  sign  on    on    on    on    on
both /admin/articles/outsidelink/check/                             sign  sign  no    no    on    on    on
both /admin/articles/outsidelink/{outside}/check/                   sign  sign  no    no    on    on    on
GET  /admin/articles/outsidelink/{outside}/replace/                 sign  sign  no    no    ok    ok    ok
POST /admin/articles/outsidelink/{outside}/replace/                 no    no    no    no    ok    ok    ok
both /admin/articles/outsidelink/                                   sign  sign  no    no    ok    ok    ok
GET  /admin/articles/outsidelink/add/                               sign  sign  no    no    no    no    no
POST /admin/articles/outsidelink/add/                               no
both /admin/articles/outsidelink/{outside}/history/                 sign  sign  no    no    ok    ok    ok
both /admin/articles/outsidelink/{outside}/delete/                  sign  sign  no    no    no    no    no
GET  /admin/articles/outsidelink/{outside}/change/                  sign  sign  no    no    ok    ok    ok
POST /admin/articles/outsidelink/{outside}/change/                  no
both /admin/articles/outsidelink/{outside}/                         sign  sign  on    on    on    on    on
both /admin/articles/article/{article}/preview/                     sign  sign  no    ok    ok    ok    ok
both /admin/articles/article/{article}/compare/                     sign  sign  no    on    on    on    on
both /admin/articles/article/{article}/restore/1/                   sign  sign  no    no    on    on    on
GET  /admin/articles/article/import/                                sign  sign  no    no    ok    ok    ok
POST /admin/articles/article/import/                                sign  sign  no    no    bad   bad   bad
both /admin/articles/article/originals/                             sign  sign  no    ok    ok    ok    ok
GET  /admin/articles/article/{article}/review/{version}/            sign  sign  no    ok    no    no    ok
POST /admin/articles/article/{article}/review/{version}/            no    no    no    bad   no    no    bad
GET  /admin/articles/article/{article}/links/                       sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/links/                       no    no    no    no    no    bad   bad
both /admin/articles/article/{article}/links/{link}/revoke/         sign  sign  no    no    no    on    on
both /admin/articles/article/{article}/checks/                      sign  sign  no    no    ok    ok    ok
both /admin/articles/article/{article}/checks/keep/                 sign  sign  no    no    on    on    on
both /admin/articles/article/{article}/checks/{answer}/take-back/   sign  sign  no    no    on    on    on
GET  /admin/articles/article/{article}/move/submit/                 sign  sign  no    no    on    on    on
POST /admin/articles/article/{article}/move/submit/                 no    no    no    no    on    on    on
GET  /admin/articles/article/{article}/move/take_back/              sign  sign  no    no    ok    ok    ok
POST /admin/articles/article/{article}/move/take_back/              no    no    no    no    bad   bad   bad
GET  /admin/articles/article/{article}/move/publish/                sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/move/publish/                no    no    no    no    no    bad   bad
GET  /admin/articles/article/{article}/move/cancel/                 sign  sign  no    no    no    on    on
POST /admin/articles/article/{article}/move/cancel/                 no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/warn/                   sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/move/warn/                   no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/clear_warning/          sign  sign  no    no    no    on    on
POST /admin/articles/article/{article}/move/clear_warning/          no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/add_note/               sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/move/add_note/               no    no    no    no    no    bad   bad
GET  /admin/articles/article/{article}/move/set_expiry/             sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/move/set_expiry/             no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/withdraw/               sign  sign  no    no    no    ok    ok
POST /admin/articles/article/{article}/move/withdraw/               no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/put_back/               sign  sign  no    no    no    on    on
POST /admin/articles/article/{article}/move/put_back/               no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/delete/                 sign  sign  no    no    no    on    on
POST /admin/articles/article/{article}/move/delete/                 no    no    no    no    no    on    on
GET  /admin/articles/article/{article}/move/undelete/               sign  sign  no    no    no    on    on
POST /admin/articles/article/{article}/move/undelete/               no    no    no    no    no    on    on
both /admin/articles/article/{article}/duplicate/                   sign  sign  no    no    on    on    on
both /admin/articles/article/{article}/translate/ar/                sign  sign  no    no    on    on    on
GET  /admin/articles/article/readers/                               sign  sign  no    ok    ok    ok    ok
POST /admin/articles/article/readers/                               sign  sign  wrong wrong wrong wrong wrong
GET  /admin/articles/article/readers/answers.csv                    sign  sign  no    ok    ok    ok    ok
POST /admin/articles/article/readers/answers.csv                    sign  sign  wrong wrong wrong wrong wrong
GET  /admin/articles/article/{article}/readers/                     sign  sign  no    ok    ok    ok    ok
POST /admin/articles/article/{article}/readers/                     sign  sign  wrong wrong wrong wrong wrong
GET  /admin/articles/article/{article}/readers/answers.csv          sign  sign  no    ok    ok    ok    ok
POST /admin/articles/article/{article}/readers/answers.csv          sign  sign  wrong wrong wrong wrong wrong
GET  /admin/articles/article/replace/                               sign  sign  no    no    ok    ok    ok
POST /admin/articles/article/replace/                               no    no    no    no    ok    ok    ok
both /admin/articles/article/{article}/check-links/                 sign  sign  no    no    on    on    on
both /admin/articles/article/                                       sign  sign  no    ok    ok    ok    ok
GET  /admin/articles/article/add/                                   sign  sign  no    no    ok    ok    ok
POST /admin/articles/article/add/                                   no    no    no    no    ok    ok    ok
both /admin/articles/article/{article}/history/                     sign  sign  no    ok    ok    ok    ok
both /admin/articles/article/{article}/delete/                      sign  sign  no    no    no    no    no
GET  /admin/articles/article/{article}/change/                      sign  sign  no    ok    ok    ok    ok
POST /admin/articles/article/{article}/change/                      no    no    no    no    on    on    on
both /admin/articles/article/{article}/                             sign  sign  on    on    on    on    on
both /admin/auth/group/                                             sign  sign  no    no    no    no    ok
GET  /admin/auth/group/add/                                         sign  sign  no    no    no    no    ok
POST /admin/auth/group/add/                                         no    no    no    no    no    no    ok
both /admin/auth/group/{group}/history/                             sign  sign  no    no    no    no    ok
both /admin/auth/group/{group}/delete/                              sign  sign  no    no    no    no    ok
GET  /admin/auth/group/{group}/change/                              sign  sign  no    no    no    no    ok
POST /admin/auth/group/{group}/change/                              no    no    no    no    no    no    ok
both /admin/auth/group/{group}/                                     sign  sign  on    on    on    on    on
both /admin/auth/user/{user}/password/                              sign  sign  no    no    no    no    ok
both /admin/auth/user/                                              sign  sign  no    no    no    no    ok
GET  /admin/auth/user/add/                                          sign  sign  no    no    no    no    ok
POST /admin/auth/user/add/                                          no    no    no    no    no    no    ok
both /admin/auth/user/{user}/history/                               sign  sign  no    no    no    no    ok
both /admin/auth/user/{user}/delete/                                sign  sign  no    no    no    no    ok
GET  /admin/auth/user/{user}/change/                                sign  sign  no    no    no    no    ok
POST /admin/auth/user/{user}/change/                                no    no    no    no    no    no    ok
both /admin/auth/user/{user}/                                       sign  sign  on    on    on    on    on
both /admin/articles/                                               sign  sign  none  ok    ok    ok    ok
both /admin/nonsense                                                sign  sign  none  none  none  none  none
GET  /rate/{article}/                                               ok
POST /rate/{article}/                                               bad
GET  /review/{asked_token}/                                         ok
POST /review/{asked_token}/                                         bad
GET  /review/{asked_token}/thanks/                                  on
POST /review/{asked_token}/thanks/                                  wrong
GET  /preview/{shared_token}/                                       ok
POST /preview/{shared_token}/                                       wrong
GET  /media/images/{file}                                           ok
POST /media/images/{file}                                           wrong
GET  /robots.txt                                                    ok
POST /robots.txt                                                    wrong
GET  /sitemap.xml                                                   ok
POST /sitemap.xml                                                   wrong
GET  /sitemap-{part}.xml                                            ok
POST /sitemap-{part}.xml                                            wrong
GET  /llms.txt                                                      ok
POST /llms.txt                                                      wrong
GET  /service-worker.js                                             ok
POST /service-worker.js                                             wrong
GET  /manifest.webmanifest                                          ok
POST /manifest.webmanifest                                          wrong
GET  /                                                              ok
POST /                                                              wrong
GET  /articles/                                                     ok
POST /articles/                                                     wrong
GET  /articles/sore-feet/                                           ok
POST /articles/sore-feet/                                           wrong
GET  /articles/sore-feet/sheet/                                     none
POST /articles/sore-feet/sheet/                                     wrong
GET  /about/                                                        ok
POST /about/                                                        wrong
GET  /articles/sore-feet.md                                         ok
POST /articles/sore-feet.md                                         wrong
GET  /articles/sore-feet.json                                       ok
POST /articles/sore-feet.json                                       wrong
GET  /articles/sore-feet.png                                        ok
POST /articles/sore-feet.png                                        wrong
GET  /link-picture.png                                              ok
POST /link-picture.png                                              wrong
GET  /feed/                                                         ok
POST /feed/                                                         wrong
GET  /topics/feet/                                                  ok
POST /topics/feet/                                                  wrong
GET  /search/                                                       ok
POST /search/                                                       wrong
GET  /search/suggest/                                               ok
POST /search/suggest/                                               wrong
GET  /offline/                                                      ok
POST /offline/                                                      wrong
GET  /forget/                                                       on
POST /forget/                                                       no
GET  /admin/status/                                                 sign  sign  no    no    no    no    ok
POST /admin/status/                                                 sign  sign  no    no    no    no    on
GET  /accounts/                                                     sign  on    on    on    on    on    on
POST /accounts/                                                     wrong
both /accounts/login/                                               ok    on    on    on    on    on    on
GET  /accounts/logout/                                              sign  ok    ok    ok    ok    ok    ok
POST /accounts/logout/                                              sign
both /accounts/password/change/                                     sign  sign  ok    ok    ok    ok    ok
both /accounts/password/set/                                        sign  sign  on    on    on    on    on
GET  /accounts/password/reset/                                      ok
POST /accounts/password/reset/                                      no
GET  /accounts/password/reset/done/                                 ok
POST /accounts/password/reset/done/                                 wrong
both /accounts/password/reset/key/1-set/                            ok
GET  /accounts/password/reset/key/done/                             ok
POST /accounts/password/reset/key/done/                             wrong
both /accounts/reauthenticate/                                      sign  sign  ok    ok    ok    ok    ok
GET  /accounts/sessions/                                            sign  sign  ok    ok    ok    ok    ok
POST /accounts/sessions/                                            sign  sign  on    on    on    on    on
GET  /accounts/2fa/                                                 sign  sign  ok    ok    ok    ok    ok
POST /accounts/2fa/                                                 sign  sign  wrong wrong wrong wrong wrong
both /accounts/2fa/authenticate/                                    sign  on    on    on    on    on    on
both /accounts/2fa/reauthenticate/                                  sign  sign  on    on    on    on    on
both /accounts/2fa/totp/activate/                                   sign  sign  on    on    on    on    on
both /accounts/2fa/totp/deactivate/                                 sign  sign  none  none  none  none  none
GET  /accounts/2fa/codes/                                           sign  sign  none  none  none  none  none
POST /accounts/2fa/codes/                                           sign  sign  wrong wrong wrong wrong wrong
both /accounts/2fa/codes/generate/                                  sign  sign  on    on    on    on    on
both /accounts/2fa/codes/download/                                  sign  sign  none  none  none  none  none
GET  /accounts/2fa/webauthn/                                        sign  sign  ok    ok    ok    ok    ok
POST /accounts/2fa/webauthn/                                        sign  sign  wrong wrong wrong wrong wrong
both /accounts/2fa/webauthn/add/                                    sign  sign  on    on    on    on    on
both /accounts/2fa/webauthn/reauthenticate/                         sign  sign  on    on    on    on    on
both /accounts/2fa/webauthn/keys/{user}/remove/                     sign  sign  on    on    on    on    on
both /accounts/2fa/webauthn/keys/{user}/edit/                       sign  sign  on    on    on    on    on
both /accounts/2fa/webauthn/login/                                  sign  on    on    on    on    on    on
GET  /csp-report/                                                   wrong
POST /csp-report/                                                   ok
GET  /about/privacy/                                                ok
POST /about/privacy/                                                wrong
"""


@pytest.fixture
def world(db):
    """Somebody of each role, and `ids` of one of everything, by the names that the table uses."""
    make_user = get_user_model().objects.create_user
    users = {"anonymous": None, "reader": make_user("reader"), "staff": make_staff("staff")}
    users |= {role: make_role(role.capitalize(), role) for role in ("reviewer", "author", "editor")}
    users["administrator"] = make_user("administrator", password="secret", is_staff=True, is_superuser=True)
    people = {role: make_contributor(role, user=user) for role, user in users.items() if user}
    topic, person = Topic.objects.create(name="Feet", slug="feet"), make_contributor("Person")
    article = make_article("Sore feet", sections=["See [this](https://example.org/a)."], topic=topic)
    draft = make_article("A draft", published=False, sections=["Secret."])
    publishing.record(draft, by=None)
    first = article.revisions.get()
    article.sections.create(heading="Walk", body="Walk slowly.")
    newest = publishing.record(article, by=None)
    publishing.submit(article, by=None)
    review = Review.objects.create(
        revision=first, contributor=person, correct_until=timezone.localdate(), correction={"name": "Someone"}
    )
    outside_links.note_some(100)
    links = {
        name: reviewing.make_link(newest, by=None, days=1, contributor=who)
        for name, who in (("asked", person), ("shared", None))
    }
    tokens = {f"{name}_token": reviewing.address_of(link).split("/")[-2] for name, link in links.items()}
    image = uploaded()
    rows = {
        "article": article,
        "draft": draft,
        "version": newest,
        "topic": topic,
        "person": person,
        "correction": review,
        "link": links["asked"],
        "term": Term.objects.create(term="sore", meaning="It hurts."),
        "picture": Picture.objects.create(title="Red", image=image, alt="Red."),
        "event": article.events.first(),
        "statement": SiteStatement.objects.first(),
        "outside": OutsideLink.objects.first(),
        "answer": article.answers.create(finding="long_words", place="part-1", because="It is the word", who="edith"),
        "group": users["editor"].groups.get(),
        "user": users["staff"],
        "articles": ContentType.objects.get_for_model(Article),
    }
    Vote.objects.create(article=article, revision=first, voter="x", value=5)
    ids = {name: row.pk for name, row in rows.items()} | tokens | {"file": image.rpartition("/")[2]}
    ids["part"] = (article.pk - 1) // machine_views.PART + 1
    return SimpleNamespace(
        users=users, people=people, ids=ids, **{name: rows[name] for name in ("article", "draft", "version")}
    )


def lines():
    """Return the table's lines as (method, address, {column: outcome})."""
    for line in TABLE.strip().splitlines():
        methods, address, *words = line.split()
        outcomes = dict(zip(COLUMNS, words * len(COLUMNS) if len(words) == 1 else words, strict=False))
        assert len(outcomes) == len(COLUMNS), line
        for method in ("GET", "POST") if methods == "both" else (methods,):
            yield method, address, outcomes


def routes(resolver, start=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, start + str(pattern.pattern))
        else:
            yield start + str(pattern.pattern)


class Visitor:
    """Somebody who asks for addresses, each time as if it was the first: what an answer did is undone."""

    def __init__(self, user):
        client = Client()
        if user:
            client.force_login(user)
        self.cookies, self.written = client.cookies.output(header="", sep=";"), []

    def ask(self, method, address, fields=None):
        """Return how the site answers, as the table says it; `written` then has what it wrote to the database."""
        client, self.written = Client(raise_request_exception=False), []
        client.cookies.load(self.cookies)
        with transaction.atomic(), connection.execute_wrapper(self.note):
            if method == "POST":
                self.answer = client.post(address, fields or {})
            else:
                self.answer = client.generic(method, address)
            transaction.set_rollback(True)
        return outcome(self.answer)

    def note(self, execute, sql, params, many, context):
        # A page is kept beside its article for the next reader, and a session has what its own next page tells.
        is_of_reading = any(f"articles_{table}" in sql for table in ("rendering", "session", "remembered"))
        changes = sql.split()[0] in ("INSERT", "UPDATE", "DELETE") and "WHERE 1 = 0" not in sql
        if changes and not is_of_reading:
            self.written.append(sql[:90])
        return execute(sql, params, many, context)


def outcome(answer):
    if isinstance(answer, HttpResponseRedirect) or answer.status_code in (301, 303):
        return "sign" if "/login/" in answer.url else "on"
    words = {200: "ok", 204: "ok", 400: "bad", 403: "no", 404: "none", 405: "wrong", 409: "late", 410: "gone"}
    return words.get(answer.status_code, str(answer.status_code))


@pytest.fixture
def quick(monkeypatch):
    """Make no page's text, which takes most of the time, and ask no other site."""
    monkeypatch.setattr(Template, "render", lambda self, context: "")
    monkeypatch.setattr(outside_links, "check", lambda *args, **kwargs: outside_links.Summary())


def test_every_address_has_a_line(world):
    told = {
        (method, resolve(address.format(**world.ids)).route.replace("^", "")) for method, address, _outcomes in lines()
    }
    there = {(method, route.replace("^", "")) for route in routes(get_resolver()) for method in ("GET", "POST")}
    assert told == there


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("who", [*COLUMNS, "author of it"])
def test_each_role_reaches_what_the_table_says(world, who):
    column = who.removesuffix(" of it")
    if who != column:
        world.article.authors.add(world.people[column])
    visitor, wrong = Visitor(world.users[column]), []
    for method, address, outcomes in lines():
        if who == column or "{article}" in address:
            found = visitor.ask(method, address.format(**world.ids))
            if found != outcomes[column]:
                wrong.append(f"{method} {address}: {found}, not {outcomes[column]}")
            if visitor.written and (method == "GET" or found in ("sign", "no", "none", "wrong", "bad")):
                wrong.append(f"{method} {address}: {found}, yet it wrote: {visitor.written}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("quick")
def test_no_other_method_changes_anything(world):
    visitor = Visitor(world.users["administrator"])
    addresses = {address.format(**world.ids): outcomes for _method, address, outcomes in lines()}
    for address in addresses:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            assert visitor.ask(method, address) in ("ok", "on", "none", "no", "wrong", "bad"), (method, address)
            assert not visitor.written, (method, address)


@pytest.mark.usefixtures("quick")
def test_no_table_has_a_page_that_the_site_does_not_know(world):
    """Votes, versions, signatures and links have none, not even for administrators."""
    visitor = Visitor(world.users["administrator"])
    hidden = [model._meta for model in apps.get_models() if not admin.site.is_registered(model)]
    assert {"vote", "tally", "revision", "review", "link", "section"} <= {names.model_name for names in hidden}
    for names in hidden:
        start = f"/admin/{names.app_label}/{names.model_name}/"
        for end in ("", "add/", "1/", "1/change/", "1/delete/", "1/history/"):
            for method in ("GET", "POST"):
                assert visitor.ask(method, start + end) == "none", start + end
                assert not visitor.written


@pytest.mark.parametrize("role", ["reviewer", "author", "editor"])
def test_a_crafted_choice_of_the_list_moves_no_more_than_the_role_may(world, role):
    visitor = Visitor(world.users[role])
    chosen = {"_selected_action": [world.article.pk, world.draft.pk], "confirmed": "1", "note": "x"}
    chosen |= {f"version-{article.pk}": publishing.newest(article).number for article in (world.article, world.draft)}
    for name in [*PAGES, "delete_selected", "move_several", "sign", "__init__"]:
        visitor.ask("POST", "/admin/articles/article/", chosen | {"action": name})
        if not (name in MOVES and may(name, world.users[role])):
            assert not visitor.written, name
    if role == "editor":  # the test can tell
        visitor.ask("POST", "/admin/articles/article/", chosen | {"action": "delete"})
        assert visitor.written


HIDDEN = {
    **dict.fromkeys(
        ("withdrawn_at", "warned_at", "deleted_at", "expires_at", "published_at", "links_noted_at"), "2020-01-01"
    ),
    **dict.fromkeys(("withdrawn_at_0", "expires_at_0", "published_at_0"), "2020-01-01"),
    **dict.fromkeys(("withdrawal_reason", "warning", "key", "who", "html"), "crafted"),
    **dict.fromkeys(("copy_of", "pk", "number", "created_by", "reviewed_as"), "1"),
    "state": "published",
    "sections-0-key": "crafted",
    "revisions-TOTAL_FORMS": "1",
    "revisions-0-state": "published",
}


def test_fields_that_a_form_does_not_have_are_not_taken(world):
    """An author's post names all that belongs to the workflow, and what readers know the article by."""
    article = world.article
    identity = {"slug": "crafted", "topic": "", "language": "ar", "translation_of": "a-draft"}
    hidden = {f.name for f in Article._meta.fields} - {"summary", "title", "updated_at", "links_noted_at"}
    before = Article.objects.filter(pk=article.pk).values(*hidden).get()
    versions = list(article.revisions.values())
    desk = AtDesk(world.users["author"], article)
    desk.write(summary="Written by the author")
    desk.fields |= {name: [value] for name, value in (HIDDEN | identity).items() if name not in desk.fields}
    assert desk.save().is_saved
    assert Article.objects.filter(pk=article.pk).values(*hidden).get() == before
    assert [row for row in article.revisions.values() if row["number"] <= len(versions)] == versions
    new = publishing.newest(article)
    assert (new.summary, new.state, new.published_at, new.created_by) == (
        "Written by the author", "draft", None, world.users["author"],
    )  # fmt: skip
    assert {section["key"] for section in new.sections} == {section["key"] for section in versions[-1]["sections"]}


def test_rows_of_another_article_are_not_taken(world):
    other = make_article("Other", sections=["Theirs."])
    source = other.sources.create(title="Theirs")
    desk = AtDesk(world.users["author"], world.article)
    section = other.sections.get()
    desk.add("Mine", rows="sources")
    forged = {"sections-0-id": section.pk, "sections-0-article": other.pk, "sections-0-row_key": section.key}
    forged |= {"sources-0-id": source.pk, "sources-0-article": other.pk, "sources-INITIAL_FORMS": 1}
    desk.fields |= {name: [str(value)] for name, value in forged.items()} | {"sections-0-body": ["Crafted."]}
    desk.save()
    for row in (section, source):
        row.refresh_from_db()
    assert (section.article, source.article) == (other, other)
    assert (section.body, source.title) == ("Theirs.", "Theirs")


@pytest.mark.usefixtures("quick")
def test_parts_of_another_article_are_not_found_under_an_articles_address(world):
    """A version, a link, what was kept: each is asked for under the wrong article, by whoever may do all."""
    draft, ids = f"/admin/articles/article/{world.draft.pk}/", world.ids
    visitor = Visitor(world.users["administrator"])
    assert world.article.revisions.filter(number=2).exists()
    assert not world.draft.revisions.filter(number=2).exists()
    for end in ("restore/2/", "review/{version}/", "links/{link}/revoke/", "checks/{answer}/take-back/"):
        assert visitor.ask("POST", draft + end.format(**ids)) == "none", end
        assert not visitor.written
    assert visitor.ask("GET", f"{draft}compare/?old=1&new=2") == "none"


@pytest.mark.usefixtures("quick")
def test_a_link_that_was_taken_back_opens_nothing(world):
    visitor, ids = Visitor(None), world.ids
    links = ["/review/{asked_token}/".format(**ids), "/preview/{shared_token}/".format(**ids)]
    assert [visitor.ask("GET", link) for link in links] == ["ok", "ok"]
    for link in Link.objects.all():
        reviewing.revoke(link, by=None)
    said = {"decision": "sign", "name": "X", "has_read": "on", "correct_until": "2100-01-01"}
    assert [visitor.ask("GET", link) for link in [*links, links[0] + "thanks/"]] == ["gone"] * 3
    assert (visitor.ask("POST", links[0], said), visitor.written) == ("gone", [])
    # One's token opens nothing of the other kind
    swapped = ["/preview/{asked_token}/", "/review/{shared_token}/", "/review/{shared_token}/thanks/"]
    assert [visitor.ask("GET", link.format(**ids)) for link in swapped] == ["none"] * 3


@pytest.mark.usefixtures("quick")
def test_a_role_that_is_taken_away_is_gone_at_once(world):
    editor = world.users["editor"]
    visitor = Visitor(editor)
    address = f"/admin/articles/article/{world.article.pk}/change/"
    assert visitor.ask("GET", address) == "ok"
    editor.groups.clear()
    assert (visitor.ask("GET", address), visitor.ask("POST", address)) == ("no", "no")
    get_user_model().objects.filter(pk=editor.pk).update(is_active=False)
    assert visitor.ask("GET", address) == "sign"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "query",
    [
        "contributor/?user__password__startswith=m",
        "contributor/?user__is_superuser=1",
        "article/?revisions__created_by__password__startswith=m",
        "article/?votes__voter__startswith=x",
        "article/?authors__user__email__contains=@",
        "event/?by__password__startswith=m",
        "topic/?articles__sections__body__contains=Secret",
    ],
)
def test_a_list_answers_no_question_about_what_it_does_not_show(world, query):
    found = Visitor(world.users["editor"]).ask("GET", f"/admin/articles/{query}")
    assert found in ("bad", "on"), found


def test_an_import_gives_no_topic_to_what_readers_know_but_by_who_may_publish(world):
    """A topic belongs to no version: readers would see it at once."""
    legs = Topic.objects.create(name="Legs", slug="legs")

    def imported(by, text, facts=""):
        content = f"---\nsummary: About legs.\n{facts}---\n# Legs\n\n{text}\n".encode()
        return importing.apply(importing.plan("legs.md", content), by=world.users[by])

    article = imported("author", "Old.").article
    publishing.publish(article, by=None)
    for by, topic, is_told in (("author", None, True), ("editor", legs, False)):
        result = imported(by, f"New of {by}.", "topic: Legs\n")
        article.refresh_from_db()
        assert (result.was_done, article.topic) == (True, topic)
        assert ("who may publish" in " ".join(map(str, result.sentences))) is is_told
