"""Back-tests: what a candidate would have decided on recorded decisions."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from compliance.backtests.selectors import (
    back_test_by_ref,
    back_tests_of,
    changes_page,
    summary_of,
)
from compliance.backtests.services import request_back_test
from compliance.backtests.tasks import enqueue_back_test
from compliance.web.access import SeatedRequest, page
from compliance.web.forms.back_tests import BackTestRequestForm
from compliance.web.permissions import Permission

_FINISHED: Final = frozenset({"ready", "failed"})
_SHOWN: Final = 50


@page(Permission.READ_DECISIONS)
@require_http_methods(["GET", "POST"])
def back_tests(request: SeatedRequest) -> HttpResponse:
    """Show the PSP's back-tests; a POST asks for another one."""
    now, psp = timezone.now(), request.seat.psp
    if request.method == "POST":
        if not request.seat.is_allowed(Permission.WRITE_POLICIES):
            raise PermissionDenied
        form = BackTestRequestForm(request.POST, psp=psp, now=now)
        if form.is_valid():
            return redirect("back_test", ref=_ask(request, form))
    else:
        form = BackTestRequestForm(psp=psp, now=now)
    context = {"back_tests": back_tests_of(psp), "form": form}
    return render(request, "web/back_tests/back_tests.html", context)


@page(Permission.READ_DECISIONS)
@require_GET
def back_test(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one back-test: progress, matrix, what cannot be replayed, and the first changes."""
    row = back_test_by_ref(request.seat.psp, ref)
    listed = changes_page(request.seat.psp, ref, request.GET.get("cursor", ""), limit=_SHOWN)
    context: dict[str, Any] = {
        "back_test": row,
        "is_finished": row.state in _FINISHED,
        "summary": summary_of(row.tally),
        "changes": listed.items,
        "next_cursor": listed.next_cursor,
    }
    return render(request, "web/back_tests/back_test.html", context)


@page(Permission.READ_DECISIONS)
@require_GET
def progress(request: SeatedRequest, ref: str) -> HttpResponseBase:
    """Say how far a back-test is, as a part of its page; once finished, the page loads anew."""
    row = back_test_by_ref(request.seat.psp, ref)
    if row.state in _FINISHED:
        return HttpResponseClientRefresh()
    return render(request, "web/back_tests/_progress.html", {"back_test": row})


@transaction.atomic
def _ask(request: SeatedRequest, form: BackTestRequestForm) -> str:
    """Ask for the back-test and return its reference."""
    asked = form.asked()
    row = request_back_test(
        psp=request.seat.psp,
        version_ref=asked.version_ref,
        period_start=asked.start,
        period_end=asked.end,
        requested_by=request.seat.user.name,
        now=timezone.now(),
    )
    enqueue_back_test(row.pk)
    return row.ref
