"""What the steps in the lives of policy sets and designs share: who may take one, its forms, what is said."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from compliance.web.access import SeatedRequest
from compliance.web.forms.policies import ApprovalForm, ScheduleForm
from compliance.web.permissions import Permission

Service = Callable[..., object]
"""A service that takes one step with a version of the PSP, by its reference."""


class Step(NamedTuple):
    """One step: who may take it, whether anew confirmed, and what is said then.

    `take` gets the version with where it stands, and returns None where a form was not complete.
    """

    permission: Permission
    take: Callable[[SeatedRequest, Any, datetime], object]
    said: str | Promise
    is_confirmed: bool = True


def chosen_step(request: SeatedRequest, steps: Mapping[str, Step], name: str) -> Step:
    """Return the step of that name in the address, if the person's role allows it."""
    chosen = steps.get(name)
    if chosen is None:
        raise Http404
    if not request.seat.is_allowed(chosen.permission):
        raise PermissionDenied
    return chosen


def take_step(request: SeatedRequest, chosen: Step, stated: Any, now: datetime) -> None:
    """Take the step, and say on the next page what became of it."""
    if chosen.take(request, stated, now) is None:
        messages.error(request, _("Nothing was changed: the form was not complete."))
    else:
        messages.success(request, str(chosen.said))


def by_person(service: Service, request: SeatedRequest, stated: Any, now: datetime) -> object:
    """Take a step that needs nothing but the person."""
    return service(psp=request.seat.psp, ref=stated.version.ref, person=request.seat.user, now=now)


def approve(service: Service, request: SeatedRequest, stated: Any, now: datetime) -> object:
    """Approve the text that was shown."""
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return None
    return service(
        psp=request.seat.psp,
        ref=stated.version.ref,
        digest=form.cleaned_data["digest"],
        approver=request.seat.user,
        now=now,
    )


def activate(service: Service, request: SeatedRequest, stated: Any, now: datetime) -> object:
    """Put the version in force, now or at the time given."""
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return None
    return service(
        psp=request.seat.psp,
        ref=stated.version.ref,
        person=request.seat.user,
        active_from=form.cleaned_data["active_from"] or now,
        now=now,
    )
