"""What every step in the life of a design's version shares: the lock and the ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from compliance.core.errors import NotFoundError
from compliance.designs.models import DesignVersion
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor
from compliance.tenants.models import ApiKey, Psp, User


def locked_design_version(psp: Psp, ref: str) -> DesignVersion:
    """Return the PSP's version, locked until the end of the transaction.

    Raises:
        NotFoundError: if the PSP has no such version.
    """
    version = DesignVersion.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("design version", ref)
    return version


def stage_design_step(
    version: DesignVersion, event: str, *, by: User | ApiKey, now: datetime, **more: str
) -> None:
    """Stage the ledger entry of one step in the life of a version; it holds no personal data."""
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
