"""Rows stand in the bucket of a finding that they need, side by side."""
# SPDX-License-Identifier: Apache-2.0

from policies.compiler.buckets import Attribute, Column, Row, fill_buckets

ROOTED, HOOKING, AMOUNT, PAYEE = 1, 2, 4, 8
CODES = {ROOTED: "device.rooted", HOOKING: "app.hooking"}
# Gaps: below, at, above a threshold, unknown; the rule asks for `above`.
ATTRIBUTES = (Attribute(AMOUNT, (0, 0, AMOUNT, AMOUNT)), Attribute(PAYEE, (0, PAYEE, PAYEE)))


def test_a_row_without_a_finding_is_general() -> None:
    general, by_code = fill_buckets([Row(AMOUNT, 7)], CODES, ATTRIBUTES)

    assert by_code == {}
    assert general.rules == (7,)
    assert general.cares == (0,)
    assert general.situation == 0
    assert general.columns == (Column(0, (0, 0, 1, 1)),)


def test_a_row_stands_under_the_finding_that_fewest_rows_need() -> None:
    rows = [Row(ROOTED, 0), Row(ROOTED | HOOKING, 1), Row(ROOTED | PAYEE, 2)]
    general, by_code = fill_buckets(rows, CODES, ATTRIBUTES)

    assert general.rules == ()
    assert {code: bucket.rules for code, bucket in by_code.items()} == {
        "device.rooted": (0, 2),
        "app.hooking": (1,),
    }
    assert by_code["app.hooking"].cares == (ROOTED | HOOKING,)
    assert by_code["device.rooted"].columns == (Column(1, (0b01, 0b11, 0b11)),)


def test_a_column_follows_every_change_from_gap_to_gap() -> None:
    low, high = 16, 32
    attribute = Attribute(low | high, (low, low | high, high, 0, low | high))
    rows = [Row(low, 0), Row(high, 1), Row(low | high, 2), Row(0, 3)]
    general, _by_code = fill_buckets(rows, {}, (attribute,))

    (column,) = general.columns
    assert column.rows == (0b1001, 0b1111, 0b1010, 0b1000, 0b1111)
