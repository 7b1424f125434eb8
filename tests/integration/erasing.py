"""Decisions of two payers through the decision point, and all that the database holds, as bytes."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection

from compliance.decisions.models import (
    Decision,
    DecisionRecord,
    RawEvidence,
    SealedInput,
    SubjectKey,
)
from compliance.decisions.pseudonyms import pseudonym, pseudonym_key
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller
from tests.support.sealing import sealed_to

ROOTED: dict[str, Any] = {
    "provider": "freerasp",
    "mode": "reported",
    "payload": {
        "platform": "android",
        "threats": ["privilegedAccess"],
        "all_checks_finished": True,
    },
    "observed_at": "2026-11-23T10:15:04Z",
}
PHONE = "356938035643809"
"""What evidence may say of a phone, and nobody may read in the database."""


def decide_for(caller: Caller, payer: str, number: int) -> str:
    """Decide on one attempt of a payer on a rooted phone; return the decision's reference."""
    answer = caller.decide(
        transaction={
            "ref": f"tx-of-{payer}-{number}",
            "channel": "mobile-app",
            "method": "app-pin-push",
        },
        subject={"payer_ref": payer, "device_ref": f"phone-of-{payer}"},
        evidence=[evidence_of(payer)],
        sealed_input=sealed_to("P-256", f"typed by {payer}".encode()),
    )
    ref: str = answer["ref"]
    return ref


def evidence_of(payer: str) -> dict[str, Any]:
    """Return evidence that names the payer's phone, in a member that is dropped before storage."""
    suspicious = [{"package": f"app-of-{payer}", "reason": PHONE}]
    return ROOTED | {"payload": ROOTED["payload"] | {"malware": suspicious}}


def kept_of(psp: Psp, refs: list[str]) -> dict[str, bytes]:
    """Return what is kept of raw evidence: ciphertexts, and the wrapped keys that they are under."""
    found: dict[str, bytes] = {}
    rows = RawEvidence.objects.filter(psp=psp, decision_ref__in=refs)
    for row in rows:
        found[f"raw evidence of {row.decision_ref}"] = bytes(row.sealed)[-24:]
    for key in SubjectKey.objects.filter(psp=psp, ref__in={row.key_ref for row in rows}):
        found[f"data key {key.ref}"] = bytes(key.wrapped)
        found[f"reference of data key {key.ref}"] = key.ref.encode()
    return found


def secrets_of(psp: Psp, payer: str, refs: list[str]) -> dict[str, bytes]:
    """Return all that leads from the database to a payer, by what it is."""
    key = pseudonym_key(psp.ref)
    found = {
        "payer": payer.encode(),
        "payer's hash": pseudonym(key, "payer", payer).encode(),
        "device's hash": pseudonym(key, "device", f"phone-of-{payer}").encode(),
    }
    for decision in Decision.objects.filter(psp=psp, ref__in=refs):
        found[f"support reference of {decision.ref}"] = decision.support_ref.encode()
    for record in DecisionRecord.objects.filter(psp=psp, decision_ref__in=refs):
        found[f"transaction of {record.decision_ref}"] = record.transaction_ref.encode()
        found[f"key of {record.decision_ref}"] = bytes(record.commitment_key)
    for sealed in SealedInput.objects.filter(psp=psp, decision_ref__in=refs):
        # Its last parts: the header is alike, and a page of the file may end in a long text.
        found[f"sealed input of {sealed.decision_ref}"] = sealed.sealed[-24:].encode()
    return found


def pg_dump() -> str | None:
    """Return the program that dumps a database of PostgreSQL, if it is installed."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), reverse=True)
    return str(newest[0]) if newest else shutil.which("pg_dump")


def dumped() -> bytes:
    """Return all that the database holds: its files with SQLite, a dump with PostgreSQL."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        name = Path(str(given["NAME"]))
        return b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
    options = given["OPTIONS"]
    host = str(given["HOST"] or options.get("host", ""))
    command = [str(pg_dump()), "-h", host, "-U", str(given["USER"])]
    command += ["-p", str(given["PORT"])] if given["PORT"] else []
    result = subprocess.run(
        [*command, str(given["NAME"])],
        capture_output=True,
        check=True,
        env=os.environ | {"PGPASSWORD": str(given["PASSWORD"])},
    )
    return result.stdout


def occurring(secrets: dict[str, bytes], dump: bytes) -> list[str]:
    """Return which of the secrets occur in a dump, as they are or in hexadecimal."""
    return [
        what for what, secret in secrets.items() if secret in dump or secret.hex().encode() in dump
    ]
