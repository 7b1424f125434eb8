"""Certificates of App Attest: what an issuer must be, and whether a pinned root signed it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.providers.apple_app_attest.roots import (
    ATTESTATION_ROOT,
    RECEIPT_ROOT,
    KnownRoot,
)
from compliance.evidence.providers.shape import Anchor
from compliance.evidence.providers.x509 import der
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    CertificateFacts,
    is_issued_by,
    read_certificate,
)

BASIC_CONSTRAINTS: Final = bytes.fromhex("551d13")  # 2.5.29.19
KEY_USAGE: Final = bytes.fromhex("551d0f")  # 2.5.29.15
_KEY_CERT_SIGN: Final = 0x04  # bit 5 of keyUsage (RFC 5280, 4.2.1.3)
_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
_UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm)
_CACHED: Final = 64


class ReadCertificate(NamedTuple):
    """One certificate: its octets, its facts, issuer and serial as they are written."""

    data: bytes
    facts: CertificateFacts
    issuer: der.Element
    serial: der.Element

    @property
    def is_authority(self) -> bool:
        """Whether it may sign certificates, by basicConstraints and keyUsage (RFC 5280, 4.2.1)."""
        try:
            constraints = der.read_elements(
                der.read_only(self.facts.extensions.get(BASIC_CONSTRAINTS, b""), der.SEQUENCE)
            )
            usage = der.read_only(self.facts.extensions.get(KEY_USAGE, b""), der.BIT_STRING)
            if not constraints or constraints[0].number != der.BOOLEAN:
                return False
            is_authority = der.read_boolean(der.content_of(constraints[0], der.BOOLEAN))
        except der.DerError:
            return False
        return is_authority and len(usage) > 1 and bool(usage[1] & _KEY_CERT_SIGN)

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether `moment` lies within its dates."""
        return self.facts.not_before <= moment <= self.facts.not_after

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The public key.

        Raises:
            CertificateError: if it is none on P-256, on which devices and Apple's signers have theirs.
        """
        try:
            key = self.facts.certificate.public_key()
        except _UNREADABLE as error:
            raise CertificateError("the key cannot be read") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise CertificateError("not a key on P-256")
        return key


class Root(NamedTuple):
    """The root that signed an issuer."""

    label: str
    demonstration: bool = False


def read(data: bytes) -> ReadCertificate:
    """Return a certificate in DER; nothing is verified.

    Raises:
        CertificateError: if it cannot be read, or names another algorithm outside than inside.
    """
    facts = read_certificate(data)
    try:
        outer = der.read_elements(der.read_only(data, der.SEQUENCE))
        fields = der.read_elements(der.content_of(outer[0], der.SEQUENCE))
    except der.DerError as error:  # pragma: no cover - read_certificate has read the same frame
        raise CertificateError("not a readable certificate") from error
    # RFC 5280, 4.1: the version comes first, then serial number, algorithm and issuer.
    if len(fields) < 4 or fields[0].cls != der.CONTEXT or fields[2] != outer[1]:
        raise CertificateError("another form than version 3, or two algorithms")
    return ReadCertificate(data, facts, fields[3], fields[1])


read_cached = lru_cache(_CACHED)(read)
"""`read` for issuers: the same few come every time. Errors are not kept."""


def root_of(issuer: ReadCertificate, known: KnownRoot, anchors: Sequence[Anchor]) -> Root | None:
    """Return the root that signed `issuer`: the known one, else one of the PSP's anchors, else None.

    The root's own dates never count: its key is pinned. Where a PSP has one of Apple's roots among its
    anchors, that root signs what it is known to sign and nothing else.
    """
    if _is_signed_by_known(issuer.data, known):
        return Root(known.label)
    for anchor in own_anchors(anchors):
        if is_issued_by(issuer.facts.certificate, anchor.certificate):
            return Root(anchor.label, anchor.demonstration)
    return None


def own_anchors(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Return the anchors but those that are Apple's: one of them for receipts attests no key."""
    pinned = {ATTESTATION_ROOT.public_key_digest, RECEIPT_ROOT.public_key_digest}
    return [anchor for anchor in anchors if anchor.public_key_digest not in pinned]


@lru_cache(_CACHED)
def _is_signed_by_known(data: bytes, known: KnownRoot) -> bool:
    """Return whether the certificate names the root as its issuer, and the root's key signed it."""
    certificate = read(data).facts.certificate
    try:
        algorithm = certificate.signature_hash_algorithm
        is_named = certificate.issuer.rfc4514_string() == known.name
        if not is_named or algorithm is None or algorithm.name not in _HASHES:
            return False
        known.public_key.verify(
            certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm)
        )
    except (InvalidSignature, *_UNREADABLE):
        return False
    return True
