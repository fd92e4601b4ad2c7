import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Which stems stand in which part of an article (articles/search_index.py). What is public already gets its rows
# from `manage.py reindex --missing`, which every start runs: a migration can't call code that will change.
SET_UP = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS articles_stems "
        "USING fts5(names, heading, text, language, tokenize='unicode61 remove_diacritics 0', prefix='2 3')"
    ),
    "postgresql": (
        "ALTER TABLE articles_entry ADD COLUMN IF NOT EXISTS stems tsvector; "
        "CREATE INDEX IF NOT EXISTS entry_by_stem ON articles_entry USING gin (stems)"
    ),
}
TEAR_DOWN = {
    "sqlite": "DROP TABLE IF EXISTS articles_stems",
    "postgresql": "ALTER TABLE articles_entry DROP COLUMN IF EXISTS stems",
}


def set_up(apps, schema_editor):
    schema_editor.execute(SET_UP[schema_editor.connection.vendor])


def tear_down(apps, schema_editor):
    schema_editor.execute(TEAR_DOWN[schema_editor.connection.vendor])


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0012_exercise_line'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Word',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40, unique=True)),
                ('beginning', models.CharField(max_length=1)),
                ('ending', models.CharField(max_length=2)),
                ('length', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.AlterModelOptions(
            name='name',
            options={'ordering': ['sort', 'pk']},
        ),
        migrations.RemoveIndex(
            model_name='name',
            name='name_from_a_to_z',
        ),
        migrations.AddField(
            model_name='name',
            name='language',
            field=models.CharField(default='en-gb', max_length=10),
        ),
        migrations.AddField(
            model_name='name',
            name='sort',
            field=models.CharField(default='', max_length=200),
        ),
        migrations.AddField(
            model_name='name',
            name='topic',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='names', to='articles.topic'),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='article_expiry'),
        ),
        migrations.AddIndex(
            model_name='name',
            index=models.Index(fields=['language', 'letter', 'sort', 'id'], name='name_from_a_to_z'),
        ),
        migrations.AddIndex(
            model_name='name',
            index=models.Index(fields=['language', 'is_title', 'sort', 'id'], name='name_titles'),
        ),
        migrations.AddIndex(
            model_name='name',
            index=models.Index(fields=['topic', 'is_title', 'sort', 'id'], name='name_in_topic'),
        ),
        migrations.AddIndex(
            model_name='revision',
            index=models.Index(fields=['published_at'], name='revision_by_time'),
        ),
        migrations.AddIndex(
            model_name='word',
            index=models.Index(fields=['beginning', 'length'], name='word_by_beginning'),
        ),
        migrations.AddIndex(
            model_name='word',
            index=models.Index(fields=['ending', 'length'], name='word_by_ending'),
        ),
        migrations.RunPython(set_up, tear_down),
    ]
