"""What the analysis answers, as values."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from policies.analysis.concretizer import Example


class Status(StrEnum):
    """How a property came out; `unknown` never counts as proved."""

    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """How a new version compares with an old one, over all requests."""

    EQUIVALENT = "equivalent"
    STRICTER = "stricter"
    LAXER = "laxer"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


TITLES: Final = MappingProxyType(
    {
        "P1": "Every duty is answered by a rule that can be reached",
        "P2": "Every alteration is mitigated",
        "P3": "No plain permit without two reliable elements",
        "P4": "A step-up never relies on what is in doubt",
        "P5": "Stripping evidence gains nothing",
        "P6": "Worse findings never weaken the decision",
        "P7": "The device learns nothing about an attack",
        "P8": "Missing evidence has rules of its own",
        "P9": "Hard measures rest on strong evidence",
        "P10": "No rule is dead, redundant or in conflict",
    }
)
BLOCKING: Final = frozenset({"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"})
"""Properties without which a policy set is not to be activated (product.md, section 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyResult:
    """One property: how it came out, told to an officer, with an example where it is violated.

    `counterexample` has one request, or two where the property compares two; `request` is the
    first of them as `POST /v1/decisions` takes it. `rules` are the rules that it is about.
    """

    id: str
    status: Status
    sentence: str
    counterexample: Example = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The property in a few words."""
        return TITLES[self.id]

    @property
    def blocks_activation(self) -> bool:
        """Whether this result stands in the way: a blocking property that is not proved."""
        return self.id in BLOCKING and self.status is not Status.PROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Some requests that a new version decides otherwise: those that one rule was or is for.

    `direction` says what becomes of them; `witness` is one of them.
    """

    direction: Relation
    rule: str
    condition: str
    sentence: str
    witness: Example
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A new version beside an old one.

    `is_complete` is false when there may be more regions: as many as asked for were found, the time
    was over, or the reference engine did not confirm a witness.
    """

    relation: Relation
    sentence: str
    regions: tuple[Region, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisReport:
    """The results of all properties, in order, and the difference to the version in force."""

    results: tuple[PropertyResult, ...]
    difference: Difference | None = None

    @property
    def blocks_activation(self) -> bool:
        """Whether some result stands in the way of activation."""
        return any(result.blocks_activation for result in self.results)

    def result(self, id_: str) -> PropertyResult:
        """Return the result of one property.

        Raises:
            KeyError: if there is no such property.
        """
        for result in self.results:
            if result.id == id_:
                return result
        raise KeyError(id_)
