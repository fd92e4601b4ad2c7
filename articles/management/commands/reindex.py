"""Make what search and the lists are found by anew."""

from django.core.management.base import BaseCommand

from articles import finding


class Command(BaseCommand):
    help = "Writes anew what search, A to Z and topics find articles by. Readers can go on reading meanwhile."

    def add_arguments(self, parser):
        parser.add_argument("--missing", action="store_true", help="Only of articles that have none.")

    def handle(self, *, missing, **options):
        number = 0
        for number, article in enumerate(finding.reindex(missing), start=1):
            if options["verbosity"] > 1 or number % 1000 == 0:
                self.stdout.write(f"{number}: {article}")
        if options["verbosity"]:
            self.stdout.write(f"Done: {number} article{'' if number == 1 else 's'}.")
