"""Our own text as real generators and editors write it: each its own markup, saved with navigation and footer.

All of it is made when the tests run, by the tools themselves; nothing here imitates them.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import need, need_package
from tests.running import ROOT

TITLE = "Muscle leg cramps"
PACKAGES = ROOT / ".ci" / "node_modules"

# Three ways in which a page surrounds its text. All that stands in them is furniture.
MODERN = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The old site</title>
<style>body {{ margin: 0 }}</style><script>var x = "<p>never text</p>";</script></head><body>
<a class="skip-link" href="#main">Skip to content</a>
<header><a href="/">The old site</a><nav><ul><li><a href="/">Home</a></li><li><a href="/a">Articles</a></li></ul></nav>
</header><div class="cookie-banner">We use cookies. <button>Accept</button></div>
<main id="main"><nav aria-label="Breadcrumb"><a href="/">Home</a> › <a href="/a">Articles</a> › {title}</nav>
<article><h1>{title}</h1>{text}<p>Rate the article</p>
<form><label><input type="radio"> 1</label><button>Send</button></form></article></main>
<aside><h2>Related</h2><ul><li><a href="/b">Sore feet</a></li></ul></aside>
<footer><p>© 2009 The old site. All rights reserved.</p></footer></body></html>"""
TABLES = """<html><head><title>{title} - The old site</title></head><body bgcolor=white>
<table width=100%><tr><td colspan=2><font size=2><a href="/">Home</a> &raquo; <a href="/a">Articles</a> &raquo;
{title}</font>
<tr><td valign=top><ul><li><a href="/a">Articles</a><li><a href="/c">Contact</a></ul>
<td><h1>{title}</h1>
{text}
<p><a href="javascript:print()">Print this page</a> | <a href="#top">Back to top</a>
<p>Rate the article
<tr><td colspan=2 align=center>Copyright 2001 The old site</table></body></html>"""
DIVISIONS = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>{title}</title></head><body><div id="breadcrumbs">You are here: <a href="/">Home</a> &gt; {title}</div>
<div id="page"><div class="content">
<div class="post-title"><h1><a href="/muscle-leg-cramps/">{title}</a></h1></div><div class="entry">{text}</div>
<div class="share">Share</div><div class="rating">Rate the article</div></div>
<div class="sidebar"><ul><li><a href="/1">One</a></li><li><a href="/2">Two</a></li></ul></div>
<div id="footer">Powered by Something 2.1</div></div></body></html>"""


def first_article(with_notes=False):
    """Return the first article as Markdown: the text that every generator gets."""
    article = tomllib.loads((ROOT / "articles" / "first_article.toml").read_text(encoding="utf-8"))
    parts = [article["summary"].strip()]
    for section in article["sections"]:
        steps = [
            f"{number}. {step}" for number, step in enumerate(section.get("steps", "").strip().split("\n"), 1) if step
        ]
        parts += [f"## {section['heading']}", section.get("body", "").strip(), "\n".join(steps)]
    text = "\n\n".join(filter(None, parts)) + "\n"
    text = re.sub(r"(\n    [^\n-][^\n]*)\n- ", r"\1\n\n- ", text)  # older Markdown sees no item there otherwise
    if not with_notes:
        return re.sub(r"\[\^\w+\]", "", text)
    return text + "\n".join(f"\n[^{row['key']}]: {row['publisher']}, “{row['title']}”." for row in article["sources"])


def wrapped(layout, text):
    return layout.format(title=TITLE, text=text)


# Converters: their HTML, in a page of each kind


def python_markdown():
    import markdown

    text = markdown.markdown(first_article(with_notes=True), extensions=["footnotes", "attr_list", "toc"])
    return wrapped(MODERN, text)


def mistune():
    import mistune

    convert = mistune.create_markdown(plugins=["footnotes", "table"])
    return wrapped(TABLES, convert(first_article(with_notes=True)))


def from_npm():
    """Return the pages of the converters that run on Node, by their names."""
    need_package("marked/package.json")
    command = [
        need("node", "sudo apt-get install nodejs"),
        str(Path(__file__).parent / "generators.mjs"),
        str(PACKAGES),
    ]
    done = subprocess.run(command, input=first_article().encode(), capture_output=True, check=True)
    layouts = {"marked": DIVISIONS, "showdown": TABLES, "remark": MODERN}
    return {name: wrapped(layouts[name], html) for name, html in json.loads(done.stdout).items()}


# Generators of whole sites, with their own themes


def mkdocs(folder, theme):
    docs = folder / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# {TITLE}\n\n{first_article(with_notes=True)}", encoding="utf-8")
    (docs / "other.md").write_text("# Sore feet\n\nOther text.\n", encoding="utf-8")
    settings = (
        f"site_name: The old site\ntheme: {theme}\ncopyright: © 2009 The old site\nmarkdown_extensions: [footnotes]\n"
    )
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")
    build = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--no-directory-urls"]
    subprocess.run(build, cwd=folder, check=True, capture_output=True)
    return (folder / "site" / "index.html").read_text(encoding="utf-8")


def sphinx(folder):
    (folder / "index.md").write_text(f"# {TITLE}\n\n{first_article(with_notes=True)}", encoding="utf-8")
    settings = "project = 'The old site'\ncopyright = '2009, The old site'\nextensions = ['myst_parser']\n"
    (folder / "conf.py").write_text(settings, encoding="utf-8")
    build = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "out")]
    subprocess.run(build, check=True, capture_output=True)
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


# Editors, in a real browser


def from_editors(browser):
    """Return what rich-text editors have of our text once it was pasted into them, by their names."""
    html = json.dumps(rendered())
    quill, trix = need_package("quill/dist/quill.js"), need_package("trix/dist/trix.umd.min.js")
    window = browser.new_page()
    window.set_content('<div id="quill"></div><trix-editor></trix-editor><div id="plain" contenteditable></div>')
    window.add_script_tag(path=quill)
    window.add_script_tag(path=trix)
    window.wait_for_function("document.querySelector('trix-editor').editor")
    saved = window.evaluate(
        f"""() => {{
            const html = {html};
            const quill = new Quill("#quill");
            quill.clipboard.dangerouslyPasteHTML(html);
            const trix = document.querySelector("trix-editor");
            trix.editor.loadHTML(html);
            const plain = document.getElementById("plain");
            plain.focus();
            document.execCommand("insertHTML", false, html);
            return {{quill: quill.root.innerHTML, trix: trix.value, contenteditable: plain.innerHTML}};
        }}"""
    )
    window.close()
    return {name: wrapped(DIVISIONS, text) for name, text in saved.items()}


def rendered():
    """Return our text as plain HTML, for what takes no Markdown."""
    import markdown

    return markdown.markdown(first_article())


def libre_office(folder, name="first.docx", html=""):
    """Return the bytes of a Word file that LibreOffice wrote of our text."""
    soffice = need("soffice", "sudo apt-get install --no-install-recommends libreoffice-writer-nogui")
    page = f"<html><head><meta charset='utf-8'></head><body><h1>{TITLE}</h1>{html or rendered()}</body></html>"
    source = folder / name.replace(".docx", ".html")
    source.write_text(page, encoding="utf-8")
    command = [soffice, f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless", "--convert-to"]
    command += ["docx:MS Word 2007 XML", "--infilter=HTML (StarWriter)", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / name).read_bytes()
