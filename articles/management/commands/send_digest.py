"""Send the work list by e-mail."""

from django.core.management.base import BaseCommand, CommandError

from articles import digest


class Command(BaseCommand):
    help = "Sends what needs doing next to the staff who may do it, to nobody twice on one day."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Print the messages, and send none.")

    def handle(self, *, dry_run, **options):
        if dry_run:
            return self.show()
        try:
            sent = digest.send()
        except digest.NotSent as error:
            raise CommandError(str(error)) from None
        if options["verbosity"]:
            self.stdout.write(f"Sent: {sent} message{'' if sent == 1 else 's'}.")
        return None

    def show(self):
        messages = [message for user in digest.recipients() if (message := digest.message_to(user))]
        for message in messages:
            self.stdout.write(f"To: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}")
        if not messages:
            self.stdout.write("Nothing to send: nobody of the staff with an address has anything to do.")
