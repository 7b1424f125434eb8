"""Bits by value: one look-up an attribute, however many thresholds the rules have."""
# SPDX-License-Identifier: Apache-2.0

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from policies.model import Comparison, Operator, Value


class ComparisonBits(NamedTuple):
    """A comparison with the bits that are set when it holds and when it fails."""

    comparison: Comparison
    can_hold: int
    can_fail: int


@dataclass(frozen=True, slots=True)
class OrderedTable:
    """Masks for an ordered type: at each threshold, and in each gap between two.

    `masks[2 * i]` is for values below threshold i (and above the one before), `masks[2 * i + 1]`
    for the threshold itself.
    """

    thresholds: tuple[Any, ...]
    masks: tuple[int, ...]

    def mask_of(self, value: Any) -> int:
        """Return the bits that a value sets."""
        index = bisect_left(self.thresholds, value)
        if index < len(self.thresholds) and self.thresholds[index] == value:
            return self.masks[2 * index + 1]
        return self.masks[2 * index]


def ordered_table(literals: Iterable[ComparisonBits]) -> OrderedTable:
    """Return the table of the comparisons of one ordered attribute.

    Each threshold only flips bits of its own comparisons, so the masks are built in one sweep.
    """
    every = list(literals)
    thresholds = sorted({operand for each in every for operand in each.comparison.operands})
    at: dict[Value, list[ComparisonBits]] = {}
    for each in every:
        for operand in each.comparison.operands:
            at.setdefault(operand, []).append(each)
    below_all = 0
    for each in every:
        is_true = each.comparison.operator in {Operator.BELOW, Operator.AT_MOST}
        below_all |= each.can_hold if is_true else each.can_fail
    masks = [below_all]
    current = below_all
    for threshold in thresholds:
        at_mask = above_mask = current
        for each in at[threshold]:
            both = each.can_hold | each.can_fail
            at_mask = at_mask & ~both | (each.can_hold if _at(each) else each.can_fail)
            above_mask = above_mask & ~both | (each.can_hold if _above(each) else each.can_fail)
        masks += [at_mask, above_mask]
        current = above_mask
    return OrderedTable(tuple(thresholds), tuple(masks))


def _at(literal: ComparisonBits) -> bool:
    """Return whether the comparison holds for its own threshold."""
    return literal.comparison.operator not in {Operator.ABOVE, Operator.BELOW}


def _above(literal: ComparisonBits) -> bool:
    """Return whether the comparison holds just above its threshold."""
    return literal.comparison.operator in {Operator.ABOVE, Operator.AT_LEAST}


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Masks for an unordered type: by named value, and for every other."""

    masks: Mapping[Value, int]
    other: int

    def mask_of(self, value: Value) -> int:
        """Return the bits that a value sets."""
        return self.masks.get(value, self.other)


def value_table(literals: Iterable[ComparisonBits]) -> ValueTable:
    """Return the table of the comparisons of one unordered attribute."""
    every = list(literals)
    named = {operand for each in every for operand in each.comparison.operands}
    masks = {}
    for value in named:
        masks[value] = sum(
            each.can_hold if value in each.comparison.operands else each.can_fail for each in every
        )
    return ValueTable(masks, sum(each.can_fail for each in every))
