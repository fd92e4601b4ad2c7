"""Django's command, which here makes a backup before it changes the tables of a site."""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from articles import backups
from articles.schema import Level


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--no-backup", action="store_true", help="Make no backup before.")

    def handle(self, *args, no_backup, **options):
        if not no_backup and changes_a_site(**options):
            self.back_up()
        super().handle(*args, **options)

    def back_up(self):
        try:
            lines = list(backups.make(backups.folder(), label="-before-upgrade"))
        except backups.NotMade as error:
            words = "The site was not brought up to date, for no backup of it could be made before"
            raise CommandError(f"{words}: {error}\nTo do without: manage.py migrate --no-backup") from None
        self.stdout.write("\n".join(["A backup before the upgrade:", *lines]))


def changes_a_site(*, database, app_label, plan, check_unapplied, **options):
    """Return whether migrations would change tables that have rows."""
    if database != DEFAULT_DB_ALIAS or plan or check_unapplied:
        return False
    level = Level(database)
    return (level.is_older or bool(app_label)) and not level.is_empty()
