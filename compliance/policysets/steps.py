"""What every step in the life of a version or waiver shares: the lock, the role, the ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from compliance.core.errors import NotFoundError
from compliance.ledger.staging import stage_json
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import ApiKey, Membership, Psp, Role, User

WRITERS: Final = (Role.OFFICER, Role.ENGINEER, Role.APPROVER)
APPROVERS: Final = (Role.APPROVER,)
ACTIVATORS: Final = (Role.OFFICER, Role.APPROVER)


def locked_psp(psp: Psp) -> Psp:
    """Return the PSP, locked until the end of the transaction: one such step at a time."""
    return Psp.objects.select_for_update(no_key=True).get(pk=psp.pk)


def locked_version(psp: Psp, ref: str) -> PolicySetVersion:
    """Return the PSP's version, locked until the end of the transaction.

    Raises:
        NotFoundError: if the PSP has no such version.
    """
    version = PolicySetVersion.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("policy set version", ref)
    return version


def require_role(psp: Psp, person: User, roles: tuple[Role, ...]) -> None:
    """Check that the person has one of the roles at this very PSP.

    Raises:
        RoleTooSmallError: if they have not.
    """
    if not Membership.objects.filter(psp=psp, user=person, role__in=roles).exists():
        raise RoleTooSmallError(needed=roles)


def actor(by: User | ApiKey) -> dict[str, int | str]:
    """Return who took a step, for the ledger: people by their number, never by name."""
    return {"key": by.ref} if isinstance(by, ApiKey) else {"person": by.pk}


def stage_step(
    version: PolicySetVersion, event: str, *, by: User | ApiKey, now: datetime, **more: str
) -> None:
    """Stage the ledger entry of one step in the life of a version."""
    body = {
        "schema": 1,
        "type": event,
        "ref": version.ref,
        "number": version.number,
        "digest": version.digest,
        **actor(by),
        "at": now.isoformat(),
        **more,
    }
    stage_json(psp=version.psp, kind=event, ref=version.ref, body=body, now=now)
