"""Verifies reports offline and says in words what holds."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.ledger.tlog_proof import PROOF_LIMIT
from compliance.reports.bundle import BundleError, read_bundle
from compliance.reports.checks import Verification
from compliance.reports.trust import (
    TrustError,
    VerificationTrust,
    deployment_trust,
    trust_from_folder,
)
from compliance.reports.verification import FILE_LIMIT, verify_report

_BESIDE: Final = (
    "the folder `trust` beside the file; compare its keys with those that the payment service "
    "provider gave you on another way"
)
_FACTS: Final = {
    "document": "Document",
    "period_start": "Period from",
    "period_end": "Period until",
    "sealed_by": "Sealed by",
    "sealed_at": "Sealed at",
    "log": "Ledger",
    "checkpoint_size": "Entries under the checkpoint of the figures",
    "file_digest": "Digest of the file",
    "trusted": "Trust is placed in",
}


class Command(BaseCommand):
    help = (
        "Verify reports (PDF, or the ZIP bundle) without network or database. The proof is looked "
        "for beside each file (FILE.tlog-proof); trust is taken from --trust, else from the folder "
        "`trust` beside the file, else from this deployment's own keys. Never from the bundle "
        "itself. Exit codes: 0 all hold, 1 refused, 2 wrong use."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--proof", type=Path, help="the .tlog-proof file, for a single FILE")
        parser.add_argument("--trust", type=Path, help="folder with what to trust")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        files: list[Path] = options["files"]
        if options["proof"] and len(files) > 1:
            raise CommandError("--proof goes with a single FILE", returncode=2)
        results = []
        for path in files:
            result = _verify(path, proof_path=options["proof"], trust_path=options["trust"])
            results.append(result)
            if not options["json"]:
                self._print(path, result)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    [_as_json(path, result) for path, result in zip(files, results, strict=True)]
                )
            )
        if not all(result.holds for result in results):
            sys.exit(1)

    def _print(self, path: Path, result: Verification) -> None:
        """Print the verdict, each check as a sentence, and the facts."""
        self.stdout.write(f"{path}: {'HOLDS' if result.holds else 'REFUSED'}")
        for check in result.checks:
            self.stdout.write(f"  {'[holds]  ' if check.held else '[refused]'} {check.sentence}")
        for name, title in _FACTS.items():
            if result.facts.get(name):
                self.stdout.write(f"    {title}: {result.facts[name]}")


def _verify(path: Path, *, proof_path: Path | None, trust_path: Path | None) -> Verification:
    """Verify one file with the proof and the trust that go with it."""
    content = _read(path, FILE_LIMIT)
    if content.startswith(b"PK\x03\x04"):
        content, proof = _unpacked(path, content)
    else:
        beside = path.with_name(f"{path.name}.tlog-proof")
        proof = _read(beside, PROOF_LIMIT) if beside.is_file() else None
    if proof_path is not None:
        proof = _read(proof_path, PROOF_LIMIT)
    trust = _trust(path, trust_path)
    return verify_report(content, proof=proof, trust=trust, open_unproven=True)


def _trust(path: Path, given: Path | None) -> VerificationTrust:
    """Return the trust that was named, that lies beside the file, or this deployment's own."""
    beside = path.resolve().parent / "trust"
    try:
        if given is not None or beside.is_dir():
            trust = trust_from_folder(given or beside)
            return trust if given else replace(trust, origin=_BESIDE)
        return deployment_trust()
    except TrustError as error:
        hint = "" if given or beside.is_dir() else "; name a folder with --trust"
        raise CommandError(f"nothing to trust: {error}{hint}", returncode=2) from error


def _unpacked(path: Path, content: bytes) -> tuple[bytes, bytes | None]:
    """Return the report and the proof in a ZIP."""
    try:
        return read_bundle(content)
    except BundleError as error:
        raise CommandError(f"`{path}`: {error}", returncode=2) from error


def _read(path: Path, limit: int) -> bytes:
    """Return a file's content; one byte over the limit is enough to be refused."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"cannot read `{path}`: {error.strerror}", returncode=2) from error


def _as_json(path: Path, result: Verification) -> dict[str, Any]:
    """Return one result for machines."""
    return {
        "file": str(path),
        "holds": result.holds,
        "checks": [
            {"name": check.name, "held": check.held, "sentence": check.sentence}
            for check in result.checks
        ],
        "facts": dict(result.facts),
    }
