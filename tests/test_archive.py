"""The whole site leaves as files that people can read, and comes back as it was."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles import archive, gate, kinds, publishing, unarchive
from articles.kinds import LINES
from articles.management.commands import serve
from articles.models import Article, Event, Picture, Revision, Section, SiteStatement, Task, Term, Topic, Vote
from articles.workflow import Refused
from tests.archived_site import empty_site, make_site
from tests.factories import make_article, make_contributor

FEET = "articles/sore-feet-2/article.md"
pytestmark = pytest.mark.django_db


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()
    }


def export(folder):
    list(archive.export(folder))
    return tree(folder)


def restore(folder, **options):
    return list(archive.restore(folder, by=None, **{"publish": True, "dry_run": False} | options))


def differing(one, other):
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def test_a_site_comes_back_byte_by_byte(tmp_path, settings):
    make_site()
    before = export(tmp_path / "one")
    empty_site()
    settings.MEDIA_ROOT = tmp_path / "other"
    lines = restore(tmp_path / "one")
    assert lines[-1] == "Added: 11. Here already: 0. Left alone: 0."
    assert not Vote.objects.exists()
    after = export(tmp_path / "two")
    assert differing(before, after) == []
    assert len([name for name in before if name.endswith(".webp")]) == 3


def test_a_second_restore_changes_nothing(tmp_path, settings):
    make_site()
    before = export(tmp_path / "one")
    assert restore(tmp_path / "one")[-1] == "Added: 0. Here already: 11. Left alone: 0."
    assert export(tmp_path / "two") == before


def test_without_leave_to_publish_all_comes_as_drafts_with_its_history(tmp_path):
    make_site()
    before = export(tmp_path / "one")
    empty_site()
    restore(tmp_path / "one", publish=False)
    assert not Revision.objects.public().exists()
    assert Revision.objects.count() == sum("/history/" in name for name in before)
    after = export(tmp_path / "two")
    changed = [name for name in differing(before, after) if name != "SHA256SUMS"]
    said = {line for name in changed for line in lost(before[name], after[name])}
    words = (b"state: ", b"published_at: ", b"public_note: ", b"change: ", b"reviewed_as: ")
    assert all(line.startswith(words) for line in said)
    assert not {*before} ^ {*after}
    assert restore(tmp_path / "one", publish=False)[-1] == "Added: 0. Here already: 11. Left alone: 0."


def lost(before, after):
    """Return the lines that only one of two files has."""
    return {*before.splitlines()} ^ {*after.splitlines()}


def test_a_dry_run_says_what_would_come_and_changes_nothing(tmp_path, settings):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    settings.MEDIA_ROOT = tmp_path / "other"
    assert restore(tmp_path / "one", dry_run=True)[-1] == "Would be added: 11. Here already: 0. Left alone: 0."
    assert not Article.objects.exists()
    assert not get_user_model().objects.exists()
    assert not (tmp_path / "other").exists()


def test_what_a_site_has_stays_and_is_told(tmp_path):
    make_site()
    list(archive.export(tmp_path / "one"))
    Article.objects.filter(slug="original").update(summary="Changed here")
    Event.objects.filter(article__slug="old").delete()
    Revision.objects.filter(article__slug="old").delete()
    Article.objects.get(slug="old").delete()
    lines = restore(tmp_path / "one")
    assert "original: is here with another text or history (versions: 1 here, 1 in the archive): left alone." in lines
    assert lines[-1] == "Added: 1. Here already: 9. Left alone: 1."
    assert Article.objects.get(slug="original").summary == "Changed here"
    assert Article.objects.get(slug="old").revisions.count() == 2


def test_the_first_article_of_a_new_site_gives_way_to_the_archives(tmp_path):
    make_site()
    before = export(tmp_path / "one")
    empty_site()
    call_command("load_first_article")
    get_user_model().objects.create_superuser("admin", password="a-long-enough-one")
    assert restore(tmp_path / "one", dry_run=True)[-1] == "Would be added: 11. Here already: 0. Left alone: 0."
    assert Article.objects.get().slug == "muscle-leg-cramps"
    lines = restore(tmp_path / "one")
    assert lines[1] == "“Muscle leg cramps” is as the site came with it: the archive takes its place."
    assert export(tmp_path / "two") == before


@pytest.mark.parametrize("touched", ["vote", "text", "people", "statement"])
def test_a_first_article_that_somebody_touched_stays(tmp_path, touched, editor):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    call_command("load_first_article")
    article = Article.objects.get()
    if touched == "vote":
        Vote.objects.create(article=article, revision=article.revisions.get(), voter="x", value=5)
    elif touched == "text":
        article.sections.first().delete()
    elif touched == "people":
        make_contributor()
    else:
        SiteStatement.objects.create(safety="Ours.", about="Ours.")
    lines = restore(tmp_path / "one")
    assert lines[-1] == "Added: 10. Here already: 0. Left alone: 1."
    assert Article.objects.get(slug="muscle-leg-cramps").pk == article.pk
    assert SiteStatement.current().safety == ("Ours." if touched == "statement" else "Stop.\nHold on.")


def test_people_keep_who_they_are_when_their_numbers_change(tmp_path):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    make_contributor("Somebody else")
    make_contributor("Rosa Test", credentials="Writer", interests="Other")
    lines = restore(tmp_path / "one")
    assert "“Rosa Test” is here in other words, which stay." in lines
    article = Article.objects.get(slug="sore-feet-2")
    writer = article.authors.get()
    assert (writer.credentials, writer.interests) == ("Writer", "Other")
    assert [person["id"] for person in article.revisions.first().authors] == [writer.pk]
    signed = article.revisions.first().reviews.last()
    assert (signed.contributor.credentials, signed.contributor.user.username) == ("Physiotherapist: “no”", "ruth")
    assert gate.reasons_against_review(article, article.revisions.last(), writer)


def test_accounts_come_back_switched_off_and_without_a_password(tmp_path):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    restore(tmp_path / "one")
    edith = get_user_model().objects.get(username="edith")
    assert not edith.is_active
    assert not edith.has_usable_password()
    assert not edith.groups.exists()


def test_what_comes_back_is_found_and_shown(tmp_path, client):
    make_site()
    list(archive.export(tmp_path / "one"))
    empty_site()
    restore(tmp_path / "one")
    assert "/articles/sore-feet-2/" in client.get("/search/", {"q": "sore feet"}).content.decode()
    assert Task.objects.filter(article__slug="sore-feet-2").exists()
    page_of = client.get("/articles/sore-feet/", follow=True)
    assert page_of.request["PATH_INFO"] == "/articles/sore-feet-2/"
    assert client.get("/articles/waiting/").status_code == 404
    assert client.get("/articles/withdrawn/").status_code == 410


def test_the_commands_take_it_out_and_back(archived, tmp_path, capsys):
    call_command("import_articles", archived, publish=True)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Checking an archive of 11 articles."
    assert said[-1] == "Added: 11. Here already: 0. Left alone: 0."
    call_command("export_articles", tmp_path / "two", verbosity=0)
    assert differing(tree(archived), tree(tmp_path / "two")) == []
    (archived / FEET).write_text("x")
    with pytest.raises(CommandError, match="Nothing of these was changed"):
        call_command("import_articles", archived, publish=True)
    assert f"{FEET}, line 1: The first line must be" in capsys.readouterr().out


def test_what_came_as_drafts_is_not_published_by_a_second_restore(archived):
    restore(archived, publish=False)
    lines = restore(archived)
    assert "expired: is here as drafts, which stay so. Publish it in the admin." in lines
    assert not Revision.objects.public().exists()


def test_a_translation_finds_its_place_only_where_that_is_free(archived):
    original = make_article("Original")
    make_article("Other", language="ar", translation_of=original)
    lines = restore(archived)
    assert "original-ar: There is a translation into this language already: “Other”." in lines
    assert Article.objects.get(slug="original-ar").translation_of is None


def test_words_of_the_site_stay_beside_those_of_the_archive(archived):
    Topic.objects.create(name="No: 1", slug="other")
    Topic.objects.create(name="Muskeln", slug="ar-1")
    Term.objects.create(term="no", meaning="Other")
    Picture.objects.create(title="Other", drawing="wall-1-stand")
    Picture.objects.create(title="Nothing", drawing="wall-3-hold")
    lines = restore(archived)
    for name in ("No: 1", "Muskeln", "no", "Other", "Nothing"):
        assert f"“{name}” is here in other words, which stay." in lines
    assert Article.objects.get(slug="original").topic.slug == "other"
    assert Article.objects.get(slug="original-ar").topic is None
    assert Picture.objects.get(title="Nothing (2)").is_decorative


def test_a_restore_that_was_interrupted_goes_on(archived, monkeypatch):
    def power_cut(slug, doc):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(unarchive, "relate", power_cut)
        with pytest.raises(KeyboardInterrupt):
            restore(archived)
    Event.objects.filter(article__slug="old").delete()
    Revision.objects.filter(article__slug="old").delete()
    Article.objects.get(slug="old").delete()
    assert not Article.objects.exclude(translation_of=None).exists()
    assert restore(archived)[-1] == "Added: 1. Here already: 10. Left alone: 0."
    assert differing(tree(archived), export(archived.parent / "two")) == []


def test_what_the_database_refuses_is_told(archived, monkeypatch):
    def refuse(*arguments):
        raise IntegrityError("UNIQUE \x1b[31m")

    monkeypatch.setattr(unarchive, "add_working_copy", refuse)
    lines = restore(archived)
    assert lines[-1] == "Added: 0. Here already: 0. Left alone: 11."
    assert "old: the database refused it (UNIQUE \N{REPLACEMENT CHARACTER}[31m): left alone." in lines


def test_after_a_restore_into_an_empty_site_the_first_start_makes_an_administrator(archived, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    get_user_model().objects.create(username="admin", is_active=False, password="!x")
    restore(archived)
    serve.Command(stdout=StringIO()).first_administrator()
    assert "Name:     admin-2\n" in (tmp_path / "first_administrator.txt").read_text()
    (tmp_path / "first_administrator.txt").unlink()
    serve.Command(stdout=StringIO()).first_administrator()
    assert get_user_model().objects.filter(is_superuser=True).count() == 1


LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(LETTERS, max_size=30)
ODD = ["\r\n", "---\n", "<!-- section", "\n-->\n", "  ", "\n", "\t", "\x1b", "🦵", "\u2028"]
TEXTS = st.lists(st.sampled_from(ODD) | WORDS, max_size=5).map("".join)
KINDS = st.sampled_from(Section.Kind.values)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    article=st.fixed_dictionaries(dict.fromkeys(("summary", "known", "not_known", "funding"), TEXTS)),
    section=st.fixed_dictionaries(dict.fromkeys(("body", *LINES, *kinds.TEXTS), TEXTS) | {"kind": KINDS}),
    names=st.fixed_dictionaries({"title": WORDS, "also_called": WORDS, "heading": WORDS.filter(bool)}),
    person=st.fixed_dictionaries({"name": WORDS.filter(bool), "credentials": WORDS, "interests": TEXTS}),
    message=TEXTS,
)
def test_any_text_comes_back(tmp_path_factory, article, section, names, person, message):
    folder = tmp_path_factory.mktemp("random")
    heading = names.pop("heading")
    made = Article.objects.create(slug="any", **article, **names)
    made.sections.create(heading=heading, **section)
    made.authors.add(make_contributor(**person))
    revision = publishing.record(made, by=None, note=message[:200])
    own = {"contributor": make_contributor(**person | {"credentials": "Other"}), "name": person["name"]}
    revision.reviews.create(**own, message=message, remarks={"any": message})
    before = export(folder / "one")
    empty_site()
    restore(folder / "one")
    assert Article.objects.get().sections.get().body == section["body"]
    assert differing(before, export(folder / "two")) == []
    empty_site()


# Writing


def test_an_earlier_export_is_replaced_whole(tmp_path):
    make_article("Sore feet")
    export(tmp_path / "one")
    Article.objects.update(slug="other")
    after = export(tmp_path / "one")
    assert "articles/other/article.md" in after
    assert not [name for name in after if name.startswith("articles/sore-feet")]
    assert [path.name for path in tmp_path.iterdir() if path.name != "media"] == ["one"]


def test_an_export_that_fails_leaves_the_earlier_one(tmp_path, monkeypatch):
    make_article("Sore feet")
    before = export(tmp_path / "one")
    make_article("Sore hands")

    def full(article, names):
        yield "article.md", "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "files_of", full)
    with pytest.raises(Refused, match=r"No space left on device\. What was there before is still there"):
        export(tmp_path / "one")
    assert tree(tmp_path / "one") == before
    assert [path.name for path in tmp_path.iterdir() if path.name != "media"] == ["one"]


def test_somebody_elses_files_are_never_replaced(tmp_path):
    make_article("Sore feet")
    export(tmp_path / "one")
    (tmp_path / "one" / "articles" / "notes.txt").write_text("Mine")
    with pytest.raises(Refused, match=r"something that is no export: “articles/notes\.txt”"):
        export(tmp_path / "one")
    assert (tmp_path / "one" / "articles" / "notes.txt").read_text() == "Mine"


@pytest.mark.parametrize("name", ["a file", "no/such", "other", "media"])
def test_a_folder_that_can_not_take_an_export_is_a_sentence(tmp_path, name):
    (tmp_path / "a file").write_text("Mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").symlink_to(tmp_path)
    with pytest.raises(CommandError, match=r"\.$"):
        call_command("export_articles", tmp_path / name)


def test_an_empty_folder_takes_an_export(tmp_path, capsys):
    (tmp_path / "one").mkdir()
    make_article("Sore feet")
    call_command("export_articles", tmp_path / "one")
    assert "Articles: 1 of 1" in capsys.readouterr().out
    assert archive.is_archive(tmp_path / "one")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


def test_many_articles_ask_no_more_of_the_database_for_each(tmp_path, django_assert_max_num_queries):
    for number in range(8):
        make_article(f"Article {number}")
    with django_assert_max_num_queries(15 + 8 * 12):
        export(tmp_path / "one")


def test_a_missing_picture_is_told_and_the_rest_is_written(tmp_path):
    make_article("Sore feet", sections=[f"![x](/media/images/{'a' * 32}-10x10.webp)"])
    lines = list(archive.export(tmp_path / "one"))
    assert any("is missing" in line for line in lines)
    assert restore(tmp_path / "one")[-1] == "Added: 0. Here already: 1. Left alone: 0."
