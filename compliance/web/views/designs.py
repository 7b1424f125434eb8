"""Authentication designs: the one in force, every version and where it stands, and what is approved."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.designs.selectors import (
    StatedDesign,
    design_version_of_number,
    design_versions_of,
    read_design_document,
)
from compliance.policysets.analyses import analysis_ahead
from compliance.policysets.property_waiver_selectors import property_waivers_at
from compliance.policysets.selectors import activation_in_force
from compliance.tenants.models import Psp
from compliance.web.access import Seat, SeatedRequest, page
from compliance.web.forms.designs import RefusalForm
from compliance.web.forms.policies import ApprovalForm, ScheduleForm
from compliance.web.matrices import analysed, breached, compared
from compliance.web.permissions import Permission
from policies.design import Designs

_NOTHING: Final = ("shown", "current", "asked", "difference", "policy")
"""What a page without a version, or of the one in force, has nothing of."""


@page(Permission.READ_POLICIES)
@require_GET
def designs(request: SeatedRequest, number: int | None = None) -> HttpResponse:
    """Show one version, the one in force unless another is named, beside the list of all.

    With `component` in the query it is told what is left if that one is breached.
    """
    return render_design(request, number)


def render_design(
    request: SeatedRequest, number: int | None, *, refusal: RefusalForm | None = None
) -> HttpResponse:
    """Return the page of a version; a form for a refusal that came back says why."""
    now = timezone.now()
    psp = request.seat.psp
    versions = design_versions_of(psp, now=now)
    current = next((each for each in versions if each.state == "active"), None)
    context: dict[str, Any] = dict.fromkeys(_NOTHING) | {"versions": versions, "befores": ()}
    if current is not None:
        current = design_version_of_number(psp, current.version.number, now=now)
        context["current"] = current
    shown = current if number is None else design_version_of_number(psp, number, now=now)
    if shown is not None:
        document = read_design_document(shown.version.document)
        context |= {"shown": shown, "refusal": refusal or RefusalForm()}
        context |= analysed(document)
        context |= breached(document, request.GET.get("component", ""))
        context |= _life(request.seat, shown)
        if current is None or shown.version != current.version:
            context |= compared(_document(current), document)
            context |= _ahead(psp, shown, now)
    return render(request, "web/designs/designs.html", context)


def _document(stated: StatedDesign | None) -> Designs | None:
    """Return what a version says."""
    return None if stated is None else read_design_document(stated.version.document)


def _life(seat: Seat, shown: StatedDesign) -> dict[str, Any]:
    """Return what the page needs for the steps of a version's life."""
    version = shown.version
    return {
        "is_mine": seat.user.pk in {version.author_id, version.submitted_by_id},
        "approval": ApprovalForm(initial={"digest": version.digest}),
        "schedule": ScheduleForm(),
    }


def _ahead(psp: Psp, shown: StatedDesign, now: datetime) -> dict[str, Any]:
    """Return what becomes of the policy set in force if this version comes into force."""
    activation = activation_in_force(psp, at=now)
    if activation is None or shown.state not in {"submitted", "approved", "scheduled"}:
        return {"policy": None}
    analysis = analysis_ahead(psp=psp, design_digest=shown.version.digest, now=now)
    results: dict[str, Any] = {} if analysis is None else analysis.results
    waived = {each.property_id for each in property_waivers_at(activation.version, at=now)}
    properties = results.get("properties", [])
    unproved = [each for each in properties if each["status"] != "proved"]
    return {
        "policy": activation.version,
        "ahead": analysis,
        "proved": len(properties) - len(unproved),
        "unproved": [(each, each["id"] in waived, each["blocks_activation"]) for each in unproved],
        "properties": len(properties),
    }
