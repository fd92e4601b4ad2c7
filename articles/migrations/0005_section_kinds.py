import articles.rendering
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0004_published_has_time'),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(help_text="What editors look for it by. Readers don't see it.", max_length=120, unique=True, verbose_name='name')),
                ('drawing', models.CharField(blank=True, max_length=80, verbose_name='drawing')),
                ('image', models.CharField(blank=True, max_length=200, verbose_name='image')),
                ('alt', models.CharField(blank=True, help_text="What it shows, for readers who can't see it: what matters of it, in a sentence.", max_length=125, verbose_name='description')),
                ('is_decorative', models.BooleanField(default=False, help_text='It says nothing that the text does not say.', verbose_name='decorative')),
                ('caption', models.CharField(blank=True, help_text='Shown below it to everybody. May stay empty.', max_length=200, verbose_name='caption')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'ordering': ['title'],
                'constraints': [models.CheckConstraint(condition=models.Q(('drawing', ''), ('image', ''), _connector='XOR'), name='picture_is_drawing_or_image')],
            },
        ),
        migrations.AddField(
            model_name='section',
            name='benefit',
            field=models.TextField(blank=True, help_text='What good it can do, and for how many.', validators=[articles.rendering.validate_length], verbose_name='benefit'),
        ),
        migrations.AddField(
            model_name='section',
            name='certainty',
            field=models.TextField(blank=True, help_text='And on what evidence: cite the sources.', validators=[articles.rendering.validate_length], verbose_name='how sure we are'),
        ),
        migrations.AddField(
            model_name='section',
            name='do',
            field=models.TextField(blank=True, help_text='One thing on each line.', validators=[articles.rendering.validate_length], verbose_name='do'),
        ),
        migrations.AddField(
            model_name='section',
            name='do_not',
            field=models.TextField(blank=True, help_text='One thing on each line, each starting with “do not”.', validators=[articles.rendering.validate_length], verbose_name="don't"),
        ),
        migrations.AddField(
            model_name='section',
            name='hold',
            field=models.PositiveSmallIntegerField(blank=True, help_text='How long to hold the stretch each time.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='hold, in seconds'),
        ),
        migrations.AddField(
            model_name='section',
            name='how_it_works',
            field=models.TextField(blank=True, validators=[articles.rendering.validate_length], verbose_name='how it works'),
        ),
        migrations.AddField(
            model_name='section',
            name='minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='for how long, in minutes'),
        ),
        migrations.AddField(
            model_name='section',
            name='postures',
            field=models.CharField(blank=True, help_text='Where it can be done. Without any, readers see it wherever they are.', max_length=40, verbose_name='position of the body'),
        ),
        migrations.AddField(
            model_name='section',
            name='questions',
            field=models.TextField(blank=True, help_text='One question on each line.', validators=[articles.rendering.validate_length], verbose_name='questions'),
        ),
        migrations.AddField(
            model_name='section',
            name='repeats',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Either this or the minutes.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='how many times'),
        ),
        migrations.AddField(
            model_name='section',
            name='rest',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Between two holds. Empty: the reader says when to go on.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='rest, in seconds'),
        ),
        migrations.AddField(
            model_name='section',
            name='risk',
            field=models.TextField(blank=True, help_text='What harm it can do, and to how many.', validators=[articles.rendering.validate_length], verbose_name='risk'),
        ),
        migrations.AddField(
            model_name='section',
            name='sides',
            field=models.CharField(blank=True, choices=[('together', 'Both sides together'), ('each', 'One side, then the other')], max_length=20, verbose_name='sides'),
        ),
        migrations.AddField(
            model_name='section',
            name='steps',
            field=models.TextField(blank=True, help_text='One step on each line. The page numbers them.', validators=[articles.rendering.validate_length], verbose_name='steps'),
        ),
        migrations.AddField(
            model_name='section',
            name='stop_if',
            field=models.TextField(blank=True, help_text='When to stop at once: one reason on each line.', validators=[articles.rendering.validate_length], verbose_name='stop if'),
        ),
        migrations.AddField(
            model_name='section',
            name='times_a_day',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Readers get as many boxes to tick.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)], verbose_name='times a day'),
        ),
        migrations.AddField(
            model_name='section',
            name='when',
            field=models.CharField(blank=True, choices=[('during', 'During a cramp'), ('prevent', 'To prevent cramps')], max_length=20, verbose_name='when'),
        ),
        migrations.AddField(
            model_name='section',
            name='without',
            field=models.TextField(blank=True, validators=[articles.rendering.validate_length], verbose_name='what if you do nothing'),
        ),
        migrations.AlterField(
            model_name='section',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('act_now', 'Act now'), ('non_urgent', 'Care card: see a doctor'), ('urgent', 'Care card: get help urgently'), ('emergency', 'Care card: emergency'), ('do_dont', "Do and don't"), ('exercise', 'Exercise'), ('option', 'Treatment option'), ('questions', 'Questions to ask'), ('more_help', 'More help')], default='text', help_text='“Act now” stands right under the title. A care card says when to get help; let its heading end in “if:” and say how urgent it is.', max_length=20, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='section',
            name='picture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='articles.picture', verbose_name='picture'),
        ),
        migrations.AddField(
            model_name='section',
            name='picture_2',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='articles.picture', verbose_name='second picture'),
        ),
        migrations.AddField(
            model_name='section',
            name='picture_3',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='articles.picture', verbose_name='third picture'),
        ),
    ]
