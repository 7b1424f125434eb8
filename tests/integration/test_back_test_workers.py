"""Who works on a back-test, whatever is stopped when: nothing counts twice."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from typing import Any

import pytest

from compliance.backtests import advancing
from compliance.backtests.advancing import advance
from compliance.backtests.comparing import Comparer
from compliance.backtests.ending import SupersededError
from compliance.backtests.models import BackTest, RunState
from compliance.backtests.queue import BACK_TESTS, MOST_ATTEMPTS, SILENT_AFTER
from compliance.backtests.selectors import back_test_by_ref
from compliance.backtests.services import give_up, produce_back_test
from compliance.tenants.models import Psp
from tests.integration.back_tested import (
    LATER,
    STRICTER,
    back_test_of,
    candidate_of,
    clock,
    produced,
    recorded_psp,
    result_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def psp() -> Psp:
    return recorded_psp()


def test_a_worker_that_stopped_is_continued_with_the_same_result(
    psp: Psp, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = candidate_of(psp, STRICTER)
    whole, broken = back_test_of(psp, version), back_test_of(psp, version)
    produce_back_test(back_test_id=whole.pk, clock=clock, size=50)

    with monkeypatch.context() as patch:
        patch.setattr(advancing, "_list", _stop_after(2, advancing._list))
        with pytest.raises(KeyboardInterrupt):
            produce_back_test(back_test_id=broken.pk, clock=clock, size=50)
    stopped = back_test_by_ref(psp, broken.ref)
    assert (stopped.state, stopped.done, stopped.progress) == (RunState.RUNNING, 100, 41)
    produce_back_test(back_test_id=broken.pk, clock=lambda: LATER + 2 * SILENT_AFTER, size=50)

    assert result_of(broken) == result_of(whole)


def _stop_after(count: int, real: Callable[..., None]) -> Callable[..., None]:
    """Return the real thing, which is interrupted in the middle of a transaction."""
    calls: list[None] = []

    def stopping(*arguments: Any) -> None:
        real(*arguments)
        calls.append(None)
        if len(calls) > count:
            raise KeyboardInterrupt

    return stopping


def test_of_two_workers_at_once_one_counts(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    first = BACK_TESTS.take(back_test.pk, now=LATER)
    second = BACK_TESTS.take(back_test.pk, now=LATER + 2 * SILENT_AFTER)
    assert first is not None
    assert second is not None
    comparers = [Comparer(psp, first.version.document) for _ in range(2)]

    advance(first, comparers[0], end=LATER, size=100)
    with pytest.raises(SupersededError):
        advance(second, comparers[1], end=LATER, size=100)

    assert result_of(back_test)[1] == 100
    assert len(result_of(back_test)[3]) == sum(first.tally["listed"].values())


def test_a_back_test_that_somebody_works_on_is_left_alone(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))

    assert BACK_TESTS.take(back_test.pk, now=LATER) is not None
    assert BACK_TESTS.take(back_test.pk, now=LATER + SILENT_AFTER / 2) is None
    assert BACK_TESTS.waiting_ids(now=LATER + SILENT_AFTER / 2) == []
    assert BACK_TESTS.waiting_ids(now=LATER + 2 * SILENT_AFTER) == [back_test.pk]


def test_after_many_attempts_it_is_given_up(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    BackTest.objects.filter(pk=back_test.pk).update(attempts=MOST_ATTEMPTS)

    produce_back_test(back_test_id=back_test.pk, clock=clock)

    failed = back_test_by_ref(psp, back_test.ref)
    assert (failed.state, failed.failure) == (RunState.FAILED, "not finished in 20 attempts")


def test_an_attempt_that_fails_late_leaves_the_next_one_alone(psp: Psp) -> None:
    back_test = back_test_of(psp, candidate_of(psp, STRICTER))
    first = BACK_TESTS.take(back_test.pk, now=LATER)
    second = BACK_TESTS.take(back_test.pk, now=LATER + 2 * SILENT_AFTER)
    assert first is not None
    assert second is not None

    give_up(back_test=first, failure="too late", now=LATER)
    assert back_test_by_ref(psp, back_test.ref).state == RunState.RUNNING
    give_up(back_test=second, failure="in time", now=LATER)

    failed = back_test_by_ref(psp, back_test.ref)
    assert (failed.state, failed.failure) == (RunState.FAILED, "in time")


def test_a_finished_back_test_stays_as_it_is(psp: Psp) -> None:
    back_test = produced(psp, STRICTER)
    before = result_of(back_test)

    produce_back_test(back_test_id=back_test.pk, clock=lambda: LATER + 2 * SILENT_AFTER)

    assert result_of(back_test) == before
