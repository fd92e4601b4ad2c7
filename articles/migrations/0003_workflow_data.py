"""Fill what the workflow needs: the place of each revision, a revision of each working copy, what was
published so far as events, the three roles, and the first site statement.
"""

from django.db import migrations

ROLES = {
    "Author": "view_article add_article change_article submit_article view_topic view_contributor "
    "view_section add_section change_section delete_section view_source add_source change_source delete_source",
    "Reviewer": "view_article review_article view_section view_source",
}
ROLES["Editor"] = (
    ROLES["Author"] + " publish_article withdraw_article delete_article add_topic change_topic delete_topic "
    "add_contributor change_contributor delete_contributor view_sitestatement change_sitestatement view_event"
)

SAFETY = """This is general information and no substitute for a health professional.
Do not stop or change a prescribed medicine because of this page. Ask a doctor or pharmacist.
With any exercise, hold on to something steady, and stop if it hurts more."""

ABOUT = """This site explains health problems in plain words and says what you can do about them.

# No substitute for a doctor

What you read here is general information. It does not know you, your illnesses or your medicines. \
If you are worried, or if something gets worse, ask a doctor, nurse or pharmacist.

Each article says whether a health professional has checked it. Until an article says so, nobody has."""


def place_revisions(apps, schema_editor):
    Revision, Event = (apps.get_model("articles", name) for name in ("Revision", "Event"))
    published = Revision.objects.exclude(published_at=None)
    published.update(state="published")
    for revision in published.select_related("created_by"):
        Revision.objects.filter(pk=revision.pk).update(public_note=revision.note)
        Event.objects.create(
            at=revision.published_at,
            by=revision.created_by,
            who=revision.created_by.username if revision.created_by else "The site itself",
            action="publish",
            article_id=revision.article_id,
            revision=revision,
            note=revision.note,
        )


def record_working_copies(apps, schema_editor):
    Article = apps.get_model("articles", "Article")
    for article in Article.objects.all():
        names = ("title", "also_called", "summary")
        text = {name: getattr(article, name) for name in names} | {
            "sections": [
                {"key": section.key, "kind": section.kind, "heading": section.heading, "body": section.body}
                for section in article.sections.all()
            ]
        }
        newest = article.revisions.order_by("number").last()
        if newest is None or any(getattr(newest, name) != value for name, value in text.items()):
            article.revisions.create(number=newest.number + 1 if newest else 1, **text)


def make_roles(apps, schema_editor):
    Group, Permission, ContentType = (
        apps.get_model(app, name)
        for app, name in (("auth", "Group"), ("auth", "Permission"), ("contenttypes", "ContentType"))
    )
    names = {
        "submit_article": "Can submit an article for review",
        "review_article": "Can sign a review of an article",
        "publish_article": "Can publish an article",
        "withdraw_article": "Can withdraw an article",
    }
    for role, codenames in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        for codename in codenames.split():
            action, _underscore, model = codename.partition("_")
            kind, _created = ContentType.objects.get_or_create(app_label="articles", model=model)
            # Django makes permissions after all migrations; with the same names, it finds these.
            verbose = "site statement" if model == "sitestatement" else model
            permission, _created = Permission.objects.get_or_create(
                codename=codename, content_type=kind, defaults={"name": names.get(codename, f"Can {action} {verbose}")}
            )
            group.permissions.add(permission)


def make_statement(apps, schema_editor):
    apps.get_model("articles", "SiteStatement").objects.create(safety=SAFETY, about=ABOUT, note="As the site came")


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0002_publishing"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(step, migrations.RunPython.noop)
        for step in (place_revisions, record_working_copies, make_roles, make_statement)
    ]
