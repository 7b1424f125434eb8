"""What the engine answers."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from policies.model.policy_set import Obligation
from policies.vocabulary.actions import RECORD_ONLY
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus


class Disposition(StrEnum):
    """What a decision counts as, after Gemara's enforcement log."""

    CLEAR = "clear"
    ENFORCED = "enforced"
    TOLERATED = "tolerated"
    UNDETERMINED = "undetermined"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An effect with its obligations, and where they come from.

    `determining_rules` count and have the decision's effect; `matched_rules` are all that count;
    `waived_rules` are those that would have counted, had they not been waived. All are sorted
    ids. `elements` has the status of each element in use.
    """

    effect: Effect
    obligations: tuple[Obligation, ...]
    determining_rules: tuple[str, ...]
    matched_rules: tuple[str, ...]
    elements: Mapping[Element, ElementStatus]
    reliable_elements: int
    disposition: Disposition
    disclosure: Disclosure
    waived_rules: tuple[str, ...] = ()

    @property
    def is_mitigating(self) -> bool:
        """Whether more happens than a permit and a record."""
        return self.effect is not Effect.PERMIT or any(
            obligation.action != RECORD_ONLY for obligation in self.obligations
        )
