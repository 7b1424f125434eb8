"""Works on back-tests and shadows in a worker. The row is the queue record: a lost message loses nothing."""
# SPDX-License-Identifier: Apache-2.0

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from compliance.backtests.queue import BACK_TESTS
from compliance.backtests.services import give_up, work_on
from compliance.backtests.shadows import follow_shadows
from compliance.backtests.submitting import Submission
from compliance.core.jobs import UNEXPECTED
from compliance.policysets.tasks import enqueue_analysis


@shared_task(name="backtests.produce", ignore_result=True, acks_late=True)
def produce_back_test_task(back_test_id: int) -> None:
    """Work on one back-test. Safe to run twice: what is finished or taken is left alone."""
    BACK_TESTS.work_on(
        back_test_id,
        clock=timezone.now,
        work=lambda row: work_on(back_test=row, clock=timezone.now),
        give_up=lambda row: give_up(back_test=row, failure=UNEXPECTED, now=timezone.now()),
    )


@shared_task(name="backtests.requeue_waiting", ignore_result=True)
def requeue_waiting_back_tests() -> None:
    """Ask again for every back-test that waits or whose worker died; run every 30 seconds."""
    for back_test_id in BACK_TESTS.waiting_ids(now=timezone.now()):
        produce_back_test_task.delay(back_test_id)


@shared_task(name="backtests.follow_shadows", ignore_result=True)
def follow_shadows_task() -> None:
    """Compare what was recorded since the last time with each shadow; run every 30 seconds."""
    follow_shadows(now=timezone.now())


def enqueue_back_test(back_test_id: int) -> None:
    """Ask for `back_test_id` to be worked on once the current transaction commits.

    A broker that is down is no reason to fail: `requeue_waiting_back_tests` finds the row.
    """
    # No partial: where the broker is down, Django logs the function by its name.
    transaction.on_commit(lambda: produce_back_test_task.delay(back_test_id), robust=True)


def enqueue_submission(submission: Submission) -> None:
    """Ask for all that is to be found out of a submitted version, once the transaction commits."""
    enqueue_analysis(submission.analysis.pk)
    if submission.back_test is not None:
        enqueue_back_test(submission.back_test.pk)
