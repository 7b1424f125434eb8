"""Who works on which report: the row is the queue record, taken by compare-and-swap."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet

from compliance.reports.models import Report, ReportState

STALE_AFTER: Final = timedelta(minutes=10)
"""A report that has been in production for longer has lost its worker."""

WAIT_BEFORE_ASKING_AGAIN: Final = timedelta(seconds=20)
"""A message deserves this long to be delivered before it is taken for lost."""

MOST_ATTEMPTS: Final = 5


def _free(now: datetime) -> Q:
    """Return the condition that nobody works on a report."""
    left = Q(state=ReportState.RUNNING, started_at__lt=now - STALE_AFTER)
    return Q(state=ReportState.REQUESTED) | left


def waiting_report_ids(*, now: datetime) -> list[int]:
    """Return the reports that nobody works on: message lost, to be tried again, or worker died."""
    waiting = Report.objects.filter(_free(now), requested_at__lt=now - WAIT_BEFORE_ASKING_AGAIN)
    return list(waiting.order_by("requested_at").values_list("pk", flat=True))


def take(report_id: int, *, now: datetime) -> Report | None:
    """Take the report if it is free, count the attempt, and return it; None if it is not free.

    Two workers may hold the same message: the database lets one of them through.
    """
    taken = Report.objects.filter(_free(now), pk=report_id).update(
        state=ReportState.RUNNING,
        started_at=now,
        attempts=F("attempts") + 1,
        progress=0,
        step="",
        failure="",
    )
    return Report.objects.select_related("psp").get(pk=report_id) if taken else None


def held(report: Report) -> "QuerySet[Report]":
    """Return the row if this attempt still has it.

    A worker that was given up for dead may live on, and finds nothing here: its attempt is over.
    """
    return Report.objects.filter(pk=report.pk, state=ReportState.RUNNING, attempts=report.attempts)


def tell(report: Report, progress: int, step: str) -> None:
    """Write how far this attempt is (per cent) and what is being done, in words."""
    held(report).update(progress=progress, step=step)
