"""Rows side by side: one bit a row, so that one look at an attribute serves every row at once."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any, NamedTuple

from policies.compiler.literals import singles
from policies.model import Value


class Row(NamedTuple):
    """One way for a rule to hold: every bit of `care` is set."""

    care: int
    rule: int


class Attribute(NamedTuple):
    """One attribute: its name, the gap that a value lies in, and the bits that each gap sets.

    `gaps` has the gap of each value that rules name, where the type has no order and every other
    value lies in gap 0.
    """

    name: str
    gap_of: Callable[[Any], int]
    masks: tuple[int, ...]
    gaps: Mapping[Value, int] | None


class Column(NamedTuple):
    """What one attribute does to rows: which ask for it, and which each gap lets hold.

    `by_value` has the latter by the named values themselves and by None for a missing one, where
    the attribute has such: one look then does for two.
    """

    name: str
    gap_of: Callable[[Any], int]
    asking: int
    rows: tuple[int, ...]
    by_value: Mapping[Value | None, int] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bucket:
    """Rows to look at together, because all need the same finding, or none needs any.

    `rows` has the place of each, as a set of one, with the bits of the situation (all but
    attributes) that it needs; `situation` is their union. A bucket is compared by identity.
    """

    rows: tuple[tuple[int, int], ...]
    situation: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Every row, side by side: place i is bit i of every set of places.

    Rows of one rule that ask the same of attributes share a place; `rules` has the number of its
    rule. Rows stand in `general` or, when they need a present finding, in `by_code`; whatever the
    bucket, one look at a column serves them all.
    """

    rules: tuple[int, ...]
    general: Bucket
    by_code: Mapping[str, Bucket]
    columns: tuple[Column, ...]


def side_by_side(
    rows: Iterable[Row], code_of: Mapping[int, str], attributes: Sequence[Attribute]
) -> Rows:
    """Return the rows with a place for each.

    `code_of` has the code of each bit that is set only when that code is present. A row that
    needs several stands under the one that fewest rows need. Places are given bucket by bucket,
    those of the general one first, so that the sets of few buckets are small numbers.
    """
    of_attributes = reduce(or_, (mask for each in attributes for mask in each.masks), 0)
    general, by_code = _grouped(rows, code_of)
    places: dict[tuple[int, int], int] = {}
    buckets = []
    for group in (general, *by_code.values()):
        placed = [
            (1 << places.setdefault((row.rule, row.care & of_attributes), len(places)), row.care)
            for row in group
        ]
        buckets.append(_bucket([(place, care & ~of_attributes) for place, care in placed]))
    columns = [_column(each, [care for _rule, care in places]) for each in attributes]
    # Those first that leave fewest rows: the others are asked only if a row is left that asks.
    columns.sort(key=lambda column: sum(map(int.bit_count, column.rows)) / len(column.rows))
    return Rows(
        rules=tuple(rule for rule, _care in places),
        general=buckets[0],
        by_code=dict(zip(by_code, buckets[1:], strict=True)),
        columns=tuple(columns),
    )


def _grouped(
    rows: Iterable[Row], code_of: Mapping[int, str]
) -> tuple[list[Row], dict[str, list[Row]]]:
    """Return the rows that need no present finding, and the others by the code they stand under."""
    placed = [(row, {code_of[bit] for bit in singles(row.care) if bit in code_of}) for row in rows]
    needs = Counter(code for _row, codes in placed for code in codes)
    general: list[Row] = []
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row, codes in placed:
        if codes:
            by_code[min(codes, key=lambda code: (needs[code], code))].append(row)
        else:
            general.append(row)
    return general, by_code


def _bucket(rows: Sequence[tuple[int, int]]) -> Bucket:
    """Return the bucket of these rows."""
    return Bucket(rows=tuple(rows), situation=reduce(or_, (care for _place, care in rows), 0))


def _column(attribute: Attribute, cares: Sequence[int]) -> Column:
    """Return what an attribute does to the rows that need these bits."""
    bits = reduce(or_, attribute.masks)
    asked = [care & bits for care in cares]
    rows = _rows_by_gap(asked, attribute.masks)
    return Column(
        name=attribute.name,
        gap_of=attribute.gap_of,
        asking=sum(1 << place for place, care in enumerate(asked) if care),
        rows=rows,
        by_value=None
        if attribute.gaps is None
        else {None: rows[-1]} | {value: rows[gap] for value, gap in attribute.gaps.items()},
    )


def _rows_by_gap(cares: Sequence[int], masks: Sequence[int]) -> tuple[int, ...]:
    """Return the rows whose bits of one attribute are all set, for each gap.

    From one gap to the next only the rows that need a changed bit are looked at again.
    """
    needing: dict[int, list[int]] = defaultdict(list)
    for number, care in enumerate(cares):
        for bit in singles(care):
            needing[bit].append(number)
    holding = sum(1 << number for number, care in enumerate(cares) if masks[0] & care == care)
    by_gap = [holding]
    for before, mask in pairwise(masks):
        for bit in singles(before ^ mask):
            for number in needing[bit]:
                holds = mask & cares[number] == cares[number]
                holding = holding | 1 << number if holds else holding & ~(1 << number)
        by_gap.append(holding)
    return tuple(by_gap)
