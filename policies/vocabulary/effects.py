"""Effects of a rule, weakest first."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from typing import Final


class Effect(StrEnum):
    """What happens to the authentication: `permit < step_up < hold < deny`."""

    PERMIT = "permit"
    STEP_UP = "step_up"
    HOLD = "hold"
    DENY = "deny"

    @property
    def strength(self) -> int:
        """0 for permit, 3 for deny."""
        return STRENGTH[self]


STRENGTH: Final = {effect: strength for strength, effect in enumerate(Effect)}
