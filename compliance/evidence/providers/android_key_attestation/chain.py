"""Verifies a chain of certificates, link by link, to a root that is pinned by its key."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.issuers import (
    attestation_key_of,
    is_factory_named,
    is_remotely_provisioned,
)
from compliance.evidence.providers.android_key_attestation.roots import KNOWN_ROOTS, KnownRoot
from compliance.evidence.providers.android_key_attestation.tags import (
    KEY_DESCRIPTION,
)
from compliance.evidence.providers.shape import Anchor
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    CertificateFacts,
    LinkFlaw,
    cached_flaw,
    flaw_of,
    is_issued_by,
    link_holds,
    read_cached,
    read_certificate,
)

MIN_CHAIN: Final = 2
FACTORY_ISSUERS: Final = 2
"""Between leaf and root of a factory's chain: the attestation key, and the intermediate that signed it."""


class Reason(StrEnum):
    """Why a chain does not verify; capitals where the catalogue has a word of Google's."""

    TOO_SHORT = "chain_too_short"
    UNREADABLE = "unreadable_certificate"
    LINK = "signature_or_name_mismatch"
    ALGORITHM_REFUSED = "algorithm_not_accepted"
    ALGORITHM_UNKNOWN = "unknown_algorithm"
    ROOT_UNKNOWN = "untrusted_root"
    NOT_YET_VALID = "certificate_not_yet_valid"
    EXPIRED = "certificate_expired"
    EXTENDED_FOR_KEY = "CHAIN_EXTENDED_FOR_KEY"
    EXTENDED_WITH_FAKE = "CHAIN_EXTENDED_WITH_FAKE_ATTESTATION_EXTENSION"
    TARGET_MISSING = "TARGET_MISSING_ATTESTATION_EXTENSION"


class ChainError(Exception):
    """The chain does not verify; `position` counts from the leaf, 0."""

    def __init__(self, reason: Reason, position: int = 0) -> None:
        super().__init__(f"{reason} at certificate {position}")
        self.reason = reason
        self.position = position


class Root(NamedTuple):
    """The root that a chain leads to, and whether it stands in the chain.

    Of a `known` one the shape of the chains under it is known as well.
    """

    label: str
    known: bool = False
    factory: bool = False
    demonstration: bool = False
    in_chain: bool = False


class VerifiedChain(NamedTuple):
    """A chain that verifies: certificates from the leaf up, and its root.

    `extension` is the leaf's attestation extension, not read yet; `expired` counts the factory's
    certificates that are past their end.
    """

    certificates: tuple[CertificateFacts, ...]
    extension: bytes
    root: Root
    expired: int

    @property
    def leaf(self) -> CertificateFacts:
        """The certificate of the attested key."""
        return self.certificates[0]


def verify_chain(
    chain: Sequence[bytes],
    *,
    anchors: Sequence[Anchor],
    at: datetime,
    known: Mapping[str, KnownRoot] = KNOWN_ROOTS,
) -> VerifiedChain:
    """Return the chain (DER, leaf first) as verified at `at` to a `known` root or to one of `anchors`.

    Ordinary path validation refuses every real chain (leaves without an authority key identifier),
    so this is what is done: (1) each certificate signed the one before it and is named there; (2) the
    last one is a root pinned by its key, or signed by an anchor; (3) dates hold at `at`; (4) the
    attested key's certificate is the leaf, and it alone carries the attestation extension.

    Raises:
        ChainError: if one of these does not hold.
    """
    if len(chain) < MIN_CHAIN:
        raise ChainError(Reason.TOO_SHORT)
    certificates = _read_all(chain)
    _check_links(chain, certificates)  # (1)
    roots = _roots(known, anchors)
    root = _root_of(chain, certificates, anchors, roots)  # (2)
    expired = _check_dates(certificates, root, at)  # (3)
    extension = _check_extensions(certificates, root)  # (4)
    return VerifiedChain(certificates, extension, root, expired)


def _read_all(chain: Sequence[bytes]) -> tuple[CertificateFacts, ...]:
    """Return every certificate's facts; issuers come from the cache, leaves are never seen twice."""
    certificates = []
    for position, data in enumerate(chain):
        try:
            certificates.append(read_cached(data) if position else read_certificate(data))
        except CertificateError as error:
            raise ChainError(Reason.UNREADABLE, position) from error
    return tuple(certificates)


def _check_links(chain: Sequence[bytes], certificates: Sequence[CertificateFacts]) -> None:
    """Refuse a chain in which a certificate was not signed by the next one."""
    _require_no_flaw(flaw_of(certificates[0].certificate, certificates[1].certificate), 0)
    for position, (child, issuer) in enumerate(pairwise(chain[1:]), start=1):
        _require_no_flaw(cached_flaw(child, issuer), position)


def _require_no_flaw(flaw: LinkFlaw | None, position: int) -> None:
    """Refuse a link with a flaw."""
    if flaw is not None:
        raise ChainError(Reason(flaw.value), position)


def _roots(known: Mapping[str, KnownRoot], anchors: Sequence[Anchor]) -> dict[str, Root]:
    """Return every trusted key by its digest; what the product knows goes before a PSP's word."""
    registered = {
        anchor.public_key_digest: Root(anchor.label, demonstration=anchor.demonstration)
        for anchor in anchors
    }
    return registered | {
        digest: Root(root.label, known=True, factory=root.factory) for digest, root in known.items()
    }


def _root_of(
    chain: Sequence[bytes],
    certificates: Sequence[CertificateFacts],
    anchors: Sequence[Anchor],
    roots: Mapping[str, Root],
) -> Root:
    """Return the root that the last certificate is, or that signed it.

    A known root stands in the chain: of Google's only the digest of the key is known here. Its
    certificate carries nothing but that key (hence any re-issue will do, expired or not), so that it
    is self-signed is asked for good order, not for trust. A registered anchor need not be in the
    chain: its key is at hand, and must have signed the last certificate.
    """
    data, last = chain[-1], certificates[-1]
    if last.is_self_issued and link_holds(data, data):
        root = roots.get(last.public_key_digest)
        if root is not None:
            return root._replace(in_chain=True)
    for anchor in anchors:
        if is_issued_by(last.certificate, anchor.certificate):
            return roots[anchor.public_key_digest]
    raise ChainError(Reason.ROOT_UNKNOWN, len(chain) - 1)


def _check_dates(certificates: Sequence[CertificateFacts], root: Root, at: datetime) -> int:
    """Refuse issuers that are not valid at `at`; return how many expired ones were let pass.

    The root's own dates never count: a key is pinned, and who no longer trusts it removes it.
    The leaf's dates are the app's choice (a key's own lifetime) and are a finding, not a refusal.
    Certificates put on devices in the factory are let pass after their end: the devices cannot get
    others, Google's legacy ones ended in May 2026, and Google still takes these devices for
    genuine; what is leaked is on the revocation list. Remotely provisioned certificates
    live for weeks and are replaced instead of revoked, so their end is kept to the letter.
    """
    issuers = certificates[1:-1] if root.in_chain else certificates[1:]
    from_factory = root.factory and all(
        is_factory_named(issuer) and not is_remotely_provisioned(issuer) for issuer in issuers
    )
    expired = 0
    for position, issuer in enumerate(issuers, start=1):
        if at < issuer.not_before:
            raise ChainError(Reason.NOT_YET_VALID, position)
        if at > issuer.not_after:
            if not from_factory:
                raise ChainError(Reason.EXPIRED, position)
            expired += 1
    return expired


def _check_extensions(certificates: Sequence[CertificateFacts], root: Root) -> bytes:
    """Return the leaf's attestation extension, which no other certificate may carry.

    Otherwise whoever holds one genuine attested key can sign a certificate with it and so
    lengthen a genuine chain by a leaf that says whatever they like. Google's verifier tells the same
    attacks apart by the same words: a certificate beyond the attested one was added for its key, or
    with an extension that is a fake.
    """
    target = _target_of(certificates, root)
    if KEY_DESCRIPTION not in certificates[target].extensions:
        raise ChainError(Reason.TARGET_MISSING, target)
    if target:
        has_own = KEY_DESCRIPTION in certificates[target - 1].extensions
        raise ChainError(
            Reason.EXTENDED_WITH_FAKE if has_own else Reason.EXTENDED_FOR_KEY, target - 1
        )
    return certificates[0].extensions[KEY_DESCRIPTION]


def _target_of(certificates: Sequence[CertificateFacts], root: Root) -> int:
    """Return where the certificate of the attested key stands: at the leaf, 0, if all is well.

    It carries the extension; of several the one nearest to the root is genuine. If the leaf alone does,
    the shape of the chain says where it must stand: the attestation key signed it. Of a remotely
    provisioned one that is the certificate with the provisioning information; in a factory's chain it
    stands below an intermediate, and other chains under a known root have none. Chains under a PSP's own
    root may have any shape.
    """
    carriers = (at for at, one in enumerate(certificates) if KEY_DESCRIPTION in one.extensions)
    genuine = max(carriers, default=0)
    if genuine:
        return genuine
    attestation_key = attestation_key_of(certificates)
    if attestation_key is not None:
        return attestation_key - 1
    if not root.known:
        return 0
    issuers = certificates[1:-1] if root.in_chain else certificates[1:]
    is_factory = len(issuers) == FACTORY_ISSUERS or is_factory_named(issuers[-1])
    return max(len(issuers) - (FACTORY_ISSUERS if is_factory else 1), 0)
