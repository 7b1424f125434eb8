"""Rows side by side: one bit a row, so that one look at an attribute serves every row at once."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import NamedTuple

from policies.compiler.literals import singles


class Row(NamedTuple):
    """One way for a rule to hold: every bit of `care` is set."""

    care: int
    rule: int


class Attribute(NamedTuple):
    """What rows need to know of one attribute: its bits, and those that each gap sets."""

    bits: int
    masks: tuple[int, ...]


class Column(NamedTuple):
    """For each gap of the attribute at `position`, the rows of a bucket that it lets hold."""

    position: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bucket:
    """Rows to look at together, because all need the same finding, or none needs any.

    Row i is bit i of every set of rows. `cares` are the bits of the situation (all but
    attributes) that each row needs, `situation` is their union, `rules` the number of each row's
    rule. A bucket is compared by identity.
    """

    rules: tuple[int, ...]
    cares: tuple[int, ...]
    situation: int
    columns: tuple[Column, ...]


def fill_buckets(
    rows: Iterable[Row], code_of: Mapping[int, str], attributes: Sequence[Attribute]
) -> tuple[Bucket, dict[str, Bucket]]:
    """Return the bucket of the rows that need no finding, and those of the others by code.

    `code_of` has the code of each bit that is set only when that code is present. A row that
    needs several stands under the one that fewest rows need.
    """
    placed = [(row, {code_of[bit] for bit in singles(row.care) if bit in code_of}) for row in rows]
    needs = Counter(code for _row, codes in placed for code in codes)
    general: list[Row] = []
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row, codes in placed:
        if codes:
            by_code[min(codes, key=lambda code: (needs[code], code))].append(row)
        else:
            general.append(row)
    buckets = {code: _bucket(group, attributes) for code, group in by_code.items()}
    return _bucket(general, attributes), buckets


def _bucket(rows: Sequence[Row], attributes: Sequence[Attribute]) -> Bucket:
    """Return the bucket of these rows."""
    of_attributes = reduce(or_, (attribute.bits for attribute in attributes), 0)
    cares = tuple(row.care & ~of_attributes for row in rows)
    columns = (
        Column(position, _column([row.care & attribute.bits for row in rows], attribute.masks))
        for position, attribute in enumerate(attributes)
        if any(row.care & attribute.bits for row in rows)
    )
    return Bucket(
        rules=tuple(row.rule for row in rows),
        cares=cares,
        situation=reduce(or_, cares, 0),
        columns=tuple(columns),
    )


def _column(cares: Sequence[int], masks: Sequence[int]) -> tuple[int, ...]:
    """Return the rows whose bits of one attribute are all set, for each gap.

    From one gap to the next only the rows that need a changed bit are looked at again.
    """
    needing: dict[int, list[int]] = defaultdict(list)
    for number, care in enumerate(cares):
        for bit in singles(care):
            needing[bit].append(number)
    holding = sum(1 << number for number, care in enumerate(cares) if masks[0] & care == care)
    column = [holding]
    for before, mask in pairwise(masks):
        for bit in singles(before ^ mask):
            for number in needing[bit]:
                holds = mask & cares[number] == cares[number]
                holding = holding | 1 << number if holds else holding & ~(1 << number)
        column.append(holding)
    return tuple(column)
