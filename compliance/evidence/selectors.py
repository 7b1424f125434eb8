"""Reads what evidence is verified against."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import structlog
from cryptography import x509

from compliance.core.errors import NotFoundError
from compliance.evidence.errors import InvalidProviderSettingsError, VaultError
from compliance.evidence.models import (
    AnchorState,
    ProviderSettings,
    RevocationList,
    RevocationSource,
    TrustAnchor,
)
from compliance.evidence.providers.android_key_attestation.revocations import read_revocation_list
from compliance.evidence.providers.shape import Anchor, Revocations, TrustMaterial
from compliance.evidence.required import NAME as REQUIRED_EVIDENCE
from compliance.evidence.required import RequiredEvidence
from compliance.evidence.setting_up import settings_from
from compliance.evidence.vault import unseal
from compliance.tenants.models import Psp, User

_log = structlog.get_logger(__name__)


def trust_anchors_of(psp: Psp) -> list[TrustAnchor]:
    """Return the roots that count for the PSP now: the deployment's, then its own, oldest first."""
    return [
        row
        for owner in (None, psp)
        for row in every_trust_anchor_of(owner)
        if row.state is AnchorState.TRUSTED
    ]


def every_trust_anchor_of(psp: Psp | None) -> list[TrustAnchor]:
    """Return the owner's own roots, proposed, trusted, refused and removed, oldest first.

    None: those of the deployment.
    """
    rows = TrustAnchor.objects.filter(psp=psp).order_by("added_at", "pk")
    return list(rows.select_related("proposed_by", "approved_by", "removed_by"))


def trust_anchors_waiting(psp: Psp, *, besides: User) -> list[TrustAnchor]:
    """Return the PSP's roots that wait for an approval, but those which `besides` proposed."""
    return [
        row
        for row in every_trust_anchor_of(psp)
        if row.state is AnchorState.PROPOSED and row.proposed_by_id != besides.pk
    ]


def trust_anchor_by_ref(psp: Psp | None, ref: str) -> TrustAnchor:
    """Return one of the owner's own roots, wherever it stands; None: the deployment.

    Raises:
        NotFoundError: if it has no such root.
    """
    rows = TrustAnchor.objects.filter(psp=psp, ref=ref)
    anchor = rows.select_related("proposed_by", "approved_by", "removed_by").first()
    if anchor is None:
        raise NotFoundError("trust anchor", ref)
    return anchor


def revocation_sources_of(psp: Psp | None) -> list[RevocationSource]:
    """Return where the owner's lists are loaded from; None: the deployment's."""
    rows = RevocationSource.objects.filter(psp=psp, removed_at=None).select_related("psp")
    return list(rows.order_by("provider"))


def revocation_lists_of(psp: Psp | None) -> list[RevocationList]:
    """Return the newest list of each provider: the deployment's, then the PSP's own.

    None: the deployment's alone.
    """
    newest: list[RevocationList] = []
    for owner in (None,) if psp is None else (None, psp):
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
    return TrustMaterial(anchors=anchors, revocations=revocations, settings=_settings_of(psp))


def provider_settings_of(psp: Psp) -> list[ProviderSettings]:
    """Return what the PSP has set up, the newest of each provider, in order of their names."""
    newest: dict[str, ProviderSettings] = {}
    for row in ProviderSettings.objects.filter(psp=psp).order_by("provider", "number"):
        newest[row.provider] = row
    return list(newest.values())


def required_evidence_until(
    psp: Psp, *, until: datetime, besides: Collection[str] = ()
) -> tuple[tuple[datetime, RequiredEvidence], ...]:
    """Return what the PSP required from when on, oldest first; nothing set up at `until` or later.

    `besides` are references of settings that do not count. What cannot be read required nothing.
    """
    rows = ProviderSettings.objects.filter(
        psp=psp, provider=REQUIRED_EVIDENCE, set_at__lt=until
    ).exclude(ref__in=besides)
    found = []
    for row in rows.order_by("number"):
        try:
            required = _read_settings(row.provider, row.ref, bytes(row.sealed))
        except (InvalidProviderSettingsError, VaultError):
            required = RequiredEvidence({})
        found.append((row.set_at, required))
    return tuple(found)


def settings_history_of(psp: Psp, provider: str) -> list[ProviderSettings]:
    """Return all that the PSP ever set up for a provider, newest first."""
    rows = ProviderSettings.objects.filter(psp=psp, provider=provider).defer("sealed")
    return list(rows.order_by("-number"))


def _settings_of(psp: Psp) -> Mapping[str, Any]:
    """Return what the PSP has set up for each provider, ready for use.

    What today's module refuses, or this deployment cannot decrypt, is as if it were not there: then
    evidence is not evaluated, which policies see. An answer must not depend on it.
    """
    found = {}
    for row in provider_settings_of(psp):
        try:
            found[row.provider] = _read_settings(row.provider, row.ref, bytes(row.sealed))
        except (InvalidProviderSettingsError, VaultError) as error:
            _log.warning(
                "provider_settings_unusable", psp=psp.ref, provider=row.provider, code=error.code
            )
    return MappingProxyType(found)


@lru_cache(maxsize=256)
def _read_settings(provider: str, ref: str, sealed: bytes) -> Any:
    """Return settings ready for use; a row never changes, so it is read once in a process."""
    return settings_from(provider, unseal(sealed, bound_to=ref))


def _joined(known: Revocations | None, row: RevocationList) -> Revocations:
    """Return two lists as one: whoever says that a key is revoked is believed."""
    statuses = _statuses(row.digest)
    if known is None or known.loaded_at is None:
        return Revocations(statuses=statuses, digest=row.digest, loaded_at=row.loaded_at)
    newer = row if row.loaded_at > known.loaded_at else known
    return Revocations(
        statuses={**known.statuses, **statuses}, digest=newer.digest, loaded_at=newer.loaded_at
    )


@lru_cache(maxsize=16)
def _statuses(digest: str) -> Mapping[str, str]:
    """Return the statuses of a list; a digest has one text, so it is read once in a process."""
    rows = RevocationList.objects.filter(digest=digest).exclude(content="").order_by("pk")
    content = rows.values_list("content", flat=True)[0]
    return MappingProxyType(read_revocation_list(content.encode()))
