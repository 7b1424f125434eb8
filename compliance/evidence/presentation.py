"""Roots and lists of revoked keys as rows for machines and for lines of text."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from cryptography import x509

from compliance.evidence.models import RevocationList, RevocationSource, TrustAnchor

Row = Mapping[str, Any]
_KEYS: Final = {"EllipticCurve": "EC"}


def anchor_row(anchor: TrustAnchor) -> dict[str, Any]:
    """Return a root: where it stands, for whom, and who answers for it."""
    approver = anchor.approved_by
    return {
        "ref": anchor.ref,
        "for": _owner(anchor.psp_id),
        "state": anchor.state.value,
        "provider": anchor.provider,
        "label": anchor.label,
        "public_key_digest": anchor.public_key_digest,
        "known": anchor.is_known,
        "demonstration": anchor.demonstration,
        "added_by": anchor.added_by,
        "added_at": anchor.added_at.isoformat(),
        "approved_by": None if approver is None else str(approver),
        "approved_at": None if anchor.approved_at is None else anchor.approved_at.isoformat(),
    }


def list_rows(lists: Iterable[RevocationList], *, now: datetime) -> list[dict[str, Any]]:
    """Return lists of revoked keys with their ages in seconds."""
    return [
        {
            "provider": row.provider,
            "for": _owner(row.psp_id),
            "entries": row.entries,
            "digest": row.digest,
            "loaded_at": row.loaded_at.isoformat(),
            "age_s": max(0, int((now - row.loaded_at).total_seconds())),
            "origin": row.origin,
        }
        for row in lists
    ]


def source_row(source: RevocationSource) -> dict[str, Any]:
    """Return where a list is loaded from, and how the last try went."""
    tried_at = source.tried_at
    return {
        "ref": source.ref,
        "provider": source.provider,
        "for": _owner(source.psp_id),
        "location": source.location,
        "tried_at": None if tried_at is None else tried_at.isoformat(),
        "failure": source.failure,
    }


def line_of(row: Row) -> str:
    """Return a row as one line; what is empty is left out."""
    return "  ".join(f"{key}={value}" for key, value in row.items() if value not in {"", None})


def _owner(psp_id: int | None) -> str:
    """Return for whom something counts."""
    return "all" if psp_id is None else "this PSP"


class CertificateWords(NamedTuple):
    """What a person compares of a root."""

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key: str


def certificate_facts(anchor: TrustAnchor) -> CertificateWords:
    """Return what the certificate of a root says."""
    certificate = x509.load_pem_x509_certificate(anchor.pem.encode())
    key = certificate.public_key()
    kind = type(key).__name__.removesuffix("PublicKey").strip("_")
    size = getattr(key, "key_size", "")
    return CertificateWords(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=format(certificate.serial_number, "x"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=f"{_KEYS.get(kind, kind)} {size}".strip(),
    )
