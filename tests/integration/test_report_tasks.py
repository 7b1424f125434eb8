"""Reports are produced by tasks; the row is the queue record."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from compliance.reports.models import Report, ReportState
from compliance.reports.selectors import report_by_ref
from compliance.reports.services import request_report
from compliance.reports.tasks import (
    enqueue_report,
    produce_report_task,
    requeue_waiting_reports,
)
from tests.support.factories import make_psp

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def report() -> Report:
    """A report that ends quickly: its PSP has an empty ledger."""
    psp = make_psp("Empty")
    return request_report(
        psp=psp,
        period_start=NOW - timedelta(days=2),
        period_end=NOW,
        requested_by="Olivia",
        now=NOW - timedelta(minutes=1),
    )


@pytest.fixture
def _eager() -> Iterator[None]:
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def state_of(report: Report) -> str:
    return report_by_ref(report.psp, report.ref).state


@pytest.mark.usefixtures("_eager")
def test_a_report_is_enqueued_when_the_request_commits(
    report: Report, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enqueue_report(report.pk)
        assert state_of(report) == ReportState.REQUESTED

    assert state_of(report) == ReportState.FAILED


@pytest.mark.usefixtures("_eager")
def test_a_report_whose_message_was_lost_is_found_again(report: Report) -> None:
    requeue_waiting_reports()

    assert state_of(report) == ReportState.FAILED
    assert "nothing to report on" in report_by_ref(report.psp, report.ref).failure


def test_what_nobody_foresaw_leaves_no_row_in_production(
    report: Report, settings: Settings
) -> None:
    settings.KEYS_DIR = "/dev/null"

    with pytest.raises(OSError, match="/dev/null"):
        produce_report_task(report.pk)

    failed = report_by_ref(report.psp, report.ref)
    assert failed.state == ReportState.FAILED
    assert "operator finds the details" in failed.failure


def test_the_schedule_asks_for_waiting_reports(settings: Settings) -> None:
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert requeue_waiting_reports.name in tasks
