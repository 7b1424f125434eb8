"""Registers, lists and retires the public keys that a PSP has input sealed to."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.document_files import read_file
from compliance.core.errors import ComplianceError
from compliance.evidence.sealing_keys import (
    KEY_LIMIT,
    register_sealing_key,
    retire_sealing_key,
    sealing_key_document,
    sealing_keys_of,
)
from compliance.tenants.models import Psp
from compliance.tenants.selectors import person_of, psp_by_ref


class Command(BaseCommand):
    help = (
        "register FILE --by EMAIL: accept input sealed to the public key in FILE (a JWK; - for standard "
        "input). The private key stays with the PSP: the service must never have it. "
        "list: show the keys. retire KID --by EMAIL: accept nothing more sealed to a key. "
        "Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["register", "list", "retire"])
        parser.add_argument("target", nargs="?", help="a file, or the id of a key")
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--by", metavar="EMAIL", help="who does it")
        parser.add_argument("--json", action="store_true", help="list for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        action = options["action"]
        if action != "list" and not (options["target"] and options["by"]):
            raise CommandError(f"{action} needs a target and --by", returncode=2)
        try:
            psp = psp_by_ref(options["psp"])
            if action == "list":
                self._list(psp, as_json=options["json"])
                return
            person = person_of(psp, options["by"])
            now = timezone.now()
            if action == "register":
                source = read_file(options["target"], limit=KEY_LIMIT)
                row = register_sealing_key(psp=psp, source=source, by=person, now=now)
                self.stdout.write(f"registered  {row.kid}  {row.jwk['alg']}  {row.thumbprint}")
            else:
                row = retire_sealing_key(psp=psp, kid=options["target"], by=person, now=now)
                self.stdout.write(f"retired  {row.kid}")
        except ComplianceError as error:
            raise CommandError(str(error)) from error

    def _list(self, psp: Psp, *, as_json: bool) -> None:
        """Show the keys, newest first."""
        rows = sealing_keys_of(psp)
        if as_json:
            documents = [sealing_key_document(row) for row in rows]
            self.stdout.write(json.dumps({"items": documents}))
            return
        for row in rows:
            state = "in use" if row.retired_at is None else f"retired {row.retired_at:%Y-%m-%d}"
            self.stdout.write(f"{row.kid}  {row.jwk['alg']}  {row.thumbprint}  {state}")
