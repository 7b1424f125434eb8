"""Durations and numbers have one spelling."""
# SPDX-License-Identifier: Apache-2.0

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.documents.texts import (
    MAX_DURATION_S,
    decimal_text,
    duration_text,
    is_storable,
    read_decimal,
    read_duration,
    read_integer,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("5m", 300),
        ("4h", 14_400),
        ("2d", 172_800),
        ("3660d", MAX_DURATION_S),
        ("3661d", None),
        ("999999999d", None),
        ("0s", None),
        ("05m", None),
        ("5", None),
        ("5 m", None),
        ("5w", None),
        ("-5m", None),
        ("", None),
    ],
)
def test_a_duration_is_a_number_with_a_unit(text: str, seconds: int | None) -> None:
    assert read_duration(text) == seconds


@given(st.integers(1, MAX_DURATION_S))
def test_a_written_duration_is_read_as_it_was(seconds: int) -> None:
    assert read_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("50", "50"),
        ("50.0", "50"),
        ("50.10", "50.1"),
        ("0.00", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("-1.50", "-1.5"),
        ("1E+3", "1000"),
        ("100", "100"),
    ],
)
def test_equal_decimals_have_equal_texts(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20
    )
)
def test_a_written_decimal_is_read_as_it_was(number: Decimal) -> None:
    assert read_decimal(decimal_text(number)) == number


@pytest.mark.parametrize(
    "text", ["1e3", "", ".5", "5.", "+5", "NaN", "1" * 31, "0." + "1" * 31, "٣"]
)
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    assert read_decimal(text) is None


def test_an_integer_has_thirty_digits_at_most() -> None:
    assert read_integer("-" + "9" * 30) == -(10**30) + 1
    assert read_integer("9" * 31) is None
    assert read_integer("1.0") is None


@pytest.mark.parametrize("text", ["\x00", "a\x1f", "\x7f", "\ud800"])
def test_what_a_database_or_a_reader_stumbles_over_cannot_be_stored(text: str) -> None:
    assert not is_storable(text)


def test_ordinary_text_can_be_stored() -> None:
    assert is_storable("Übergröße\t→\n😀")
