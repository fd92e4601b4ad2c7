from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0025_votes_without_index"), ("sessions", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Remembered",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("value", models.TextField()),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("account", models.BigIntegerField(db_index=True, null=True)),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
        # Nobody can use the sessions of before any more, and nothing would delete them when they end.
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
