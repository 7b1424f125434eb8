"""Versions on the command line: list them, and take the steps of their life that two people take."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.cli.command_line import (
    VERSION_STEPS,
    take_version_step,
    version_document,
    version_documents,
    version_line,
)
from compliance.cli.version_analysis import (
    analyse_version,
    version_analysis_document,
    version_analysis_lines,
)
from compliance.core.arguments import moment
from compliance.core.errors import ComplianceError
from compliance.policysets.selectors import versions_of
from compliance.tenants.selectors import psp_by_ref


class Command(BaseCommand):
    help = (
        "list --psp REF: print every version. "
        "analysis NUMBER --psp REF [--wait]: print what is proved of one and what stands in the way "
        "of its activation; what is missing a worker finds out, or with --wait this command. "
        "submit|withdraw|unschedule|retire NUMBER --psp REF --person EMAIL: take a step with one. "
        "approve NUMBER … --digest DIGEST: approve the text that has this digest; who wrote or "
        "submitted it cannot. activate NUMBER … [--from TIME]: put it in force, now or at a time. "
        "Exit codes: 0 fine, 1 refused or something stands in the way, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "analysis", *VERSION_STEPS])
        parser.add_argument("number", nargs="?", type=int, help="number of the version")
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--person", help="e-mail address of who takes the step")
        parser.add_argument("--wait", action="store_true", help="analysis: do it here, if need be")
        parser.add_argument("--digest", help="approve: sha256:… of the text that was looked at")
        parser.add_argument(
            "--from", dest="active_from", type=moment, help="activate: 2027-01-01T00:00:00+00:00"
        )
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        action = options["action"]
        if action != "list" and options["number"] is None:
            raise CommandError(f"{action} needs a version's number", returncode=2)
        if action in VERSION_STEPS and not options["person"]:
            raise CommandError(f"{action} needs --person", returncode=2)
        if options["wait"] and action != "analysis":
            raise CommandError("only analysis has --wait", returncode=2)
        if (action == "approve") is not bool(options["digest"]):
            raise CommandError("approve needs --digest, nothing else has it", returncode=2)
        if options["active_from"] and action != "activate":
            raise CommandError("only activate has --from", returncode=2)
        try:
            run = {"list": self._list, "analysis": self._analysis}.get(action, self._step)
            run(options)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)

    def _list(self, options: dict[str, Any]) -> None:
        """Print every version of the PSP, newest first."""
        psp, now = psp_by_ref(options["psp"]), timezone.now()
        if options["json"]:
            self.stdout.write(json.dumps(version_documents(psp, now=now)))
            return
        for stated in versions_of(psp, now=now):
            self.stdout.write(version_line(stated))

    def _analysis(self, options: dict[str, Any]) -> None:
        """Print what is known of one version; exit 1 while something stands in the way."""
        found = analyse_version(
            psp=psp_by_ref(options["psp"]),
            number=options["number"],
            wait=options["wait"],
            clock=timezone.now,
        )
        if options["json"]:
            self.stdout.write(json.dumps(version_analysis_document(found)))
        else:
            for line in version_analysis_lines(found):
                self.stdout.write(line)
        if not found.is_clear:
            sys.exit(1)

    def _step(self, options: dict[str, Any]) -> None:
        """Take the step and print where the version stands then."""
        stated = take_version_step(
            psp=psp_by_ref(options["psp"]),
            step=options["action"],
            number=options["number"],
            person=options["person"],
            digest=options["digest"] or "",
            active_from=options["active_from"],
            now=timezone.now(),
        )
        if options["json"]:
            self.stdout.write(json.dumps(version_document(stated)))
        else:
            self.stdout.write(version_line(stated))
