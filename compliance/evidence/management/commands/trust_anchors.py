"""Registers, lists and removes a PSP's own roots, and loads lists of revoked keys."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError, ConflictError
from compliance.evidence.selectors import revocation_lists_of, trust_anchors_of
from compliance.evidence.services import (
    add_trust_anchor,
    load_revocation_list,
    remove_trust_anchor,
)
from compliance.tenants.models import Psp
from compliance.tenants.selectors import psp_by_ref

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_MAX_FILE = 8 * 1024 * 1024


class Command(BaseCommand):
    help = (
        "add FILE --psp REF: trust the root certificates in FILE (PEM, or a JSON list of PEM texts). "
        "list --psp REF: show what is trusted, and the lists of revoked keys. "
        "remove ANCHOR --psp REF: stop trusting a root. "
        "revocations FILE [--psp REF]: load a list of revoked keys, for one PSP or for all. "
        "FILE may be - for standard input. Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["add", "list", "remove", "revocations"])
        parser.add_argument("target", nargs="?", help="a file, or the reference of an anchor")
        parser.add_argument("--psp", help="reference of the PSP")
        parser.add_argument("--provider", default="android_key_attestation")
        parser.add_argument("--label", default="", help="what people call the root")
        parser.add_argument("--by", default="command line", help="who does it")
        parser.add_argument(
            "--demonstration", action="store_true", help="mark all evidence under it as invented"
        )
        parser.add_argument("--json", action="store_true", help="list for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        action = options["action"]
        if action != "list" and not options["target"]:
            raise CommandError(f"{action} needs a file or a reference", returncode=2)
        if action != "revocations" and not options["psp"]:
            raise CommandError(f"{action} needs --psp", returncode=2)
        now = timezone.now()
        try:
            psp = psp_by_ref(options["psp"]) if options["psp"] else None
            if psp is None or action == "revocations":
                self._load(psp, options, now)
            elif action == "add":
                self._add(psp, options, now)
            elif action == "list":
                self._list(psp, as_json=options["json"])
            else:
                anchor = remove_trust_anchor(psp=psp, ref=options["target"], now=now)
                self.stdout.write(f"removed  {anchor.ref}  {anchor.label}")
        except ComplianceError as error:
            raise CommandError(str(error)) from error

    def _add(self, psp: Psp, options: dict[str, Any], now: datetime) -> None:
        """Register each certificate of the file; what is trusted already is said, not refused."""
        pems = _certificates(_read(options["target"]))
        if not pems:
            raise CommandError(f"no certificate in `{options['target']}`")
        for pem in pems:
            try:
                anchor = add_trust_anchor(
                    psp=psp,
                    provider=options["provider"],
                    pem=pem,
                    label=options["label"] or _subject(pem),
                    demonstration=options["demonstration"],
                    added_by=options["by"],
                    now=now,
                )
            except ConflictError as error:
                self.stdout.write(f"kept     {error}")
                continue
            self.stdout.write(f"added    {anchor.ref}  {anchor.public_key_digest}  {anchor.label}")

    def _list(self, psp: Psp, *, as_json: bool) -> None:
        """Show the PSP's roots and the lists that count for it."""
        anchors: list[dict[str, Any]] = [
            {
                "ref": row.ref,
                "provider": row.provider,
                "label": row.label,
                "public_key_digest": row.public_key_digest,
                "demonstration": row.demonstration,
                "added_at": row.added_at.isoformat(),
            }
            for row in trust_anchors_of(psp)
        ]
        lists: list[dict[str, Any]] = [
            {
                "provider": row.provider,
                "for": "this PSP" if row.psp_id else "all",
                "entries": row.entries,
                "digest": row.digest,
                "loaded_at": row.loaded_at.isoformat(),
            }
            for row in revocation_lists_of(psp)
        ]
        if as_json:
            self.stdout.write(json.dumps({"trust_anchors": anchors, "revocation_lists": lists}))
            return
        for row in (*anchors, *lists):
            self.stdout.write("  ".join(f"{key}={value}" for key, value in row.items()))

    def _load(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Load a list of revoked keys."""
        content = _read(options["target"])
        row = load_revocation_list(psp=psp, provider=options["provider"], content=content, now=now)
        self.stdout.write(f"loaded   {row.entries} entries  {row.digest}")


def _read(name: str) -> bytes:
    """Return the file's bytes, at most 8 MB."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(_MAX_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise CommandError(f"cannot read `{name}`: {error.strerror}", returncode=2) from error
    if len(content) > _MAX_FILE:
        raise CommandError(f"`{name}` has more than {_MAX_FILE} bytes")
    return content


def _certificates(content: bytes) -> list[bytes]:
    """Return the PEM texts of a file: as they stand, or out of a JSON list."""
    try:
        document = json.loads(content)
    except ValueError:
        return _PEM.findall(content)
    listed = document if isinstance(document, list) else []
    return [pem for text in listed for pem in _PEM.findall(str(text).encode())]


def _subject(pem: bytes) -> str:
    """Return the subject's name as a label."""
    try:
        return x509.load_pem_x509_certificate(pem).subject.rfc4514_string()[:200] or "root"
    except ValueError as error:
        raise CommandError("expected certificates in PEM form") from error
