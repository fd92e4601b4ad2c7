"""manage.py import_articles: files and folders, a dry run, what is left out, and running it again."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles import publishing
from articles.models import Article, Event, Picture, Revision, Section
from tests.factories import make_article, make_contributor

pytestmark = pytest.mark.django_db
FIRST = "# Sore feet\n\n## Causes\n\nTight shoes.\n"
WHOLE = "---\ntitle: Tired legs\nsummary: Rest them.\nauthors: [Nobody]\n---\n\n## Causes\n\nStairs.\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with two articles, one of them in a folder of its own, and things that are none."""
    home = tmp_path / "old"
    (home / "legs").mkdir(parents=True)
    (home / ".git").mkdir()
    (home / "feet.md").write_text(FIRST)
    (home / "legs" / "legs.md").write_text(WHOLE)
    (home / ".git" / "hidden.md").write_text(FIRST)
    (home / ".hidden.md").write_text(FIRST)
    (home / "style.css").write_text("a {}")
    return home


def ran(*arguments, **options):
    """Return what the command prints; a CommandError's sentence comes last."""
    out = StringIO()
    try:
        call_command("import_articles", *map(str, arguments), stdout=out, **options)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def titles():
    return sorted(Article.objects.values_list("title", flat=True))


def test_a_folder_becomes_drafts_in_order(folder):
    said = ran(folder)
    assert titles() == ["Sore feet", "Tired legs"]
    assert said.index("1 of 2  old/feet.md: New draft") < said.index("2 of 2  old/legs/legs.md: New draft")
    assert "1 × .css" in said
    assert "Done: 2 × New draft" in said
    assert not any(article.revisions.public().exists() for article in Article.objects.all())


def test_a_dry_run_says_line_by_line_what_would_happen_and_changes_nothing(folder):
    said = ran(folder, dry_run=True)
    assert "Title: Sore feet" in said
    assert "Tight shoes." in said
    assert "authors: Nobody → Not taken" in said
    assert "Would be: 2 × New draft" in said
    assert titles() == []


def test_it_publishes_what_may_go_out_and_says_why_the_rest_can_not(folder):
    said = ran(folder, publish=True)
    assert "Imported and published." in said
    assert "Not published: It has no summary." in said
    assert [article.title for article in Article.objects.all() if article.revisions.public()] == ["Tired legs"]


def test_it_can_be_run_again(folder):
    ran(folder)
    (folder / "feet.md").write_text(FIRST.replace("Tight", "Narrow"))
    said = ran(folder)
    assert "Changes its draft" in said
    assert "1 × Unchanged" in said
    assert len(titles()) == 2
    assert Article.objects.get(slug="sore-feet").sections.get().body == "Narrow shoes."


def edit(article):
    article.sections.update(body="Wider shoes.")
    publishing.record(article, by=None)
    return article


def test_what_was_edited_since_is_listed_and_left_alone(folder):
    ran(folder)
    article = edit(Article.objects.get(slug="sore-feet"))
    (folder / "feet.md").write_text(FIRST.replace("Tight", "Narrow"))
    assert "Edited since" in (said := ran(folder))
    assert "--edited" in said
    assert article.sections.get().body == "Wider shoes."


@pytest.mark.parametrize(
    ("choice", "body", "count"), [("take", "Narrow shoes.", 2), ("keep", "Wider shoes.", 2), ("new", "Wider shoes.", 3)]
)
def test_the_operator_chooses_for_all_that_were_edited(folder, choice, body, count):
    ran(folder)
    article = edit(Article.objects.get(slug="sore-feet"))
    (folder / "feet.md").write_text(FIRST.replace("Tight", "Narrow"))
    ran(folder, edited=choice)
    assert article.sections.get().body == body
    assert Article.objects.count() == count


def test_a_refused_file_is_told_while_the_others_go_in(folder):
    (folder / "empty.txt").touch()
    said = ran(folder)
    assert "old/empty.txt: Can't be imported." in said
    assert "Not imported: 1." in said
    assert len(titles()) == 2


def test_a_path_that_is_not_there_imports_nothing(folder, tmp_path):
    said = ran(folder, tmp_path / "nowhere")
    assert "There is no file or folder at" in said
    assert titles() == []


def test_a_single_file_is_known_by_its_name(folder):
    assert "1 of 1  feet.md: New draft" in ran(folder / "feet.md")


def test_a_file_of_another_kind_is_refused_when_it_is_named(folder):
    assert "style.css: Can't be imported." in ran(folder / "style.css")


def test_an_empty_folder_says_so(tmp_path):
    assert "no file" in ran(tmp_path)


def test_a_file_that_fails_to_be_read_is_told(folder, monkeypatch):
    def fail(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", fail)
    said = ran(folder)
    assert "It can't be read: Permission denied." in said
    assert "Not imported: 2." in said
    assert titles() == []


def test_links_lead_nowhere_out_of_the_folder(folder, tmp_path):
    (tmp_path / "secret.md").write_text("# Secret\n\nNot for you.\n")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "other.md").write_text("# Other\n\nNot for you.\n")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "link").symlink_to(tmp_path / "others")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.md").symlink_to(tmp_path / "nothing.md")
    ran(folder)
    assert titles() == ["Sore feet", "Tired legs"]


def test_a_pipe_is_no_article(folder):
    os.mkfifo(folder / "pipe.md")
    assert "2 of 2" in ran(folder)


def test_a_name_that_is_no_text_is_taken(folder):
    with open(os.fsencode(folder) + b"/\xff.md", "w") as file:
        file.write("# Odd name\n\nText.\n")
    assert "Odd name" in (ran(folder), titles())[1]


def test_an_article_with_the_same_title_is_told(folder):
    make_article("Sore feet")
    assert "There is an article with this title already." in ran(folder)


# What export_articles wrote


@pytest.fixture
def export(tmp_path):
    """A folder that export_articles wrote of an article with an exercise and a picture, which is gone since."""
    article = make_article("Sore feet", sections=[("Causes", "Tight shoes.")], published=False)
    picture = Picture.objects.create(title="A foot", drawing="wall-1-stand", alt="A foot.")
    article.sections.create(heading="Toes", kind="exercise", when="during", steps="One.\nTwo.", hold=5, picture=picture)
    article.sources.create(title="A book")
    article.authors.add(make_contributor("Rosa Test"))
    publishing.publish(article, by=None)
    call_command("export_articles", str(tmp_path / "export"), stdout=StringIO())
    return tmp_path / "export"


def forget_all():
    for model in (Event, Revision, Section, Article):
        model.objects.all().delete()


def test_a_whole_export_is_put_back(export):
    forget_all()
    said = ran(export)
    assert "Added: 1" in said
    assert titles() == ["Sore feet"]
    assert Article.objects.get().revisions.get().number == 1


def test_a_part_of_an_export_is_not_taken_for_articles(export):
    said = ran(export / "articles")
    assert "part of what export_articles wrote" in said
    assert str(export) in said


def test_an_article_of_an_export_comes_by_itself_with_its_kinds(export):
    forget_all()
    said = ran(export / "articles" / "sore-feet" / "article.md")
    article = Article.objects.get()
    assert "New draft" in said
    assert (article.slug, article.summary) == ("sore-feet", "All about sore feet.")
    exercise = article.sections.get(key="toes")
    assert (exercise.kind, exercise.hold, exercise.steps) == ("exercise", 5, "One.\nTwo.")
    assert exercise.picture.title == "A foot"
    assert article.sources.get().key == "a-book"
    assert article.authors.get().name == "Rosa Test"
    assert ran(export / "articles" / "sore-feet" / "article.md").count("Unchanged") == 2


def test_a_file_of_an_export_that_is_broken_is_read_as_any_text(export):
    forget_all()
    path = export / "articles" / "sore-feet" / "article.md"
    path.write_text(path.read_text().replace("kind: exercise", "kind: nonsense"))
    assert "New draft" in ran(path)
    assert {section.kind for section in Section.objects.all()} == {"text"}


def test_an_export_that_is_broken_is_told_and_changes_nothing(export):
    forget_all()
    (export / "people.yaml").write_text("[")
    said = ran(export)
    assert "Not imported: 1." in said
    assert titles() == []
