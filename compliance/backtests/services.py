"""Requests and produces back-tests: a candidate decides again on what was recorded in a period."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from compliance.backtests.advancing import advance
from compliance.backtests.comparing import Comparer
from compliance.backtests.ending import SupersededError, as_read, end
from compliance.backtests.errors import InvalidSpanError
from compliance.backtests.models import BackTest, RunState
from compliance.backtests.queue import BACK_TESTS, MOST_ATTEMPTS
from compliance.backtests.reading import CHUNK, decisions_between
from compliance.core.refs import new_ref
from compliance.policysets.selectors import version_without_state
from compliance.tenants.models import Psp
from policies.errors import PolicyError

LONGEST_PERIOD: Final = timedelta(days=400)
"""A year and what is needed to round it; longer questions are several back-tests."""


def request_back_test(
    *,
    psp: Psp,
    version_ref: str,
    period_start: datetime,
    period_end: datetime,
    requested_by: str,
    now: datetime,
) -> BackTest:
    """Store the wish to compare a version with the decisions of [period_start, period_end).

    The caller then enqueues it (`tasks.enqueue_back_test`); should the message be lost, a
    scheduled task finds the row. Any version will do, also one that was in force.

    Raises:
        NotFoundError: if the PSP has no such version.
        InvalidSpanError: if the period is empty, longer than 400 days, or not over by `now`:
            two runs over a period that is over have the same result.
    """
    if period_start >= period_end:
        raise InvalidSpanError("the period is empty: its end is not after its start")
    if period_end - period_start > LONGEST_PERIOD:
        raise InvalidSpanError(f"the period is longer than {LONGEST_PERIOD.days} days")
    if period_end > now:
        raise InvalidSpanError("the period is not over yet")
    version = version_without_state(psp, version_ref)
    return BackTest.objects.create(
        psp=psp,
        ref=new_ref("bt", now=now),
        version=version,
        digest=version.digest,
        starts_at=period_start,
        ends_at=period_end,
        requested_by=requested_by,
        requested_at=now,
    )


def produce_back_test(
    *, back_test_id: int, clock: Callable[[], datetime], size: int = CHUNK
) -> None:
    """Take one back-test, if it is free, and work on it until it is ready.

    Safe to run twice, and safe to stop in the middle: whoever takes it next goes on after the last
    whole chunk, and gets the same result.
    """
    back_test = BACK_TESTS.take(back_test_id, now=clock())
    if back_test is not None:
        work_on(back_test=back_test, clock=clock, size=size)


def work_on(*, back_test: BackTest, clock: Callable[[], datetime], size: int = CHUNK) -> None:
    """Work on a back-test that was taken; `clock` tells the time, for signs of life.

    What goes wrong in a way that a person can understand is written to the row.
    """
    if back_test.attempts > MOST_ATTEMPTS:
        failure = f"not finished in {MOST_ATTEMPTS} attempts"
        give_up(back_test=back_test, failure=failure, now=clock())
        return
    try:
        _compare(back_test, clock, size)
    except SupersededError:
        return
    except PolicyError as error:
        give_up(back_test=back_test, failure=str(error), now=clock())


def give_up(*, back_test: BackTest, failure: str, now: datetime) -> None:
    """Mark a back-test as failed, with a text for people, if it still runs in this attempt.

    A worker that was silent for long enough to be taken for dead speaks for itself alone: its
    successor works on.
    """
    in_this_attempt = Q(attempts=back_test.attempts)
    with suppress(SupersededError):
        end(back_test, provided=in_this_attempt, state=RunState.FAILED, failure=failure, now=now)


def _compare(back_test: BackTest, clock: Callable[[], datetime], size: int) -> None:
    """Compare chunk after chunk, to the end."""
    if back_test.total is None:
        period = decisions_between(back_test.psp, back_test.starts_at, back_test.ends_at)
        back_test.total = period.count()
        BackTest.objects.filter(pk=back_test.pk).update(total=back_test.total)
    comparer = Comparer(back_test.psp, back_test.version.document)
    while advance(back_test, comparer, end=back_test.ends_at, size=size, beat_at=clock()):
        pass
    end(back_test, provided=as_read(back_test), now=clock())
