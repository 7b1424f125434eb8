"""Reports: the list, and the form that asks for one."""
# SPDX-License-Identifier: Apache-2.0

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from compliance.reports.errors import InvalidPeriodError
from compliance.reports.selectors import reports_of
from compliance.reports.services import request_report
from compliance.reports.tasks import enqueue_report
from compliance.web.access import SeatedRequest, page
from compliance.web.forms.reports import ReportRequestForm
from compliance.web.permissions import Permission


@page(Permission.READ_REPORTS)
@require_http_methods(["GET", "POST"])
def reports(request: SeatedRequest) -> HttpResponse:
    """Show the PSP's reports; a POST asks for another one."""
    now = timezone.now()
    if request.method == "POST":
        if not request.seat.is_allowed(Permission.REQUEST_REPORTS):
            raise PermissionDenied
        form = ReportRequestForm(request.POST, now=now)
        if form.is_valid():
            ref = _ask(request, form)
            if ref:
                return redirect("report", ref=ref)
    else:
        form = ReportRequestForm(now=now)
    context = {"reports": reports_of(request.seat.psp), "form": form}
    return render(request, "web/reports/reports.html", context)


@transaction.atomic
def _ask(request: SeatedRequest, form: ReportRequestForm) -> str:
    """Ask for the report and return its reference; say on the form what is wrong with the period."""
    period = form.asked()
    try:
        report = request_report(
            psp=request.seat.psp,
            period_start=period.start,
            period_end=period.end,
            requested_by=request.seat.user.name,
            now=timezone.now(),
        )
    except InvalidPeriodError as error:
        form.add_error(None, str(error).capitalize() + ".")
        return ""
    enqueue_report(report.pk)
    return report.ref
