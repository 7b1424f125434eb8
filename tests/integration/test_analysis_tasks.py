"""What is submitted is found out by tasks: analysis and back-test; the row is the queue record."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from compliance.backtests.models import RunState
from compliance.backtests.selectors import back_test_by_ref
from compliance.backtests.submitting import DAYS, Submission, submit_for_approval
from compliance.backtests.tasks import enqueue_submission
from compliance.core.errors import ConflictError
from compliance.policysets.analyses import ANALYSES, SILENT_AFTER
from compliance.policysets.models import Analysis, AnalysisState
from compliance.policysets.services import create_version
from compliance.policysets.tasks import analyse_task, requeue_waiting_analyses
from compliance.tenants.models import Psp
from tests.integration.recorded_decisions import record_many
from tests.support.documents import policy, rule
from tests.support.factories import make_person, make_psp, put_design_in_force, put_policy_in_force

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def _eager() -> Iterator[None]:
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def submit(psp: Psp, *, now: datetime = NOW) -> Submission:
    author = make_person(psp, name="Anna Author")
    version = create_version(psp=psp, source=policy(rule()), author=author, now=now)
    return submit_for_approval(psp=psp, ref=version.ref, person=author, now=now)


def state_of(analysis: Analysis) -> str:
    analysis.refresh_from_db()
    return analysis.state


@pytest.mark.usefixtures("_eager")
def test_what_is_submitted_is_analysed_and_back_tested_once_it_is_committed(
    psp: Psp, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    put_policy_in_force(psp, now=MIDNIGHT - timedelta(days=3))
    put_design_in_force(psp, now=MIDNIGHT - timedelta(days=3))
    record_many(psp, 20, start=MIDNIGHT - timedelta(days=2))
    with django_capture_on_commit_callbacks(execute=True):
        submission = submit(psp)
        enqueue_submission(submission)
        assert state_of(submission.analysis) == AnalysisState.REQUESTED

    assert state_of(submission.analysis) == AnalysisState.READY
    assert submission.back_test is not None
    back_test = back_test_by_ref(psp, submission.back_test.ref)
    assert (back_test.state, back_test.done) == (RunState.READY, 20)
    assert back_test.requested_by == "Anna Author"
    assert (back_test.starts_at, back_test.ends_at) == (MIDNIGHT - timedelta(days=DAYS), MIDNIGHT)


def test_where_nothing_was_decided_there_is_nothing_to_compare_with(psp: Psp) -> None:
    assert submit(psp).back_test is None


def test_what_is_refused_asks_for_nothing(psp: Psp) -> None:
    submission = submit(psp)
    author = submission.version.submitted_by
    assert author is not None

    with pytest.raises(ConflictError):
        submit_for_approval(psp=psp, ref=submission.version.ref, person=author, now=NOW)

    assert Analysis.objects.filter(psp=psp).count() == 1


@pytest.mark.usefixtures("_eager")
def test_a_message_that_was_lost_is_sent_again(psp: Psp) -> None:
    submission = submit(psp, now=NOW - timedelta(minutes=1))

    requeue_waiting_analyses()

    assert state_of(submission.analysis) == AnalysisState.READY


@pytest.mark.usefixtures("_eager")
def test_another_design_has_what_is_in_force_analysed_again(psp: Psp) -> None:
    version = put_policy_in_force(psp, now=NOW - timedelta(days=1))
    design = put_design_in_force(psp, now=NOW - timedelta(hours=1))

    requeue_waiting_analyses()

    newest = version.analyses.get(design_digest=design.digest)
    assert (newest.state, newest.blocking) == (AnalysisState.READY, [])


def test_what_nobody_foresaw_leaves_no_row_running(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = submit(psp)

    def burst(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("burst")

    monkeypatch.setattr("compliance.policysets.proving.analyse", burst)

    with pytest.raises(RuntimeError, match="burst"):
        analyse_task(submission.analysis.pk)

    assert state_of(submission.analysis) == AnalysisState.FAILED
    assert "operator finds the details" in submission.analysis.failure


def test_a_worker_taken_for_dead_does_not_fail_its_successor(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = submit(psp).analysis

    def overtaken(*_arguments: object, **_more: object) -> None:
        assert ANALYSES.take(analysis.pk, now=timezone.now() + 2 * SILENT_AFTER) is not None
        raise RuntimeError("burst too late")

    monkeypatch.setattr("compliance.policysets.proving.analyse", overtaken)

    with pytest.raises(RuntimeError, match="burst too late"):
        analyse_task(analysis.pk)

    assert (state_of(analysis), analysis.attempts, analysis.failure) == ("running", 2, "")
