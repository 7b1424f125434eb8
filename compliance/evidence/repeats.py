"""What evidence says that may be said only once: what a repeat of it makes of an appraisal. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from compliance.evidence.providers.shape import Appraisal
from policies.vocabulary.findings import Assurance, Finding, FindingState

REPLAYED: Final = "attestation.replayed"
COUNTER_REGRESSED: Final = "key.counter_regressed"
_WORTHLESS: Final = frozenset({REPLAYED, COUNTER_REGRESSED})
"""A repeat of which says that the evidence is not of this moment: whoever sent it may not be the device."""


def with_repeats(appraisals: Sequence[Appraisal], seen: Collection[str]) -> tuple[Appraisal, ...]:
    """Return the appraisals with the findings that only a memory can give.

    `seen` are the digests of `once` that were seen before, and of keys whose counter did not rise.
    What is not among them is taken for new: whether it is, is found out when it is claimed.
    """
    return tuple(
        _with_repeats(each, seen) if each.once or each.counter else each for each in appraisals
    )


def _with_repeats(appraisal: Appraisal, seen: Collection[str]) -> Appraisal:
    """Return one appraisal with what is known of its repeats.

    What was replayed clears nothing any more, and nothing of it is verified.
    """
    repeated = dict(_asked(appraisal, seen))
    known = {finding.code for finding in appraisal.findings}
    findings = appraisal.findings
    is_worthless = any(repeated.get(code, False) for code in _WORTHLESS)
    if is_worthless:
        findings = tuple(_not_evaluated(each) for each in findings)
    findings = tuple(each for each in findings if not repeated.get(each.code, False))
    added = tuple(
        _finding(appraisal, code, is_repeated=is_repeated)
        for code, is_repeated in repeated.items()
        if is_repeated or code not in known
    )
    changed = msgspec.structs.replace(appraisal, findings=(*findings, *added))
    if not is_worthless:
        return changed
    return msgspec.structs.replace(
        changed,
        verified=False,
        environment=None,
        details={**appraisal.details, "seen_before": True},
    )


def _asked(appraisal: Appraisal, seen: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Yield each code that a repeat would mean, and whether there is one; a repeat comes last."""
    answers = [(once.code, once.digest in seen) for once in appraisal.once]
    if appraisal.counter is not None:
        answers.append((COUNTER_REGRESSED, appraisal.counter[0] in seen))
    yield from sorted(answers, key=lambda answer: answer[1])


def _not_evaluated(finding: Finding) -> Finding:
    """Return what a finding is worth of evidence that is not of this moment: what it clears, it clears not."""
    if finding.state is not FindingState.ABSENT:
        return finding
    return msgspec.structs.replace(finding, state=FindingState.NOT_EVALUATED)


def _finding(appraisal: Appraisal, code: str, *, is_repeated: bool) -> Finding:
    """Return the finding of a repeat, or of none; we looked ourselves."""
    return Finding(
        code=code,
        state=FindingState.PRESENT if is_repeated else FindingState.ABSENT,
        assurance=Assurance.A,
        provider=appraisal.provider,
        observed_at=appraisal.observed_at,
    )
