"""The figures of Today and Duties: counted once, kept for some minutes, never in a page's way.

Each process counts and keeps for itself, for no cache across processes is configured.
"""
# SPDX-License-Identifier: Apache-2.0

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache

from compliance.assessments.breaches import enforcement_times
from compliance.assessments.cube import count_decisions
from compliance.assessments.duties import duty_figures
from compliance.assessments.figures import steps_for
from compliance.assessments.model import DutyFigure, Part, Step
from compliance.assessments.quantiles import Quantiles, quantiles_of
from compliance.assessments.scope import Scope
from compliance.ledger.selectors import tree_size_of
from compliance.tenants.models import Psp
from compliance.web.periods import Period, quarter_to_date, start_of_quarter
from policies.vocabulary.effects import Effect

KEPT_FOR_S: Final = 300
KEPT_AT_MOST_S: Final = 3600
"""Figures are kept for minutes; those that took long to count, for longer, up to an hour."""
_SHARE_OF_TIME: Final = 60
"""Counting takes at most one part in so many of a process's time."""
SMALL: Final = 5_000
"""Up to so many ledger entries a page counts at once; above, it shows itself first."""
WEEKS: Final = 13
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Figures as of `taken_at`: the duties for `period`, effects of a day, breaches by week."""

    taken_at: datetime
    period: Period
    duties: tuple[DutyFigure, ...]
    last_day: Period
    effects: tuple[Part, ...]
    enforcement_s: Quantiles
    weeks: tuple[Step, ...]


def snapshot_for_page(psp: Psp, *, now: datetime, wait: bool) -> Snapshot | None:
    """Return a snapshot if that is quick, or if the reader said that they will `wait`.

    A million decisions take long to count; the page must not, so it gets None and asks again.
    One request counts for a PSP at a time in each process; those that come meanwhile get None too.
    """
    key = f"snapshot:{psp.ref}:{start_of_quarter(now):%Y-%m}"
    kept: Snapshot | None = cache.get(key)
    if kept is not None:
        return kept
    if tree_size_of(psp) <= SMALL:
        return take_snapshot(psp, now=now)
    if not wait or not cache.add(f"{key}:counting", 1, KEPT_AT_MOST_S):
        return None
    try:
        return _take_and_keep(psp, key, now)
    finally:
        cache.delete(f"{key}:counting")


def _take_and_keep(psp: Psp, key: str, now: datetime) -> Snapshot:
    """Count, and keep the result the longer the longer it took."""
    began = time.monotonic()
    taken = take_snapshot(psp, now=now)
    took = time.monotonic() - began
    cache.set(key, taken, min(KEPT_AT_MOST_S, max(KEPT_FOR_S, int(took * _SHARE_OF_TIME))))
    return taken


def take_snapshot(psp: Psp, *, now: datetime) -> Snapshot:
    """Count: duties over the quarter so far, effects over a day, breaches over thirteen weeks."""
    period = quarter_to_date(now)
    last_day = Period(now - DAY, now)
    monday = (now - DAY * now.weekday()).replace(hour=0, minute=0, second=0, microsecond=0)
    weeks = Scope(psp=psp, start=monday - 7 * DAY * (WEEKS - 1), end=now)
    times, _in_time = enforcement_times(weeks)
    day = count_decisions(Scope(psp=psp, start=last_day.start, end=last_day.end))
    return Snapshot(
        taken_at=now,
        period=period,
        duties=duty_figures(psp, start=period.start, end=period.end, now=now),
        last_day=last_day,
        effects=day.parts(lambda cell: cell.effect, Effect),
        enforcement_s=quantiles_of(times),
        weeks=steps_for(weeks),
    )
