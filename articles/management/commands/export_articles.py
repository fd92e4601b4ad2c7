"""Write all that editors wrote into a folder that people can read."""

from django.core.management.base import BaseCommand, CommandError

from articles import archive
from articles.workflow import Refused


class Command(BaseCommand):
    help = "Writes all articles, with their history, people and pictures, into a folder of Markdown files."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", help="A new or empty folder, or an earlier export to replace.")

    def handle(self, *, folder, **options):
        try:
            for line in archive.export(folder):
                if options["verbosity"]:
                    self.stdout.write(line)
        except Refused as refused:
            raise CommandError(" ".join(map(str, refused.reasons))) from None
        if options["verbosity"]:
            self.stdout.write(f"Done: {folder}")
