"""Let somebody in again who lost the password, the second factor, or the rights of an administrator."""

import secrets

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from articles import accounts, sessions


class Command(BaseCommand):
    help = (
        "Gives an account a new password, shown only once, takes its second factors and recovery codes away, and ends "
        "its sessions."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", help="the name that the account signs in with")
        parser.add_argument(
            "--administrator", action="store_true", help="also switch it on, and let it do everything at the desk"
        )

    def handle(self, *, name, administrator, **options):
        users = get_user_model().objects
        user = users.filter(username=name).first()
        if user is None:
            names = ", ".join(users.order_by("username").values_list("username", flat=True)) or "none"
            raise CommandError(f"There is no account “{name}”. The accounts are: {names}")
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            user.set_password(password)
            if administrator:
                user.is_active = user.is_staff = user.is_superuser = True
            user.save()
            taken = accounts.take_second_factors(user)
            ended = sessions.end(user)
            cache.clear()  # whoever tried too often may try at once
        self.stdout.write(f"Name:     {name}\nPassword: {password}")
        self.stdout.write("The password is shown only this once: write it down.")
        self.stdout.write(f"Second factors and sets of recovery codes taken away: {taken}. Sessions ended: {ended}.")
        if not (user.is_active and user.is_staff):
            self.stdout.write("The account is switched off, or not of the staff: with --administrator it can sign in.")
