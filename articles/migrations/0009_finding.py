import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0008_languages'),
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=80)),
                ('heading', models.CharField(max_length=400)),
                ('text', models.TextField()),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='articles.revision')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('revision', 'key'), name='entry_unique_in_revision')],
            },
        ),
        migrations.CreateModel(
            name='Name',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('letter', models.CharField(max_length=2)),
                ('is_title', models.BooleanField()),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='names', to='articles.revision')),
            ],
            options={
                'indexes': [models.Index(fields=['letter', 'name'], name='name_from_a_to_z')],
            },
        ),
    ]
