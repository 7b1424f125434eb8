"""Numbers read as the European Union prints them and never claim too much."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.assessments.quantiles import quantile, quantiles_of
from compliance.assessments.wording import NOTHING, number, plural, seconds, share


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("count", "of", "text"),
    [
        (0, 0, NOTHING),
        (0, 10, "0.0 %"),
        (1, 3, "33.3 %"),
        (10, 10, "100.0 %"),
        (1, 100_000, "< 0.1 %"),
        (99_999, 100_000, "> 99.9 %"),
        (999, 1000, "99.9 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_none(count: int, of: int, text: str) -> None:
    assert plain(share(count, of)) == text


def test_thousands_are_parted_by_a_thin_space_that_does_not_break() -> None:
    assert number(1_204_331) == "1\u202f204\u202f331"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NOTHING),
        (0, "0 s"),
        (1.8, "1.8 s"),
        (38.2, "38 s"),
        (300, "5 min"),
        (14_400, "4 h"),
        (864_000, "10 days"),
    ],
)
def test_a_duration_is_in_the_unit_that_a_reader_would_choose(
    value: float | None, text: str
) -> None:
    assert plain(seconds(value)) == text


def test_words_agree_with_their_number() -> None:
    assert (plural(1, "breach", "breaches"), plural(2, "breach", "breaches")) == (
        "breach",
        "breaches",
    )
    assert plural(0, "device") == "devices"


@given(st.lists(st.integers(min_value=0, max_value=50), min_size=1), st.floats(0, 1))
def test_a_quantile_is_the_nearest_rank_over_all_values(values: list[int], part: float) -> None:
    histogram = {float(value): values.count(value) for value in values}

    found = quantile(histogram, part)

    assert found is not None
    below = sum(value <= found for value in values)
    less = sum(value < found for value in values)
    assert below >= part * len(values)
    assert less < part * len(values) or found == min(values)


def test_quantiles_of_nothing_are_nothing() -> None:
    assert (quantiles_of({}).count, quantiles_of({}).p50, quantiles_of({}).largest) == (
        0,
        None,
        None,
    )
