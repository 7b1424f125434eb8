"""Appraises one item of App Attest: verification, binding, then findings."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from compliance.evidence.providers.apple_app_attest import rules
from compliance.evidence.providers.apple_app_attest.claims import (
    NOT_BOUND,
    REGRESSED,
    Claimed,
    Unevaluated,
    apps_of,
    claims_of_app,
    claims_of_attested,
    claims_of_extensions,
    claims_of_metric,
    claims_of_receipt,
)
from compliance.evidence.providers.apple_app_attest.details import (
    ENVIRONMENTS,
    Details,
    details_of_extensions,
    details_of_receipt,
    details_of_root,
)
from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.apple_app_attest.payload import Item, Kind, read_item
from compliance.evidence.providers.apple_app_attest.receipt import read_receipt
from compliance.evidence.providers.apple_app_attest.settings import Settings
from compliance.evidence.providers.apple_app_attest.verify import (
    verify_assertion,
    verify_attestation,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    Once,
    TrustMaterial,
    once_digest,
    payload_digest,
    verification_time,
)
from policies.vocabulary.findings import Assurance, Finding, FindingState

States = dict[str, FindingState]

_ASSURANCE: Final = {
    Kind.ATTESTATION: Assurance.A,
    Kind.ASSERTION: Assurance.A,
    Kind.RECEIPT: Assurance.B,
    Kind.SUPPORT: Assurance.D,
}
_ANSWERED: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.ATTESTATION: (
        rules.DEBUG,
        rules.REPACKAGED,
        rules.BINDING,
        rules.STALE,
        rules.SOFTWARE,
    ),
    Kind.ASSERTION: (rules.REPACKAGED, rules.BINDING, rules.COUNTER),
    Kind.RECEIPT: (rules.BINDING, rules.STALE, rules.FARMING),
}
"""Codes that every item of a kind answers, so that one which does not verify leaves them open."""

_OF_ANOTHER: Final = frozenset({rules.BINDING})
_DOUBTFUL: Final = frozenset({rules.DEBUG, rules.REPACKAGED, rules.COUNTER, rules.STALE})
_KEPT: Final = frozenset({rules.INVALID, rules.BINDING, rules.COUNTER, rules.STALE})


class Judged(NamedTuple):
    """What a verified item amounts to."""

    claims: Claimed
    open: Unevaluated
    details: Details
    once: tuple[Once, ...] = ()
    counter: tuple[str, int] | None = None
    extra: Mapping[str, FindingState] = {}


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what an attestation, an assertion, a receipt, or the lack of them amounts to.

    Attestations and assertions are of assurance A, receipts of B; that a device does not support
    App Attest is the app's word, D. What does not verify gives `attestation.invalid` with its reason
    in the details; nothing is taken from its content, and what it should have told is `not_evaluated`.

    Raises:
        EvidenceShapeError: if the payload is none of them, or an assertion comes without its key.
    """
    item = read_item(evidence)
    if item.kind is Kind.SUPPORT:
        return _support(evidence, item)
    settings = trust.settings.get(rules.NAME, Settings())
    moment = verification_time(evidence.observed_at, at)
    details: Details = {
        "kind": item.kind.value,
        "verified_at": moment.isoformat(timespec="seconds"),
    }
    try:
        judged = _JUDGES[item.kind](item, trust, settings, moment)
    except NotVerifiedError as error:
        return _refused(evidence, item, error.reason, details)
    states = {**rules.states_of(judged.claims), **judged.extra}
    states[rules.INVALID] = FindingState.ABSENT
    states.setdefault(rules.BINDING, FindingState.NOT_EVALUATED)
    if settings.allow_development and states.get(rules.DEBUG) is FindingState.PRESENT:
        states[rules.DEBUG] = FindingState.ABSENT  # production is not required
    if states.get(rules.REPACKAGED) is FindingState.PRESENT:
        states[rules.BINDING] = FindingState.PRESENT  # the key of another app
    _withdraw(states)
    if judged.open:
        states[rules.UNEVALUATED] = FindingState.PRESENT
        details["unevaluated"] = ", ".join(sorted(judged.open))
    return _appraisal(
        evidence,
        item.kind,
        states,
        details | judged.details,
        verified=True,
        once=judged.once,
        counter=judged.counter,
    )


def _attestation(item: Item, trust: TrustMaterial, settings: Settings, moment: datetime) -> Judged:
    """Return what an attestation amounts to."""
    verified = verify_attestation(item, anchors=trust.anchors_for(rules.NAME), at=moment)
    apps = apps_of(item.expected, settings)
    open_ = Unevaluated()
    data, receipt = verified.data, verified.receipt
    claims = (
        claims_of_app(data.common.rp_id_hash, apps, open_)
        | claims_of_extensions(data.common.extensions, settings, open_)
        | claims_of_attested(data, open_)
        | claims_of_receipt(receipt, apps, max_age=settings.attestation_max_age, at=moment)
        | _binding(is_bound=verified.is_bound)
    )
    details: Details = {
        "challenge": "not compared" if not item.expected.client_data else "compared",
        "environment": ENVIRONMENTS.get(data.environment or "", "unknown"),
        **details_of_root(verified.chain.root, receipt.root),
        **details_of_extensions(data.common.extensions),
        "attested_at": receipt.created_at.isoformat(timespec="seconds"),
    }
    if verified.has_key_access_control:
        details["key_access_control"] = "not evaluated"
    extra = {rules.STALE: FindingState.PRESENT} if verified.chain.is_expired else {}
    once = Once(once_digest(rules.NAME, "attestation", verified.chain.point))
    return Judged(claims, open_, details, once=(once,), extra=extra)


def _assertion(
    item: Item,
    trust: TrustMaterial,  # noqa: ARG001 - one signature for all
    settings: Settings,
    moment: datetime,  # noqa: ARG001 - an assertion knows no time
) -> Judged:
    """Return what an assertion amounts to."""
    verified = verify_assertion(item)
    apps = apps_of(item.expected, settings)
    open_ = Unevaluated()
    data = verified.data
    claims = (
        claims_of_app(data.rp_id_hash, apps, open_)
        | claims_of_extensions(data.extensions, settings, open_)
        | _binding(is_bound=verified.is_bound)
    )
    last = item.expected.last_counter
    if last is not None or data.counter == 0:  # an attestation has 0, so an assertion never has
        claims[REGRESSED] = data.counter <= (last or 0)
    details: Details = {
        "challenge": "not compared" if not item.expected.client_data else "compared",
        "counter": data.counter,
        **details_of_extensions(data.extensions),
    }
    once = Once(once_digest(rules.NAME, "assertion", verified.point + verified.nonce))
    key = once_digest(rules.NAME, "key", verified.point)
    return Judged(claims, open_, details, once=(once,), counter=(key, data.counter))


def _receipt(item: Item, trust: TrustMaterial, settings: Settings, moment: datetime) -> Judged:
    """Return what a receipt amounts to."""
    receipt = read_receipt(item.data, anchors=trust.anchors_for(rules.NAME))
    apps = apps_of(item.expected, settings)
    open_ = Unevaluated()
    if not apps:
        open_.add("app_id")
    if receipt.unknown:
        open_.add("receipt")
    key_id = item.expected.key_id
    claims = (
        claims_of_receipt(receipt, apps, max_age=settings.receipt_max_age, at=moment)
        | claims_of_metric(receipt, settings, open_)
        | _binding(is_bound=None if key_id is None else receipt.key_id == key_id)
    )
    return Judged(claims, open_, details_of_receipt(receipt))


_JUDGES: Final = {
    Kind.ATTESTATION: _attestation,
    Kind.ASSERTION: _assertion,
    Kind.RECEIPT: _receipt,
}


def _binding(*, is_bound: bool | None) -> Claimed:
    """Return the claim about the binding; none where the back-end expects none."""
    return {} if is_bound is None else {NOT_BOUND: not is_bound}


def _withdraw(states: States) -> None:
    """Turn every `absent` that the evidence is not good for into `not_evaluated`.

    Evidence of another request or app may be of another device. What a development build, a key
    whose counter went back, or evidence of another time says is of no use for this moment.
    """
    present = {code for code, state in states.items() if state is FindingState.PRESENT}
    if present & _OF_ANOTHER:
        kept = frozenset({rules.INVALID})
    elif present & _DOUBTFUL:
        kept = _KEPT
    else:
        return
    for code in states.keys() - kept:
        if states[code] is FindingState.ABSENT:
            states[code] = FindingState.NOT_EVALUATED


def _refused(evidence: Evidence, item: Item, reason: Reason, details: Details) -> Appraisal:
    """Return the appraisal of evidence that does not verify."""
    states = dict.fromkeys(_ANSWERED[item.kind], FindingState.NOT_EVALUATED)
    states[rules.INVALID] = FindingState.PRESENT
    if reason is Reason.NONCE and item.expected.client_data:
        states[rules.BINDING] = FindingState.PRESENT  # Apple certified another nonce
    details["reason"] = reason.value
    return _appraisal(evidence, item.kind, states, details, verified=False)


def _support(evidence: Evidence, item: Item) -> Appraisal:
    """Return what it amounts to that there is no attestation, because the device has none to give."""
    states = rules.states_of({(rules.IS_SUPPORTED, rules.IN): item.is_supported})
    if item.is_supported:  # then evidence could have come, and this is none
        states[rules.MISSING] = FindingState.NOT_EVALUATED
    details: Details = {"kind": item.kind.value, "is_supported": item.is_supported}
    return _appraisal(evidence, item.kind, states, details, verified=False)


def _appraisal(
    evidence: Evidence,
    kind: Kind,
    states: Mapping[str, FindingState],
    details: Details,
    *,
    verified: bool,
    once: tuple[Once, ...] = (),
    counter: tuple[str, int] | None = None,
) -> Appraisal:
    """Return the appraisal, with findings in alphabetical order of their codes."""
    assurance, observed_at = _ASSURANCE[kind], evidence.observed_at
    findings = [
        Finding(
            code=code,
            state=state,
            assurance=assurance,
            provider=rules.NAME,
            observed_at=observed_at,
        )
        for code, state in sorted(states.items())
    ]
    return Appraisal(
        provider=rules.NAME,
        mode=evidence.mode,
        verified=verified,
        findings=tuple(findings),
        digest=payload_digest(evidence.payload),
        observed_at=observed_at,
        details=details,
        once=once,
        counter=counter,
    )
