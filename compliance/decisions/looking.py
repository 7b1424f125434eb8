"""Reads raw evidence that was kept. Each look is an entry in the ledger before anything is shown."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from compliance.core.errors import NotFoundError
from compliance.core.refs import new_ref
from compliance.decisions.details import decision_by_ref
from compliance.decisions.keeping import evidence_keeping
from compliance.decisions.models import Decision, RawEvidence, SubjectKey
from compliance.decisions.presentation import rfc3339
from compliance.decisions.raw_evidence import bound_to
from compliance.evidence.data_keys import decrypt, load_wrapping_key, unwrap
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor, require_role
from compliance.tenants.models import Psp, Role, User

READERS: Final = (Role.OFFICER, Role.INTERNAL_AUDITOR, Role.EXTERNAL_AUDITOR)
_SORTED: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item of evidence as it was received; `agrees`: its payload has the digest that was recorded."""

    position: int
    item: dict[str, Any]
    agrees: bool


def look_at_raw_evidence(
    *, psp: Psp, decision_ref: str, by: User, now: datetime
) -> tuple[RawItem, ...]:
    """Return the raw evidence of a decision, as far as it was kept; the ledger says who looked.

    Raises:
        NotFoundError: if the PSP has no such decision, or nothing is kept of it (any more).
        VaultError: if it cannot be decrypted.
        RoleTooSmallError: if the person may not look.
    """
    require_role(psp, by, READERS)
    decision = decision_by_ref(psp, decision_ref)
    with transaction.atomic():
        items = _opened(psp, decision)
        ref = new_ref("lok", now=now)
        body = {
            "schema": 1,
            "type": "raw_evidence_read",
            "ref": ref,
            "decision": decision.ref,
            "items": len(items),
            **actor(by),
            "at": rfc3339(now),
        }
        stage_json(psp=psp, kind="raw_evidence_read", ref=ref, body=body, now=now)
    return items


def has_raw_evidence(psp: Psp, decision_ref: str) -> bool:
    """Return whether raw evidence is kept of a decision of the PSP."""
    return RawEvidence.objects.filter(psp=psp, decision_ref=decision_ref).exists()


def raw_evidence_document(items: tuple[RawItem, ...]) -> dict[str, Any]:
    """Return what was looked at as JSON."""
    return {
        "items": [
            {"position": each.position, "agrees": each.agrees, "evidence": each.item}
            for each in items
        ]
    }


def _opened(psp: Psp, decision: Decision) -> tuple[RawItem, ...]:
    """Return what was kept of a decision, decrypted."""
    rows = list(RawEvidence.objects.filter(psp=psp, decision_ref=decision.ref).order_by("position"))
    refs = {row.key_ref for row in rows}
    keys = {row.ref: bytes(row.wrapped) for row in SubjectKey.objects.filter(psp=psp, ref__in=refs)}
    keeping = evidence_keeping(psp)
    rows = [row for row in rows if row.key_ref in keys]
    if keeping is None or not rows:
        raise NotFoundError("raw evidence of decision", decision.ref)
    wrapping_key = load_wrapping_key(psp.ref, check=keeping.key_check)
    items = []
    for row in rows:
        data_key = unwrap(keys[row.key_ref], wrapping_key=wrapping_key)
        bound = bound_to(psp.ref, decision.ref, row.position)
        text = decrypt(bytes(row.sealed), data_key=data_key, bound_to=bound)
        item = msgspec.json.decode(text)
        digest = hashlib.sha256(_SORTED.encode(item["payload"])).hexdigest()
        recorded = decision.evidence[row.position]["digest"]
        items.append(RawItem(row.position, item, agrees=recorded == f"sha256:{digest}"))
    return tuple(items)
