"""Erases what links decisions to anybody, and what they were made on; each time the ledger says so.

What a leaf commits to stays, and so does every proof: of the record it holds an HMAC alone, whose
key goes with the record. A chunk of decisions is erased in one transaction with its entry, which
says how many and never which (docs/decisions/0011-erasure.md).
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from compliance.core.refs import first_ref, new_ref
from compliance.core.traces import clear_traces_once_durable
from compliance.decisions.models import (
    Decision,
    DecisionRecord,
    Erasure,
    ErasureCause,
    Outcome,
    RawEvidence,
    SealedInput,
    SubjectKey,
)
from compliance.decisions.presentation import rfc3339
from compliance.decisions.pseudonyms import pseudonym, pseudonym_key
from compliance.decisions.retention import retention_days
from compliance.evidence.models import SeenEvidence
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor, locked_psp, require_role
from compliance.tenants.models import ApiKey, Psp, Role, User

ERASERS: Final = (Role.OFFICER, Role.ADMINISTRATOR)
CHUNK: Final = 500
"""Decisions that are erased in one transaction: well under a second, so that others can write between."""

SCHEDULE: Final = "schedule"

# What stays of evidence: provider, mode, whether it verified, its age: what figures are made of.
# INVARIANT: the words of the trigger (migration 0004), which accepts nothing else.
EVIDENCE_WITHOUT: Final = {
    "postgresql": (
        """(SELECT coalesce(jsonb_agg(item || '{"digest": "", "details": {}}' ORDER BY place), '[]')"""
        " FROM jsonb_array_elements(evidence) WITH ORDINALITY AS each(item, place))"
    ),
    "sqlite": (
        "(SELECT json_group_array(json_set(value, '$.digest', '', '$.details', json('{}')))"
        " FROM json_each(evidence))"
    ),
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, a row for each entry in the ledger; none if there was nothing."""

    erasures: tuple[Erasure, ...] = ()

    @property
    def decisions(self) -> int:
        """How many decisions no longer lead to anybody."""
        return sum(each.decisions for each in self.erasures)


def erase_payer(*, psp: Psp, payer_ref: str, by: User | ApiKey, now: datetime) -> Erased:
    """Erase the records of the PSP's decisions on a payer, and all that links these to them.

    `payer_ref` is the back-end's own name. Safe to repeat, and to go on with where it stopped. What
    is decided meanwhile may be missed: stop asking about the payer first.

    Raises:
        RoleTooSmallError: if the person may not erase at this PSP. A key's scope is the caller's to check.
    """
    if isinstance(by, User):
        require_role(psp, by, ERASERS)
    hashed = pseudonym(pseudonym_key(psp.ref), "payer", payer_ref)
    if not hashed:
        return Erased()
    rows = Decision.objects.filter(psp=psp, payer_hash=hashed).order_by("pk")

    def some() -> list[str]:
        return list(rows.values_list("ref", flat=True)[:CHUNK])

    return _erase_all(psp, some, cause=ErasureCause.PAYER, by=by, now=now, subject=hashed)


def erase_expired(*, psp: Psp, now: datetime) -> Erased:
    """Erase the records that are older than the PSP keeps them; nothing if it has not set how long."""
    days = retention_days(psp)
    if days is None:
        return Erased()
    before = now - timedelta(days=days)
    # References sort by time, and those of erased records are gone: the oldest come at once.
    rows = DecisionRecord.objects.filter(psp=psp, decision_ref__lt=first_ref("dec", at=before))

    def some() -> list[str]:
        return list(rows.order_by("decision_ref").values_list("decision_ref", flat=True)[:CHUNK])

    return _erase_all(
        psp, some, cause=ErasureCause.RETENTION, by=None, now=now, decided_before=before
    )


def _erase_all(
    psp: Psp,
    some: Callable[[], list[str]],
    *,
    cause: ErasureCause,
    by: User | ApiKey | None,
    now: datetime,
    decided_before: datetime | None = None,
    subject: str = "",
) -> Erased:
    """Erase chunk after chunk until one is not full."""
    erasures = []
    while True:
        with transaction.atomic():
            # One erasure of a PSP at a time: a decision is counted once.
            locked_psp(psp)
            refs = some()
            if refs:
                row = Erasure(
                    psp=psp,
                    ref=new_ref("ers", now=now),
                    cause=cause,
                    decisions=len(refs),
                    records=_erase(psp, refs, subject),
                    decided_before=decided_before,
                    erased_by=_name_of(by),
                    erased_at=now,
                )
                row.leaf_hash = _stage(row, by)
                row.save(force_insert=True)
                erasures.append(row)
        if len(refs) < CHUNK:
            break
    clear_traces_once_durable()
    return Erased(tuple(erasures))


def _destroy_raw_evidence(psp: Psp, refs: Sequence[str], subject: str) -> None:
    """Destroy the raw evidence of some decisions, and the data keys that nothing more is under.

    That of `subject`, a payer who is erased, goes at once: the rest of theirs cannot be read from then on.
    """
    rows = RawEvidence.objects.filter(psp=psp, decision_ref__in=refs)
    wanted = Q(ref__in=set(rows.values_list("key_ref", flat=True)))
    wanted |= Q(subject=subject) if subject else Q()
    rows.delete()
    # Whoever is storing something under one of them holds it. Only once they are ours does the next
    # statement see all that is under them. One order of keys for all (`decisions.raw_evidence`).
    keys = SubjectKey.objects.filter(wanted, psp=psp).select_for_update().order_by("subject")
    held = {key.ref: key.subject for key in keys}
    used = RawEvidence.objects.filter(psp=psp, key_ref__in=held).values_list("key_ref", flat=True)
    gone = {ref for ref, owner in held.items() if owner == subject} | (set(held) - set(used))
    SubjectKey.objects.filter(psp=psp, ref__in=gone).delete()


def _erase(psp: Psp, refs: Sequence[str], subject: str) -> int:
    """Destroy the records of some decisions and unlink these; return how many had a record."""
    records, _by_model = DecisionRecord.objects.filter(psp=psp, decision_ref__in=refs).delete()
    Decision.objects.filter(psp=psp, ref__in=refs).update(
        payer_hash="",
        device_hash="",
        support_ref="",
        evidence=RawSQL(EVIDENCE_WITHOUT[connection.vendor], ()),  # noqa: S611 - words of ours
    )
    SealedInput.objects.filter(psp=psp, decision_ref__in=refs).delete()
    _destroy_raw_evidence(psp, refs, subject)
    words = ~Q(detail="") | ~Q(enforced_by="")
    Outcome.objects.filter(words, psp=psp, decision_ref__in=refs).update(detail="", enforced_by="")
    # The digest stays, so that the evidence is still not accepted twice.
    SeenEvidence.objects.filter(psp=psp, decision_ref__in=refs).update(decision_ref="", scope="")
    return records


def _stage(row: Erasure, by: User | ApiKey | None) -> bytes:
    """Stage the entry: how many, why, by whom; never whose, nor which."""
    some = {} if row.decided_before is None else {"decided_before": rfc3339(row.decided_before)}
    body = {
        "schema": 1,
        "type": "erased",
        "ref": row.ref,
        "cause": str(row.cause),
        "decisions": row.decisions,
        "records": row.records,
        **some,
        **({} if by is None else actor(by)),
        "at": rfc3339(row.erased_at),
    }
    return stage_json(psp=row.psp, kind="erased", ref=row.ref, body=body, now=row.erased_at)


def _name_of(by: User | ApiKey | None) -> str:
    """Return who erased, for the row."""
    if by is None:
        return SCHEDULE
    return by.ref if isinstance(by, ApiKey) else by.email
