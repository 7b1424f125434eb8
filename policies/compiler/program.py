"""The compiled form of a policy set: bits, and rows that ask for them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from policies.compiler.literals import Normal
from policies.compiler.tables import OrderedTable, ValueTable
from policies.model import FindingIs, PolicySet
from policies.model.policy_set import Rule
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import FindingState

FindingKey = tuple[str, FindingState, int]
"""A code, its overall state, and the set of assurances that say so (bit 0 for A to bit 3 for D)."""


class AgeLiteral(NamedTuple):
    """A condition on a finding's age, with its two bits."""

    condition: FindingIs
    can_hold: int
    can_fail: int


class AttributeTable(NamedTuple):
    """The bits of one attribute: by value, and when it is missing (every bit: unknown)."""

    name: str
    table: OrderedTable | ValueTable
    unknown: int


class Row(NamedTuple):
    """One way for a rule to hold: every bit of `care` is set."""

    care: int
    rule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A policy set, ready to run. Immutable; picklable; safe to share between threads.

    `base` are the bits when nothing was found and nothing was said of attributes, elements and
    environment are left out. The tables say which bits each fact sets. `by_trigger` maps one bit
    to the rows that need it; only the bits of `triggers` that are set are looked at, so the cost
    follows what was found, not the number of rules.
    """

    policy_set: PolicySet
    rules: tuple[Rule, ...]
    base: int
    finding_delta: Mapping[FindingKey, int]
    ages: Mapping[str, tuple[AgeLiteral, ...]]
    attributes: tuple[AttributeTable, ...]
    elements: Mapping[tuple[Element, ElementStatus | None], int]
    reliable: tuple[int, ...]
    environment: tuple[tuple[str, Mapping[str, int]], ...]
    triggers: int
    by_trigger: Mapping[int, tuple[Row, ...]]
    wide: tuple[tuple[Normal, int], ...]
