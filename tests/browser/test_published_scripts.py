"""Thousands of published scripts, through each way into the site, onto pages in a real browser: none runs.

The browser is told to leave the site's security policy aside, so that what is tried is what stands before it.
"""

from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from tests.browser.conftest import SEAT
from tests.nasty import scripts

# As Markdown, in every place where a text can be; as headings, titles, names, sources; as files that are imported
MAKE = """
import io, zipfile
from html import escape
from articles import importing
from articles.models import Source, Term, Topic
from unittest import mock
from articles import gate, publishing
from tests.factories import make_article, make_contributor
from tests.nasty import scripts
PLACES = ["{}", "> {}", "- {}", "# {}", "**{}**", "[{}](/x)", "[x]({})", "[x](<{}>)", '[x](/y "{}")', "<{}>", "`{}",
          "^[{}]", "|a|\\n|-|\\n|{}|", "```\\n{}\\n```", "&#60;{}"]
every = [script.replace("\\0", "") for script in scripts()]
short = [" ".join(script.split()) for script in every if len(script) <= 100]

def out(made, **options):  # past the check that refuses such links: that is not what is tried here
    with mock.patch.object(gate, "reasons_against", lambda *args, **kwargs: []):
        publishing.publish(made, by=None, **options)

def texts(pieces, most=40_000):
    text = ""
    for piece in pieces:
        if len(text.encode()) + len(piece.encode()) > most:
            yield text
            text = ""
        text += piece[:most] + "\\n\\n"
    yield text

def article(name, pieces, **fields):
    made = make_article(name, sections=[*texts(pieces)], published=False, slug=name, **fields)
    out(made)
    return made

article("scripts-plain", every)
placed = [PLACES[n % len(PLACES)].format(script.replace("\\n", " ")) for n, script in enumerate(every)]
article("scripts-placed", placed)
for number in range(6):
    own = short[number::6]
    topic = Topic.objects.create(name=own[0][:60], slug=f"scripts-topic-{number}", description=own[1])
    rows = [(line[:119], "Text.") for line in own[3:33]]
    fields = dict(summary=" ".join(own[33:35]), also_called=own[35], known=own[36], not_known=own[37])
    made = make_article(own[2], slug=f"scripts-{number}", sections=rows, topic=topic, published=False, **fields)
    made.authors.add(make_contributor(own[38], credentials=own[39], interests=own[40]))
    for line, other in zip(own[41:71], own[71:101]):
        made.sources.create(title=line, publisher=other[:100], url="https://example.org/" + str(made.sources.count()))
    made.sections.filter(position=1).update(kind="do_dont", do="\\n".join(own[101:111]), do_not="do not " + own[111])
    made.sections.filter(position=2).update(kind="exercise", steps="\\n".join(own[112:120]), hold=5, stop_if=own[120])
    made.sections.filter(position=3).update(kind="option", benefit=own[121], risk=own[122], certainty=own[123])
    made.sections.filter(position=4).update(kind="questions", questions="\\n".join(own[124:134]))
    out(made, note=own[134][:200])
    Term.objects.create(term=f"text{number}", forms="text" if not number else "", meaning=own[135])

def word(lines):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    rows = "".join(f"<w:p><w:r><w:t>{escape(line, quote=False)}</w:t></w:r></w:p>" for line in lines)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{rows}</w:body></w:document>")
    return file.getvalue()

clean = ["".join(letter for letter in script if letter >= " ") for script in every]
files = {"scripts.html": "<h1>Scripts</h1>" + "\\n".join(f"<p>{script}</p>" for script in every),
         "scripts.md": "# Scripts\\n\\n" + "\\n\\n".join(every), "scripts.txt": "Scripts\\n\\n" + "\\n\\n".join(every)}
files = {name: text.encode(errors="replace") for name, text in files.items()} | {"scripts.docx": word(clean)}
for name, content in files.items():
    result = importing.apply(importing.plan(name, content), by=None)
    assert result.article, (name, result)
    result.article.summary = "Imported."
    result.article.save()
    out(result.article)
    print(result.article.get_absolute_url(), result.article.pk)
"""
# What a page has that could run something, though nothing has happened yet
LOOK = r"""(own) => {
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    const name = one.localName, source = one.getAttribute("src") ?? "";
    const isShut = name === "iframe" && one.sandbox.length && !one.sandbox.contains("allow-scripts"); // the preview
    const isOurs = /^\/(static|admin\/jsi18n)\//.test(source) || own.includes(one.outerHTML) || /json/.test(one.type);
    if (["frame", "object", "embed", "base", "applet", "portal"].includes(name)) found.push(one.outerHTML);
    if ((name === "script" && !isOurs) || (name === "iframe" && !isShut)) found.push(one.outerHTML);
    if (name === "style" || (name === "meta" && /refresh/i.test(one.httpEquiv))) found.push(one.outerHTML);
    for (const { name, value } of one.attributes) {
      const isAddress = /(href|src|action|data|poster|background|srcset|ping)$/i.test(name);
      const isCode = /^(javascript|vbscript|data:text)/i.test(value.replace(/[\x00-\x20]/g, ""));
      if (/^on/i.test(name) || name === "srcdoc" || (isAddress && isCode)) found.push(`${name}=${value}`);
    }
  }
  return found.map((text) => text.slice(0, 200));
}"""
OWN = "[...document.scripts].filter((one) => !one.src).map((one) => one.outerHTML)"  # the site's own, of its policy
TELL = "for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = () => ran(name);"


class Found(NamedTuple):
    """What ran on a page, or was fetched from elsewhere; and what might run."""

    ran: list
    could: list


@pytest.fixture
def detector(browser, site):
    """A function that opens an address and returns what ran there, or could; `serve` gives it a page of one's own."""
    context = browser.new_context(base_url=site.url, bypass_csp=True, service_workers="block")
    key = site.shell(SEAT.format(name="Scripts", role="Editor"))
    context.add_cookies([{"name": "sessionid", "value": key, "url": site.url}])
    found, own = [], urlsplit(site.url).netloc
    context.expose_function("ran", lambda name: found.append(name))
    context.add_init_script(TELL)
    context.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    page = context.new_page()
    page.on("popup", lambda popup: found.append(popup.url))

    def pass_on(route):
        if urlsplit(route.request.url).netloc == own:
            return route.fallback()
        found.append(route.request.url)
        return route.abort()

    context.route("**/*", pass_on)
    page.goto("/about/")
    inline = page.evaluate(OWN)

    def look(address, serve=None):
        found.clear()
        if serve:
            page.route(f"**{address}", lambda route: route.fulfill(body=serve, content_type="text/html"))
        page.goto(address, timeout=60_000, wait_until="domcontentloaded" if serve else "load")
        page.wait_for_timeout(50)
        assert urlsplit(page.url).path == urlsplit(address).path
        return Found([*found], page.evaluate(LOOK, inline))

    yield look
    context.close()


RUN = ["<script>alert(1)</script>", "<img src=x onerror=prompt(1)>", "<script>fetch('//evil.example')</script>"]
RUN += ["<img src=//evil.example>", "<svg onload=alert(1)>", "<details open ontoggle=confirm(1)>"]
COULD = ["<a href='java\tscript:x'>x</a>", "<iframe srcdoc=x>", "<p onclick=x>", "<base href=/x>", "<embed src=x>"]


def test_the_detector_finds_scripts(detector):
    for number, harm in enumerate(RUN + COULD):
        found = detector(f"/control-{number}/", serve=harm)
        assert found.ran if harm in RUN else found.could, harm
    assert detector("/control-none/", serve="<p>Words.</p>") == ([], [])
    many = detector("/control-many/", serve="".join(script for script in scripts() if script.startswith("<img")))
    assert len(many.could) > 100


def test_no_published_script_runs_or_could(detector, site):
    lines = [line.split() for line in site.shell(MAKE).splitlines()]
    addresses = ["/articles/scripts-plain/", "/articles/scripts-placed/", *(path for path, _number in lines)]
    addresses += [f"/articles/scripts-{number}/" for number in range(6)]
    addresses += [f"/topics/scripts-topic-{number}/" for number in range(6)]
    addresses += ["/", "/articles/", "/articles/scripts-0/sheet/", "/search/?q=text", "/rate/1/"]
    addresses += [f"/search/?q={quote(script, safe='')}" for script in scripts()[::200]]
    numbers = site.ask("list(m.Article.objects.filter(slug__in=['scripts-0']).values_list('pk', flat=True))")
    desk = [f"/admin/articles/article/{number}/" for number in numbers.strip("[]").split(", ")]
    addresses += [
        start + end
        for start in desk
        for end in ("change/", "history/", "preview/", "checks/", "compare/?old=1&new=1", "readers/", "links/")
    ]
    addresses += [
        f"/admin/articles/{name}/" for name in ("article", "topic", "term", "contributor", "event", "outsidelink")
    ]
    addresses += [f"/admin/articles/article/{number}/preview/" for _path, number in lines]
    assert len(scripts()) > 4000
    found = {address: harm for address in addresses if any(harm := detector(address))}
    assert found == {}
