"""Takes a comparison one chunk further: its counts, changes and cursor in one transaction.

The cursor is moved by compare-and-swap. A worker that was killed has left the last whole chunk; two
workers on one comparison read the same chunk, and the one that comes second writes nothing.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance.backtests.comparing import Changed, Comparer
from compliance.backtests.ending import SupersededError, as_read
from compliance.backtests.models import BackTest, RunState, Shadow
from compliance.backtests.reading import CHUNK, Place, read_chunk
from compliance.backtests.tally import Tally, read_tally, stored_tally


def advance(
    run: BackTest | Shadow, comparer: Comparer, *, end: datetime, size: int = CHUNK, **also: Any
) -> bool:
    """Compare the next decisions before `end`; return False if there are none left.

    `also` are columns to be set with the rest.

    Raises:
        SupersededError: if the row is not as it was read.
    """
    before = Place(run.cursor_at, run.cursor_id)
    chunk = read_chunk(run.psp, start=run.starts_at, end=end, after=before, size=size)
    if chunk is None:
        return False
    tally = read_tally(run.tally)
    number = sum(tally.listed.values())
    changes = comparer.compare(chunk, tally)
    with transaction.atomic():
        _swap(run, tally, chunk.last, run.done + len(chunk.decisions), also)
        _list(run, number, changes)
    return True


def _swap(run: BackTest | Shadow, tally: Tally, cursor: Place, done: int, also: Any) -> None:
    """Move the cursor and write the counts, if nobody did since the row was read."""
    values = {
        "cursor_at": cursor.decided_at,
        "cursor_id": cursor.row,
        "done": done,
        "tally": stored_tally(tally),
        **also,
    }
    rows: Any = type(run)._default_manager.filter(pk=run.pk, state=RunState.RUNNING)  # noqa: SLF001 - Django's public name
    if not rows.filter(as_read(run)).update(**values):
        raise SupersededError
    for name, value in values.items():
        setattr(run, name, value)


def _list(run: BackTest | Shadow, number: int, changes: Sequence[Changed]) -> None:
    """Store changes, numbered after the ones that are there."""
    model: Any = run.changes.model
    rows = [
        model(
            run=run,
            number=position,
            decision_ref=each.decision_ref,
            decided_at=each.decided_at,
            old_effect=each.old_effect,
            new_effect=each.new_effect,
            old_obligations=each.old_obligations,
            new_obligations=each.new_obligations,
            new_rules=each.new_rules,
        )
        for position, each in enumerate(changes, start=number + 1)
    ]
    model._default_manager.bulk_create(rows)  # noqa: SLF001 - Django's public name for it
