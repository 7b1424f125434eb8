"""Puts approved designs in force, now or at a time, once or again."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db import transaction

from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.designs.models import DesignActivation, DesignVersion
from compliance.designs.selectors import design_activation_in_force
from compliance.designs.steps import locked_design_version, stage_design_step
from compliance.tenants.acting import ACTIVATORS, locked_psp, require_role
from compliance.tenants.errors import StaleApprovalError
from compliance.tenants.models import Psp, User


@transaction.atomic
def activate_design_version(
    *, psp: Psp, ref: str, person: User, active_from: datetime, now: datetime
) -> DesignActivation:
    """Put an approved version in force from `active_from` on (UTC, not before `now`).

    Until that moment comes it can be moved by activating again. A version that was in force
    earlier comes back so, at once and without another approval: its text is the approved one.
    What the policy set in force is worth under it is no condition: a design says how things are,
    and is not refused because that is bad news (docs/decisions/0015).

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        StaleApprovalError: if the version is not approved.
        ConflictError: if it is in force, or withdrawn.
    """
    locked_psp(psp)
    version = locked_design_version(psp, ref)
    require_role(psp, person, ACTIVATORS)
    if version.approver_id is None:
        raise StaleApprovalError(f"version {version.number} of the design is not approved")
    if version.withdrawn_at is not None:
        raise ConflictError(f"version {version.number} of the design is withdrawn")
    current = design_activation_in_force(psp, at=now)
    if current is not None and current.version_id == version.pk:
        since = current.active_from.isoformat()
        raise ConflictError(f"version {version.number} of the design came into force at {since}")
    _withdraw_scheduled(version, person, now)
    moment = max(active_from, now)
    activation = DesignActivation.objects.create(
        psp=psp,
        ref=new_ref("act", now=now),
        version=version,
        active_from=moment,
        activated_by=person,
        created_at=now,
    )
    stage_design_step(
        version,
        "design_activated",
        by=person,
        now=now,
        activation=activation.ref,
        active_from=moment.isoformat(),
    )
    bump_revision()
    return activation


@transaction.atomic
def withdraw_design_activation(*, psp: Psp, ref: str, person: User, now: datetime) -> DesignVersion:
    """Take back the activation of version `ref` that has not come yet.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        ConflictError: if none is scheduled.
    """
    locked_psp(psp)
    version = locked_design_version(psp, ref)
    require_role(psp, person, ACTIVATORS)
    if not _withdraw_scheduled(version, person, now):
        raise ConflictError(f"version {version.number} of the design is not scheduled")
    stage_design_step(version, "design_unscheduled", by=person, now=now)
    bump_revision()
    return version


def _withdraw_scheduled(version: DesignVersion, person: User, now: datetime) -> int:
    """Withdraw the version's activations that have not come yet; return how many there were."""
    scheduled = DesignActivation.objects.filter(
        version=version, withdrawn_at=None, active_from__gt=now
    )
    return scheduled.update(withdrawn_by=person, withdrawn_at=now)
