"""Decisions that have a record to be erased, and what the ledger tells of it."""
# SPDX-License-Identifier: Apache-2.0

import json
import secrets
from typing import Any

from compliance.decisions.models import Decision, DecisionRecord
from compliance.decisions.pseudonyms import pseudonym, pseudonym_key
from compliance.ledger.models import StagedEntry
from compliance.tenants.models import Psp
from tests.support.decided import put_breach
from tests.support.factories import NOW

PAYER = "c-5501"


def put_recorded(psp: Psp, payer: str = PAYER, **changes: Any) -> Decision:
    """Store a decision on a payer, with its record."""
    hashed = pseudonym(pseudonym_key(psp.ref), "payer", payer)
    values: dict[str, Any] = {"decided_at": NOW, "payer_hash": hashed}
    decision = put_breach(psp, **values | changes)
    DecisionRecord.objects.create(
        psp=psp,
        decision_ref=decision.ref,
        facts=b"{}",
        transaction_ref="tx-1",
        commitment_key=secrets.token_bytes(32),
    )
    return decision


def entries(psp: Psp, kind: str = "erased") -> list[dict[str, Any]]:
    rows = StagedEntry.objects.filter(psp=psp, kind=kind).order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def records(psp: Psp) -> set[str]:
    return set(DecisionRecord.objects.filter(psp=psp).values_list("decision_ref", flat=True))
