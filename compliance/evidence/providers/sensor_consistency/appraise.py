"""What a session's accelerations and touches amount to: operated by a hand, or from elsewhere."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from compliance.evidence.providers.sensor_consistency.payload import read_session
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    TrustMaterial,
    payload_digest,
    unknown_fields,
)
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

NAME: Final = "sensor_consistency"
_STATES: Final[Mapping[str, FindingState]] = {
    "consistent": FindingState.ABSENT,
    "not_consistent": FindingState.PRESENT,
    "not_evaluated": FindingState.NOT_EVALUATED,
}

CODES: Final = tuple(
    type_.code
    for type_ in CATALOGUE.values()
    for mapping in type_.mappings.get("behavioural", ())
    if mapping["path"] == "accel_touch_correlation"
)
"""What the catalogue says of touches without matching motion."""


def appraise(evidence: Evidence, *, trust: TrustMaterial, at: datetime) -> Appraisal:  # noqa: ARG001 - one signature for all
    """Return what the session amounts to; the series itself is digested, never kept.

    A session that allows no verdict says nothing, as if it had not been sent: it is no failure of a
    mechanism that a payer touched the screen twice, or that the phone lay on a table.

    Raises:
        EvidenceShapeError: if the payload is not a session.
    """
    # Heavy (docs/decisions/0003-dependencies.md): a process that meets no session does without.
    from compliance.evidence.providers.sensor_consistency.statistic import (  # noqa: PLC0415
        measure,
    )

    if evidence.expected:
        raise EvidenceShapeError(unknown_fields("/expected", evidence.expected, ()))
    session = read_session(evidence.payload)
    digest = payload_digest(evidence.payload)
    outcome = measure(session, seed=digest)
    details: dict[str, str | int | bool] = {
        "verdict": outcome.verdict.value,
        "touches": outcome.touches,
    }
    if outcome.reason:
        details["reason"] = outcome.reason.value
    if outcome.level is not None and outcome.p is not None:
        details["level_permille"] = outcome.level
        details["p_permille"] = outcome.p
    return Appraisal(
        provider=NAME,
        mode=evidence.mode,
        verified=False,
        findings=tuple(
            Finding(
                code=code,
                state=_STATES[outcome.verdict],
                assurance=Assurance.D,
                provider=NAME,
                observed_at=evidence.observed_at,
            )
            for code in CODES
        ),
        digest=digest,
        observed_at=evidence.observed_at,
        details=details,
    )
