"""Decides on a request: evidence to findings, attributes to typed values, rules to an effect. Pure but for cryptography's CPU time."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance.core.problems import FieldProblem
from compliance.decisions.attempts import design_of
from compliance.decisions.contexts import DecisionContext, DesignInForce, PolicyInForce
from compliance.decisions.environments import environment_of
from compliance.decisions.errors import RefusedRequestError
from compliance.decisions.waiving import refs_that_mattered, rules_waived, waivers_fitting
from compliance.decisions.wire import DecisionRequest, EvidenceItem, utc
from compliance.evidence.appraisal import appraise
from compliance.evidence.challenges import with_challenges
from compliance.evidence.fusion import fused
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    StatedEnvironment,
)
from compliance.evidence.repeats import with_repeats
from compliance.evidence.required import MISSING
from compliance.evidence.required import NAME as REQUIRED_EVIDENCE
from compliance.evidence.sealed_inputs import (
    SealedInputError,
    UnknownSealingKeyError,
    key_sealed_to,
)
from compliance.evidence.transactions import with_transactions
from policies.design import Design
from policies.documents import AttributeValueError, type_attributes, type_built_in
from policies.engine import decide
from policies.model import Decision, Environment, Facts, Value
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import Finding

_REFUSED: Final = "the request does not fit what is registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with what it was made on; `waivers` are those that set a rule aside that counted.

    `sealed_to` is the id of the key that the request's sealed input is sealed to, if there is one.
    """

    decision: Decision
    facts: Facts
    appraisals: tuple[Appraisal, ...]
    policy: PolicyInForce
    design_digest: str
    waivers: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    sealed_to: str = ""


def decide_request(
    request: DecisionRequest,
    *,
    context: DecisionContext,
    now: datetime,
    seen: frozenset[str] = frozenset(),
) -> Decided:
    """Decide on `request` at `now` (aware, UTC); nothing is stored.

    `seen` is what evidence of this request says that was seen before: digests of `Once`, and of keys
    whose counter did not rise.

    Raises:
        NoPolicyInForceError: if the PSP has no policy set in force.
        RefusedRequestError: if evidence is malformed, an attribute does not fit its declaration,
            an element or field of the environment is unknown, or the sealed input is none or not
            sealed to a registered key; every place is named.
    """
    policy = context.policy_at(now)
    sealed_to = "" if request.sealed_input is None else _sealed_to(request.sealed_input, context)
    attributes = _attributes(request, policy)
    claimed = _environment(request)
    in_force = context.design_at(now)
    design = _design(request, attributes, in_force)
    appraisals = with_repeats(_appraised(request, context, now), seen)
    environment, contradictions = environment_of(
        StatedEnvironment(claimed, request.environment.instance), appraisals
    )
    missing = _missing(request.transaction.channel, appraisals, context)
    facts = Facts(
        decided_at=now,
        findings=(*fused(appraisals), *contradictions, *missing),
        attributes=attributes,
        environment=environment,
        elements=tuple(request.elements),
    )
    fitting = waivers_fitting(context.waivers, attributes, now)
    waived = rules_waived(fitting)
    decision = decide(policy.program, in_force.hits_under(design), facts, waived)
    return Decided(
        decision=decision,
        facts=facts,
        appraisals=appraisals,
        policy=policy,
        design_digest=in_force.digest,
        waivers=refs_that_mattered(fitting, decision),
        seen=seen,
        sealed_to=sealed_to,
    )


def _sealed_to(sealed: str, context: DecisionContext) -> str:
    """Return the id of the registered key that the payer's input is sealed to."""
    try:
        return key_sealed_to(sealed, context.sealing_keys)
    except SealedInputError as error:
        is_unknown = isinstance(error, UnknownSealingKeyError)
        raise RefusedRequestError(
            "the sealed input is not taken",
            [FieldProblem("/sealed_input", str(error))],
            code="unknown-sealing-key" if is_unknown else "invalid-request",
        ) from error


def _missing(
    channel: str, appraisals: tuple[Appraisal, ...], context: DecisionContext
) -> tuple[Finding, ...]:
    """Return the finding that evidence is missing: all of it, or some that the PSP requires there.

    Assume that the device is compromised already: no evidence is a finding too.
    """
    required = context.trust.settings.get(REQUIRED_EVIDENCE)
    given = {each.provider for each in appraisals}
    is_missing = not given or (required is not None and required.is_missing(channel, given))
    return (MISSING,) if is_missing else ()


def _attributes(request: DecisionRequest, policy: PolicyInForce) -> dict[str, Value]:
    """Return the PSP's attributes and the built-in ones, typed."""
    try:
        typed = type_attributes(policy.policy_set, request.attributes)
    except AttributeValueError as error:
        problems = [
            FieldProblem(f"/attributes{each.pointer}", each.detail) for each in error.problems
        ]
        raise RefusedRequestError(
            "attributes do not fit the policy set in force", problems, code="invalid-attributes"
        ) from error
    device = request.device
    return typed | type_built_in(
        {
            "channel": request.transaction.channel,
            "method": request.transaction.method,
            "platform": device.platform,
            "os_version": device.os_version,
            "app_version": device.app_version,
            "device_model": device.model,
        }
    )


def _environment(request: DecisionRequest) -> Environment:
    """Return the execution environment that the back-end claims, in the vocabulary's words."""
    claim = request.environment
    environment = Environment(
        class_=claim.class_,
        delivery=claim.delivery,
        packaging=claim.packaging,
        uniqueness=claim.uniqueness,
    )
    unknown = environment.problems()
    if unknown:
        problems = [
            FieldProblem(
                f"/environment/{field}", f"expected one of {', '.join(ENVIRONMENT_FIELDS[field])}"
            )
            for field in unknown
        ]
        raise RefusedRequestError(_REFUSED, problems)
    return environment


def _design(
    request: DecisionRequest, attributes: dict[str, Value], in_force: DesignInForce
) -> Design | None:
    """Return the design that the request's elements rest on, if one is registered for its method."""
    design = design_of(in_force.designs, attributes)
    seen: set[Element] = set()
    problems = []
    for index, element in enumerate(request.elements):
        if element in seen:
            problems.append(FieldProblem(f"/elements/{index}", f"`{element}` is given twice"))
        if design is not None and element not in design.elements:
            known = ", ".join(design.elements)
            detail = f"the design of `{design.method}` has no such element; expected {known}"
            problems.append(FieldProblem(f"/elements/{index}", detail))
        seen.add(element)
    if problems:
        raise RefusedRequestError(_REFUSED, problems)
    return design


def _appraised(
    request: DecisionRequest, context: DecisionContext, now: datetime
) -> tuple[Appraisal, ...]:
    """Return the appraisal of each item of evidence, held against our challenges and its transaction."""
    evidence = [_evidence(item, index) for index, item in enumerate(request.evidence)]
    try:
        appraisals = appraise(evidence, trust=context.trust, at=now)
    except EvidenceShapeError as error:
        problems = [FieldProblem(each.pointer, each.detail) for each in error.problems]
        raise RefusedRequestError("evidence is malformed", problems) from error
    ref = request.transaction.ref
    challenged = with_challenges(
        appraisals, evidence, key=context.challenge_key, transaction_ref=ref, at=now
    )
    return with_transactions(challenged, evidence, transaction_ref=ref)


def _evidence(item: EvidenceItem, index: int) -> Evidence:
    """Return an item in the shape that providers take."""
    try:
        observed_at = None if item.observed_at is None else utc(item.observed_at)
    except OverflowError as error:
        problem = FieldProblem(f"/evidence/{index}/observed_at", "expected a time that UTC knows")
        raise RefusedRequestError(_REFUSED, [problem]) from error
    return Evidence(item.provider, item.mode, item.payload, item.expected, observed_at)
