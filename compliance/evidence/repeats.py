"""What evidence says that may be said only once: what a repeat of it makes of an appraisal. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Sequence
from typing import Final

from compliance.evidence.discrediting import discredited, with_states
from compliance.evidence.providers.shape import Appraisal
from policies.vocabulary.findings import FindingState

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
    """Return one appraisal with what is known of its repeats."""
    states = {each.code: FindingState.ABSENT for each in appraisal.once}
    if appraisal.counter is not None:
        states[COUNTER_REGRESSED] = FindingState.ABSENT
    repeated = {each.code for each in appraisal.once if each.digest in seen}
    if appraisal.counter is not None and appraisal.counter[0] in seen:
        repeated.add(COUNTER_REGRESSED)
    states.update(dict.fromkeys(sorted(repeated), FindingState.PRESENT))
    worthless = repeated & _WORTHLESS
    if worthless:
        appraisal = discredited(appraisal, sorted(worthless), reason="seen_before")
    return with_states(appraisal, states)
