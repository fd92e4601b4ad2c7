from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("articles", "0023_newest_names")]

    # Rows of before have so ended when they began: a network may vote as often again as it may in an hour.
    operations = [migrations.RenameField("window", "opened_at", "ends_at")]
