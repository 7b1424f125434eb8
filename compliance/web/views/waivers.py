"""Waivers: the register, the form that asks for one, and the steps that two people take."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance.policysets.errors import InvalidWaiverError, NoPolicyInForceError
from compliance.policysets.programs import compiled
from compliance.policysets.property_waiver_selectors import property_waivers_of
from compliance.policysets.selectors import version_in_force
from compliance.policysets.waiver_selectors import waiver_by_ref, waivers_of
from compliance.policysets.waivers import (
    approve_waiver,
    request_waiver,
    revoke_waiver,
    take_over_waiver,
)
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import require_fresh_confirmation
from compliance.web.forms.waivers import WaiverRequestForm
from compliance.web.permissions import Permission
from policies.model import Rule


@dataclass(frozen=True, slots=True)
class ListedWaiver:
    """A waiver and where it stands."""

    waiver: Any
    state: str


@page(Permission.READ_POLICIES)
@require_http_methods(["GET", "POST"])
def waivers(request: SeatedRequest) -> HttpResponse:
    """Show every waiver; a POST asks for another one."""
    now = timezone.now()
    rules = _rules_in_force(request.seat.psp, now)
    form = WaiverRequestForm(request.POST or None, rules=rules)
    if request.method == "POST":
        if not request.seat.is_allowed(Permission.WRITE_POLICIES):
            raise PermissionDenied
        if form.is_valid():
            ref = _ask(request, form, now)
            if ref:
                return redirect("waiver", ref=ref)
    listed = [_listed(each, now) for each in waivers_of(request.seat.psp)]
    context = {
        "waivers": listed,
        "property_waivers": [_listed(each, now) for each in property_waivers_of(request.seat.psp)],
        "form": form,
        "has_rules": bool(rules),
    }
    return render(request, "web/waivers/waivers.html", context)


@page(Permission.READ_POLICIES)
@require_GET
def waiver(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show one waiver with what can be done about it."""
    now = timezone.now()
    found = waiver_by_ref(request.seat.psp, ref)
    may = request.seat.may
    is_mine = found.requested_by_id == request.seat.user.pk
    listed = _listed(found, now)
    context = {
        "waiver": found,
        "state": listed.state,
        "is_mine": is_mine,
        "needs_a_person": found.requested_by_id is None,
        "may_revoke": may["activate_policies"] or (is_mine and may["write_policies"]),
    }
    return render(request, "web/waivers/waiver.html", context)


class Step(NamedTuple):
    """One step with a waiver: who may take it, whether anew confirmed, and what is said then."""

    permission: Permission
    take: Callable[[SeatedRequest, str, datetime], object]
    said: str | Promise
    is_confirmed: bool = False


@page(Permission.READ_POLICIES)
@require_POST
def waiver_step(request: SeatedRequest, ref: str, step: str) -> HttpResponse:
    """Take a step with a waiver, if the role allows it."""
    chosen = STEPS.get(step)
    if chosen is None:
        raise Http404
    if not request.seat.is_allowed(chosen.permission):
        raise PermissionDenied
    waiver_by_ref(request.seat.psp, ref)
    if chosen.is_confirmed:
        require_fresh_confirmation(request)
    chosen.take(request, ref, timezone.now())
    messages.success(request, str(chosen.said))
    return redirect("waiver", ref=ref)


def _approve(request: SeatedRequest, ref: str, now: datetime) -> object:
    """Approve as the person who looks."""
    return approve_waiver(psp=request.seat.psp, ref=ref, approver=request.seat.user, now=now)


def _take_over(request: SeatedRequest, ref: str, now: datetime) -> object:
    """Answer for what a key asked for."""
    return take_over_waiver(psp=request.seat.psp, ref=ref, person=request.seat.user, now=now)


def _revoke(request: SeatedRequest, ref: str, now: datetime) -> object:
    """End it."""
    return revoke_waiver(psp=request.seat.psp, ref=ref, by=request.seat.user, now=now)


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "approve": Step(Permission.APPROVE_POLICIES, _approve, _("Approved."), is_confirmed=True),
        "take-over": Step(
            Permission.WRITE_POLICIES, _take_over, _("You answer for this waiver now.")
        ),
        "revoke": Step(Permission.WRITE_POLICIES, _revoke, _("Revoked.")),
    }
)
"""The steps by their names in addresses."""


def _ask(request: SeatedRequest, form: WaiverRequestForm, now: datetime) -> str:
    """Ask for the waiver and return its reference; say on the form what the service objects to."""
    try:
        asked = request_waiver(
            psp=request.seat.psp, terms=form.terms(now=now), by=request.seat.user, now=now
        )
    except InvalidWaiverError as error:
        form.say(error.problems)
        return ""
    return asked.ref


def _rules_in_force(psp: Psp, now: datetime) -> tuple[Rule, ...]:
    """Return the rules that can be waived."""
    try:
        version = version_in_force(psp, at=now)
    except NoPolicyInForceError:
        return ()
    return tuple(compiled(version.document).policy_set.rules)


def _listed(found: Any, now: datetime) -> ListedWaiver:
    """Return a waiver and where it stands now."""
    return ListedWaiver(found, str(found.state_at(now)))
