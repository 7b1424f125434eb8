"""How long a PSP's records are kept."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from django.db import transaction

from compliance.core.problems import FieldProblem
from compliance.core.refs import new_ref
from compliance.decisions.errors import InvalidRetentionError
from compliance.decisions.models import RetentionPeriod
from compliance.decisions.presentation import rfc3339
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor, require_role
from compliance.tenants.models import Psp, Role, User

SETTERS: Final = (Role.OFFICER, Role.ADMINISTRATOR)
LONGEST_DAYS: Final = 36_500


@transaction.atomic
def set_retention(*, psp: Psp, days: int | None, by: User, now: datetime) -> RetentionPeriod:
    """Say for how many days the records of decisions are kept; None: until they are erased.

    What is older is erased within the hour (`erasing.erase_expired`), and cannot be had back.

    Raises:
        InvalidRetentionError: if it is less than a day, or more than a century.
        RoleTooSmallError: if the person may not say so.
    """
    require_role(psp, by, SETTERS)
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        problem = f"expected 1 to {LONGEST_DAYS:,} days, or none"
        raise InvalidRetentionError(problem, [FieldProblem("/days", problem)])
    ref = new_ref("ret", now=now)
    body = {
        "schema": 1,
        "type": "retention_changed",
        "ref": ref,
        "days": days,
        **actor(by),
        "at": rfc3339(now),
    }
    hashed = stage_json(psp=psp, kind="retention_changed", ref=ref, body=body, now=now)
    return RetentionPeriod.objects.create(
        psp=psp, ref=ref, days=days, set_by=by.email, set_at=now, leaf_hash=hashed
    )


def retention_days(psp: Psp) -> int | None:
    """Return for how many days the PSP keeps records; None: until they are erased."""
    newest = RetentionPeriod.objects.filter(psp=psp).order_by("-pk").first()
    return None if newest is None else newest.days
