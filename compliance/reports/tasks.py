"""Produces reports in a worker. The row is the queue record: a lost message loses nothing."""
# SPDX-License-Identifier: Apache-2.0

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from compliance.reports.queue import REPORTS
from compliance.reports.services import give_up, work_on_report

UNEXPECTED = "Something unexpected happened; the operator finds the details in the worker's log."


@shared_task(name="reports.produce", ignore_result=True, acks_late=True)
def produce_report_task(report_id: int) -> None:
    """Produce one report. Safe to run twice: the service skips what is finished or taken."""
    report = REPORTS.take(report_id, now=timezone.now())
    if report is None:
        return
    try:
        work_on_report(report=report, clock=timezone.now)
    except Exception:
        # The outermost edge: the row must not stay "in production"; the log has the traceback.
        give_up(report=report, failure=UNEXPECTED, now=timezone.now())
        raise


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
