"""Erases what the decisions on one payer were made on, and all that links these to the payer."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.decisions.erasing import erase_payer
from compliance.decisions.presentation import erased_document
from compliance.tenants.selectors import person_of, psp_by_ref

_LONGEST: Final = 128


class Command(BaseCommand):
    help = (
        "Erase the records of the decisions on a payer and all that links these to the payer. It "
        "cannot be undone; the decisions, their ledger entries and every proof stay. Safe to repeat. "
        "Exit codes: 0 erased or nothing to erase, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument(
            "--payer",
            required=True,
            metavar="REF",
            help="the back-end's name for the payer; `-` reads it from standard input, which keeps "
            "it out of the shell's history",
        )
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who erases")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        payer_ref = _payer_ref(options["payer"])
        try:
            psp = psp_by_ref(options["psp"])
            person = person_of(psp, options["by"])
            erased = erase_payer(psp=psp, payer_ref=payer_ref, by=person, now=timezone.now())
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(erased_document(erased.erasures)))
            return
        for each in erased.erasures:
            self.stdout.write(f"{each.ref}  {each.decisions} decisions  {each.records} records")
        self.stdout.write(f"{erased.decisions} decisions no longer lead to the payer")


def _payer_ref(given: str) -> str:
    """Return the payer's reference, from standard input where it is `-`."""
    ref = sys.stdin.readline(_LONGEST + 2).rstrip("\r\n") if given == "-" else given
    if not 0 < len(ref) <= _LONGEST:
        raise CommandError(
            f"the payer's reference: expected 1 to {_LONGEST} characters", returncode=2
        )
    return ref
