"""The rows that make a decision durable, and the answer that may leave once they are."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from compliance.decisions.claiming import NO_CLAIMS, Claims, claims_of
from compliance.decisions.contexts import DecisionContext
from compliance.decisions.deciding import Decided
from compliance.decisions.facts_codec import encode_facts
from compliance.decisions.identifiers import Identifiers
from compliance.decisions.leaf import (
    commitment_over,
    decision_entry,
    decision_leaf,
    sealed_digest_of,
)
from compliance.decisions.neutral import device_answer
from compliance.decisions.presentation import rfc3339
from compliance.decisions.pseudonyms import pseudonym
from compliance.decisions.raw_evidence import RAW_COLUMNS, RAW_TABLE, Kept, kept_of
from compliance.decisions.wire import (
    AnsweredFinding,
    AnsweredPolicy,
    DecisionAnswer,
    DecisionRequest,
    ForDevice,
)
from compliance.evidence.providers.shape import Appraisal
from compliance.ledger.merkle import leaf_hash
from compliance.ledger.staging import STAGED_COLUMNS, STAGED_TABLE
from policies.model import Obligation
from policies.model.facts import FUTURE_TOLERANCE_S
from policies.vocabulary.findings import Finding, FindingState

Cell = str | int | bool | bytes | datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the writer fills: its name and columns, and which of these hold JSON."""

    name: str
    columns: tuple[str, ...]
    json_columns: frozenset[str] = frozenset()


# INVARIANT: names and order are those of `compliance.decisions.models`; a test compares them.
DECISIONS: Final = Table(
    "decisions_decision",
    (
        *("psp_id", "ref", "decided_at", "effect", "disposition", "mitigating"),
        *("channel", "method", "platform", "os_version", "app_version", "environment_class"),
        *("policy_number", "policy_digest", "design_digest"),
        *("determining_rules", "matched_rules", "waivers", "findings", "elements"),
        *(
            "reliable_elements",
            "evidence",
            "device_hash",
            "payer_hash",
            "support_ref",
            "device_answer",
            "leaf_hash",
        ),
    ),
    frozenset(
        {"determining_rules", "matched_rules", "waivers", "findings", "elements", "evidence"}
    ),
)
RECORDS: Final = Table(
    "decisions_decisionrecord",
    ("psp_id", "decision_ref", "facts", "transaction_ref", "commitment_key"),
)
FINDINGS: Final = Table(
    "decisions_presentfinding",
    ("psp_id", "decision_ref", "decided_at", "code", "assurance", "provider"),
)
OBLIGATIONS: Final = Table(
    "decisions_obligation",
    ("psp_id", "decision_ref", "obligation_id", "action", "parameters", "decided_at", "due_at"),
    frozenset({"parameters"}),
)
STAGED: Final = Table(STAGED_TABLE, STAGED_COLUMNS)
SEALED: Final = Table("decisions_sealedinput", ("psp_id", "decision_ref", "kid", "sealed"))

RAW: Final = Table(RAW_TABLE, RAW_COLUMNS)
"""Filled by the store itself, which encrypts what goes in; not among `TABLES`."""

TABLES: Final = (DECISIONS, RECORDS, FINDINGS, OBLIGATIONS, STAGED, SEALED)
"""Every table of one decision, in the order in which they are filled."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """One decision's rows for each of `TABLES`, in that order, what it claims, what raw evidence is kept."""

    psp_id: int
    ref: str
    rows: tuple[tuple[Row, ...], ...]
    claims: Claims = NO_CLAIMS
    kept: Kept | None = None


_IDENTIFIERS: Final = Identifiers()
_SORTED: Final = msgspec.json.Encoder(order="sorted")
_PRESENT: Final = FindingState.PRESENT
_ABSENT: Final = FindingState.ABSENT


class _Names(NamedTuple):
    """Whose a decision is, what it is called, and the secret that commits the ledger to its record."""

    psp_id: int
    ref: str
    support_ref: str
    commitment_key: bytes


class _Recorded(NamedTuple):
    """What is recorded of a request: keyed hashes of device and payer, evidence and facts as JSON."""

    device_hash: str
    payer_hash: str
    evidence: bytes
    facts: bytes


def record_of(
    request: DecisionRequest, decided: Decided, *, context: DecisionContext
) -> tuple[NewDecision, DecisionAnswer]:
    """Return the rows of a decision and its answer, which must not leave before they are durable."""
    decision, facts = decided.decision, decided.facts
    now, psp_id, sealed = facts.decided_at, context.psp_id, request.sealed_input
    names = _Names(psp_id, *_IDENTIFIERS.take(now))
    ref = names.ref
    told = device_answer(decision.effect, decision.disclosure).value
    recorded = _Recorded(
        pseudonym(context.pseudonym_key, "device", request.subject.device_ref),
        pseudonym(context.pseudonym_key, "payer", request.subject.payer_ref),
        evidence_json(decided.appraisals, now),
        encode_facts(facts, environment_instance=request.environment.instance),
    )
    entry = _entry(request, decided, names, recorded, told)
    hashed = leaf_hash(entry)
    rows = (
        (_decision_row(request, decided, names, recorded, (told, hashed)),),
        ((psp_id, ref, recorded.facts, request.transaction.ref, names.commitment_key),),
        tuple(
            (psp_id, ref, now, each.code, each.assurance.value, each.provider)
            for each in facts.findings
            if each.state is _PRESENT
        ),
        tuple(_obligation_rows(psp_id, ref, decision.obligations, now)),
        ((psp_id, "decision", ref, entry, hashed, now),),
        () if sealed is None else ((psp_id, ref, decided.sealed_to, sealed),),
    )
    new = NewDecision(
        psp_id,
        ref,
        rows,
        claims_of(decided.appraisals, decided.seen),
        _kept(request, context, ref, recorded.payer_hash),
    )
    for_device = ForDevice(answer=told, support_ref=names.support_ref)
    return new, _answer(decided, ref, for_device, hashed)


def _entry(
    request: DecisionRequest, decided: Decided, names: _Names, recorded: _Recorded, told: str
) -> bytes:
    """Return the ledger entry of a decision, committed to all that is recorded of it."""
    sealed = request.sealed_input
    commitment = commitment_over(
        names.commitment_key,
        transaction_ref=request.transaction.ref,
        device_hash=recorded.device_hash,
        payer_hash=recorded.payer_hash,
        evidence=recorded.evidence,
        facts=recorded.facts,
        sealed_digest="" if sealed is None else sealed_digest_of(sealed),
    )
    return decision_entry(
        decision_leaf(
            ref=names.ref,
            facts=decided.facts,
            decision=decided.decision,
            evidence=[(each.provider, each.mode, each.verified) for each in decided.appraisals],
            policy=(decided.policy.number, decided.policy.digest),
            design_digest=decided.design_digest,
            device_answer=told,
            commitment=commitment,
            waivers=decided.waivers,
            sealed_to=decided.sealed_to,
        )
    )


def _decision_row(
    request: DecisionRequest,
    decided: Decided,
    names: _Names,
    recorded: _Recorded,
    answered: tuple[str, bytes],
) -> Row:
    """Return the row of `DECISIONS`; `answered` is what the device is told, and the leaf's hash."""
    decision, facts = decided.decision, decided.facts
    transaction, device = request.transaction, request.device
    return (
        *(
            names.psp_id,
            names.ref,
            facts.decided_at,
            decision.effect.value,
            decision.disposition.value,
        ),
        *(decision.is_mitigating, transaction.channel, transaction.method, device.platform),
        *(device.os_version, device.app_version, facts.environment.class_),
        *(decided.policy.number, decided.policy.digest, decided.design_digest),
        *(_json(decision.determining_rules), _json(decision.matched_rules)),
        _json(decided.waivers),
        *(_findings_json(facts.findings), _json(decision.elements), decision.reliable_elements),
        *(recorded.evidence.decode(), recorded.device_hash, recorded.payer_hash),
        *(names.support_ref, *answered),
    )


def _kept(
    request: DecisionRequest, context: DecisionContext, ref: str, payer_hash: str
) -> Kept | None:
    """Return what is kept of the raw evidence; None where the PSP has nothing kept."""
    if context.keeping is None:
        return None
    return kept_of(
        request.evidence,
        context.keeping,
        psp_id=context.psp_id,
        psp_ref=context.psp_ref,
        decision_ref=ref,
        payer_hash=payer_hash,
    )


def evidence_json(appraisals: tuple[Appraisal, ...], now: datetime) -> bytes:
    """Return what is kept of the evidence: JSON with sorted names, the payload only as digest.

    Details come from evidence, so they may hold NUL, which no text column of PostgreSQL takes.
    """
    encoded = _SORTED.encode(
        [
            {
                "provider": each.provider,
                "mode": each.mode,
                "verified": each.verified,
                "digest": each.digest,
                "age_s": _age_s(each.observed_at, now),
                "details": each.details,
            }
            for each in appraisals
        ]
    )
    return encoded.replace(b"\\u0000", b"\\ufffd")


def _age_s(observed_at: datetime | None, now: datetime) -> int | None:
    """Return the age in whole seconds; None where it is not known or lies in the future."""
    if observed_at is None:
        return None
    age = (now - observed_at).total_seconds()
    return None if age < -FUTURE_TOLERANCE_S else max(0, int(age))


def _findings_json(findings: tuple[Finding, ...]) -> str:
    """Return every finding as [code, state, assurance, provider]."""
    return _json([(each.code, each.state, each.assurance, each.provider) for each in findings])


def _obligation_rows(
    psp_id: int, ref: str, obligations: tuple[Obligation, ...], now: datetime
) -> list[Row]:
    """Return the rows of the obligations, numbered within the decision."""
    return [
        (
            *(psp_id, ref, f"ob_{number}", each.action, _json(dict(each.parameters)), now),
            None if each.within_s is None else now + timedelta(seconds=each.within_s),
        )
        for number, each in enumerate(obligations, start=1)
    ]


def _answer(decided: Decided, ref: str, for_device: ForDevice, hashed: bytes) -> DecisionAnswer:
    """Return what the back-end is told."""
    decision = decided.decision
    return DecisionAnswer(
        ref=ref,
        effect=decision.effect.value,
        disposition=decision.disposition.value,
        for_device=for_device,
        obligations=[
            {
                "id": f"ob_{number}",
                "action": each.action,
                **dict(each.parameters),
                "within_s": each.within_s,
            }
            for number, each in enumerate(decision.obligations, start=1)
        ],
        elements=decision.elements,
        reliable_elements=decision.reliable_elements,
        determining_rules=decision.determining_rules,
        waivers=decided.waivers,
        findings=[
            AnsweredFinding(
                code=each.code,
                state=each.state.value,
                assurance=each.assurance.value,
                provider=each.provider,
            )
            for each in decided.facts.findings
            if each.state is not _ABSENT
        ],
        policy=AnsweredPolicy(version=decided.policy.number, digest=decided.policy.digest),
        decided_at=rfc3339(decided.facts.decided_at),
        leaf_hash=hashed.hex(),
    )


def _json(value: object) -> str:
    """Return a value as JSON text with sorted names."""
    return _SORTED.encode(value).decode()
