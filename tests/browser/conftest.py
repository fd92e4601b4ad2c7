"""The browser of the journeys: what it complains of fails the test."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PASSWORD = "a-long-enough-one"


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


def sign_in(page, site):
    """Sign in to the admin as the first administrator."""
    log_in(page, *site.administrator())


def log_in(page, name, password):
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("What would you like to work on?").wait_for()


@pytest.fixture
def seat(browser, base_url, site, complaints):
    """A function that seats somebody with a role at the desk, in a browser of their own, whose complaints count too."""
    contexts = []

    def sit(role, **options):
        name = f"{role} {len(contexts)}"
        site.shell(
            "from django.contrib.auth.models import Group, User; "
            f"user = User.objects.filter(username='{name}').first() or "
            f"User.objects.create_user('{name}', password='{PASSWORD}', is_staff=True); "
            f"user.groups.set(Group.objects.filter(name='{role}'))"
        )
        contexts.append(browser.new_context(base_url=base_url, viewport={"width": 1366, "height": 900}, **options))
        page = open_page(contexts[-1], complaints)
        log_in(page, name, PASSWORD)
        return page

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
    number = site.manage("shell", "--verbosity", "0", "--command", code).stdout.strip()
    return f"/admin/articles/article/{number}/change/"


def axe_violations(page, *tags):
    """Return what axe finds on the page, as (rule, elements)."""
    result = Axe().run(page, options={"runOnly": list(tags)}).response
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in result["violations"]]
