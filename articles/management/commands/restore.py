"""Make the site again from a backup that `backup` wrote."""

from argparse import SUPPRESS

from django.core.management.base import BaseCommand, CommandError

from articles import restoring


class Command(BaseCommand):
    help = (
        "Puts all of a backup in place of what is here: checks the file as a whole, then restores each row and each "
        "picture, compares them, and leaves everything as it was should anything go wrong. Readers go on reading "
        "meanwhile, and nothing can be saved."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", metavar="PATH", help="a file that `backup` wrote")
        parser.add_argument(
            "--dry-run", action="store_true", help="Check the file, say what would be done, and do nothing."
        )
        parser.add_argument(
            "--replace", action="store_true", help="also where there is a site; a backup of it is made first"
        )
        parser.add_argument("--stage", action="store_true", help=SUPPRESS)

    def handle(self, *, path, dry_run, replace, stage, **options):
        if stage:
            return restoring.stage(path)
        try:
            for line in restoring.restore(path, replace=replace, dry_run=dry_run):
                if options["verbosity"]:
                    self.stdout.write(line)
                    self.stdout.flush()
        except restoring.NotRestored as error:
            raise CommandError("\n".join([*error.args, "Nothing was changed."])) from None
        except restoring.NotFinished as error:
            raise CommandError(error.args[0]) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. The site is as it was.", returncode=130) from None
        if dry_run:
            self.stdout.write("A dry run: nothing was changed.")
        return None
