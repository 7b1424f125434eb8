"""The analysis of a version while it runs, and the form that asks for a waiver of a property."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from compliance.policysets.errors import InvalidWaiverError
from compliance.policysets.property_waivers import request_property_waiver
from compliance.policysets.selectors import StatedVersion, version_of_number
from compliance.policysets.standing import standing_of
from compliance.web.access import SeatedRequest, page
from compliance.web.forms.waivers import PropertyWaiverForm
from compliance.web.permissions import Permission
from compliance.web.proofs import UNFINISHED
from compliance.web.views.policies import render_version


@page(Permission.READ_POLICIES)
@require_GET
def progress(request: SeatedRequest, number: int) -> HttpResponseBase:
    """Say how far an analysis is, as a part of its page; once finished, the page loads anew."""
    now = timezone.now()
    stated = version_of_number(request.seat.psp, number, now=now)
    newest = standing_of(stated.version, now=now).newest
    if newest is None or newest.state not in UNFINISHED:
        return HttpResponseClientRefresh()
    context = {"analysis": newest, "number": number}
    return render(request, "web/policies/_progress.html", context)


@page(Permission.WRITE_POLICIES)
@require_POST
def ask_for_waiver(request: SeatedRequest, number: int, property_id: str) -> HttpResponse:
    """Ask for a waiver of a property that stands in the way of a version."""
    now = timezone.now()
    stated = version_of_number(request.seat.psp, number, now=now)
    analysis = standing_of(stated.version, now=now).analysis
    if analysis is None or property_id not in analysis.blocking:
        raise Http404
    form = PropertyWaiverForm(request.POST, property_id=property_id)
    ref = _ask(request, stated, form, now) if form.is_valid() else ""
    if ref:
        return redirect("property_waiver", ref=ref)
    return render_version(request, number, waiver_forms={property_id: form})


def _ask(
    request: SeatedRequest, stated: StatedVersion, form: PropertyWaiverForm, now: datetime
) -> str:
    """Ask for the waiver and return its reference; say on the form what the service objects to."""
    try:
        asked = request_property_waiver(
            psp=request.seat.psp,
            terms=form.terms(version_ref=stated.version.ref, now=now),
            by=request.seat.user,
            now=now,
        )
    except InvalidWaiverError as error:
        form.say(error.problems)
        return ""
    return asked.ref
