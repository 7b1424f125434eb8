"""Waivers on the command line: list them, and take the steps that two people take."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.cli.command_line import (
    WAIVER_STEPS,
    every_waiver_of,
    take_waiver_step,
    waiver_document,
    waiver_documents,
    waiver_line,
)
from compliance.core.errors import ComplianceError
from compliance.tenants.selectors import psp_by_ref


class Command(BaseCommand):
    help = (
        "list --psp REF: print every waiver, of rules and of properties. "
        "approve|revoke|take-over WAIVER --psp REF --person EMAIL: take a step with one; who asked "
        "for it cannot approve it. Exit codes: 0 fine, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", *WAIVER_STEPS])
        parser.add_argument("waiver", nargs="?", help="reference of the waiver")
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--person", help="e-mail address of who takes the step")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        action = options["action"]
        if action != "list" and not (options["waiver"] and options["person"]):
            raise CommandError(f"{action} needs a waiver and --person", returncode=2)
        try:
            self._list(options) if action == "list" else self._step(options)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)

    def _list(self, options: dict[str, Any]) -> None:
        """Print every waiver of the PSP, newest first."""
        psp, now = psp_by_ref(options["psp"]), timezone.now()
        if options["json"]:
            self.stdout.write(json.dumps(waiver_documents(psp, now=now)))
            return
        for waiver in every_waiver_of(psp):
            self.stdout.write(waiver_line(waiver, now=now))

    def _step(self, options: dict[str, Any]) -> None:
        """Take the step and print where the waiver stands then."""
        now = timezone.now()
        waiver = take_waiver_step(
            psp=psp_by_ref(options["psp"]),
            step=options["action"],
            ref=options["waiver"],
            person=options["person"],
            now=now,
        )
        if options["json"]:
            self.stdout.write(json.dumps(waiver_document(waiver, now=now)))
        else:
            self.stdout.write(waiver_line(waiver, now=now))
