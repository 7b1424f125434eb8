"""Comparisons as JSON for those who read them: one form for REST and the command line."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

from compliance.backtests.models import BackTest, Shadow
from compliance.backtests.tally import summary_of
from compliance.decisions.presentation import rfc3339


def run_document(run: BackTest | Shadow) -> dict[str, Any]:
    """Return what back-tests and shadows have in common."""
    version = run.version
    return {
        "ref": run.ref,
        "candidate": {"ref": version.ref, "number": version.number, "digest": run.digest},
        "state": run.state,
        "done": run.done,
        "failure": run.failure or None,
        "requested_by": run.requested_by,
        "requested_at": rfc3339(run.requested_at),
        "finished_at": rfc3339(run.finished_at) if run.finished_at else None,
        "result": _result(run.tally),
    }


def shadow_document(shadow: Shadow) -> dict[str, Any]:
    """Return one shadow: from when to when, why it has ended, and what it counts."""
    return run_document(shadow) | {
        "starts_at": rfc3339(shadow.starts_at),
        "ends_at": rfc3339(shadow.ends_at),
        "ending": shadow.ending or None,
        "stopped_by": shadow.stopped_by or None,
    }


def _result(tally: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was counted; the matrix cell by cell, empty ones left out."""
    summary = summary_of(tally)
    return {
        "compared": summary.compared,
        "changed": summary.changed,
        "listed": summary.listed,
        "matrix": [
            {
                "old_effect": cell.old,
                "new_effect": cell.new,
                "count": cell.count,
                "changed": cell.changed,
            }
            for row in summary.matrix
            for cell in row
            if cell.count
        ],
        "not_replayable": [
            {"reason": reason, "count": count} for reason, count in summary.not_replayable
        ],
        "step_ups_added": summary.step_ups_added,
        "step_ups_removed": summary.step_ups_removed,
        "added_step_ups_per_100_000": summary.added_step_ups_per_100_000,
        "tolerated": summary.tolerated,
    }
