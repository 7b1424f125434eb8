"""Produces a report in this process and says where it is."""
# SPDX-License-Identifier: Apache-2.0

import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.arguments import day
from compliance.core.errors import ComplianceError
from compliance.ledger.sequencer import sequence_log
from compliance.reports.models import Report, ReportState
from compliance.reports.selectors import report_by_ref, report_content, report_proof
from compliance.reports.services import produce_report, request_report
from compliance.tenants.selectors import psp_by_ref


class Command(BaseCommand):
    help = (
        "Produce a sealed report on a period of whole days (UTC). Prints the report's reference, "
        "or writes the PDF and its .tlog-proof to --out. Exit code 1: it could not be produced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--psp", required=True, help="reference of the PSP")
        parser.add_argument("--from", required=True, dest="first", type=day, help="first day")
        parser.add_argument("--to", required=True, dest="last", type=day, help="last day")
        parser.add_argument("--out", type=Path, help="file to write, or folder to write into")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            report = request_report(
                psp=psp_by_ref(options["psp"]),
                period_start=_start_of(options["first"]),
                period_end=_start_of(options["last"] + timedelta(days=1)),
                requested_by="command line",
                now=timezone.now(),
            )
            produce_report(report_id=report.pk, clock=timezone.now)
            report = report_by_ref(report.psp, report.ref)
            if report.state != ReportState.READY:
                self.stderr.write(report.failure or f"the report is {report.get_state_display()}")
                sys.exit(1)
            sequence_log(psp=report.psp, now=timezone.now())
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        if options["out"] is None:
            self.stdout.write(report.ref)
        else:
            self.stdout.write(str(_write(report, options["out"])))


def _start_of(day: date) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time(), tzinfo=UTC)


def _write(report: Report, out: Path) -> Path:
    """Write the file and its proof beside it, and return where the file is."""
    path = out / report.file_name if out.is_dir() else out
    try:
        path.write_bytes(report_content(report.psp, report.ref))
        proof = path.with_name(f"{path.name}.tlog-proof")
        proof.write_bytes(report_proof(report.psp, report.ref))
    except OSError as error:
        raise CommandError(f"cannot write `{path}`: {error.strerror}", returncode=2) from error
    return path
