"""Authentication designs as code: check a document, or import it as the PSP's next version."""
# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.designs.services import create_design_version
from compliance.tenants.selectors import psp_by_ref
from policies.documents import DesignDocumentError, read_designs


class Command(BaseCommand):
    help = (
        "check FILE: read an authentication design and list every problem with its place. "
        "import FILE --psp REF: store it as the next version, in force at once. "
        "Exit codes: 0 fine, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "import"])
        parser.add_argument("file", help="a JSON or YAML file, or - for standard input")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--by", default="command line", help="who imports it")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            source = (
                sys.stdin.buffer.read()
                if options["file"] == "-"
                else Path(options["file"]).read_bytes()
            )
        except OSError as error:
            raise CommandError(
                f"cannot read `{options['file']}`: {error.strerror}", returncode=2
            ) from error
        try:
            designs = read_designs(source)
        except DesignDocumentError as error:
            for problem in error.problems:
                self.stderr.write(f"{problem.pointer or '/'}: {problem.detail}")
            sys.exit(1)
        if options["action"] == "check":
            self.stdout.write(f"valid: {len(designs.methods)} methods")
            return
        if not options["psp"]:
            raise CommandError("import needs --psp", returncode=2)
        try:
            version = create_design_version(
                psp=psp_by_ref(options["psp"]),
                source=source,
                created_by=options["by"],
                now=timezone.now(),
            )
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"version {version.number}  {version.digest}")
