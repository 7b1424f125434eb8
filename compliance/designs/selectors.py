"""Reads authentication designs: where each version stands, and which one is in force when."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import QuerySet

from compliance.core.errors import NotFoundError
from compliance.designs.models import DesignActivation, DesignState, DesignVersion
from compliance.tenants.models import Psp, User
from policies.design import Designs
from policies.documents import read_designs

_PEOPLE = ("author", "author_key", "submitted_by", "approver", "refused_by", "withdrawn_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDesign:
    """A version with where it stands.

    `active_from` is the activation that counts: the one in force, else the one to come, else the
    last one; None if there is none.
    """

    version: DesignVersion
    state: DesignState
    active_from: datetime | None


def design_activation_in_force(psp: Psp, *, at: datetime) -> DesignActivation | None:
    """Return the activation in force at `at`, with its version, if there is one."""
    return _until(psp, at).first()


def design_version_in_force(psp: Psp, *, at: datetime) -> DesignVersion | None:
    """Return the version in force at `at`, if the PSP had one by then."""
    activation = design_activation_in_force(psp, at=at)
    return None if activation is None else activation.version


def design_digest_in_force(psp: Psp, *, at: datetime) -> str:
    """Return the digest of the version in force at `at`; empty if there was none."""
    return _until(psp, at).values_list("version__digest", flat=True).first() or ""


def design_activations_until(psp: Psp, *, at: datetime) -> list[DesignActivation]:
    """Return the activations that had come by `at`, each with its version, the newest first."""
    return list(_until(psp, at))


def design_activations_from(psp: Psp, *, at: datetime) -> list[DesignActivation]:
    """Return the activation in force at `at`, if any, and those that follow it, in time order."""
    later = _activations(psp).filter(active_from__gt=at).order_by("active_from", "pk")
    return [*_until(psp, at)[:1], *later]


def design_digests_until(psp: Psp, *, at: datetime) -> frozenset[str]:
    """Return the digests of every text that came into force by `at`."""
    return frozenset(_until(psp, at).values_list("version__digest", flat=True))


def design_version_by_digest(psp: Psp, digest: str) -> DesignVersion:
    """Return the PSP's newest version with this text.

    Raises:
        NotFoundError: if it has none.
    """
    version = DesignVersion.objects.filter(psp=psp, digest=digest).order_by("-number").first()
    if version is None:
        raise NotFoundError("design version", digest)
    return version


def design_version_by_ref(psp: Psp, ref: str, *, now: datetime) -> StatedDesign:
    """Return one of the PSP's versions and where it stands.

    Raises:
        NotFoundError: if it has none of that reference.
    """
    return _only(psp, _versions(psp).filter(ref=ref), now, ref)


def design_version_of_number(psp: Psp, number: int, *, now: datetime) -> StatedDesign:
    """Return one of the PSP's versions and where it stands.

    Raises:
        NotFoundError: if it has none of that number.
    """
    return _only(psp, _versions(psp).filter(number=number), now, str(number))


def design_versions_of(psp: Psp, *, now: datetime) -> list[StatedDesign]:
    """Return every version of the PSP without its texts, newest first, and where each stands."""
    found = _versions(psp).defer("document", "source")
    return _stated(psp, found.order_by("-number"), now)


def designs_to_come(psp: Psp, *, now: datetime) -> list[StatedDesign]:
    """Return the versions that may come into force for the first time: submitted or approved."""
    may_come = {DesignState.SUBMITTED, DesignState.APPROVED, DesignState.SCHEDULED}
    open_ = _versions(psp).filter(submitted_at__isnull=False, refused_at=None, withdrawn_at=None)
    stated = _stated(psp, open_.defer("document", "source").order_by("number"), now)
    return [each for each in stated if each.state in may_come]


def designs_waiting(psp: Psp, *, besides: User) -> list[DesignVersion]:
    """Return the versions that somebody else than `besides` can approve, the oldest first."""
    open_ = _versions(psp).filter(
        submitted_at__isnull=False, approver=None, refused_at=None, withdrawn_at=None
    )
    others = open_.exclude(submitted_by=besides).exclude(author__isnull=False, author=besides)
    return list(others.defer("document", "source").order_by("submitted_at", "pk"))


@lru_cache(maxsize=256)
def read_design_document(document: str) -> Designs:
    """Return the designs of a canonical document (the text is the key, so it is never stale)."""
    return read_designs(document.encode())


def _versions(psp: Psp) -> "QuerySet[DesignVersion]":
    """Return the PSP's versions, each with its people."""
    return DesignVersion.objects.filter(psp=psp).select_related("psp", *_PEOPLE)


def _activations(psp: Psp) -> "QuerySet[DesignActivation]":
    """Return the PSP's activations that count, each with its version and its people."""
    people = [f"version__{name}" for name in ("psp", *_PEOPLE)]
    counting = DesignActivation.objects.filter(psp=psp, withdrawn_at=None)
    return counting.select_related("activated_by", *people)


def _until(psp: Psp, at: datetime) -> "QuerySet[DesignActivation]":
    """Return the activations that had come by `at`, the newest first."""
    return _activations(psp).filter(active_from__lte=at).order_by("-active_from", "-pk")


def _only(psp: Psp, versions: "QuerySet[DesignVersion]", now: datetime, name: str) -> StatedDesign:
    """Return the only version and where it stands."""
    (found,) = _stated(psp, versions, now) or (None,)
    if found is None:
        raise NotFoundError("design version", name)
    return found


def _stated(psp: Psp, versions: Iterable[DesignVersion], now: datetime) -> list[StatedDesign]:
    """Return where each version stands."""
    past: dict[int, datetime] = {}
    coming: dict[int, datetime] = {}
    current = None
    activations = DesignActivation.objects.filter(psp=psp, withdrawn_at=None)
    for version_id, active_from in activations.order_by("active_from", "pk").values_list(
        "version_id", "active_from"
    ):
        if active_from <= now:
            past[version_id] = active_from
            current = version_id
        else:
            coming.setdefault(version_id, active_from)
    return [
        StatedDesign(
            version=version,
            state=_state_of(version, current, past, coming),
            active_from=past.get(version.pk)
            if version.pk == current
            else coming.get(version.pk, past.get(version.pk)),
        )
        for version in versions
    ]


def _state_of(
    version: DesignVersion,
    current: int | None,
    past: dict[int, datetime],
    coming: dict[int, datetime],
) -> DesignState:
    """Return where one version stands, from its columns and its activations."""
    for holds, state in (
        (version.pk == current, DesignState.ACTIVE),
        (version.pk in coming, DesignState.SCHEDULED),
        (version.pk in past, DesignState.REPLACED),
        (version.withdrawn_at is not None, DesignState.WITHDRAWN),
        (version.refused_at is not None, DesignState.REFUSED),
        (version.approved_at is not None, DesignState.APPROVED),
        (version.submitted_at is not None, DesignState.SUBMITTED),
    ):
        if holds:
            return state
    return DesignState.DRAFT
