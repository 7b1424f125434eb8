"""Periods that people ask about: quarters, months and years, in UTC."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Period(NamedTuple):
    """A stretch of time: its first moment and the first moment after it."""

    start: datetime
    end: datetime


class Preset(StrEnum):
    """A period that has a name."""

    LAST_QUARTER = "last_quarter"
    THIS_QUARTER = "this_quarter"
    LAST_MONTH = "last_month"
    THIS_MONTH = "this_month"
    LAST_YEAR = "last_year"
    CUSTOM = "custom"


PRESET_NAMES = (
    (Preset.LAST_QUARTER, _("Last quarter")),
    (Preset.THIS_QUARTER, _("This quarter so far")),
    (Preset.LAST_MONTH, _("Last month")),
    (Preset.THIS_MONTH, _("This month so far")),
    (Preset.LAST_YEAR, _("Last year")),
    (Preset.CUSTOM, _("Other days, below")),
)


def start_of_month(moment: datetime, *, months_back: int = 0) -> datetime:
    """Return the first moment of the month of `moment`, or of one before it."""
    months = moment.astimezone(UTC).year * 12 + moment.astimezone(UTC).month - 1 - months_back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def start_of_quarter(moment: datetime, *, quarters_back: int = 0) -> datetime:
    """Return the first moment of the quarter of `moment`, or of one before it."""
    into = (moment.astimezone(UTC).month - 1) % 3
    return start_of_month(moment, months_back=into + 3 * quarters_back)


def quarter_to_date(now: datetime) -> Period:
    """Return the running quarter up to now."""
    return Period(start_of_quarter(now), now)


def period_of(preset: Preset, *, now: datetime) -> Period:
    """Return the period that a preset names, seen from `now`.

    Raises:
        KeyError: for `custom`, which names none.
    """
    return _PERIODS[preset](now)


_PERIODS: dict[Preset, Callable[[datetime], Period]] = {
    Preset.LAST_QUARTER: lambda now: Period(
        start_of_quarter(now, quarters_back=1), start_of_quarter(now)
    ),
    Preset.THIS_QUARTER: quarter_to_date,
    Preset.LAST_MONTH: lambda now: Period(start_of_month(now, months_back=1), start_of_month(now)),
    Preset.THIS_MONTH: lambda now: Period(start_of_month(now), now),
    Preset.LAST_YEAR: lambda now: Period(
        datetime(now.astimezone(UTC).year - 1, 1, 1, tzinfo=UTC),
        datetime(now.astimezone(UTC).year, 1, 1, tzinfo=UTC),
    ),
}
