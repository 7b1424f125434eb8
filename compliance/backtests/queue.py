"""Who works on which back-test: the row is the queue record, taken by compare-and-swap."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q

from compliance.backtests.models import BackTest, RunState

SILENT_AFTER: Final = timedelta(minutes=2)
"""A worker gives a sign of life with each chunk; one that was silent for longer is lost."""

WAIT_BEFORE_ASKING_AGAIN: Final = timedelta(seconds=20)
"""A message deserves this long to be delivered before it is taken for lost."""

MOST_ATTEMPTS: Final = 20
"""In all, also those that got further: each goes on where the one before stopped, but what so many
workers left unfinished is given up."""


def _free(now: datetime) -> Q:
    """Return the condition that nobody works on a back-test."""
    left = Q(state=RunState.RUNNING, beat_at__lt=now - SILENT_AFTER)
    return Q(state=RunState.REQUESTED) | left


def waiting_back_test_ids(*, now: datetime) -> list[int]:
    """Return the back-tests that nobody works on: message lost, or worker died."""
    waiting = BackTest.objects.filter(_free(now), requested_at__lt=now - WAIT_BEFORE_ASKING_AGAIN)
    return list(waiting.order_by("requested_at").values_list("pk", flat=True))


def take(back_test_id: int, *, now: datetime) -> BackTest | None:
    """Take the back-test if it is free, count the attempt, and return it; None if it is not free.

    Two workers may hold the same message: the database lets one of them through.
    """
    taken = BackTest.objects.filter(_free(now), pk=back_test_id).update(
        state=RunState.RUNNING, beat_at=now, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    return BackTest.objects.select_related("psp", "version").get(pk=back_test_id)
