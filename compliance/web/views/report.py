"""One report: how far it is, its files, and the check of its seal and proof."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from compliance.reports.selectors import report_bundle, report_by_ref, report_content, report_proof
from compliance.web.access import SeatedRequest, page
from compliance.web.downloads import PDF, TEXT, ZIP, download
from compliance.web.permissions import Permission
from compliance.web.verification import verify_files

_FINISHED: Final = frozenset({"ready", "failed"})


@page(Permission.READ_REPORTS)
@require_GET
def report(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one report."""
    return render(request, "web/report/report.html", _context(request, ref))


@page(Permission.READ_REPORTS)
@require_GET
def progress(request: SeatedRequest, ref: str) -> HttpResponseBase:
    """Say how far a report is, as a part of its page; when it is finished, the page loads anew."""
    row = report_by_ref(request.seat.psp, ref)
    if row.state in _FINISHED:
        return HttpResponseClientRefresh()
    return render(request, "web/report/_progress.html", {"report": row})


@page(Permission.READ_REPORTS)
@require_GET
def pdf(request: SeatedRequest, ref: str) -> HttpResponse:
    """Hand out the sealed PDF."""
    row = report_by_ref(request.seat.psp, ref)
    content = report_content(request.seat.psp, ref)
    return download(content, name=row.file_name or f"{row.ref}.pdf", content_type=PDF)


@page(Permission.READ_REPORTS)
@require_GET
def proof(request: SeatedRequest, ref: str) -> HttpResponse:
    """Hand out the proof that the ledger holds the PDF's digest."""
    content = report_proof(request.seat.psp, ref)
    return download(content, name=f"{ref}.tlog-proof", content_type=TEXT)


@page(Permission.READ_REPORTS)
@require_GET
def bundle(request: SeatedRequest, ref: str) -> HttpResponse:
    """Hand out everything that somebody needs to verify the report without us."""
    content = report_bundle(request.seat.psp, ref)
    return download(content, name=f"{ref}.zip", content_type=ZIP)


@page(Permission.READ_REPORTS)
@require_POST
def verify(request: SeatedRequest, ref: str) -> HttpResponse:
    """Check the stored file as anybody outside would."""
    psp = request.seat.psp
    result = verify_files(report_content(psp, ref), report_proof(psp, ref))
    return render(request, "web/report/report.html", _context(request, ref) | {"result": result})


def _context(request: SeatedRequest, ref: str) -> dict[str, Any]:
    """Return what the page shows."""
    row = report_by_ref(request.seat.psp, ref)
    return {"report": row, "is_finished": row.state in _FINISHED, "result": None}
