"""Days or weeks of a period, in UTC; weeks begin on Monday."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

_DAYS_BEFORE_WEEKS: Final = 31


def is_weekly(start: datetime, end: datetime) -> bool:
    """Return whether [start, end) is too long to be shown day by day."""
    return (end - start).days > _DAYS_BEFORE_WEEKS


def step_of(day: date, *, is_week: bool) -> date:
    """Return the first day of the step that `day` is in."""
    return day - timedelta(days=day.weekday()) if is_week else day


def starts_of(start: datetime, end: datetime, *, is_week: bool) -> Iterator[date]:
    """Yield the first day of every step of [start, end)."""
    last = (end - timedelta(microseconds=1)).date()
    day = step_of(start.date(), is_week=is_week)
    while day <= last:
        yield day
        day += timedelta(days=7 if is_week else 1)


def label_of(day: date, *, is_week: bool) -> str:
    """Return what a chart calls the step that begins with `day`."""
    return f"W{day.isocalendar().week:02d}" if is_week else f"{day:%d %b}"
