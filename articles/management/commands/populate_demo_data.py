"""Fill a site with sample articles, or take them away again."""

import time

from django.core.management.base import BaseCommand, CommandError

from articles import bulk_samples, samples, unsampling


class Command(BaseCommand):
    help = (
        "Fills the site with one of everything: articles in each state, pictures, topics, people, votes. All of it is "
        "marked as sample. What is there already is not made twice."
    )

    def add_arguments(self, parser):
        parser.add_argument("--articles", type=int, default=0, metavar="N", help="and N plain published articles")
        parser.add_argument("--remove", action="store_true", help="take all samples away again, and nothing else")
        parser.add_argument("--yes", action="store_true", help="also on a site that has articles of its own")

    def handle(self, *, articles, remove, yes, **options):
        if remove:
            self.remove()
            return
        if articles < 0 or articles > 999_999:
            raise CommandError("Write a number of articles from 0 to 999999.")
        if not yes and samples.others().exists():
            raise CommandError(
                "This site has articles of its own, so nothing was made: readers would find samples beside them. "
                "If you want that, add --yes."
            )
        number = samples.fill()
        self.stdout.write(f"{number} sample articles were made, with all that belongs to them.")
        self.fill(articles)
        self.stdout.write(
            "The accounts sample-author, sample-reviewer and sample-editor have no password, so nobody can sign in "
            "with them. To give one a password: manage.py changepassword sample-editor"
        )

    def fill(self, wanted):
        began, before = time.monotonic(), None
        for number in bulk_samples.fill(wanted):
            before = number if before is None else before
            speed = (number - before) / (time.monotonic() - began)
            self.stdout.write(f"{number:,} of {wanted:,} plain articles, {speed:.0f} a second")
            self.stdout.flush()

    def remove(self):
        gone = 0
        for number in unsampling.remove():
            gone += number
            self.stdout.write(f"{gone:,} sample articles are gone.")
        self.stdout.write("No samples are left.")
