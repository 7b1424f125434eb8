"""Analyses versions in a worker. The row is the queue record: a lost message loses nothing."""
# SPDX-License-Identifier: Apache-2.0

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from compliance.core.jobs import UNEXPECTED
from compliance.policysets.analyses import ANALYSES, give_up, request_due_analyses
from compliance.tenants.selectors import psps


@shared_task(name="policysets.analyse", ignore_result=True, acks_late=True)
def analyse_task(analysis_id: int) -> None:
    """Work on one analysis. Safe to run twice: what is finished or taken is left alone."""
    # Not above: the web process asks for this task and has no use for a solver in its memory.
    from compliance.policysets.proving import work_on_analysis  # noqa: PLC0415

    ANALYSES.work_on(
        analysis_id,
        clock=timezone.now,
        work=lambda row: work_on_analysis(analysis=row, clock=timezone.now),
        give_up=lambda row: give_up(analysis=row, failure=UNEXPECTED, now=timezone.now()),
    )


@shared_task(name="policysets.requeue_waiting", ignore_result=True)
def requeue_waiting_analyses() -> None:
    """Ask for every analysis that is due, waits, or lost its worker; run every 30 seconds."""
    now = timezone.now()
    for psp in psps():
        for analysis in request_due_analyses(psp=psp, now=now):
            analyse_task.delay(analysis.pk)
    for analysis_id in ANALYSES.waiting_ids(now=now):
        analyse_task.delay(analysis_id)


def enqueue_analysis(analysis_id: int) -> None:
    """Ask for `analysis_id` to be worked on once the current transaction commits.

    A broker that is down is no reason to fail: `requeue_waiting_analyses` finds the row.
    """
    # No partial: where the broker is down, Django logs the function by its name.
    transaction.on_commit(lambda: analyse_task.delay(analysis_id), robust=True)
