"""Policy sets: rules as sentences, every version and where it stands, and the steps of its life."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from compliance.backtests.selectors import newest_back_test
from compliance.backtests.submitting import submit_for_approval
from compliance.backtests.tasks import enqueue_submission
from compliance.core.errors import NotFoundError
from compliance.designs.selectors import design_digest_in_force
from compliance.policysets.analyses import request_analysis
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import (
    NO_DESIGN,
    StatedVersion,
    VersionState,
    version_of_number,
    versions_of,
)
from compliance.policysets.services import (
    activate_version,
    approve_version,
    retire_version,
    withdraw_activation,
    withdraw_submission,
)
from compliance.policysets.tasks import enqueue_analysis
from compliance.web.access import Seat, SeatedRequest, page
from compliance.web.confirmation import require_fresh_confirmation
from compliance.web.differences import rule_changes
from compliance.web.forms.policies import ApprovalForm, ScheduleForm
from compliance.web.forms.waivers import PropertyWaiverForm
from compliance.web.permissions import Permission
from compliance.web.proofs import activation_refusal, approval_refusal, shown_analysis
from compliance.web.version_steps import (
    Step,
    activate,
    approve,
    by_person,
    chosen_step,
    take_step,
)
from policies.engine import rule_sentence
from policies.model import Rule


@dataclass(frozen=True, slots=True)
class ReadableRule:
    """A rule and how it reads."""

    rule: Rule
    sentence: str


@page(Permission.READ_POLICIES)
@require_GET
def policies(request: SeatedRequest, number: int | None = None) -> HttpResponse:
    """Show one version, the one in force unless another is named, beside the list of all."""
    return render_version(request, number)


def render_version(
    request: SeatedRequest,
    number: int | None,
    *,
    waiver_forms: Mapping[str, PropertyWaiverForm] | None = None,
) -> HttpResponse:
    """Return the page of a version; forms for waivers that came back say why, by property."""
    now = timezone.now()
    versions = versions_of(request.seat.psp, now=now)
    current = next((each for each in versions if each.state is VersionState.ACTIVE), None)
    shown = _pick(versions, current, number)
    context: dict[str, Any] = {"versions": versions, "shown": shown, "current": current}
    if shown is not None:
        context |= _shown(request.seat, shown, current, now)
        context |= _proofs(request.seat, shown, current, now, waiver_forms)
    return render(request, "web/policies/policies.html", context)


def _shown(
    seat: Seat, shown: StatedVersion, current: StatedVersion | None, now: datetime
) -> dict[str, Any]:
    """Return what the page says of one version."""
    version = shown.version
    policy_set = compiled(version.document).policy_set
    is_compared = shown is not current and current is not None
    before = compiled(current.version.document).policy_set if current and is_compared else None
    return {
        "policy_set": policy_set,
        "rule_ids": {rule.id for rule in policy_set.rules},
        "rules": [ReadableRule(rule, rule_sentence(rule)) for rule in policy_set.rules],
        "changes": rule_changes(before, policy_set) if is_compared else (),
        "is_compared": is_compared,
        "is_stale": version.is_stale_under(design_digest_in_force(seat.psp, at=now) or NO_DESIGN),
        "is_mine": seat.user.pk in {version.author_id, version.submitted_by_id},
        "is_retired_for_good": version.retired_at is not None,
        "approval": ApprovalForm(initial={"digest": version.digest}),
        "schedule": ScheduleForm(),
    }


def _proofs(
    seat: Seat,
    shown: StatedVersion,
    current: StatedVersion | None,
    now: datetime,
    waiver_forms: Mapping[str, PropertyWaiverForm] | None,
) -> dict[str, Any]:
    """Return what the page says of the analysis, and of the steps that it stands in the way of."""
    version = shown.version
    may_ask = seat.is_allowed(Permission.WRITE_POLICIES)
    is_asked_to_approve = shown.state is VersionState.SUBMITTED
    is_to_come = version.approved_at is not None and version.retired_at is None
    may_read = seat.is_allowed(Permission.READ_DECISIONS)
    return {
        "analysis": shown_analysis(shown, now=now, may_ask=may_ask, forms=waiver_forms),
        "back_test": newest_back_test(seat.psp, version) if may_read else None,
        "no_approval": approval_refusal(shown, now=now) if is_asked_to_approve else "",
        "no_activation": (
            activation_refusal(shown, now=now) if is_to_come and shown is not current else ""
        ),
    }


@page(Permission.READ_POLICIES)
@require_POST
def policy_step(request: SeatedRequest, number: int, step: str) -> HttpResponse:
    """Take a step with a version, if the role allows it and the person has just confirmed who they are."""
    chosen = chosen_step(request, STEPS, step)
    now = timezone.now()
    stated = version_of_number(request.seat.psp, number, now=now)
    if chosen.is_confirmed:
        require_fresh_confirmation(request)
    take_step(request, chosen, stated, now)
    return redirect("policy", number=number)


@transaction.atomic
def _submit(request: SeatedRequest, stated: StatedVersion, now: datetime) -> object:
    """Submit the version, and have it analysed and compared with recorded decisions."""
    submission = submit_for_approval(
        psp=request.seat.psp, ref=stated.version.ref, person=request.seat.user, now=now
    )
    enqueue_submission(submission)
    return submission


@transaction.atomic
def _analyse(_request: SeatedRequest, stated: StatedVersion, now: datetime) -> object:
    """Have the version analysed as things stand now."""
    analysis = request_analysis(version=stated.version, now=now)
    enqueue_analysis(analysis.pk)
    return analysis


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "submit": Step(
            Permission.WRITE_POLICIES,
            _submit,
            _("Submitted. Once it is analysed, another person approves it."),
            is_confirmed=False,
        ),
        "analyse": Step(
            Permission.WRITE_POLICIES,
            _analyse,
            _("The analysis is asked for."),
            is_confirmed=False,
        ),
        "withdraw": Step(
            Permission.WRITE_POLICIES,
            partial(by_person, withdraw_submission),
            _("The submission is withdrawn."),
            is_confirmed=False,
        ),
        "approve": Step(
            Permission.APPROVE_POLICIES, partial(approve, approve_version), _("Approved.")
        ),
        "activate": Step(
            Permission.ACTIVATE_POLICIES,
            partial(activate, activate_version),
            _("In force as of the moment shown."),
        ),
        "unschedule": Step(
            Permission.ACTIVATE_POLICIES,
            partial(by_person, withdraw_activation),
            _("It is not scheduled any more."),
        ),
        "retire": Step(
            Permission.ACTIVATE_POLICIES, partial(by_person, retire_version), _("Retired for good.")
        ),
    }
)
"""The steps by their names in addresses."""


def _pick(
    versions: list[StatedVersion], current: StatedVersion | None, number: int | None
) -> StatedVersion | None:
    """Return the version of that number; else the one in force; else the newest, if there is one.

    Raises:
        NotFoundError: if a number was given that no version has.
    """
    if number is None:
        return current or next(iter(versions), None)
    for stated in versions:
        if stated.version.number == number:
            return stated
    raise NotFoundError("policy set version", str(number))
