"""Appraises one attestation: chain, extension, binding, revocation, then findings."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.applications import is_of_another_app
from compliance.evidence.providers.android_key_attestation.chain import (
    ChainError,
    VerifiedChain,
    verify_chain,
)
from compliance.evidence.providers.android_key_attestation.claims import claims_of
from compliance.evidence.providers.android_key_attestation.details import Details, details_of
from compliance.evidence.providers.android_key_attestation.key_description import (
    KeyDescription,
    KeyDescriptionError,
    read_key_description,
)
from compliance.evidence.providers.android_key_attestation.payload import Expected, read_payload
from compliance.evidence.providers.android_key_attestation.revocations import (
    status_of,
)
from compliance.evidence.providers.android_key_attestation.rules import (
    BINDING,
    INVALID,
    NAME,
    OF_THE_APP,
    REVOKED,
    UNAVAILABLE,
    states_of,
    when_refused,
)
from compliance.evidence.providers.android_key_attestation.settings import Settings
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    Once,
    Revocations,
    TrustMaterial,
    once_digest,
    payload_digest,
    verification_time,
)
from policies.vocabulary.findings import Assurance, Finding, FindingState

States = dict[str, FindingState]

_NOTHING_SET_UP: Final = Settings()
_SOFTWARE: Final = "SOFTWARE"


class Revocation(NamedTuple):
    """What the list says about a chain; `status` is None where nobody can tell."""

    status: str | None
    list_state: str


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:
    """Return what the attestation amounts to, all of assurance A: we verified it, or saw it fail.

    What does not verify gives `attestation.invalid` with its reason in the details; nothing is
    taken from its content, and what it should have told is `not_evaluated`.

    Raises:
        EvidenceShapeError: if the payload is not a list of base64 certificates.
    """
    ders, expected = read_payload(evidence)
    settings: Settings = trust.settings.get(NAME, _NOTHING_SET_UP)
    moment = verification_time(evidence.observed_at, at)
    details: Details = {
        "chain_length": len(ders),
        "verified_at": moment.isoformat(timespec="seconds"),
    }
    try:
        chain = verify_chain(ders, anchors=trust.anchors_for(NAME), at=moment)
        key = read_key_description(chain.extension)
    except ChainError as error:
        details |= {"reason": error.reason.value, "certificate": error.position}
        return _refused(evidence, expected, settings, details)
    except KeyDescriptionError as error:
        details |= {"reason": error.reason, "certificate": 0}
        return _refused(evidence, expected, settings, details)
    known = trust.revocations.get(NAME, Revocations())
    revocation = _revocation_of(chain, known, at, max_age=settings.max_list_age)
    claims = claims_of(chain, key, expected, settings, moment)
    if revocation.status is not None:
        claims["status.entries[serial].status"] = revocation.status
    states = states_of(claims)
    if is_of_another_app(key, expected):
        states[BINDING] = FindingState.PRESENT
    _withdraw(states, _may_clear(states, key))
    details |= details_of(chain, key, expected, settings)
    details["revocation_list"] = revocation.list_state
    if revocation.status is None:  # what then happens is the policy's choice
        states[UNAVAILABLE] = FindingState.PRESENT
    verified = states.get(REVOKED) is not FindingState.PRESENT
    return _appraisal(
        evidence,
        states,
        details,
        verified=verified,
        once=_once(key, expected, states, verified=verified),
    )


def _once(
    key: KeyDescription, expected: Expected, states: States, *, verified: bool
) -> tuple[Once, ...]:
    """Return the challenge, if the back-end says that it is one of this request.

    Without its word the attestation may be that of an enrolment, which is shown again and again.
    """
    if not verified or expected.challenge is None or states.get(BINDING) is FindingState.PRESENT:
        return ()
    return (Once(once_digest(NAME, "challenge", key.challenge)),)


def _refused(
    evidence: Evidence, expected: Expected, settings: Settings, details: Details
) -> Appraisal:
    """Return the appraisal of evidence that does not verify."""
    return _appraisal(evidence, when_refused(expected, settings), details, verified=False)


def _revocation_of(
    chain: VerifiedChain, known: Revocations, at: datetime, *, max_age: timedelta
) -> Revocation:
    """Return what the list says about the chain; every certificate of it is looked up.

    A list that was never loaded, or is too old, clears nothing; what it names is revoked all the
    same. A demonstration's invented root has no list, so there is nothing more to ask.
    """
    statuses = (status_of(one.serial, known.statuses) for one in chain.certificates)
    named = next(filter(None, statuses), None)
    if known.loaded_at is None:
        state = "never loaded"
    else:
        state = "stale" if at - known.loaded_at > max_age else "current"
    if named is not None:
        return Revocation(named, state)
    if chain.root.demonstration:
        return Revocation("", "none (demonstration)")
    return Revocation("" if state == "current" else None, state)


def _may_clear(states: Mapping[str, FindingState], key: KeyDescription) -> frozenset[str] | None:
    """Return the codes that this attestation may clear; None: any.

    A revoked key can have signed anything. Evidence of another request may be of another
    device. What software asserts about itself clears no device.
    """
    if states.get(REVOKED) is FindingState.PRESENT:
        return frozenset()
    if states.get(BINDING) is FindingState.PRESENT:
        return frozenset({INVALID, REVOKED})
    levels = {key.security_level, key.key_mint_security_level}
    if len(levels) > 1 or _SOFTWARE in levels:
        return frozenset({INVALID, REVOKED, BINDING})
    return None


def _withdraw(states: States, may_clear: frozenset[str] | None) -> None:
    """Turn every `absent` that the attestation is not good for into `not_evaluated`."""
    if states.get("device.rooted") is not FindingState.ABSENT:
        for code in OF_THE_APP:
            _withdraw_one(states, code)
    if may_clear is not None:
        for code in states.keys() - may_clear:
            _withdraw_one(states, code)


def _withdraw_one(states: States, code: str) -> None:
    """Turn `absent` into `not_evaluated`."""
    if states.get(code) is FindingState.ABSENT:
        states[code] = FindingState.NOT_EVALUATED


def _appraisal(
    evidence: Evidence,
    states: Mapping[str, FindingState],
    details: Details,
    *,
    verified: bool,
    once: tuple[Once, ...] = (),
) -> Appraisal:
    """Return the appraisal, with findings in alphabetical order of their codes."""
    return Appraisal(
        provider=NAME,
        mode=evidence.mode,
        verified=verified,
        findings=tuple(_findings(sorted(states.items()), evidence.observed_at)),
        digest=payload_digest(evidence.payload),
        observed_at=evidence.observed_at,
        details=details,
        once=once,
    )


def _findings(
    states: Iterable[tuple[str, FindingState]], observed_at: datetime | None
) -> Iterable[Finding]:
    """Yield a finding for each state."""
    for code, state in states:
        yield Finding(
            code=code, state=state, assurance=Assurance.A, provider=NAME, observed_at=observed_at
        )
