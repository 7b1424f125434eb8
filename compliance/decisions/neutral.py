"""What the device may be told.

"Never tell the attacker. What the device gets to see must not depend on what was found": the
answer follows from the effect alone, unless the determining rules disclose more on a written ground.
Deny and hold look alike. Every answer has the same length, and so has the support reference, which
is random: whatever was found, `for_device` has the same number of bytes.

effect  | none, or nothing to say | generic         | support_code    | remediation_hint | full
permit  | please_continue         | please_continue | please_continue | continue_advice  | continue_advice
step_up | use_another_way         | (the same at every level: the back-end starts the other method)
hold    | cannot_complete         | security_reason | contact_support | see_device_help  | integrity_issue
deny    | cannot_complete         | security_reason | contact_support | see_device_help  | integrity_issue
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect


class DeviceAnswer(StrEnum):
    """One of a handful of answers of constant size (15 characters)."""

    CONTINUE = "please_continue"
    CONTINUE_WITH_ADVICE = "continue_advice"
    OTHER_METHOD = "use_another_way"
    CANNOT_COMPLETE = "cannot_complete"
    SECURITY_REASON = "security_reason"
    CONTACT_SUPPORT = "contact_support"
    DEVICE_HELP = "see_device_help"
    INTEGRITY_ISSUE = "integrity_issue"


_REFUSAL: Final[Mapping[Disclosure, DeviceAnswer]] = {
    Disclosure.NONE: DeviceAnswer.CANNOT_COMPLETE,
    Disclosure.GENERIC: DeviceAnswer.SECURITY_REASON,
    Disclosure.SUPPORT_CODE: DeviceAnswer.CONTACT_SUPPORT,
    Disclosure.REMEDIATION_HINT: DeviceAnswer.DEVICE_HELP,
    Disclosure.FULL: DeviceAnswer.INTEGRITY_ISSUE,
}


def device_answer(effect: Effect, disclosure: Disclosure) -> DeviceAnswer:
    """Return what the device may be told about a decision."""
    if effect is Effect.PERMIT:
        is_advice = disclosure.rank >= Disclosure.REMEDIATION_HINT.rank
        return DeviceAnswer.CONTINUE_WITH_ADVICE if is_advice else DeviceAnswer.CONTINUE
    if effect is Effect.STEP_UP:
        return DeviceAnswer.OTHER_METHOD
    return _REFUSAL[disclosure]
