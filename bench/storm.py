"""Voters, editors and readers of a site that is killed again and again; each keeps what it was promised."""

import hashlib
import http.client
import io
import json
import random
import re
import threading
from collections import Counter
from urllib.parse import urlencode

from PIL import Image

from bench.traffic import Threads
from tests.desk_forms import FieldReader

PATIENCE = 120  # seconds for an answer: longer than the site takes to give up, so that nothing comes after it
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
PAUSE = 0.02  # seconds
LOST = (OSError, http.client.HTTPException)
TITLE = re.compile(r"Soak (\d+) edit (\d+)\.")


class Ledger:
    """Values that were sent one after another, and up to which the site has said that it keeps them."""

    def __init__(self):
        self.sent, self.kept, self.acknowledged = [], -1, []

    def send(self, value):
        self.sent.append(value)
        return len(self.sent) - 1

    def promise(self, index):
        self.kept = index
        self.acknowledged.append(self.sent[index])


class Browser:
    """One connection and one jar of cookies, which both outlive neither the site nor the storm."""

    def __init__(self, site, name):
        self.site, self.name, self.connection = site, name, None
        self.cookies, self.count = {}, Counter()

    def ask(self, method, path, body=None, **headers):
        """Return (status, headers, body) of the answer, or raise what says that there was none."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=PATIENCE)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except LOST:
            self.connection.close()
            self.connection = None
            raise
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, text

    def get(self, path):
        status, _headers, text = self.ask("GET", path)
        self.count["GET", status] += 1
        return status, text

    def post(self, path, fields, what):
        """Post a form and return the status of the answer."""
        status, _headers, text = self.ask("POST", path, urlencode(fields, doseq=True), **FORM)
        self.count[what, status] += 1
        self.text = text.decode(errors="replace")
        return status


class Storm(Threads):
    """Runs clients in threads: each has a `step`, which is called again and again and may lose its answer."""

    def __init__(self, *clients):
        self.clients, self.over, self.faults = clients, threading.Event(), []
        self.threads = [threading.Thread(target=self.go_on, args=(client,)) for client in clients]

    def go_on(self, client):
        while not self.over.wait(PAUSE):
            try:
                client.step()
            except LOST as error:
                client.count["no answer", type(error).__name__] += 1
                self.over.wait(0.1)
            except Exception as error:  # a fault of the site or of this program: it must not go by unseen
                self.faults.append(f"{client.name}: {type(error).__name__}: {error}")
                self.over.wait(1)

    def count(self):
        return sum((client.count for client in self.clients), Counter())


class Wrong(Exception):
    """An answer that no reader or editor should have been given."""


class Voter(Browser):
    """Votes as a new reader each time, or changes the vote."""

    def __init__(self, *arguments, article=1):
        super().__init__(*arguments)
        self.path, self.book, self.new, self.number, self.ledger = f"/rate/{article}/", {}, 0, 0, None

    def step(self):
        if "vote" not in self.cookies or random.random() < 0.5:
            self.cookies, self.ledger, self.number = {}, Ledger(), self.number + 1
        value, is_new = random.randint(1, 5), not self.cookies
        index = self.ledger.send(value)
        self.new += is_new
        status, _headers, _text = self.ask(
            "POST", self.path, f"value={value}", User_Agent=f"{self.name} {self.number}", **FORM
        )
        self.count["vote", status] += 1
        if status == 303:
            self.book[hashlib.sha256(self.cookies["vote"].encode()).hexdigest()] = self.ledger
            self.ledger.promise(index)
        elif status != 503:
            raise Wrong(f"a vote was answered {status}")


class Editor(Browser):
    """Edits and publishes one article by the forms of the admin, and puts pictures into it."""

    def __init__(self, site, name, article, signed_in):
        super().__init__(site, name)
        self.article, self.cookies, self.number = article, dict(signed_in), 0
        self.saves, self.publications, self.pictures = Ledger(), Ledger(), {}
        self.change = f"/admin/articles/article/{article}/change/"
        self.shown = ""  # the pictures that the text names

    def step(self):
        status, text = self.get(self.change)
        if status != 200:
            return self.refused("the form", status)
        self.fields = FieldReader(text.decode()).fields
        if self.number % 3 == 0:
            self.upload()
        if self.save() and self.number % 2:
            self.publish()
        return None

    def refused(self, what, status):
        """A database that is away is told by 503; anything else is wrong."""
        if status != 503:
            raise Wrong(f"{what} was answered {status}")

    def upload(self):
        content = io.BytesIO()
        Image.new("RGB", (random.randint(20, 900), 300), "teal").save(content, "PNG")
        edge = "storm"
        parts = [("csrfmiddlewaretoken", "", self.fields["csrfmiddlewaretoken"][0].encode())]
        parts.append(("image", '; filename="leg.png"\r\nContent-Type: image/png', content.getvalue()))
        body = b"".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
            for name, more, value in parts
        )
        kind = f"multipart/form-data; boundary={edge}"
        status, _headers, text = self.ask(
            "POST", "/admin/markdownx/upload/", body + f"--{edge}--\r\n".encode(), Content_Type=kind
        )
        self.count["picture", status] += 1
        if status != 200:
            return self.refused("a picture", status)
        address = re.search(r"\((/media/.+?)\)", json.loads(text)["image_code"])[1]
        self.pictures[address] = len(self.pictures)
        self.shown = "\n\n".join(f"![A leg in teal.]({name})" for name in list(self.pictures)[-3:])
        return None

    def save(self):
        self.number += 1
        said = f"Soak {self.article} edit {self.number}."
        self.fields |= {"title": [said], "summary": [f"All about it. {said}"]}
        self.fields["sections-0-body"] = [f"{word(self.article, self.number)}\n\n{self.shown}"]
        index = self.saves.send(self.number)
        status = self.post(self.change, self.fields, "save")
        if status != 302:
            return self.refused("a save", status)
        self.saves.promise(index)
        return True

    def publish(self):
        path = f"/admin/articles/article/{self.article}/move/publish/"
        status, text = self.get(path)
        if status != 200:
            return self.refused("the page to publish", status)
        fields = {
            name: re.search(rf'name="{name}" value="([^"]+)"', text.decode())[1]
            for name in ("csrfmiddlewaretoken", "version")
        }
        index = self.publications.send(self.number)
        status = self.post(path, fields, "publication")
        if status != 302:
            return self.refused("a publication", status)
        self.publications.promise(index)
        return None


def word(article, number):
    """Return a word that only this edit of this article has, in letters alone as search keeps words."""
    return "zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{article}") + "x" + spelled(number)


def spelled(number):
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number}")


class Reader(Browser):
    """Reads an article and the pictures in it: no text older than what was published may be shown, nor one unsent."""

    def __init__(self, site, name, editor, slug):
        super().__init__(site, name)
        self.editor, self.path = editor, f"/articles/{slug}/"

    def step(self):
        promised = self.editor.publications.acknowledged[-1:]
        status, text = self.get(self.path)
        if status == 503:
            return
        if status != 200:
            raise Wrong(f"{self.path} was answered {status}")
        found = TITLE.search(text.decode())
        number = int(found[2]) if found else 0
        if promised and number < promised[0]:
            raise Wrong(f"edit {number} was shown after edit {promised[0]} was published")
        if number and number not in self.editor.publications.sent:
            raise Wrong(f"edit {number} was shown and was never published")
        for address in set(re.findall(r'src="(/media/[^"]+)"', text.decode())):
            if self.get(address)[0] not in (200, 503):
                raise Wrong(f"{address}, which the page shows, is not there")
