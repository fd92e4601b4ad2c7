"""Make the README's picture: the article on a phone, in light and dark.

.venv/bin/python docs/take_pictures.py
"""

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.running import Site  # noqa: E402

PHONE = {"width": 390, "height": 780}
GAP = 24  # pixels


def main():
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, Site(folder) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        shots = []
        for theme in ("light", "dark"):
            page = browser.new_page(viewport=PHONE, color_scheme=theme, base_url=site.url)
            page.goto("/articles/muscle-leg-cramps/")
            shots.append(Image.open(io.BytesIO(page.screenshot())))
        browser.close()
    picture = Image.new("RGB", (2 * PHONE["width"] + GAP, PHONE["height"]), "#8a9694")
    picture.paste(shots[0], (0, 0))
    picture.paste(shots[1], (PHONE["width"] + GAP, 0))
    picture.quantize(128).save(ROOT / "docs" / "pictures" / "article.png", optimize=True)


if __name__ == "__main__":
    main()
