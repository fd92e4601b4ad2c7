import articles.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0006_follow_up'),
    ]

    operations = [
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=articles.models.languages, default='en-gb', max_length=10, verbose_name='language')),
                ('term', models.CharField(help_text='As it stands in articles: electrolytes.', max_length=60, verbose_name='term')),
                ('forms', models.CharField(blank=True, help_text='Other ways it is written, with commas between: electrolyte.', max_length=200, verbose_name='other forms')),
                ('meaning', models.CharField(help_text='In a sentence that needs no other explanation.', max_length=300, verbose_name='plain meaning')),
            ],
            options={
                'verbose_name': 'glossary term',
                'verbose_name_plural': 'glossary',
                'ordering': ['term'],
                'constraints': [models.UniqueConstraint(fields=('language', 'term'), name='term_unique_in_language')],
            },
        ),
    ]
