"""Verifies the two certificates of an attestation up to Apple's root of App Attest."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from compliance.evidence.providers.apple_app_attest.certificates import (
    ReadCertificate,
    Root,
    read,
    read_cached,
    root_of,
)
from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.apple_app_attest.keys import point_of
from compliance.evidence.providers.apple_app_attest.roots import ATTESTATION_ROOT, KnownRoot
from compliance.evidence.providers.shape import Anchor
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    is_issued_by,
)

CHAIN_LENGTH: Final = 2
NONCE: Final = bytes.fromhex("2a864886f763640802")  # 1.2.840.113635.100.8.2
KEY_ACCESS_CONTROL: Final = bytes.fromhex("2a864886f763640806")  # 1.2.840.113635.100.8.6
_NONCE_HEAD: Final = bytes.fromhex("3024a1220420")
"""SEQUENCE of [1] of an OCTET STRING of 32 octets: all that stands before the nonce."""


class VerifiedChain(NamedTuple):
    """A chain that verifies: the attested key's certificate, and its root.

    `nonce` is what the device's operating system had Apple certify: a digest of what was attested.
    """

    leaf: ReadCertificate
    point: bytes
    nonce: bytes
    root: Root
    is_expired: bool


def verify_chain(
    chain: Sequence[bytes],
    *,
    anchors: Sequence[Anchor],
    at: datetime,
    known: KnownRoot = ATTESTATION_ROOT,
) -> VerifiedChain:
    """Return the chain (DER: leaf, intermediate) as verified at `at` to Apple's root, or to an anchor.

    (1) There are two certificates; (2) a trusted root signed the second, which is an authority and
    valid at `at`; (3) the second signed the first, which is no authority; (4) the attested key is on
    P-256 and has a nonce. Since the length is fixed, no attested key can lengthen a chain. A leaf past
    its end is told, not refused: attestations are stored for longer than the days that they live.

    Raises:
        NotVerifiedError: if one of these does not hold.
    """
    if len(chain) != CHAIN_LENGTH:
        raise NotVerifiedError(Reason.CHAIN_LENGTH)  # (1)
    try:
        leaf, issuer = read(chain[0]), read_cached(chain[1])
        point = point_of(leaf.key)
    except CertificateError as error:
        raise NotVerifiedError(Reason.CERTIFICATE) from error
    root = root_of(issuer, known, anchors)  # (2)
    if root is None:
        raise NotVerifiedError(Reason.ROOT)
    if not issuer.is_authority or leaf.is_authority:
        raise NotVerifiedError(Reason.AUTHORITY)
    if not is_issued_by(leaf.facts.certificate, issuer.facts.certificate):  # (3)
        raise NotVerifiedError(Reason.LINK)
    if not issuer.is_valid_at(at) or at < leaf.facts.not_before:
        raise NotVerifiedError(Reason.DATES)
    extension = leaf.facts.extensions.get(NONCE, b"")  # (4)
    head, nonce = extension[: len(_NONCE_HEAD)], extension[len(_NONCE_HEAD) :]
    if head != _NONCE_HEAD or len(nonce) != 32:
        raise NotVerifiedError(Reason.NO_NONCE)
    return VerifiedChain(leaf, point, nonce, root, at > leaf.facts.not_after)
