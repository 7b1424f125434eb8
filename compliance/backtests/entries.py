"""Ledger entries of comparisons: that a shadow began, and what each comparison came to."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from compliance.backtests.models import BackTest, Shadow
from compliance.backtests.tally import read_tally
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor
from compliance.tenants.models import ApiKey, User


def stage_start(shadow: Shadow, *, by: User | ApiKey, now: datetime) -> None:
    """Stage the entry of a shadow's beginning."""
    _stage(shadow, "shadow_started", by=by, now=now, more={})


def stage_end(run: BackTest | Shadow, *, by: User | ApiKey | None, now: datetime) -> None:
    """Stage the entry of a comparison's end, with its counts.

    `by` is who stopped it; nobody, if it ended by itself. Reasons in words stay out of the ledger.
    """
    more = {"state": run.state, "decisions": run.done, **_counts(run.tally)}
    if isinstance(run, Shadow):
        _stage(run, "shadow_ended", by=by, now=now, more={"ending": run.ending, **more})
    else:
        _stage(run, "back_test_finished", by=by, now=now, more=more)


def _counts(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was counted; `matrix` by `<old effect> <new effect>`."""
    tally = read_tally(stored)
    return {
        "compared": sum(tally.cells.values()),
        "changed": sum(tally.changed.values()),
        "not_replayable": sum(tally.reasons.values()),
        "step_ups_added": tally.step_ups_added,
        "step_ups_removed": tally.step_ups_removed,
        "tolerated": tally.tolerated,
        "matrix": tally.cells,
    }


def _stage(
    run: BackTest | Shadow,
    event: str,
    *,
    by: User | ApiKey | None,
    now: datetime,
    more: Mapping[str, Any],
) -> None:
    """Stage one entry; people stand there by their number, never by name."""
    body = {
        "schema": 1,
        "type": event,
        "ref": run.ref,
        "version": run.version.ref,
        "number": run.version.number,
        "digest": run.digest,
        "starts_at": run.starts_at.isoformat(),
        "ends_at": run.ends_at.isoformat(),
        "at": now.isoformat(),
        **({} if by is None else actor(by)),
        **more,
    }
    stage_json(psp=run.psp, kind=event, ref=run.ref, body=body, now=now)
