"""Translations of articles: how they begin, what they never borrow, and when they say that they are behind."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from articles import gate, joining, publishing, translating, trust
from articles.models import Article, Revision, Topic
from articles.workflow import Refused
from tests.desk_forms import AtDesk
from tests.factories import make_article, make_contributor, make_staff
from tests.html_reader import words
from tests.test_views import held_for

pytestmark = pytest.mark.django_db

ENGLISH, ARABIC = "/articles/sore-feet/", "/ar/articles/sore-feet-ar/"
SITE = "http://127.0.0.1:8000"


def make_translation(original, *, published=True):
    """Return an Arabic translation of an article."""
    article = publishing.translate(original, "ar", by=None)
    article.title, article.summary = "أقدام مؤلمة", "كل شيء عن الأقدام المؤلمة."
    article.save()
    article.sections.update(heading="ارتح", body="أرِح قدميك.")
    if published:
        publishing.publish(article, by=None)
    return article


def change(article, body="Rest them well.", **fields):
    article.sections.update(body=body)
    return publishing.publish(article, by=None, **fields)


def page(client, path=ARABIC):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def alternates(html):
    return [line for line in html.splitlines() if line.startswith('<link rel="alternate" hreflang')]


def behind(client):
    return '<p class="overdue">' in page(client)


def in_arabic(text):
    """Return what an Arabic page says for a text of ours."""
    with translation.override("ar"):
        said = gettext(text)
    assert said != text
    return said


def test_a_translation_begins_as_a_draft_of_what_readers_see():
    original = make_article(sections=["Rest."], review_due=timezone.localdate())
    original.sections.update(body="Not out yet.")
    copy = publishing.translate(original, "ar", by=None)
    revision = copy.revisions.get()
    assert (copy.slug, copy.language, copy.translation_of) == ("sore-feet-ar", "ar", original)
    assert (revision.state, revision.based_on, revision.review_due) == ("draft", 1, None)
    assert [section["body"] for section in revision.sections] == ["Rest."]
    assert not copy.revisions.public().exists()


@pytest.mark.parametrize("language", ["en-gb", "de", ""])
def test_an_article_is_translated_into_another_language_of_the_site(language):
    with pytest.raises(Refused):
        publishing.translate(make_article(), language, by=None)
    assert Article.objects.count() == 1


def test_there_is_one_translation_in_each_language_and_none_of_a_translation_or_a_draft():
    original = make_article()
    translation = make_translation(original)
    for article, language in ((original, "ar"), (translation, "en-gb"), (make_article("New", published=False), "ar")):
        with pytest.raises(Refused):
            publishing.translate(article, language, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.create(title="x", slug="x", language="ar", translation_of=original)


def test_a_translation_without_a_translated_word_is_not_published():
    copy = publishing.translate(make_article(), "ar", by=None)
    with pytest.raises(Refused, match="Translate it first"):
        publishing.publish(copy, by=None)


def test_a_review_of_the_original_is_none_of_the_translation(client):
    original = make_article()
    publishing.review(original.revisions.get(), contributor=make_contributor(), correct_until=timezone.localdate())
    translation = make_translation(original)
    shown = trust.of(translation.revisions.published().get())
    assert (shown.reviews, shown.review, shown.earlier, shown.due) == ([], None, None, None)
    assert "Rosa" not in page(client)
    assert in_arabic("No doctor or other health professional has checked this text.") in page(client)
    assert "Rosa" in page(client, ENGLISH)


def test_a_review_of_the_translation_is_none_of_the_original(client):
    make_article()
    translation = make_translation(Article.objects.get())
    publishing.review(
        translation.revisions.published().get(), contributor=make_contributor(), correct_until=timezone.localdate()
    )
    assert "Rosa" in page(client)
    assert "Rosa" not in page(client, ENGLISH)


def test_who_wrote_the_original_can_not_review_its_translation():
    author = make_contributor()
    original = make_article(published=False)
    original.authors.add(author)
    publishing.publish(original, by=None)
    translation = make_translation(original)
    translation.authors.clear()
    publishing.publish(translation, by=None)
    assert gate.is_author(author, translation)


def test_an_article_that_translates_its_own_copy_has_authors():
    article = make_article()
    copy = publishing.duplicate(article, by=None)
    Article.objects.filter(pk=article.pk).update(language="ar", translation_of=copy)
    author = make_contributor()
    assert not gate.is_author(author, Article.objects.get(pk=article.pk))
    copy.authors.add(author)
    assert gate.is_author(author, Article.objects.get(pk=article.pk))


def test_a_translation_does_not_say_what_a_gone_original_said(client):
    translation = make_translation(original := make_article())
    publishing.withdraw(original, by=None, reason="It was wrong.")
    for form in ("article", "article_markdown", "article_json"):
        html = page(client, translation.get_absolute_url(form))
        assert "It was wrong." in html
        assert original.title not in html


def test_a_translation_names_its_original_and_leads_to_it(client):
    make_translation(make_article())
    html = page(client)
    assert in_arabic("This page is a translation of:") in html
    assert f'<a href="{ENGLISH}" lang="en-gb" dir="ltr" hreflang="en-gb">Sore feet</a>' in html
    assert "is a translation of" not in page(client, ENGLISH)


def test_each_of_a_family_names_all_of_it_and_no_draft(client):
    original = make_article()
    translation = make_translation(original, published=False)
    assert alternates(page(client, ENGLISH)) == []
    publishing.publish(translation, by=None)
    expected = [
        f'<link rel="alternate" hreflang="en-gb" href="{SITE}{ENGLISH}">',
        f'<link rel="alternate" hreflang="ar" href="{SITE}{ARABIC}">',
        f'<link rel="alternate" hreflang="x-default" href="{SITE}{ENGLISH}">',
    ]
    assert alternates(page(client, ENGLISH)) == alternates(page(client)) == expected
    publishing.withdraw(translation, by=None)
    assert alternates(page(client, ENGLISH)) == []


def test_a_page_without_a_translation_leads_to_the_other_languages_first_page(client):
    make_article()
    assert '<a href="/ar/" lang="ar" dir="rtl">العربية</a>' in page(client, ENGLISH)


def test_a_translation_is_behind_when_the_original_says_something_else(client):
    original = make_article()
    make_translation(original)
    assert not behind(client)
    change(original)
    assert behind(client)
    today = date_format(timezone.localdate(), "Y-m-d")
    day = f'<time datetime="{today}">'
    said = in_arabic("The original is newer: it was changed on %(day)s, and this page does not say so yet.")
    assert said.partition("%(day)s")[0] + day in page(client)


def test_a_change_back_or_of_what_is_not_translated_leaves_it_up_to_date(client):
    original = make_article(review_due=None)
    make_translation(original)
    change(original)
    change(original, "Rest your feet.")
    assert not behind(client)
    original.refresh_from_db()
    original.review_due = timezone.localdate()
    original.save()
    publishing.publish(original, by=None)
    assert not behind(client)


def test_a_change_of_the_original_counts_once_readers_see_it(client, now):
    original = make_article()
    make_translation(original)
    change(original, at=now + timedelta(seconds=20))
    assert not behind(client)
    assert held_for(client.get(ARABIC)) == 20


def test_a_translation_of_the_new_version_is_up_to_date_again(client):
    original = make_article()
    translation = make_translation(original)
    change(original)
    translation.refresh_from_db()
    translation.based_on = 2
    translation.save()
    publishing.publish(translation, by=None)
    assert not behind(client)
    restored = publishing.restore(translation.revisions.get(number=2), by=None)
    assert restored.based_on == 1
    publishing.publish(translation, by=None)
    assert behind(client)


def test_readers_are_told_that_the_original_was_taken_back(client):
    original = make_article()
    make_translation(original)
    publishing.withdraw(original, by=None, reason="It was wrong.")
    html = page(client)
    assert in_arabic("The original is no longer shown") in html
    assert '<span lang="en-gb" dir="ltr">It was wrong.</span>' in html
    assert ENGLISH not in html
    assert alternates(html) == []


def test_readers_are_told_that_the_original_is_no_longer_true(client):
    original = make_article()
    make_translation(original)
    publishing.warn(original, by=None)
    assert in_arabic("The original is no longer true") in page(client)


def test_a_duplicate_of_a_translation_is_an_article_of_its_own():
    copy = publishing.duplicate(make_translation(make_article()), by=None)
    assert (copy.language, copy.translation_of, copy.based_on) == ("ar", None, None)
    assert copy.revisions.get().based_on is None


# At the desk


def test_a_translation_of_a_deleted_article_can_still_be_edited(editor):
    original = make_article()
    translation = make_translation(original)
    publishing.withdraw(original, by=None)
    publishing.delete(original, by=None)
    form = AtDesk(editor, translation)
    form.write(title="أقدام")
    assert form.save().is_saved
    saved = Article.objects.get(pk=translation.pk)
    assert (saved.title, saved.translation_of, saved.based_on) == ("أقدام", original, 1)


def test_an_editor_begins_a_translation_by_a_button(editor_client, editor):
    original = make_article()
    path = f"/admin/articles/article/{original.pk}/translate/ar/"
    assert "Translate into: العربية" in page(editor_client, f"/admin/articles/article/{original.pk}/change/")
    assert editor_client.get(path).status_code == 302
    assert Article.objects.count() == 1
    response = editor_client.post(path, follow=True)
    assert "This is the draft to translate." in response.content.decode()
    assert Article.objects.get(language="ar").revisions.get().created_by == editor
    assert "is a translation into this language already" in editor_client.post(path, follow=True).content.decode()
    assert "Translate into" not in page(editor_client, f"/admin/articles/article/{original.pk}/change/")


def test_who_may_not_add_articles_begins_no_translation(client):
    original = make_article()
    client.force_login(make_staff("Vera", "view_article"))
    assert client.post(f"/admin/articles/article/{original.pk}/translate/ar/").status_code == 403


def test_the_desk_says_how_a_translation_stands(editor_client):
    original = make_article()
    translation = make_translation(original)
    form = f"/admin/articles/article/{translation.pk}/change/"
    assert "It is up to date." in page(editor_client, form)
    change(original)
    assert "The original has changed since: readers see its version 2" in page(editor_client, form)
    assert f"/admin/articles/article/{original.pk}/compare/?old=1&amp;new=2" in page(editor_client, form)
    assert "It is behind this text." in page(editor_client, f"/admin/articles/article/{original.pk}/change/")


def test_the_version_translated_is_chosen_from_those_that_readers_saw(editor, client):
    original = make_article()
    change(original)
    original.sections.update(body="A draft.")
    publishing.record(original, by=None)
    translation = make_translation(original)
    form = AtDesk(editor, translation)
    assert (form["based_on"], form["translation_of"]) == ("2", original.slug)
    form.write(based_on="3")
    assert not form.save().is_saved
    form.write(based_on="1")
    assert form.save().is_saved
    assert translation.revisions.last().based_on == 1


def test_without_a_version_the_present_one_is_meant(editor):
    original = make_article()
    article = make_article("New", published=False, language="ar")
    form = AtDesk(editor, article)
    form.write(translation_of=original.slug)
    assert form.save().is_saved
    assert (Article.objects.get(pk=article.pk).based_on, article.revisions.last().based_on) == (1, 1)
    form.write(translation_of="")
    assert form.save().is_saved
    assert Article.objects.get(pk=article.pk).based_on is None


@pytest.mark.parametrize("chosen", ["99", "x", "-1", "٣", "9" * 300, "https://[", "//", "a\0b", "new"])
def test_an_original_that_is_none_is_refused(editor, chosen):
    article = make_article("New", published=False, language="ar")
    form = AtDesk(editor, article)
    form.write(translation_of=chosen)
    form.save()
    assert form.response.status_code == 200
    assert not form.is_saved
    assert "There is no article to translate at" in form.words
    assert form["translation_of"] == chosen


@pytest.mark.parametrize(
    "address", ["sore-feet", " sore-feet/ ", "/articles/sore-feet/", "https://example.org/articles/sore-feet/?x=1#y"]
)
def test_an_original_is_chosen_by_its_address(editor, address):
    original = make_article()
    article = make_article("New", published=False, language="ar")
    form = AtDesk(editor, article)
    form.write(translation_of=address)
    assert form.save().is_saved
    assert Article.objects.get(pk=article.pk).translation_of == original
    assert form["translation_of"] == "sore-feet"


def offers(client, query):
    response = client.get("/admin/articles/article/originals/", {"q": query})
    return [row["slug"] for row in response.json()["originals"]]


def test_what_is_offered_is_what_can_be_translated(editor_client):
    original = make_article()
    make_translation(original)
    make_article("Sore hands", published=False)
    publishing.withdraw(make_article("Sore knees"), by=None)
    assert offers(editor_client, "sor") == ["sore-feet"]
    assert offers(editor_client, "أقدام") == offers(editor_client, "s") == offers(editor_client, "\0") == []


def test_only_who_sees_articles_is_offered_any(client):
    assert client.get("/admin/articles/article/originals/?q=sore").status_code == 302
    client.force_login(get_user_model().objects.create_user("nobody", is_staff=True))
    assert client.get("/admin/articles/article/originals/?q=sore").status_code == 403


def test_the_form_lists_no_articles_to_choose_from(editor_client):
    for number in range(3):
        make_article(f"Sore number {number}")
    html = page(editor_client, "/admin/articles/article/add/")
    assert "Sore number" not in html


def test_two_who_choose_another_original_see_both_titles(editor):
    first, second, third = make_article(), make_article("Cold hands"), make_article("Hot head")
    article = make_article("New", published=False, language="ar", translation_of=first)
    mine, theirs = AtDesk(editor, article), AtDesk(editor, article)
    theirs.write(translation_of=second.slug)
    assert theirs.save().is_saved
    mine.write(translation_of=f"/articles/{third.slug}/")
    assert not mine.save().is_saved
    assert "Cold hands" in mine.words
    assert "Hot head" in mine.words
    assert mine.save(translation_of__="keep").is_saved
    assert Article.objects.get(pk=article.pk).translation_of == third


def problems(article, **fields):
    for name, value in fields.items():
        setattr(article, name, value)
    return " ".join(sentence for _name, sentence in translating.problems(article))


def test_what_can_not_be_is_said():
    original = make_article(topic=Topic.objects.create(name="Feet", slug="feet"))
    translation = make_translation(original)
    new = make_article("New", published=False)
    assert "in another language than its original" in problems(new, translation_of=original)
    assert "already: “أقدام مؤلمة”" in problems(new, language="ar")
    assert "That article is a translation itself" in problems(new, translation_of=translation, language="en-gb")
    assert "has translations itself" in problems(original, translation_of=make_article("Other", language="ar"))
    assert "Readers know the article in its language" in problems(original, language="ar", translation_of=None)
    assert "This topic is for articles in English" in problems(translation, topic=original.topic)
    assert translating.problems(Article.objects.get(pk=original.pk)) == []


def test_the_language_of_what_readers_know_can_not_be_changed(editor):
    article = make_article()
    form = AtDesk(editor, article)
    assert "language" not in form.fields
    form.write(language="ar")
    form.save()
    assert Article.objects.get().language == "en-gb"


def test_the_language_of_a_draft_is_joined_like_all_that_has_no_versions(editor):
    article = make_article(published=False)
    publishing.record(article, by=None)
    first, second = AtDesk(editor, article), AtDesk(editor, article)
    first.write(language="ar")
    assert first.save().is_saved
    second.write(title="Tired feet")
    assert second.save().is_saved
    saved = Article.objects.get()
    assert (saved.language, saved.title) == ("ar", "Tired feet")


def test_two_who_choose_different_versions_decide(editor):
    original = make_article()
    change(original)
    change(original, "Rest more.")
    translation = make_translation(original)
    first, second = AtDesk(editor, translation), AtDesk(editor, translation)
    first.write(based_on="1")
    second.write(based_on="2")
    assert first.save().is_saved
    assert not second.save().is_saved
    assert second.undecided == ["based_on-"]
    assert "Decide: Version translated" in second.words
    assert second.save(based_on__="theirs").is_saved


def test_every_field_without_versions_has_a_way_into_the_form():
    assert set(joining.IDENTITY) == {"slug", "topic", "language", "translation_of"}
    assert "based_on" in Revision.PLAIN


def test_a_comparison_names_the_version_translated(editor_client):
    original = make_article()
    change(original)
    translation = make_translation(original)
    translation.based_on = 1
    translation.save()
    publishing.record(translation, by=None)
    newest = publishing.newest(translation).number
    html = page(editor_client, f"/admin/articles/article/{translation.pk}/compare/?old={newest - 1}&new={newest}")
    assert "version translated" in words(html).lower()


def test_a_topic_keeps_the_language_of_its_articles(editor_client):
    topic = Topic.objects.create(name="Feet", slug="feet")
    make_article(topic=topic)
    data = {"name": "Feet", "slug": "feet", "description": "", "language": "ar"}
    response = editor_client.post(f"/admin/articles/topic/{topic.pk}/change/", data)
    assert "The topic has articles in another language." in response.content.decode()
