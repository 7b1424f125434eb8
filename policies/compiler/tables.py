"""Values to gaps: the values of an attribute that no rule tells apart are one gap."""
# SPDX-License-Identifier: Apache-2.0

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from policies.model import Comparison, Operator, Value
from policies.model.conditions import ORDERED

UNKNOWN_GAP: Final = -1
"""The gap of a missing value: the last in every table."""

_BELOW_ITSELF: Final = frozenset({Operator.ABOVE, Operator.AT_MOST})
_ABOVE_ITSELF: Final = frozenset({Operator.AT_LEAST, Operator.BELOW})
"""Operators for which a threshold itself is like what is below it, or above it."""


class ComparisonBits(NamedTuple):
    """A comparison with the bits that are set when it holds and when it fails."""

    comparison: Comparison
    can_hold: int
    can_fail: int


@dataclass(frozen=True, slots=True)
class OrderedTable:
    """The gaps of an ordered type: each threshold, and what lies between two.

    Gap `2 * i` has the values below threshold i (and above the one before), gap `2 * i + 1` the
    threshold itself. `masks` has the bits of each gap, those of a missing value last.
    """

    thresholds: tuple[Any, ...]
    masks: tuple[int, ...]

    def gap_of(self, value: Any) -> int:
        """Return the gap that a value lies in."""
        index = bisect_left(self.thresholds, value)
        if index < len(self.thresholds) and self.thresholds[index] == value:
            return 2 * index + 1
        return 2 * index


@dataclass(frozen=True, slots=True)
class SidedTable:
    """The gaps of an ordered type where every rule puts a threshold itself on the same side.

    With `above` and `at_most` alone it lies with what is below it, with `at_least` and `below`
    alone with what is above. So one search of Python's own finds the gap. `masks` has the bits of
    each gap, those of a missing value last.
    """

    gap_of: Callable[[Any], int]
    masks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The gaps of an unordered type: each value that a rule names, and gap 0 for every other.

    `masks` has the bits of each gap, those of a missing value last.
    """

    gaps: Mapping[Value, int]
    masks: tuple[int, ...]

    def gap_of(self, value: Value) -> int:
        """Return the gap of a value."""
        return self.gaps.get(value, 0)


@dataclass(frozen=True, slots=True)
class MemberTable:
    """The two gaps of a string set that is asked for one member: 1 with it, 0 without.

    `masks` has the bits of each gap, those of a missing value last.
    """

    member: Value
    masks: tuple[int, ...]

    def gap_of(self, value: frozenset[str]) -> int:
        """Return the gap of a set."""
        return 1 if self.member in value else 0


Table = OrderedTable | SidedTable | ValueTable | MemberTable


def tables_of(literals: Iterable[ComparisonBits]) -> list[Table]:
    """Return the tables of the comparisons of one attribute: one, or one a member of a string set."""
    every = list(literals)
    members = [each for each in every if each.comparison.operator is Operator.CONTAINS]
    if not members:
        return [table_of(every)]
    return [
        MemberTable(
            member=each.comparison.operands[0],
            masks=(each.can_fail, each.can_hold, each.can_hold | each.can_fail),
        )
        for each in members
    ]


def table_of(literals: Iterable[ComparisonBits]) -> OrderedTable | SidedTable | ValueTable:
    """Return the table of the comparisons of one attribute that is no string set."""
    every = list(literals)
    operators = {literal.comparison.operator for literal in every}
    if operators.isdisjoint(ORDERED):
        return value_table(every)
    table = ordered_table(every)
    if operators <= _BELOW_ITSELF:
        return _sided(table, bisect_left)
    if operators <= _ABOVE_ITSELF:
        return _sided(table, bisect_right)
    return table


def _sided(table: OrderedTable, search: Callable[[Sequence[Any], Any], int]) -> SidedTable:
    """Return the table without the thresholds' own gaps, which are the same as one beside them."""
    *masks, unknown = table.masks
    return SidedTable(partial(search, table.thresholds), (*masks[::2], unknown))


def ordered_table(literals: list[ComparisonBits]) -> OrderedTable:
    """Return the table of an ordered attribute.

    Each threshold only flips bits of its own comparisons, so the masks are built in one sweep.
    """
    at: dict[Value, list[ComparisonBits]] = {}
    for each in literals:
        for operand in each.comparison.operands:
            at.setdefault(operand, []).append(each)
    current = 0
    for each in literals:
        is_true = each.comparison.operator in {Operator.BELOW, Operator.AT_MOST}
        current |= each.can_hold if is_true else each.can_fail
    masks = [current]
    thresholds = sorted(at)
    for threshold in thresholds:
        at_mask = current
        for each in at[threshold]:
            both = each.can_hold | each.can_fail
            at_mask = at_mask & ~both | (each.can_hold if _at(each) else each.can_fail)
            current = current & ~both | (each.can_hold if _above(each) else each.can_fail)
        masks += [at_mask, current]
    return OrderedTable(tuple(thresholds), (*masks, _unknown(literals)))


def _at(literal: ComparisonBits) -> bool:
    """Return whether the comparison holds for its own threshold."""
    return literal.comparison.operator not in {Operator.ABOVE, Operator.BELOW}


def _above(literal: ComparisonBits) -> bool:
    """Return whether the comparison holds just above its threshold."""
    return literal.comparison.operator in {Operator.ABOVE, Operator.AT_LEAST}


def value_table(literals: list[ComparisonBits]) -> ValueTable:
    """Return the table of an unordered attribute."""
    at: dict[Value, list[ComparisonBits]] = {}
    for each in literals:
        for operand in each.comparison.operands:
            at.setdefault(operand, []).append(each)
    other = sum(each.can_fail for each in literals)
    masks = [other]
    for named in at.values():
        fails = sum(each.can_fail for each in named)
        masks.append(other ^ fails | sum(each.can_hold for each in named))
    gaps = {value: gap for gap, value in enumerate(at, start=1)}
    return ValueTable(gaps, (*masks, _unknown(literals)))


def _unknown(literals: list[ComparisonBits]) -> int:
    """Return the bits of a missing value: both of every comparison, true and false are possible."""
    return sum(each.can_hold | each.can_fail for each in literals)
