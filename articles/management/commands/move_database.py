"""Move the site to another database, most often from SQLite to PostgreSQL."""

from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from articles import moving, pausing


class Command(BaseCommand):
    help = (
        "Copies the whole database of the site into another one, which is empty, and compares both row by row. "
        "Readers go on reading; nothing can be saved meanwhile, nor afterwards until the site is started with the new "
        "database as its DATABASE_URL."
    )

    def add_arguments(self, parser):
        ways = parser.add_mutually_exclusive_group(required=True)
        ways.add_argument("address", nargs="?", metavar="URL", help="postgres://user:password@host:5432/name")
        ways.add_argument("--stay", action="store_true", help="Let writing go on here after a move after all.")

    def handle(self, *, address, stay, **options):
        if stay:
            pausing.stay()
            self.stdout.write("Writing goes on in this database. What was written in another one is not in it.")
            return
        try:
            for line in moving.move(address):
                if options["verbosity"]:
                    self.stdout.write(line)
                    self.stdout.flush()
        except (moving.NotMoved, pausing.Busy) as error:
            raise CommandError("\n".join([*error.args, "Nothing was moved."])) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Nothing was moved, and writing goes on here.", returncode=130) from None
        self.stdout.write(
            f"Nothing can be saved here any more. Start the site anew with DATABASE_URL={hidden(address)}\n"
            "To stay with this database instead: manage.py move_database --stay"
        )


def hidden(address):
    """Return an address without its password."""
    password = urlsplit(address).password
    return address.replace(f":{password}@", ":…@") if password else address
