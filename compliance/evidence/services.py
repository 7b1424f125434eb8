"""Proposes, approves and removes trust anchors; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.evidence.errors import InvalidTrustAnchorError
from compliance.evidence.known_roots import KNOWN_ROOTS
from compliance.evidence.models import AnchorState, TrustAnchor
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    read_certificate,
)
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import ACTIVATORS, APPROVERS, WRITERS, actor, require_role
from compliance.tenants.errors import SelfApprovalError, StaleApprovalError
from compliance.tenants.models import Psp, User
from compliance.tenants.selectors import psps

MAX_PEM: Final = 64 * 1024
"""Bytes; roots have one or two kilobytes."""
_MAX_LABEL: Final = 200


@transaction.atomic
def add_trust_anchor(
    *,
    psp: Psp | None,
    provider: str,
    pem: str | bytes,
    label: str,
    demonstration: bool,
    by: User,
    now: datetime,
) -> TrustAnchor:
    """Propose a root for one PSP, or for all where `psp` is None; a known one is trusted at once.

    Any other one is trusted once another person has approved it, within a second in every process.
    Evidence under a `demonstration` root is marked in every appraisal.

    Raises:
        RoleTooSmallError: if the person writes policies neither at this PSP nor, where it is for all,
            at any.
        InvalidTrustAnchorError: if `pem` is not one certificate with a key that evidence of
            `provider` could be verified with, `provider` has no roots, or all are to trust what is
            invented.
        ConflictError: if the key is trusted or proposed already.
    """
    require_role(psp, by, WRITERS)
    if provider not in KNOWN_ROOTS:
        known = ", ".join(sorted(KNOWN_ROOTS))
        raise InvalidTrustAnchorError(f"provider `{provider}`: expected one of {known}")
    if not 0 < len(label) <= _MAX_LABEL:
        raise InvalidTrustAnchorError(f"label: expected 1 to {_MAX_LABEL} characters")
    if demonstration and psp is None:
        raise InvalidTrustAnchorError("demonstration: what is invented is trusted by one PSP alone")
    root, digest = _read_root(pem)
    active = TrustAnchor.objects.filter(
        psp=psp, provider=provider, public_key_digest=digest, removed_at=None
    ).first()
    if active is not None:
        said = "trusted" if active.state is AnchorState.TRUSTED else "proposed"
        raise ConflictError(f"the key `{digest}` is {said} already")
    anchor = TrustAnchor.objects.create(
        psp=psp,
        ref=new_ref("anc", now=now),
        provider=provider,
        label=label,
        public_key_digest=digest,
        pem=root.public_bytes(Encoding.PEM).decode(),
        demonstration=demonstration,
        is_known=digest in KNOWN_ROOTS[provider],
        added_by=str(by)[:_MAX_LABEL],
        proposed_by=by,
        added_at=now,
    )
    if anchor.is_known:
        _stage(anchor, "trust_anchor_added", by=by, now=now)
        bump_revision()
    else:
        _stage(anchor, "trust_anchor_proposed", by=by, now=now)
    return anchor


@transaction.atomic
def approve_trust_anchor(
    *, psp: Psp | None, ref: str, digest: str, approver: User, now: datetime
) -> TrustAnchor:
    """Trust a root that another person proposed; `digest` is that of the key which was looked at.

    Raises:
        NotFoundError: if there is no such root, or it is another owner's.
        RoleTooSmallError: if the approver approves neither at this PSP nor, where it is for all, at any.
        SelfApprovalError: if they proposed it.
        StaleApprovalError: if the root has another key.
        ConflictError: if it does not wait for an approval.
    """
    anchor = _locked(psp, ref)
    require_role(psp, approver, APPROVERS)
    if anchor.state is not AnchorState.PROPOSED:
        raise ConflictError(f"trust anchor `{ref}` does not wait for an approval")
    if anchor.proposed_by_id == approver.pk:
        raise SelfApprovalError
    if anchor.public_key_digest != digest:
        raise StaleApprovalError(
            f"trust anchor `{ref}` has the key `{anchor.public_key_digest}`, not the one approved"
        )
    anchor.approved_by = approver
    anchor.approved_at = now
    anchor.save(update_fields=["approved_by", "approved_at"])
    _stage(anchor, "trust_anchor_added", by=approver, now=now)
    bump_revision()
    return anchor


@transaction.atomic
def remove_trust_anchor(*, psp: Psp | None, ref: str, by: User, now: datetime) -> TrustAnchor:
    """Stop trusting a root within a second, or refuse one that is proposed; the row stays.

    Only stricter appraisals come of it, so one person will do.

    Raises:
        NotFoundError: if there is no such root, or it is another owner's.
        RoleTooSmallError: if the person neither proposed it nor is an officer or approver.
        ConflictError: if it was removed or refused before.
    """
    anchor = _locked(psp, ref)
    is_own_proposal = anchor.state is AnchorState.PROPOSED and anchor.proposed_by_id == by.pk
    require_role(psp, by, WRITERS if is_own_proposal else ACTIVATORS)
    if anchor.removed_at is not None:
        raise ConflictError(f"trust anchor `{ref}` was {anchor.state.value} before")
    anchor.removed_by = by
    anchor.removed_at = now
    anchor.save(update_fields=["removed_by", "removed_at"])
    _stage(anchor, f"trust_anchor_{anchor.state.value}", by=by, now=now)
    bump_revision()
    return anchor


def _locked(psp: Psp | None, ref: str) -> TrustAnchor:
    """Return the owner's root, locked until the end of the transaction."""
    anchor = TrustAnchor.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if anchor is None:
        raise NotFoundError("trust anchor", ref)
    return anchor


def _read_root(pem: str | bytes) -> tuple[x509.Certificate, str]:
    """Return the certificate and the digest of its public key."""
    text = pem.encode("utf-8", "surrogatepass") if isinstance(pem, str) else pem
    if len(text) > MAX_PEM:
        raise InvalidTrustAnchorError(f"expected at most {MAX_PEM} bytes")
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


def _stage(anchor: TrustAnchor, event: str, *, by: User, now: datetime) -> None:
    """Stage the ledger entry of one step: with the PSP, or with every one where it is for all.

    Who the operator's people are is no business of a PSP's log.
    """
    body = {
        "schema": 1,
        "type": event,
        "ref": anchor.ref,
        "provider": anchor.provider,
        "public_key_digest": anchor.public_key_digest,
        "demonstration": anchor.demonstration,
        "known": anchor.is_known,
        "for": "deployment" if anchor.psp is None else "psp",
        **({} if anchor.psp is None else actor(by)),
        "at": now.isoformat(),
    }
    for psp in psps() if anchor.psp is None else (anchor.psp,):
        stage_json(psp=psp, kind=event, ref=anchor.ref, body=body, now=now)
