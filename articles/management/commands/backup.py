"""Write all of the site into one file, from which `restore` makes it again."""

import re
from argparse import ArgumentTypeError

from django.core.management.base import BaseCommand, CommandError

from articles import backups


class Command(BaseCommand):
    help = (
        "Writes the database and all pictures, as they are at one moment, into one compressed file, reads it again to "
        "check it, and removes older backups that newer ones make superfluous. Readers and editors go on meanwhile. "
        "With BACKUP_KEY it is encrypted."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "path", metavar="PATH", help="a folder, in which the file is named by the time, or the name of a file"
        )
        parser.add_argument(
            "--keep",
            type=numbers,
            default=backups.KEEP,
            metavar="DAYS,WEEKS,MONTHS",
            help="of a folder's backups, keep the newest of so many days, weeks and months "
            f"(default: {','.join(map(str, backups.KEEP))}), or `all`",
        )

    def handle(self, *, path, keep, **options):
        try:
            for line in backups.make(path, keep=keep):
                if options["verbosity"]:
                    self.stdout.write(line)
                    self.stdout.flush()
        except backups.NotMade as error:
            raise CommandError(f"{error.args[0]}\nNo backup was made, and none was removed.") from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. No backup was made, and none was removed.", returncode=130) from None


def numbers(text):
    """Return three numbers as a tuple, or None for the word `all`."""
    if text == "all":
        return None
    if not re.fullmatch(r"\d{1,4},\d{1,4},\d{1,4}", text):
        raise ArgumentTypeError("write three numbers, of days, weeks and months: 7,4,12; or all")
    return tuple(map(int, text.split(",")))
