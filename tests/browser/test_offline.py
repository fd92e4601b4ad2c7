"""Without a connection: what was read is there, says how old it is, and goes when the site takes it back."""

import pytest

from tests.browser.conftest import axe_violations, open_page, wait_for
from tests.running import Site

ARTICLE = "/articles/muscle-leg-cramps/"
SAVED = "caches.open('cramps-pages').then(async pages => (await pages.keys()).map(page => new URL(page.url).pathname))"
LOST = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "ERR_FAILED", "Failed to load resource")
MAKE = "from tests.factories import make_article; from articles import publishing; from datetime import timedelta; "


@pytest.fixture
def reader(page, complaints):
    """A page of a reader who may lose the connection, of which the browser then complains."""
    yield page
    complaints[:] = [text for text in complaints if not any(sign in text for sign in LOST)]


def until(page, condition):
    """Wait for a condition in JavaScript that may be a promise, for ten seconds at most."""
    code = f"""async () => {{
        for (let tries = 0; tries < 200; tries++) {{
            if (await ({condition})) return true;
            await new Promise(done => setTimeout(done, 50));
        }}
    }}"""
    assert page.evaluate(code), condition


def visit(page, path=ARTICLE):
    """Open a page and wait until it is saved."""
    page.goto(path)
    until(page, f"navigator.serviceWorker.controller && caches.match('{path}', {{ cacheName: 'cramps-pages' }})")


def change_copy(page, path, header, value):
    """Change a header of a saved copy, as if it had been saved otherwise."""
    code = """async ([path, header, value]) => {
        const pages = await caches.open("cramps-pages");
        const copy = await pages.match(path);
        const headers = new Headers(copy.headers);
        headers.set(header, value);
        await pages.put(path, new Response(await copy.text(), { headers }));
    }"""
    page.evaluate(code, [path, header, value])


def banner(page):
    return page.get_by_role("status").filter(has_text="Saved copy.")


def test_after_one_visit_the_article_is_read_offline_with_the_date_of_the_copy(reader, context):
    visit(reader)
    text = reader.locator("main").inner_text()
    context.set_offline(True)
    reader.reload()
    banner(reader).wait_for()
    year = reader.evaluate("String(new Date().getFullYear())")
    assert year in banner(reader).locator("[data-saved]").inner_text()
    assert reader.locator("main").inner_text() == text
    assert reader.evaluate("getComputedStyle(document.querySelector('.act_now')).borderInlineStartWidth") == "6px"
    assert axe_violations(reader, "wcag2a", "wcag2aa", "best-practice") == []
    assert not banner(reader).get_by_text("overdue").is_visible()


def test_a_saved_page_is_the_same_bytes(reader, site):
    visit(reader)
    copy = reader.evaluate("path => caches.match(path).then(response => response.text())", ARTICLE)
    assert copy == reader.request.get(ARTICLE).text()


def test_what_is_not_saved_leads_to_what_is(reader, context):
    visit(reader)
    context.set_offline(True)
    reader.goto("/articles/")
    reader.get_by_role("alert").filter(has_text="the page that you asked for is not saved").wait_for()
    reader.get_by_role("link", name="Muscle leg cramps").click()
    banner(reader).wait_for()
    banner(reader).get_by_role("link", name="What else is saved").click()
    reader.get_by_text("These are saved:").wait_for()
    assert not reader.get_by_role("alert").first.is_visible()
    assert reader.get_by_role("listitem").filter(has_text="Muscle leg cramps saved").count() == 1
    assert axe_violations(reader, "wcag2a", "wcag2aa", "best-practice") == []


def test_a_page_that_was_missed_comes_when_the_connection_does(reader, context):
    visit(reader)
    context.set_offline(True)
    reader.goto("/articles/")
    reader.get_by_role("alert").first.wait_for()
    context.set_offline(False)
    reader.get_by_role("heading", name="Articles", level=1).wait_for()


def test_the_banner_goes_when_the_site_confirms_the_copy(reader, context):
    visit(reader)
    context.set_offline(True)
    reader.reload()
    banner(reader).wait_for()
    context.set_offline(False)
    banner(reader).wait_for(state="detached")


def test_a_saved_copy_warns_that_its_review_is_overdue(reader, context, site):
    site.shell(MAKE + "make_article('Dry eyes', review_due='2031-05-01')")
    visit(reader, "/articles/dry-eyes/")
    context.set_offline(True)
    reader.clock.set_fixed_time("2031-05-01T12:00:00")
    reader.reload()
    banner(reader).wait_for()
    assert not banner(reader).get_by_text("overdue").is_visible()
    reader.clock.set_fixed_time("2031-05-02T12:00:00")
    reader.reload()
    banner(reader).get_by_text("Its review is overdue. It was due by 1 May 2031.").wait_for()


def test_an_expired_copy_is_not_shown(reader, context, site):
    site.shell(
        MAKE + "from django.utils import timezone as t; "
        "make_article('Hot ears', expires_at=t.now() + timedelta(days=1))"
    )
    visit(reader, "/articles/hot-ears/")
    context.set_offline(True)
    reader.reload()
    banner(reader).wait_for()
    change_copy(reader, "/articles/hot-ears/", "X-Expires-At", "2026-01-01T00:00:00+00:00")
    reader.reload()
    reader.get_by_role("alert").filter(has_text="This article has expired.").wait_for()
    assert "Hot ears" not in reader.inner_text("main")


def test_a_copy_that_stays_open_goes_when_its_time_is_over(reader, context, site):
    site.shell(
        MAKE + "from django.utils import timezone as t; "
        "make_article('Red nose', expires_at=t.now() + timedelta(days=1))"
    )
    visit(reader, "/articles/red-nose/")
    context.set_offline(True)
    reader.reload()
    banner(reader).wait_for()
    reader.clock.set_fixed_time("2100-01-01T00:00:00")
    reader.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    reader.get_by_role("heading", name="This article has expired").wait_for()
    assert "Red nose" not in reader.inner_text("main")


def test_what_the_site_takes_back_is_gone_at_the_next_contact(reader, context, site):
    for title in ("Sore arm", "Sore leg"):
        site.shell(MAKE + f"make_article('{title}')")
    visit(reader, "/articles/sore-arm/")
    visit(reader, "/articles/sore-leg/")
    site.shell(
        MAKE + "from articles.models import Article; "
        "[publishing.withdraw(a, by=None) for a in Article.objects.filter(slug__in=['sore-arm', 'sore-leg'])]"
    )
    reader.goto("/articles/sore-arm/")
    reader.get_by_role("heading", name="This article was taken back").wait_for()
    wait_for(reader, lambda: reader.evaluate(SAVED) == ["/articles/sore-leg/"])
    change_copy(reader, "/articles/sore-leg/", "X-Saved-At", "2026-01-01T00:00:00.000Z")
    reader.goto("/about/")  # any page will do: a copy of more than a day is asked for
    until(reader, "caches.match('/articles/sore-leg/').then(copy => !copy)")
    context.set_offline(True)
    reader.goto("/articles/sore-leg/")
    reader.get_by_role("alert").filter(has_text="not saved").wait_for()


def test_a_slow_answer_that_an_open_copy_is_withdrawn_takes_it_away(reader, context, site):
    site.shell(MAKE + "make_article('Wet hair')")
    visit(reader, "/articles/wet-hair/")
    context.set_offline(True)
    reader.reload()
    banner(reader).wait_for()
    site.shell(
        MAKE + "from articles.models import Article; "
        "publishing.withdraw(Article.objects.get(title='Wet hair'), by=None)"
    )
    context.set_offline(False)
    reader.get_by_role("heading", name="This article was taken back").wait_for()


def test_only_published_pages_are_saved(reader, site, signed_in):
    visit(reader)
    reader.context.add_cookies(signed_in)
    for path in ("/about/", "/rate/1/", "/admin/", "/articles/?q=secret", "/no-such-page/", "/articles/no-such/"):
        reader.goto(path)
    visit(reader, "/articles/")
    assert sorted(reader.evaluate(SAVED)) == ["/about/", "/articles/", ARTICLE]


def test_no_more_than_fifty_pages_are_saved_and_the_oldest_go(reader):
    visit(reader)
    fill = """async () => {
        const pages = await caches.open("cramps-pages");
        const headers = { "X-Saved-At": new Date().toISOString() };
        for (let n = 0; n < 60; n++) await pages.put(`/articles/a-${n}/`, new Response("", { headers }));
    }"""
    reader.evaluate(fill)
    visit(reader, "/about/")
    until(reader, f"{SAVED}.then(paths => paths.length === 50)")
    paths = reader.evaluate(SAVED)
    assert (paths[0], paths[-1]) == ("/articles/a-11/", "/about/")


def test_a_rating_that_can_not_be_sent_is_said_to_be_not_kept(reader, context, site):
    before = site.ask("m.Vote.objects.count()")
    visit(reader)
    context.set_offline(True)
    reader.reload()
    reader.get_by_label("Very helpful").check()
    reader.get_by_role("button", name="Send my rating").click()
    reader.get_by_role("alert").filter(has_text="your rating was not sent and is not kept").wait_for()
    assert site.ask("m.Vote.objects.count()") == before


def test_forgetting_removes_all_but_what_writers_typed(reader, context, site):
    visit(reader)
    reader.get_by_label("Very helpful").check()
    reader.get_by_role("button", name="Send my rating").click()
    reader.get_by_role("status").filter(has_text="5 of 5").wait_for()
    reader.evaluate("Object.assign(localStorage, { 'cramps:ticks': '1', comfort: '{}', 'draft:x': '1', other: '1' })")
    visit(reader, "/about/privacy/")
    assert context.cookies() != []
    reader.get_by_role("button", name="Forget this site on this device").click()
    result = reader.get_by_role("status").filter(has_text="This device has forgotten this site.")
    result.wait_for()
    for line in ("Saved pages removed: 2", "Ticks and settings removed: 2", "was told to remove the cookies"):
        assert line in result.inner_text()
    assert context.cookies() == []
    assert reader.evaluate("Object.keys(localStorage).sort()") == ["draft:x", "other"]
    assert reader.evaluate("caches.keys()") == []
    assert reader.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def test_forgetting_without_javascript_removes_the_cookies(no_javascript, site):
    page = no_javascript
    page.goto("/rate/1/")
    page.get_by_label("Helpful", exact=True).check()
    page.get_by_role("button", name="Send my rating").click()
    page.get_by_text("Your rating is kept").wait_for()
    page.goto("/about/privacy/")
    page.get_by_role("button", name="Forget this site on this device").click()
    page.get_by_text("Some older browsers do not listen.").wait_for()
    assert page.context.cookies() == []


def test_forgetting_offline_says_that_the_cookies_stay(reader, context):
    visit(reader, "/about/privacy/")
    context.set_offline(True)
    reader.get_by_role("button", name="Forget this site on this device").click()
    reader.get_by_text("The cookies are still there").wait_for()
    assert reader.evaluate("caches.keys()") == []


def test_an_article_is_kept_also_where_a_link_added_to_its_address(reader, context):
    reader.goto(f"{ARTICLE}?utm_source=letter")
    until(reader, f"navigator.serviceWorker.controller && caches.match('{ARTICLE}', {{ cacheName: 'cramps-pages' }})")
    visit(reader, "/articles/")
    reader.goto("/articles/?letter=M")
    context.set_offline(True)
    reader.goto(f"{ARTICLE}?fbclid=1")
    banner(reader).wait_for()
    reader.goto("/articles/?letter=L")
    reader.get_by_role("alert").filter(has_text="the page that you asked for is not saved").wait_for()


def test_a_broken_store_locks_nobody_out(reader, context):
    visit(reader)
    broken = """() => { caches.open = caches.match = async () => { throw new DOMException("", "UnknownError"); }; }"""
    context.service_workers[0].evaluate(broken)
    reader.goto("/about/privacy/")
    reader.goto(ARTICLE)
    reader.get_by_role("heading", name="Muscle leg cramps", level=1).wait_for()
    assert reader.evaluate("getComputedStyle(document.querySelector('.act_now')).borderInlineStartWidth") == "6px"


def test_where_nothing_can_be_stored_there_is_nothing_to_see_and_to_forget(reader):
    denied = "{ get() { throw new DOMException('', 'SecurityError'); } }"
    for name in ("localStorage", "caches"):
        reader.add_init_script(f"Object.defineProperty(window, '{name}', {denied})")
    reader.goto("/offline/")
    reader.get_by_text("No article is saved yet.").wait_for()
    reader.goto("/about/privacy/")
    reader.get_by_role("button", name="Forget this site").click()
    reader.locator("[data-result]").wait_for()


def test_without_service_workers_nothing_breaks(context, complaints):
    context.add_init_script("delete Navigator.prototype.serviceWorker")
    page = open_page(context, complaints)
    page.goto(ARTICLE)
    page.goto("/offline/")
    page.get_by_text("No article is saved yet.").wait_for()
    page.goto("/about/privacy/")
    page.get_by_role("button", name="Forget this site on this device").click()
    page.get_by_text("This device has forgotten this site.").wait_for()
    assert complaints == []


def test_a_new_version_replaces_the_files_and_keeps_what_was_read_and_false_ends_it_all(browser, tmp_path, complaints):
    with Site(tmp_path).with_tables() as own:
        context = browser.new_context(base_url=own.url)
        page = open_page(context, complaints)
        visit(page)
        [first] = [name for name in page.evaluate("caches.keys()") if "files" in name]
        own.stop()
        page.reload()
        banner(page).wait_for()  # the site is down, not the connection

        own.environment["SITE_NAME"] = "Another name"
        own.start()
        page.reload()
        until(page, f"caches.keys().then(names => !names.includes('{first}'))")
        names = page.evaluate("caches.keys()")
        assert len([name for name in names if "files" in name]) == 1
        assert page.evaluate(SAVED) == [ARTICLE]

        own.stop()
        own.environment["OFFLINE"] = "false"
        own.start()
        page.reload()
        until(page, "navigator.serviceWorker.getRegistrations().then(all => !all.length)")
        assert page.evaluate("caches.keys()") == []
        page.reload()
        assert page.get_by_role("heading", level=1).inner_text() == "Muscle leg cramps"
        context.close()
