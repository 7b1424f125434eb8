"""Reads versions of policy sets: where each stands, and which one is in force when."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from compliance.core.errors import NotFoundError
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.models import (
    NO_DESIGN,
    Activation,
    PolicySetVersion,
    VersionState,
)
from compliance.tenants.models import Psp, User

__all__ = [
    "NO_DESIGN",
    "StatedVersion",
    "VersionState",
    "activation_in_force",
    "version_by_digest",
    "version_by_ref",
    "version_in_force",
    "version_of_number",
    "version_without_state",
    "versions_from",
    "versions_in_force_between",
    "versions_of",
    "versions_submitted",
    "versions_waiting",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVersion:
    """A version with where it stands, since or from when it is in force, and in force before.

    `active_from` is the activation that counts: the one in force, else the one to come, else the
    last one; None if there is none.
    """

    version: PolicySetVersion
    state: VersionState
    active_from: datetime | None


def version_in_force(psp: Psp, *, at: datetime) -> PolicySetVersion:
    """Return the version in force at `at`: the latest that was active by then.

    Raises:
        NoPolicyInForceError: if none was.
    """
    activation = activation_in_force(psp, at=at)
    if activation is None:
        raise NoPolicyInForceError(at=at)
    return _as_activated(activation)


def activation_in_force(psp: Psp, *, at: datetime) -> Activation | None:
    """Return the activation in force at `at`, if one is."""
    return _until(psp, at).order_by("-active_from", "-pk").first()


def versions_from(psp: Psp, *, at: datetime) -> list[PolicySetVersion]:
    """Return the version in force at `at`, if any, and those that follow it, in time order.

    A version that comes back stands there for each time, with the moment in `active_from`.
    """
    current = list(_until(psp, at).order_by("-active_from", "-pk")[:1])
    later = _activations(psp).filter(active_from__gt=at).order_by("active_from", "pk")
    return [_as_activated(each) for each in (*current, *later)]


def versions_in_force_between(
    psp: Psp, *, start: datetime, end: datetime
) -> list[PolicySetVersion]:
    """Return every version that was in force at some moment of [start, end), in time order.

    A version that came back stands there for each time, with the moment in `active_from`.
    """
    first = _until(psp, start).order_by("-active_from", "-pk").values_list("pk", flat=True)[:1]
    within = Q(active_from__gt=start, active_from__lt=end) | Q(pk__in=list(first))
    found = _activations(psp).filter(within).order_by("active_from", "pk")
    return [_as_activated(each) for each in found]


def versions_of(psp: Psp, *, now: datetime) -> list[StatedVersion]:
    """Return every version of the PSP, drafts included, newest first, and where each stands."""
    found = psp.policy_set_versions.select_related(
        "author", "author_key", "submitted_by", "approver"
    )
    return _stated(psp, found.order_by("-number"), now)


def versions_submitted(psp: Psp, *, now: datetime) -> list[StatedVersion]:
    """Return the versions that are submitted and not retired for good, and where each stands.

    Without their texts, which are long: for what looks at all of them again and again.
    """
    rows = PolicySetVersion.objects.filter(psp=psp, submitted_at__isnull=False, retired_at=None)
    return _stated(psp, rows.select_related("psp").defer("document", "source"), now)


def versions_waiting(psp: Psp, *, besides: User) -> list[PolicySetVersion]:
    """Return the versions that somebody else than `besides` can approve, the oldest first."""
    open_ = PolicySetVersion.objects.filter(
        psp=psp, submitted_at__isnull=False, approver=None, retired_at=None
    )
    others = open_.exclude(submitted_by=besides).exclude(author__isnull=False, author=besides)
    return list(others.select_related("submitted_by").order_by("submitted_at", "pk"))


def version_of_number(psp: Psp, number: int, *, now: datetime) -> StatedVersion:
    """Return the PSP's version of that number and where it stands.

    Raises:
        NotFoundError: if there is none.
    """
    for stated in versions_of(psp, now=now):
        if stated.version.number == number:
            return stated
    raise NotFoundError("policy set version", str(number))


def version_by_ref(psp: Psp, ref: str, *, now: datetime) -> StatedVersion:
    """Return the PSP's version `ref` and where it stands.

    Raises:
        NotFoundError: if there is none.
    """
    (found,) = _stated(psp, PolicySetVersion.objects.filter(psp=psp, ref=ref), now) or (None,)
    if found is None:
        raise NotFoundError("policy set version", ref)
    return found


def version_without_state(psp: Psp, ref: str) -> PolicySetVersion:
    """Return the PSP's version `ref` where it does not matter how far it is in its life.

    Raises:
        NotFoundError: if there is none.
    """
    version = PolicySetVersion.objects.filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("policy set version", ref)
    return version


def version_by_digest(psp: Psp, digest: str) -> PolicySetVersion:
    """Return the PSP's newest version with this text.

    Raises:
        NotFoundError: if it has none.
    """
    version = PolicySetVersion.objects.filter(psp=psp, digest=digest).order_by("-number").first()
    if version is None:
        raise NotFoundError("policy set version", digest)
    return version


def _activations(psp: Psp) -> "QuerySet[Activation]":
    """Return the PSP's activations that count, each with its version and its people."""
    counting = Activation.objects.filter(psp=psp, withdrawn_at=None)
    return counting.select_related(
        "version__psp",
        "version__author",
        "version__author_key",
        "version__submitted_by",
        "version__approver",
    )


def _until(psp: Psp, at: datetime) -> "QuerySet[Activation]":
    """Return the activations that had come by `at`."""
    return _activations(psp).filter(active_from__lte=at)


def _as_activated(activation: Activation) -> PolicySetVersion:
    """Return the version as this activation has it."""
    version = activation.version
    version.active_from = activation.active_from
    return version


def _stated(psp: Psp, versions: Iterable[PolicySetVersion], now: datetime) -> list[StatedVersion]:
    """Return where each version stands."""
    past: dict[int, datetime] = {}
    coming: dict[int, datetime] = {}
    current = None
    for activation in (
        Activation.objects.filter(psp=psp, withdrawn_at=None)
        .only("version_id", "active_from")
        .order_by("active_from", "pk")
    ):
        if activation.active_from <= now:
            past[activation.version_id] = activation.active_from
            current = activation.version_id
        else:
            coming.setdefault(activation.version_id, activation.active_from)
    return [
        _state_of(version, current=current, past=past.get(version.pk), next_=coming.get(version.pk))
        for version in versions
    ]


def _state_of(
    version: PolicySetVersion, *, current: int | None, past: datetime | None, next_: datetime | None
) -> StatedVersion:
    """Return where one version stands, from its columns and its activations."""
    if version.pk == current:
        return StatedVersion(version=version, state=VersionState.ACTIVE, active_from=past)
    if version.retired_at is not None:
        return StatedVersion(version=version, state=VersionState.RETIRED, active_from=past)
    if next_ is not None:
        return StatedVersion(version=version, state=VersionState.SCHEDULED, active_from=next_)
    if past is not None:
        return StatedVersion(version=version, state=VersionState.RETIRED, active_from=past)
    state = VersionState.DRAFT
    if version.approver_id is not None:
        state = VersionState.APPROVED
    elif version.submitted_at is not None:
        state = VersionState.SUBMITTED
    return StatedVersion(version=version, state=state, active_from=None)
