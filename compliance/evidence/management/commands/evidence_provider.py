"""Sets up providers of evidence for a PSP: keys, lists of what is switched on, names of its own."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.document_files import read_file
from compliance.core.errors import ComplianceError
from compliance.evidence.errors import InvalidProviderSettingsError
from compliance.evidence.selectors import provider_settings_of
from compliance.evidence.setting_up import set_up_provider
from compliance.tenants.selectors import psp_by_ref


class Command(BaseCommand):
    help = (
        "set PROVIDER FILE --psp REF: set up a provider by a JSON or YAML document (docs/evidence.md); "
        "it replaces the one before, and is stored encrypted. FILE may be - for standard input. "
        "list --psp REF: say what is set up; keys and secrets are never shown. "
        "Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["set", "list"])
        parser.add_argument("provider", nargs="?")
        parser.add_argument("file", nargs="?")
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--by", default="command line", help="who does it")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["action"] == "set" and not options["file"]:
            raise CommandError("set needs a provider and a file", returncode=2)
        try:
            self._set(options) if options["action"] == "set" else self._list(options)
        except InvalidProviderSettingsError as error:
            for problem in error.problems:
                place = f"line {problem.line}, " if problem.line else ""
                self.stderr.write(f"{place}{problem.pointer or '/'}: {problem.detail}")
            sys.exit(1)
        except ComplianceError as error:
            raise CommandError(str(error)) from error

    def _set(self, options: dict[str, Any]) -> None:
        """Set up one provider."""
        row = set_up_provider(
            psp=psp_by_ref(options["psp"]),
            provider=options["provider"],
            source=read_file(options["file"]),
            set_by=options["by"],
            now=timezone.now(),
        )
        self.stdout.write(f"set      {row.ref}  {row.provider} {row.number}  {row.digest}")

    def _list(self, options: dict[str, Any]) -> None:
        """Say what is set up."""
        rows = [
            {
                "ref": row.ref,
                "provider": row.provider,
                "number": row.number,
                "digest": row.digest,
                "set_by": row.set_by,
                "set_at": row.set_at.isoformat(),
            }
            for row in provider_settings_of(psp_by_ref(options["psp"]))
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write("  ".join(f"{key}={value}" for key, value in row.items()))
