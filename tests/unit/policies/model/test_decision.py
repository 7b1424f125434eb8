"""A decision says whether it mitigates."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from policies.model import Decision, Disposition, Obligation
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect

RECORD = Obligation(action="record_only")
LIMIT = Obligation(action="limit", parameters=(("read_only", True),), within_s=60)


@pytest.mark.parametrize(
    ("effect", "obligations", "mitigates"),
    [
        (Effect.PERMIT, (), False),
        (Effect.PERMIT, (RECORD,), False),
        (Effect.PERMIT, (RECORD, LIMIT), True),
        (Effect.STEP_UP, (), True),
        (Effect.DENY, (RECORD,), True),
    ],
)
def test_mitigating_is_more_than_a_permit_and_a_record(
    effect: Effect, obligations: tuple[Obligation, ...], *, mitigates: bool
) -> None:
    decision = Decision(
        effect=effect,
        obligations=obligations,
        determining_rules=(),
        matched_rules=(),
        elements={},
        reliable_elements=0,
        disposition=Disposition.CLEAR,
        disclosure=Disclosure.NONE,
    )

    assert decision.is_mitigating is mitigates
