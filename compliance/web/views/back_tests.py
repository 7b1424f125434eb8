"""Back-tests: what a candidate would have decided on recorded decisions; beside them, the shadow."""
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
    shadow_results_page,
    shadow_running,
    shadows_of,
    summary_of,
)
from compliance.backtests.services import request_back_test
from compliance.backtests.tasks import enqueue_back_test
from compliance.policysets.selectors import VersionState, versions_of
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.changes import listed_changes
from compliance.web.forms.back_tests import BackTestRequestForm, ShadowForm, shadow_candidates
from compliance.web.permissions import Permission

_FINISHED: Final = frozenset({"ready", "failed"})
_SHOWN: Final = 50
_FIRST: Final = 10
"""Changes of the shadow that runs, on the page of all; its own page has the rest."""


@page(Permission.READ_DECISIONS)
@require_http_methods(["GET", "POST"])
def back_tests(request: SeatedRequest) -> HttpResponse:
    """Show the PSP's back-tests and its shadow; a POST asks for another back-test."""
    if request.method != "POST":
        return render_overview(request)
    if not request.seat.is_allowed(Permission.WRITE_POLICIES):
        raise PermissionDenied
    versions = versions_of(request.seat.psp, now=timezone.now())
    form = BackTestRequestForm(request.POST, versions=versions)
    if not form.is_valid():
        return render_overview(request, form=form)
    return redirect("back_test", ref=_ask(request, form))


@page(Permission.READ_DECISIONS)
@require_GET
def back_test(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one back-test: progress, matrix, what cannot be replayed, and the changes."""
    psp = request.seat.psp
    row = back_test_by_ref(psp, ref)
    context: dict[str, Any] = {
        "back_test": row,
        "is_finished": row.state in _FINISHED,
        "summary": summary_of(row.tally),
        "changes": listed_changes(psp, ref, request.GET, read=changes_page, limit=_SHOWN),
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


def render_overview(
    request: SeatedRequest,
    *,
    form: BackTestRequestForm | None = None,
    shadow_form: ShadowForm | None = None,
) -> HttpResponse:
    """Return the page of all back-tests and shadows; a form that was not valid says why."""
    psp = request.seat.psp
    versions = versions_of(psp, now=timezone.now())
    candidates = shadow_candidates(versions)
    context: dict[str, Any] = {
        "back_tests": back_tests_of(psp, _SHOWN),
        "form": form or BackTestRequestForm(versions=versions),
        "shadow_form": shadow_form or ShadowForm(versions=candidates, auto_id="shadow_%s"),
        "has_candidates": bool(candidates),
        "is_anything_in_force": any(each.state is VersionState.ACTIVE for each in versions),
        "ended": [each for each in shadows_of(psp, _SHOWN) if each.finished_at is not None],
        **_running(psp),
    }
    return render(request, "web/back_tests/back_tests.html", context)


def _running(psp: Psp) -> dict[str, Any]:
    """Return what the page says of the shadow that runs."""
    row = shadow_running(psp)
    if row is None:
        return {"shadow": None}
    first = listed_changes(psp, row.ref, {}, read=shadow_results_page, limit=_FIRST)
    return {"shadow": row, "summary": summary_of(row.tally), "changes": first}


@transaction.atomic
def _ask(request: SeatedRequest, form: BackTestRequestForm) -> str:
    """Ask for the back-test and return its reference."""
    now = timezone.now()
    asked = form.asked(now=now)
    row = request_back_test(
        psp=request.seat.psp,
        version_ref=asked.version_ref,
        period_start=asked.start,
        period_end=asked.end,
        requested_by=request.seat.user.name,
        now=now,
    )
    enqueue_back_test(row.pk)
    return row.ref
