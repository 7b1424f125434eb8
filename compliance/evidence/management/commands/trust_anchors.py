"""Roots that evidence is verified against, and lists of revoked keys, of one PSP or the deployment."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import sys
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.document_files import read_file
from compliance.core.errors import ComplianceError, ConflictError
from compliance.evidence.models import TrustAnchor
from compliance.evidence.presentation import anchor_row, line_of, list_rows, source_row
from compliance.evidence.revocation_lists import (
    load_revocation_list,
    refresh_revocation_lists,
    remove_revocation_source,
    set_revocation_source,
)
from compliance.evidence.selectors import (
    every_trust_anchor_of,
    revocation_lists_of,
    revocation_sources_of,
    trust_anchors_of,
)
from compliance.evidence.services import (
    add_trust_anchor,
    approve_trust_anchor,
    remove_trust_anchor,
)
from compliance.tenants.models import Psp
from compliance.tenants.selectors import person_of, psp_by_ref

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_MAX_FILE: Final = 8 * 1024 * 1024
_BY_A_PERSON: Final = ("add", "approve", "remove")
_WITHOUT_TARGET: Final = ("list", "refresh")
_ANDROID: Final = "android_key_attestation"


class Command(BaseCommand):
    help = (
        "add FILE --by EMAIL: propose the root certificates in FILE (PEM, or a JSON list of PEM "
        "texts); one whose key is known is trusted at once. approve ANCHOR --digest DIGEST --by EMAIL: "
        "trust a root that another person proposed. remove ANCHOR --by EMAIL: stop trusting a root, or "
        "refuse a proposed one. list: show roots, and lists of revoked keys with their ages. "
        "revocations FILE: load a list of revoked keys. source LOCATION: load it from an https address "
        "or a file, now and whenever lists are refreshed; source none: no longer. refresh: load the "
        "lists of all sources again; where that fails the old list stays. All of them with --psp REF, or "
        "for every PSP of the deployment. FILE may be - for standard input. Exit codes: 0 done, "
        "1 refused or not loaded, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=sorted(self._actions()))
        parser.add_argument(
            "target", nargs="?", help="a file, an address, or an anchor's reference"
        )
        parser.add_argument("--psp", help="reference of the PSP; without it, for the deployment")
        parser.add_argument("--provider", default=_ANDROID)
        parser.add_argument("--label", default="", help="what people call the root")
        parser.add_argument("--digest", default="", help="of the key that is approved")
        parser.add_argument("--by", help="e-mail address of who does it")
        parser.add_argument(
            "--demonstration", action="store_true", help="mark all evidence under it as invented"
        )
        parser.add_argument("--json", action="store_true", help="list for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        action = options["action"]
        if action not in _WITHOUT_TARGET and not options["target"]:
            raise CommandError(f"{action} needs a file, an address or a reference", returncode=2)
        if action in _BY_A_PERSON and not options["by"]:
            raise CommandError(f"{action} needs --by, who does it", returncode=2)
        if action == "approve" and not options["digest"]:
            raise CommandError("approve needs --digest, that of the key", returncode=2)
        try:
            psp = psp_by_ref(options["psp"]) if options["psp"] else None
            self._actions()[action](psp, options, timezone.now())
        except ComplianceError as error:
            raise CommandError(str(error)) from error

    def _actions(self) -> dict[str, Any]:
        """Return what is done for each word."""
        return {
            "add": self._add,
            "approve": self._approve,
            "remove": self._remove,
            "list": self._list,
            "revocations": self._load,
            "source": self._source,
            "refresh": self._refresh,
        }

    def _add(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Propose each certificate of the file; what is there already is said, not refused."""
        pems = _certificates(_read(options["target"]))
        if not pems:
            raise CommandError(f"no certificate in `{options['target']}`")
        by = person_of(psp, options["by"])
        for pem in pems:
            try:
                anchor = add_trust_anchor(
                    psp=psp,
                    provider=options["provider"],
                    pem=pem,
                    label=options["label"] or _subject(pem),
                    demonstration=options["demonstration"],
                    by=by,
                    now=now,
                )
            except ConflictError as error:
                self.stdout.write(f"kept     {error}")
                continue
            self._say(anchor)

    def _approve(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Trust a root that another person proposed."""
        anchor = approve_trust_anchor(
            psp=psp,
            ref=options["target"],
            digest=options["digest"],
            approver=person_of(psp, options["by"]),
            now=now,
        )
        self._say(anchor)

    def _remove(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Stop trusting a root, or refuse it."""
        by = person_of(psp, options["by"])
        self._say(remove_trust_anchor(psp=psp, ref=options["target"], by=by, now=now))

    def _say(self, anchor: TrustAnchor) -> None:
        """Print where a root stands now."""
        self.stdout.write(
            f"{anchor.state.value:8} {anchor.ref}  {anchor.public_key_digest}  {anchor.label}"
        )

    def _list(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Show the roots and lists that count, what waits, and where lists are loaded from."""
        anchors = [each for each in every_trust_anchor_of(psp) if each.removed_at is None]
        if psp is not None:
            anchors = [*(each for each in trust_anchors_of(psp) if each.psp_id is None), *anchors]
        owners = (None,) if psp is None else (None, psp)
        document = {
            "trust_anchors": [anchor_row(each) for each in anchors],
            "revocation_lists": list_rows(revocation_lists_of(psp), now=now),
            "sources": [
                source_row(each) for owner in owners for each in revocation_sources_of(owner)
            ],
        }
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        for kind, rows in document.items():
            self.stdout.write(f"{kind.replace('_', ' ')}: {len(rows)}")
            for row in rows:
                self.stdout.write(f"  {line_of(row)}")

    def _load(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Load a list of revoked keys once."""
        row = load_revocation_list(
            psp=psp,
            provider=options["provider"],
            content=_read(options["target"]),
            now=now,
            origin=options["target"][:500],
        )
        self.stdout.write(f"loaded   {row.entries} entries  {row.digest}")

    def _source(self, psp: Psp | None, options: dict[str, Any], now: datetime) -> None:
        """Load a list from a place, now and again and again; or no longer."""
        provider = options["provider"]
        if options["target"] == "none":
            for source in revocation_sources_of(psp):
                if source.provider == provider:
                    remove_revocation_source(psp=psp, ref=source.ref, now=now)
                    self.stdout.write(f"removed  {source.ref}  {source.location}")
            return
        source = set_revocation_source(
            psp=psp,
            provider=provider,
            location=options["target"],
            set_by=options["by"] or "command line",
            now=now,
        )
        self.stdout.write(f"loaded   {source.ref}  {source.location}")

    def _refresh(self, psp: Psp | None, _options: dict[str, Any], now: datetime) -> None:
        """Load the lists of all sources again; what cannot be loaded is said, and the exit code is 1."""
        refreshed = refresh_revocation_lists(psp=psp, now=now)
        for source, loaded in refreshed:
            if loaded is None:
                self.stderr.write(f"kept     {source.provider}: {source.failure}")
            else:
                self.stdout.write(f"loaded   {source.provider}: {loaded.entries} entries")
        if not refreshed:
            self.stdout.write("no source: name one with `trust_anchors source`")
        if any(loaded is None for _source, loaded in refreshed):
            sys.exit(1)


def _read(name: str) -> bytes:
    """Return the file's bytes, at most 8 MB."""
    content = read_file(name, limit=_MAX_FILE)
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
