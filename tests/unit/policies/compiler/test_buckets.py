"""Rows stand side by side: each in the bucket of a finding that it needs, all in every column."""
# SPDX-License-Identifier: Apache-2.0

from policies.compiler.buckets import Attribute, Row, side_by_side

ROOTED, HOOKING, AMOUNT, PAYEE = 1, 2, 4, 8
CODES = {ROOTED: "device.rooted", HOOKING: "app.hooking"}
# Gaps: below, at, above a threshold, unknown; the rule asks for `above`.
ATTRIBUTES = (
    Attribute("amount", int, (0, 0, AMOUNT, AMOUNT), None),
    Attribute("payee", int, (0, PAYEE, PAYEE), None),
)


def test_a_row_without_a_finding_is_general() -> None:
    rows = side_by_side([Row(AMOUNT, 7)], CODES, ATTRIBUTES)

    assert rows.by_code == {}
    assert rows.rules == (7,)
    assert rows.general.rows == ((0b1, 0),)
    assert rows.general.situation == 0
    amount = next(column for column in rows.columns if column.name == "amount")
    assert amount.asking == 0b1
    assert amount.rows == (0, 0, 1, 1)


def test_a_row_stands_under_the_finding_that_fewest_rows_need() -> None:
    every = [Row(ROOTED, 0), Row(ROOTED | HOOKING, 1), Row(ROOTED | PAYEE, 2)]
    rows = side_by_side(every, CODES, ATTRIBUTES)

    assert rows.general.rows == ()
    assert rows.rules == (0, 2, 1)
    assert {code: bucket.rows for code, bucket in rows.by_code.items()} == {
        "device.rooted": ((0b001, ROOTED), (0b010, ROOTED)),
        "app.hooking": ((0b100, ROOTED | HOOKING),),
    }
    payee = next(column for column in rows.columns if column.name == "payee")
    assert payee.asking == 0b010
    assert payee.rows == (0b101, 0b111, 0b111)


def test_rows_of_a_rule_that_ask_the_same_of_attributes_share_a_place() -> None:
    every = [Row(ROOTED | AMOUNT, 0), Row(HOOKING | AMOUNT, 0), Row(HOOKING, 0), Row(AMOUNT, 1)]
    rows = side_by_side(every, CODES, ATTRIBUTES)

    assert rows.rules == (1, 0, 0)
    assert rows.general.rows == ((0b001, 0),)
    assert rows.by_code["device.rooted"].rows == ((0b010, ROOTED),)
    assert rows.by_code["app.hooking"].rows == ((0b010, HOOKING), (0b100, HOOKING))


def test_the_column_that_leaves_fewest_rows_comes_first() -> None:
    rows = side_by_side([Row(PAYEE, 0), Row(AMOUNT | PAYEE, 1)], CODES, ATTRIBUTES)

    assert [column.name for column in rows.columns] == ["payee", "amount"]


def test_a_column_follows_every_change_from_gap_to_gap() -> None:
    low, high = 16, 32
    attribute = Attribute("amount", int, (low, low | high, high, 0, low | high), None)
    rows = side_by_side([Row(low, 0), Row(high, 1), Row(low | high, 2), Row(0, 3)], {}, [attribute])

    (column,) = rows.columns
    assert column.asking == 0b0111
    assert column.rows == (0b1001, 0b1111, 0b1010, 0b1000, 0b1111)
