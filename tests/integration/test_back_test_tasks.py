"""Back-tests are worked on by tasks; the row is the queue record."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from compliance.backtests.models import BackTest, RunState, Shadow
from compliance.backtests.queue import BACK_TESTS, SILENT_AFTER
from compliance.backtests.selectors import back_test_by_ref
from compliance.backtests.services import request_back_test
from compliance.backtests.tasks import (
    enqueue_back_test,
    follow_shadows_task,
    produce_back_test_task,
    requeue_waiting_back_tests,
)
from tests.support.factories import make_psp, put_policy_in_force

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def back_test() -> BackTest:
    """A back-test that ends quickly: nothing was recorded."""
    psp = make_psp()
    version = put_policy_in_force(psp)
    return request_back_test(
        psp=psp,
        version_ref=version.ref,
        period_start=NOW - timedelta(days=2),
        period_end=NOW - timedelta(days=1),
        requested_by="Olivia",
        now=NOW - timedelta(minutes=1),
    )


@pytest.fixture
def _eager() -> Iterator[None]:
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def state_of(back_test: BackTest) -> str:
    return back_test_by_ref(back_test.psp, back_test.ref).state


@pytest.mark.usefixtures("_eager")
def test_a_back_test_is_enqueued_when_the_request_commits(
    back_test: BackTest, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enqueue_back_test(back_test.pk)
        assert state_of(back_test) == RunState.REQUESTED

    assert state_of(back_test) == RunState.READY


@pytest.mark.usefixtures("_eager")
def test_a_back_test_whose_message_was_lost_is_found_again(back_test: BackTest) -> None:
    requeue_waiting_back_tests()

    assert state_of(back_test) == RunState.READY


def test_what_nobody_foresaw_leaves_no_row_running(
    back_test: BackTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("burst")

    monkeypatch.setattr("compliance.backtests.services.advance", burst)

    with pytest.raises(RuntimeError, match="burst"):
        produce_back_test_task(back_test.pk)

    failed = back_test_by_ref(back_test.psp, back_test.ref)
    assert failed.state == RunState.FAILED
    assert "operator finds the details" in failed.failure


def test_a_worker_taken_for_dead_does_not_fail_its_successor(
    back_test: BackTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_arguments: object, **_more: object) -> None:
        assert BACK_TESTS.take(back_test.pk, now=timezone.now() + 2 * SILENT_AFTER) is not None
        raise RuntimeError("burst too late")

    monkeypatch.setattr("compliance.backtests.services.advance", overtaken)

    with pytest.raises(RuntimeError, match="burst too late"):
        produce_back_test_task(back_test.pk)

    living = back_test_by_ref(back_test.psp, back_test.ref)
    assert (living.state, living.attempts, living.failure) == (RunState.RUNNING, 2, "")


def test_without_any_shadow_there_is_nothing_to_follow() -> None:
    follow_shadows_task()

    assert not Shadow.objects.exists()
