"""One decision with all that belongs to it, for a person to follow."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.core.errors import NotFoundError
from compliance.decisions.attempts import design_of
from compliance.decisions.facts_codec import decode_facts
from compliance.decisions.models import (
    Decision,
    DecisionRecord,
    Obligation,
    Outcome,
    SealedInput,
)
from compliance.decisions.obligations import ObligationView, obligation_views
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_version_by_digest, read_design_document
from compliance.policysets.models import PolicySetVersion, Waiver
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import version_by_digest
from compliance.policysets.waiver_selectors import waivers_by_ref
from compliance.tenants.models import Psp
from policies.design import Hits, element_hits
from policies.engine import Explanation, explain
from policies.model import Facts
from policies.vocabulary.findings import CATALOGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding as it was decided on, with the catalogue's words."""

    code: str
    title: str
    meaning: str
    state: str
    assurance: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDetail:
    """A decision, its evidence and findings, why it was so, what it obliges to, what was done.

    `facts`, `transaction_ref` and `explanations` are None or empty once the record was erased.
    `explanations` has every rule; those that held come first, else in the document's order.
    """

    decision: Decision
    findings: tuple[FindingView, ...]
    evidence: tuple[Mapping[str, Any], ...]
    explanations: tuple[Explanation, ...]
    obligations: tuple[ObligationView, ...]
    policy_version: PolicySetVersion
    design_version: DesignVersion | None
    transaction_ref: str
    facts: Facts | None
    waivers: tuple[Waiver, ...] = ()
    sealed_input: SealedInput | None = None

    @property
    def is_erased(self) -> bool:
        """Whether what was decided on has been erased; the decision and its proof remain."""
        return self.facts is None


def decision_by_ref(psp: Psp, ref: str) -> Decision:
    """Return the decision `ref` of the PSP.

    Raises:
        NotFoundError: if the PSP has no such decision.
    """
    decision = Decision.objects.filter(psp=psp, ref=ref).first()
    if decision is None:
        raise NotFoundError("decision", ref)
    return decision


def decision_detail(psp: Psp, ref: str, *, now: datetime) -> DecisionDetail:
    """Return the decision `ref` of the PSP with all that belongs to it.

    Raises:
        NotFoundError: if the PSP has no such decision.
    """
    decision = decision_by_ref(psp, ref)
    policy = version_by_digest(psp, decision.policy_digest)
    design = (
        design_version_by_digest(psp, decision.design_digest) if decision.design_digest else None
    )
    record = DecisionRecord.objects.filter(psp=psp, decision_ref=ref).first()
    facts = None if record is None else decode_facts(bytes(record.facts))
    waivers = tuple(waivers_by_ref(psp, decision.waivers).values()) if decision.waivers else ()
    waived = frozenset(each.rule_id for each in waivers)
    return DecisionDetail(
        decision=decision,
        findings=tuple(_finding(*each) for each in decision.findings),
        evidence=tuple(decision.evidence),
        explanations=() if facts is None else _explained(policy, design, facts, waived),
        obligations=obligations_of(psp, ref, now=now),
        policy_version=policy,
        design_version=design,
        transaction_ref="" if record is None else record.transaction_ref,
        facts=facts,
        waivers=waivers,
        sealed_input=sealed_input_of(psp, ref),
    )


def sealed_input_of(psp: Psp, ref: str) -> SealedInput | None:
    """Return what the payer typed for the decision `ref`, sealed; None if there is none, or no more."""
    return SealedInput.objects.filter(psp=psp, decision_ref=ref).first()


def obligations_of(psp: Psp, ref: str, *, now: datetime) -> tuple[ObligationView, ...]:
    """Return the obligations of the decision `ref`, in order; none for another PSP's decision."""
    obligations = Obligation.objects.filter(psp=psp, decision_ref=ref).order_by("pk")
    outcomes = Outcome.objects.filter(psp=psp, decision_ref=ref).order_by("pk")
    return tuple(obligation_views(obligations, outcomes=outcomes, now=now))


def hits_for(design: DesignVersion | None, facts: Facts) -> Hits:
    """Return which elements each finding hits, by the design that applied to these facts."""
    if design is None:
        return element_hits(None, None)
    designs = read_design_document(design.document)
    return element_hits(designs, design_of(designs, facts.attributes))


def _explained(
    policy: PolicySetVersion,
    design: DesignVersion | None,
    facts: Facts,
    waived: frozenset[str],
) -> tuple[Explanation, ...]:
    """Return why each rule counted or not; those that counted first, then those waived."""
    policy_set = compiled(policy.document).policy_set
    explanations = explain(policy_set, hits_for(design, facts), facts, waived)
    return tuple(sorted(explanations, key=lambda each: (not each.counted, not each.set_aside)))


def _finding(code: str, state: str, assurance: str, provider: str) -> FindingView:
    """Return a recorded finding with the catalogue's words."""
    type_ = CATALOGUE.get(code)
    return FindingView(
        code=code,
        title=type_.title if type_ else code,
        meaning=type_.meaning if type_ else "",
        state=state,
        assurance=assurance,
        provider=provider,
    )
