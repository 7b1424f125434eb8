"""Brings what several items of evidence say of one device together. Pure.

Of each code the strongest assurance wins, and a contradiction is a finding of its own
(docs/decisions/0012). Codes about the evidence itself are of each item: nothing there contradicts.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from compliance.evidence.providers.shape import Appraisal
from policies.vocabulary.findings import Assurance, Finding, FindingState

CONFLICTING: Final = "attestation.conflicting"
TOLERANCE: Final = timedelta(minutes=5)
"""A clean bill may be older by so much than the finding that it outweighs."""

_OF_EACH_ITEM: Final = ("attestation.", "provider.", "key.")
_US: Final = "ninefold"
_Code = tuple[str, str | None]


def fused(appraisals: Sequence[Appraisal]) -> tuple[Finding, ...]:
    """Return the findings of all items, one for each code and component, in the order of the evidence.

    What says that something is present or absent counts more than what did not look. Where one item
    says present and another absent, the better assurance wins, and the present one where both are worth
    the same or the clean bill is older (or of unknown age): `attestation.conflicting` says so. Where several
    items speak of one code and none contradicts, it is absent.
    """
    if len(appraisals) < 2:
        return tuple(finding for appraisal in appraisals for finding in appraisal.findings)
    by_code: dict[_Code, list[Finding]] = {}
    for appraisal in appraisals:
        for finding in appraisal.findings:
            by_code.setdefault((finding.code, finding.component), []).append(finding)
    findings: list[Finding] = []
    conflict: bool | None = None
    for (code, _component), said in by_code.items():
        if code.startswith(_OF_EACH_ITEM):
            findings += said
            continue
        findings.append(_strongest(said))
        if len(said) > 1:
            conflict = conflict or len({each.state for each in said} - _SILENT) > 1
    if conflict is not None:
        findings.append(conflicting(is_present=conflict))
    return tuple(findings)


_SILENT: Final = frozenset({FindingState.NOT_EVALUATED})


def _strongest(said: Sequence[Finding]) -> Finding:
    """Return the finding that counts of those about one code."""
    present = _best([each for each in said if each.state is FindingState.PRESENT])
    absent = _best([each for each in said if each.state is FindingState.ABSENT])
    if present is None:
        return absent or min(said, key=_rank)
    if absent is not None and _outweighs(absent, present):
        return absent
    return present


def _best(said: Sequence[Finding]) -> Finding | None:
    """Return the finding of the best assurance; of several the first."""
    return min(said, key=_rank, default=None)


def _rank(finding: Finding) -> int:
    """Return 0 for the best assurance."""
    return finding.assurance.rank


def _outweighs(absent: Finding, present: Finding) -> bool:
    """Return whether a clean bill is worth more than what says the contrary, and of the same moment."""
    if absent.assurance.rank >= present.assurance.rank:
        return False
    if absent.observed_at is None or present.observed_at is None:
        return False
    return absent.observed_at >= present.observed_at - TOLERANCE


def conflicting(*, is_present: bool) -> Finding:
    """Return the finding whether what we were told is contradictory; we compared it ourselves."""
    return Finding(
        code=CONFLICTING,
        state=FindingState.PRESENT if is_present else FindingState.ABSENT,
        assurance=Assurance.A,
        provider=_US,
    )
