"""Findings: their codes, states and assurance, and the catalogue as data."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

from policies.vocabulary.components import ComponentClass
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty


class FindingState(StrEnum):
    """What evidence says about a code. `not_evaluated` is neither clean nor bad."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_EVALUATED = "not_evaluated"


class Assurance(StrEnum):
    """How much a piece of evidence is worth, best first.

    A: hardware-rooted and verified by us; B: vendor-signed and verified by us;
    C: decoded by the PSP and told to us; D: reported by client software.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def rank(self) -> int:
        """0 for A, 3 for D."""
        return ASSURANCE_RANK[self]


ASSURANCE_RANK: Final = {level: rank for rank, level in enumerate(Assurance)}


class Severity(StrEnum):
    """How bad a finding is by itself, least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one piece of evidence says about one code.

    `observed_at` is the back-end's word on when the evidence was taken (aware, UTC).
    """

    code: str
    state: FindingState
    assurance: Assurance
    provider: str
    component: str | None = None
    observed_at: datetime | None = None


class FindingType(msgspec.Struct, frozen=True, kw_only=True):
    """One code of the catalogue."""

    code: str
    title: str
    meaning: str
    tier: str
    alteration: str
    duties: tuple[Duty, ...]
    elements_in_doubt: tuple[str, ...]
    components: tuple[ComponentClass, ...]
    severity: Severity
    disclosure: Disclosure
    masvs: tuple[str, ...]
    inconclusive: bool
    mappings: dict[str, Any]
    clears: dict[str, Any]

    @property
    def is_alteration(self) -> bool:
        """Whether RTS Article 9(3)(c) applies when it is present."""
        return Duty.CONSEQUENCES in self.duties


def _load() -> Mapping[str, FindingType]:
    """Return the catalogue that is shipped with this package."""
    text = files(__package__).joinpath("catalogue.json").read_text(encoding="utf-8")
    types = msgspec.convert(json.loads(text)["findings"], list[FindingType])
    return MappingProxyType({type_.code: type_ for type_ in types})


CATALOGUE: Final[Mapping[str, FindingType]] = _load()
"""Every code, in alphabetical order."""

FAMILY_SUFFIX: Final = ".*"
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        family: tuple(code for code in CATALOGUE if code.startswith(family[:-1]))
        for family in sorted({code.split(".")[0] + FAMILY_SUFFIX for code in CATALOGUE})
    }
)
"""`device.*` and its like, with the codes that belong to them."""


def codes_of(pattern: str) -> tuple[str, ...]:
    """Return the codes that a code or family names; none if there is no such code."""
    return FAMILIES.get(pattern) or ((pattern,) if pattern in CATALOGUE else ())
