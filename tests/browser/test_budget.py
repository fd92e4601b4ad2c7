"""What a first visit to the article costs its reader: bytes and requests, counted by the browser."""

import pytest

BYTES = 20 * 1024  # with headers, compressed
REQUESTS = 6


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_first_visit_stays_small(browser, base_url, javascript):
    """What the service worker stores is counted aside: the browser fetches it when the page is done."""
    context = browser.new_context(base_url=base_url, java_script_enabled=javascript)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    asked, sizes = {}, {}
    devtools.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    devtools.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    devtools.send("Network.enable")
    page.goto("/articles/muscle-leg-cramps/", wait_until="networkidle")
    found = {url: sizes.get(key, 0) for key, url in asked.items()}
    assert any(url.endswith(".css") for url in found)
    assert len(found) <= REQUESTS, found
    assert 0 < sum(found.values()) <= BYTES, found
    context.close()
