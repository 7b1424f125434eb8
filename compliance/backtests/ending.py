"""Ends a comparison, once: its last columns and its ledger entry commit together."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import Q

from compliance.backtests.entries import stage_end
from compliance.backtests.models import BackTest, RunState, Shadow
from compliance.tenants.models import ApiKey, User

Run = TypeVar("Run", BackTest, Shadow)

_LONGEST_FAILURE: Final = 300
"""Characters that the column holds."""


class SupersededError(Exception):
    """Another worker, or a person, was here: whoever sees this has nothing left to do."""


def as_read(run: BackTest | Shadow) -> Q:
    """Return the condition that a comparison stands where it did when its row was read."""
    return Q(cursor_id=run.cursor_id, done=run.done)


@transaction.atomic
def end(
    run: Run,
    *,
    provided: Q,
    now: datetime,
    state: RunState = RunState.READY,
    failure: str = "",
    by: User | ApiKey | None = None,
    **also: Any,
) -> Run:
    """Mark a comparison that runs as ready or failed, stage its ledger entry, and return it.

    `failure` is for people; `by` is who ended it before its time; `also` are columns to be set with
    the rest. What the entry counts is read after the row was written: nobody counts on from there.

    Raises:
        SupersededError: if it does not run any more, or `provided` does not hold.
    """
    rows: Any = type(run)._default_manager.filter(pk=run.pk)  # noqa: SLF001 - Django's public name
    ended = {"state": state, "finished_at": now, "failure": failure[:_LONGEST_FAILURE], **also}
    if not rows.filter(provided, state=RunState.RUNNING).update(**ended):
        raise SupersededError
    row: Run = rows.select_related("psp", "version").get()
    stage_end(row, by=by, now=now)
    return row
