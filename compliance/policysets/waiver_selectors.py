"""Reads waivers: which there are, and which set rules aside when."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from compliance.core.errors import NotFoundError
from compliance.policysets.models import Waiver, WaiverState
from compliance.tenants.models import Psp

__all__ = [
    "WaiverState",
    "waiver_by_ref",
    "waivers_by_ref",
    "waivers_expiring",
    "waivers_from",
    "waivers_in_force",
    "waivers_in_force_between",
    "waivers_of",
    "waivers_waiting",
]


def waivers_of(psp: Psp) -> list[Waiver]:
    """Return every waiver of the PSP that was ever asked for, newest first."""
    return list(_with_people(psp).order_by("-requested_at", "-pk"))


def waiver_by_ref(psp: Psp, ref: str) -> Waiver:
    """Return the PSP's waiver `ref`.

    Raises:
        NotFoundError: if it has none.
    """
    waiver = _with_people(psp).filter(ref=ref).first()
    if waiver is None:
        raise NotFoundError("waiver", ref)
    return waiver


def waivers_in_force(psp: Psp, at: datetime) -> list[Waiver]:
    """Return the waivers that set rules aside at `at`, the first to expire first."""
    begun = Q(approved_at__lte=at, starts_at__lte=at, expires_at__gt=at)
    unrevoked = Q(revoked_at=None) | Q(revoked_at__gt=at)
    return list(_with_people(psp).filter(begun, unrevoked).order_by("expires_at", "pk"))


def waivers_in_force_between(psp: Psp, *, start: datetime, end: datetime) -> list[Waiver]:
    """Return the waivers whose time, as approved, touches [start, end), in order of approval.

    One that was revoked before is among them: whether that counts depends on who asks as of when.
    """
    within = {"approved_at__lt": end, "starts_at__lt": end, "expires_at__gt": start}
    return list(_with_people(psp).filter(**within).order_by("approved_at", "pk"))


def waivers_from(psp: Psp, *, at: datetime) -> list[Waiver]:
    """Return the waivers that set rules aside at `at` or, as approved so far, later."""
    coming = Waiver.objects.filter(
        psp=psp, approved_at__isnull=False, revoked_at=None, expires_at__gt=at
    )
    return list(coming.order_by("pk"))


def waivers_waiting(psp: Psp, *, now: datetime) -> list[Waiver]:
    """Return the waivers that wait for an approval, the oldest first."""
    open_ = _with_people(psp).filter(approved_at=None, revoked_at=None, expires_at__gt=now)
    return list(open_.order_by("requested_at", "pk"))


def waivers_expiring(psp: Psp, *, now: datetime, within: timedelta) -> list[Waiver]:
    """Return the waivers in force that expire within a time, the first to expire first."""
    return [each for each in waivers_in_force(psp, now) if each.expires_at <= now + within]


def waivers_by_ref(psp: Psp, refs: Collection[str]) -> Mapping[str, Waiver]:
    """Return those of the PSP's waivers that have these references."""
    return {each.ref: each for each in Waiver.objects.filter(psp=psp, ref__in=refs)}


def _with_people(psp: Psp) -> "QuerySet[Waiver]":
    """Return the PSP's waivers with the people and keys that they name."""
    return Waiver.objects.filter(psp=psp).select_related(
        "requested_by", "requested_key", "approved_by", "revoked_by"
    )
