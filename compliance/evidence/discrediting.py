"""Takes back what an appraisal cleared, once it turns out to be of another moment or request. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Mapping

import msgspec

from compliance.evidence.providers.shape import Appraisal
from policies.vocabulary.findings import Assurance, Finding, FindingState


def with_states(appraisal: Appraisal, states: Mapping[str, FindingState]) -> Appraisal:
    """Return the appraisal with findings of our own; what the evidence said of these codes gives way.

    A code that is said to be absent is left as it is where the evidence speaks of it itself.
    """
    own = {finding.code for finding in appraisal.findings}
    added = {
        code: state
        for code, state in states.items()
        if state is FindingState.PRESENT or code not in own
    }
    kept = tuple(each for each in appraisal.findings if each.code not in added)
    found = tuple(_finding(appraisal, code, state) for code, state in added.items())
    return msgspec.structs.replace(appraisal, findings=(*kept, *found))


def discredited(appraisal: Appraisal, codes: Collection[str], *, reason: str) -> Appraisal:
    """Return the appraisal with the findings `codes`, and nothing that it cleared or verified.

    What it says to be present stays: it is never better to be found out. It claims nothing either, or
    a stolen challenge could be used up for the transaction that it is for. `reason` names the detail
    that says so.
    """
    unclear = tuple(_not_evaluated(each) for each in appraisal.findings)
    changed = msgspec.structs.replace(
        appraisal,
        findings=unclear,
        verified=False,
        environment=None,
        once=(),
        counter=None,
        details={**appraisal.details, reason: True},
    )
    return with_states(changed, dict.fromkeys(codes, FindingState.PRESENT))


def _not_evaluated(finding: Finding) -> Finding:
    """Return a finding that clears nothing."""
    if finding.state is not FindingState.ABSENT:
        return finding
    return msgspec.structs.replace(finding, state=FindingState.NOT_EVALUATED)


def _finding(appraisal: Appraisal, code: str, state: FindingState) -> Finding:
    """Return a finding of our own: we looked ourselves."""
    return Finding(
        code=code,
        state=state,
        assurance=Assurance.A,
        provider=appraisal.provider,
        observed_at=appraisal.observed_at,
    )
