"""Results of a verification: checks, each with a sentence, and the facts they are about."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, whether it held, and what that means, in a sentence."""

    name: str
    held: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result: it holds only if every check held. `facts` are for people and machines."""

    checks: tuple[Check, ...]
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def holds(self) -> bool:
        """Whether the report may be relied on."""
        return bool(self.checks) and all(check.held for check in self.checks)
