"""Fold votes whose cookie has ended into counts."""

from django.core.management.base import BaseCommand

from articles import folding


class Command(BaseCommand):
    help = (
        "Turns votes older than 90 days into counts per version, day, section and reason, which no longer tell one "
        "reader from another. Every new vote does so with a few; this does it with all. No figure changes by it."
    )

    def handle(self, **options):
        done = 0
        for folded in folding.batches():
            done += folded
            if options["verbosity"] > 1 or done // 10_000 > (done - folded) // 10_000:
                self.stdout.write(f"{done} votes")
        if options["verbosity"]:
            self.stdout.write(f"Done: {done} vote{'' if done == 1 else 's'} folded.")
