"""The browser of the journeys: what it complains of fails the test."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

expect.set_options(timeout=10_000)  # milliseconds, as for all else that pages wait for
EXERCISES = """
from articles.publishing import publish
from tests.factories import make_article
article = make_article("Stretches", sections=["Before.", "After."], published=False)
def add(heading, **fields):
    article.sections.create(position=1, heading=heading, kind="exercise", steps="One.\\nTwo.", **fields)
add("Toes", postures="in_bed sitting", hold=5)
add("Towel", postures="in_bed with_help", hold=30, rest=10, repeats=2)
add("Wall", postures="standing", hold=5, minutes=1, times_a_day=3, stop_if="it hurts")
add("Sides", hold=5, rest=3, repeats=2, sides="each", times_a_day=2)
add("Walk", minutes=1, sides="each")
publish(article, by=None)
print(article.pk)
"""
# Nobody signs in by a form here: to compute what is kept of a password takes the server a second, and the test another.
SEAT = """
from django.contrib.auth.models import Group, User
from django.test import Client
user, _ = User.objects.get_or_create(username="{name}", defaults={{"is_staff": True}})
user.groups.set(Group.objects.filter(name="{role}"))
client = Client()
client.force_login(user)
print(client.cookies["sessionid"].value)
"""


def pytest_itemcollected(item):
    """Mark each test of this folder, and let one that fails try once more: a browser has moods that are not ours."""
    item.add_marker(pytest.mark.browser)
    item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def complaints():
    """What the browser said of the pages: a breach of the security policy, a script's error, a missing file."""
    return []


def open_page(context, complaints):
    """Return a new page that tells its complaints."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return page


@pytest.fixture
def page(context, complaints):
    """A page of the running site whose complaints must be none in the end."""
    yield open_page(context, complaints)
    assert complaints == []


@pytest.fixture(scope="session")
def base_url(site):
    return site.url


@pytest.fixture
def no_javascript(browser, base_url):
    """A page of a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    yield context.new_page()
    context.close()


def wait_until(page, expression, seconds=10):
    """Wait until JavaScript says so. Playwright's own `wait_for_function` breaks the policy when it must look twice."""
    wait_for(page, lambda: page.evaluate(f"Boolean({expression})"), seconds)


def wait_for(page, condition, seconds=10):
    """Wait until a function says something true, while the page goes on; return what it says."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, "What was waited for never came"
        page.wait_for_timeout(20)
    return found


def sign_in(page, site):
    """Sign in to the admin as the first administrator."""
    log_in(page, *site.administrator())


def log_in(page, name, password):
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("What would you like to work on?").wait_for()


@pytest.fixture
def seat(browser, base_url, site, complaints):
    """A function that seats somebody with a role at the desk, in a browser of their own, whose complaints count too."""
    contexts = []

    def sit(role, **options):
        key = site.shell(SEAT.format(name=f"{role} {len(contexts)}", role=role))
        contexts.append(browser.new_context(base_url=base_url, viewport={"width": 1366, "height": 900}, **options))
        contexts[-1].add_cookies([{"name": "sessionid", "value": key, "url": base_url}])
        return open_page(contexts[-1], complaints)

    yield sit
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def signed_in(browser, site):
    """The cookies of the first administrator, signed in to the admin."""
    page = browser.new_page(base_url=site.url)
    sign_in(page, site)
    cookies = page.context.cookies()
    page.close()
    return cookies


@pytest.fixture
def desk(page, signed_in):
    """A page of an editor who is signed in."""
    page.set_viewport_size({"width": 1366, "height": 900})
    page.context.add_cookies(signed_in)
    return page


@pytest.fixture
def article(site):
    """The address of the form of a new article with three sections, published."""
    code = (
        "from articles.models import Article; from articles.publishing import publish; "
        "n = Article.objects.count(); "
        "a = Article.objects.create(title=f'Trial {n}', slug=f'trial-{n}', summary='A trial.'); "
        "[a.sections.create(position=i, heading=h, body=f'Text of {h}.') for i, h in enumerate('ABC', 1)]; "
        "publish(a, by=None); print(a.pk)"
    )
    number = site.shell(code)
    return f"/admin/articles/article/{number}/change/"


@pytest.fixture(scope="session")
def stretches(site):
    """The number of an article with all sorts of exercises, at /articles/stretches/."""
    return site.shell(EXERCISES)


def axe_violations(page, *tags, exclude=()):
    """Return what axe finds on the page, as (rule, elements), besides what is within the selectors to exclude."""
    # A colour on its way to another one is no colour to judge.
    page.evaluate("document.getAnimations().filter((a) => a instanceof CSSTransition).forEach((a) => a.finish())")
    context = {"include": [["html"]], "exclude": [[selector] for selector in exclude]}
    options = {"runOnly": list(tags), "preload": not exclude}  # to load what frames show would break the policy
    result = Axe().run(page, context=context, options=options).response
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in result["violations"]]
