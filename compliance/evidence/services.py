"""Registers and removes trust anchors, and loads lists of revoked keys."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.evidence.errors import InvalidRevocationListError, InvalidTrustAnchorError
from compliance.evidence.models import RevocationList, TrustAnchor
from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.android_key_attestation import NAME as ANDROID_KEY_ATTESTATION
from compliance.evidence.providers.android_key_attestation.revocations import (
    RevocationListError,
    read_revocation_list,
)
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    read_certificate,
)
from compliance.evidence.selectors import trust_anchor_by_ref
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp

_WITH_ANCHORS = frozenset({ANDROID_KEY_ATTESTATION})
_MAX_LABEL = 200


@transaction.atomic
def add_trust_anchor(
    *,
    psp: Psp,
    provider: str,
    pem: str | bytes,
    label: str,
    demonstration: bool,
    added_by: str,
    now: datetime,
) -> TrustAnchor:
    """Trust a root for this PSP alone, within a second in every process; a ledger entry says so.

    Evidence under a `demonstration` root is marked in every appraisal.

    Raises:
        InvalidTrustAnchorError: if `pem` is not one certificate with a key that evidence of
            `provider` could be verified with, or `provider` has no roots.
        ConflictError: if the PSP trusts this key already.
    """
    _check_provider(provider)
    if not 0 < len(label) <= _MAX_LABEL:
        raise InvalidTrustAnchorError(f"label: expected 1 to {_MAX_LABEL} characters")
    root, digest = _read_root(pem)
    if TrustAnchor.objects.filter(
        psp=psp, provider=provider, public_key_digest=digest, removed_at=None
    ).exists():
        raise ConflictError(f"the key `{digest}` is trusted already")
    anchor = TrustAnchor.objects.create(
        psp=psp,
        ref=new_ref("anc", now=now),
        provider=provider,
        label=label,
        public_key_digest=digest,
        pem=root.public_bytes(Encoding.PEM).decode(),
        demonstration=demonstration,
        added_by=added_by,
        added_at=now,
    )
    _stage(anchor, "trust_anchor_added", now=now)
    bump_revision()
    return anchor


@transaction.atomic
def remove_trust_anchor(*, psp: Psp, ref: str, now: datetime) -> TrustAnchor:
    """Stop trusting a root, within a second in every process; the row stays for the record.

    Raises:
        NotFoundError: if the PSP has no such root.
        ConflictError: if it was removed before.
    """
    anchor = trust_anchor_by_ref(psp, ref)
    if not TrustAnchor.objects.filter(pk=anchor.pk, removed_at=None).update(removed_at=now):
        raise ConflictError(f"trust anchor `{ref}` was removed before")
    anchor.removed_at = now
    _stage(anchor, "trust_anchor_removed", now=now)
    bump_revision()
    return anchor


@transaction.atomic
def load_revocation_list(
    *, psp: Psp | None, provider: str, content: bytes, now: datetime
) -> RevocationList:
    """Store a list of revoked keys for one PSP, or for all where `psp` is None; the newest counts.

    Raises:
        InvalidRevocationListError: if `content` is not a list in the provider's form.
    """
    if provider != ANDROID_KEY_ATTESTATION:
        raise InvalidRevocationListError(f"provider `{provider}` has no revocation list")
    try:
        statuses = read_revocation_list(content)
    except RevocationListError as error:
        raise InvalidRevocationListError(str(error)) from error
    row = RevocationList.objects.create(
        psp=psp,
        provider=provider,
        content=content.decode(),
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        entries=len(statuses),
        loaded_at=now,
    )
    bump_revision()
    return row


def _check_provider(provider: str) -> None:
    """Refuse providers whose evidence no root is for."""
    if provider not in PROVIDERS or provider not in _WITH_ANCHORS:
        known = ", ".join(sorted(_WITH_ANCHORS))
        raise InvalidTrustAnchorError(f"provider `{provider}`: expected one of {known}")


def _read_root(pem: str | bytes) -> tuple[x509.Certificate, str]:
    """Return the certificate and the digest of its public key."""
    text = pem.encode() if isinstance(pem, str) else pem
    try:
        certificates = x509.load_pem_x509_certificates(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidTrustAnchorError("expected a certificate in PEM form") from error
    if len(certificates) != 1:
        raise InvalidTrustAnchorError(f"expected one certificate, found {len(certificates)}")
    try:
        digest = read_certificate(certificates[0].public_bytes(Encoding.DER)).public_key_digest
    except CertificateError as error:
        raise InvalidTrustAnchorError(f"the certificate cannot be used: {error}") from error
    return certificates[0], digest


def _stage(anchor: TrustAnchor, event: str, *, now: datetime) -> None:
    """Stage the ledger entry of one step; who did it is a name, so it stays out of the log."""
    body = {
        "schema": 1,
        "type": event,
        "ref": anchor.ref,
        "provider": anchor.provider,
        "public_key_digest": anchor.public_key_digest,
        "demonstration": anchor.demonstration,
        "at": now.isoformat(),
    }
    stage_json(psp=anchor.psp, kind=event, ref=anchor.ref, body=body, now=now)
