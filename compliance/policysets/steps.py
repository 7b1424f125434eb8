"""What every step in the life of a version shares: the lock and the ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from compliance.core.errors import NotFoundError
from compliance.ledger.staging import stage_json
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.acting import actor
from compliance.tenants.models import ApiKey, Psp, User


def locked_version(psp: Psp, ref: str) -> PolicySetVersion:
    """Return the PSP's version, locked until the end of the transaction.

    Raises:
        NotFoundError: if the PSP has no such version.
    """
    version = PolicySetVersion.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("policy set version", ref)
    return version


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
