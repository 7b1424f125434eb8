"""What every step that people take shares: the lock, the role that it needs, and who took it."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import ApiKey, Membership, Psp, Role, User

WRITERS: Final = (Role.OFFICER, Role.ENGINEER, Role.APPROVER)
APPROVERS: Final = (Role.APPROVER,)
ACTIVATORS: Final = (Role.OFFICER, Role.APPROVER)


def locked_psp(psp: Psp) -> Psp:
    """Return the PSP, locked until the end of the transaction: one such step at a time."""
    return Psp.objects.select_for_update(no_key=True).get(pk=psp.pk)


def require_role(psp: Psp | None, person: User, roles: tuple[Role, ...]) -> None:
    """Check that the person has one of the roles at this very PSP; at any, for the deployment (None).

    Raises:
        RoleTooSmallError: if they have not.
    """
    held = Membership.objects.filter(user=person, role__in=roles)
    if not (held if psp is None else held.filter(psp=psp)).exists():
        raise RoleTooSmallError(needed=roles)


def actor(by: User | ApiKey) -> dict[str, int | str]:
    """Return who took a step, for the ledger: people by their number, never by name."""
    return {"key": by.ref} if isinstance(by, ApiKey) else {"person": by.pk}
