"""Who works on which report, and how far it is."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Final

from compliance.core.jobs import JobQueue
from compliance.reports.models import Report

REPORTS: Final = JobQueue(
    model=Report,
    beat="started_at",
    silent_after=timedelta(minutes=10),
    afresh={"progress": 0, "step": "", "failure": ""},
)

MOST_ATTEMPTS: Final = 5


def tell(report: Report, progress: int, step: str) -> None:
    """Write how far this attempt is (per cent) and what is being done, in words."""
    REPORTS.held(report).update(progress=progress, step=step)
