from django.db import migrations

# PostgreSQL keeps what is new in an index of this kind in a list first, and reads all of that list with each search:
# 3 ms for each of its queries where 100,000 articles had just come in. Publications are seldom, and may take longer.
AT_ONCE = "ALTER INDEX entry_by_stem SET (fastupdate = {}); SELECT gin_clean_pending_list('entry_by_stem')"


def set_at_once(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(AT_ONCE.format("off"))


def set_later(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(AT_ONCE.format("on"))


class Migration(migrations.Migration):
    dependencies = [("articles", "0026_sessions")]

    operations = [migrations.RunPython(set_at_once, set_later)]
