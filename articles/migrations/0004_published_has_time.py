from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0003_workflow_data'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', False), ('state', 'published')), models.Q(models.Q(('state', 'published'), _negated=True), ('published_at__isnull', True)), _connector='OR'), name='revision_published_has_time'),
        ),
    ]
