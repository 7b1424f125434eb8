"""One waiver of a property, and the steps that two people take with it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from compliance.policysets.property_waiver_selectors import property_waiver_by_ref
from compliance.policysets.property_waivers import approve_property_waiver, revoke_property_waiver
from compliance.policysets.standing import standing_of
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import require_fresh_confirmation
from compliance.web.permissions import Permission


@page(Permission.READ_POLICIES)
@require_GET
def property_waiver(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one waiver with what can be done about it."""
    now = timezone.now()
    found = property_waiver_by_ref(request.seat.psp, ref)
    version, person = found.version, request.seat.user.pk
    may = request.seat.may
    context = {
        "waiver": found,
        "state": str(found.state_at(now)),
        "property": _property(found, now),
        "is_mine": person in {found.requested_by_id, version.author_id, version.submitted_by_id},
        "may_revoke": may["activate_policies"]
        or (found.requested_by_id == person and may["write_policies"]),
    }
    return render(request, "web/waivers/property_waiver.html", context)


class Step(NamedTuple):
    """One step with a waiver: who may take it, whether anew confirmed, and what is said then."""

    permission: Permission
    take: Callable[[SeatedRequest, str, datetime], object]
    said: str | Promise
    is_confirmed: bool = False


@page(Permission.READ_POLICIES)
@require_POST
def property_waiver_step(request: SeatedRequest, ref: str, step: str) -> HttpResponse:
    """Take a step with a waiver, if the role allows it."""
    chosen = STEPS.get(step)
    if chosen is None:
        raise Http404
    if not request.seat.is_allowed(chosen.permission):
        raise PermissionDenied
    property_waiver_by_ref(request.seat.psp, ref)
    if chosen.is_confirmed:
        require_fresh_confirmation(request)
    chosen.take(request, ref, timezone.now())
    messages.success(request, str(chosen.said))
    return redirect("property_waiver", ref=ref)


def _approve(request: SeatedRequest, ref: str, now: datetime) -> object:
    """Approve as the person who looks."""
    return approve_property_waiver(
        psp=request.seat.psp, ref=ref, approver=request.seat.user, now=now
    )


def _revoke(request: SeatedRequest, ref: str, now: datetime) -> object:
    """End it."""
    return revoke_property_waiver(psp=request.seat.psp, ref=ref, by=request.seat.user, now=now)


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "approve": Step(Permission.APPROVE_POLICIES, _approve, _("Approved."), is_confirmed=True),
        "revoke": Step(Permission.WRITE_POLICIES, _revoke, _("Revoked.")),
    }
)
"""The steps by their names in addresses."""


def _property(waiver: Any, now: datetime) -> Mapping[str, Any] | None:
    """Return how the newest analysis of the version has the property; None if it has it not."""
    analysis = standing_of(waiver.version, now=now).analysis
    results = [] if analysis is None else analysis.results.get("properties", [])
    return next((each for each in results if each["id"] == waiver.property_id), None)
