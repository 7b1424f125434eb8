"""Reads authentication designs."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from functools import lru_cache

from compliance.core.errors import NotFoundError
from compliance.designs.models import DesignVersion
from compliance.tenants.models import Psp
from policies.design import Designs
from policies.documents import read_designs


def design_version_in_force(psp: Psp, *, at: datetime) -> DesignVersion | None:
    """Return the version in force at `at`, if the PSP had registered one by then."""
    versions = DesignVersion.objects.filter(psp=psp, active_from__lte=at)
    return versions.order_by("-active_from", "-number").first()


def design_digest_in_force(psp: Psp, *, at: datetime) -> str:
    """Return the digest of the version in force at `at`; empty if there was none."""
    version = design_version_in_force(psp, at=at)
    return "" if version is None else version.digest


def design_version_by_digest(psp: Psp, digest: str) -> DesignVersion:
    """Return the PSP's newest version with this text.

    Raises:
        NotFoundError: if it has none.
    """
    version = DesignVersion.objects.filter(psp=psp, digest=digest).order_by("-number").first()
    if version is None:
        raise NotFoundError("design version", digest)
    return version


def design_version_by_ref(psp: Psp, ref: str) -> DesignVersion:
    """Return one of the PSP's versions.

    Raises:
        NotFoundError: if it has none of that reference.
    """
    version = DesignVersion.objects.filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("design version", ref)
    return version


def design_version_of_number(psp: Psp, number: int) -> DesignVersion:
    """Return one of the PSP's versions.

    Raises:
        NotFoundError: if it has none of that number.
    """
    version = DesignVersion.objects.filter(psp=psp, number=number).first()
    if version is None:
        raise NotFoundError("design version", str(number))
    return version


def design_versions_of(psp: Psp) -> list[DesignVersion]:
    """Return every version of the PSP without its texts, the newest first."""
    versions = DesignVersion.objects.filter(psp=psp).defer("document", "source")
    return list(versions.order_by("-number"))


@lru_cache(maxsize=256)
def read_design_document(document: str) -> Designs:
    """Return the designs of a canonical document (the text is the key, so it is never stale)."""
    return read_designs(document.encode())
