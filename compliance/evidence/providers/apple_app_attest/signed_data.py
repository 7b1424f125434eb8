"""The frame of a receipt: PKCS#7 SignedData (RFC 5652), verified up to Apple's root for receipts."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.providers.apple_app_attest import ber
from compliance.evidence.providers.apple_app_attest.certificates import (
    ReadCertificate,
    Root,
    own_anchors,
    read_cached,
    root_of,
)
from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.apple_app_attest.roots import RECEIPT_ROOT, KnownRoot
from compliance.evidence.providers.shape import Anchor
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    link_holds,
)

RECEIPT_SIGNER: Final = bytes.fromhex("2a864886f763640c0f")  # 1.2.840.113635.100.12.15
"""The extension that marks who signs receipts. Under the same root stand keys of developers."""

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_DATA: Final = bytes.fromhex("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_SHA256: Final = bytes.fromhex("0609608648016503040201" + "0500")  # 2.16.840.1.101.3.4.2.1, NULL
_ECDSA_SHA256: Final = bytes.fromhex("06082a8648ce3d040302")  # 1.2.840.10045.4.3.2
_VERSION_1: Final = b"\x01"
_CERTIFICATES: Final = range(2, 4)
"""Signer and authority, with or without the root."""


class VerifiedContent(NamedTuple):
    """What was signed, who signed it, and the authority; their dates are not looked at here."""

    content: bytes
    signer: ReadCertificate
    authority: ReadCertificate
    root: Root


class _Frame(NamedTuple):
    """The parts of SignedData that are looked at."""

    content: bytes
    certificates: tuple[bytes, ...]
    issuer: bytes
    serial: bytes
    signature: bytes


def verify_signed_data(
    data: bytes, *, anchors: Sequence[Anchor], known: KnownRoot = RECEIPT_ROOT
) -> VerifiedContent:
    """Return what was signed, verified to Apple's root for receipts, or to an anchor.

    (1) One signer, ECDSA with SHA-256 over the content itself (Apple signs no attributes); (2) every
    certificate in the frame has its place: signer, authority, root; (3) a trusted root signed the
    authority, the authority signed the signer, and the signer is marked as one of receipts;
    (4) the signature verifies. There is one form only, to the bit: nothing in the frame can be
    changed unnoticed.

    Raises:
        NotVerifiedError: if one of these does not hold.
    """
    try:
        frame = _read_frame(data)  # (1)
        certificates = [read_cached(each) for each in frame.certificates]
        signer, authority = _placed(certificates, frame)  # (2)
        key = signer.key
    except (ber.BerError, CertificateError) as error:
        raise NotVerifiedError(Reason.RECEIPT_MALFORMED) from error
    root = root_of(authority, known, anchors)  # (3)
    _require_root(certificates, known, anchors)
    if root is None or not authority.is_authority or not link_holds(signer.data, authority.data):
        raise NotVerifiedError(Reason.RECEIPT_CHAIN)
    if RECEIPT_SIGNER not in signer.facts.extensions or signer.is_authority:
        raise NotVerifiedError(Reason.RECEIPT_SIGNER)
    try:
        key.verify(  # (4)
            frame.signature, frame.content, ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature as error:
        raise NotVerifiedError(Reason.RECEIPT_SIGNATURE) from error
    return VerifiedContent(frame.content, signer, authority, root)


def _read_frame(data: bytes) -> _Frame:
    """Return the parts of the frame; raises BerError for any other form."""
    (outer,) = ber.read_as(data, [ber.SEQUENCE])
    kind, wrapped = ber.read_as(outer.content, [ber.OBJECT_IDENTIFIER, ber.CONTEXT_0])
    (signed,) = ber.read_as(wrapped.content, [ber.SEQUENCE])
    version, digests, inner, certificates, signers = ber.read_as(
        signed.content, [ber.INTEGER, ber.SET, ber.SEQUENCE, ber.CONTEXT_0, ber.SET]
    )
    _require_equal(kind.content, _SIGNED_DATA)
    _require_equal(version.content, _VERSION_1)
    (digest,) = ber.read_as(digests.content, [ber.SEQUENCE])
    _require_equal(digest.content, _SHA256)
    inner_kind, content = ber.read_as(inner.content, [ber.OBJECT_IDENTIFIER, ber.CONTEXT_0])
    _require_equal(inner_kind.content, _DATA)
    parts = ber.read_items(content.content)
    listed = ber.read_items(certificates.content)
    if len(parts) != 1 or len(listed) not in _CERTIFICATES:
        raise ber.BerError("expected one content and two or three certificates")
    (signer,) = ber.read_as(signers.content, [ber.SEQUENCE])
    issuer, serial, signature = _read_signer(signer.content)
    return _Frame(
        ber.octets_of(parts[0]), tuple(each.raw for each in listed), issuer, serial, signature
    )


def _read_signer(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return issuer, serial number and signature of the one SignerInfo (RFC 5652, 5.3)."""
    version, who, digest, algorithm, signature = ber.read_as(
        data, [ber.INTEGER, ber.SEQUENCE, ber.SEQUENCE, ber.SEQUENCE, ber.OCTET_STRING]
    )
    _require_equal(version.content, _VERSION_1)
    _require_equal(digest.content, _SHA256)
    _require_equal(algorithm.content, _ECDSA_SHA256)
    issuer, serial = ber.read_as(who.content, [ber.SEQUENCE, ber.INTEGER])
    return issuer.content, serial.content, signature.content


def _require_equal(content: bytes, expected: bytes) -> None:
    """Refuse anything but what is expected."""
    if content != expected:
        raise ber.BerError("another type, version or algorithm than Apple's")


def _placed(
    certificates: Sequence[ReadCertificate], frame: _Frame
) -> tuple[ReadCertificate, ReadCertificate]:
    """Return the signer, by its issuer and serial number, and the authority: what is not self-issued."""
    signers = [
        each
        for each in certificates
        if each.issuer.content == frame.issuer and each.serial.content == frame.serial
    ]
    others = [
        each for each in certificates if each not in signers and not each.facts.is_self_issued
    ]
    roots = [each for each in certificates if each not in signers and each.facts.is_self_issued]
    if len(signers) != 1 or len(others) != 1 or len(roots) != len(certificates) - 2:
        raise NotVerifiedError(Reason.RECEIPT_CHAIN)
    return signers[0], others[0]


def _require_root(
    certificates: Sequence[ReadCertificate], known: KnownRoot, anchors: Sequence[Anchor]
) -> None:
    """Refuse a self-issued certificate that is no trusted root: it has no business in the frame."""
    own = (anchor.public_key_digest for anchor in own_anchors(anchors))
    trusted = {known.public_key_digest, *own}
    for each in certificates:
        if each.facts.is_self_issued and (
            not link_holds(each.data, each.data) or each.facts.public_key_digest not in trusted
        ):
            raise NotVerifiedError(Reason.RECEIPT_CHAIN)
