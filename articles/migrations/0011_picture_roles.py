"""Let authors fill the library of pictures, and editors weed it too."""

from django.db import migrations

ROLES = {
    "Author": ("view", "add", "change"),
    "Editor": ("view", "add", "change", "delete"),
}


def grant(apps, schema_editor):
    Group, Permission, ContentType = (
        apps.get_model(app, name)
        for app, name in (("auth", "Group"), ("auth", "Permission"), ("contenttypes", "ContentType"))
    )
    picture, _created = ContentType.objects.get_or_create(app_label="articles", model="picture")
    for role, actions in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        for action in actions:
            # Django makes permissions after all migrations; with the same names, it finds these.
            permission, _created = Permission.objects.get_or_create(
                codename=f"{action}_picture", content_type=picture, defaults={"name": f"Can {action} picture"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0010_translations"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
