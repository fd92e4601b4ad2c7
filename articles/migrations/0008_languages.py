import articles.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0007_glossary'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='based_on',
            field=models.PositiveIntegerField(blank=True, help_text="The number of the original's version that this text says. Readers hear when there is a newer one.", null=True, verbose_name='version translated'),
        ),
        migrations.AddField(
            model_name='article',
            name='language',
            field=models.CharField(choices=articles.models.languages, default='en-gb', help_text='What the text is written in. Each language has its own addresses.', max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='article',
            name='translation_of',
            field=models.ForeignKey(blank=True, help_text='The article in another language that this one says the same as. It needs a review of its own.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='articles.article', verbose_name='translation of'),
        ),
        migrations.AddField(
            model_name='revision',
            name='based_on',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='sitestatement',
            name='language',
            field=models.CharField(choices=articles.models.languages, default='en-gb', max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='topic',
            name='language',
            field=models.CharField(choices=articles.models.languages, default='en-gb', help_text='Of its articles.', max_length=10, verbose_name='language'),
        ),
    ]
