"""Certificates of a chain: what is read from one, and whether one signed another."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ObjectIdentifier

from compliance.evidence.providers.x509.frame import Frame, read_frame

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_SIGNING_KEYS: Final = (
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (mldsa.MLDSA44PublicKey, "ML-DSA-44"),
    (mldsa.MLDSA65PublicKey, "ML-DSA-65"),
    (mldsa.MLDSA87PublicKey, "ML-DSA-87"),
)
_OTHER_KEYS: Final = (
    (x25519.X25519PublicKey, "X25519"),  # a device attests keys for agreement too
)
UNKNOWN_ALGORITHM: Final = "unknown"

CACHED_CERTIFICATES: Final = 1024
CACHED_LINKS: Final = 1024
"""Bounds of the two caches. With 16 KB at most in a certificate they can hold 48 MB, and never
more; in practice a certificate has about one kilobyte."""

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
)


class CertificateError(ValueError):
    """The bytes are no certificate that can be used here."""


class LinkFlaw(StrEnum):
    """Why one certificate did not sign another."""

    MISMATCH = "signature_or_name_mismatch"
    WEAK = "algorithm_not_accepted"  # too weak, too large, or made for something else
    UNKNOWN = "unknown_algorithm"  # nobody here can verify it


class CertificateFacts(NamedTuple):
    """What is read from one certificate.

    `extensions` are raw values by the content octets of their identifiers, `subject` the values of its
    name; of an attribute that stands there twice, the last.
    """

    certificate: x509.Certificate
    serial: int
    not_before: datetime
    not_after: datetime
    extensions: Mapping[bytes, bytes]
    subject: Mapping[ObjectIdentifier, str | bytes]
    is_self_issued: bool

    @property
    def public_key_digest(self) -> str:
        """`sha256:<hex>` of the SubjectPublicKeyInfo.

        Raises:
            CertificateError: if the key is of a kind, or of a size, that verifies nothing here.
        """
        key = _usable_key(self.certificate)
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"sha256:{hashlib.sha256(spki).hexdigest()}"


def read_certificate(data: bytes) -> CertificateFacts:
    """Return the facts of a certificate in DER; nothing is verified.

    Raises:
        CertificateError: if it cannot be read.
    """
    try:
        frame = read_frame(data)  # before the library, which only warns of a serial below 1
        return _facts(x509.load_der_x509_certificate(data), frame)
    except _UNREADABLE as error:
        raise CertificateError("not a readable certificate") from error


def _facts(certificate: x509.Certificate, frame: Frame) -> CertificateFacts:
    """Return the facts; raises whatever the library raises for malformed parts."""
    return CertificateFacts(
        certificate=certificate,
        serial=frame.serial,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        extensions=frame.extensions,
        subject={attribute.oid: attribute.value for attribute in certificate.subject},
        is_self_issued=certificate.subject == certificate.issuer,
    )


read_cached: Callable[[bytes], CertificateFacts] = lru_cache(CACHED_CERTIFICATES)(read_certificate)
"""`read_certificate` for issuers: the same few come with every chain. Errors are not kept."""


@lru_cache(CACHED_LINKS)
def cached_flaw(child: bytes, issuer: bytes) -> LinkFlaw | None:
    """Return why `issuer` (DER) did not sign `child` (DER); None: it did, and its name stands there.

    Independent of time, hence cached: dates are looked at for each chain. basicConstraints and
    keyUsage are NOT looked at: real devices get them wrong, so Google's verifier ignores them; that
    only the leaf may carry the attestation extension keeps a device's own keys from issuing.

    Raises:
        CertificateError: if one of the two cannot be read.
    """
    return flaw_of(read_cached(child).certificate, read_cached(issuer).certificate)


def link_holds(child: bytes, issuer: bytes) -> bool:
    """Return whether `issuer` (DER) signed `child` (DER); see `cached_flaw`."""
    return cached_flaw(child, issuer) is None


def is_issued_by(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether names chain and the signature verifies, with an algorithm that is not weak."""
    return flaw_of(child, issuer) is None


def flaw_of(child: x509.Certificate, issuer: x509.Certificate) -> LinkFlaw | None:
    """Return why `issuer` did not sign `child`; None: it did, with an algorithm that is not weak."""
    try:
        key = issuer.public_key()
        algorithm = child.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return LinkFlaw.UNKNOWN
    except _UNREADABLE:
        return LinkFlaw.MISMATCH
    if not _is_usable(key) or (algorithm is not None and algorithm.name not in _HASHES):
        return LinkFlaw.WEAK
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, *_UNREADABLE):
        return LinkFlaw.MISMATCH
    return None


def algorithm_of(certificate: x509.Certificate) -> str:
    """Return the kind of a certificate's key (`EC secp256r1`, `RSA 2048`, `ML-DSA-65`), or `unknown`."""
    try:
        key = certificate.public_key()
    except _UNREADABLE:
        return UNKNOWN_ALGORITHM
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    names = (name for kind, name in (*_SIGNING_KEYS, *_OTHER_KEYS) if isinstance(key, kind))
    return next(names, UNKNOWN_ALGORITHM)


def _is_usable(key: CertificatePublicKeyTypes) -> bool:
    """Return whether signatures can be verified with a key in good faith and time."""
    if isinstance(key, rsa.RSAPublicKey):
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in _CURVES
    return any(isinstance(key, kind) for kind, _name in _SIGNING_KEYS)


def _usable_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes:
    """Return the certificate's key, if signatures can be verified with it in good faith and time."""
    try:
        key = certificate.public_key()
    except _UNREADABLE as error:
        raise CertificateError("the key cannot be read") from error
    if not _is_usable(key):
        raise CertificateError("the key is too weak, too large or of an unknown kind")
    return key
