"""Reads what evidence is verified against."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cryptography import x509

from compliance.core.errors import NotFoundError
from compliance.evidence.models import RevocationList, TrustAnchor
from compliance.evidence.providers.android_key_attestation.revocations import read_revocation_list
from compliance.evidence.providers.shape import Anchor, Revocations, TrustMaterial
from compliance.tenants.models import Psp


def trust_anchors_of(psp: Psp) -> list[TrustAnchor]:
    """Return the roots that the PSP trusts now, oldest first."""
    return list(TrustAnchor.objects.filter(psp=psp, removed_at=None).order_by("added_at", "pk"))


def trust_anchor_by_ref(psp: Psp, ref: str) -> TrustAnchor:
    """Return one root of the PSP, removed or not.

    Raises:
        NotFoundError: if it has no such root.
    """
    anchor = TrustAnchor.objects.filter(psp=psp, ref=ref).first()
    if anchor is None:
        raise NotFoundError("trust anchor", ref)
    return anchor


def revocation_lists_of(psp: Psp) -> list[RevocationList]:
    """Return the newest list of each provider: the deployment's, then the PSP's own."""
    newest: list[RevocationList] = []
    for owner in (None, psp):
        rows = RevocationList.objects.filter(psp=owner)
        providers = rows.values_list("provider", flat=True).order_by("provider").distinct()
        newest += (
            rows.filter(provider=one).defer("content").latest("loaded_at", "pk")
            for one in providers
        )
    return newest


def trust_material_of(psp: Psp) -> TrustMaterial:
    """Return what this PSP's evidence is verified against; immutable, so it may be cached."""
    anchors = tuple(
        Anchor(
            provider=row.provider,
            label=row.label,
            certificate=x509.load_pem_x509_certificate(row.pem.encode()),
            public_key_digest=row.public_key_digest,
            demonstration=row.demonstration,
        )
        for row in trust_anchors_of(psp)
    )
    revocations: dict[str, Revocations] = {}
    for row in revocation_lists_of(psp):
        revocations[row.provider] = _joined(revocations.get(row.provider), row)
    return TrustMaterial(anchors=anchors, revocations=revocations)


def _joined(known: Revocations | None, row: RevocationList) -> Revocations:
    """Return two lists as one: whoever says that a key is revoked is believed."""
    statuses = _statuses(row.pk, row.digest)
    if known is None or known.loaded_at is None:
        return Revocations(statuses=statuses, digest=row.digest, loaded_at=row.loaded_at)
    newer = row if row.loaded_at > known.loaded_at else known
    return Revocations(
        statuses={**known.statuses, **statuses}, digest=newer.digest, loaded_at=newer.loaded_at
    )


@lru_cache(maxsize=16)
def _statuses(pk: int, digest: str) -> Mapping[str, str]:
    """Return the statuses of a list; its text never changes, so they are read once in a process."""
    content = RevocationList.objects.values_list("content", flat=True).get(pk=pk, digest=digest)
    return MappingProxyType(read_revocation_list(content.encode()))
