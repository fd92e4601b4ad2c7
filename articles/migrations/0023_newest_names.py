"""Lists that don't look through all articles: names know when their revision came out, the desk's list has indexes."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    revisions = apps.get_model("articles", "Revision").objects.filter(pk=OuterRef("revision"))
    apps.get_model("articles", "Name").objects.update(published_at=Subquery(revisions.values("published_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("articles", "0022_pages")]
    operations = [
        migrations.AddField("name", "published_at", models.DateTimeField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("name", "published_at", models.DateTimeField()),
        migrations.AddIndex(
            "name",
            models.Index(
                condition=models.Q(is_title=True),
                fields=["language", "-published_at", "-revision"],
                name="name_newest",
            ),
        ),
        migrations.AddIndex(
            "name",
            models.Index(
                condition=models.Q(is_title=True),
                fields=["topic", "-published_at", "-revision"],
                name="name_newest_of_topic",
            ),
        ),
        migrations.AddIndex(
            "article",
            models.Index(condition=models.Q(deleted_at=None), fields=["title", "-id"], name="article_by_title"),
        ),
        migrations.AddIndex(
            "article",
            models.Index(
                condition=models.Q(deleted_at=None), fields=["-updated_at", "-id"], name="article_last_saved"
            ),
        ),
    ]
