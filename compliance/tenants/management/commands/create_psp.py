"""Makes a payment service provider, and people who work for it."""
# SPDX-License-Identifier: Apache-2.0

import getpass
import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.tenants.models import Psp, Role
from compliance.tenants.selectors import psp_by_ref
from compliance.tenants.services import create_person, create_psp


class Command(BaseCommand):
    help = (
        "Make a PSP, or add a person to one with --psp. Prints the PSP's reference. "
        "The password is asked for, or read as one line from standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--psp", help="reference of an existing PSP, to add a person to")
        parser.add_argument("--name", default="", help="name of the new PSP")
        parser.add_argument("--country", default="", help="ISO 3166-1 code of its home authority")
        parser.add_argument("--lei", default="", help="Legal Entity Identifier, ISO 17442")
        parser.add_argument("--authority", default="", help="name of the competent authority")
        parser.add_argument("--person", help="e-mail address of a person to add")
        parser.add_argument("--person-name", default="", help="the person's name")
        parser.add_argument("--role", choices=Role.values, default=Role.OFFICER)

    @transaction.atomic
    def handle(self, *_args: object, **options: str) -> None:
        try:
            psp = self._psp(options)
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        if options["person"]:
            create_person(
                psp=psp,
                email=options["person"],
                name=options["person_name"] or options["person"],
                role=Role(options["role"]),
                password=_password(),
            )
        self.stdout.write(psp.ref)

    def _psp(self, options: dict[str, str]) -> Psp:
        """Return the PSP that was named, or a new one."""
        if options["psp"]:
            return psp_by_ref(options["psp"])
        return create_psp(
            name=options["name"],
            country=options["country"],
            lei=options["lei"],
            authority=options["authority"],
            now=timezone.now(),
        )


def _password() -> str:
    """Return the password that was typed or piped in; it never stands on the command line."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
