"""Shadows: a candidate beside the version in force; begun, looked at, and stopped."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from compliance.backtests.selectors import shadow_by_ref, shadow_results_page, summary_of
from compliance.backtests.shadows import start_shadow, stop_shadow
from compliance.policysets.selectors import versions_of
from compliance.web.access import SeatedRequest, page
from compliance.web.changes import listed_changes
from compliance.web.forms.back_tests import ShadowForm, shadow_candidates
from compliance.web.permissions import Permission
from compliance.web.views.back_tests import render_overview

_SHOWN: Final = 50


@page(Permission.READ_DECISIONS)
@require_http_methods(["GET", "POST"])
def shadows(request: SeatedRequest) -> HttpResponse:
    """Start a shadow; what is listed of them stands on the page of back-tests."""
    if request.method != "POST":
        return redirect("back_tests")
    if not request.seat.is_allowed(Permission.WRITE_POLICIES):
        raise PermissionDenied
    now, psp = timezone.now(), request.seat.psp
    candidates = shadow_candidates(versions_of(psp, now=now))
    form = ShadowForm(request.POST, versions=candidates, auto_id="shadow_%s")
    if not form.is_valid():
        return render_overview(request, shadow_form=form)
    started = start_shadow(
        psp=psp,
        version_ref=form.cleaned_data["version"],
        ends_at=form.ends_at(now=now),
        by=request.seat.user,
        now=now,
    )
    return redirect("shadow", ref=started.ref)


@page(Permission.READ_DECISIONS)
@require_GET
def shadow(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one shadow: from when to when, the matrix so far, and the changes."""
    psp = request.seat.psp
    row = shadow_by_ref(psp, ref)
    context: dict[str, Any] = {
        "shadow": row,
        "summary": summary_of(row.tally),
        "changes": listed_changes(psp, ref, request.GET, read=shadow_results_page, limit=_SHOWN),
    }
    return render(request, "web/shadows/shadow.html", context)


@page(Permission.READ_DECISIONS)
@require_GET
def counts(request: SeatedRequest, ref: str) -> HttpResponseBase:
    """Say what a shadow counts, as a part of a page; once it has ended, the page loads anew."""
    row = shadow_by_ref(request.seat.psp, ref)
    if row.finished_at is not None:
        return HttpResponseClientRefresh()
    context = {"shadow": row, "summary": summary_of(row.tally)}
    return render(request, "web/shadows/_counts.html", context)


@page(Permission.READ_DECISIONS)
@require_POST
def stop(request: SeatedRequest, ref: str) -> HttpResponse:
    """End a shadow before its time."""
    if not request.seat.is_allowed(Permission.WRITE_POLICIES):
        raise PermissionDenied
    stop_shadow(psp=request.seat.psp, ref=ref, by=request.seat.user, now=timezone.now())
    messages.success(request, _("Stopped. What it has counted stays."))
    return redirect("shadow", ref=ref)
