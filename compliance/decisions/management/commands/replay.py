"""Decides again on recorded decisions and says whether each agrees with what was stored."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.core.errors import NotFoundError
from compliance.decisions.accounting import records_gone
from compliance.decisions.replay import ReplayResult, replay, replay_all
from compliance.tenants.models import Psp
from compliance.tenants.selectors import psp_by_ref

_TELL_EVERY_S = 2.0


class Command(BaseCommand):
    help = (
        "Decide again on every recorded decision (or on those named) with both engines, and compare "
        "effect, rules, elements, obligations, commitment and leaf hash. Without names, also compare "
        "how many records are gone with how many the ledger says were erased. "
        "Exit codes: 0 all agree, 1 they do not, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("refs", nargs="*", metavar="REF", help="decisions; needs --psp")
        parser.add_argument("--psp", help="reference of the PSP; every PSP when left out")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["refs"] and not options["psp"]:
            raise CommandError("naming decisions needs --psp", returncode=2)
        try:
            psps = [psp_by_ref(options["psp"])] if options["psp"] else Psp.objects.order_by("pk")
            counts = {"agreed": 0, "differed": 0, "erased": 0, "unaccounted": 0}
            for psp in psps:
                self._replay(_results(psp, options["refs"]), counts, as_json=options["json"])
                if not options["refs"]:
                    self._account(psp, counts, as_json=options["json"])
        except NotFoundError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(
                f"{counts['agreed']} agree, {counts['differed']} do not, "
                f"{counts['erased']} were erased"
            )
        if counts["differed"] or counts["unaccounted"]:
            sys.exit(1)

    def _replay(
        self, results: Iterator[ReplayResult], counts: dict[str, int], *, as_json: bool
    ) -> None:
        """Count the results, and print those that differ."""
        told_at = time.monotonic()
        for result in results:
            if result.is_erased:
                counts["erased"] += 1
            else:
                counts["agreed" if result.agrees else "differed"] += 1
            for difference in result.differences:
                self._print(result.ref, difference, as_json=as_json)
            if time.monotonic() - told_at > _TELL_EVERY_S and sys.stderr.isatty():
                told_at = time.monotonic()
                self.stderr.write(f"\r{sum(counts.values())} decided again", ending="")

    def _account(self, psp: Psp, counts: dict[str, int], *, as_json: bool) -> None:
        """Print if records are gone of which the ledger does not tell."""
        gone = records_gone(psp)
        if not gone.is_accounted_for:
            counts["unaccounted"] += abs(gone.missing - gone.told)
            difference = (
                f"{gone.missing} records are gone, the ledger tells of {gone.told} that were erased"
            )
            self._print(psp.ref, difference, as_json=as_json)

    def _print(self, ref: str, difference: str, *, as_json: bool) -> None:
        """Print one difference."""
        if as_json:
            self.stdout.write(json.dumps({"ref": ref, "difference": difference}))
        else:
            self.stderr.write(f"{ref}: {difference}")


def _results(psp: Psp, refs: list[str]) -> Iterator[ReplayResult]:
    """Yield the results of the named decisions, or of all."""
    if refs:
        yield from (replay(psp, ref) for ref in refs)
    else:
        yield from replay_all(psp)
