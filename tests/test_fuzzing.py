"""Requests that nobody means well, to every address of the site: none is an error, whoever sends it.

`pytest tests/test_fuzzing.py -n 0 --timeout 0 --hypothesis-profile soak` sends very many, and holds each to a second of
the processor and to 200 MiB.
"""

import resource
import time

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from articles import outside_links
from tests.nasty import ANY, BODIES, EXTRA, FIELDS, METHODS, addresses, form, multipart
from tests.test_permissions import Visitor, lines, world  # noqa: F401  the fixture

IS_SOAK = settings.get_current_profile_name() == "soak"
PHASES = [Phase.generate] if IS_SOAK else [Phase.reuse, Phase.generate, Phase.shrink]
MANY = settings(
    max_examples=8_000 if IS_SOAK else 60, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck)
)
SECONDS, MEGABYTES = 1, 200


def environ(query, headers):
    """Return what a server makes of a query and of headers: letters, one for each byte.

    A length that is no number never gets past the server (test_the_server_refuses_what_is_no_request).
    """
    found = {"QUERY_STRING": query.decode("latin-1")}
    for name, value in headers.items():
        if name == "Content-Length" and not (value.isascii() and value.isdigit()):
            continue
        name = name.upper().replace("-", "_")
        name = name if name == "CONTENT_LENGTH" else f"HTTP_{name}"
        found[name] = value.encode("utf-8", "surrogatepass").decode("latin-1")
    return found


@pytest.fixture
def sent(world, monkeypatch):  # noqa: F811
    """A function that sends a request, as somebody, of which nothing stays; it returns the status."""
    monkeypatch.setattr(outside_links, "check", lambda *args, **kwargs: outside_links.Summary())
    cookies = {name: Visitor(world.users[name]).cookies for name in ("anonymous", "administrator")}

    def send(who, method, path, *, query=b"", body=(b"", ""), headers=None):
        client, began, had = Client(), time.process_time(), room()  # what a view raises fails the test
        client.cookies.load(cookies[who])
        with transaction.atomic():
            extra = {"content_type": body[1], **environ(query, headers or {})}
            answer = client.generic(method, path.format(**world.ids), body[0], **extra)
            length = len(b"".join(answer) if answer.streaming else answer.content)
            transaction.set_rollback(True)
        assert answer.status_code < 500
        if IS_SOAK:
            assert time.process_time() - began < SECONDS, (method, path, length)
            assert room() - had < MEGABYTES, (method, path, length)
        return answer.status_code

    return send


PATHS = sorted({address for _method, address, _outcomes in lines()} | {"/no-such-page/", "/ar/", "/ar/search/"})
ADDRESSES = addresses(PATHS)
WHO = st.sampled_from(["anonymous", "administrator"])


def room():
    """Return the most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@MANY
@given(
    who=WHO, method=METHODS, path=ADDRESSES, query=FIELDS.map(form) | st.binary(max_size=80), body=BODIES, headers=EXTRA
)
def test_no_request_is_an_error(sent, who, method, path, query, body, headers):
    sent(who, method, path, query=query, body=body, headers=headers)


# Where the site reads most of what is sent, each field as the form has it
FORMS = {
    "/rate/{article}/": "value reason section revision token step withdraw undo",
    "/review/{asked_token}/": "decision name credentials interests message correct_until has_read remark-part-1",
    "/admin/articles/article/{article}/change/": (
        "title slug summary topic authors language translation_of based_on review_due version "
        "sections-TOTAL_FORMS sections-INITIAL_FORMS sections-0-id sections-0-row_key sections-0-kind "
        "sections-0-body sections-0-position sections-0-hold sections-0-picture sources-TOTAL_FORMS "
        "sources-0-year sources-0-url sources-0-read_on decide-sections-part-1 authors_shown initial-slug "
    ),
    "/admin/articles/article/{article}/checks/": (
        "title summary sections-TOTAL_FORMS sections-0-body sections-0-row_key sections-1-body sections-0-kind version "
    ),
    "/admin/articles/article/{article}/checks/keep/": "finding place words because",
    "/admin/articles/article/{article}/move/publish/": "version note change at expires_at waiting puts_back",
    "/admin/articles/article/{article}/links/": "contributor version days",
    "/admin/articles/article/import/": "name content kept import seen choice row file",
    "/admin/articles/article/replace/": "find replace with place by whole_words match_case new",
    "/admin/articles/outsidelink/{outside}/replace/": "new place",
    "/admin/articles/picture/add/": "title drawing upload kept alt caption credit is_decorative",
    "/admin/articles/picture/replace/": "old new q upload confirmed articles",
    "/admin/articles/term/add/": "language term forms meaning",
    "/admin/articles/topic/add/": "name slug description language",
    "/admin/articles/contributor/{person}/change/": "name credentials interests user initial-name",
    "/admin/articles/sitestatement/{statement}/change/": "publisher contact safety about emergency_number note",
    "/admin/markdownx/markdownify/": "content prefix",
    "/admin/markdownx/paste/": "html",
    "/admin/login/": "username password next this_is_the_login_form",
    "/admin/auth/user/add/": "username password1 password2 usable_password",
}
USUAL = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "5",
        "text",
        "exercise",
        "on",
        "keep",
        "theirs",
        "sign",
        "part-1",
        "en-gb",
        "ar",
        "Words.",
        "2027-01-01",
        "2027-01-01T10:00",
        "https://example.org/b",
    ]
)
VALUES = st.one_of(ANY, USUAL)
POSTS = st.sampled_from(sorted(FORMS)).flatmap(
    lambda path: st.tuples(st.just(path), st.dictionaries(st.sampled_from(FORMS[path].split()), VALUES))
)


@MANY
@given(post=POSTS, in_parts=st.booleans())
def test_no_form_is_an_error(sent, post, in_parts):
    path, fields = post
    body = multipart(fields.items()) if in_parts else form(fields.items())
    kind = "multipart/form-data; boundary=x" if in_parts else "application/x-www-form-urlencoded"
    sent("administrator", "POST", path, body=(body, kind))


LISTS = [path for path in PATHS if path.startswith("/admin/") and path.count("/") == 4]
LISTS += ["/search/", "/articles/"]


@MANY
@given(path=st.sampled_from(LISTS), fields=FIELDS)
def test_no_question_to_a_list_is_an_error(sent, path, fields):
    sent("administrator", "GET", path, query=form(fields))
