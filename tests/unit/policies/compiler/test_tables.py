"""Tables tell apart exactly the values that the comparisons tell apart."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler.tables import (
    UNKNOWN_GAP,
    ComparisonBits,
    MemberTable,
    OrderedTable,
    SidedTable,
    ValueTable,
    table_of,
    tables_of,
)
from policies.engine.reference import compare
from policies.model import Comparison, Operator


def literals(*comparisons: tuple[Operator, Any]) -> list[ComparisonBits]:
    return [
        ComparisonBits(
            Comparison(
                operator=operator,
                operands=tuple(value) if operator is Operator.IN else (value,),
            ),
            1 << 2 * number,
            2 << 2 * number,
        )
        for number, (operator, value) in enumerate(comparisons)
    ]


def expected(every: list[ComparisonBits], value: Any) -> int:
    return sum(
        each.can_hold if compare(value, each.comparison) else each.can_fail for each in every
    )


ordered = st.tuples(
    st.sampled_from([each for each in Operator if each not in {Operator.IN, Operator.CONTAINS}]),
    st.integers(-3, 3),
)
named = st.tuples(st.just(Operator.IN), st.sets(st.integers(-3, 3), min_size=1))


@given(st.lists(ordered | named, min_size=1, max_size=6), st.integers(-4, 4))
def test_a_value_sets_the_bits_of_the_comparisons_that_hold(
    comparisons: list[tuple[Operator, Any]], value: int
) -> None:
    every = literals(*comparisons)
    table = table_of(every)

    assert table.masks[table.gap_of(value)] == expected(every, value)


@given(st.lists(ordered | named, min_size=1, max_size=6))
def test_a_missing_value_sets_every_bit(comparisons: list[tuple[Operator, Any]]) -> None:
    every = literals(*comparisons)

    assert table_of(every).masks[UNKNOWN_GAP] == sum(
        each.can_hold | each.can_fail for each in every
    )


def test_values_that_no_rule_names_are_one_gap() -> None:
    table = table_of(literals((Operator.EQUALS, "a"), (Operator.IN, ["a", "b"])))

    assert isinstance(table, ValueTable)
    assert table.gap_of("x") == table.gap_of("y") == 0
    assert len({table.gap_of(value) for value in "abx"}) == 3


def test_thresholds_and_what_is_between_them_are_gaps() -> None:
    table = table_of(literals((Operator.ABOVE, 10), (Operator.BELOW, 20)))

    assert isinstance(table, OrderedTable)
    assert [table.gap_of(value) for value in (5, 10, 15, 20, 25)] == [0, 1, 2, 3, 4]
    assert len(table.masks) == 6


@pytest.mark.parametrize(
    ("operators", "gaps"),
    [
        ((Operator.ABOVE, Operator.AT_MOST), [0, 0, 1, 1, 2]),
        ((Operator.AT_LEAST, Operator.BELOW), [0, 1, 1, 2, 2]),
    ],
)
def test_a_threshold_that_every_rule_puts_on_one_side_has_no_gap_of_its_own(
    operators: tuple[Operator, Operator], gaps: list[int]
) -> None:
    one, other = operators
    table = table_of(literals((one, 10), (other, 20)))

    assert isinstance(table, SidedTable)
    assert [table.gap_of(value) for value in (5, 10, 15, 20, 25)] == gaps
    assert len(table.masks) == 4


@given(
    st.sampled_from([(Operator.ABOVE, Operator.AT_MOST), (Operator.AT_LEAST, Operator.BELOW)]),
    st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=1, max_size=6),
    st.integers(-4, 4),
)
def test_a_value_sets_the_same_bits_where_no_threshold_has_a_gap(
    operators: tuple[Operator, Operator], asked: list[tuple[int, int]], value: int
) -> None:
    every = literals(*[(operators[which], threshold) for which, threshold in asked])
    table = table_of(every)

    assert isinstance(table, SidedTable)
    assert table.masks[table.gap_of(value)] == expected(every, value)


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True),
    st.frozensets(st.sampled_from("abcd")),
)
def test_a_string_set_has_a_table_for_each_member_that_is_asked_for(
    members: list[str], value: frozenset[str]
) -> None:
    every = literals(*[(Operator.CONTAINS, member) for member in members])
    tables = tables_of(every)

    assert all(isinstance(table, MemberTable) for table in tables)
    for asked, table in zip(every, tables, strict=True):
        holds = compare(value, asked.comparison)
        assert table.masks[table.gap_of(value)] == (asked.can_hold if holds else asked.can_fail)
        assert table.masks[UNKNOWN_GAP] == asked.can_hold | asked.can_fail


def test_any_other_attribute_has_one_table() -> None:
    every = literals((Operator.ABOVE, 10), (Operator.BELOW, 20))

    assert tables_of(every) == [table_of(every)]
