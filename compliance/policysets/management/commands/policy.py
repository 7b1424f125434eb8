"""Policy as code: check a document, or import it as the PSP's next version."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.policysets.services import activate_version, approve_version, create_version
from compliance.tenants.models import Psp, User
from compliance.tenants.selectors import people_of, psp_by_ref
from policies.documents import PolicyDocumentError, digest_of, read_policy_set
from policies.packs import load_pack


class Command(BaseCommand):
    help = (
        "check FILE: read a policy set and list every problem with its place. "
        "import FILE --psp REF --author EMAIL [--approver EMAIL]: store it as the next version and, "
        "when another person approves, put it in force. pack:NAME names a ready policy set. "
        "Exit codes: 0 fine, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "import"])
        parser.add_argument("file", help="a JSON or YAML file, - for standard input, or pack:NAME")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--author", help="e-mail address of the author")
        parser.add_argument("--approver", help="e-mail address of the approver, another person")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        source = _read(options["file"])
        try:
            policy_set = read_policy_set(source)
        except PolicyDocumentError as error:
            self._print_problems(error, as_json=options["json"])
            sys.exit(1)
        if options["action"] == "check":
            self._print_good(digest_of(policy_set), len(policy_set.rules), as_json=options["json"])
            return
        if not (options["psp"] and options["author"]):
            raise CommandError("import needs --psp and --author", returncode=2)
        try:
            self._import(source, options)
        except ComplianceError as error:
            raise CommandError(str(error)) from error

    def _print_problems(self, error: PolicyDocumentError, *, as_json: bool) -> None:
        """Print each problem with its line and JSON pointer."""
        if as_json:
            rows = [
                {"pointer": problem.pointer, "line": problem.line, "detail": problem.detail}
                for problem in error.problems
            ]
            self.stdout.write(json.dumps({"valid": False, "problems": rows}))
            return
        for problem in error.problems:
            place = f"line {problem.line}, " if problem.line else ""
            self.stderr.write(f"{place}{problem.pointer or '/'}: {problem.detail}")

    def _print_good(self, digest: str, rules: int, *, as_json: bool) -> None:
        """Print that the document is valid."""
        if as_json:
            self.stdout.write(json.dumps({"valid": True, "digest": digest, "rules": rules}))
        else:
            self.stdout.write(f"valid: {rules} rules, {digest}")

    @transaction.atomic
    def _import(self, source: bytes, options: dict[str, Any]) -> None:
        """Store the version and, with an approver, approve and activate it."""
        now = timezone.now()
        psp = psp_by_ref(options["psp"])
        author = _person(psp, options["author"])
        version = create_version(psp=psp, source=source, author=author, now=now)
        if options["approver"]:
            approver = _person(psp, options["approver"])
            approve_version(
                psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now
            )
            activate_version(psp=psp, ref=version.ref, person=approver, active_from=now, now=now)
        self.stdout.write(f"{version.ref}  version {version.number}  {version.digest}")


def _read(name: str) -> bytes:
    """Return the bytes of a file, of standard input, or of a pack."""
    if name.startswith("pack:"):
        try:
            return load_pack(name.removeprefix("pack:"))
        except (FileNotFoundError, KeyError) as error:
            raise CommandError(f"no pack `{name}`", returncode=2) from error
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read `{name}`: {error.strerror}", returncode=2) from error


def _person(psp: Psp, email: str) -> User:
    """Return the PSP's person with this address."""
    for membership in people_of(psp):
        if membership.user.email == email.lower():
            return membership.user
    raise CommandError(f"{psp.name} has nobody with the address `{email}`")
