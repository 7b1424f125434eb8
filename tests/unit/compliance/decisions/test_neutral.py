"""What the device may be told depends on the effect alone, unless a rule discloses more."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.decisions.neutral import DeviceAnswer, device_answer
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect


def test_every_answer_has_the_same_length() -> None:
    assert {len(answer) for answer in DeviceAnswer} == {15}


def test_silent_deny_and_hold_are_told_apart_by_nobody() -> None:
    assert device_answer(Effect.DENY, Disclosure.NONE) is device_answer(
        Effect.HOLD, Disclosure.NONE
    )


@pytest.mark.parametrize("disclosure", Disclosure)
def test_deny_and_hold_are_alike_at_every_level(disclosure: Disclosure) -> None:
    assert device_answer(Effect.DENY, disclosure) is device_answer(Effect.HOLD, disclosure)


@pytest.mark.parametrize("disclosure", Disclosure)
def test_a_step_up_names_no_reason(disclosure: Disclosure) -> None:
    assert device_answer(Effect.STEP_UP, disclosure) is DeviceAnswer.OTHER_METHOD


def test_a_permit_is_a_plain_one_unless_there_is_advice() -> None:
    told = [device_answer(Effect.PERMIT, disclosure) for disclosure in Disclosure]

    assert told == [DeviceAnswer.CONTINUE] * 3 + [DeviceAnswer.CONTINUE_WITH_ADVICE] * 2


def test_each_level_of_a_refusal_has_its_own_answer() -> None:
    assert len({device_answer(Effect.DENY, disclosure) for disclosure in Disclosure}) == 5
