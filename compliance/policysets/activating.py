"""Puts approved versions in force, now or at a time, once or again, and retires versions."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db import transaction

from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.policysets.models import Activation, PolicySetVersion
from compliance.policysets.selectors import activation_in_force
from compliance.policysets.standing import require_unblocked
from compliance.policysets.steps import locked_version, stage_step
from compliance.tenants.acting import ACTIVATORS, locked_psp, require_role
from compliance.tenants.errors import StaleApprovalError
from compliance.tenants.models import Psp, User


@transaction.atomic
def activate_version(
    *, psp: Psp, ref: str, person: User, active_from: datetime, now: datetime
) -> PolicySetVersion:
    """Put an approved version in force from `active_from` on (UTC, not before `now`).

    Until that moment comes it can be moved by activating again. A version that was in force
    earlier comes back so, at once and without another approval: its text is the approved one.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        StaleApprovalError: if the version is not approved.
        ConflictError: if it is in force, or retired.
        NotAnalysedError: if it is not analysed under the authentication design in force.
        ActivationBlockedError: if what the analysis found stands in the way then.
    """
    locked_psp(psp)
    version = locked_version(psp, ref)
    require_role(psp, person, ACTIVATORS)
    if version.approver_id is None:
        raise StaleApprovalError(f"version {version.number} is not approved")
    if version.retired_at is not None:
        raise ConflictError(f"version {version.number} is retired")
    current = activation_in_force(psp, at=now)
    if current is not None and current.version_id == version.pk:
        since = current.active_from.isoformat()
        raise ConflictError(f"version {version.number} came into force at {since}")
    moment = max(active_from, now)
    require_unblocked(version, moment=moment, now=now)
    _withdraw_scheduled(version, person, now)
    activation = Activation.objects.create(
        psp=psp,
        ref=new_ref("act", now=now),
        version=version,
        active_from=moment,
        activated_by=person,
        created_at=now,
    )
    if version.active_from is None or version.active_from > now:
        version.active_from = moment
        version.save(update_fields=["active_from"])
    stage_step(
        version,
        "policy_activated",
        by=person,
        now=now,
        activation=activation.ref,
        active_from=moment.isoformat(),
    )
    bump_revision()
    version.active_from = moment
    return version


@transaction.atomic
def withdraw_activation(*, psp: Psp, ref: str, person: User, now: datetime) -> PolicySetVersion:
    """Take back the activation of version `ref` that has not come yet.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        ConflictError: if none is scheduled.
    """
    locked_psp(psp)
    version = locked_version(psp, ref)
    require_role(psp, person, ACTIVATORS)
    if not _withdraw_scheduled(version, person, now):
        raise ConflictError(f"version {version.number} is not scheduled")
    if version.active_from is not None and version.active_from > now:
        version.active_from = None
        version.save(update_fields=["active_from"])
    stage_step(version, "policy_unscheduled", by=person, now=now)
    bump_revision()
    return version


@transaction.atomic
def retire_version(*, psp: Psp, ref: str, person: User, now: datetime) -> PolicySetVersion:
    """Set a version aside for good: it can be neither approved nor activated any more.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        ConflictError: if it is in force (another one has to take over first), or retired already.
    """
    locked_psp(psp)
    version = locked_version(psp, ref)
    require_role(psp, person, ACTIVATORS)
    if version.retired_at is not None:
        raise ConflictError(f"version {version.number} is retired already")
    current = activation_in_force(psp, at=now)
    if current is not None and current.version_id == version.pk:
        raise ConflictError(f"version {version.number} is in force: put another one in force first")
    _withdraw_scheduled(version, person, now)
    if version.active_from is not None and version.active_from > now:
        version.active_from = None
    version.retired_by = person
    version.retired_at = now
    version.save(update_fields=["active_from", "retired_by", "retired_at"])
    stage_step(version, "policy_retired", by=person, now=now)
    bump_revision()
    return version


def _withdraw_scheduled(version: PolicySetVersion, person: User, now: datetime) -> int:
    """Withdraw the version's activations that have not come yet; return how many there were."""
    scheduled = Activation.objects.filter(version=version, withdrawn_at=None, active_from__gt=now)
    return scheduled.update(withdrawn_by=person, withdrawn_at=now)
