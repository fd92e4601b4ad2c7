from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0005_section_kinds'),
    ]

    operations = [
        migrations.AddField(
            model_name='vote',
            name='reason',
            field=models.CharField(blank=True, choices=[('hard', 'It is hard to understand'), ('missing', 'Something is missing'), ('wrong', 'Something seems wrong or out of date'), ('not_mine', 'It does not fit my problem'), ('did_not_help', 'I tried it, and it did not help'), ('clear', 'It was clear'), ('eased', 'It eased my cramp'), ('know_more', 'I know better what to do')], max_length=20),
        ),
        migrations.AddField(
            model_name='vote',
            name='section',
            field=models.CharField(blank=True, max_length=80),
        ),
    ]
