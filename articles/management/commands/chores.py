"""Do what the site else does by itself, for those who let a timer of their own do it."""

from django.core.management.base import BaseCommand, CommandError

from articles import chores
from articles.models import Chore


class Command(BaseCommand):
    help = "Does the chores that are due. `serve` runs it by itself, unless CHORES is false."

    def add_arguments(self, parser):
        names = [job.name for job in chores.JOBS]
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"Do these, due or not: {', '.join(names)}.")
        parser.add_argument("--list", action="store_true", help="Print when each was done last, and do nothing.")

    def handle(self, *, names, list, **options):
        if unknown := set(names) - {job.name for job in chores.JOBS}:
            raise CommandError(f"There is no chore “{min(unknown)}”. See: manage.py chores --list")
        if list:
            return self.show()
        done, failed = chores.run(names)
        if options["verbosity"]:
            self.stdout.write(f"Done: {', '.join(done) or 'nothing was due'}.")
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}. The lines above say why.")
        return None

    def show(self):
        last = dict(Chore.objects.values_list("name", "done_at"))
        for job in chores.JOBS:
            at = last.get(job.name, chores.NEVER)
            when = "never" if at == chores.NEVER else f"{at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{job.name}: {when}{'' if job.is_on() else ' (switched off)'}")
