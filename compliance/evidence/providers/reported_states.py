"""From what client software reports to an appraisal: worth least, clearing nothing before it has finished."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterable
from typing import Final

from compliance.evidence.providers.shape import Appraisal, Evidence, payload_digest
from compliance.evidence.providers.verdicts import (
    ABSENT,
    NOT_EVALUATED,
    PRESENT,
    UNEVALUATED,
    Details,
)
from policies.vocabulary.findings import Assurance, Finding, FindingState

SortedStates = tuple[tuple[str, FindingState], ...]

_WORSE: Final = {ABSENT: 0, NOT_EVALUATED: 1, PRESENT: 2}


def reported_states(
    said: Iterable[tuple[str, FindingState]],
    looked_for: Collection[str],
    *,
    finished: bool,
    unknown: int,
) -> SortedStates:
    """Return the state of every code that a report speaks about, in alphabetical order.

    `said` is what single events say; of two that differ, the worse counts. `looked_for` are the codes
    that the software would have reported: once it has finished, its silence is their absence. Before, nothing is
    absent, whoever says so.
    """
    silent = ABSENT if finished else NOT_EVALUATED
    states = dict.fromkeys(looked_for, silent)
    spoken: dict[str, FindingState] = {}
    for code, state in said:
        told = silent if state is ABSENT else state
        if code not in spoken or _WORSE[told] > _WORSE[spoken[code]]:
            spoken[code] = told
    states.update(spoken)
    if unknown or not finished:
        states[UNEVALUATED] = PRESENT
    return tuple(sorted(states.items()))


def appraisal_of_report(evidence: Evidence, states: SortedStates, details: Details) -> Appraisal:
    """Return the appraisal of a report: assurance D, never verified."""
    provider, observed_at, worth = evidence.provider, evidence.observed_at, Assurance.D
    return Appraisal(
        provider=provider,
        mode=evidence.mode,
        verified=False,
        findings=tuple(
            [
                Finding(
                    code=code,
                    state=state,
                    assurance=worth,
                    provider=provider,
                    observed_at=observed_at,
                )
                for code, state in states
            ]
        ),
        digest=payload_digest(evidence.payload),
        observed_at=observed_at,
        details=details,
    )
