"""Which addresses texts link to, what is found there, and when that is kept."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles import outside_links, publishing
from articles.addresses import full, linked
from articles.models import Article, OutsideLink, Topic
from articles.outside_links import check, due, note_links, said
from tests.factories import make_article
from tests.small_web import Web

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(monkeypatch):
    made = Web()
    monkeypatch.setattr(outside_links, "Visitor", made.visitor)
    yield made
    made.close()


def urls(article):
    return sorted(article.outside_links.values_list("url", flat=True))


def look(article):
    """Check the links of an article, and return what was found, by address."""
    check(article.outside_links.all())
    return {link.url: link.finding for link in article.outside_links.all()}


def later(**time):
    """Let all checks be so much older."""
    for link in OutsideLink.objects.exclude(checked_at=None):
        OutsideLink.objects.filter(pk=link.pk).update(checked_at=link.checked_at - timedelta(**time))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](https://a.example/x) and <https://b.example>", ["https://a.example/x", "https://b.example"]),
        ("[a][b]\\n\\n[b]: https://a.example/ 'T'".replace("\\n", "\n"), ["https://a.example/"]),
        ("`[a](https://a.example)` https://bare.example", []),
        ("    [a](https://a.example)", []),
        (
            "[a](<https://a.example/x y>) [b](https://a.example/(z))",
            ["https://a.example/x%20y", "https://a.example/(z)"],
        ),
        ("[a](//a.example) [b](javascript:x) [c](mailto:a@b.example) [d](tel:+1)", ["mailto:a@b.example", "tel:+1"]),
        ("Text[^1]\n\n[^1]: See [a](/about/).", ["/about/"]),
        ("![a [b](https://a.example)](/media/x.webp)", []),
        ("| [a](#b) |\n| --- |\n| [c](/d/) |", ["#b", "/d/"]),
    ],
)
def test_links_are_read_as_the_page_reads_them(text, found):
    assert linked(text) == found


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("#causes", "/articles/x/#causes"),
        ("/about/", "/about/"),
        ("https://health.example/about/?q=1#a", "/about/?q=1#a"),
        ("https://health.example", "/"),
        ("https://Health.example.evil/", "https://Health.example.evil/"),
        ("https://ärzte.example/ä", "https://xn--rzte-koa.example/%C3%A4"),
        ("mailto:a@b.example", None),
        ("tel:+1", None),
        ("https://a.example/" + "x" * 2000, None),
    ],
)
def test_addresses_are_kept_in_full_and_those_of_this_site_without_its_name(settings, address, kept):
    settings.SITE_URL = "https://health.example"
    assert full(address, Article(slug="x")) == kept


def test_an_article_that_has_no_page_yet_has_no_address_of_its_own():
    assert [full(address, Article(slug="a b")) for address in ("#a", "/b/")] == ["#a", "/b/"]


def make_full():
    article = make_article(
        "Sore feet", sections=["[a](https://a.example/)"], published=False, known="<https://k.example/>"
    )
    article.sections.create(
        position=2, heading="Do", kind="do_dont", do="See [d](https://d.example/)\nRest", steps="[s](/no/)"
    )
    article.sources.create(title="Book", url="https://s.example/")
    return article


def test_all_texts_of_an_article_count_and_fields_of_other_kinds_do_not():
    article = make_full()
    publishing.record(article, by=None)
    assert urls(article) == ["https://a.example/", "https://d.example/", "https://k.example/", "https://s.example/"]


def test_what_readers_see_counts_until_the_next_text_is_out():
    article = make_article(sections=["[a](https://a.example/)"])
    article.sections.update(body="[b](https://b.example/)")
    publishing.record(article, by=None)
    assert urls(article) == ["https://a.example/", "https://b.example/"]
    publishing.publish(article, by=None)
    assert urls(article) == ["https://b.example/"]


def test_a_waiting_text_counts_and_when_it_has_come_out_what_it_replaced_does_not():
    article = make_article(sections=["[a](https://a.example/)"])
    article.sections.update(body="[b](https://b.example/)")
    revision = publishing.publish(article, by=None, at=timezone.now() + timedelta(hours=1))
    assert urls(article) == ["https://a.example/", "https://b.example/"]
    assert not outside_links.unnoted().exists()
    for number, hours in ((1, 4), (revision.number, 1)):
        article.revisions.filter(number=number).update(published_at=timezone.now() - timedelta(hours=hours))
    Article.objects.update(links_noted_at=timezone.now() - timedelta(hours=3))
    assert list(outside_links.unnoted()) == [article]
    outside_links.check_some(seconds=0)
    assert urls(article) == ["https://b.example/"]


def test_older_articles_are_noted_by_the_next_check(web):
    article = make_full()
    web.answers["https://a.example/"] = 200
    outside_links.check_some()
    assert len(urls(article)) == 4


def test_one_address_is_one_row_whoever_links_to_it():
    for number in range(2):
        publishing.record(
            make_article(f"Feet {number}", sections=["[a](https://a.example/)"], published=False), by=None
        )
    assert OutsideLink.objects.get().articles.count() == 2


def test_findings_are_kept_and_told_in_words(web):
    web.answers |= {
        "https://good.example/": 200,
        "https://good.example/gone": 410,
        "https://good.example/closed": 403,
        "https://good.example/moved": (301, {"Location": "/"}),
        "http://good.example/": 200,
    }
    body = " ".join(f"[x]({address}#part)" for address in web.answers) + " [y](https://nobody.example)"
    article = make_article(sections=[body])
    assert look(article) == {
        "https://good.example/#part": "",
        "https://good.example/gone#part": "dead",
        "https://good.example/closed#part": "",
        "https://good.example/moved#part": "redirecting",
        "http://good.example/#part": "insecure",
        "https://nobody.example": "dead",
    }
    assert outside_links.broken(article) == 4
    found = {link.url: (said(link), link.leads_to) for link in OutsideLink.objects.all()}
    moved, plain = found["https://good.example/moved#part"], found["http://good.example/#part"]
    assert moved == (
        "The page is at another address for good: https://good.example/#part",
        "https://good.example/#part",
    )
    assert plain == ("The same page is there encrypted: https://good.example/#part", "https://good.example/#part")
    assert "lets no program in (it answers 403)" in found["https://good.example/closed#part"][0]
    assert "not there (the site answers 410)" in found["https://good.example/gone#part"][0]
    assert found["https://nobody.example"][0] == "There is no site of this name."


def test_a_page_is_visited_once_for_all_its_parts(web):
    web.answers["https://good.example/"] = 200
    look(make_article(sections=["[a](https://good.example/#a) [b](https://good.example/#b)"]))
    assert web.asked == ["HEAD https://good.example/"]


def test_a_fault_is_dead_when_it_was_there_on_three_days(web):
    web.answers |= {"https://good.example/": 500, "https://other.example/": 200}
    article = make_article(sections=["[a](https://good.example/) [b](https://other.example/)"])
    seen = []
    for hours in (0, 0, 24, 24):
        later(hours=hours)
        seen.append(look(article))
    fault, certificate = "https://good.example/", "https://other.example/"
    assert [found[fault] for found in seen] == ["", "", "", "dead"]
    assert [found[certificate] for found in seen] == ["", "", "", "insecure"]
    web.answers["https://good.example/"] = 200
    assert look(article)[fault] == ""
    assert OutsideLink.objects.get(url=fault).failures == 0


def test_a_site_that_asks_to_wait_changes_no_finding(web):
    web.answers["https://good.example/"] = 404
    article = make_article(sections=["[a](https://good.example/)"])
    assert look(article) == {"https://good.example/": "dead"}
    web.answers["https://good.example/"] = 429
    assert look(article) == {"https://good.example/": "dead"}
    assert "asks programs to wait" in said(OutsideLink.objects.get())


def test_without_a_network_nothing_is_changed(web):
    article = make_article(sections=["[a](https://a.example/) [b](https://b.example/) [c](/about/)"])
    summary = check(article.outside_links.all())
    assert (summary.is_offline, summary.checked, summary.left) == (True, 1, 2)
    assert set(OutsideLink.objects.exclude(url="/about/").values_list("finding", "failures", "checked_at")) == {
        ("", 0, None)
    }


def test_one_dead_name_is_believed_where_another_site_answers(web):
    web.answers["https://good.example/"] = 200
    look(make_article("In order", sections=["[a](https://good.example/)"]))
    assert look(make_article(sections=["[a](https://nobody.example/)"])) == {"https://nobody.example/": "dead"}


def test_links_are_due_once_a_week_and_broken_ones_once_a_day(web):
    web.answers |= {"https://good.example/": 200, "https://good.example/b": 404, "https://good.example/c": 500}
    article = make_article(sections=["".join(f"[a]({address})" for address in web.answers)])
    assert due().count() == 3
    look(article)
    assert due().count() == 0
    later(hours=21)
    assert sorted(link.url[-1] for link in due()) == ["b", "c"]
    later(days=7)
    assert due().count() == 3
    publishing.withdraw(article, by=None)
    publishing.delete(article, by=None)
    assert due().count() == 0


def make_neighbour():
    Topic.objects.create(name="Feet", slug="feet")
    article = make_article("Neighbour", sections=[("Causes", "# Shoes\n\nTight ones.")], known="# Sure")
    article.sources.create(title="Book", url="")
    publishing.publish(article, by=None)
    return article


@pytest.mark.parametrize(
    ("address", "finding"),
    [
        ("/articles/neighbour/", ""),
        ("/articles/neighbour/#causes", ""),
        ("/articles/neighbour/#causes--shoes", ""),
        ("/articles/neighbour/#_source-book", ""),
        ("/articles/neighbour/#_rating", ""),
        ("/articles/neighbour/#treatment", "dead"),
        ("/articles/neighbour/#_source-film", "dead"),
        ("/articles/neighbour/sheet/", ""),
        ("/articles/neighbour.md", ""),
        ("/articles/neighbour", "redirecting"),
        ("/articles/nobody/", "dead"),
        ("/articles/draft/", "dead"),
        ("/articles/former/#causes", "redirecting"),
        ("/ar/articles/neighbour/", "redirecting"),
        ("/topics/feet/", ""),
        ("/topics/hands/", "dead"),
        ("/about/", ""),
        ("/about/?x=1", ""),
        ("/", ""),
        ("/nothing/here/", "dead"),
        ("/media/images/0123456789abcdef0123456789abcdef-10x20.webp", "dead"),
        ("#part-1", ""),
        ("#part-9", "dead"),
        ("#part-1--within", ""),
    ],
)
def test_links_within_the_site_are_looked_for_without_a_network(web, address, finding):
    article = make_neighbour()
    article.former_slugs.create(slug="former")
    make_article("Draft", published=False)
    own = make_article(sections=[f"# Within\n\n[a]({address})"], published=address.startswith("/"))
    publishing.record(own, by=None)
    assert list(look(own).values()) == [finding]
    assert web.asked == []


def test_a_moved_page_of_this_site_is_told_with_its_new_address(web):
    make_neighbour().former_slugs.create(slug="former")
    look(make_article(sections=["[a](/articles/former/#causes)"]))
    assert OutsideLink.objects.get().leads_to == "/articles/neighbour/#causes"


def command(*arguments):
    output = StringIO()
    call_command("check_links", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_says_what_it_found(web):
    web.answers |= {"https://good.example/": 200, "https://good.example/moved": (301, {"Location": "/"})}
    make_article(sections=["[a](https://good.example/) [b](https://good.example/moved) [c](https://good.example/x)"])
    output = command()
    assert "Dead: https://good.example/x\n  The page is not there (the site answers 404)." in output
    assert "Leads elsewhere: https://good.example/moved\n  The page is at another address for good: " in output
    assert "Checked 3 links. dead: 1, leads elsewhere: 1, in order: 1." in output
    assert "No link is due" in command()
    assert "Checked 3 links." in command("--all")
    assert "Checked 3 links." in command("sore-feet")


def test_the_command_says_that_there_is_no_network(web):
    make_article(sections=["[a](https://a.example/)"])
    assert command().strip().endswith("Nothing was changed.")


def test_the_command_names_articles_that_it_does_not_know(web):
    with pytest.raises(CommandError, match=r"no article with this address: nobody"):
        command("nobody")


def test_saving_is_a_few_queries_more_whatever_the_text(django_assert_max_num_queries):
    article = make_article(
        sections=["".join(f"[a](https://a.example/{number}) " for number in range(200))], published=False
    )
    with django_assert_max_num_queries(20):
        note_links(article)
    with django_assert_max_num_queries(12):
        note_links(article)
    assert article.outside_links.count() == 200
