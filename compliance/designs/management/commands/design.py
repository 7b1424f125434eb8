"""Authentication designs as code: check a document, or import it as the PSP's next version."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.document_files import print_problems, read_file
from compliance.core.errors import ComplianceError
from compliance.designs.models import DesignVersion
from compliance.designs.presentation import independence_document
from compliance.designs.services import create_design_version
from compliance.tenants.selectors import psp_by_ref
from policies.design import Designs, inventory_of, single_points_of_compromise
from policies.documents import DesignDocumentError, digest_of_designs, read_designs


class Command(BaseCommand):
    help = (
        "check FILE: read an authentication design, list every problem with its place, and name the "
        "single points of compromise and the algorithms to look at. import FILE --psp REF: store it as the next version, in force "
        "at once. pack:NAME names a ready design. Exit codes: 0 fine, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "import"])
        parser.add_argument("file", help="a JSON or YAML file, - for standard input, or pack:NAME")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--by", default="command line", help="who imports it")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        is_import = options["action"] == "import"
        if is_import and not options["psp"]:
            raise CommandError("import needs --psp", returncode=2)
        source = read_file(options["file"])
        try:
            designs = read_designs(source)
            version = _import(source, options) if is_import else None
        except DesignDocumentError as error:
            print_problems(self, error, as_json=options["json"])
            sys.exit(1)
        except ComplianceError as error:
            if not options["json"]:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps({"error": error.code, "detail": str(error)}))
            sys.exit(1)
        if version is not None:
            self._print_version(version, as_json=options["json"])
        else:
            self._print_good(designs, as_json=options["json"])

    def _print_good(self, designs: Designs, *, as_json: bool) -> None:
        """Print that the document is valid, and what breaks two elements at once."""
        points = {
            design.method: list(single_points_of_compromise(designs, design))
            for design in designs.methods
        }
        digest = digest_of_designs(designs)
        if as_json:
            body = {"valid": True, "digest": digest, "single_points_of_compromise": points}
            self.stdout.write(json.dumps(body | {"independence": independence_document(designs)}))
            return
        self.stdout.write(f"valid: {len(designs.methods)} methods, {digest}")
        for method, components in points.items():
            if components:
                names = ", ".join(components)
                self.stdout.write(f"{method}: single points of compromise: {names}")
        for item in inventory_of(designs):
            for use in item.warnings:
                if use.warning is not None and use.source is not None:
                    said = f"{use.algorithm.title} {use.warning.says} ({use.citation})"
                    self.stdout.write(f"{item.component.id}: {said}")
            for use in item.unstated:
                self.stdout.write(
                    f"{item.component.id}: {use.algorithm.title}, {use.measure} not stated"
                )
            if item.is_unknown:
                self.stdout.write(
                    f"{item.component.id}: {item.component.algorithm} is not in the list"
                )

    def _print_version(self, version: DesignVersion, *, as_json: bool) -> None:
        """Print the version that was stored."""
        if as_json:
            body = {"ref": version.ref, "number": version.number, "digest": version.digest}
            self.stdout.write(json.dumps(body | {"active_from": version.active_from.isoformat()}))
            return
        self.stdout.write(f"{version.ref}  version {version.number}  {version.digest}")


def _import(source: bytes, options: dict[str, Any]) -> DesignVersion:
    """Store the version."""
    psp = psp_by_ref(options["psp"])
    by, now = options["by"], timezone.now()
    return create_design_version(psp=psp, source=source, created_by=by, now=now)
