"""Makes, lists and revokes the API keys of a PSP."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.tenants.keys import SCOPES
from compliance.tenants.models import Psp
from compliance.tenants.selectors import api_keys_of, psp_by_ref
from compliance.tenants.services import create_api_key, revoke_api_key


class Command(BaseCommand):
    help = "Make, list or revoke API keys. A new key is printed once and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["create", "list", "revoke"])
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--name", default="back-end", help="what the key is for")
        parser.add_argument("--scope", action="append", choices=SCOPES, help="may be repeated")
        parser.add_argument("--days", type=int, help="days until the key expires")
        parser.add_argument("--test", action="store_true", help="make a key that begins nf_test_")
        parser.add_argument("--ref", default="", help="reference of the key to revoke")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            psp = psp_by_ref(options["psp"])
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        if options["action"] == "create":
            self._create(psp, options)
        elif options["action"] == "list":
            for row in api_keys_of(psp):
                state = "revoked" if row.revoked_at else "usable"
                self.stdout.write(f"{row.ref}  {state}  {','.join(row.scopes)}  {row.name}")
        elif not revoke_api_key(psp=psp, ref=options["ref"], now=timezone.now()):
            raise CommandError(f"no usable key `{options['ref']}`")

    def _create(self, psp: Psp, options: dict[str, Any]) -> None:
        """Make a key and print it."""
        now = timezone.now()
        days = options["days"]
        _row, key = create_api_key(
            psp=psp,
            name=options["name"],
            scopes=options["scope"] or ["decide", "outcomes", "read"],
            now=now,
            expires_at=now + timedelta(days=days) if days else None,
            live=not options["test"],
        )
        self.stdout.write(key)
