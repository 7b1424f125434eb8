"""Periods by name."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.web.periods import (
    Preset,
    period_of,
    quarter_to_date,
    start_of_month,
    start_of_quarter,
)
from compliance.web.templatetags.ninefold import last_day

NAMED = [preset for preset in Preset if preset is not Preset.CUSTOM]
moments = st.datetimes(
    min_value=datetime(2019, 9, 14),  # noqa: DTZ001
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-24", "2026-07-01", "2026-10-01"),
        ("2026-01-01", "2025-10-01", "2026-01-01"),
        ("2026-03-31", "2025-10-01", "2026-01-01"),
        ("2026-04-01", "2026-01-01", "2026-04-01"),
    ],
)
def test_the_last_quarter_is_the_whole_one_before_this(now: str, start: str, end: str) -> None:
    assert period_of(Preset.LAST_QUARTER, now=at(now)) == (at(start), at(end))


def test_last_month_and_last_year_cross_new_year() -> None:
    now = at("2026-01-15")

    assert period_of(Preset.LAST_MONTH, now=now) == (at("2025-12-01"), at("2026-01-01"))
    assert period_of(Preset.LAST_YEAR, now=now) == (at("2025-01-01"), at("2026-01-01"))


def test_periods_are_those_of_utc_wherever_the_clock_is() -> None:
    new_year_in_tokyo = datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=9)))

    assert start_of_month(new_year_in_tokyo) == at("2025-12-01")
    assert start_of_quarter(new_year_in_tokyo) == at("2025-10-01")


@given(now=moments, preset=st.sampled_from(NAMED))
def test_no_named_period_reaches_into_the_future(now: datetime, preset: Preset) -> None:
    period = period_of(preset, now=now)

    assert period.start <= period.end <= now
    assert period.end - period.start <= timedelta(days=366)


@given(now=moments)
def test_the_last_quarter_ends_where_this_one_begins(now: datetime) -> None:
    assert period_of(Preset.LAST_QUARTER, now=now).end == quarter_to_date(now).start


def test_the_last_day_belongs_to_the_period() -> None:
    assert (
        last_day(period_of(Preset.LAST_QUARTER, now=at("2026-11-24")).end).date()
        == at("2026-09-30").date()
    )


def test_own_days_are_no_named_period() -> None:
    with pytest.raises(KeyError):
        period_of(Preset.CUSTOM, now=at("2026-11-24"))
