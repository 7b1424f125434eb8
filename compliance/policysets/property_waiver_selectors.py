"""Reads waivers of properties: which there are, and which let versions be activated when."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db.models import Q, QuerySet

from compliance.core.errors import NotFoundError
from compliance.policysets.models import PolicySetVersion, PropertyWaiver
from compliance.tenants.models import Psp


def property_waivers_of(psp: Psp) -> list[PropertyWaiver]:
    """Return every waiver of a property that was ever asked for, newest first."""
    return list(_with_people(psp).order_by("-requested_at", "-pk"))


def property_waiver_by_ref(psp: Psp, ref: str) -> PropertyWaiver:
    """Return the PSP's waiver `ref` of a property.

    Raises:
        NotFoundError: if it has none.
    """
    waiver = _with_people(psp).filter(ref=ref).first()
    if waiver is None:
        raise NotFoundError("waiver of a property", ref)
    return waiver


def property_waivers_at(version: PolicySetVersion, *, at: datetime) -> list[PropertyWaiver]:
    """Return the waivers of the version's properties that hold at `at`, as approved so far."""
    rows = _with_people(version.psp).filter(
        version=version, approved_at__isnull=False, starts_at__lte=at, expires_at__gt=at
    )
    unrevoked = Q(revoked_at=None) | Q(revoked_at__gt=at)
    return list(rows.filter(unrevoked).order_by("expires_at", "pk"))


def property_waivers_between(psp: Psp, *, start: datetime, end: datetime) -> list[PropertyWaiver]:
    """Return the waivers whose time, as approved, touches [start, end), in order of approval.

    One that was revoked before is among them: whether that counts depends on who asks as of when.
    """
    within = {"approved_at__lt": end, "starts_at__lt": end, "expires_at__gt": start}
    return list(_with_people(psp).filter(**within).order_by("approved_at", "pk"))


def property_waivers_waiting(psp: Psp, *, now: datetime) -> list[PropertyWaiver]:
    """Return the waivers that wait for an approval, the oldest first."""
    open_ = _with_people(psp).filter(approved_at=None, revoked_at=None, expires_at__gt=now)
    return list(open_.order_by("requested_at", "pk"))


def _with_people(psp: Psp) -> "QuerySet[PropertyWaiver]":
    """Return the PSP's waivers of properties with the people and versions that they name."""
    return PropertyWaiver.objects.filter(psp=psp).select_related(
        "version", "requested_by", "approved_by", "revoked_by"
    )
