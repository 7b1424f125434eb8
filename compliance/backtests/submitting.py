"""Submits a version for approval with all that an approver is shown: its analysis and a back-test."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from compliance.backtests.models import BackTest
from compliance.backtests.reading import decisions_between
from compliance.backtests.services import request_back_test
from compliance.policysets.analyses import request_analysis
from compliance.policysets.models import Analysis, PolicySetVersion
from compliance.policysets.services import submit_version
from compliance.tenants.models import Psp, User

DAYS: Final = 30
"""Whole days before today whose decisions a submitted version is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was submitted, and what is to be found out of it; the caller enqueues both.

    `back_test` is None where nothing was decided in those days.
    """

    version: PolicySetVersion
    analysis: Analysis
    back_test: BackTest | None


@transaction.atomic
def submit_for_approval(*, psp: Psp, ref: str, person: User, now: datetime) -> Submission:
    """Submit a draft, ask for its analysis, and for a back-test over the last 30 whole days (UTC).

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person neither wrote it nor is an officer.
        ConflictError: if it is no draft any more.
    """
    version = submit_version(psp=psp, ref=ref, person=person, now=now)
    return Submission(
        version=version,
        analysis=request_analysis(version=version, now=now),
        back_test=_back_test(version, person, now),
    )


def _back_test(version: PolicySetVersion, person: User, now: datetime) -> BackTest | None:
    """Ask for the back-test, if there is anything to compare with."""
    end = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    if not decisions_between(version.psp, start, end).exists():
        return None
    return request_back_test(
        psp=version.psp,
        version_ref=version.ref,
        period_start=start,
        period_end=end,
        requested_by=person.name,
        now=now,
    )
