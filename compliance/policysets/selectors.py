"""Reads versions of policy sets, and which one is in force when."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db.models import Q

from compliance.core.errors import NotFoundError
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.models import Psp


def version_in_force(psp: Psp, *, at: datetime) -> PolicySetVersion:
    """Return the version in force at `at`: the latest that was active by then.

    Raises:
        NoPolicyInForceError: if none was.
    """
    version = (
        PolicySetVersion.objects.filter(psp=psp, active_from__lte=at)
        .select_related("author", "approver")
        .order_by("-active_from", "-number")
        .first()
    )
    if version is None:
        raise NoPolicyInForceError(at=at)
    return version


def versions_from(psp: Psp, *, at: datetime) -> list[PolicySetVersion]:
    """Return the version in force at `at`, if any, and those that follow it, in time order."""
    versions = list(
        PolicySetVersion.objects.filter(psp=psp, active_from__lte=at).order_by(
            "-active_from", "-number"
        )[:1]
    )
    later = PolicySetVersion.objects.filter(psp=psp, active_from__gt=at)
    return [*versions, *later.order_by("active_from", "number")]


def versions_in_force_between(
    psp: Psp, *, start: datetime, end: datetime
) -> list[PolicySetVersion]:
    """Return every version that was in force at some moment of [start, end), in time order."""
    first = (
        PolicySetVersion.objects.filter(psp=psp, active_from__lte=start)
        .order_by("-active_from", "-number")
        .values_list("pk", flat=True)[:1]
    )
    within = Q(active_from__gt=start, active_from__lt=end) | Q(pk__in=list(first))
    versions = PolicySetVersion.objects.filter(within, psp=psp).select_related("author", "approver")
    return list(versions.order_by("active_from", "number"))


def version_by_digest(psp: Psp, digest: str) -> PolicySetVersion:
    """Return the PSP's newest version with this text.

    Raises:
        NotFoundError: if it has none.
    """
    version = PolicySetVersion.objects.filter(psp=psp, digest=digest).order_by("-number").first()
    if version is None:
        raise NotFoundError("policy set version", digest)
    return version
