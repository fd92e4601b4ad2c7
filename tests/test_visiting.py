"""Visits to other sites: what they find, how polite they are, and that no private address is ever contacted."""

import ipaddress
import socket
import time

import pytest

from articles import visiting
from articles.visiting import Failed, Outcome, Visitor, failed, is_public, split, visits
from tests.small_web import Web


@pytest.fixture
def web():
    made = Web()
    yield made
    made.close()


PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
PRIVATE = [
    *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),  # noqa: S104
    *("168.63.129.16", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:93.184.215.14", "::127.0.0.1", "2002:7f00:1::", "2001::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::5db8:d70e", "fec0::1", "5f00::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_visited(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_address_may(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.fixture
def contacts(monkeypatch):
    """The addresses that anything tried to connect to; nothing is connected."""
    tried = []

    class Nowhere(socket.socket):
        def connect(self, address):
            tried.append(address[0])
            raise ConnectionRefusedError

    monkeypatch.setattr(visiting.socket, "socket", Nowhere)
    return tried


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://017700000001/"),
        *("http://0/", "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        *("http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "http://127.0.0.1./", "http://localhost/"),
        *("http://LOCALHOST./", "http://localhost:8080/"),
    ],
)
def test_a_private_address_is_never_contacted_however_it_is_written(contacts, url):
    outcome = Visitor(gap=0).visit(url)
    assert contacts == []
    assert (outcome.code, outcome.is_dead) in [("private", True), ("no_host", True)]


def test_a_name_that_leads_to_a_private_address_is_not_visited_nor_called_dead(contacts):
    outcome = Visitor(look_up=lambda host, port: [(socket.AF_INET, ("10.0.0.7", port))], gap=0).visit(
        "http://a.example/"
    )
    assert (contacts, outcome) == ([], failed("private_name"))
    assert not outcome.is_dead
    assert not outcome.is_failure


def test_a_name_is_looked_up_once_for_each_request_and_what_was_judged_is_contacted(contacts):
    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1"])
    look_up = lambda host, port: [(socket.AF_INET, (next(answers), port))]  # noqa: E731
    Visitor(look_up=look_up, gap=0).visit("http://rebinding.example/")
    assert contacts == ["93.184.215.14"]
    assert next(answers) == "127.0.0.1"


def test_one_private_address_among_public_ones_is_enough_to_stay_away(contacts):
    both = [(socket.AF_INET, (address, 80)) for address in ("93.184.215.14", "127.0.0.1")]
    assert Visitor(look_up=lambda host, port: both, gap=0).visit("http://a.example/").code == "private_name"
    assert contacts == []


@pytest.mark.parametrize("target", ["http://inner.example/", "http://10.0.0.7/", "//10.0.0.7/x", "http://[::1]/"])
def test_a_redirect_is_judged_anew(web, target):
    web.answers["http://a.example/"] = (301, {"Location": target})
    web.hosts |= {"inner.example": "10.0.0.7", "10.0.0.7": "10.0.0.7", "::1": "127.0.0.1"}

    def is_allowed(address):  # this machine stands for the internet, where its name is a.example
        return str(address) == "127.0.0.1" and "::1" not in target

    seen = []
    look_up = web.look_up

    def noted(host, port):
        seen.append(host)
        return look_up(host, port)

    outcome = web.visitor(look_up=noted, is_allowed=lambda a: is_allowed(a) or seen == ["a.example"]).visit(
        "http://a.example/"
    )
    assert outcome.code in ("private", "private_name")
    assert web.asked == ["HEAD http://a.example/"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://", "malformed"),
        ("http:///x", "malformed"),
        ("http://a b.example/", "malformed"),
        ("http://a.example\\@127.0.0.1/", "malformed"),
        ("http://a..example/", "malformed"),
        ("http://[1::2::3]/", "malformed"),
        ("http://a.example:99999/", "malformed"),
        ("http://a.example:0/", "port"),
        ("http://a.example:22/", "port"),
        ("http://a.example:6379/", "port"),
        ("http://me:secret@a.example/", "credentials"),
        ("http://127.0.0.1@a.example/", "credentials"),
        ("http://@a.example/", "credentials"),
        ("ftp://a.example/", "malformed"),
        ("http://a.example/\r\nHost: b.example", "malformed"),
        ("http://ä.example/", "malformed"),
    ],
)
def test_odd_addresses_are_not_visited(contacts, url, code):
    with pytest.raises(Failed, match=code):
        split(url)
    assert Visitor(gap=0).visit(url).code == code
    assert contacts == []


def test_an_address_ends_in_a_dot_or_names_its_port_and_is_the_same_host():
    assert split("https://A.example./x?y=1") == ("https", "a.example", 443, "/x?y=1")
    assert split("http://a.example:8080") == ("http", "a.example", 8080, "/")


def test_a_page_that_is_there(web):
    web.answers["https://good.example/"] = 200
    assert web.visitor().visit("https://good.example/") == Outcome("200", answered=True)
    assert web.asked == ["HEAD https://good.example/"]


def test_a_visit_says_who_it_is_and_nothing_else(web, settings, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    settings.SITE_NAME, settings.SITE_URL = "Ärzte & Co.\r\nX: y", "https://ärzte.example"
    web.answers["http://a.example/"] = 200
    web.visitor().visit("http://a.example/")
    agent = "rzte-Co-X-y-link-check/1.0 (+https://xn--rzte-koa.example/)"
    assert web.headers[0] == {
        "Host": "a.example",
        "Accept-Encoding": "identity",
        "User-Agent": agent,
        "Accept": "*/*",
        "Connection": "close",
    }


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_dead(web, status):
    web.answers["https://good.example/"] = status
    assert web.visitor().visit("https://good.example/") == Outcome(str(status), is_dead=True, answered=True)


@pytest.mark.parametrize("status", [401, 403, 405, 451])
def test_a_page_that_lets_no_program_in_is_not_dead(web, status):
    web.answers["https://good.example/"] = status
    assert web.visitor().visit("https://good.example/") == Outcome(str(status), answered=True)


@pytest.mark.parametrize("status", [400, 418, 500, 503])
def test_a_fault_is_not_dead_at_once(web, status):
    web.answers["https://good.example/"] = status
    assert web.visitor().visit("https://good.example/") == Outcome(str(status), is_failure=True, answered=True)


@pytest.mark.parametrize("answer", [405, 404, 403, 500, (None, lambda handler: handler.connection.close())])
def test_what_answers_a_request_for_its_head_wrongly_is_asked_for_its_page(web, answer):
    web.answers["https://good.example/"] = {"HEAD": answer, "GET": 200}
    assert web.visitor().visit("https://good.example/").code == "200"


def test_a_name_that_nobody_has_is_dead(web):
    assert web.visitor().visit("https://nobody.example/") == Outcome("no_host", is_dead=True)


def test_a_page_that_moved_for_good_is_told_with_its_new_address(web):
    web.answers |= {
        "https://good.example/a": (301, {"Location": "/b"}),
        "https://good.example/b": (308, {"Location": "https://old.example/c?d=é"}),
        "https://old.example/c?d=%C3%A9": (302, {"Location": "/today"}),
        "https://old.example/today": 200,
    }
    outcome = web.visitor().visit("https://good.example/a")
    assert outcome == Outcome("200", answered=True, leads_to="https://old.example/c?d=%C3%A9")


def test_a_page_that_is_elsewhere_for_today_is_in_order(web):
    web.answers |= {
        "https://good.example/a": (302, {"Location": "/b"}),
        "https://good.example/b": (301, {"Location": "/c"}),
        "https://good.example/c": 200,
    }
    assert web.visitor().visit("https://good.example/a") == Outcome("200", answered=True)


def test_a_page_that_leads_to_one_that_is_gone_is_dead(web):
    web.answers["https://good.example/a"] = (301, {"Location": "/gone"})
    assert web.visitor().visit("https://good.example/a").is_dead


def test_a_chain_without_an_end_is_left(web):
    web.answers["https://good.example/"] = (301, {"Location": "/"})
    assert web.visitor().visit("https://good.example/") == failed("loop")
    assert len(web.asked) == 6


@pytest.mark.parametrize("location", ["mailto:a@b.example", "javascript:alert(1)", "file:///etc/passwd", "gopher://x/"])
def test_a_redirect_to_what_is_no_web_page_is_not_followed(web, location):
    web.answers["https://good.example/"] = (301, {"Location": location})
    assert web.visitor().visit("https://good.example/") == failed("not_web")


def test_a_page_that_is_encrypted_too_is_suggested(web):
    web.answers |= {"http://good.example/a": 200, "https://good.example/a": 200}
    outcome = web.visitor().visit("http://good.example/a")
    assert (outcome.is_insecure, outcome.leads_to) == (True, "https://good.example/a")


def test_a_page_that_leads_to_its_encrypted_self_is_not_secure(web):
    web.answers |= {
        "http://good.example/a": (301, {"Location": "https://good.example/b"}),
        "https://good.example/b": 200,
    }
    outcome = web.visitor().visit("http://good.example/a")
    assert (outcome.is_insecure, outcome.leads_to) == (True, "https://good.example/b")


def test_a_site_without_encryption_is_in_order_as_nobody_can_mend_it(web):
    web.answers["http://plain.example/"] = 200
    assert web.visitor().visit("http://plain.example/") == Outcome("200", answered=True)


def test_a_certificate_for_another_name_is_no_answer(web):
    web.answers["https://other.example/"] = 200
    outcome = web.visitor().visit("https://other.example/")
    assert outcome == failed("certificate")
    assert outcome.is_failure
    assert web.asked == []


def test_a_host_that_asks_to_wait_is_left_alone(web):
    web.answers |= {"https://good.example/a": (429, {"Retry-After": "9"}), "https://good.example/b": 200}
    visitor = web.visitor()
    assert [visitor.visit(f"https://good.example/{name}").code for name in "ab"] == ["wait", "wait"]
    assert web.asked == ["HEAD https://good.example/a"]


def drip(handler):
    """Answer a letter at a time, for ever."""
    try:
        while True:
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def test_an_answer_that_drips_in_is_cut(web):
    web.answers["http://a.example/"] = (None, drip)
    assert web.visitor(longest=0.3).visit("http://a.example/") == failed("timeout")


def test_the_text_of_a_page_is_not_fetched(web):
    sent = []

    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while len(sent) < 4000:
                handler.wfile.write(b"x" * 10_000)
                sent.append(1)
        except OSError:
            pass

    web.answers["https://good.example/"] = {"HEAD": 405, "GET": (None, endless)}
    assert web.visitor().visit("https://good.example/").code == "200"
    time.sleep(0.2)
    assert len(sent) < 1000


def test_one_host_is_asked_once_a_second_at_most(web):
    web.answers |= dict.fromkeys([f"https://{host}.example/" for host in ("good", "old")], 200)
    visitor, waits = web.visitor(gap=1000), []
    visitor.is_over.wait = lambda seconds: waits.append(seconds)
    for host in ("good", "old", "good", "good"):
        visitor.visit(f"https://{host}.example/")
    assert [round(seconds, -2) for seconds in waits] == [0, 0, 1000, 2000]


def test_visits_end_with_their_time_and_go_on_with_other_hosts_meanwhile(web):
    urls = [f"https://{host}.example/{number}" for host in ("good", "old") for number in range(9)]
    web.answers |= dict.fromkeys(urls, 200)
    found = dict(visits(urls, web.visitor(gap=1000), seconds=2))
    assert sorted(found) == ["https://good.example/0", "https://old.example/0"]


def test_a_fault_of_ours_at_one_address_does_not_end_the_visits_to_others(web, caplog):
    web.answers["https://good.example/"] = 200

    def look_up(host, port):
        return web.look_up(host, port) if host == "good.example" else 1 / 0

    found = dict(visits(["http://a.example/", "https://good.example/"], web.visitor(look_up=look_up)))
    assert {url: outcome.code for url, outcome in found.items()} == {
        "http://a.example/": "broken",
        "https://good.example/": "200",
    }
    assert "A link could not be checked" in caplog.text
