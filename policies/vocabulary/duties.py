"""The five duties of RTS Article 9."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum


class Duty(StrEnum):
    """One testable duty; the three of paragraph 3 are cumulative ("each of the following")."""

    INDEPENDENCE = "9(1)"
    MULTI_PURPOSE_DEVICE = "9(2)"
    SEPARATED_ENVIRONMENTS = "9(3)(a)"
    INTEGRITY_MECHANISMS = "9(3)(b)"
    CONSEQUENCES = "9(3)(c)"
