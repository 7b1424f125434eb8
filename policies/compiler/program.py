"""The compiled form of a policy set: bits, and rows that ask for them."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from policies.compiler.buckets import Attribute, Rows
from policies.compiler.literals import Normal
from policies.model import PolicySet
from policies.model.policy_set import Rule
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import FindingState


class FindingTable(NamedTuple):
    """Which bits flip when something is said of a code.

    Each by the set of assurances that say so (bit 0 for A to bit 3 for D): sixteen masks for
    `present`, sixteen for `absent`, the first of each unused.
    """

    present: tuple[int, ...]
    absent: tuple[int, ...]


class AgeLiteral(NamedTuple):
    """A condition on a finding's age, with its two bits.

    `assurances` is the set of those that it asks for (bit 0 for A to bit 3 for D); the age, in
    seconds, compares with `seconds` by `compares`.
    """

    state: FindingState
    assurances: int
    compares: Callable[[int, int], bool]
    seconds: int
    can_hold: int
    can_fail: int


class Tree(NamedTuple):
    """A rule with too many rows, kept as it is; it holds only if a bit of `needed` is set."""

    normal: Normal
    rule: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """A policy set, ready to run. Immutable; picklable; safe to share between threads.

    `rules` are in the order of their ids; a rule's number is its place there. `kinds` has for
    each rule the number of the first with the same effect, obligations and disclosure.

    The bits of the situation: `base` when nothing was said of any finding; `findings` and
    `elements`, `reliable` and `environment` say which bits each fact flips or sets.
    `particular` are the codes for which it matters who says `absent`, or when; for the others
    `plainly_absent` has the bits that it flips. The attributes' values are reduced to gaps, those of
    `timestamps` by their ages; a string set has a table for each member that rules look for.

    Rules stand as `rows`, of which only those in buckets of findings that are present are looked
    at, all at once, so that the cost follows what was found and hardly the number of rules. A rule
    with too many rows is one of `trees`. Programs are compared by identity: what follows from one can be remembered cheaply.
    """

    policy_set: PolicySet
    rules: tuple[Rule, ...]
    kinds: tuple[int, ...]
    base: int
    findings: Mapping[str, FindingTable]
    plainly_absent: Mapping[str, int]
    particular: frozenset[str]
    ages: tuple[tuple[str, tuple[AgeLiteral, ...]], ...]
    elements: tuple[tuple[Element, Mapping[ElementStatus | None, int]], ...]
    reliable: tuple[int, ...]
    environment: tuple[tuple[str, Mapping[str, int]], ...]
    attributes: tuple[Attribute, ...]
    timestamps: tuple[str, ...]
    rows: Rows
    trees: tuple[Tree, ...]
