"""Decides again from the record, with both engines, and compares with what was stored.

Not covered, as nothing else that is stored depends on it: `support_ref`, which is random; how a
version was written (`7.3` or `7.3.0`, or one that is not read as a version); and the decision's
time where it is repeated beside findings and obligations.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import msgspec

from compliance.core.errors import NotFoundError
from compliance.decisions.details import hits_for
from compliance.decisions.facts_codec import decode_facts
from compliance.decisions.leaf import (
    commitment_over,
    decision_entry,
    decision_leaf,
    sealed_digest_of,
)
from compliance.decisions.models import (
    Decision,
    DecisionRecord,
    Obligation,
    PresentFinding,
    SealedInput,
)
from compliance.decisions.neutral import device_answer
from compliance.decisions.selectors import decision_by_ref
from compliance.decisions.waiving import (
    AppliedWaiver,
    applied_waiver,
    refs_that_mattered,
    rules_waived,
)
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_by_digest
from compliance.ledger.merkle import leaf_hash
from compliance.policysets.programs import CompiledPolicySet, compiled
from compliance.policysets.selectors import version_by_digest
from compliance.policysets.waiver_selectors import waivers_by_ref
from compliance.tenants.models import Psp
from policies.engine import decide, reference
from policies.model import Decision as DecidedAgain
from policies.model import Facts
from policies.vocabulary.attributes import version_key
from policies.vocabulary.findings import FindingState

_CHUNK: Final = 200
_HEARD_LATE: Final = timedelta(seconds=5)
"""Longest that a process may still decide by what was revoked (`pdp.caches.STALE_S`)."""
_VERSIONS: Final = ("os_version", "app_version")
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """Whether deciding again gives what is recorded; `differences` says in words what does not.

    A decision whose record was erased cannot be decided again: it neither agrees nor differs.
    """

    ref: str
    agrees: bool
    differences: tuple[str, ...]
    is_erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A decision with the rows that belong to it."""

    decision: Decision
    record: DecisionRecord
    obligations: Sequence[Obligation]
    findings: Sequence[PresentFinding]
    waivers: Sequence[AppliedWaiver]
    sealed: SealedInput | None


@dataclass(slots=True)
class _Documents:
    """The PSP's policy sets and designs by digest, each read once."""

    psp: Psp
    _policies: dict[str, CompiledPolicySet] = field(default_factory=dict)
    _designs: dict[str, DesignVersion | None] = field(default_factory=lambda: {"": None})

    def policy(self, digest: str) -> CompiledPolicySet:
        """Return the policy set with this text (NotFoundError if there is none)."""
        if digest not in self._policies:
            self._policies[digest] = compiled(version_by_digest(self.psp, digest).document)
        return self._policies[digest]

    def design(self, digest: str) -> DesignVersion | None:
        """Return the design with this text, none for an empty digest (NotFoundError likewise)."""
        if digest not in self._designs:
            self._designs[digest] = design_version_by_digest(self.psp, digest)
        return self._designs[digest]


def replay(psp: Psp, ref: str) -> ReplayResult:
    """Decide again on the decision `ref` of the PSP.

    Raises:
        NotFoundError: if the PSP has no such decision.
    """
    (result,) = _replay_some([decision_by_ref(psp, ref)], _Documents(psp))
    return result


def replay_all(psp: Psp) -> Iterator[ReplayResult]:
    """Decide again on every decision of the PSP, oldest first, without holding all of them."""
    documents = _Documents(psp)
    chunk: list[Decision] = []
    for row in Decision.objects.filter(psp=psp).order_by("pk").iterator(chunk_size=_CHUNK):
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield from _replay_some(chunk, documents)
            chunk = []
    yield from _replay_some(chunk, documents)


def _replay_some(decisions: Sequence[Decision], documents: _Documents) -> Iterator[ReplayResult]:
    """Decide again on some decisions, with few queries."""
    belonging: dict[str, Any] = {
        "psp": documents.psp,
        "decision_ref__in": [decision.ref for decision in decisions],
    }
    records = {row.decision_ref: row for row in DecisionRecord.objects.filter(**belonging)}
    obligations: dict[str, list[Obligation]] = {}
    for obligation in Obligation.objects.filter(**belonging).order_by("pk"):
        obligations.setdefault(obligation.decision_ref, []).append(obligation)
    findings: dict[str, list[PresentFinding]] = {}
    for finding in PresentFinding.objects.filter(**belonging).order_by("pk"):
        findings.setdefault(finding.decision_ref, []).append(finding)
    sealed = {row.decision_ref: row for row in SealedInput.objects.filter(**belonging)}
    named = {ref for decision in decisions for ref in decision.waivers}
    waivers = {
        ref: applied_waiver(each)
        for ref, each in (waivers_by_ref(documents.psp, named) if named else {}).items()
        if each.approved_at is not None
    }
    for decision in decisions:
        record = records.get(decision.ref)
        if record is None:
            yield ReplayResult(decision.ref, agrees=False, differences=(), is_erased=True)
            continue
        stored = _Stored(
            decision=decision,
            record=record,
            obligations=obligations.get(decision.ref, []),
            findings=findings.get(decision.ref, []),
            waivers=[waivers[ref] for ref in decision.waivers if ref in waivers],
            sealed=sealed.get(decision.ref),
        )
        differences = tuple(_differences(stored, documents))
        yield ReplayResult(decision.ref, agrees=not differences, differences=differences)


def _differences(stored: _Stored, documents: _Documents) -> Iterator[str]:
    """Yield what deciding again gives otherwise than it is recorded."""
    decision = stored.decision
    try:
        policy = documents.policy(decision.policy_digest)
        design = documents.design(decision.design_digest)
        facts = decode_facts(bytes(stored.record.facts))
    except NotFoundError as error:
        yield f"{error}: it cannot be decided again"
        return
    except msgspec.MsgspecError as error:
        yield f"the recorded facts cannot be read: {error}"
        return
    hits = hits_for(design, facts)
    waived = rules_waived(stored.waivers)
    by_reference = reference.decide(policy.policy_set, hits, facts, waived)
    by_program = decide(policy.program, hits, facts, waived)
    if by_program != by_reference:
        yield "the two engines do not agree with each other"
    yield from _misapplied(stored.waivers, facts)
    refs = list(refs_that_mattered(stored.waivers, by_reference))
    yield from _compare(_recorded(stored), _expected(by_reference, facts) | {"waivers": refs})
    if leaf_hash(_entry(stored, by_reference, facts)) != bytes(decision.leaf_hash):
        yield "the record does not lead to the leaf hash: it is not the one that was decided on"


def _misapplied(waivers: Sequence[AppliedWaiver], facts: Facts) -> Iterator[str]:
    """Yield each waiver that did not fit the attempt; its end may have been heard of late."""
    for waiver in waivers:
        if not waiver.fits_scope(facts.attributes):
            yield f"waiver {waiver.ref} is recorded, which does not fit what was decided on"
        elif not waiver.starts_at <= facts.decided_at < waiver.ends_at + _HEARD_LATE:
            yield f"waiver {waiver.ref} is recorded, which did not apply at that time"


def _compare(recorded: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    """Yield each thing that is recorded otherwise than it should be."""
    for name, value in expected.items():
        if recorded[name] != value:
            yield f"{name}: `{recorded[name]}` is recorded, deciding again gives `{value}`"


def _recorded(stored: _Stored) -> dict[str, Any]:
    """Return what the rows say, in the form of `_expected`."""
    decision = stored.decision
    names = (
        *("decided_at", "effect", "disposition", "mitigating", "determining_rules"),
        *("matched_rules", "waivers", "elements", "reliable_elements", "device_answer", "findings"),
        *("channel", "method", "platform", "environment_class"),
    )
    return {name: getattr(decision, name) for name in names} | {
        **{name: version_key(getattr(decision, name)) for name in _VERSIONS},
        "present findings": [
            (each.code, each.assurance, each.provider) for each in stored.findings
        ],
        "obligations": [
            (each.obligation_id, each.action, each.parameters, each.within_s)
            for each in stored.obligations
        ],
    }


def _expected(decided: DecidedAgain, facts: Facts) -> dict[str, Any]:
    """Return what the rows should say."""
    attributes = facts.attributes
    return {
        "decided_at": facts.decided_at,
        "effect": decided.effect.value,
        "disposition": decided.disposition.value,
        "mitigating": decided.is_mitigating,
        "determining_rules": list(decided.determining_rules),
        "matched_rules": list(decided.matched_rules),
        "elements": {name.value: status.value for name, status in decided.elements.items()},
        "reliable_elements": decided.reliable_elements,
        "device_answer": device_answer(decided.effect, decided.disclosure).value,
        "findings": [
            [each.code, each.state.value, each.assurance.value, each.provider]
            for each in facts.findings
        ],
        **{name: attributes.get(name, "") for name in ("channel", "method", "platform")},
        **{name: attributes.get(name) for name in _VERSIONS},
        "environment_class": facts.environment.class_,
        "present findings": [
            (each.code, each.assurance.value, each.provider)
            for each in facts.findings
            if each.state is FindingState.PRESENT
        ],
        "obligations": [
            (f"ob_{number}", each.action, dict(each.parameters), each.within_s)
            for number, each in enumerate(decided.obligations, start=1)
        ],
    }


def _entry(stored: _Stored, decided: DecidedAgain, facts: Facts) -> bytes:
    """Return the ledger entry that the record leads to."""
    decision, record, sealed = stored.decision, stored.record, stored.sealed
    commitment = commitment_over(
        bytes(record.commitment_key),
        transaction_ref=record.transaction_ref,
        device_hash=decision.device_hash,
        payer_hash=decision.payer_hash,
        evidence=_ENCODER.encode(decision.evidence),
        facts=bytes(record.facts),
        sealed_digest="" if sealed is None else sealed_digest_of(sealed.sealed),
    )
    leaf = decision_leaf(
        ref=decision.ref,
        facts=facts,
        decision=decided,
        evidence=[(each["provider"], each["mode"], each["verified"]) for each in decision.evidence],
        policy=(decision.policy_number, decision.policy_digest),
        design_digest=decision.design_digest,
        device_answer=decision.device_answer,
        commitment=commitment,
        waivers=decision.waivers,
        sealed_to="" if sealed is None else sealed.kid,
    )
    return decision_entry(leaf)
