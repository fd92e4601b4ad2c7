import datetime

from django.db import migrations, models
from django.db.models.functions import TruncDate
from django.utils import timezone

import articles.models.voting


def fill(apps, schema_editor):
    """Give each vote the day of its last change, in one statement."""
    day = TruncDate("updated_at", tzinfo=timezone.get_default_timezone())
    apps.get_model("articles", "Vote").objects.using(schema_editor.connection.alias).update(day=day)


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0017_work_list'),
    ]

    operations = [
        migrations.AddField(
            model_name='vote',
            name='day',
            field=articles.models.voting.DayField(default=datetime.date(1970, 1, 1), editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='vote',
            name='updated_at',
            field=models.DateTimeField(db_index=True, default=timezone.now),
        ),
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(fields=['article', 'updated_at'], name='vote_of_article'),
        ),
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(fields=['day', 'value'], name='vote_by_day'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['day', 'value', 'count'], name='tally_by_day'),
        ),
    ]
