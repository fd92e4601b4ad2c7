"""Make drafts of files: pages that were saved or copied from an old site, texts, Word documents."""

import os
import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles import archive, importing, reading
from articles.importing import Action
from articles.workflow import Refused


class Command(BaseCommand):
    help = (
        "Makes a draft of each file (.md, .txt, .html, .docx), or of each in a folder. A file that was imported before "
        "changes its draft, unless that was edited since. A folder that export_articles wrote is put back."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
        parser.add_argument("--dry-run", action="store_true", help="Say what would become of each line.")
        parser.add_argument("--publish", action="store_true", help="Publish what may go out, say why others can't.")
        parser.add_argument(
            "--edited",
            choices=["take", "keep", "new"],
            help="Where an article was edited since its import: take the file's text, keep the article's, "
            "or make a new article. Without it, such files are listed and left alone.",
        )

    def handle(self, *, paths, **options):
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a terminal that can't show a letter still imports it
        self.options, self.counts = options, Counter()
        roots = [Path(path) for path in paths]
        for root in roots:
            if not root.exists():
                raise CommandError(f"There is no file or folder at {root}. Nothing was imported.")
        found = [file for root in roots for file in self.files(root)]
        if not found and not self.counts and not any(map(archive.is_archive, roots)):
            self.stdout.write("There is no file in it that can be imported.")
        for number, (name, path) in enumerate(found, start=1):
            self.counts[self.one(f"{number} of {len(found)}", name, path)] += 1
        self.summary()

    def files(self, root):
        """Return the files of a path to be imported, as (name, path), in order; a whole export goes another way."""
        if not root.is_dir():
            return [(root.name, root)]
        if archive.is_archive(root):
            self.restore(root)
            return []
        home = root.resolve()
        if whole := next(filter(archive.is_archive, home.parents), None):
            raise CommandError(f"{root} is a part of what export_articles wrote. Import all of it: {whole}")
        found, others = [], Counter()
        for folder, folders, names in os.walk(home, onerror=self.unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
                if path.suffix.lower() in reading.READERS and path.is_file() and path.resolve().is_relative_to(home):
                    found.append((f"{home.name}/{path.relative_to(home).as_posix()}", path))
                else:
                    others[path.suffix.lower() or path.name] += 1
        if others:
            kinds = ", ".join(f"{count} × {kind}" for kind, count in sorted(others.items()))
            self.stdout.write(f"Left out of {root}, for they are no articles: {printable(kinds)}")
        return found

    def unreadable(self, error):
        self.counts[Action.REFUSED] += 1
        self.stdout.write(f"The folder {printable(error.filename)} can't be read: {error.strerror}.")

    def restore(self, root):
        """Put an export back, or say why not."""
        publish, dry_run = self.options["publish"], self.options["dry_run"]
        try:
            for line in archive.restore(root, by=None, publish=publish, dry_run=dry_run):
                self.stdout.write(str(line))
        except Refused as error:
            self.counts[Action.REFUSED] += 1
            for reason in error.reasons:
                self.stdout.write(str(reason))

    def one(self, place, name, path):
        """Import one file, or say what would come of it; return its Action."""
        try:
            content = path.read_bytes()
        except OSError as error:
            made = importing.Plan(importing.clean_name(name), Action.REFUSED, f"It can't be read: {error.strerror}.")
        else:
            made = importing.plan(name, content)
        said = [made.sentence, *made.warnings]
        if not self.options["dry_run"] and made.action != Action.REFUSED:
            choice = self.options["edited"]
            result = importing.apply(made, by=None, choice=choice, publish=self.options["publish"])
            said = [*result.sentences, *made.warnings]
            if result.action in importing.CHOICES and not result.was_done:
                said.append("To decide, use --edited, or import the file in the admin.")
        self.stdout.write(f"{place}  {made.name}: {made.action.label}. {' '.join(map(str, said))}")
        if self.options["dry_run"] and made.reading:
            self.report(made)
        return made.action

    def report(self, made):
        """Print line by line what becomes of a file."""
        self.stdout.write(f"    Title: {made.text['title']}")
        for name, value, became in made.taken.report:
            self.stdout.write(f"    {name}: {value} → {became}")
        for line in made.reading.report:
            self.stdout.write(f"    {line.number:>5}  {line.said} → {line.became}")

    def summary(self):
        did = "Would be" if self.options["dry_run"] else "Done"
        said = ", ".join(f"{count} × {Action(action).label}" for action, count in self.counts.items())
        if said:
            self.stdout.write(f"{did}: {said}")
        if refused := self.counts[Action.REFUSED]:
            raise CommandError(f"Not imported: {refused}. The lines above say why. Nothing of these was changed.")


def printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
