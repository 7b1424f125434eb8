"""Requests and produces reports. A report is a function of (PSP, period, checkpoint)."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from compliance.core.errors import ComplianceError
from compliance.core.refs import new_ref
from compliance.ledger.staging import stage_json
from compliance.reports.checkpoint import pin_checkpoint
from compliance.reports.errors import InvalidPeriodError, SealUnavailableError
from compliance.reports.models import Report, ReportFile, ReportState
from compliance.reports.production import Document, make_document
from compliance.reports.queue import MOST_ATTEMPTS, REPORTS, tell
from compliance.reports.sealing import require_seal, seal
from compliance.tenants.models import Psp

LONGEST_PERIOD: Final = timedelta(days=400)
"""A year and what is needed to round it; longer questions are several reports."""


@transaction.atomic
def request_report(
    *,
    psp: Psp,
    period_start: datetime,
    period_end: datetime,
    requested_by: str,
    now: datetime,
) -> Report:
    """Store the wish for a report on [period_start, period_end) and return its row.

    The caller then enqueues it (`tasks.enqueue_report`); should the message be lost, a
    scheduled task finds the row.

    Raises:
        InvalidPeriodError: if the period is empty, longer than 400 days, or begins after `now`.
    """
    if period_start >= period_end:
        raise InvalidPeriodError("the period is empty: its end is not after its start")
    if period_end - period_start > LONGEST_PERIOD:
        raise InvalidPeriodError(f"the period is longer than {LONGEST_PERIOD.days} days")
    if period_start > now:
        raise InvalidPeriodError("the period begins in the future")
    return Report.objects.create(
        psp=psp,
        ref=new_ref("rep", now=now),
        period_start=period_start,
        period_end=period_end,
        requested_by=requested_by,
        requested_at=now,
    )


def produce_report(*, report_id: int, clock: Callable[[], datetime]) -> None:
    """Produce one report: pin a checkpoint, assemble, render, seal, and enter it in the ledger.

    `clock` tells the time of each step; what the report says depends on none of them.

    Safe to run twice, and safe to stop in the middle: a finished report, or one that another
    worker has, is left alone; one that was begun is done again at the checkpoint first pinned.
    What goes wrong in a way that a person can understand is written to the row.
    """
    report = REPORTS.take(report_id, now=clock())
    if report is not None:
        work_on_report(report=report, clock=clock)


def work_on_report(*, report: Report, clock: Callable[[], datetime]) -> None:
    """Produce a report that was taken from the queue, unless it was taken too often."""
    say: Callable[[int, str], None] = partial(tell, report)
    if report.attempts > MOST_ATTEMPTS:
        failure = f"not finished in {MOST_ATTEMPTS} attempts"
        give_up(report=report, failure=failure, now=clock())
        return
    try:
        require_seal(now=clock())
        say(5, "Entering what is staged in the ledger")
        report = pin_checkpoint(report, now=clock())
        document = make_document(report, say=say)
        say(85, "Sealing the document")
        content = seal(document.pdf, now=clock())
        say(95, "Entering the report in the ledger")
        _issue(report, document, content, clock())
    except SealUnavailableError as error:
        _try_again_or_give_up(report, str(error), clock())
    except ComplianceError as error:
        give_up(report=report, failure=str(error), now=clock())


def give_up(*, report: Report, failure: str, now: datetime) -> None:
    """Mark a report as failed, with a text for people, unless it is not this attempt's any more."""
    REPORTS.held(report).update(state=ReportState.FAILED, failure=failure[:300], finished_at=now)


def _try_again_or_give_up(report: Report, failure: str, now: datetime) -> None:
    """Put the report back in the queue; after some attempts, give it up."""
    if report.attempts >= MOST_ATTEMPTS:
        give_up(report=report, failure=failure, now=now)
        return
    REPORTS.held(report).update(
        state=ReportState.REQUESTED, failure=failure[:300], step="Waiting to be tried again"
    )


@transaction.atomic
def _issue(report: Report, document: Document, content: bytes, now: datetime) -> None:
    """Store the sealed file and stage its digest for the ledger: together or not at all.

    A worker that was given up for dead and finishes after all finds its attempt superseded, and
    leaves the report to its successor.
    """
    if REPORTS.held(report).select_for_update().first() is None:
        return
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    leaf_hash = stage_json(
        psp=report.psp,
        kind="report_issued",
        ref=report.ref,
        body={
            "schema": 1,
            "type": "report_issued",
            "ref": report.ref,
            "document": document.reference,
            "file_digest": digest,
            "data_digest": document.data_digest,
            "period_start": report.period_start.isoformat(),
            "period_end": report.period_end.isoformat(),
            "checkpoint_size": report.checkpoint_size,
            "checkpoint_root": report.checkpoint_root,
            "at": now.isoformat(),
        },
        now=now,
    )
    ReportFile.objects.create(report=report, content=content)
    Report.objects.filter(pk=report.pk).update(
        state=ReportState.READY,
        progress=100,
        step="",
        finished_at=now,
        file_name=document.file_name,
        file_digest=digest,
        leaf_hash=leaf_hash,
    )
