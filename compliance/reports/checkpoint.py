"""Pins the checkpoint that a report is of: everything staged so far enters the tree first."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from compliance.ledger.models import Entry
from compliance.ledger.notes import open_checkpoint, parse_vkey
from compliance.ledger.selectors import checkpoint_of, vkey_of
from compliance.ledger.sequencer import PASS_LIMIT, sequence_log
from compliance.reports.errors import NothingToReportError
from compliance.reports.models import Report

_MOST_PASSES: Final = 500
"""Five million entries: beyond that the sequencer is behind, and the next report has the rest."""


def pin_checkpoint(report: Report, *, now: datetime) -> Report:
    """Return the report with its checkpoint; one that was begun before keeps its own.

    Raises:
        NothingToReportError: if nothing has ever happened at this PSP.
    """
    if report.checkpoint:
        return report
    for _ in range(_MOST_PASSES):
        if sequence_log(psp=report.psp, now=now) < PASS_LIMIT:
            break
    note = checkpoint_of(report.psp)
    if note is None:
        raise NothingToReportError(report.psp.name)
    checkpoint = open_checkpoint(note, [parse_vkey(vkey_of(report.psp))])
    if checkpoint.size == 0:
        raise NothingToReportError(report.psp.name)
    # The first one pinned stays, also where another worker was quicker.
    Report.objects.filter(pk=report.pk, checkpoint="").update(
        checkpoint=note, checkpoint_size=checkpoint.size, checkpoint_root=checkpoint.root.hex()
    )
    report.refresh_from_db(fields=["checkpoint", "checkpoint_size", "checkpoint_root"])
    return report


def checkpoint_time(report: Report) -> datetime:
    """Return when the last entry under the report's checkpoint was sequenced.

    It is the report's "now": deadlines are judged and the document is dated by it, so that the
    document depends on nothing but the PSP, the period and the checkpoint.
    """
    index = (report.checkpoint_size or 1) - 1
    moment: datetime = Entry.objects.values_list("sequenced_at", flat=True).get(
        psp=report.psp, index=index
    )
    return moment
