"""Verifies attestations and assertions: the steps that Apple describes, with their order."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.providers.apple_app_attest.authenticator_data import (
    AttestedData,
    AuthenticatorData,
    AuthenticatorDataError,
    read_assertion_data,
    read_attested_data,
)
from compliance.evidence.providers.apple_app_attest.chain import (
    KEY_ACCESS_CONTROL,
    VerifiedChain,
    verify_chain,
)
from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.apple_app_attest.keys import point_of
from compliance.evidence.providers.apple_app_attest.objects import read_assertion, read_attestation
from compliance.evidence.providers.apple_app_attest.payload import DIGEST_SIZE, Item
from compliance.evidence.providers.apple_app_attest.receipt import Receipt, read_receipt
from compliance.evidence.providers.shape import Anchor

_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


class VerifiedAttestation(NamedTuple):
    """An attestation that verifies. `is_bound` is None where the back-end expects no binding."""

    chain: VerifiedChain
    data: AttestedData
    receipt: Receipt
    is_bound: bool | None
    has_key_access_control: bool


class VerifiedAssertion(NamedTuple):
    """An assertion that verifies; `nonce` is what was signed."""

    data: AuthenticatorData
    point: bytes
    nonce: bytes
    is_bound: bool | None


def verify_attestation(
    item: Item, *, anchors: Sequence[Anchor], at: datetime
) -> VerifiedAttestation:
    """Return the attestation as verified at `at`.

    (1) The certificates lead to Apple's root. (2) The receipt verifies and is of the same key: it
    is not covered by the attestation's signature, and tells when the key was attested. (3) The certified
    nonce is the digest of the authenticator data and of what the app had attested: what the back-end
    expects, else what the app says, else what Apple put into the receipt. (4) The certified key is the
    one in the data, and its id is its digest. (5) The counter is 0. (6) The receipt is of the same app.

    Raises:
        NotVerifiedError: if one of these does not hold.
    """
    object_ = read_attestation(item.data)
    chain = verify_chain(object_.chain, anchors=anchors, at=at)  # (1)
    receipt = read_receipt(object_.receipt, anchors=anchors)  # (2)
    if receipt.certificate != chain.leaf.data:
        raise NotVerifiedError(Reason.RECEIPT_OF_ANOTHER)
    attested = _attested(item, object_.authenticator_data, chain.nonce, receipt)  # (3)
    try:
        data = read_attested_data(object_.authenticator_data)
    except AuthenticatorDataError as error:
        raise NotVerifiedError(Reason.MALFORMED) from error
    key_id = hashlib.sha256(chain.point).digest()  # (4)
    if data.point != chain.point or data.credential_id != key_id:
        raise NotVerifiedError(Reason.KEY)
    if data.common.counter != 0:  # (5)
        raise NotVerifiedError(Reason.COUNTER)
    if hashlib.sha256(receipt.app_id.encode()).digest() != data.common.rp_id_hash:  # (6)
        raise NotVerifiedError(Reason.RECEIPT_OF_ANOTHER)
    return VerifiedAttestation(
        chain=chain,
        data=data,
        receipt=receipt,
        is_bound=_is_bound(item, attested, key_id),
        has_key_access_control=KEY_ACCESS_CONTROL in chain.leaf.facts.extensions,
    )


def verify_assertion(item: Item) -> VerifiedAssertion:
    """Return the assertion as verified with the key that the back-end has registered.

    Raises:
        NotVerifiedError: if it has another form, or the key did not sign it.
    """
    object_ = read_assertion(item.data)
    try:
        data = read_assertion_data(object_.authenticator_data)
    except AuthenticatorDataError as error:
        raise NotVerifiedError(Reason.MALFORMED) from error
    key = item.expected.public_key
    if key is None:  # pragma: no cover - read_item asks for it
        raise NotVerifiedError(Reason.KEY)
    for attested in _candidates(item):
        nonce = _nonce(object_.authenticator_data, attested)
        try:
            key.verify(object_.signature, nonce, _ALGORITHM)
        except InvalidSignature:
            continue
        point = point_of(key)
        is_bound = _is_bound(item, attested, hashlib.sha256(point).digest())
        return VerifiedAssertion(data, point, nonce, is_bound)
    raise NotVerifiedError(Reason.SIGNATURE)


def _candidates(item: Item) -> list[bytes]:
    """Return what the app may have had attested: what is expected goes before what the app says."""
    claimed = item.client_data_hash
    expected = list(item.expected.client_data)
    return expected if claimed is None or claimed in expected else [*expected, claimed]


def _attested(item: Item, data: bytes, nonce: bytes, receipt: Receipt) -> bytes:
    """Return what the app had attested.

    INVARIANT: all candidates but a challenge of the back-end's own have 32 octets, so nobody can
    move the border between the authenticator data and what follows it.
    """
    candidates = _candidates(item)
    if receipt.client_hash is not None and len(receipt.client_hash) == DIGEST_SIZE:
        candidates.append(receipt.client_hash)
    for attested in candidates:
        if hmac.compare_digest(_nonce(data, attested), nonce):
            return attested
    raise NotVerifiedError(Reason.NONCE)


def _nonce(data: bytes, attested: bytes) -> bytes:
    """Return the nonce of authenticator data and what was attested with it."""
    return hashlib.sha256(data + attested).digest()


def _is_bound(item: Item, attested: bytes, key_id: bytes) -> bool | None:
    """Return whether the evidence is of the request and of the key that the back-end expects.

    None where it does not say which request: that the key is the right one binds nothing to it.
    """
    expected = item.expected
    if expected.key_id is not None and expected.key_id != key_id:
        return False
    if not expected.client_data:
        return None
    return attested in expected.client_data
