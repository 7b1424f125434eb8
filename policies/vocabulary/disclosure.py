"""How much the device may be told, least first."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from typing import Final


class Disclosure(StrEnum):
    """`none` tells the device nothing; every other level needs a written ground."""

    NONE = "none"
    GENERIC = "generic"
    SUPPORT_CODE = "support_code"
    REMEDIATION_HINT = "remediation_hint"
    FULL = "full"

    @property
    def rank(self) -> int:
        """0 for none, 4 for full."""
        return DISCLOSURE_RANK[self]


DISCLOSURE_RANK: Final = {level: rank for rank, level in enumerate(Disclosure)}
