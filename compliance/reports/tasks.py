"""Produces reports in a worker. The row is the queue record: a lost message loses nothing."""
# SPDX-License-Identifier: Apache-2.0

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from compliance.core.jobs import UNEXPECTED
from compliance.reports.queue import REPORTS
from compliance.reports.services import give_up, work_on_report


@shared_task(name="reports.produce", ignore_result=True, acks_late=True)
def produce_report_task(report_id: int) -> None:
    """Produce one report. Safe to run twice: the service skips what is finished or taken."""
    REPORTS.work_on(
        report_id,
        clock=timezone.now,
        work=lambda row: work_on_report(report=row, clock=timezone.now),
        give_up=lambda row: give_up(report=row, failure=UNEXPECTED, now=timezone.now()),
    )


@shared_task(name="reports.requeue_waiting", ignore_result=True)
def requeue_waiting_reports() -> None:
    """Ask again for every report that waits or whose worker died; run every 30 seconds."""
    for report_id in REPORTS.waiting_ids(now=timezone.now()):
        produce_report_task.delay(report_id)


def enqueue_report(report_id: int) -> None:
    """Ask for `report_id` to be produced once the current transaction commits.

    A broker that is down is no reason to fail: `requeue_waiting_reports` finds the row.
    """
    # No partial: where the broker is down, Django logs the function by its name.
    transaction.on_commit(lambda: produce_report_task.delay(report_id), robust=True)
