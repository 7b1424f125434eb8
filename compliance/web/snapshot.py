"""The figures of Today and Duties."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance.assessments.breaches import enforcement_times
from compliance.assessments.cube import count_decisions
from compliance.assessments.duties import duty_figures
from compliance.assessments.figures import steps_for
from compliance.assessments.model import DutyFigure, Part, Step
from compliance.assessments.quantiles import Quantiles, quantiles_of
from compliance.assessments.scope import Scope
from compliance.tenants.models import Psp
from compliance.web.counting import counted_for_page
from compliance.web.periods import Period, quarter_to_date, start_of_quarter
from policies.vocabulary.effects import Effect

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
    """Return a snapshot if that is quick, or if the reader said that they will `wait`."""
    key = f"snapshot:{start_of_quarter(now):%Y-%m}"
    return counted_for_page(psp, key, lambda: take_snapshot(psp, now=now), wait=wait)


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
