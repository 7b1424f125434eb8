"""The ledger from the console: check it, print its checkpoint, print its verifier key."""
# SPDX-License-Identifier: Apache-2.0

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.core.errors import NotFoundError
from compliance.ledger.errors import LogKeyError
from compliance.ledger.fsck import FsckResult, fsck
from compliance.ledger.selectors import checkpoint_of, vkey_of
from compliance.tenants.models import Psp
from compliance.tenants.selectors import psp_by_ref


class Command(BaseCommand):
    help = (
        "fsck: rebuild the log from its entries and check tiles, checkpoint, its copy outside the "
        "database, append-only triggers, and that every decision is in it. "
        "checkpoint: print the newest checkpoint. vkey: print the verifier key. "
        "Without --psp: of every PSP. Exit codes: 0 fine, 1 a problem or nothing there, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["fsck", "checkpoint", "vkey"])
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            psps = [psp_by_ref(options["psp"])] if options["psp"] else _all_psps()
        except NotFoundError as error:
            raise CommandError(str(error)) from error
        if options["action"] == "fsck":
            self._fsck(psps, as_json=options["json"])
        else:
            self._print(psps, options["action"], as_json=options["json"])

    def _fsck(self, psps: list[Psp], *, as_json: bool) -> None:
        """Check each log; exit 1 if one does not hold."""
        results = []
        for psp in psps:
            try:
                result = fsck(psp=psp)
            except LogKeyError as error:
                raise CommandError(str(error)) from error
            results.append(result)
            if not as_json:
                self._describe(psp, result)
        holds = all(result.holds for result in results)
        if as_json:
            logs = [dataclasses.asdict(result) | {"holds": result.holds} for result in results]
            self.stdout.write(json.dumps({"holds": holds, "logs": logs}))
        if not holds:
            sys.exit(1)

    def _describe(self, psp: Psp, result: FsckResult) -> None:
        """Say in words what was checked and what is wrong."""
        self.stdout.write(f"{psp.name} ({psp.ref}), log {result.origin or 'not made yet'}")
        for sentence in result.checked:
            self.stdout.write(f"  holds: {sentence}")
        if result.staged:
            self.stdout.write(f"  note: {result.staged:,} entries are staged and wait for an index")
        for sentence in result.problems:
            self.stdout.write(self.style.ERROR(f"  PROBLEM: {sentence}"))
        verdict = "the log is intact" if result.holds else "the log is NOT intact"
        self.stdout.write(f"  {verdict}: {result.entries:,} entries, root {result.root_hash}")

    def _print(self, psps: list[Psp], action: str, *, as_json: bool) -> None:
        """Print each log's checkpoint or verifier key."""
        found = {psp.ref: text for psp in psps if (text := _text(psp, action))}
        if as_json:
            self.stdout.write(json.dumps(found))
        elif not found:
            raise CommandError(f"no {action} yet: the log is made with its first entry")
        else:
            self.stdout.write("\n".join(text.removesuffix("\n") for text in found.values()))


def _all_psps() -> list[Psp]:
    """Return every PSP: this command acts for the deployment."""
    return list(Psp.objects.order_by("pk"))


def _text(psp: Psp, action: str) -> str | None:
    """Return what `action` prints about the log of `psp`, if it has one."""
    if action == "checkpoint":
        return checkpoint_of(psp)
    try:
        return vkey_of(psp)
    except NotFoundError:
        return None
