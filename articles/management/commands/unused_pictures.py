"""Find the files of pictures that nothing shows, and delete them if asked to."""

from django.core.management.base import BaseCommand, CommandError

from articles import library


class Command(BaseCommand):
    help = (
        "Lists the images that were uploaded and that no article, earlier version, site statement or picture of the "
        "library names. With --delete, those that are a day old are deleted for good."
    )

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="delete their files")

    def handle(self, **options):
        try:
            self.list_or_delete(**options)
        except OSError as error:
            raise CommandError(f"The files can't be read or deleted: {error.strerror}.") from None

    def list_or_delete(self, **options):
        if options["delete"]:
            self.stdout.write(f"{library.delete_unused(by=None)} images deleted.")
            return
        found = library.unused()
        for image in found:
            young = " (stays: uploaded within the last day)" if image.is_young else ""
            self.stdout.write(f"{image.uploaded_at:%Y-%m-%d %H:%M} {image.address}{young}")
        self.stdout.write(f"{len(found)} images that nothing shows.")
