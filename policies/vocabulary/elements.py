"""SCA elements and how far they can be relied on."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from typing import Final


class Element(StrEnum):
    """The categories of RTS Articles 6, 7 and 8."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


class ElementStatus(StrEnum):
    """How far an element can be relied on, best first."""

    RELIABLE = "reliable"
    IN_DOUBT = "in_doubt"
    COMPROMISED = "compromised"

    @property
    def rank(self) -> int:
        """0 for reliable, 2 for compromised."""
        return STATUS_RANK[self]


STATUS_RANK: Final = {status: rank for rank, status in enumerate(ElementStatus)}
