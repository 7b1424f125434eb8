"""The steps of a design's life that a person takes on its page."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from compliance.designs.selectors import StatedDesign, design_version_of_number
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    refuse_design_version,
    take_over_design_version,
    withdraw_design_activation,
    withdraw_design_version,
)
from compliance.policysets.analyses import request_due_analyses
from compliance.policysets.tasks import enqueue_analysis
from compliance.tenants.models import Psp
from compliance.web.access import SeatedRequest, page
from compliance.web.confirmation import require_fresh_confirmation
from compliance.web.forms.designs import RefusalForm
from compliance.web.permissions import Permission
from compliance.web.version_steps import (
    Step,
    activate,
    approve,
    by_person,
    chosen_step,
    take_step,
)
from compliance.web.views.designs import render_design


@page(Permission.READ_POLICIES)
@require_POST
def design_step(request: SeatedRequest, number: int, step: str) -> HttpResponse:
    """Take a step with a version, if the role allows it and the person has just confirmed who they are."""
    chosen = chosen_step(request, STEPS, step)
    now = timezone.now()
    stated = design_version_of_number(request.seat.psp, number, now=now)
    if chosen.is_confirmed:
        require_fresh_confirmation(request)
    refusal = RefusalForm(request.POST)
    if step == "refuse" and not refusal.is_valid():
        return render_design(request, number, refusal=refusal)
    take_step(request, chosen, stated, now)
    return redirect("design", number=number)


def have_analysed(psp: Psp, now: datetime) -> None:
    """Ask at once for the analyses that have become due, once the transaction commits."""
    for analysis in request_due_analyses(psp=psp, now=now):
        enqueue_analysis(analysis.pk)


def _refuse(request: SeatedRequest, stated: StatedDesign, now: datetime) -> object:
    """Refuse the version with the reason given."""
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return None
    return refuse_design_version(
        psp=request.seat.psp,
        ref=stated.version.ref,
        reason=form.cleaned_data["reason"],
        approver=request.seat.user,
        now=now,
    )


@transaction.atomic
def _activate(request: SeatedRequest, stated: StatedDesign, now: datetime) -> object:
    """Put the version in force, now or at the time given, and have the policy set analysed."""
    activation = activate(activate_design_version, request, stated, now)
    if activation is not None:
        have_analysed(request.seat.psp, now)
    return activation


@transaction.atomic
def _take_over(request: SeatedRequest, stated: StatedDesign, now: datetime) -> object:
    """Answer for what a key drafted, and have the policy set in force analysed under it."""
    version = by_person(take_over_design_version, request, stated, now)
    have_analysed(request.seat.psp, now)
    return version


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "take-over": Step(
            Permission.WRITE_POLICIES,
            _take_over,
            _("Submitted in your name. Another person approves it."),
            is_confirmed=False,
        ),
        "withdraw": Step(
            Permission.WRITE_POLICIES,
            partial(by_person, withdraw_design_version),
            _("Withdrawn."),
            is_confirmed=False,
        ),
        "approve": Step(
            Permission.APPROVE_POLICIES,
            partial(approve, approve_design_version),
            _("Approved. It counts once it is put in force."),
        ),
        "refuse": Step(Permission.APPROVE_POLICIES, _refuse, _("Refused.")),
        "activate": Step(
            Permission.ACTIVATE_POLICIES,
            _activate,
            _("In force as of the moment shown. The policy set in force is analysed under it."),
        ),
        "unschedule": Step(
            Permission.ACTIVATE_POLICIES,
            partial(by_person, withdraw_design_activation),
            _("It is not scheduled any more."),
        ),
    }
)
"""The steps by their names in addresses."""
